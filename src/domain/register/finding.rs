//! What follows from an entry. Each finding names its rule, how grave it is, whether the pages say so or Sellerdesk assumes
//! it, and the page of the seller console where it is mended.

use jiff::civil::Date;

use super::{checklists, contacts, reviews, vouchers};
use crate::domain::console::ConsolePage;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// Good to know.
    Note,
    /// Will have to be looked at.
    Soon,
    /// Somebody has to do something now.
    Due,
}

impl Weight {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Soon => "soon",
            Self::Due => "due",
        }
    }
}

/// A rule that holds of an entry, with what it is about. Names are those of choices and fields.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    #[error("the product is now {now}: vouchers for {category} products have lapsed by themselves")]
    VoucherLapsed { category: String, now: String },
    #[error("it could be used until {on} and still stands as published")]
    VoucherExpired { on: Date },
    #[error("it can be used until {on}")]
    VoucherExpiresSoon { on: Date },
    #[error("the product is delisted, which affects {unused} vouchers that were given out and not used")]
    VoucherDelisted { unused: i64 },
    #[error("voided vouchers are no longer shown; the {left} that buyers have claimed stay usable")]
    VoucherStillUsable { left: i64 },
    #[error("{issued} issued, {claimed} claimed, {used} used cannot all be right")]
    VoucherCounts { issued: i64, claimed: i64, used: i64 },
    #[error("it has not been answered for {days} days")]
    ReviewUnanswered { days: i32 },
    #[error("it was to be answered by {by}")]
    ReviewOverdue { by: Date },
    #[error("a reply is written and not sent: send it under 评价详情, then note it as answered")]
    ReviewNotSent,
    #[error("it counts as answered, but the reply is not kept here")]
    ReviewNoReply,
    #[error("next step: {step} ({done} of {all} done)")]
    ChecklistNext { step: String, done: usize, all: usize },
    #[error("{step} has no evidence, although {later} after it has")]
    ChecklistSkipped { step: String, later: String },
    #[error("it is listed, but {open} steps have no evidence")]
    ChecklistIncomplete { open: usize },
    #[error("it is under review; the answer is due by {by}")]
    ChecklistWaiting { by: Date },
    #[error("the review was to be done by {by}, three working days after it was submitted")]
    ChecklistOverdue { by: Date },
    #[error("the public holidays of {year} are not known, so the day counts weekends alone")]
    ChecklistHolidaysUnknown { year: i16 },
    #[error("10 or more were submitted on one day, so the review may take longer than three working days")]
    ChecklistMany,
    #[error("it is under review, but the day it was submitted is missing")]
    ChecklistNoDate,
    #[error("it was rejected: change it and submit it again, or delete it")]
    ChecklistRejected,
    #[error("it can be withdrawn (撤回) while it is under review")]
    ChecklistMayWithdraw,
    #[error("a product is released only after 商业信息认证, for which there is no evidence")]
    ChecklistNotCertified,
    #[error("delisting it would affect {unused} vouchers that were given out and not used")]
    ChecklistVouchers { unused: i64 },
    #[error("it is listed, but no support contact is kept for it")]
    ChecklistNoContact,
    #[error("its {field} is {here} here and {priced} under Prices, by which settlement and unsubscription go")]
    ChecklistPricesDiffer { field: String, here: String, priced: String },
    #[error("somebody is on duty until {until}")]
    ContactOnDuty { until: String },
    #[error("nobody is on duty until {from}")]
    ContactOffDuty { from: String },
    #[error("today is a public holiday")]
    ContactHoliday,
    #[error("the public holidays of {year} are not known yet, so only weekends are counted")]
    ContactHolidaysUnknown { year: i16 },
    #[error("the reception hours are missing; at least 5 × 8 are asked for")]
    ContactNoHours,
    #[error("{days} days of {hours} hours are less than the 5 × 8 that are asked for")]
    ContactFewHours { days: usize, hours: String },
    #[error("`{field}` is missing; 服务与支持 has to hold service time, content, phone and mail")]
    ContactMissing { field: String },
    #[error("a buyer could not reach it once; where that happens repeatedly, the product is delisted")]
    ContactUnreachable,
    #[error("buyers could not reach it {times} times: the product may be delisted")]
    ContactUnreachableOften { times: i64 },
    #[error("nobody has tried it for {days} days")]
    ContactCheck { days: i32 },
    #[error("the international site asks for the time zone and for support in English")]
    ContactInternational,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub rule: Rule,
    pub weight: Weight,
}

