//! Messages and their attempts as they are read: in lists, one by one, and those that are due.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{Cancel, Store, StoreError, actions, codec, listing::containing};
use crate::{
    domain::{
        Attempt, AttemptId, Message, MessageId, World,
        listing::{MessageFilter, MessageOrder, MessageQuery},
    },
    protocol::{
        UnixMillis,
        callback::Wire,
        id::{InstanceId, LicenseCode, OrderId, OrderLineId, TenantId},
    },
};

pub(super) const COLUMNS: &str = "id, world, endpoint, activity, order_id, order_line_id, instance_id, progress, \
                                  result_code, exception, attempts, received_at, last_attempt_at, wire, license, tenant_id";

/// The id of a new message: above every one that is there, and every one that was.
macro_rules! next_message_id {
    () => {
        "(SELECT max(last, coalesce((SELECT max(id) FROM message), 0)) + 1 FROM message_gone)"
    };
}
pub(super) use next_message_id;

/// What a message is tried again with.
#[derive(Clone, Debug)]
pub struct StoredRequest {
    pub message: Message,
    pub query: String,
    pub body: String,
}

pub(super) fn read(row: &Row<'_>) -> Result<Message, rusqlite::Error> {
    Ok(Message {
        id: MessageId(row.get(0)?),
        world: codec::read_world(row.get(1)?),
        endpoint: row.get(2)?,
        activity: row.get(3)?,
        order_id: row.get::<_, Option<String>>(4)?.map(OrderId::new),
        order_line_id: row.get::<_, Option<String>>(5)?.map(OrderLineId::new),
        instance_id: row.get::<_, Option<String>>(6)?.map(InstanceId::new),
        progress: codec::read_progress(row.get(7)?),
        result_code: codec::read_result_code(row.get(8)?),
        exception: codec::read_exception(row.get(9)?),
        attempts: row.get(10)?,
        received_at: codec::time(row, 11)?,
        last_attempt_at: codec::time(row, 12)?,
        wire: codec::read_wire(&row.get::<_, String>(13)?),
        license: row.get::<_, Option<String>>(14)?.map(LicenseCode::new),
        tenant_id: row.get::<_, Option<String>>(15)?.map(TenantId::new),
    })
}

fn by_id(connection: &Connection, id: i64) -> Result<Option<Message>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("SELECT {COLUMNS} FROM message WHERE id = ?"))?;
    Ok(statement.query_row([id], read).optional()?)
}

impl Store {
    /// Every id that the query finds, in its order.
    pub async fn message_ids(&self, query: MessageQuery, cancel: Cancel) -> Result<Vec<i64>, StoreError> {
        self.read_cancellable(cancel, move |connection| {
            let filter = match query.filter {
                MessageFilter::All => "",
                MessageFilter::Failing => "AND progress = 2",
                MessageFilter::InProgress => "AND progress = 1",
            };
            let search = query.search.trim();
            let found = if search.is_empty() {
                ""
            } else {
                "AND (order_id LIKE ?2 ESCAPE '\\' OR order_line_id LIKE ?2 ESCAPE '\\' OR instance_id LIKE ?2 ESCAPE '\\'
                      OR license LIKE ?2 ESCAPE '\\' OR tenant_id LIKE ?2 ESCAPE '\\'
                      OR activity LIKE ?2 ESCAPE '\\' OR result_code LIKE ?2 ESCAPE '\\' OR exception LIKE ?2 ESCAPE '\\')"
            };
            let column = match query.order {
                MessageOrder::ReceivedAt => "received_at",
                MessageOrder::LastAttemptAt => "last_attempt_at",
                MessageOrder::Activity => "activity",
                MessageOrder::OrderId => "order_id",
                MessageOrder::State => "progress",
            };
            let direction = if query.ascending { "ASC" } else { "DESC" };
            let sql = format!(
                "SELECT id FROM message WHERE world = ?1 {filter} {found} ORDER BY {column} {direction}, id {direction}"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let world = codec::world(query.world);
            let mut rows =
                if search.is_empty() { statement.query([world])? } else { statement.query(params![world, containing(search)])? };
            let mut ids = Vec::new();
            while let Some(row) = rows.next()? {
                ids.push(row.get(0)?);
            }
            Ok(ids)
        })
        .await
    }

    /// Rows of a list. Ids that are gone are left out.
    pub async fn messages(&self, ids: Vec<i64>) -> Result<Vec<Message>, StoreError> {
        self.read(move |connection| ids.into_iter().filter_map(|id| by_id(connection, id).transpose()).collect()).await
    }

    pub async fn message(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        self.read(move |connection| by_id(connection, id.0)).await
    }

