//! What registers, their fields and their choices are called.

use egui::Color32;

use crate::{
    domain::register::{RegisterKind, STATE, Weight},
    ui::{text, texts::Texts, theme::Palette},
};

impl Palette {
    pub(in crate::ui) const fn of_weight(&self, weight: Weight) -> Color32 {
        match weight {
            Weight::Note => self.busy,
            Weight::Soon => self.warn,
            Weight::Due => self.bad,
        }
    }

    /// By the name of the state, of whatever register.
    pub(in crate::ui) fn of_register_state(&self, state: &str) -> Color32 {
        match state {
            "published" | "answered" | "approved" | "listed" | "active" => self.good,
            "unanswered" | "submitted" => self.busy,
            "rejected" => self.bad,
            "suspended" => self.warn,
            _ => self.muted,
        }
    }
}

impl Texts {
    pub(in crate::ui) fn register_kind(&self, kind: RegisterKind) -> String {
        match kind {
            RegisterKind::Vouchers => text!(self, "register-vouchers"),
            RegisterKind::Reviews => text!(self, "register-reviews"),
            RegisterKind::Checklists => text!(self, "register-checklists"),
            RegisterKind::Contacts => text!(self, "register-contacts"),
        }
    }

    /// From 1, Monday.
    pub(in crate::ui) fn weekday(&self, day: usize) -> String {
        match day {
            1 => text!(self, "weekday-1"),
            2 => text!(self, "weekday-2"),
            3 => text!(self, "weekday-3"),
            4 => text!(self, "weekday-4"),
            5 => text!(self, "weekday-5"),
            6 => text!(self, "weekday-6"),
            _ => text!(self, "weekday-7"),
        }
    }

    /// `None` for a name that no register has.
    pub(in crate::ui) fn register_field(&self, name: &str) -> Option<String> {
        Some(match name {
            STATE => text!(self, "column-status"),
            "name" => text!(self, "field-name"),
            "category" => text!(self, "field-category"),
            "product" => text!(self, "field-product"),
            "billing" => text!(self, "field-billing"),
            "faceValue" => text!(self, "field-face-value"),
            "issued" => text!(self, "field-issued"),
            "claimed" => text!(self, "field-claimed"),
            "used" => text!(self, "field-used"),
            "validFrom" => text!(self, "field-valid-from"),
            "validUntil" => text!(self, "field-valid-until"),
            "note" => text!(self, "field-note"),
            "buyer" => text!(self, "field-buyer"),
            "orderId" => text!(self, "field-order-id"),
            "date" => text!(self, "field-date"),
            "text" => text!(self, "field-text"),
            "reply" => text!(self, "field-reply"),
            "repliedOn" => text!(self, "field-replied-on"),
            "remindOn" => text!(self, "field-remind-on"),
            "productKind" => text!(self, "field-product-kind"),
            "submittedOn" => text!(self, "field-submitted-on"),
            "submittedThatDay" => text!(self, "field-submitted-that-day"),
            "seller" => text!(self, "field-seller"),
            "certification" => text!(self, "field-certification"),
            "privateImage" => text!(self, "field-private-image"),
            "imageAsset" => text!(self, "field-image-asset"),
            "imageScan" => text!(self, "field-image-scan"),
            "server" => text!(self, "field-server"),
            "debugging" => text!(self, "field-debugging"),
            "vulnerabilityScan" => text!(self, "field-vulnerability-scan"),
            "testCodes" => text!(self, "field-test-codes"),
            "callbacks" => text!(self, "field-callbacks"),
            "package" => text!(self, "field-package"),
            "assetScan" => text!(self, "field-asset-scan"),
            "apiGroup" => text!(self, "field-api-group"),
            "backendCheck" => text!(self, "field-backend-check"),
            "release" => text!(self, "field-release"),
            "review" => text!(self, "field-review"),
            "listed" => text!(self, "field-listed"),
            "phone" => text!(self, "field-phone"),
            "mail" => text!(self, "field-mail"),
            "content" => text!(self, "field-content"),
            "days" => text!(self, "field-days"),
            "from" => text!(self, "field-from"),
            "to" => text!(self, "field-to"),
            "zone" => text!(self, "field-zone"),
            "holidays" => text!(self, "field-holidays"),
            "site" => text!(self, "field-site"),
            "english" => text!(self, "field-english"),
            "tickets" => text!(self, "field-tickets"),
            "unreachable" => text!(self, "field-unreachable"),
            "checkedOn" => text!(self, "field-checked-on"),
            _ => return None,
        })
    }

    pub(in crate::ui) fn register_choice(&self, name: &str) -> Option<String> {
        Some(match name {
            "joint" => text!(self, "choice-joint"),
            "general" => text!(self, "choice-general"),
            "period" => text!(self, "choice-period"),
            "one-time" => text!(self, "choice-one-time"),
            "on-demand" => text!(self, "choice-on-demand"),
            "package" => text!(self, "choice-package"),
            "published" => text!(self, "choice-published"),
            "voided" => text!(self, "choice-voided"),
            "expired" => text!(self, "choice-expired"),
            "unanswered" => text!(self, "choice-unanswered"),
            "answered" => text!(self, "choice-answered"),
            "image" => text!(self, "choice-image"),
            "saas" => text!(self, "choice-saas"),
            "license-code" => text!(self, "choice-license-code"),
            "license-package" => text!(self, "choice-license-package"),
            "api" => text!(self, "choice-api"),
            "service" => text!(self, "choice-service"),
            "hardware" => text!(self, "choice-hardware"),
            "preparing" => text!(self, "choice-preparing"),
            "draft" => text!(self, "choice-draft"),
            "submitted" => text!(self, "choice-submitted"),
            "rejected" => text!(self, "choice-rejected"),
            "approved" => text!(self, "choice-approved"),
            "listed" => text!(self, "choice-listed"),
            "suspended" => text!(self, "choice-suspended"),
            "delisted" => text!(self, "choice-delisted"),
            "china" => text!(self, "choice-china"),
            "international" => text!(self, "choice-international"),
            "yes" => text!(self, "choice-yes"),
            "no" => text!(self, "choice-no"),
            "active" => text!(self, "choice-active"),
            "paused" => text!(self, "choice-paused"),
            "closed" => text!(self, "choice-closed"),
            "open" => text!(self, "choice-open"),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::register::FieldType, ui::texts::Language};

    #[test]
    fn every_field_choice_and_state_has_a_name() {
        let texts = Texts::new(Language::English);
        for register in RegisterKind::ALL.map(RegisterKind::register) {
            for field in register.fields {
                assert!(texts.register_field(field.name).is_some(), "{}", field.name);
                let FieldType::Choice(choices) = field.kind else { continue };
                for choice in choices {
                    assert!(texts.register_choice(choice.name).is_some(), "{}", choice.name);
                }
            }
            for state in register.states {
                assert!(texts.register_choice(state.name).is_some(), "{}", state.name);
            }
        }
        assert_eq!(texts.register_field("no such field"), None);
    }
}
