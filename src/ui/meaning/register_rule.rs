//! What follows from an entry of a register, in words, and the rule that says so.

use crate::{
    domain::{
        register::{EntryProblem, Rule, TemplateProblem},
        settlement::ProductType,
    },
    ui::{text, texts::Texts},
};

impl Texts {
    pub(in crate::ui) fn field_or_name(&self, name: &str) -> String {
        self.register_field(name).unwrap_or_else(|| name.to_owned())
    }

    pub(in crate::ui) fn choice_or_name(&self, name: &str) -> String {
        self.register_choice(name).unwrap_or_else(|| name.to_owned())
    }

    /// What follows.
    pub(in crate::ui) fn register_rule(&self, rule: &Rule) -> String {
        match rule {
            Rule::VoucherLapsed { category, now } => text!(
                self,
                "rule-voucher-lapsed",
                category = self.choice_or_name(category),
                now = self.choice_or_name(now)
            ),
            Rule::VoucherExpired { on } => text!(self, "rule-voucher-expired", on = on.to_string()),
            Rule::VoucherExpiresSoon { on } => text!(self, "rule-voucher-expires-soon", on = on.to_string()),
            Rule::VoucherDelisted { unused } => text!(self, "rule-voucher-delisted", unused = unused.to_string()),
            Rule::VoucherStillUsable { left } => text!(self, "rule-voucher-still-usable", left = left.to_string()),
            Rule::VoucherCounts { issued, claimed, used } => text!(
                self,
                "rule-voucher-counts",
                issued = issued.to_string(),
                claimed = claimed.to_string(),
                used = used.to_string()
            ),
            Rule::ReviewUnanswered { days } => text!(self, "rule-review-unanswered", days = days.to_string()),
            Rule::ReviewOverdue { by } => text!(self, "rule-review-overdue", by = by.to_string()),
            Rule::ReviewNotSent => text!(self, "rule-review-not-sent"),
            Rule::ReviewNoReply => text!(self, "rule-review-no-reply"),
            Rule::ChecklistNext { step, done, all } => text!(
                self,
                "rule-checklist-next",
                step = self.field_or_name(step),
                done = done.to_string(),
                all = all.to_string()
            ),
            Rule::ChecklistSkipped { step, later } => text!(
                self,
                "rule-checklist-skipped",
                step = self.field_or_name(step),
                later = self.field_or_name(later)
            ),
            Rule::ChecklistIncomplete { open } => text!(self, "rule-checklist-incomplete", open = open.to_string()),
            Rule::ChecklistWaiting { by } => text!(self, "rule-checklist-waiting", by = by.to_string()),
            Rule::ChecklistOverdue { by } => text!(self, "rule-checklist-overdue", by = by.to_string()),
            Rule::ChecklistMany => text!(self, "rule-checklist-many"),
            Rule::ChecklistNoDate => text!(self, "rule-checklist-no-date"),
            Rule::ChecklistRejected => text!(self, "rule-checklist-rejected"),
            Rule::ChecklistMayWithdraw => text!(self, "rule-checklist-may-withdraw"),
            Rule::ChecklistNotCertified => text!(self, "rule-checklist-not-certified"),
            Rule::ChecklistVouchers { unused } => text!(self, "rule-checklist-vouchers", unused = unused.to_string()),
            Rule::ChecklistNoContact => text!(self, "rule-checklist-no-contact"),
            Rule::ChecklistPricesDiffer { field, here, priced } => {
                let priced = ProductType::parse(priced)
                    .map_or_else(|| self.choice_or_name(priced), |kind| self.product_type(kind));
                let (field, here) = (self.field_or_name(field), self.choice_or_name(here));
                text!(self, "rule-checklist-prices-differ", field = field, here = here, priced = priced)
            }
            Rule::ContactOnDuty { until } => text!(self, "rule-contact-on-duty", until = until.as_str()),
            Rule::ContactOffDuty { from } => text!(self, "rule-contact-off-duty", from = from.as_str()),
            Rule::ContactHoliday => text!(self, "rule-contact-holiday"),
            Rule::ChecklistHolidaysUnknown { year } => {
                text!(self, "rule-checklist-holidays-unknown", year = year.to_string())
            }
            Rule::ContactHolidaysUnknown { year } => {
                text!(self, "rule-contact-holidays-unknown", year = year.to_string())
            }
            Rule::ContactNoHours => text!(self, "rule-contact-no-hours"),
            Rule::ContactFewHours { days, hours } => {
                text!(self, "rule-contact-few-hours", days = days.to_string(), hours = hours.as_str())
            }
            Rule::ContactMissing { field } => text!(self, "rule-contact-missing", field = self.field_or_name(field)),
            Rule::ContactUnreachable => text!(self, "rule-contact-unreachable"),
            Rule::ContactUnreachableOften { times } => {
                text!(self, "rule-contact-unreachable-often", times = times.to_string())
            }
            Rule::ContactCheck { days } => text!(self, "rule-contact-check", days = days.to_string()),
            Rule::ContactInternational => text!(self, "rule-contact-international"),
        }
    }

