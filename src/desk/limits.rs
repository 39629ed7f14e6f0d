//! Purchase limits: edited, imported all or nothing, exported, and reviewed with the orders that are known.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::{
    Desk,
    export::{ExportError, ExportedList},
    files::{FileError, HeaderFinder, Mapped, Sheet, Wanted, read_sheet},
};
use crate::{
    domain::limit::{
        COLUMNS, KeptLimit, Limit, LimitChange, LimitFields, LimitKey, LimitPolicy, LimitProblem, Purchase, Question,
        ReadLimits, Review, SalesTarget, purchases, read_rows, review,
    },
    protocol::UnixMillis,
    store::{Cancel, LimitsPut, OrdersUnderReview, StoreError},
};

/// Why limits were not taken. None was.
#[derive(Debug, thiserror::Error)]
pub enum LimitsError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error("no row of the table has the headings of limits: productId, skuCode, times, quantity")]
    NoColumns,
    #[error("the table has no column {0}")]
    MissingColumns(String),
    #[error("the table has no rows below its headings")]
    NoRows,
    #[error("nothing was imported: {} problems, the first in line {}: {}", .0.len(), first(.0).0, first(.0).1)]
    Problems(Vec<(usize, LimitProblem)>),
}

fn first(problems: &[(usize, LimitProblem)]) -> (usize, String) {
    problems.first().map_or((0, String::new()), |(line, problem)| (*line, problem.to_string()))
}

/// What a review rests on, kept so that rows can borrow from it.
#[derive(Clone, Debug)]
pub struct ReviewMaterial {
    pub limits: Vec<KeptLimit>,
    pub purchases: Vec<Purchase>,
    pub policy: LimitPolicy,
    pub now: UnixMillis,
}

impl ReviewMaterial {
    pub fn review<'a>(&'a self, question: Question<'a>) -> Review<'a> {
        review(&self.purchases, self.limits.iter().map(|kept| &kept.limit), self.policy, question, self.now)
    }
}

/// The columns of a table of limits.
pub fn limit_columns() -> [Wanted<'static>; 4] {
    COLUMNS.map(|column| Wanted { name: column.name, aliases: column.aliases, required: column.required })
}

/// Limits from a table with named columns.
pub fn read_limits(mapped: &Mapped<'_>) -> ReadLimits {
    let rows = mapped.rows().map(|row| (row.number, COLUMNS.map(|column| row.get(column.name))));
    read_rows(rows.collect::<Vec<(usize, LimitFields<'_>)>>())
}

/// Limits from a table whose headings are found.
pub(super) fn read_table(sheet: &Sheet) -> Result<ReadLimits, LimitsError> {
    let wanted = limit_columns();
    let finder = HeaderFinder::new(&wanted);
    let mapping = finder.find(sheet).ok_or(LimitsError::NoColumns)?;
    let missing = finder.missing(&mapping);
    if !missing.is_empty() {
        return Err(LimitsError::MissingColumns(missing.join(", ")));
    }
    let read = read_limits(&mapping.of(sheet));
    if read.limits.is_empty() && read.problems.is_empty() {
        return Err(LimitsError::NoRows);
    }
    Ok(read)
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
        self.inner.store.put_limits(limits, replace, by.to_owned(), self.now()).await
    }

    pub async fn remove_limit(&self, key: LimitKey, by: &str) -> Result<Option<Limit>, StoreError> {
        self.inner.store.remove_limit(key, by.to_owned(), self.now()).await
    }

    /// Takes every row of a CSV or XLSX file, or none.
    pub async fn import_limits(&self, file: PathBuf, replace: bool, by: &str) -> Result<LimitsPut, LimitsError> {
        let sheet = read_sheet(file).await?;
        let ReadLimits { limits, problems } = read_table(&sheet)?;
        if !problems.is_empty() {
            return Err(LimitsError::Problems(problems));
        }
        Ok(self.put_limits(limits, replace, by).await?)
    }

    /// As a file that `import_limits` takes back.
    pub async fn export_limits(&self, file: &Path) -> Result<usize, ExportError> {
        self.export(ExportedList::Limits, usize::MAX, file, Cancel::default(), |_| {}).await
    }

    /// Everything that a review needs, as it is now.
    pub async fn review_material(&self) -> Result<ReviewMaterial, StoreError> {
        while self.read_orders_of_calls().await? {}
        let limits = self.limits().await?;
        let OrdersUnderReview { orders, statuses, failing } = self.inner.store.orders_under_review().await?;
        let (now, retries) = (self.now(), self.policy());
        let closed =
            |since: UnixMillis| retries.window("newInstance", since).is_some_and(|window| window.closes_at <= now);
        let refunded: HashSet<_> =
            failing.into_iter().filter(|(_, since)| closed(*since)).map(|(order, _)| order).collect();
        let policy = self.config().limits;
        let assembled =
            tokio::task::spawn_blocking(move || purchases(&orders, &statuses, &|line| refunded.contains(line)));
        let purchases = assembled.await.map_err(|_panicked| StoreError::Panicked)?;
        Ok(ReviewMaterial { limits, purchases, policy, now })
    }

    pub async fn sales_targets(&self) -> Result<Vec<SalesTarget>, StoreError> {
        self.inner.store.sales_targets().await
    }

    pub async fn put_sales_target(&self, target: SalesTarget, by: &str) -> Result<(), StoreError> {
        self.inner.store.put_sales_target(target, by.to_owned(), self.now()).await
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
