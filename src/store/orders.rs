//! Order lines: put together from calls and queries, read one by one and in lists; and how far the calls were read for it.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Asked, Store, StoreError, actions, codec, instances, listing::Listing, messages};
use crate::{
    domain::{
        AttemptId, Message, Order, OrderStatus, PaymentStatus, World,
        imported_order::OrderField,
        listing::{OrderOrder, OrderQuery},
    },
    protocol::{
        UnixMillis,
        id::{InstanceId, OrderId, OrderLine, OrderLineId},
        open_api::order::{ChargingMode, OrderType},
    },
};

const COLUMNS: &str = "world, order_id, order_line_id, order_type, charging_mode, create_time, expire_time, period_type, \
                       period_number, product_id, sku_code, product_name, quantity, order_amount, customer_id, \
                       customer_name, extend_params, instance_id, called_at, queried_at, created_at, changed_at, \
                       order_status, supervision_status, imported, imported_at, payment_status, repayment_status";
/// Behind [`COLUMNS`].
const ID: usize = 28;

const TABLE: &str = "order_line";

const SEARCHED: [&str; 9] = [
    "order_id",
    "order_line_id",
    "instance_id",
    "product_id",
    "sku_code",
    "product_name",
    "order_type",
    "customer_id",
    "customer_name",
];

/// Who reads the calls to put orders together.
pub(super) const READER: &str = "orders";

/// A call that may name an order.
#[derive(Clone, Debug)]
pub struct OrderCall {
    pub message: Message,
    pub query: String,
    pub body: String,
    pub at: UnixMillis,
}

fn read(row: &Row<'_>) -> Result<Order, rusqlite::Error> {
    let params: String = row.get(16)?;
    Ok(Order {
        world: codec::read_world(row.get(0)?)?,
        order: OrderLine {
            order_id: OrderId::new(row.get::<_, String>(1)?),
            order_line_id: OrderLineId::new(row.get::<_, String>(2)?),
        },
        order_type: row.get::<_, Option<String>>(3)?.map(|text| OrderType::from_wire(&text)),
        charging_mode: row.get::<_, Option<String>>(4)?.map(|text| ChargingMode::from_wire(&text)),
        create_time: codec::optional_time(row, 5)?,
        expire_time: codec::optional_time(row, 6)?,
        period_type: row.get(7)?,
        period_number: row.get(8)?,
        product_id: row.get(9)?,
        sku_code: row.get(10)?,
        product_name: row.get(11)?,
        quantity: row.get(12)?,
        order_amount: row.get(13)?,
        customer_id: row.get(14)?,
        customer_name: row.get(15)?,
        extend_params: serde_json::from_str(&params).unwrap_or_default(),
        instance_id: row.get::<_, Option<String>>(17)?.map(InstanceId::new),
        called_at: codec::optional_time(row, 18)?,
        queried_at: codec::optional_time(row, 19)?,
        created_at: codec::time(row, 20)?,
        changed_at: codec::time(row, 21)?,
        order_status: row.get::<_, Option<String>>(22)?.map(|word| OrderStatus::from_word(&word)),
        supervision_status: row.get(23)?,
        imported: row.get::<_, Option<String>>(24)?.map_or_else(BTreeSet::new, |fields| read_fields(&fields)),
        imported_at: codec::optional_time(row, 25)?,
        payment_status: row.get::<_, Option<String>>(26)?.map(|word| PaymentStatus::from_word(&word)),
        repayment_status: row.get::<_, Option<String>>(27)?.map(|word| PaymentStatus::from_word(&word)),
    })
}

