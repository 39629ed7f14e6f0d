//! The review: per customer and rule how much is used, whether more may be bought, and when again.

use std::collections::{BTreeMap, HashMap};

use super::{
    Limit, Times,
    finding::{CameThrough, came_through},
    judge::{Excluded, Judged, frees_expired, has_expired, weight},
    policy::{Assumption, CountedTypes, LimitPolicy},
    purchase::{Ended, Purchase},
};
use crate::protocol::UnixMillis;

/// What one line of the configuration says; a line may say two things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    Once,
    UntilExpiry,
    Quantity,
}

impl Rule {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::UntilExpiry => "until-expiry",
            Self::Quantity => "quantity",
        }
    }

    /// The rules of a line, each with its limit.
    pub fn of(limit: &Limit) -> impl Iterator<Item = (Self, i64)> {
        let times = match limit.times {
            Times::None => None,
            Times::Once => Some((Self::Once, 1)),
            Times::UntilExpiry => Some((Self::UntilExpiry, 1)),
        };
        times.into_iter().chain(limit.quantity.map(|quantity| (Self::Quantity, quantity)))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    Allowed,
    AtLimit,
    Breached,
}

impl Verdict {
    pub const ALL: [Self; 3] = [Self::Allowed, Self::AtLimit, Self::Breached];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::AtLimit => "at-limit",
            Self::Breached => "breached",
        }
    }

    pub const fn of(used: i64, limit: i64) -> Self {
        if used > limit {
            Self::Breached
        } else if used == limit {
            Self::AtLimit
        } else {
            Self::Allowed
        }
    }
}

/// Whose rows, and what if they bought more.
#[derive(Clone, Copy, Debug, Default)]
pub struct Question<'a> {
    /// One customer, known or not; all who bought where there is none.
    pub customer_id: Option<&'a str>,
    /// One more order over so many units.
    pub what_if: Option<i64>,
}

/// What buying more now would come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WhatIf {
    pub quantity: i64,
    pub used: i64,
    /// KooGallery lets it through.
    pub allowed: bool,
    /// When so much may be bought, `None` where it may now, and where no time brings it.
    pub allowed_at: Option<UnixMillis>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ReviewRow<'a> {
    pub customer_id: &'a str,
    pub customer_name: Option<&'a str>,
    pub limit: &'a Limit,
    pub rule: Rule,
    pub used: i64,
    pub allowed: i64,
    pub verdict: Verdict,
    /// When the customer may buy again; `None` where that is now, and where no time brings it.
    pub allowed_again_at: Option<UnixMillis>,
    /// Every purchase of this customer that the limit is about, oldest first.
    pub orders: Vec<Judged<'a>>,
    /// Those that KooGallery should not have let through.
    pub came_through: Vec<CameThrough<'a>>,
    pub what_if: Option<WhatIf>,
    pub assumptions: Vec<Assumption>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Review<'a> {
    /// By limit, then customer, in the limits' order.
    pub rows: Vec<ReviewRow<'a>>,
    /// Purchases under a limit that name no buyer, so that they are nobody's. The order query tells.
    pub nobodys: Vec<&'a Purchase>,
    /// Purchases that may count and name no product, so that they are under no limit.
    pub unplaced: Vec<&'a Purchase>,
}

/// Reviews purchases against limits. In which order they come makes no difference.
pub fn review<'a>(
    purchases: &'a [Purchase],
    limits: impl IntoIterator<Item = &'a Limit>,
    policy: LimitPolicy,
    question: Question<'a>,
    now: UnixMillis,
) -> Review<'a> {
    let mut by_product: HashMap<&str, BTreeMap<Option<&str>, Vec<&Purchase>>> = HashMap::new();
    for purchase in purchases {
        if let Some(product) = purchase.product_id.as_deref() {
            by_product.entry(product).or_default().entry(purchase.sku_code.as_deref()).or_default().push(purchase);
        }
    }
    let mut review = Review::default();
    let mut limits = limits.into_iter().peekable();
    if limits.peek().is_some() {
        let is_asked = |purchase: &&Purchase| {
            let customer = question.customer_id.zip(purchase.customer_id.as_deref());
            customer.is_none_or(|(asked, customer)| asked == customer)
        };
        let unplaced = purchases.iter().filter(|purchase| purchase.product_id.is_none() && may_count(purchase, policy));
        review.unplaced = unplaced.filter(is_asked).collect();
        review.unplaced.sort_by_key(|purchase| in_time(purchase));
    }
    for limit in limits {
        let specifications = by_product.get(limit.key.product_id.as_str());
        let concerned: Vec<&Purchase> = match (specifications, &limit.key.sku_code) {
            (None, _) => Vec::new(),
            (Some(all), None) => all.values().flatten().copied().collect(),
            (Some(all), Some(sku)) => all.get(&Some(sku.as_str())).into_iter().flatten().copied().collect(),
        };
        let mut by_customer: BTreeMap<&str, Vec<&Purchase>> = BTreeMap::new();
        for purchase in concerned {
            match purchase.customer_id.as_deref() {
                Some(customer) if question.customer_id.is_none_or(|asked| asked == customer) => {
                    by_customer.entry(customer).or_default().push(purchase);
                }
                Some(_) => {}
                None if purchase.test => {}
                None => review.nobodys.push(purchase),
            }
        }
        // Who has bought nothing yet may ask too.
        if let (Some(customer), Some(_)) = (question.customer_id, question.what_if) {
            by_customer.entry(customer).or_default();
        }
        for (customer, mut bought) in by_customer {
            bought.sort_by_key(|purchase| in_time(purchase));
            let rows = Rule::of(limit).map(|(rule, allowed)| {
                let what_if = question.what_if;
                Reviewed { customer, limit, rule, allowed, policy, what_if, now }.row(&bought)
            });
            review.rows.extend(rows);
        }
    }
    review.nobodys.sort_by_key(|purchase| in_time(purchase));
    review.nobodys.dedup_by_key(|purchase| &purchase.order);
    review
}