    /// Oldest first, with the raw texts.
    pub async fn attempts(&self, id: MessageId) -> Result<Vec<Attempt>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT attempt.id, origin, started_at, ended_at, result_code, exception,
                     coalesce(exchange.request, request_query), coalesce(exchange.request_body, attempt_raw.request_body),
                     coalesce(exchange.answer, attempt_raw.answer)
                 FROM attempt JOIN attempt_raw ON attempt_raw.attempt_id = attempt.id
                     LEFT JOIN exchange ON exchange.id = attempt_raw.exchange
                 WHERE message_id = ? ORDER BY attempt.id",
            )?;
            let rows = statement.query_map([id.0], |row| {
                Ok(Attempt {
                    id: AttemptId(row.get(0)?),
                    origin: codec::read_origin(row.get(1)?),
                    started_at: codec::time(row, 2)?,
                    ended_at: codec::optional_time(row, 3)?,
                    result_code: codec::read_result_code(row.get(4)?),
                    exception: codec::read_exception(row.get(5)?),
                    request_query: row.get(6)?,
                    request_body: row.get(7)?,
                    answer: row.get(8)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Everything that happened to an instance, oldest first.
    pub async fn messages_of_instance(
        &self,
        world: World,
        instance_id: InstanceId,
    ) -> Result<Vec<Message>, StoreError> {
        self.read(move |connection| {
            let sql = format!(
                "SELECT {COLUMNS} FROM message WHERE instance_id = ?1 AND activity <> 'newInstance' AND world = ?2
                 UNION
                 SELECT {COLUMNS} FROM message
                 WHERE id = (SELECT bought_by FROM instance WHERE instance_id = ?1 AND world = ?2)
                 ORDER BY received_at, id"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params![instance_id.as_str(), codec::world(world)], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Everything about one license or tenant, oldest first.
    pub(super) async fn messages_where(
        &self,
        world: World,
        column: &'static str,
        value: String,
    ) -> Result<Vec<Message>, StoreError> {
        self.read(move |connection| {
            let sql =
                format!("SELECT {COLUMNS} FROM message WHERE {column} = ? AND world = ? ORDER BY received_at, id");
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params![value, codec::world(world)], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// What the message's first call said; of the kit, whose calls carry secrets that change, what the newest one did.
    pub async fn stored_request(&self, id: MessageId) -> Result<Option<StoredRequest>, StoreError> {
        self.read(move |connection| {
            let Some(message) = by_id(connection, id.0)? else { return Ok(None) };
            let request = connection
                .prepare_cached(
                    "SELECT request_query, request_body FROM attempt JOIN attempt_raw ON attempt_raw.attempt_id = attempt.id
                     WHERE message_id = ?1 AND request_query || request_body <> ''
                     ORDER BY iif(?2, -attempt.id, attempt.id) LIMIT 1",
                )?
                .query_row(params![id.0, matches!(message.wire, Some(Wire::Kit(_)))], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            Ok(request.map(|(query, body)| StoredRequest { message, query, body }))
        })
        .await
    }

    /// Calls that Sellerdesk itself has to try again, and that nobody works on.
    pub async fn due(&self, now: UnixMillis, limit: usize) -> Result<Vec<MessageId>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id FROM message WHERE next_attempt_at <= ?1 AND coalesce(claimed_until, 0) <= ?1 AND wire <> ?3
                 ORDER BY next_attempt_at LIMIT ?2",
            )?;
            let ids = statement.query_map(params![now.0, limit, actions::WIRE], |row| row.get(0).map(MessageId))?;
            Ok(ids.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// When the next message falls due.
    pub async fn next_due(&self) -> Result<Option<UnixMillis>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection
                .prepare_cached("SELECT min(next_attempt_at) FROM message WHERE next_attempt_at IS NOT NULL")?;
            Ok(statement.query_row((), |row| row.get::<_, Option<i64>>(0))?.map(UnixMillis))
        })
        .await
    }

    /// Messages that wait for an instance, oldest first.
    pub async fn parked_for(&self, world: World, instance_id: InstanceId) -> Result<Vec<MessageId>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection
                .prepare_cached("SELECT id FROM message WHERE world = ? AND waits_for_instance = ? ORDER BY id")?;
            let parameters = params![codec::world(world), instance_id.as_str()];
            let ids = statement.query_map(parameters, |row| row.get(0).map(MessageId))?;
            Ok(ids.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Instances that exist by now and for which messages are still parked.
    pub async fn parked_instances_that_exist(&self) -> Result<Vec<(World, InstanceId)>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT DISTINCT message.world, waits_for_instance FROM message
                 JOIN instance ON instance.world = message.world AND instance.instance_id = waits_for_instance
                 WHERE waits_for_instance IS NOT NULL",
            )?;
            let rows = statement
                .query_map((), |row| Ok((codec::read_world(row.get(0)?), InstanceId::new(row.get::<_, String>(1)?))))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}
