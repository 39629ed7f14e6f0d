//! Tables that were imported, a batch each: what they told of which rows, a portion at a time, and taking that back. Knows no
//! file.

use rusqlite::{Connection, Row, params};

use super::{Store, StoreError, codec, licenses, orders};
use crate::{
    domain::{
        License, Order, World,
        imported_order::{ImportedOrder, ToldFields},
    },
    protocol::{
        UnixMillis,
        id::{LicenseCode, OrderId, OrderLine, OrderLineId},
    },
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BatchId(pub i64);

#[derive(Clone, Debug)]
pub struct NewBatch {
    pub kind: &'static str,
    pub world: World,
    /// The file's name.
    pub source: String,
    pub rows: usize,
    pub by: String,
    pub at: UnixMillis,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportBatch {
    pub id: BatchId,
    pub kind: String,
    pub world: World,
    pub source: String,
    pub rows: usize,
    /// So many of them told something.
    pub entered: usize,
    pub by: String,
    pub started_at: UnixMillis,
    /// `None` where it broke off.
    pub finished_at: Option<UnixMillis>,
    pub taken_back_at: Option<UnixMillis>,
}

const COLUMNS: &str = "id, kind, world, source, rows, entered, started_by, started_at, finished_at, taken_back_at";

fn read(row: &Row<'_>) -> Result<ImportBatch, rusqlite::Error> {
    Ok(ImportBatch {
        id: BatchId(row.get(0)?),
        kind: row.get(1)?,
        world: codec::read_world(row.get(2)?)?,
        source: row.get(3)?,
        rows: usize::try_from(row.get::<_, i64>(4)?).unwrap_or(0),
        entered: usize::try_from(row.get::<_, i64>(5)?).unwrap_or(0),
        by: row.get(6)?,
        started_at: codec::time(row, 7)?,
        finished_at: codec::optional_time(row, 8)?,
        taken_back_at: codec::optional_time(row, 9)?,
    })
}

impl Store {
    pub async fn begin_import(&self, new: NewBatch) -> Result<BatchId, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                connection
                    .prepare_cached(
                        "INSERT INTO import_batch (kind, world, source, rows, entered, started_by, started_at)
                         VALUES (?, ?, ?, ?, 0, ?, ?)",
                    )?
                    .execute(params![
                        new.kind,
                        codec::world(new.world),
                        new.source,
                        i64::try_from(new.rows).unwrap_or(i64::MAX),
                        new.by,
                        new.at.0
                    ])?;
                Ok(BatchId(connection.last_insert_rowid()))
            })
            .await
    }

    pub async fn finish_import(&self, batch: BatchId, at: UnixMillis) -> Result<(), StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let sql = "UPDATE import_batch SET finished_at = ? WHERE id = ?";
                connection.prepare_cached(sql)?.execute(params![at.0, batch.0])?;
                Ok(())
            })
            .await
    }

    /// Newest first.
    pub async fn import_batches(&self, kind: &'static str, limit: usize) -> Result<Vec<ImportBatch>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(move |connection| {
            let sql = format!("SELECT {COLUMNS} FROM import_batch WHERE kind = ? ORDER BY id DESC LIMIT ?");
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params![kind, limit], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    pub async fn import_batch(&self, batch: BatchId) -> Result<Option<ImportBatch>, StoreError> {
        self.read(move |connection| one(connection, batch)).await
    }

    /// Every line that is known of each of the orders.
    pub async fn lines_of_orders(&self, world: World, ids: Vec<OrderId>) -> Result<Vec<Vec<Order>>, StoreError> {
        self.read(move |connection| {
            let lines = |id: &OrderId| {
                let lines = orders::lines_of(connection, world, id)?;
                Ok(lines.into_iter().map(|(_, line)| line).collect())
            };
            ids.iter().map(lines).collect()
        })
        .await
    }

    /// Adds what rows tell to what is known, in one unit of work; returns which of them told anything. Rows that could be
    /// about several lines tell nothing.
    pub async fn put_imported_orders(
        &self,
        batch: BatchId,
        world: World,
        told: Vec<ImportedOrder>,
        now: UnixMillis,
    ) -> Result<Vec<bool>, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let put = told.iter().map(|row| put_order(connection, batch, world, row, now));
                let put: Vec<bool> = put.collect::<Result<_, _>>()?;
                count(connection, batch, put.iter().filter(|told| **told).count())?;
                Ok(put)
            })
            .await
    }

    /// Adds codes that are not known yet, in one unit of work; returns those that were known.
    pub async fn put_imported_licenses(
        &self,
        batch: BatchId,
        told: Vec<License>,
    ) -> Result<Vec<LicenseCode>, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let (mut known, mut added) = (Vec::new(), 0);
                for license in told {
                    if licenses::by_code(connection, license.world, &license.license)?.is_some() {
                        known.push(license.license);
                        continue;
                    }
                    licenses::put(connection, &license)?;
                    let row = connection.last_insert_rowid();
                    keep(connection, batch, row, None)?;
                    added += 1;
                }
                count(connection, batch, added)?;
                Ok(known)
            })
            .await
    }

    /// Takes back what a batch told of so many rows, in one unit of work: lines of which nothing else is known are gone, the
    /// others are as if it never was. True where there are more.
    pub async fn take_back_orders(&self, batch: BatchId, limit: usize, now: UnixMillis) -> Result<bool, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let rows = forget(connection, batch, limit, now)?;
                rows.iter().try_for_each(|row| lay_out(connection, *row, now))?;
                Ok(rows.len() == limit)
            })
            .await
    }

    /// The same of codes, as far as nothing happened to them since they were added.
    pub async fn take_back_licenses(&self, batch: BatchId, limit: usize, now: UnixMillis) -> Result<bool, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let rows = forget(connection, batch, limit, now)?;
                let mut untouched = connection.prepare_cached(
                    "DELETE FROM license WHERE id = ? AND status = 'added' AND queried_at IS NULL
                         AND changed_at = created_at
                         AND NOT EXISTS (SELECT 1 FROM message WHERE +message.world = license.world
                                             AND message.license = license.license)",
                )?;
                for row in &rows {
                    untouched.execute([row])?;
                }
                Ok(rows.len() == limit)
            })
            .await
    }
}