impl Finding {
    pub(super) const fn of(rule: Rule) -> Self {
        let weight = rule.weight();
        Self { rule, weight }
    }
}

impl Rule {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::VoucherLapsed { .. } => "voucher-lapsed",
            Self::VoucherExpired { .. } => "voucher-expired",
            Self::VoucherExpiresSoon { .. } => "voucher-expires-soon",
            Self::VoucherDelisted { .. } => "voucher-delisted",
            Self::VoucherStillUsable { .. } => "voucher-still-usable",
            Self::VoucherCounts { .. } => "voucher-counts",
            Self::ReviewUnanswered { .. } => "review-unanswered",
            Self::ReviewOverdue { .. } => "review-overdue",
            Self::ReviewNotSent => "review-not-sent",
            Self::ReviewNoReply => "review-no-reply",
            Self::ChecklistNext { .. } => "checklist-next",
            Self::ChecklistSkipped { .. } => "checklist-skipped",
            Self::ChecklistIncomplete { .. } => "checklist-incomplete",
            Self::ChecklistWaiting { .. } => "checklist-waiting",
            Self::ChecklistOverdue { .. } => "checklist-overdue",
            Self::ChecklistHolidaysUnknown { .. } => "checklist-holidays-unknown",
            Self::ChecklistMany => "checklist-many",
            Self::ChecklistNoDate => "checklist-no-date",
            Self::ChecklistRejected => "checklist-rejected",
            Self::ChecklistMayWithdraw => "checklist-may-withdraw",
            Self::ChecklistNotCertified => "checklist-not-certified",
            Self::ChecklistVouchers { .. } => "checklist-vouchers",
            Self::ChecklistNoContact => "checklist-no-contact",
            Self::ChecklistPricesDiffer { .. } => "checklist-prices-differ",
            Self::ContactOnDuty { .. } => "contact-on-duty",
            Self::ContactOffDuty { .. } => "contact-off-duty",
            Self::ContactHoliday => "contact-holiday",
            Self::ContactHolidaysUnknown { .. } => "contact-holidays-unknown",
            Self::ContactNoHours => "contact-no-hours",
            Self::ContactFewHours { .. } => "contact-few-hours",
            Self::ContactMissing { .. } => "contact-missing",
            Self::ContactUnreachable => "contact-unreachable",
            Self::ContactUnreachableOften { .. } => "contact-unreachable-often",
            Self::ContactCheck { .. } => "contact-check",
            Self::ContactInternational => "contact-international",
        }
    }

    pub const fn weight(&self) -> Weight {
        match self {
            Self::VoucherStillUsable { .. }
            | Self::ReviewNoReply
            | Self::ChecklistNext { .. }
            | Self::ChecklistWaiting { .. }
            | Self::ChecklistHolidaysUnknown { .. }
            | Self::ChecklistMany
            | Self::ChecklistMayWithdraw
            | Self::ChecklistVouchers { .. }
            | Self::ContactOnDuty { .. }
            | Self::ContactOffDuty { .. }
            | Self::ContactHoliday
            | Self::ContactHolidaysUnknown { .. }
            | Self::ContactInternational => Weight::Note,
            Self::VoucherExpiresSoon { .. }
            | Self::ReviewUnanswered { .. }
            | Self::ChecklistSkipped { .. }
            | Self::ChecklistIncomplete { .. }
            | Self::ChecklistNoContact
            | Self::ChecklistPricesDiffer { .. }
            | Self::ContactUnreachable
            | Self::ContactCheck { .. } => Weight::Soon,
            Self::VoucherLapsed { .. }
            | Self::VoucherExpired { .. }
            | Self::VoucherDelisted { .. }
            | Self::VoucherCounts { .. }
            | Self::ReviewOverdue { .. }
            | Self::ReviewNotSent
            | Self::ChecklistOverdue { .. }
            | Self::ChecklistNoDate
            | Self::ChecklistRejected
            | Self::ChecklistNotCertified
            | Self::ContactNoHours
            | Self::ContactFewHours { .. }
            | Self::ContactMissing { .. }
            | Self::ContactUnreachableOften { .. } => Weight::Due,
        }
    }

    /// Whether the pages say so; else it is a habit of Sellerdesk, or follows from what was typed in.
    pub const fn is_documented(&self) -> bool {
        !matches!(
            self,
            Self::VoucherExpiresSoon { .. }
                | Self::VoucherCounts { .. }
                | Self::ReviewUnanswered { .. }
                | Self::ReviewOverdue { .. }
                | Self::ReviewNotSent
                | Self::ReviewNoReply
                | Self::ChecklistSkipped { .. }
                | Self::ChecklistIncomplete { .. }
                | Self::ChecklistNoDate
                | Self::ChecklistHolidaysUnknown { .. }
                | Self::ChecklistNoContact
                | Self::ChecklistPricesDiffer { .. }
                | Self::ContactOnDuty { .. }
                | Self::ContactOffDuty { .. }
                | Self::ContactHoliday
                | Self::ContactHolidaysUnknown { .. }
                | Self::ContactCheck { .. }
        )
    }

    /// Whether it tells how things stand, and nothing that somebody has to mend.
    pub const fn is_standing(&self) -> bool {
        matches!(
            self,
            Self::ContactOnDuty { .. }
                | Self::ContactOffDuty { .. }
                | Self::ChecklistNext { .. }
                | Self::ChecklistWaiting { .. }
        )
    }

    /// Where in the seller console it is seen and mended.
    pub const fn page(&self) -> ConsolePage {
        match self {
            Self::VoucherLapsed { .. }
            | Self::VoucherExpired { .. }
            | Self::VoucherExpiresSoon { .. }
            | Self::VoucherDelisted { .. }
            | Self::VoucherStillUsable { .. }
            | Self::VoucherCounts { .. }
            | Self::ChecklistVouchers { .. } => vouchers::PAGE,
            Self::ReviewUnanswered { .. } | Self::ReviewOverdue { .. } | Self::ReviewNotSent | Self::ReviewNoReply => {
                reviews::PAGE
            }
            Self::ChecklistNext { .. }
            | Self::ChecklistSkipped { .. }
            | Self::ChecklistIncomplete { .. }
            | Self::ChecklistPricesDiffer { .. }
            | Self::ChecklistNotCertified => checklists::RELEASE_PAGE,
            Self::ChecklistWaiting { .. }
            | Self::ChecklistOverdue { .. }
            | Self::ChecklistHolidaysUnknown { .. }
            | Self::ChecklistMany
            | Self::ChecklistNoDate
            | Self::ChecklistRejected
            | Self::ChecklistMayWithdraw => checklists::PAGE,
            Self::ChecklistNoContact
            | Self::ContactOnDuty { .. }
            | Self::ContactOffDuty { .. }
            | Self::ContactHoliday
            | Self::ContactHolidaysUnknown { .. }
            | Self::ContactNoHours
            | Self::ContactFewHours { .. }
            | Self::ContactMissing { .. }
            | Self::ContactUnreachable
            | Self::ContactUnreachableOften { .. }
            | Self::ContactCheck { .. }
            | Self::ContactInternational => contacts::PAGE,
        }
    }
}
