//! Purchase limits: edited, exported, and reviewed with the orders that are known.

use std::path::Path;

use serde_json::{Value, json};

use super::{
    Desk,
    export::{ExportError, ExportedList},
};
use crate::{
    domain::{
        Order,
        delisting::Refunded,
        limit::{
            Accounts, KeptLimit, KeptTarget, Limit, LimitChange, LimitKey, LimitPolicy, Purchase, Question, Review,
            purchases, review,
        },
        supervision::OrderEnd,
    },
    protocol::UnixMillis,
    store::{Cancel, ImportWatch, LimitsPut, OrdersUnderReview, StoreError},
};

/// What a review rests on, kept so that rows can borrow from it.
#[derive(Clone, Debug)]
pub struct ReviewMaterial {
    pub limits: Vec<KeptLimit>,
    pub targets: Vec<KeptTarget>,
    pub accounts: Accounts,
    pub purchases: Vec<Purchase>,
    pub policy: LimitPolicy,
    pub now: UnixMillis,
}

impl ReviewMaterial {
    pub fn review<'a>(&'a self, question: Question<'a>) -> Review<'a> {
        review(&self.purchases, self.limits.iter().map(|kept| &kept.limit), self.policy, question, self.now)
    }
}

impl Desk {
    pub async fn limits(&self) -> Result<Vec<KeptLimit>, StoreError> {
        self.inner.store.limits().await
    }

    pub async fn limit_changes(&self, key: Option<LimitKey>, at_most: usize) -> Result<Vec<LimitChange>, StoreError> {
        self.inner.store.limit_changes(key, at_most).await
    }

    /// Puts all of these or none; with `replace`, others go.
    pub async fn put_limits(&self, limits: Vec<Limit>, replace: bool, by: &str) -> Result<LimitsPut, StoreError> {
        self.put_limits_watched(limits, replace, by, &ImportWatch::default()).await
    }

    /// The same, while somebody watches how far it is.
    pub(super) async fn put_limits_watched(
        &self,
        limits: Vec<Limit>,
        replace: bool,
        by: &str,
        watch: &ImportWatch,
    ) -> Result<LimitsPut, StoreError> {
        self.inner.store.put_limits(limits, replace, by.to_owned(), self.now(), watch.clone()).await
    }

    pub async fn remove_limit(&self, key: LimitKey, by: &str) -> Result<Option<Limit>, StoreError> {
        self.inner.store.remove_limit(key, by.to_owned(), self.now()).await
    }

    /// As a file that `import_limits` takes back.
    pub async fn export_limits(&self, file: &Path) -> Result<usize, ExportError> {
        self.export(ExportedList::Limits, usize::MAX, file, Cancel::default(), |_| {}).await
    }

    /// Everything that a review needs, as it is now.
    pub async fn review_material(&self) -> Result<ReviewMaterial, StoreError> {
        while self.read_orders_of_calls().await? {}
        let (limits, targets) = (self.limits().await?, self.sales_targets().await?);
        let accounts = self.inner.store.accounts().await?;
        let OrdersUnderReview { orders, statuses, at_risk, supervision } =
            self.inner.store.orders_under_review().await?;
        let (now, retries) = (self.now(), self.policy());
        let (policy, rule) = (self.config().limits, self.config().supervision.start_rule.unwrap_or_default());
        let assembled = tokio::task::spawn_blocking(move || {
            let refunded = Refunded::of(&at_risk, &retries, now);
            let end = |order: &Order| OrderEnd::of(order, supervision.get(&order.order.order_id), rule);
            purchases(&orders, &statuses, &|line| refunded.contains(line), &end)
        });
        let purchases = assembled.await.map_err(|_panicked| StoreError::Panicked)?;
        Ok(ReviewMaterial { limits, targets, accounts, purchases, policy, now })
    }
}

/// The columns of a review.
pub const REVIEW: &[&str] = &[
    "customerId",
    "customerName",
    "productId",
    "skuCode",
    "rule",
    "used",
    "limit",
    "verdict",
    "allowedAgainAt",
    "orders",
    "notCounted",
    "cameThrough",
    "assumptions",
];

/// The rows of `limits review --json`.
pub fn review_rows(review: &Review<'_>) -> Vec<Value> {
    let ids = |orders: &mut dyn Iterator<Item = &Purchase>| -> Value {
        orders.map(|purchase| purchase.order.order_id.as_str()).collect()
    };
    let time = |time: Option<UnixMillis>| time.map(|time| time.to_string());
    let row = |row: &crate::domain::limit::ReviewRow<'_>| {
        let counting = row.orders.iter().filter(|judged| judged.counts.is_ok()).map(|judged| judged.purchase);
        let not_counted = row.orders.iter().filter_map(|judged| {
            let reason = judged.counts.err()?;
            let order = &judged.purchase.order;
            Some(json!({ "orderId": order.order_id, "orderLineId": order.order_line_id, "reason": reason.name() }))
        });
        let mut value = json!({
            "customerId": row.customer_id,
            "customerName": row.customer_name,
            "productId": row.limit.key.product_id,
            "skuCode": row.limit.key.sku_code,
            "rule": row.rule.name(),
            "used": row.used,
            "limit": row.allowed,
            "verdict": row.verdict.name(),
            "allowedAgainAt": time(row.allowed_again_at),
            "orders": ids(&mut counting.into_iter()),
            "notCounted": not_counted.collect::<Value>(),
            "cameThrough": ids(&mut row.came_through.iter().map(|came| came.purchase)),
            "assumptions": row.assumptions.iter().map(|assumption| assumption.name()).collect::<Value>(),
        });
        if let (Some(what_if), Some(object)) = (row.what_if, value.as_object_mut()) {
            let told = json!({
                "quantity": what_if.quantity, "used": what_if.used, "allowed": what_if.allowed,
                "allowedAt": time(what_if.allowed_at),
            });
            object.insert("whatIf".to_owned(), told);
        }
        value
    };
    review.rows.iter().map(row).collect()
}

/// Orders that are in none of these rows, by why: they count towards a limit once KooGallery is asked about them.
pub fn left_out_rows(review: &Review<'_>) -> Vec<Value> {
    let left_out = [("no-customer", &review.nobodys), ("no-product", &review.unplaced)];
    let row = |(verdict, orders): (&str, &Vec<&Purchase>)| {
        let ids: Value = orders.iter().map(|purchase| purchase.order.order_id.as_str()).collect();
        json!({ "verdict": verdict, "orders": ids })
    };
    left_out.into_iter().filter(|(_, orders)| !orders.is_empty()).map(row).collect()
}
