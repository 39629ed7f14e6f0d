//! What settlement's rules, blocks, assumptions and differences are called, and the rules of unsubscription.

use egui::Color32;

use crate::{
    domain::{
        settlement::{
            Assumption, Basis, Block, Category, EntryRule, Never, PricePer, ProductType, Split, SupervisionDone,
            ThresholdCounts, Verdict,
        },
        unsubscription::{self, Denied, Effect, May, RequestState, UnsubscriptionRule},
        upgrade_price::UpgradeFormula,
    },
    ui::{text, texts::Texts, theme::Palette, times::Times},
};

impl Palette {
    pub(in crate::ui) const fn of_request(&self, state: RequestState) -> Color32 {
        match state {
            RequestState::UnderReview => self.warn,
            RequestState::AwaitsGoods => self.busy,
            RequestState::Agreed | RequestState::Rejected => self.muted,
        }
    }

    pub(in crate::ui) const fn of_bill_verdict(&self, verdict: &Verdict) -> Color32 {
        match verdict {
            Verdict::Agrees => self.good,
            Verdict::Waits(_) | Verdict::NotPriced => self.muted,
            Verdict::OtherMonth(_) | Verdict::StillBlocked(_) | Verdict::NotExpected(_) => self.warn,
            Verdict::Missing | Verdict::Amount | Verdict::Share | Verdict::NotKnown => self.bad,
        }
    }
}

impl Texts {
    pub(in crate::ui) fn entry_rule(&self, rule: EntryRule) -> String {
        match rule {
            EntryRule::InstanceOpened => text!(self, "entry-instance-opened"),
            EntryRule::OrderOpened => text!(self, "entry-order-opened"),
            EntryRule::SupervisionDone => text!(self, "entry-supervision-done"),
            EntryRule::RenewalEffective => text!(self, "entry-renewal-effective"),
            EntryRule::ChangeDone => text!(self, "entry-change-done"),
            EntryRule::Consumption => text!(self, "entry-consumption"),
            EntryRule::Refund => text!(self, "entry-refund"),
        }
    }

    pub(in crate::ui) fn settlement_block(&self, block: &Block, times: &Times) -> String {
        match block {
            Block::Unpaid => text!(self, "block-unpaid"),
            Block::NotRepaid => text!(self, "block-not-repaid"),
            Block::UnderReview => text!(self, "block-under-review"),
            Block::NotOpened => text!(self, "block-not-opened"),
            Block::Supervision { next: Some(step) } => {
                text!(self, "block-supervision", step = self.supervision_step(*step))
            }
            Block::Supervision { next: None } => text!(self, "block-supervision-unknown"),
            Block::Appeal => text!(self, "block-appeal"),
            Block::NotEffective { at } => text!(self, "block-not-effective", at = times.minute(*at)),
            &Block::UsageNotPushed { records } => text!(self, "block-usage", count = records),
            Block::NoUsage => text!(self, "block-no-usage"),
            Block::BelowThreshold => text!(self, "block-threshold"),
        }
    }

    pub(in crate::ui) fn settlement_never(&self, never: Never) -> String {
        match never {
            Never::Trial => text!(self, "never-trial"),
            Never::Unsubscribed => text!(self, "never-unsubscribed"),
            Never::Cancelled => text!(self, "never-cancelled"),
            Never::Refunded => text!(self, "never-refunded"),
            Never::Unsubscription => text!(self, "never-unsubscription"),
        }
    }

    pub(in crate::ui) fn settlement_assumption(&self, assumption: Assumption) -> String {
        match assumption {
            Assumption::Certified => text!(self, "settle-assumed-certified"),
            Assumption::Paid => text!(self, "settle-assumed-paid"),
            Assumption::StatusUnknown => text!(self, "settle-assumed-status"),
            Assumption::OrderTypeUnknown => text!(self, "settle-assumed-order-type"),
            Assumption::ProductTypeUnknown => text!(self, "settle-assumed-product-type"),
            Assumption::CategoryUnknown => text!(self, "settle-assumed-category"),
            Assumption::OpeningUnknown => text!(self, "settle-assumed-opening"),
            Assumption::DoneUnknown => text!(self, "settle-assumed-done"),
            Assumption::EffectUnknown => text!(self, "settle-assumed-effect"),
            Assumption::EffectAtKnownExpiry => text!(self, "settle-assumed-effect-expiry"),
            Assumption::EffectWorkedBack => text!(self, "settle-assumed-effect-back"),
            Assumption::EffectAhead => text!(self, "settle-assumed-effect-ahead"),
            Assumption::QuantityUnknown => text!(self, "settle-assumed-quantity"),
            Assumption::PeriodUnknown => text!(self, "settle-assumed-period"),
            Assumption::PeriodConverted => text!(self, "settle-assumed-converted"),
            Assumption::FullRefund => text!(self, "settle-assumed-refund"),
            Assumption::RefundMatched => text!(self, "settle-assumed-refund-matched"),
            Assumption::OneFee => text!(self, "settle-assumed-fee"),
            Assumption::ConfiguredTaxes => text!(self, "settle-assumed-taxes"),
        }
    }

