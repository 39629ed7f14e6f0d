//! Lines of the console's purchase limits, sales targets and trial whitelists as rows, and what was done to them.

use serde_json::{Value, json};

use crate::domain::limit::{KeptLimit, KeptTarget, Limit, LimitChange, SalesTarget, TargetChange};

pub const LIMIT: &[&str] = &["productId", "skuCode", "times", "quantity", "changedBy", "changedAt"];

/// The first four are what an import takes back.
pub fn limit(kept: &KeptLimit) -> Value {
    let limit = &kept.limit;
    json!({
        "productId": limit.key.product_id,
        "skuCode": limit.key.sku_code,
        "times": limit.times.name(),
        "quantity": limit.quantity,
        "changedBy": kept.changed_by,
        "changedAt": kept.changed_at.to_string(),
    })
}

pub const TARGET: &[&str] = &["productId", "skuCode", "level", "customers", "linkedProduct", "changedBy", "changedAt"];

/// The first five are what an import takes back.
pub fn target(kept: &KeptTarget) -> Value {
    let target = &kept.target;
    json!({
        "productId": target.key.product_id,
        "skuCode": target.key.sku_code,
        "level": target.level.name(),
        "customers": target.customers.join(" "),
        "linkedProduct": target.linked_product,
        "changedBy": kept.changed_by,
        "changedAt": kept.changed_at.to_string(),
    })
}

pub const LIMIT_CHANGE: &[&str] =
    &["changedAt", "changedBy", "productId", "skuCode", "timesBefore", "quantityBefore", "timesAfter", "quantityAfter"];

/// Nothing before where the line was added, nothing after where it was removed.
pub fn limit_change(change: &LimitChange) -> Value {
    let times = |limit: &Option<Limit>| limit.as_ref().map(|limit| limit.times.name());
    let quantity = |limit: &Option<Limit>| limit.as_ref().and_then(|limit| limit.quantity);
    json!({
        "changedAt": change.changed_at.to_string(),
        "changedBy": change.changed_by,
        "productId": change.key.product_id,
        "skuCode": change.key.sku_code,
        "timesBefore": times(&change.before),
        "quantityBefore": quantity(&change.before),
        "timesAfter": times(&change.after),
        "quantityAfter": quantity(&change.after),
    })
}

pub const TARGET_CHANGE: &[&str] = &[
    "changedAt",
    "changedBy",
    "kind",
    "productId",
    "skuCode",
    "levelBefore",
    "customersBefore",
    "linkedProductBefore",
    "levelAfter",
    "customersAfter",
    "linkedProductAfter",
];

/// The same of sales targets and trial whitelists.
pub fn target_change(change: &TargetChange) -> Value {
    let level = |target: &Option<SalesTarget>| target.as_ref().map(|target| target.level.name());
    let customers = |target: &Option<SalesTarget>| target.as_ref().map(|target| target.customers.join(" "));
    let linked = |target: &Option<SalesTarget>| target.as_ref().and_then(|target| target.linked_product.clone());
    json!({
        "changedAt": change.changed_at.to_string(),
        "changedBy": change.changed_by,
        "kind": change.kind.name(),
        "productId": change.key.product_id,
        "skuCode": change.key.sku_code,
        "levelBefore": level(&change.before),
        "customersBefore": customers(&change.before),
        "linkedProductBefore": linked(&change.before),
        "levelAfter": level(&change.after),
        "customersAfter": customers(&change.after),
        "linkedProductAfter": linked(&change.after),
    })
}
