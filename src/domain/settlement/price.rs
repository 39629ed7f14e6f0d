//! What an order comes to, and what of it is the seller's.

use rust_decimal::Decimal;

use super::{
    Category, PricePer, SettlementPolicy, Terms,
    amount::{cents, read_amount},
    block::Assumption,
};
use crate::{
    domain::Order,
    protocol::{
        open_api::order::{ChargingMode, OrderType},
        site::Site,
    },
};

/// Where an amount comes from, or why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Basis {
    /// `orderAmount` of the call.
    Order,
    /// The price that is kept, by quantity and period.
    Price,
    /// No price is kept.
    NoPrice,
    /// The price's period is none that the order could be told in.
    OtherPeriod,
    /// An upgrade costs a difference, which the order does not tell.
    Difference,
}

impl Basis {
    pub const ALL: [Self; 5] = [Self::Order, Self::Price, Self::NoPrice, Self::OtherPeriod, Self::Difference];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Price => "price",
            Self::NoPrice => "no-price",
            Self::OtherPeriod => "other-period",
            Self::Difference => "difference",
        }
    }
}

/// How the seller's part is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Split {
    /// 通用商品: the price less the platform fee.
    PlatformFee,
    /// 联营商品: the part that was agreed on.
    AgreedShare,
    /// 联营商品 whose part is not kept.
    ShareUnknown,
    /// Outside of China: (price − withholding tax − digital services tax) × (1 − the platform's part).
    International,
}

impl Split {
    pub const ALL: [Self; 4] = [Self::PlatformFee, Self::AgreedShare, Self::ShareUnknown, Self::International];

    pub const fn name(self) -> &'static str {
        match self {
            Self::PlatformFee => "platform-fee",
            Self::AgreedShare => "agreed-share",
            Self::ShareUnknown => "share-unknown",
            Self::International => "international",
        }
    }
}

/// Both to the cent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Priced {
    pub amount: Option<Decimal>,
    pub basis: Basis,
    /// What the seller gets.
    pub share: Option<Decimal>,
    pub split: Split,
}

impl Priced {
    /// KooGallery's part.
    pub fn fee(&self) -> Option<Decimal> {
        Some(self.amount? - self.share?)
    }

    /// The same taken back.
    pub fn taken_back(self) -> Self {
        Self { amount: self.amount.map(|amount| -amount), share: self.share.map(|share| -share), ..self }
    }
}

pub(super) struct Pricing<'a> {
    pub policy: &'a SettlementPolicy,
    pub site: Site,
}

impl Pricing<'_> {
    /// Of an order that is not paid by usage.
    pub fn of_order(&self, order: &Order, terms: Option<&Terms>, assumed: &mut Vec<Assumption>) -> Priced {
        let (amount, basis) = match order.order_amount.as_deref().and_then(read_amount) {
            Some(told) => (Some(told), Basis::Order),
            None if order.order_type == Some(OrderType::Change) => (None, Basis::Difference),
            None => match terms.and_then(|terms| Some((terms.price?, terms.per))) {
                None => (None, Basis::NoPrice),
                Some((price, per)) => match periods(order, per, assumed) {
                    None => (None, Basis::OtherPeriod),
                    Some(periods) => {
                        let quantity = order.quantity.unwrap_or_else(|| {
                            assumed.push(Assumption::QuantityUnknown);
                            1
                        });
                        let amount = price.checked_mul(periods).and_then(|one| one.checked_mul(quantity.into()));
                        (amount, if amount.is_some() { Basis::Price } else { Basis::OtherPeriod })
                    }
                },
            },
        };
        self.split(amount, basis, terms, assumed)
    }

    /// Of so much usage.
    pub fn of_usage(&self, used: Decimal, terms: Option<&Terms>, assumed: &mut Vec<Assumption>) -> Priced {
        let price = terms.and_then(|terms| Some((terms.price?, terms.per)));
        let (amount, basis) = match price {
            None => (None, Basis::NoPrice),
            Some((price, PricePer::Usage)) => (price.checked_mul(used), Basis::Price),
            Some(_) => (None, Basis::OtherPeriod),
        };
        self.split(amount, basis, terms, assumed)
    }

    fn split(
        &self,
        amount: Option<Decimal>,
        basis: Basis,
        terms: Option<&Terms>,
        assumed: &mut Vec<Assumption>,
    ) -> Priced {
        let amount = amount.map(cents);
        let policy = self.policy;
        // Fee, least amount and split of the pages are those of the China site.
        if self.site != Site::China {
            assumed.push(Assumption::ConfiguredTaxes);
            let share = amount.zip(policy.international_platform_share).map(|(amount, platform)| {
                let rest = amount - policy.withholding_tax.of(amount) - policy.digital_services_tax.of(amount);
                cents(rest - platform.of(rest))
            });
            return Priced { amount, basis, share, split: Split::International };
        }
        let category = terms.and_then(|terms| terms.category).unwrap_or_else(|| {
            assumed.push(Assumption::CategoryUnknown);
            Category::General
        });
        let (share, split) = match category {
            Category::General => {
                assumed.push(Assumption::OneFee);
                (amount.map(|amount| amount - cents(policy.platform_fee.of(amount))), Split::PlatformFee)
            }
            Category::Joint => match terms.and_then(|terms| terms.share).or(policy.joint_share) {
                Some(part) => (amount.map(|amount| cents(part.of(amount))), Split::AgreedShare),
                None => (None, Split::ShareUnknown),
            },
        };
        Priced { amount, basis, share, split }
    }
}

/// How many of the price's periods the order is for.
fn periods(order: &Order, per: PricePer, assumed: &mut Vec<Assumption>) -> Option<Decimal> {
    let twelve = Decimal::from(12);
    let unit = match per {
        PricePer::Once => return Some(Decimal::ONE),
        PricePer::Usage => return None,
        PricePer::Year => "year",
        PricePer::Month => "month",
        PricePer::Day => "day",
    };
    if matches!(order.charging_mode, Some(ChargingMode::OneTime | ChargingMode::OnDemandPackage)) {
        return None;
    }
    let (Some(number), Some(period)) = (order.period_number, order.period_type.as_deref()) else {
        assumed.push(Assumption::PeriodUnknown);
        return Some(Decimal::ONE);
    };
    let number = Decimal::from(number);
    let period = period.to_ascii_lowercase();
    if period == unit {
        return Some(number);
    }
    assumed.push(Assumption::PeriodConverted);
    match (period.as_str(), per) {
        ("year", PricePer::Month) => Some(number * twelve),
        ("month", PricePer::Year) => Some(number / twelve),
        _ => None,
    }
}