    pub(in crate::ui) fn settlement_basis(&self, basis: Basis) -> String {
        match basis {
            Basis::Order => text!(self, "basis-order"),
            Basis::Price => text!(self, "basis-price"),
            Basis::NoPrice => text!(self, "basis-no-price"),
            Basis::OtherPeriod => text!(self, "basis-other-period"),
            Basis::Difference => text!(self, "basis-difference"),
        }
    }

    pub(in crate::ui) fn settlement_split(&self, split: Split) -> String {
        match split {
            Split::PlatformFee => text!(self, "split-platform-fee"),
            Split::AgreedShare => text!(self, "split-agreed"),
            Split::ShareUnknown => text!(self, "split-unknown"),
            Split::International => text!(self, "split-international"),
        }
    }

    pub(in crate::ui) fn bill_verdict(&self, verdict: &Verdict) -> String {
        match verdict {
            Verdict::Agrees => text!(self, "bill-agrees"),
            Verdict::NotKnown => text!(self, "bill-not-known"),
            Verdict::OtherMonth(_) => text!(self, "bill-other-month"),
            Verdict::StillBlocked(_) => text!(self, "bill-still-blocked"),
            Verdict::NotExpected(_) => text!(self, "bill-not-expected"),
            Verdict::Missing => text!(self, "bill-missing"),
            Verdict::Waits(_) => text!(self, "bill-waits"),
            Verdict::Amount => text!(self, "bill-amount"),
            Verdict::Share => text!(self, "bill-share"),
            Verdict::NotPriced => text!(self, "bill-not-priced"),
        }
    }

    /// Why, where there is more to say than the verdict.
    pub(in crate::ui) fn bill_reason(&self, verdict: &Verdict, times: &Times) -> String {
        match verdict {
            Verdict::OtherMonth(month) => text!(self, "bill-expected-in", month = month.to_string()),
            Verdict::StillBlocked(blocks) | Verdict::Waits(blocks) => {
                blocks.iter().map(|block| self.settlement_block(block, times)).collect::<Vec<_>>().join(" · ")
            }
            Verdict::NotExpected(never) => self.settlement_never(*never),
            Verdict::Missing => text!(self, "bill-missing-meaning"),
            Verdict::NotKnown => text!(self, "bill-not-known-meaning"),
            Verdict::Amount | Verdict::Share | Verdict::NotPriced | Verdict::Agrees => String::new(),
        }
    }

    pub(in crate::ui) fn product_type(&self, product_type: ProductType) -> String {
        match product_type {
            ProductType::Image => text!(self, "product-image"),
            ProductType::Saas => text!(self, "product-saas"),
            ProductType::License => text!(self, "product-license"),
            ProductType::Service => text!(self, "product-service"),
            ProductType::Hardware => text!(self, "product-hardware"),
            ProductType::Api => text!(self, "product-api"),
            ProductType::Orchestration => text!(self, "product-orchestration"),
            ProductType::Data => text!(self, "product-data"),
            ProductType::Content => text!(self, "product-content"),
        }
    }

    pub(in crate::ui) fn product_category(&self, category: Category) -> String {
        match category {
            Category::General => text!(self, "category-general"),
            Category::Joint => text!(self, "category-joint"),
        }
    }

    pub(in crate::ui) fn price_per(&self, per: PricePer) -> String {
        match per {
            PricePer::Once => text!(self, "per-once"),
            PricePer::Year => text!(self, "per-year"),
            PricePer::Month => text!(self, "per-month"),
            PricePer::Day => text!(self, "per-day"),
            PricePer::Usage => text!(self, "per-usage"),
        }
    }

