//! Sales targets and trial whitelists: edited, and held against the orders that came.

use serde_json::{Value, json};

use super::{Desk, limits::ReviewMaterial, operator};
use crate::{
    domain::limit::{
        AccountKind, Entitlement, KeptTarget, Purchase, SalesTarget, TargetChange, TargetKey, TargetKind, TargetReview,
        TargetRow, review_targets,
    },
    store::{ImportWatch, LimitsPut, StoreError},
};

impl ReviewMaterial {
    pub fn target_review(&self) -> TargetReview<'_> {
        review_targets(&self.purchases, self.targets.iter().map(|kept| &kept.target), &self.accounts)
    }
}

impl Desk {
    pub async fn sales_targets(&self) -> Result<Vec<KeptTarget>, StoreError> {
        self.inner.store.sales_targets().await
    }

    pub async fn sales_target_changes(&self, at_most: usize) -> Result<Vec<TargetChange>, StoreError> {
        self.inner.store.sales_target_changes(at_most).await
    }

    /// Puts all of these or none; with `replace`, others go.
    pub async fn put_sales_targets(
        &self,
        targets: Vec<SalesTarget>,
        replace: bool,
        by: &str,
    ) -> Result<LimitsPut, StoreError> {
        self.put_sales_targets_watched(targets, replace, by, &ImportWatch::default()).await
    }

    /// The same, while somebody watches how far it is.
    pub(super) async fn put_sales_targets_watched(
        &self,
        targets: Vec<SalesTarget>,
        replace: bool,
        by: &str,
        watch: &ImportWatch,
    ) -> Result<LimitsPut, StoreError> {
        self.inner.store.put_sales_targets(targets, replace, by.to_owned(), self.now(), watch.clone()).await
    }

    /// Notes of which kind a customer's account is; `None` forgets it.
    pub async fn note_account(&self, customer_id: String, kind: Option<AccountKind>) -> Result<(), StoreError> {
        self.inner.store.put_account(customer_id, kind, operator(), self.now()).await
    }

    pub async fn remove_sales_target(
        &self,
        key: TargetKey,
        kind: TargetKind,
        by: &str,
    ) -> Result<Option<SalesTarget>, StoreError> {
        self.inner.store.remove_sales_target(key, kind, by.to_owned(), self.now()).await
    }
}

/// The columns of those rows.
pub const TARGET_REVIEW: &[&str] = &[
    "customerId",
    "customerName",
    "account",
    "productId",
    "skuCode",
    "kind",
    "level",
    "verdict",
    "reason",
    "orders",
    "notEntitled",
];

/// The rows of `targets review --json`.
pub fn target_review_rows(review: &TargetReview<'_>) -> Vec<Value> {
    let ids = |orders: &mut dyn Iterator<Item = &Purchase>| -> Value {
        orders.map(|purchase| purchase.order.order_id.as_str()).collect()
    };
    let row = |row: &TargetRow<'_>| {
        let not_entitled = |(purchase, verdict): &(&'_ Purchase, Entitlement)| match verdict {
            Entitlement::NotEntitled(_) => Some(purchase.order.order_id.as_str().to_owned()),
            _ => None,
        };
        let reason = match row.verdict {
            Entitlement::NotEntitled(reason) => Some(reason.name()),
            _ => None,
        };
        json!({
            "customerId": row.customer_id,
            "customerName": row.customer_name,
            "account": row.account.map(AccountKind::name),
            "productId": row.target.key.product_id,
            "skuCode": row.target.key.sku_code,
            "kind": row.target.kind().name(),
            "level": row.target.level.name(),
            "verdict": row.verdict.name(),
            "reason": reason,
            "orders": ids(&mut row.orders.iter().map(|(purchase, _)| *purchase)),
            "notEntitled": row.orders.iter().filter_map(not_entitled).collect::<Value>(),
        })
    };
    review.rows.iter().map(row).collect()
}
