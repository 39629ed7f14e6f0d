//! What the license calendar says in words.

use egui::Color32;

use crate::{
    domain::license_calendar::{NextStep, days_until},
    protocol::UnixMillis,
    ui::{text, texts::Texts, theme::Palette, times::Times},
};

/// What comes within so many days is pressing.
const SOON: i64 = 7;

impl Palette {
    pub(in crate::ui) fn of_countdown(&self, at: UnixMillis, times: &Times) -> Color32 {
        match days_until(at, times.now, &times.zone) {
            _ if at <= times.now => self.bad,
            Some(..=SOON) => self.warn,
            _ => self.muted,
        }
    }
}

impl Texts {
    pub(in crate::ui) fn countdown(&self, at: UnixMillis, times: &Times) -> String {
        let over = at <= times.now;
        match days_until(at, times.now, &times.zone) {
            None => String::new(),
            Some(0) if over => text!(self, "calendar-overdue-today"),
            Some(0) => text!(self, "calendar-today"),
            Some(1) => text!(self, "calendar-tomorrow"),
            Some(days) if over => text!(self, "calendar-overdue", days = days.unsigned_abs()),
            Some(days) => text!(self, "calendar-in-days", days = days),
        }
    }

    pub(in crate::ui) fn next_step(&self, step: NextStep) -> String {
        match step {
            NextStep::Expiry => text!(self, "calendar-expiry"),
            NextStep::GraceEnd => text!(self, "calendar-grace-end"),
            NextStep::Release => text!(self, "calendar-release"),
        }
    }

    pub(in crate::ui) fn next_step_meaning(&self, step: NextStep) -> String {
        match step {
            NextStep::Expiry => text!(self, "calendar-expiry-meaning"),
            NextStep::GraceEnd => text!(self, "calendar-grace-end-meaning"),
            NextStep::Release => text!(self, "calendar-release-meaning"),
        }
    }
}
