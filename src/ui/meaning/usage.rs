//! What usage records have wrong with them, in words.

use egui::Color32;

use crate::{
    desk::{PullError, UsageFlaw, UsageTrouble},
    domain::usage::{
        Late, MAX_AGE_DAYS, MAX_DECIMALS, NotCorrected, NotPossible, Pressure, RecordCode, UsageProblem, UsageState,
    },
    ui::{text, texts::Texts, theme::Palette, times::Times},
};

impl Palette {
    pub(in crate::ui) const fn of_pressure(&self, pressure: Pressure) -> Color32 {
        match pressure {
            Pressure::DueSoon { .. } | Pressure::Late(_) => self.warn,
            Pressure::Closing { .. } | Pressure::TooOld { .. } => self.bad,
        }
    }

    pub(in crate::ui) const fn of_usage(&self, state: &UsageState) -> Color32 {
        match state {
            UsageState::Entered | UsageState::Sending { .. } => self.busy,
            UsageState::InDoubt => self.warn,
            UsageState::Sent => self.good,
            UsageState::Refused { .. } => self.bad,
            UsageState::Discarded | UsageState::Replaced { .. } => self.muted,
        }
    }
}

impl Texts {
    pub fn usage_problem(&self, problem: &UsageProblem) -> String {
        match problem {
            UsageProblem::Missing { column } => text!(self, "usage-missing", column = column.as_str()),
            UsageProblem::TooLong { column, length, max } => text!(
                self,
                "usage-too-long",
                column = column.as_str(),
                length = length.to_string(),
                max = max.to_string()
            ),
            UsageProblem::NoTime { column, text } => {
                text!(self, "usage-no-time", column = column.as_str(), text = text.as_str())
            }
            UsageProblem::NoZone { column, text } => {
                text!(self, "usage-no-zone", column = column.as_str(), text = text.as_str())
            }
            UsageProblem::AmbiguousTime { column, text, zone } => text!(
                self,
                "usage-ambiguous-time",
                column = column.as_str(),
                text = text.as_str(),
                zone = zone.as_str()
            ),
            UsageProblem::FractionOfSecond { column } => {
                text!(self, "usage-fraction-of-second", column = column.as_str())
            }
            UsageProblem::NoNumber { text } => text!(self, "usage-no-number", text = text.as_str()),
            UsageProblem::NotPositive { text } => text!(self, "usage-not-positive", text = text.as_str()),
            UsageProblem::TooPrecise { text } => {
                text!(self, "usage-too-precise", text = text.as_str(), max = MAX_DECIMALS.to_string())
            }
            UsageProblem::NoHeading { text } => text!(self, "usage-no-heading", text = text.as_str()),
            UsageProblem::EndBeforeBegin => text!(self, "usage-end-before-begin"),
            UsageProblem::EndInFuture { seconds } => {
                text!(self, "usage-end-in-future", seconds = seconds.to_string())
            }
            UsageProblem::TooOld { days } => {
                text!(self, "usage-too-old", days = days.to_string(), max = MAX_AGE_DAYS.to_string())
            }
            UsageProblem::SamePeriod { first } => text!(self, "usage-same-period", first = first.to_string()),
            UsageProblem::SameMeteringSn { first } => text!(self, "usage-same-metering-sn", first = first.to_string()),
            UsageProblem::Other { text } => text.clone(),
        }
    }

    pub(in crate::ui) fn usage_flaw(&self, flaw: &UsageFlaw) -> String {
        match flaw {
            UsageFlaw::Table(refusal) => self.refusal(refusal),
            UsageFlaw::Row { row, problem } => {
                text!(self, "usage-source-row", row = row.to_string(), problem = self.usage_problem(problem))
            }
            UsageFlaw::Record { row, metering_sn, reason } => {
                let problem =
                    text!(self, "refusal-usage", sn = metering_sn.as_str(), reason = self.not_possible(reason));
                text!(self, "usage-source-row", row = row.to_string(), problem = problem)
            }
        }
    }

    pub(in crate::ui) fn usage_trouble(&self, trouble: &UsageTrouble) -> String {
        match trouble {
            UsageTrouble::Refused(refusal) => self.refusal(refusal),
            UsageTrouble::Folder(reason) => text!(self, "usage-source-folder", reason = self.system_reason(reason)),
            UsageTrouble::NotMoved { to, reason } => {
                text!(self, "usage-source-not-moved", to = (*to).to_owned(), reason = self.system_reason(reason))
            }
            UsageTrouble::Secret(reason) => text!(self, "usage-source-secret", reason = reason.as_str()),
            UsageTrouble::Backend(PullError::Unreachable { reason }) => {
                text!(self, "exception-webhook-unreachable", reason = self.obstacle(reason))
            }
            UsageTrouble::Backend(PullError::Status { status, excerpt }) => {
                text!(self, "exception-webhook-status", status = status.to_string(), excerpt = excerpt.as_str())
            }
            UsageTrouble::Backend(PullError::Malformed { reason }) => {
                text!(self, "usage-source-no-list", reason = self.answer_flaw(reason))
            }
        }
    }