/// For one rule or another, as far as it tells its type.
fn may_count(purchase: &Purchase, policy: LimitPolicy) -> bool {
    matches!(weight(purchase, Rule::Once, policy), Ok(_) | Err(Excluded::UnknownType))
}

pub(super) fn in_time(purchase: &Purchase) -> (UnixMillis, &str, &str) {
    (purchase.ordered_at, purchase.order.order_id.as_str(), purchase.order.order_line_id.as_str())
}

struct Reviewed<'a> {
    customer: &'a str,
    limit: &'a Limit,
    rule: Rule,
    allowed: i64,
    policy: LimitPolicy,
    what_if: Option<i64>,
    now: UnixMillis,
}

impl<'a> Reviewed<'a> {
    fn row(&self, bought: &[&'a Purchase]) -> ReviewRow<'a> {
        let frees = frees_expired(self.rule, self.limit.times, self.policy);
        let judge = |purchase: &&'a Purchase| {
            let counts = weight(purchase, self.rule, self.policy).and_then(|weight| {
                let free = frees && has_expired(purchase, self.now);
                if free { Err(Excluded::Expired) } else { Ok(weight) }
            });
            Judged { purchase, counts }
        };
        let orders: Vec<Judged<'a>> = bought.iter().map(judge).collect();
        let used = orders.iter().filter_map(|judged| judged.counts.ok()).sum();
        let verdict = Verdict::of(used, self.allowed);
        let again = |needed: i64| if frees { free_at(&orders, used, self.allowed - needed) } else { None };
        let what_if = self.what_if.map(|quantity| {
            let needed = if self.rule == Rule::Quantity { quantity } else { 1 };
            let then = used.saturating_add(needed);
            let allowed = then <= self.allowed;
            WhatIf { quantity, used: then, allowed, allowed_at: if allowed { None } else { again(needed) } }
        });
        ReviewRow {
            customer_id: self.customer,
            // The newest order knows best.
            customer_name: bought.iter().rev().find_map(|purchase| purchase.customer_name.as_deref()),
            limit: self.limit,
            rule: self.rule,
            used,
            allowed: self.allowed,
            verdict,
            allowed_again_at: if verdict == Verdict::Allowed { None } else { again(1) },
            came_through: came_through(bought, self.rule, self.allowed, frees, self.policy),
            what_if,
            assumptions: self.assumptions(&orders, frees),
            orders,
        }
    }

    fn assumptions(&self, orders: &[Judged<'_>], frees: bool) -> Vec<Assumption> {
        let counting = || orders.iter().filter(|judged| judged.counts.is_ok()).map(|judged| judged.purchase);
        let quantity = self.rule == Rule::Quantity;
        let types = match self.policy.counted {
            CountedTypes::New => Assumption::NewOrdersOnly,
            CountedTypes::NewAndFormal => Assumption::NewAndFormalOnly,
            CountedTypes::All => Assumption::EveryPurchaseCounts,
        };
        let expired = if frees { Assumption::ExpiredQuantityIsFree } else { Assumption::ExpiredQuantityCounts };
        let matched = |judged: &Judged<'_>| matches!(judged.purchase.ended, Some(Ended::UnsubscribedByMatch { .. }));
        let all = [
            (true, types),
            (self.limit.key.sku_code.is_none(), Assumption::SpecificationsTogether),
            (quantity && counting().any(|purchase| purchase.quantity.is_none()), Assumption::QuantityUnknown),
            (frees && counting().any(|purchase| purchase.expire_time.is_none()), Assumption::ExpiryUnknown),
            (quantity, expired),
            (orders.iter().any(matched), Assumption::UnsubscriptionMatched),
            (counting().any(|purchase| purchase.charging_mode.is_none()), Assumption::ChargingModeUnknown),
        ];
        all.into_iter().filter(|(holds, _)| *holds).map(|(_, assumption)| assumption).collect()
    }
}

/// When so much has expired that no more than `at_most` is used.
fn free_at(orders: &[Judged<'_>], used: i64, at_most: i64) -> Option<UnixMillis> {
    if at_most < 0 {
        return None;
    }
    let mut ends: Vec<(UnixMillis, i64)> =
        orders.iter().filter_map(|judged| Some((judged.purchase.expire_time?, judged.counts.ok()?))).collect();
    ends.sort_unstable();
    let mut left = used;
    ends.into_iter().find_map(|(expires, weight)| {
        left -= weight;
        (left <= at_most).then_some(expires)
    })
}
