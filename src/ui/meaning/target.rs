//! What sales targets, whitelists and their verdicts are called, and what they mean.

use egui::Color32;

use crate::{
    domain::limit::{
        CountedTypes, Entitlement, ExpiredQuantity, MAX_CUSTOMERS, MAX_TEXT, TargetLevel, TargetProblem, TargetReason,
    },
    ui::{text, texts::Texts, theme::Palette},
};

impl Palette {
    pub(in crate::ui) const fn of_entitlement(&self, verdict: Entitlement) -> Color32 {
        match verdict {
            Entitlement::Entitled => self.good,
            Entitlement::Unknown => self.muted,
            Entitlement::NotEntitled(_) => self.bad,
        }
    }
}

impl Texts {
    pub(in crate::ui) fn target_level(&self, level: TargetLevel) -> String {
        match level {
            TargetLevel::Everyone => text!(self, "target-everyone"),
            TargetLevel::Named => text!(self, "target-named"),
            TargetLevel::Enterprise => text!(self, "target-enterprise"),
            TargetLevel::Individual => text!(self, "target-individual"),
            TargetLevel::LinkedProduct => text!(self, "target-linked"),
            TargetLevel::TrialWhitelist => text!(self, "target-whitelist"),
        }
    }

    pub(in crate::ui) fn entitlement(&self, verdict: Entitlement) -> String {
        match verdict {
            Entitlement::Entitled => text!(self, "entitled"),
            Entitlement::Unknown => text!(self, "entitled-unknown"),
            Entitlement::NotEntitled(_) => text!(self, "not-entitled"),
        }
    }

    pub(in crate::ui) fn entitlement_reason(&self, verdict: Entitlement) -> String {
        match verdict {
            Entitlement::Entitled => text!(self, "entitled-meaning"),
            Entitlement::Unknown => text!(self, "entitled-unknown-meaning"),
            Entitlement::NotEntitled(TargetReason::NotNamed) => text!(self, "not-entitled-named"),
            Entitlement::NotEntitled(TargetReason::HasNotBoughtLinked) => text!(self, "not-entitled-linked"),
            Entitlement::NotEntitled(TargetReason::OtherKind) => text!(self, "not-entitled-kind"),
            Entitlement::NotEntitled(TargetReason::NotOnTrialWhitelist) => text!(self, "not-entitled-trial"),
        }
    }

    pub(in crate::ui) fn target_problem(&self, problem: &TargetProblem) -> String {
        match problem {
            TargetProblem::NoProduct => text!(self, "limit-problem-product"),
            TargetProblem::TooLong { column, length } => {
                let (length, max) = (length.to_string(), MAX_TEXT.to_string());
                text!(self, "limit-problem-long", column = (*column).to_owned(), length = length, max = max)
            }
            TargetProblem::NoLevel(told) => text!(self, "target-problem-level", told = told.as_str()),
            TargetProblem::NoCustomers(_) => text!(self, "target-problem-customers"),
            TargetProblem::TooMany => text!(self, "target-problem-many", max = MAX_CUSTOMERS.to_string()),
            TargetProblem::NoLinked => text!(self, "target-problem-linked"),
            TargetProblem::Needless { column, level } => {
                text!(self, "target-problem-needless", column = (*column).to_owned(), level = self.target_level(*level))
            }
            TargetProblem::Repeated(first) => text!(self, "limit-problem-repeated", first = first.to_string()),
            TargetProblem::NotUnderProduct { level, product } => {
                let (level, product) = (self.target_level(*level), self.target_level(*product));
                text!(self, "target-problem-under", level = level, product = product)
            }
        }
    }

    pub(in crate::ui) fn counted_types(&self, counted: CountedTypes) -> String {
        match counted {
            CountedTypes::New => text!(self, "settings-counted-new"),
            CountedTypes::NewAndFormal => text!(self, "settings-counted-formal"),
            CountedTypes::All => text!(self, "settings-counted-all"),
        }
    }

    pub(in crate::ui) fn expired_quantity(&self, expired: ExpiredQuantity) -> String {
        match expired {
            ExpiredQuantity::WithUntilExpiry => text!(self, "settings-expired-with"),
            ExpiredQuantity::Always => text!(self, "settings-expired-always"),
            ExpiredQuantity::Never => text!(self, "settings-expired-never"),
        }
    }
}
