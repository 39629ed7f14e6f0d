//! What debugging calls, probes and foreseen retries come to, in words.

use egui::Color32;

use crate::{
    desk::debugging::DebugRefused,
    domain::{
        debugging::RunVerdict,
        foreseen::Entity,
        probe::{FAILING_DAYS_ALLOWED, ProbeFinding},
    },
    protocol::{
        UnixMillis,
        debugging::{DebugError, Generation, Rule},
    },
    ui::{text, texts::Texts, theme::Palette},
};

const HOUR: i64 = 3_600_000;

impl Palette {
    pub(in crate::ui) const fn of_verdict(&self, verdict: &RunVerdict) -> Color32 {
        match verdict {
            RunVerdict::Accepted => self.good,
            RunVerdict::InProgress => self.busy,
            RunVerdict::Failed { .. } => self.bad,
        }
    }
}

impl Texts {
    pub(in crate::ui) fn generation(&self, generation: Generation) -> String {
        match generation {
            Generation::V2 => text!(self, "generation-v2"),
            Generation::V1 => text!(self, "generation-v1"),
            Generation::License => text!(self, "generation-license"),
            Generation::Codes => text!(self, "generation-codes"),
            Generation::Kit => text!(self, "generation-kit"),
            Generation::KitV1 => text!(self, "generation-kit-v1"),
            Generation::OrderNotify => text!(self, "generation-order-notify"),
        }
    }

    pub(in crate::ui) fn run_verdict(&self, verdict: &RunVerdict) -> String {
        match verdict {
            RunVerdict::Accepted => text!(self, "debug-passed"),
            RunVerdict::InProgress => text!(self, "debug-in-progress"),
            RunVerdict::Failed { .. } => text!(self, "debug-failed"),
        }
    }

    pub(in crate::ui) fn rule(&self, rule: Rule) -> String {
        match rule {
            Rule::Reachable => text!(self, "rule-reachable"),
            Rule::InTime => text!(self, "rule-in-time"),
            Rule::HttpStatus => text!(self, "rule-http-status"),
            Rule::ContentType => text!(self, "rule-content-type"),
            Rule::BodySign => text!(self, "rule-body-sign"),
            Rule::Readable => text!(self, "rule-readable"),
            Rule::ResultCode => text!(self, "rule-result-code"),
            Rule::Fields => text!(self, "rule-fields"),
            Rule::Credentials => text!(self, "rule-credentials"),
            Rule::Lengths => text!(self, "rule-lengths"),
        }
    }

    pub(in crate::ui) fn debug_refused(&self, refused: &DebugRefused) -> String {
        match refused {
            DebugRefused::NoKey(class) => text!(self, "debug-no-key", class = self.key_class(*class)),
            DebugRefused::NotListening => text!(self, "debug-not-listening"),
            DebugRefused::Call(DebugError::NoAddress(text)) => text!(self, "debug-no-address", text = text.as_str()),
            DebugRefused::Call(DebugError::NoJson { name, reason }) => {
                text!(self, "debug-no-json", field = name.as_str(), reason = reason.as_str())
            }
            DebugRefused::Call(DebugError::NoInterface(name)) => {
                text!(self, "debug-no-interface", name = name.as_str())
            }
            DebugRefused::NoEndpoint(name) => text!(self, "debug-no-endpoint", name = name.as_str()),
            DebugRefused::NoCase => text!(self, "debug-no-case"),
            DebugRefused::Client(reason) => text!(self, "debug-no-client", reason = reason.as_str()),
            DebugRefused::Store(error) => self.store_error(error),
        }
    }

    /// `case` is the name of the one that fails.
    pub(in crate::ui) fn probe_finding(&self, finding: &ProbeFinding, case: &str, now: UnixMillis) -> String {
        match *finding {
            ProbeFinding::Failing { ref activity, days, refused: Some(ref rejection), .. } => text!(
                self,
                "probe-refused",
                case = case,
                activity = activity.as_str(),
                reason = self.rejection(rejection),
                days = days,
                allowed = FAILING_DAYS_ALLOWED
            ),
            ProbeFinding::Failing { case: None, ref activity, days, .. } => text!(
                self,
                "probe-failing-unsaved",
                activity = activity.as_str(),
                days = days,
                allowed = FAILING_DAYS_ALLOWED
            ),
            ProbeFinding::Failing { ref activity, days, refused: None, .. } => text!(
                self,
                "probe-failing",
                case = case,
                activity = activity.as_str(),
                days = days,
                allowed = FAILING_DAYS_ALLOWED
            ),
            ProbeFinding::Missing { since } => {
                let hours: i64 = now.millis_since(since) / HOUR;
                text!(self, "probe-missing", hours = hours)
            }
        }
    }

    pub(in crate::ui) fn entity(&self, entity: Entity) -> String {
        match entity {
            Entity::Instance => text!(self, "detail-instance"),
            Entity::License => text!(self, "detail-license"),
            Entity::Organisation => text!(self, "entity-organisation"),
            Entity::Application => text!(self, "entity-application"),
            Entity::OrganisationApplication => text!(self, "entity-organisation-application"),
            Entity::Department => text!(self, "entity-department"),
            Entity::User => text!(self, "entity-user"),
        }
    }
}
