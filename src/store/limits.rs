//! Purchase limits: kept with who changed them and when, changed all or none; and the orders that they are reviewed with.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::de::DeserializeOwned;

use super::{ImportWatch, Store, StoreError, codec, instances, orders, supervision, watching};
use crate::{
    domain::{
        Order, World,
        delisting::OrderAtRisk,
        limit::{InstanceRun, KeptLimit, Limit, LimitChange, LimitKey, Times},
        supervision::SupervisionFacts,
    },
    protocol::{
        UnixMillis,
        id::{InstanceId, OrderId},
    },
};

const COLUMNS: &str = "id, product_id, sku_code, times, quantity, changed_by, changed_at";

/// What came of putting limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitsPut {
    pub added: usize,
    pub changed: usize,
    pub unchanged: usize,
    pub removed: usize,
}

/// Everything that a review looks at beside the limits.
#[derive(Clone, Debug, Default)]
pub struct OrdersUnderReview {
    /// Of both worlds, because a review tells of debugging orders that they do not count.
    pub orders: Vec<Order>,
    pub statuses: HashMap<InstanceId, InstanceRun>,
    /// Purchases and upgrades that may have been refunded because they were not opened in time.
    pub at_risk: Vec<OrderAtRisk>,
    pub supervision: HashMap<OrderId, SupervisionFacts>,
}

fn read(row: &Row<'_>) -> Result<KeptLimit, rusqlite::Error> {
    let times: String = row.get(3)?;
    Ok(KeptLimit {
        id: row.get(0)?,
        limit: Limit {
            key: key(row.get(1)?, row.get(2)?),
            times: Times::ALL.into_iter().find(|known| known.name() == times).unwrap_or_default(),
            quantity: row.get(4)?,
        },
        changed_by: row.get(5)?,
        changed_at: codec::time(row, 6)?,
    })
}

pub(super) fn key(product_id: String, sku_code: String) -> LimitKey {
    LimitKey { product_id, sku_code: Some(sku_code).filter(|sku| !sku.is_empty()) }
}

pub(super) fn sku(key: &LimitKey) -> &str {
    key.sku_code.as_deref().unwrap_or_default()
}

fn by_key(connection: &Connection, key: &LimitKey) -> Result<Option<KeptLimit>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM purchase_limit WHERE product_id = ? AND sku_code = ?");
    Ok(connection.prepare_cached(&sql)?.query_row(params![key.product_id, sku(key)], read).optional()?)
}

fn all(connection: &Connection) -> Result<Vec<KeptLimit>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM purchase_limit ORDER BY product_id, sku_code");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map((), read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn put(connection: &Connection, limit: &Limit, by: &str, now: UnixMillis) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO purchase_limit (product_id, sku_code, times, quantity, changed_by, changed_at)
             VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (product_id, sku_code) DO UPDATE SET times = excluded.times, quantity = excluded.quantity,
                 changed_by = excluded.changed_by, changed_at = excluded.changed_at",
        )?
        .execute(params![limit.key.product_id, sku(&limit.key), limit.times.name(), limit.quantity, by, now.0])?;
    Ok(())
}

fn remove(connection: &Connection, key: &LimitKey) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM purchase_limit WHERE product_id = ? AND sku_code = ?")?
        .execute(params![key.product_id, sku(key)])?;
    Ok(())
}

/// What is remembered of a change.
fn note(
    connection: &Connection,
    (before, after): (Option<&Limit>, Option<&Limit>),
    by: &str,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let Some(key) = after.or(before).map(|limit| &limit.key) else { return Ok(()) };
    let text = |limit: Option<&Limit>| limit.and_then(|limit| serde_json::to_string(limit).ok());
    connection
        .prepare_cached(
            "INSERT INTO purchase_limit_change (product_id, sku_code, before, after, changed_by, changed_at)
             VALUES (?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![key.product_id, sku(key), text(before), text(after), by, now.0])?;
    Ok(())
}

fn read_change(row: &Row<'_>) -> Result<LimitChange, rusqlite::Error> {
    Ok(LimitChange {
        key: key(row.get(0)?, row.get(1)?),
        before: from_json(row.get(2)?),
        after: from_json(row.get(3)?),
        changed_by: row.get(4)?,
        changed_at: codec::time(row, 5)?,
    })
}

pub(super) fn from_json<T: DeserializeOwned>(text: Option<String>) -> Option<T> {
    text.and_then(|text| serde_json::from_str(&text).ok())
}

impl Store {
    pub async fn limits(&self) -> Result<Vec<KeptLimit>, StoreError> {
        self.read(all).await
    }

    /// Puts all of these or none. With `replace`, lines that are not among them go.
    pub async fn put_limits(
        &self,
        limits: Vec<Limit>,
        replace: bool,
        by: String,
        now: UnixMillis,
        watch: ImportWatch,
    ) -> Result<LimitsPut, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let mut told = LimitsPut::default();
                watch.each(&limits, |limit| {
                    let before = by_key(connection, &limit.key)?.map(|kept| kept.limit);
                    match &before {
                        Some(before) if before == limit => {
                            told.unchanged += 1;
                            return Ok(());
                        }
                        Some(_) => told.changed += 1,
                        None => told.added += 1,
                    }
                    put(connection, limit, &by, now)?;
                    note(connection, (before.as_ref(), Some(limit)), &by, now)
                })?;
                if replace {
                    let named: HashSet<&LimitKey> = limits.iter().map(|limit| &limit.key).collect();
                    for gone in all(connection)?.into_iter().filter(|kept| !named.contains(&kept.limit.key)) {
                        remove(connection, &gone.limit.key)?;
                        note(connection, (Some(&gone.limit), None), &by, now)?;
                        told.removed += 1;
                    }
                }
                Ok(told)
            })
            .await
    }

    /// Removes a line; returns what it was.
    pub async fn remove_limit(&self, key: LimitKey, by: String, now: UnixMillis) -> Result<Option<Limit>, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let Some(kept) = by_key(connection, &key)? else { return Ok(None) };
                remove(connection, &key)?;
                note(connection, (Some(&kept.limit), None), &by, now)?;
                Ok(Some(kept.limit))
            })
            .await
    }

    /// What was done to a line, or to any, newest first.
    pub async fn limit_changes(&self, key: Option<LimitKey>, at_most: usize) -> Result<Vec<LimitChange>, StoreError> {
        let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
        self.read(move |connection| {
            let product = key.as_ref().map(|key| key.product_id.as_str());
            let mut statement = connection.prepare_cached(
                "SELECT product_id, sku_code, before, after, changed_by, changed_at FROM purchase_limit_change
                 WHERE ?1 IS NULL OR (product_id = ?1 AND sku_code = ?2) ORDER BY id DESC LIMIT ?3",
            )?;
            let rows = statement.query_map(params![product, key.as_ref().map(sku), at_most], read_change)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn orders_under_review(&self) -> Result<OrdersUnderReview, StoreError> {
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT instance_id, status, expire_time, changed_at FROM instance WHERE world = 0")?;
            let statuses = statement.query_map((), instances::read_run)?;
            let statuses = statuses.collect::<Result<_, _>>()?;
            let at_risk = watching::ever_at_risk(connection, None)?;
            let supervision = supervision::facts(connection, World::Live, None)?;
            Ok(OrdersUnderReview { orders: orders::all(connection)?, statuses, at_risk, supervision })
        })
        .await
    }
}