    pub(in crate::ui) fn supervision_done(&self, done: SupervisionDone) -> String {
        match done {
            SupervisionDone::Accepted => text!(self, "done-accepted"),
            SupervisionDone::OrderCompleted => text!(self, "done-completed"),
        }
    }

    pub(in crate::ui) fn threshold_counts(&self, counts: ThresholdCounts) -> String {
        match counts {
            ThresholdCounts::Carried => text!(self, "threshold-carried"),
            ThresholdCounts::Month => text!(self, "threshold-month"),
        }
    }

    pub(in crate::ui) fn upgrade_formula(&self, formula: UpgradeFormula) -> String {
        match formula {
            UpgradeFormula::General => text!(self, "formula-general"),
            UpgradeFormula::International => text!(self, "formula-international"),
        }
    }

    pub(in crate::ui) fn unsubscription_rule(&self, rule: UnsubscriptionRule) -> String {
        match rule {
            UnsubscriptionRule::Negotiated => text!(self, "unsubscribe-negotiated"),
            UnsubscriptionRule::FiveDays => text!(self, "unsubscribe-five-days"),
            UnsubscriptionRule::None => text!(self, "unsubscribe-none"),
            UnsubscriptionRule::NotPublished => text!(self, "unsubscribe-not-published"),
        }
    }

    pub(in crate::ui) fn may_unsubscribe(&self, may: May, times: &Times) -> String {
        match may {
            May::Yes { until: Some(until), .. } => text!(self, "unsubscribe-until", at = times.minute(until)),
            May::Yes { until: None, .. } => text!(self, "unsubscribe-until-done"),
            May::No(denied) => text!(self, "unsubscribe-no", why = self.unsubscription_denied(denied)),
            May::Unknown => text!(self, "unsubscribe-unknown"),
        }
    }

    fn unsubscription_denied(&self, denied: Denied) -> String {
        match denied {
            Denied::Already => text!(self, "denied-already"),
            Denied::RefundedByItself => text!(self, "denied-refunded"),
            Denied::NothingPaid => text!(self, "denied-nothing-paid"),
            Denied::SupervisionDone => text!(self, "denied-done"),
            Denied::CodeTaken => text!(self, "denied-code-taken"),
            Denied::Expired => text!(self, "denied-expired"),
            Denied::RenewalInEffect => text!(self, "denied-renewal"),
            Denied::FiveDaysOver => text!(self, "denied-five-days"),
            Denied::ByType => text!(self, "denied-type"),
        }
    }

    pub(in crate::ui) fn request_state(&self, state: RequestState) -> String {
        match state {
            RequestState::UnderReview => text!(self, "request-under-review"),
            RequestState::AwaitsGoods => text!(self, "request-awaits-goods"),
            RequestState::Agreed => text!(self, "request-agreed"),
            RequestState::Rejected => text!(self, "request-rejected"),
        }
    }

    pub(in crate::ui) fn unsubscription_assumption(&self, assumption: unsubscription::Assumption) -> String {
        use unsubscription::Assumption::{
            EffectUnknown, NoMilestones, NotInTransit, NotInvoiced, ProductTypeUnknown, TenUses,
        };
        match assumption {
            NotInvoiced => text!(self, "unsubscribe-assumed-invoice"),
            TenUses => text!(self, "unsubscribe-assumed-uses"),
            NoMilestones => text!(self, "unsubscribe-assumed-milestones"),
            NotInTransit => text!(self, "unsubscribe-assumed-transit"),
            EffectUnknown => text!(self, "unsubscribe-assumed-effect"),
            ProductTypeUnknown => text!(self, "unsubscribe-assumed-type"),
        }
    }

    pub(in crate::ui) fn unsubscription_effect(&self, effect: Effect) -> String {
        match effect {
            Effect::NeverSettled => text!(self, "effect-never-settled"),
            Effect::SettledBack => text!(self, "effect-settled-back"),
            Effect::NoDelisting => text!(self, "effect-no-delisting"),
            Effect::Delisting => text!(self, "effect-delisting"),
            Effect::LimitFreed => text!(self, "effect-limit-freed"),
        }
    }
}
