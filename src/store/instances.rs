//! Instances: read by id, by order line, and in lists; written inside a unit of work.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Asked, Store, StoreError, codec, listing::Listing};
use crate::{
    domain::{
        Instance, MessageId, Order, World,
        limit::InstanceRun,
        listing::{InstanceOrder, InstanceQuery},
    },
    protocol::id::{InstanceId, OrderId, OrderLine, OrderLineId},
    sealing::SealKey,
};

const COLUMNS: &str = "world, instance_id, order_id, order_line_id, endpoint, status, product_id, sku_code, \
                       customer_id, customer_name, expire_time, created_at, changed_at, app_info";

const TABLE: &str = "instance";

const SEARCHED: [&str; 5] = ["instance_id", "order_id", "order_line_id", "customer_name", "customer_id"];

pub(super) fn by_id(
    connection: &Connection,
    key: &SealKey,
    world: World,
    instance_id: &InstanceId,
) -> Result<Option<Instance>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM instance WHERE world = ? AND instance_id = ?");
    let mut statement = connection.prepare_cached(&sql)?;
    let parameters = params![codec::world(world), instance_id.as_str()];
    Ok(statement.query_row(parameters, |row| read(row, Some(key))).optional()?)
}

pub(super) fn exists(connection: &Connection, world: World, instance_id: &str) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM instance WHERE world = ? AND instance_id = ?")?;
    Ok(statement.exists(params![codec::world(world), instance_id])?)
}

/// Writes the instance, new (bought by `message`) or changed.
pub(super) fn put(
    connection: &Connection,
    key: &SealKey,
    instance: &Instance,
    message: MessageId,
) -> Result<(), StoreError> {
    let id = instance.instance_id.as_str();
    let app_info = instance.app_info.as_ref().map(|info| codec::seal_app_info(key, id, info)).transpose()?;
    connection
        .prepare_cached(
            "INSERT INTO instance (world, instance_id, order_id, order_line_id, endpoint, status, product_id, sku_code,
                                   customer_id, customer_name, expire_time, created_at, changed_at, app_info, bought_by)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (world, instance_id) DO UPDATE SET
                 status = excluded.status, product_id = excluded.product_id, sku_code = excluded.sku_code,
                 customer_id = excluded.customer_id, customer_name = excluded.customer_name,
                 expire_time = excluded.expire_time, changed_at = excluded.changed_at, app_info = excluded.app_info",
        )?
        .execute(params![
            codec::world(instance.world),
            id,
            instance.order.order_id.as_str(),
            instance.order.order_line_id.as_str(),
            instance.endpoint,
            instance.status.name(),
            instance.product_id,
            instance.sku_code,
            instance.customer_id,
            instance.customer_name,
            instance.expire_time.map(|time| time.0),
            instance.created_at.0,
            instance.changed_at.0,
            app_info,
            message.0,
        ])?;
    Ok(())
}

/// Adds to the instance what its order tells of it.
pub(super) fn complete(connection: &Connection, order: &Order) -> Result<(), StoreError> {
    let Some(instance_id) = &order.instance_id else { return Ok(()) };
    let sql = format!("SELECT {COLUMNS} FROM instance WHERE world = ? AND instance_id = ?");
    let parameters = params![codec::world(order.world), instance_id.as_str()];
    let found = connection.prepare_cached(&sql)?.query_row(parameters, |row| read(row, None)).optional()?;
    let Some(instance) = found else { return Ok(()) };
    let changes = order.may_change_product() && is_last_change(connection, order, instance_id)?;
    let after = order.complete(&instance, changes);
    if after != instance {
        connection
            .prepare_cached(
                "UPDATE instance SET product_id = ?, sku_code = ?, customer_id = ?, customer_name = ?, expire_time = ?
                 WHERE world = ? AND instance_id = ?",
            )?
            .execute(params![
                after.product_id,
                after.sku_code,
                after.customer_id,
                after.customer_name,
                after.expire_time.map(|time| time.0),
                codec::world(order.world),
                instance_id.as_str()
            ])?;
    }
    Ok(())
}

