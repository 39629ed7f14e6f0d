//! Whether one purchase counts for one rule, and if not, why.

use super::{
    policy::{CountedTypes, ExpiredQuantity, LimitPolicy},
    purchase::{Ended, Purchase},
    review::Rule,
};
use crate::{
    domain::{limit::Times, order_status::Void},
    protocol::{
        UnixMillis,
        open_api::order::{ChargingMode, OrderType},
    },
};

/// A purchase beside a rule: what it counts for, or why it does not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged<'a> {
    pub purchase: &'a Purchase,
    pub counts: Result<i64, Excluded>,
}

/// Why a purchase does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Excluded {
    Test,
    Unsubscribed,
    Refunded,
    /// 已取消.
    Cancelled,
    /// 待支付.
    Unpaid,
    /// 待审核.
    UnderReview,
    PayPerUse,
    Trial,
    TrialToFormal,
    Renewal,
    Change,
    UnknownType,
    Expired,
}

impl Excluded {
    pub const ALL: [Self; 13] = [
        Self::Test,
        Self::Unsubscribed,
        Self::Refunded,
        Self::Cancelled,
        Self::Unpaid,
        Self::UnderReview,
        Self::PayPerUse,
        Self::Trial,
        Self::TrialToFormal,
        Self::Renewal,
        Self::Change,
        Self::UnknownType,
        Self::Expired,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Unsubscribed => "unsubscribed",
            Self::Refunded => "refunded",
            Self::Cancelled => "cancelled",
            Self::Unpaid => "unpaid",
            Self::UnderReview => "under-review",
            Self::PayPerUse => "pay-per-use",
            Self::Trial => "trial",
            Self::TrialToFormal => "trial-to-formal",
            Self::Renewal => "renewal",
            Self::Change => "change",
            Self::UnknownType => "unknown-type",
            Self::Expired => "expired",
        }
    }
}

/// Whether what has expired is free again.
pub(super) const fn frees_expired(rule: Rule, times: Times, policy: LimitPolicy) -> bool {
    match rule {
        Rule::Once => false,
        Rule::UntilExpiry => true,
        Rule::Quantity => match policy.expired_quantity {
            ExpiredQuantity::Always => true,
            ExpiredQuantity::Never => false,
            ExpiredQuantity::WithUntilExpiry => matches!(times, Times::UntilExpiry),
        },
    }
}

/// What it counts for, its expiry aside.
pub(super) fn weight(purchase: &Purchase, rule: Rule, policy: LimitPolicy) -> Result<i64, Excluded> {
    if purchase.test {
        return Err(Excluded::Test);
    }
    match purchase.ended {
        Some(Ended::Unsubscribed { .. } | Ended::UnsubscribedByMatch { .. }) => return Err(Excluded::Unsubscribed),
        Some(Ended::Refunded) => return Err(Excluded::Refunded),
        Some(Ended::Void(Void::Cancelled)) => return Err(Excluded::Cancelled),
        Some(Ended::Void(Void::Unpaid)) => return Err(Excluded::Unpaid),
        Some(Ended::Void(Void::UnderReview)) => return Err(Excluded::UnderReview),
        None => {}
    }
    if purchase.charging_mode == Some(ChargingMode::OnDemand) {
        return Err(Excluded::PayPerUse);
    }
    let counted = policy.counted;
    match &purchase.order_type {
        Some(OrderType::Trial) => return Err(Excluded::Trial),
        Some(OrderType::TrialToFormal) if counted == CountedTypes::New => return Err(Excluded::TrialToFormal),
        Some(OrderType::Renew) if counted != CountedTypes::All => return Err(Excluded::Renewal),
        Some(OrderType::Change) if counted != CountedTypes::All => return Err(Excluded::Change),
        Some(OrderType::New | OrderType::TrialToFormal | OrderType::Renew | OrderType::Change) => {}
        Some(OrderType::Unsubscribe) => return Err(Excluded::Unsubscribed),
        Some(OrderType::Unknown(_)) | None => return Err(Excluded::UnknownType),
    }
    Ok(match rule {
        Rule::Once | Rule::UntilExpiry => 1,
        Rule::Quantity => purchase.quantity.unwrap_or(1).clamp(0, super::MAX_QUANTITY),
    })
}

/// The end of a moment belongs to what comes next: at its expiry a purchase has expired.
pub(super) fn has_expired(purchase: &Purchase, at: UnixMillis) -> bool {
    purchase.expire_time.is_some_and(|expires| expires <= at)
}
