//! Sales targets and trial whitelists: kept with who changed them and when, changed all or none.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{
    ImportWatch, LimitsPut, Store, StoreError, codec,
    limits::{from_json, key, sku},
};
use crate::{
    domain::limit::{KeptTarget, SalesTarget, TargetChange, TargetKey, TargetKind},
    protocol::UnixMillis,
};

/// A row whose JSON this version cannot read is left out.
fn read(row: &Row<'_>) -> Result<Option<KeptTarget>, rusqlite::Error> {
    let Some(target) = from_json(row.get(0)?) else { return Ok(None) };
    Ok(Some(KeptTarget { target, changed_by: row.get(1)?, changed_at: codec::time(row, 2)? }))
}

fn by_key(connection: &Connection, key: &TargetKey, kind: TargetKind) -> Result<Option<SalesTarget>, StoreError> {
    let text: Option<Option<String>> = connection
        .prepare_cached("SELECT target FROM sales_target WHERE product_id = ? AND sku_code = ? AND kind = ?")?
        .query_row(params![key.product_id, sku(key), kind.name()], |row| row.get(0))
        .optional()?;
    Ok(from_json(text.flatten()))
}

fn all(connection: &Connection) -> Result<Vec<KeptTarget>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT target, changed_by, changed_at FROM sales_target ORDER BY product_id, sku_code, kind",
    )?;
    let rows: Vec<Option<KeptTarget>> = statement.query_map((), read)?.collect::<Result<_, _>>()?;
    Ok(rows.into_iter().flatten().collect())
}

fn json(target: &SalesTarget) -> Result<String, StoreError> {
    serde_json::to_string(target).map_err(|error| StoreError::Sqlite(error.to_string()))
}

fn put(connection: &Connection, target: &SalesTarget, by: &str, now: UnixMillis) -> Result<(), StoreError> {
    let (key, kind) = (&target.key, target.kind().name());
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO sales_target (product_id, sku_code, kind, target, changed_by, changed_at)
             VALUES (?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![key.product_id, sku(key), kind, json(target)?, by, now.0])?;
    Ok(())
}

fn remove(connection: &Connection, key: &TargetKey, kind: TargetKind) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM sales_target WHERE product_id = ? AND sku_code = ? AND kind = ?")?
        .execute(params![key.product_id, sku(key), kind.name()])?;
    Ok(())
}

/// What is remembered of a change.
fn note(
    connection: &Connection,
    (before, after): (Option<&SalesTarget>, Option<&SalesTarget>),
    by: &str,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let Some(target) = after.or(before) else { return Ok(()) };
    let (key, kind) = (&target.key, target.kind().name());
    let (before, after) = (before.map(json).transpose()?, after.map(json).transpose()?);
    connection
        .prepare_cached(
            "INSERT INTO sales_target_change (product_id, sku_code, kind, before, after, changed_by, changed_at)
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![key.product_id, sku(key), kind, before, after, by, now.0])?;
    Ok(())
}

impl Store {
    pub async fn sales_targets(&self) -> Result<Vec<KeptTarget>, StoreError> {
        self.read(all).await
    }

    /// Puts all of these or none. With `replace`, others of the same kinds go: a table of whitelists tells nothing of sales
    /// targets.
    pub async fn put_sales_targets(
        &self,
        targets: Vec<SalesTarget>,
        replace: bool,
        by: String,
        now: UnixMillis,
        watch: ImportWatch,
    ) -> Result<LimitsPut, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let mut told = LimitsPut::default();
                watch.each(&targets, |target| {
                    let before = by_key(connection, &target.key, target.kind())?;
                    match &before {
                        Some(before) if before == target => {
                            told.unchanged += 1;
                            return Ok(());
                        }
                        Some(_) => told.changed += 1,
                        None => told.added += 1,
                    }
                    put(connection, target, &by, now)?;
                    note(connection, (before.as_ref(), Some(target)), &by, now)
                })?;
                if replace {
                    let named: HashSet<(&TargetKey, TargetKind)> =
                        targets.iter().map(|target| (&target.key, target.kind())).collect();
                    let kinds: HashSet<TargetKind> = targets.iter().map(SalesTarget::kind).collect();
                    let kept = all(connection)?.into_iter().map(|kept| kept.target);
                    let kept = kept.filter(|target| kinds.contains(&target.kind()));
                    for gone in kept.filter(|target| !named.contains(&(&target.key, target.kind()))) {
                        remove(connection, &gone.key, gone.kind())?;
                        note(connection, (Some(&gone), None), &by, now)?;
                        told.removed += 1;
                    }
                }
                Ok(told)
            })
            .await
    }

    /// Removes a target; returns what it was.
    pub async fn remove_sales_target(
        &self,
        key: TargetKey,
        kind: TargetKind,
        by: String,
        now: UnixMillis,
    ) -> Result<Option<SalesTarget>, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let Some(kept) = by_key(connection, &key, kind)? else { return Ok(None) };
                remove(connection, &key, kind)?;
                note(connection, (Some(&kept), None), &by, now)?;
                Ok(Some(kept))
            })
            .await
    }

    /// What was done to targets, newest first.
    pub async fn sales_target_changes(&self, at_most: usize) -> Result<Vec<TargetChange>, StoreError> {
        let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT product_id, sku_code, kind, before, after, changed_by, changed_at FROM sales_target_change
                 ORDER BY id DESC LIMIT ?",
            )?;
            let rows = statement.query_map([at_most], |row| {
                let kind: String = row.get(2)?;
                Ok(TargetChange {
                    key: key(row.get(0)?, row.get(1)?),
                    kind: if kind == TargetKind::Trial.name() { TargetKind::Trial } else { TargetKind::Sale },
                    before: from_json(row.get(3)?),
                    after: from_json(row.get(4)?),
                    changed_by: row.get(5)?,
                    changed_at: codec::time(row, 6)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}
