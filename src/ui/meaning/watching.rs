//! What service supervision, delisting and findings are called, and what they mean.

use egui::Color32;

use crate::{
    desk::session::Event,
    domain::{
        delisting::DelistingLevel,
        reconcile::{Mend, Mismatch},
        retry_window::FAILED_ORDERS_ALLOWED,
        supervision::{Actor, DeadlineKind, StartReason, StartRule, Step, Supervised},
    },
    ui::{text, texts::Texts, theme::Palette},
};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

impl Palette {
    pub(in crate::ui) const fn of_delisting(&self, level: DelistingLevel) -> Color32 {
        match level {
            DelistingLevel::Fine => self.muted,
            DelistingLevel::Near => self.warn,
            DelistingLevel::Imminent | DelistingLevel::Exceeded => self.bad,
        }
    }
}

impl Texts {
    pub(in crate::ui) fn supervised(&self, kind: Supervised) -> String {
        match kind {
            Supervised::Service => text!(self, "supervised-service"),
            Supervised::LicenseCode => text!(self, "supervised-license-code"),
            Supervised::Hardware => text!(self, "supervised-hardware"),
        }
    }

    pub(in crate::ui) fn supervision_step(&self, step: Step) -> String {
        match step {
            Step::Request => text!(self, "step-request"),
            Step::Confirm => text!(self, "step-confirm"),
            Step::Receive => text!(self, "step-receive"),
            Step::Activate => text!(self, "step-activate"),
            Step::Deliver => text!(self, "step-deliver"),
            Step::UploadProof => text!(self, "step-proof"),
            Step::Review => text!(self, "step-review"),
            Step::Accept => text!(self, "step-accept"),
            Step::Done => text!(self, "step-done"),
        }
    }

    pub(in crate::ui) fn supervision_actor(&self, actor: Actor) -> String {
        match actor {
            Actor::Buyer => text!(self, "actor-buyer"),
            Actor::Seller => text!(self, "actor-seller"),
            Actor::Huawei => text!(self, "actor-huawei"),
            Actor::System => text!(self, "actor-system"),
        }
    }

    pub(in crate::ui) fn supervision_deadline(&self, kind: DeadlineKind) -> String {
        match kind {
            DeadlineKind::OrderStatus => text!(self, "deadline-status"),
            DeadlineKind::HardwareAcceptance => text!(self, "deadline-hardware"),
            DeadlineKind::Unaccepted => text!(self, "deadline-unaccepted"),
            DeadlineKind::Appeal => text!(self, "deadline-appeal"),
        }
    }

    pub(in crate::ui) fn start_rule(&self, rule: StartRule) -> String {
        match rule {
            StartRule::ActualOpening => text!(self, "start-rule-opening"),
            StartRule::Acceptance => text!(self, "start-rule-acceptance"),
        }
    }

    pub(in crate::ui) fn start_reason(&self, reason: StartReason) -> String {
        match reason {
            StartReason::Activated => text!(self, "start-activated"),
            StartReason::FilledIn => text!(self, "start-filled-in"),
            StartReason::Accepted => text!(self, "start-accepted"),
        }
    }

    /// Days and hours, or hours and minutes.
    pub(in crate::ui) fn time_left(&self, millis: i64) -> String {
        let part = |whole: i64| whole.to_string();
        if millis <= 0 {
            text!(self, "left-none")
        } else if millis >= DAY {
            text!(self, "left-days", days = part(millis / DAY), hours = part(millis % DAY / HOUR))
        } else {
            text!(self, "left-hours", hours = part(millis / HOUR), minutes = part(millis % HOUR / MINUTE))
        }
    }

    pub(in crate::ui) fn delisting_level(&self, level: DelistingLevel) -> String {
        match level {
            DelistingLevel::Fine => text!(self, "delisting-fine"),
            DelistingLevel::Near => text!(self, "delisting-near"),
            DelistingLevel::Imminent => text!(self, "delisting-imminent"),
            DelistingLevel::Exceeded => text!(self, "delisting-exceeded"),
        }
    }

    /// What an alarm says; `None` for any other event.
    pub(in crate::ui) fn delisting_alarm(&self, event: &Event) -> Option<String> {
        let Event::DelistingAlarm { level, failed, failing, .. } = event else { return None };
        let (failed, failing, allowed) = (failed.to_string(), failing.to_string(), FAILED_ORDERS_ALLOWED.to_string());
        Some(match level {
            DelistingLevel::Fine | DelistingLevel::Near => {
                text!(self, "delisting-alarm-near", failed = failed, failing = failing, allowed = allowed)
            }
            DelistingLevel::Imminent => {
                text!(self, "delisting-alarm-imminent", failed = failed, failing = failing, allowed = allowed)
            }
            DelistingLevel::Exceeded => text!(self, "delisting-alarm-exceeded", failed = failed, allowed = allowed),
        })
    }

    pub(in crate::ui) fn mismatch(&self, mismatch: Mismatch) -> String {
        match mismatch {
            Mismatch::BoughtNeverCalled => text!(self, "finding-bought-never-called"),
            Mismatch::ProvisionedNotOrdered => text!(self, "finding-provisioned-not-ordered"),
            Mismatch::ExpiredRunning => text!(self, "finding-expired-running"),
            Mismatch::ExpiredInGrace => text!(self, "finding-expired-in-grace"),
            Mismatch::ReleasedActive => text!(self, "finding-released-active"),
            Mismatch::ActivationUnknown => text!(self, "finding-activation-unknown"),
            Mismatch::ActivationWithoutCode => text!(self, "finding-activation-without-code"),
        }
    }

    pub(in crate::ui) fn mismatch_meaning(&self, mismatch: Mismatch) -> String {
        match mismatch {
            Mismatch::BoughtNeverCalled => text!(self, "finding-bought-never-called-meaning"),
            Mismatch::ProvisionedNotOrdered => text!(self, "finding-provisioned-not-ordered-meaning"),
            Mismatch::ExpiredRunning => text!(self, "finding-expired-running-meaning"),
            Mismatch::ExpiredInGrace => text!(self, "finding-expired-in-grace-meaning"),
            Mismatch::ReleasedActive => text!(self, "finding-released-active-meaning"),
            Mismatch::ActivationUnknown => text!(self, "finding-activation-unknown-meaning"),
            Mismatch::ActivationWithoutCode => text!(self, "finding-activation-without-code-meaning"),
        }
    }

    pub(in crate::ui) fn mend(&self, mend: Mend) -> String {
        match mend {
            Mend::Freeze => text!(self, "mend-freeze"),
            Mend::Release => text!(self, "mend-release"),
        }
    }
}