/// Whether the order was done, and no later one changed the instance again.
fn is_last_change(connection: &Connection, order: &Order, instance_id: &InstanceId) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM message WHERE order_id = ?1 AND +world = ?2 AND instance_id = ?3
                            AND activity <> 'newInstance' AND activity IN ('upgradeInstance', 'refreshInstance') AND progress = 0)
            AND NOT EXISTS (SELECT 1 FROM order_line WHERE instance_id = ?3 AND world = ?2 AND create_time > ?4
                                AND order_type IN ('CHANGE', 'RENEW', 'TRIAL_TO_FORMAL'))",
    )?;
    let world = codec::world(order.world);
    let create_time = order.create_time.map(|time| time.0);
    let parameters = params![order.order.order_id.as_str(), world, instance_id.as_str(), create_time];
    Ok(statement.query_row(parameters, |row| row.get(0))?)
}

/// `key` opens the access data; without it they are left out.
fn read(row: &Row<'_>, key: Option<&SealKey>) -> Result<Instance, rusqlite::Error> {
    let instance_id: String = row.get(1)?;
    let app_info = match key {
        Some(key) => row
            .get::<_, Option<Vec<u8>>>(13)?
            .map(|sealed| codec::unseal_app_info(key, &instance_id, &sealed))
            .transpose()?,
        None => None,
    };
    Ok(Instance {
        world: codec::read_world(row.get(0)?)?,
        instance_id: InstanceId::new(instance_id),
        order: OrderLine {
            order_id: OrderId::new(row.get::<_, String>(2)?),
            order_line_id: OrderLineId::new(row.get::<_, String>(3)?),
        },
        endpoint: row.get(4)?,
        status: codec::read_status(&row.get::<_, String>(5)?)?,
        product_id: row.get(6)?,
        sku_code: row.get(7)?,
        customer_id: row.get(8)?,
        customer_name: row.get(9)?,
        expire_time: codec::optional_time(row, 10)?,
        app_info,
        created_at: codec::time(row, 11)?,
        changed_at: codec::time(row, 12)?,
    })
}

/// Every live instance, without its access data.
pub(super) fn all(connection: &Connection) -> Result<Vec<Instance>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM instance WHERE world = 0"))?;
    let rows = statement.query_map((), |row| read(row, None))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// `instance_id, status, expire_time, changed_at`.
pub(super) fn read_run(row: &Row<'_>) -> Result<(InstanceId, InstanceRun), rusqlite::Error> {
    let status = codec::read_status(&row.get::<_, String>(1)?)?;
    let standing = InstanceRun::of(&status, codec::optional_time(row, 2)?, codec::time(row, 3)?);
    Ok((InstanceId::new(row.get::<_, String>(0)?), standing))
}

impl Store {
    /// With its access data.
    pub async fn instance(&self, world: World, instance_id: InstanceId) -> Result<Option<Instance>, StoreError> {
        let key = self.inner.seal_key.clone();
        self.read(move |connection| by_id(connection, &key, world, &instance_id)).await
    }

    /// Every id that the query finds, in its order.
    pub async fn instance_ids(&self, query: InstanceQuery, asked: impl Into<Asked>) -> Result<Vec<i64>, StoreError> {
        let order = match query.order {
            InstanceOrder::CreatedAt => "created_at",
            InstanceOrder::OrderId => "order_id",
            InstanceOrder::Status => "status",
            InstanceOrder::ExpireTime => "expire_time",
        };
        let InstanceQuery { world, search, ascending, .. } = query;
        self.ids_of(Listing { table: TABLE, world, search, searched: &SEARCHED, only: None, order, ascending }, asked)
            .await
    }

    /// Rows of a list, without access data. Ids that are gone are left out.
    pub async fn instances(&self, ids: Vec<i64>) -> Result<Vec<(i64, Instance)>, StoreError> {
        self.rows_of(TABLE, COLUMNS, ids, |row| read(row, None)).await
    }
}
