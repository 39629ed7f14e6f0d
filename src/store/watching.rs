//! What guards look at: purchases that fail, who was told of it, and everything that is held against each other.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde_json::json;

use super::{
    Store, StoreError, actions, codec, instances, licenses, messages::OF_ORDERS, orders, settlement, supervision,
};
use crate::{
    domain::{
        World,
        delisting::{DelistingLevel, OrderAtRisk},
        reconcile::{Books, FailedRelease},
        settlement::TermsTable,
    },
    protocol::{
        UnixMillis,
        id::{InstanceId, LicenseCode, OrderId, OrderLine, OrderLineId},
    },
};

/// Activities of which it is kept when KooGallery heard that they were done, as the index `message_at_risk` names them.
pub(super) const HEARD: &str = "('newInstance', 'upgradeInstance', 'upgrade', 'getLicense')";
/// What KooGallery answers where it knows no such order.
const NO_SUCH_ORDER: &str = "%\"MKT.0101\"%";

fn read_at_risk(row: &Row<'_>) -> Result<OrderAtRisk, rusqlite::Error> {
    Ok(OrderAtRisk {
        message_id: row.get(0)?,
        order: OrderLine {
            order_id: OrderId::new(row.get::<_, String>(1)?),
            order_line_id: OrderLineId::new(row.get::<_, Option<String>>(2)?.unwrap_or_default()),
        },
        activity: row.get(3)?,
        first_call_at: codec::time(row, 4)?,
        product_id: row.get(5)?,
        progress: codec::read_progress(row.get(6)?)?,
        told_at: codec::optional_time(row, 7)?,
    })
}

/// Of these live orders, or of all that ever were; without their products.
pub(super) fn ever_at_risk(connection: &Connection, only: Option<&[String]>) -> Result<Vec<OrderAtRisk>, StoreError> {
    let Some(ids) = only else { return at_risk(connection, World::Live, UnixMillis(i64::MIN), false) };
    let sql = format!(
        "SELECT id, order_id, order_line_id, activity, received_at, NULL, progress, told_at FROM message
         WHERE id IN ({OF_ORDERS}) AND activity IN {HEARD}"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![json!(ids).to_string(), codec::world(World::Live)], read_at_risk)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A partial index holds them, so its words stand here too. Products are looked up where they are wanted.
pub(super) fn at_risk(
    connection: &Connection,
    world: World,
    since: UnixMillis,
    with_products: bool,
) -> Result<Vec<OrderAtRisk>, StoreError> {
    let sql = format!(
        "SELECT id, order_id, order_line_id, activity, received_at,
             iif(?3, coalesce(
                 (SELECT product_id FROM order_line WHERE world = ?1 AND order_id = message.order_id
                      AND product_id IS NOT NULL ORDER BY order_line_id = message.order_line_id DESC LIMIT 1),
                 (SELECT product_id FROM instance WHERE world = ?1 AND instance_id = message.instance_id)), NULL),
             progress, told_at
         FROM message INDEXED BY message_at_risk WHERE world = ?1 AND received_at >= ?2
             AND activity IN {HEARD} AND order_id IS NOT NULL AND (told_at IS NULL OR told_at - received_at >= 60000)"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params![codec::world(world), since.0, with_products], read_at_risk)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Store {
    /// Purchases and upgrades that KooGallery first called for since then, without those that were done at once.
    pub async fn orders_at_risk(&self, world: World, since: UnixMillis) -> Result<Vec<OrderAtRisk>, StoreError> {
        self.read(move |connection| at_risk(connection, world, since, true)).await
    }

    /// Notes that somebody is told of an alarm; false where somebody was already.
    pub async fn tell_delisting(
        &self,
        product_id: Option<String>,
        level: DelistingLevel,
        month: UnixMillis,
        now: UnixMillis,
    ) -> Result<bool, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let told = connection
                    .prepare_cached(
                        "INSERT OR IGNORE INTO told_delisting (product_id, level, month, told_at) VALUES (?, ?, ?, ?)",
                    )?
                    .execute(params![product_id.unwrap_or_default(), level.name(), month.0, now.0])?;
                Ok(told > 0)
            })
            .await
    }

    /// Orders, instances and codes, to be held against each other.
    pub async fn books(&self) -> Result<Books, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT order_id FROM message WHERE world = 0 AND progress = 2 AND progress <> 0
                     AND key GLOB 'order/query/*' AND exception LIKE ?",
            )?;
            let unknown = statement
                .query_map([NO_SUCH_ORDER], |row| row.get::<_, Option<String>>(0).map(|id| id.map(OrderId::new)))?;
            let unknown: Vec<Option<OrderId>> = unknown.collect::<Result<_, _>>()?;
            let mut statement = connection.prepare_cached(
                "SELECT instance_id, license, received_at FROM message WHERE world = 0 AND progress = 2 AND progress <> 0
                     AND activity IN ('releaseInstance', 'releaseLicense', 'releaseLicenseCode')",
            )?;
            let failed_releases = statement.query_map((), |row| {
                Ok(FailedRelease {
                    instance_id: row.get::<_, Option<String>>(0)?.map(InstanceId::new),
                    license: row.get::<_, Option<String>>(1)?.map(LicenseCode::new),
                    called_at: codec::time(row, 2)?,
                })
            })?;
            let failed_releases = failed_releases.collect::<Result<_, _>>()?;
            let sql = "SELECT received_at FROM message WHERE world = 0 AND wire <> ? ORDER BY received_at LIMIT 1";
            let mut statement = connection.prepare_cached(sql)?;
            let first_call = statement.query_row([actions::WIRE], |row| codec::time(row, 0)).optional()?;
            Ok(Books {
                failed_releases,
                first_call,
                supervision: supervision::facts(connection, World::Live, None)?,
                terms: TermsTable::new(settlement::all_terms(connection)?.into_iter().map(|kept| kept.terms)),
                orders: orders::all(connection)?,
                instances: instances::all(connection)?,
                licenses: licenses::all(connection)?,
                unknown_orders: unknown.into_iter().flatten().collect(),
            })
        })
        .await
    }
}
