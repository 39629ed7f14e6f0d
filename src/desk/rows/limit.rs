//! Lines of the console's purchase limits, sales targets and trial whitelists as rows.

use serde_json::{Value, json};

use crate::domain::limit::{KeptLimit, KeptTarget};

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
