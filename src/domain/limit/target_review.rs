//! Sales targets and trial whitelists held against the orders that came: whose purchase KooGallery should not have let through,
//! so that its configuration is another than the mirror's, or was when they were placed.

use std::collections::{BTreeMap, HashMap};

use super::{
    Purchase,
    purchase::Ended,
    review::in_time,
    target::{AccountKind, Accounts, Entitlement, SalesTarget, TargetKind, entitled},
};
use crate::protocol::{UnixMillis, open_api::order::OrderType};

/// What one customer bought under one target.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetRow<'a> {
    pub customer_id: &'a str,
    pub customer_name: Option<&'a str>,
    /// As it was noted.
    pub account: Option<AccountKind>,
    pub target: &'a SalesTarget,
    /// Of the order that is told worst of.
    pub verdict: Entitlement,
    /// Oldest first.
    pub orders: Vec<(&'a Purchase, Entitlement)>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct TargetReview<'a> {
    /// By target, then customer.
    pub rows: Vec<TargetRow<'a>>,
    /// Purchases under a target that name no buyer, oldest first.
    pub nobodys: Vec<&'a Purchase>,
}

/// New purchases are judged by the sales target, trials by the whitelist, each by the one of its specification before the
/// one of its product. Renewals and changes are of somebody who could buy before; what was given back is as if it never was.
pub fn review_targets<'a>(
    purchases: &'a [Purchase],
    targets: impl IntoIterator<Item = &'a SalesTarget>,
    accounts: &Accounts,
) -> TargetReview<'a> {
    type Place<'a> = (TargetKind, &'a str, Option<&'a str>);
    let mut in_force: HashMap<Place<'a>, (usize, &'a SalesTarget)> = HashMap::new();
    for (at, target) in targets.into_iter().enumerate() {
        let place = (target.kind(), target.key.product_id.as_str(), target.key.sku_code.as_deref());
        in_force.insert(place, (at, target));
    }
    let mut first_bought: HashMap<(&str, &str), UnixMillis> = HashMap::new();
    for purchase in purchases.iter().filter(|purchase| !purchase.test && !is_trial(purchase) && was_bought(purchase)) {
        if let (Some(customer), Some(product)) = (&purchase.customer_id, &purchase.product_id) {
            let first = first_bought.entry((customer, product)).or_insert(purchase.ordered_at);
            *first = (*first).min(purchase.ordered_at);
        }
    }
    let mut rows: BTreeMap<(usize, &str), TargetRow<'a>> = BTreeMap::new();
    let mut review = TargetReview::default();
    for purchase in purchases {
        let kind = match &purchase.order_type {
            _ if purchase.test || purchase.ended.is_some() => continue,
            Some(OrderType::New) => TargetKind::Sale,
            Some(OrderType::Trial) => TargetKind::Trial,
            _ => continue,
        };
        let Some(product) = purchase.product_id.as_deref() else { continue };
        let of_sku = purchase.sku_code.as_deref().and_then(|sku| in_force.get(&(kind, product, Some(sku))));
        let Some((at, target)) = of_sku.or_else(|| in_force.get(&(kind, product, None))) else { continue };
        let Some(customer) = purchase.customer_id.as_deref() else {
            review.nobodys.push(purchase);
            continue;
        };
        let before =
            |linked: &str| first_bought.get(&(customer, linked)).is_some_and(|bought| *bought < purchase.ordered_at);
        let verdict = entitled(purchase, target, accounts, before);
        let row = rows.entry((*at, customer)).or_insert_with(|| TargetRow {
            customer_id: customer,
            customer_name: None,
            account: accounts.get(customer).copied(),
            target,
            verdict,
            orders: Vec::new(),
        });
        row.verdict = row.verdict.max(verdict);
        row.orders.push((purchase, verdict));
    }
    review.nobodys.sort_by_key(|purchase| in_time(purchase));
    review.rows = rows.into_values().collect();
    for row in &mut review.rows {
        row.orders.sort_by_key(|(purchase, _)| in_time(purchase));
        row.customer_name = row.orders.iter().rev().find_map(|(purchase, _)| purchase.customer_name.as_deref());
    }
    review
}

/// What was given back since was bought all the same.
fn was_bought(purchase: &Purchase) -> bool {
    !matches!(purchase.ended, Some(Ended::Void(_) | Ended::Refunded))
}

fn is_trial(purchase: &Purchase) -> bool {
    purchase.order_type == Some(OrderType::Trial)
}