/// Every line that is known of an order, with its row.
pub(super) fn lines_of(
    connection: &Connection,
    world: World,
    order_id: &OrderId,
) -> Result<Vec<(i64, Order)>, StoreError> {
    let sql = format!("SELECT {COLUMNS}, id FROM order_line WHERE world = ? AND order_id = ? ORDER BY order_line_id");
    let mut statement = connection.prepare_cached(&sql)?;
    let rows =
        statement.query_map(params![codec::world(world), order_id.as_str()], |row| Ok((row.get(ID)?, read(row)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn by_row(connection: &Connection, id: i64) -> Result<Option<Order>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM order_line WHERE id = ?");
    Ok(connection.prepare_cached(&sql)?.query_row([id], read).optional()?)
}

fn by_line(connection: &Connection, world: World, order: &OrderLine) -> Result<Option<(i64, Order)>, StoreError> {
    let sql = format!("SELECT {COLUMNS}, id FROM order_line WHERE world = ? AND order_id = ? AND order_line_id = ?");
    let mut statement = connection.prepare_cached(&sql)?;
    let parameters = params![codec::world(world), order.order_id.as_str(), order.order_line_id.as_str()];
    Ok(statement.query_row(parameters, |row| Ok((row.get(ID)?, read(row)?))).optional()?)
}

/// Every order line of both worlds.
pub(super) fn all(connection: &Connection) -> Result<Vec<Order>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM order_line"))?;
    let rows = statement.query_map((), read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Every live line of these orders.
pub(super) fn of_ids(connection: &Connection, order_ids: &[String]) -> Result<Vec<Order>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM order_line WHERE world = 0 AND order_id = ? ORDER BY order_line_id");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut found = Vec::new();
    for order_id in order_ids {
        let rows = statement.query_map([order_id], read)?;
        found.extend(rows.collect::<Result<Vec<_>, _>>()?);
    }
    Ok(found)
}

/// Adds what is heard of an order line to what is known; returns what is known then.
pub(super) fn put(connection: &Connection, heard: &Order) -> Result<Order, StoreError> {
    // V1 named the order alone: its line gets its name from the first query; one that a table told of, from whatever is heard.
    let nameless = OrderLine { order_line_id: OrderLineId::new(""), ..heard.order.clone() };
    let found = match by_line(connection, heard.world, &heard.order)? {
        Some(found) => Some(found),
        None if heard.order.order_line_id.as_str().is_empty() => imported_line(connection, heard)?,
        None => by_line(connection, heard.world, &nameless)?
            .filter(|(_, known)| heard.queried_at.is_some() || known.is_only_imported()),
    };
    let Some((id, known)) = found else {
        write(connection, None, heard)?;
        return Ok(heard.clone());
    };
    let after = known.clone().after(heard);
    if after != known {
        write(connection, Some(id), &after)?;
    }
    Ok(after)
}

/// The one line of an order that a table named and a call does not.
fn imported_line(connection: &Connection, heard: &Order) -> Result<Option<(i64, Order)>, StoreError> {
    let mut lines = lines_of(connection, heard.world, &heard.order.order_id)?;
    Ok(lines.pop().filter(|(_, line)| lines.is_empty() && line.imported_at.is_some()))
}

fn read_fields(text: &str) -> BTreeSet<OrderField> {
    serde_json::from_str(text).unwrap_or_default()
}

pub(super) fn write(connection: &Connection, id: Option<i64>, order: &Order) -> Result<(), StoreError> {
    let fields = order.imported_at.map(|_| serde_json::to_string(&order.imported).unwrap_or_default());
    let params_text = serde_json::to_string(&order.extend_params).unwrap_or_else(|_| "[]".to_owned());
    connection
        .prepare_cached(
            "INSERT INTO order_line (id, world, order_id, order_line_id, order_type, charging_mode, create_time,
                 expire_time, period_type, period_number, product_id, sku_code, product_name, quantity, order_amount,
                 customer_id, customer_name, extend_params, instance_id, called_at, queried_at, created_at, changed_at,
                 order_status, supervision_status, imported, imported_at, payment_status, repayment_status)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET order_line_id = excluded.order_line_id, order_type = excluded.order_type,
                 charging_mode = excluded.charging_mode, create_time = excluded.create_time,
                 expire_time = excluded.expire_time, period_type = excluded.period_type,
                 period_number = excluded.period_number, product_id = excluded.product_id, sku_code = excluded.sku_code,
                 product_name = excluded.product_name, quantity = excluded.quantity, order_amount = excluded.order_amount,
                 customer_id = excluded.customer_id, customer_name = excluded.customer_name,
                 extend_params = excluded.extend_params, instance_id = excluded.instance_id,
                 called_at = excluded.called_at, queried_at = excluded.queried_at, changed_at = excluded.changed_at,
                 order_status = excluded.order_status, supervision_status = excluded.supervision_status,
                 imported = excluded.imported, imported_at = excluded.imported_at,
                 payment_status = excluded.payment_status, repayment_status = excluded.repayment_status",
        )?
        .execute(params![
            id,
            codec::world(order.world),
            order.order.order_id.as_str(),
            order.order.order_line_id.as_str(),
            order.order_type.as_ref().map(OrderType::as_wire),
            order.charging_mode.as_ref().map(ChargingMode::as_wire),
            order.create_time.map(|time| time.0),
            order.expire_time.map(|time| time.0),
            order.period_type,
            order.period_number,
            order.product_id,
            order.sku_code,
            order.product_name,
            order.quantity,
            order.order_amount,
            order.customer_id,
            order.customer_name,
            params_text,
            order.instance_id.as_ref().map(InstanceId::as_str),
            order.called_at.map(|time| time.0),
            order.queried_at.map(|time| time.0),
            order.created_at.0,
            order.changed_at.0,
            order.order_status.as_ref().map(OrderStatus::word),
            order.supervision_status,
            fields,
            order.imported_at.map(|time| time.0),
            order.payment_status.as_ref().map(PaymentStatus::word),
            order.repayment_status.as_ref().map(PaymentStatus::word),
        ])?;
    Ok(())
}

impl Store {
    /// Calls whose orders were not put together yet, oldest first, at most `limit`; and how far that is to have read, where
    /// it is further than before. Of a message that came several times the first is one; a notice is one each time.
    pub async fn calls_not_read_for_orders(
        &self,
        limit: usize,
    ) -> Result<(Vec<OrderCall>, Option<AttemptId>), StoreError> {
        let most = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(move |connection| {
            // An attempt that has not ended may be withdrawn, and a call be given its id.
            let (read_to, newest): (i64, i64) = connection
                .prepare_cached(
                    "WITH mark (read_to) AS (SELECT coalesce((SELECT read_to FROM bookmark WHERE reader = ?), 0))
                     SELECT read_to, (SELECT coalesce(max(id), 0) FROM attempt
                                      WHERE id > read_to AND (origin = 0 OR ended_at IS NOT NULL))
                     FROM mark",
                )?
                .query_row([READER], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let mut statement = connection.prepare_cached(&format!(
                "SELECT {}, raw.request_query, coalesce(repeated.request_body, raw.request_body), call, started_at
                 FROM (SELECT id AS call, message_id, started_at FROM attempt WHERE id > ?1 AND origin = 0)
                     CROSS JOIN message ON message.id = message_id
                     CROSS JOIN attempt_raw AS raw ON raw.attempt_id = call
                     LEFT JOIN attempt_raw AS repeated ON repeated.attempt_id = raw.body_of
                 WHERE wire <> ?2 AND (activity = 'orderNotify'
                     OR call = (SELECT min(first.id) FROM attempt AS first WHERE first.message_id = message.id))
                 ORDER BY call LIMIT ?3",
                messages::COLUMNS
            ))?;
            let rows = statement.query_map(params![read_to, actions::WIRE, most], |row| {
                let message = messages::read(row)?;
                let (query, body) = (row.get(16)?, row.get(17)?);
                Ok((row.get::<_, i64>(18)?, OrderCall { message, query, body, at: codec::time(row, 19)? }))
            })?;
            let (ids, calls): (Vec<i64>, Vec<OrderCall>) = rows.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
            let last = if calls.len() == limit { ids.last().copied() } else { Some(newest) };
            Ok((calls, last.filter(|last| *last > read_to).map(AttemptId)))
        })
        .await
    }

    /// Writes orders that calls told of, and that everything up to `read` was read.
    pub async fn put_called_orders(&self, orders: Vec<Order>, read: AttemptId) -> Result<(), StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                for order in &orders {
                    let known = put(connection, order)?;
                    instances::complete(connection, &known)?;
                    connection
                        .prepare_cached(
                            "UPDATE order_line SET last_called_at = max(coalesce(last_called_at, 0), ?)
                             WHERE world = ? AND order_id = ?",
                        )?
                        .execute(params![
                            order.called_at.map_or(0, |time| time.0),
                            codec::world(order.world),
                            order.order.order_id.as_str()
                        ])?;
                }
                connection
                    .prepare_cached(
                        "INSERT INTO bookmark (reader, read_to) VALUES (?, ?)
                         ON CONFLICT (reader) DO UPDATE SET read_to = excluded.read_to",
                    )?
                    .execute(params![READER, read.0])?;
                Ok(())
            })
            .await
    }

    /// Its order was told before the instance was changed by it: now it is.
    pub async fn complete_changed(
        &self,
        world: World,
        line: OrderLine,
        instance: InstanceId,
    ) -> Result<(), StoreError> {
        self.inner
            .writer
            .run(move |connection| match by_line(connection, world, &line)? {
                Some((_, order)) => instances::complete(connection, &Order { instance_id: Some(instance), ..order }),
                None => Ok(()),
            })
            .await
    }

    /// Every line that is known of an order.
    pub async fn orders_of(&self, world: World, order_id: OrderId) -> Result<Vec<Order>, StoreError> {
        self.read(move |connection| {
            Ok(lines_of(connection, world, &order_id)?.into_iter().map(|(_, line)| line).collect())
        })
        .await
    }

    /// Every id that the query finds, in its order.
    pub async fn order_ids(
        &self,
        query: OrderQuery,
        now: UnixMillis,
        asked: impl Into<Asked>,
    ) -> Result<Vec<i64>, StoreError> {
        let order = match query.order {
            OrderOrder::CreatedAt => "coalesce(create_time, created_at)",
            OrderOrder::OrderId => "order_id",
            OrderOrder::OrderType => "order_type",
            OrderOrder::Product => "product_id",
            OrderOrder::Customer => "customer_name",
            OrderOrder::ExpireTime => "expire_time",
        };
        let OrderQuery { world, search, ascending, status, .. } = query;
        let all = Listing { table: TABLE, world, search, searched: &SEARCHED, only: None, order, ascending };
        let Asked { cancel, first } = asked.into();
        match status {
            None => self.ids_of(all, Asked { cancel, first }).await,
            Some(status) => {
                let ids = self.ids_of(all, cancel.clone()).await?;
                self.of_status(world, ids, status, now, cancel).await
            }
        }
    }

    /// Rows of a list. Ids that are gone are left out.
    pub async fn orders(&self, ids: Vec<i64>) -> Result<Vec<(i64, Order)>, StoreError> {
        self.rows_of(TABLE, COLUMNS, ids, read).await
    }

    /// Live orders that calls named since they were last asked about, oldest first.
    pub async fn orders_to_query(&self, since: UnixMillis, limit: usize) -> Result<Vec<OrderId>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT order_id FROM order_line
                 WHERE +world = 0 AND last_called_at >= ?1 AND coalesce(queried_at, 0) < last_called_at
                     AND NOT EXISTS (SELECT 1 FROM message
                                     WHERE world = 0 AND key = 'order/query/' || order_line.order_id
                                         AND (progress = 1 OR last_attempt_at >= last_called_at))
                 GROUP BY order_id ORDER BY min(created_at) LIMIT ?2",
            )?;
            let ids = statement.query_map(params![since.0, limit], |row| row.get::<_, String>(0).map(OrderId::new))?;
            Ok(ids.collect::<Result<_, _>>()?)
        })
        .await
    }
}
