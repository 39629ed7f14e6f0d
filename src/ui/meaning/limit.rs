//! What a purchase limit, a verdict and its reasons are called, and what they mean.

use egui::Color32;

use crate::{
    domain::limit::{Assumption, Excluded, LimitProblem, MAX_QUANTITY, MAX_TEXT, Rule, Times, Verdict},
    ui::{text, texts::Texts, theme::Palette},
};

impl Palette {
    pub(in crate::ui) const fn of_limit_verdict(&self, verdict: Verdict) -> Color32 {
        match verdict {
            Verdict::Allowed => self.good,
            Verdict::AtLimit => self.warn,
            Verdict::Breached => self.bad,
        }
    }
}

impl Texts {
    pub(in crate::ui) fn limit_times(&self, times: Times) -> String {
        match times {
            Times::None => text!(self, "limit-times-none"),
            Times::Once => text!(self, "limit-times-once"),
            Times::UntilExpiry => text!(self, "limit-times-until-expiry"),
        }
    }

    pub(in crate::ui) fn limit_rule(&self, rule: Rule) -> String {
        match rule {
            Rule::Once => text!(self, "limit-times-once"),
            Rule::UntilExpiry => text!(self, "limit-times-until-expiry"),
            Rule::Quantity => text!(self, "limit-rule-quantity"),
        }
    }

    pub(in crate::ui) fn limit_rule_meaning(&self, rule: Rule) -> String {
        match rule {
            Rule::Once => text!(self, "limit-rule-once-meaning"),
            Rule::UntilExpiry => text!(self, "limit-rule-until-expiry-meaning"),
            Rule::Quantity => text!(self, "limit-rule-quantity-meaning"),
        }
    }

    pub(in crate::ui) fn verdict(&self, verdict: Verdict) -> String {
        match verdict {
            Verdict::Allowed => text!(self, "verdict-allowed"),
            Verdict::AtLimit => text!(self, "verdict-at-limit"),
            Verdict::Breached => text!(self, "verdict-breached"),
        }
    }

    pub(in crate::ui) fn limit_excluded(&self, reason: Excluded) -> String {
        match reason {
            Excluded::Test => text!(self, "excluded-test"),
            Excluded::Unsubscribed => text!(self, "excluded-unsubscribed"),
            Excluded::Refunded => text!(self, "excluded-refunded"),
            Excluded::Cancelled => text!(self, "excluded-cancelled"),
            Excluded::Unpaid => text!(self, "excluded-unpaid"),
            Excluded::UnderReview => text!(self, "excluded-under-review"),
            Excluded::PayPerUse => text!(self, "excluded-pay-per-use"),
            Excluded::Trial => text!(self, "excluded-trial"),
            Excluded::TrialToFormal => text!(self, "excluded-trial-to-formal"),
            Excluded::Renewal => text!(self, "excluded-renewal"),
            Excluded::Change => text!(self, "excluded-change"),
            Excluded::UnknownType => text!(self, "excluded-unknown-type"),
            Excluded::Expired => text!(self, "excluded-expired"),
        }
    }

    pub(in crate::ui) fn limit_assumption(&self, assumption: Assumption) -> String {
        match assumption {
            Assumption::NewOrdersOnly => text!(self, "assumed-new-only"),
            Assumption::NewAndFormalOnly => text!(self, "assumed-new-and-formal"),
            Assumption::EveryPurchaseCounts => text!(self, "assumed-every-purchase"),
            Assumption::SpecificationsTogether => text!(self, "assumed-together"),
            Assumption::QuantityUnknown => text!(self, "assumed-quantity"),
            Assumption::ExpiryUnknown => text!(self, "assumed-expiry"),
            Assumption::ExpiredQuantityIsFree => text!(self, "assumed-expired-free"),
            Assumption::ExpiredQuantityCounts => text!(self, "assumed-expired-counts"),
            Assumption::UnsubscriptionMatched => text!(self, "assumed-matched"),
            Assumption::ChargingModeUnknown => text!(self, "assumed-charging-mode"),
        }
    }

    pub(in crate::ui) fn limit_problem(&self, problem: &LimitProblem) -> String {
        let count = |number: usize| number.to_string();
        match problem {
            LimitProblem::NoProduct => text!(self, "limit-problem-product"),
            LimitProblem::TooLong { column, length } => {
                text!(
                    self,
                    "limit-problem-long",
                    column = (*column).to_owned(),
                    length = count(*length),
                    max = count(MAX_TEXT)
                )
            }
            LimitProblem::NoTimes(told) => text!(self, "limit-problem-times", told = told.as_str()),
            LimitProblem::NoQuantity(told) => {
                text!(self, "limit-problem-quantity", told = told.as_str(), max = MAX_QUANTITY.to_string())
            }
            LimitProblem::LimitsNothing => text!(self, "limit-problem-nothing"),
            LimitProblem::Repeated(first) => text!(self, "limit-problem-repeated", first = count(*first)),
        }
    }
}