    pub fn usage_late(&self, late: Late) -> String {
        match late {
            Late::Hourly { minutes } => text!(self, "usage-late-hourly", minutes = minutes.to_string()),
            Late::Daily { minutes } => text!(self, "usage-late-daily", minutes = minutes.to_string()),
        }
    }

    pub(in crate::ui) fn usage_pressure(&self, pressure: Pressure, times: &Times) -> String {
        match pressure {
            Pressure::DueSoon { until } => text!(self, "usage-due-soon", time = times.minute(until)),
            Pressure::Late(late) => self.usage_late(late),
            Pressure::Closing { until } => text!(self, "usage-closing", time = times.minute(until)),
            Pressure::TooOld { since } => text!(self, "usage-closed", time = times.minute(since)),
        }
    }

    pub(in crate::ui) fn not_possible(&self, reason: &NotPossible) -> String {
        match reason {
            NotPossible::AlreadySent => text!(self, "usage-correct-sent"),
            NotPossible::UnderWay => text!(self, "usage-correct-under-way"),
            NotPossible::NotUnderWay | NotPossible::NotSent => text!(self, "usage-correct-not-sent"),
            NotPossible::InDoubt => text!(self, "usage-correct-in-doubt"),
            NotPossible::Discarded => text!(self, "usage-correct-discarded"),
            NotPossible::Replaced { by } => text!(self, "usage-correct-replaced", by = by.as_str()),
            NotPossible::CorrectFirst { code } | NotPossible::Pointless { code } => self.usage_code(code),
        }
    }

    pub(in crate::ui) fn not_corrected(&self, error: &NotCorrected) -> String {
        match error {
            NotCorrected::Unknown { metering_sn } => text!(self, "usage-correct-unknown", sn = metering_sn.as_str()),
            NotCorrected::Unchanged => text!(self, "usage-correct-unchanged"),
            NotCorrected::NotPossible(reason) => self.not_possible(reason),
            NotCorrected::SameMeteringSn { metering_sn } => {
                text!(self, "usage-correct-same-sn", sn = metering_sn.as_str())
            }
            NotCorrected::SamePeriod { metering_sn } => {
                text!(self, "usage-correct-same-period", sn = metering_sn.as_str())
            }
        }
    }

    pub(in crate::ui) fn usage_state(&self, state: &UsageState) -> String {
        match state {
            UsageState::Entered => text!(self, "usage-state-entered"),
            UsageState::Sending { .. } => text!(self, "usage-state-sending"),
            UsageState::InDoubt => text!(self, "usage-state-in-doubt"),
            UsageState::Sent => text!(self, "usage-state-sent"),
            UsageState::Refused { .. } => text!(self, "usage-state-refused"),
            UsageState::Discarded => text!(self, "usage-state-discarded"),
            UsageState::Replaced { .. } => text!(self, "usage-state-replaced"),
        }
    }

    pub(in crate::ui) fn usage_code(&self, code: &RecordCode) -> String {
        match code {
            RecordCode::InstanceUnknown => text!(self, "usage-code-instance-unknown"),
            RecordCode::TimeFormat => text!(self, "usage-code-time-format"),
            RecordCode::Usage => text!(self, "usage-code-usage"),
            RecordCode::MeteringSnMissing => text!(self, "usage-code-sn-missing"),
            RecordCode::MeteringSnRepeated => text!(self, "usage-code-sn-repeated"),
            RecordCode::ProductWithdrawn => text!(self, "usage-code-withdrawn"),
            RecordCode::Expired => text!(self, "usage-code-expired"),
            RecordCode::OtherSeller => text!(self, "usage-code-other-seller"),
            RecordCode::Duplicate => text!(self, "usage-code-duplicate"),
            RecordCode::TimeRange => text!(self, "usage-code-time-range"),
            RecordCode::NotPayPerUse => text!(self, "usage-code-not-pay-per-use"),
            RecordCode::InstanceState => text!(self, "usage-code-instance-state"),
            RecordCode::Call(code) => text!(self, "usage-code-call", code = code.as_str()),
            RecordCode::Unknown(code) => text!(self, "usage-code-unknown", code = code.as_str()),
        }
    }
}