    /// The rule behind it, and what was assumed.
    pub(in crate::ui) fn register_basis(&self, rule: &Rule) -> String {
        match rule {
            Rule::VoucherLapsed { .. } => text!(self, "basis-category"),
            Rule::VoucherExpired { .. } | Rule::VoucherExpiresSoon { .. } => text!(self, "basis-expiry"),
            Rule::VoucherDelisted { .. } | Rule::ChecklistVouchers { .. } => text!(self, "basis-delisting"),
            Rule::VoucherStillUsable { .. } => text!(self, "basis-void"),
            Rule::VoucherCounts { .. } => text!(self, "basis-counts"),
            Rule::ReviewUnanswered { .. } | Rule::ReviewOverdue { .. } => text!(self, "basis-answer"),
            Rule::ReviewNotSent | Rule::ReviewNoReply => text!(self, "basis-draft"),
            Rule::ChecklistNext { .. } | Rule::ChecklistSkipped { .. } => text!(self, "basis-steps"),
            Rule::ChecklistIncomplete { .. } => text!(self, "basis-evidence"),
            Rule::ChecklistWaiting { .. }
            | Rule::ChecklistOverdue { .. }
            | Rule::ChecklistMany
            | Rule::ChecklistNoDate => text!(self, "basis-review"),
            Rule::ChecklistRejected => text!(self, "basis-rejected"),
            Rule::ChecklistMayWithdraw => text!(self, "basis-withdraw"),
            Rule::ChecklistNotCertified => text!(self, "basis-certified"),
            Rule::ChecklistNoContact => text!(self, "basis-contact"),
            Rule::ChecklistPricesDiffer { .. } => text!(self, "basis-prices"),
            Rule::ContactOnDuty { .. } | Rule::ContactOffDuty { .. } | Rule::ContactHoliday => {
                text!(self, "basis-duty")
            }
            Rule::ContactHolidaysUnknown { .. } | Rule::ChecklistHolidaysUnknown { .. } => {
                text!(self, "basis-holidays")
            }
            Rule::ContactNoHours | Rule::ContactFewHours { .. } => text!(self, "basis-hours"),
            Rule::ContactMissing { .. } => text!(self, "basis-page"),
            Rule::ContactUnreachable | Rule::ContactUnreachableOften { .. } => text!(self, "basis-unreachable"),
            Rule::ContactCheck { .. } => text!(self, "basis-check"),
            Rule::ContactInternational => text!(self, "basis-international"),
        }
    }

    pub(in crate::ui) fn template_problem(&self, problem: TemplateProblem) -> String {
        match problem {
            TemplateProblem::NoName => text!(self, "template-no-name"),
            TemplateProblem::NoText => text!(self, "template-no-text"),
            TemplateProblem::TooLong => text!(self, "template-too-long"),
            TemplateProblem::Taken => text!(self, "template-taken"),
        }
    }

    pub(in crate::ui) fn entry_problem(&self, problem: &EntryProblem) -> String {
        match problem {
            EntryProblem::Missing { field } => text!(self, "entry-missing", field = self.field_or_name(field)),
            EntryProblem::TooLong { field, length, max } => text!(
                self,
                "entry-too-long",
                field = self.field_or_name(field),
                length = length.to_string(),
                max = max.to_string()
            ),
            EntryProblem::Malformed { field, text, form } => text!(
                self,
                "entry-malformed",
                field = self.field_or_name(field),
                text = text.as_str(),
                form = form.as_str()
            ),
            EntryProblem::NoChoice { field, text, choices } => text!(
                self,
                "entry-no-choice",
                field = self.field_or_name(field),
                text = text.as_str(),
                choices = choices.as_str()
            ),
            EntryProblem::NoSuchField { field, fields } => {
                text!(self, "entry-no-such-field", field = field.as_str(), fields = fields.as_str())
            }
            EntryProblem::Repeated { first } => text!(self, "entry-repeated", first = first.to_string()),
            EntryProblem::NoSuchEntry { id } => text!(self, "entry-no-such-entry", id = id.as_str()),
        }
    }
}