fn one(connection: &Connection, batch: BatchId) -> Result<Option<ImportBatch>, StoreError> {
    use rusqlite::OptionalExtension as _;
    let sql = format!("SELECT {COLUMNS} FROM import_batch WHERE id = ?");
    Ok(connection.prepare_cached(&sql)?.query_row([batch.0], read).optional()?)
}

fn put_order(
    connection: &Connection,
    batch: BatchId,
    world: World,
    told: &ImportedOrder,
    now: UnixMillis,
) -> Result<bool, StoreError> {
    let lines = orders::lines_of(connection, world, &told.order_id)?;
    let (rows, lines): (Vec<i64>, Vec<Order>) = lines.into_iter().unzip();
    let Ok(line) = told.line_among(&lines) else { return Ok(false) };
    let row = match line {
        Some(line) => {
            let place = lines.iter().position(|other| other.order == line.order);
            let Some(row) = place.and_then(|place| rows.get(place)) else { return Ok(false) };
            *row
        }
        None => {
            let order_line_id = told.order_line_id.clone().unwrap_or_else(|| OrderLineId::new(""));
            let order = OrderLine { order_id: told.order_id.clone(), order_line_id };
            orders::write(connection, None, &Order::new(world, order, now))?;
            connection.last_insert_rowid()
        }
    };
    let text = serde_json::to_string(&told.told).map_err(|error| StoreError::Sqlite(error.to_string()))?;
    keep(connection, batch, row, Some(&text))?;
    lay_out(connection, row, now)?;
    Ok(true)
}

/// Puts a line together anew: what calls and queries told of it, and then tables, the newest first.
fn lay_out(connection: &Connection, row: i64, now: UnixMillis) -> Result<(), StoreError> {
    let Some(known) = orders::by_row(connection, row)? else { return Ok(()) };
    let mut statement = connection.prepare_cached(
        "SELECT told, started_at FROM import_row JOIN import_batch ON import_batch.id = batch
         WHERE row = ? AND kind = 'orders' ORDER BY batch DESC",
    )?;
    let tables = statement.query_map([row], |row| {
        let told: Option<String> = row.get(0)?;
        Ok((told.and_then(|told| serde_json::from_str(&told).ok()).unwrap_or_default(), codec::time(row, 1)?))
    })?;
    let tables: Vec<(ToldFields, UnixMillis)> = tables.collect::<Result<_, _>>()?;
    let wire = known.clone().without_import();
    let order = match tables.first() {
        Some((_, at)) => wire.with_import(tables.iter().map(|(told, _)| told), *at),
        None if wire.called_at.is_none() && wire.queried_at.is_none() => {
            connection.prepare_cached("DELETE FROM order_line WHERE id = ?")?.execute([row])?;
            return Ok(());
        }
        None => wire,
    };
    if order != known {
        orders::write(connection, Some(row), &Order { changed_at: now, ..order })?;
    }
    Ok(())
}

pub(super) fn keep(connection: &Connection, batch: BatchId, row: i64, told: Option<&str>) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO import_row (batch, row, told) VALUES (?, ?, ?)")?
        .execute(params![batch.0, row, told])?;
    Ok(())
}

pub(super) fn count(connection: &Connection, batch: BatchId, entered: usize) -> Result<(), StoreError> {
    connection
        .prepare_cached("UPDATE import_batch SET entered = entered + ? WHERE id = ?")?
        .execute(params![i64::try_from(entered).unwrap_or(0), batch.0])?;
    Ok(())
}

/// Forgets rows of the batch and returns them; with the last it is marked as taken back.
pub(super) fn forget(
    connection: &Connection,
    batch: BatchId,
    limit: usize,
    now: UnixMillis,
) -> Result<Vec<i64>, StoreError> {
    let parameters = params![batch.0, i64::try_from(limit).unwrap_or(i64::MAX)];
    let mut statement = connection.prepare_cached("SELECT row FROM import_row WHERE batch = ? LIMIT ?")?;
    let rows: Vec<i64> = statement.query_map(parameters, |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut forget = connection.prepare_cached("DELETE FROM import_row WHERE batch = ? AND row = ?")?;
    for row in &rows {
        forget.execute([batch.0, *row])?;
    }
    if rows.len() < limit {
        let sql = "UPDATE import_batch SET taken_back_at = ? WHERE id = ?";
        connection.prepare_cached(sql)?.execute(params![now.0, batch.0])?;
    }
    Ok(rows)
}
