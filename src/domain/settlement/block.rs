//! The words of settlement: by which rule an order enters a bill, what keeps it out, why it never enters one, and what had to be
//! assumed.

use std::fmt;

use crate::{domain::supervision::Step, protocol::UnixMillis};

/// The rule by which an order enters the settlement report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryRule {
    /// Image by the year or month, SaaS without supervision: when the instance was opened.
    InstanceOpened,
    /// API: when the order was opened.
    OrderOpened,
    /// License, human service, hardware, orchestration, supervised SaaS: when supervision was done.
    SupervisionDone,
    /// A renewal: when it takes effect, which is the end of what it renews and not its payment.
    RenewalEffective,
    /// An upgrade or change: when it was carried out.
    ChangeDone,
    /// Pay-per-use: the month of the consumption.
    Consumption,
    /// What was settled and unsubscribed: the month of the refund.
    Refund,
}

impl EntryRule {
    pub const ALL: [Self; 7] = [
        Self::InstanceOpened,
        Self::OrderOpened,
        Self::SupervisionDone,
        Self::RenewalEffective,
        Self::ChangeDone,
        Self::Consumption,
        Self::Refund,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::InstanceOpened => "instance-opened",
            Self::OrderOpened => "order-opened",
            Self::SupervisionDone => "supervision-done",
            Self::RenewalEffective => "renewal-effective",
            Self::ChangeDone => "change-done",
            Self::Consumption => "consumption",
            Self::Refund => "refund",
        }
    }
}

/// What keeps an order out of a bill for now.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Block {
    /// 待支付, or 付费状态 is not 已完成.
    Unpaid,
    /// 客户还款状态: a customer on credit has not repaid the whole month's bill.
    NotRepaid,
    /// 待审核.
    UnderReview,
    /// The interface has not answered its call with success.
    NotOpened,
    /// Service supervision is not done; `next` is the step that it waits for, `None` where nothing was noted.
    Supervision { next: Option<Step> },
    /// An appeal is handled, and everything stands still.
    Appeal,
    /// A renewal that is paid and begins in a later month.
    NotEffective { at: UnixMillis },
    /// Usage that KooGallery has not taken.
    UsageNotPushed { records: usize },
    /// Pay-per-use, and no usage was kept at all.
    NoUsage,
    /// The product type has not come to the least amount; it is billed with what follows.
    BelowThreshold,
}

impl Block {
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Unpaid => "unpaid",
            Self::NotRepaid => "not-repaid",
            Self::UnderReview => "under-review",
            Self::NotOpened => "not-opened",
            Self::Supervision { .. } => "supervision-not-done",
            Self::Appeal => "appeal",
            Self::NotEffective { .. } => "not-effective",
            Self::UsageNotPushed { .. } => "usage-not-pushed",
            Self::NoUsage => "no-usage",
            Self::BelowThreshold => "below-threshold",
        }
    }
}

/// For the command line; the window has its own words.
impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unpaid => f.write_str("blocked until it is paid"),
            Self::NotRepaid => f.write_str("blocked until the customer on credit has repaid the month's bill"),
            Self::UnderReview => f.write_str("blocked until the order is approved"),
            Self::NotOpened => f.write_str("blocked until its call succeeds"),
            Self::Supervision { .. } => f.write_str("blocked until service supervision is done"),
            Self::Appeal => f.write_str("blocked until the appeal is decided"),
            Self::NotEffective { at } => write!(f, "blocked until it takes effect at {at}"),
            Self::UsageNotPushed { records } => write!(f, "blocked until {records} usage records are taken"),
            Self::NoUsage => f.write_str("blocked until usage is pushed"),
            Self::BelowThreshold => f.write_str("waits until its product type comes to the least amount"),
        }
    }
}

/// Why an order is in no bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Never {
    Trial,
    /// Given back before it entered one.
    Unsubscribed,
    /// 已取消.
    Cancelled,
    /// It was never opened, so KooGallery refunds it.
    Refunded,
    /// The unsubscription itself; what it takes back is told with what was bought.
    Unsubscription,
}

