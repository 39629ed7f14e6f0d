//! When what an order bought ends. KooGallery computes `expireTime` from order time and period; of a supervised order that is only
//! indicative, because its validity begins with its acceptance, its activation, or what the seller filled in.

use super::{StartRule, SupervisionFacts, validity};
use crate::{
    domain::Order,
    protocol::{UnixMillis, open_api::order::OrderType},
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderEnd {
    At(UnixMillis),
    /// Under supervision, and its validity has not begun: whatever the order tells is not when it ends.
    NotBegun,
    Unknown,
}

impl OrderEnd {
    pub const fn at(self) -> Option<UnixMillis> {
        match self {
            Self::At(at) => Some(at),
            Self::NotBegun | Self::Unknown => None,
        }
    }

    /// As the order tells it.
    pub fn indicated(order: &Order) -> Self {
        order.expire_time.map_or(Self::Unknown, Self::At)
    }

    /// With what was noted of the order's supervision. Renewals of supervised orders are not supervised.
    pub fn of(order: &Order, facts: Option<&SupervisionFacts>, rule: StartRule) -> Self {
        let Some(facts) = facts.filter(|_| order.order_type != Some(OrderType::Renew)) else {
            return Self::indicated(order);
        };
        let period = order.period_number.zip(order.period_type.as_deref());
        match validity(facts, rule, period) {
            None => Self::NotBegun,
            Some(valid) => valid.ends_at.map_or_else(|| Self::indicated(order), Self::At),
        }
    }
}
