//! How codes and the users of organisations stand, in words.

use egui::Color32;

use crate::{
    domain::LicenseStatus,
    ui::{text, texts::Texts, theme::Palette},
};

impl Palette {
    pub(in crate::ui) const fn of_license(&self, status: LicenseStatus) -> Color32 {
        match status {
            LicenseStatus::Added => self.busy,
            LicenseStatus::Active => self.good,
            LicenseStatus::Frozen => self.warn,
            LicenseStatus::Expired => self.bad,
            LicenseStatus::Released => self.muted,
        }
    }
}

impl Texts {
    pub(in crate::ui) fn license_status(&self, status: LicenseStatus) -> String {
        match status {
            LicenseStatus::Added => text!(self, "license-added"),
            LicenseStatus::Active => text!(self, "license-active"),
            LicenseStatus::Frozen => text!(self, "license-frozen"),
            LicenseStatus::Expired => text!(self, "license-expired"),
            LicenseStatus::Released => text!(self, "license-released"),
        }
    }

    pub(in crate::ui) fn license_status_meaning(&self, status: LicenseStatus) -> String {
        match status {
            LicenseStatus::Added => text!(self, "license-added-meaning"),
            LicenseStatus::Active => text!(self, "license-active-meaning"),
            LicenseStatus::Frozen => text!(self, "license-frozen-meaning"),
            LicenseStatus::Expired => text!(self, "license-expired-meaning"),
            LicenseStatus::Released => text!(self, "license-released-meaning"),
        }
    }

    /// Whether a user may use the application.
    pub(in crate::ui) fn authorization(&self, authorized: bool) -> String {
        if authorized { text!(self, "user-authorized") } else { text!(self, "user-not-authorized") }
    }
}