impl Never {
    pub const ALL: [Self; 5] = [Self::Trial, Self::Unsubscribed, Self::Cancelled, Self::Refunded, Self::Unsubscription];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Trial => "trial",
            Self::Unsubscribed => "unsubscribed",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
            Self::Unsubscription => "unsubscription",
        }
    }
}

/// What a figure rests on beside its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assumption {
    /// 商业信息 is certified: no interface tells.
    Certified,
    /// Paid (付费状态 已完成, of credit customers the whole month's bill), where no table tells.
    Paid,
    /// 订单状态 is a word that is not known; it keeps the order out of nothing.
    StatusUnknown,
    /// An order that tells no type is taken for a new purchase.
    OrderTypeUnknown,
    /// A product of which no type is kept is taken for SaaS, without supervision where none is told.
    ProductTypeUnknown,
    /// A product of which no category is kept is taken for a general one.
    CategoryUnknown,
    /// No call of the order is known, so it is taken for opened when it was ordered.
    OpeningUnknown,
    /// A table tells that supervision is done and not when; it is taken for done when it was ordered.
    DoneUnknown,
    /// A renewal of which nothing tells when it takes effect is taken for effective when it was ordered.
    EffectUnknown,
    /// A renewal that tells no period, or one from its order on, is taken for effective when what is known of its instance ends.
    EffectAtKnownExpiry,
    /// A renewal's expiry less its period: at the end of a month that may be up to three days early.
    EffectWorkedBack,
    /// A renewal that is paid and not in effect yet enters all the same where it will be.
    EffectAhead,
    QuantityUnknown,
    PeriodUnknown,
    /// Twelve months to a year between price and order.
    PeriodConverted,
    /// What was unsubscribed is taken for refunded in full.
    FullRefund,
    /// The unsubscription names no instance: it was matched by customer and specification, and its time is the refund's.
    RefundMatched,
    /// Since 2024-03-01 the platform fee falls with what is paid in a month; the one of the configuration is taken.
    OneFee,
    /// Taxes, the platform's part and the least amount by the configuration (international and European site).
    ConfiguredTaxes,
}

impl Assumption {
    pub const ALL: [Self; 19] = [
        Self::Certified,
        Self::Paid,
        Self::StatusUnknown,
        Self::OrderTypeUnknown,
        Self::ProductTypeUnknown,
        Self::CategoryUnknown,
        Self::OpeningUnknown,
        Self::DoneUnknown,
        Self::EffectUnknown,
        Self::EffectAtKnownExpiry,
        Self::EffectWorkedBack,
        Self::EffectAhead,
        Self::QuantityUnknown,
        Self::PeriodUnknown,
        Self::PeriodConverted,
        Self::FullRefund,
        Self::RefundMatched,
        Self::OneFee,
        Self::ConfiguredTaxes,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Certified => "certified",
            Self::Paid => "paid",
            Self::StatusUnknown => "unknown-order-status-blocks-nothing",
            Self::OrderTypeUnknown => "unknown-order-type-is-new",
            Self::ProductTypeUnknown => "unknown-product-type-is-saas",
            Self::CategoryUnknown => "unknown-category-is-general",
            Self::OpeningUnknown => "opened-when-ordered",
            Self::DoneUnknown => "supervision-done-when-ordered",
            Self::EffectUnknown => "effective-when-ordered",
            Self::EffectAtKnownExpiry => "effective-at-known-expiry",
            Self::EffectWorkedBack => "effective-by-expiry-less-period",
            Self::EffectAhead => "not-yet-effective",
            Self::QuantityUnknown => "unknown-quantity-is-one",
            Self::PeriodUnknown => "unknown-period-is-one",
            Self::PeriodConverted => "twelve-months-to-a-year",
            Self::FullRefund => "refunded-in-full",
            Self::RefundMatched => "refund-matched",
            Self::OneFee => "one-platform-fee",
            Self::ConfiguredTaxes => "configured-taxes",
        }
    }
}
