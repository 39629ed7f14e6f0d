//! Messages and their attempts as they are read: in lists, one by one, and those that are due.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{
    Asked, Store, StoreError, actions, codec,
    listing::containing,
    readers::{FIRST, FirstIds, ids},
};
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

/// The ids of everything that happened to the orders in `?1`, a list in JSON, in the world `?2`. Purchases are in no index by
/// order: their keys begin with it.
pub(super) const OF_ORDERS: &str = "
    SELECT message.id FROM json_each(?1) AS wanted CROSS JOIN message
        ON order_id = wanted.value AND activity <> 'newInstance' AND +world = ?2
    UNION ALL
    SELECT message.id FROM json_each(?1) AS wanted CROSS JOIN message
        ON world = ?2 AND message.key >= 'newInstance/' || wanted.value
            AND message.key < 'newInstance/' || wanted.value || '0' AND order_id = wanted.value";

/// The ids of what is named by an id that begins with `?2`, or fails with words like `?3`, in the world `?1`: what a person
/// mostly looks for, found at once.
const NAMED: &str = "
    SELECT id FROM message WHERE world = ?1 AND key BETWEEN 'newInstance/' || ?2 AND 'newInstance/' || ?2 || char(1114111)
    UNION ALL SELECT bought_by FROM instance WHERE world = ?1 AND instance_id BETWEEN ?2 AND ?2 || char(1114111)
    UNION ALL SELECT id FROM message WHERE activity <> 'newInstance' AND order_id BETWEEN ?2 AND ?2 || char(1114111)
    UNION ALL SELECT id FROM message WHERE activity <> 'newInstance' AND instance_id BETWEEN ?2 AND ?2 || char(1114111)
    UNION ALL SELECT id FROM message WHERE license BETWEEN ?2 AND ?2 || char(1114111)
    UNION ALL SELECT id FROM message WHERE tenant_id BETWEEN ?2 AND ?2 || char(1114111)
    UNION ALL SELECT id FROM message WHERE world = ?1 AND progress IN (1, 2) AND progress <> 0
        AND exception LIKE ?3 ESCAPE '\\'
    LIMIT 200";

/// Where there are many, the first of all in order are soon found too.
fn tell_a_few(ids: Vec<i64>, tell: FirstIds) -> Option<FirstIds> {
    if ids.is_empty() || ids.len() >= FIRST {
        return Some(tell);
    }
    tell(ids);
    None
}

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
        world: codec::read_world(row.get(1)?)?,
        endpoint: row.get(2)?,
        activity: row.get(3)?,
        order_id: row.get::<_, Option<String>>(4)?.map(OrderId::new),
        order_line_id: row.get::<_, Option<String>>(5)?.map(OrderLineId::new),
        instance_id: row.get::<_, Option<String>>(6)?.map(InstanceId::new),
        progress: codec::read_progress(row.get(7)?)?,
        result_code: codec::read_result_code(row.get(8)?),
        exception: codec::read_exception(row.get(9)?),
        attempts: row.get(10)?,
        received_at: codec::time(row, 11)?,
        last_attempt_at: codec::time(row, 12)?,
        wire: codec::read_wire(&row.get::<_, String>(13)?)?,
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
    pub async fn message_ids(&self, query: MessageQuery, asked: impl Into<Asked>) -> Result<Vec<i64>, StoreError> {
        let Asked { cancel, first } = asked.into();
        self.read_cancellable(cancel, move |connection| {
            let filter = match query.filter {
                MessageFilter::All => "",
                MessageFilter::Failing => "AND progress = 2 AND progress <> 0",
                MessageFilter::InProgress => "AND progress = 1 AND progress <> 0",
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
            let order = format!("ORDER BY {column} {direction}, id {direction}");
            let world = codec::world(query.world);
            let first = match first {
                Some(tell) if !search.is_empty() => {
                    let sql = format!("SELECT id FROM message WHERE id IN ({NAMED}) AND +world = ?1 {filter} {order}");
                    let mut statement = connection.prepare_cached(&sql)?;
                    tell_a_few(ids(statement.query(params![world, search, containing(search)])?, None)?, tell)
                }
                first => first,
            };
            let sql = format!("SELECT id FROM message WHERE world = ?1 {filter} {found} {order}");
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = match search {
                "" => statement.query([world])?,
                _ => statement.query(params![world, containing(search)])?,
            };
            ids(rows, first)
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

    /// Oldest first, with the raw texts as far as they are kept.
    pub async fn attempts(&self, id: MessageId) -> Result<Vec<Attempt>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT attempt.id, origin, started_at, ended_at, result_code, exception,
                        coalesce(exchange.request, raw.request_query),
                        coalesce(exchange.request_body, repeated.request_body, raw.request_body),
                        coalesce(exchange.answer, raw.answer)
                 FROM attempt LEFT JOIN attempt_raw AS raw ON raw.attempt_id = attempt.id
                     LEFT JOIN attempt_raw AS repeated ON repeated.attempt_id = raw.body_of
                     LEFT JOIN exchange ON exchange.id = raw.exchange
                 WHERE message_id = ? ORDER BY attempt.id",
            )?;
            let rows = statement.query_map([id.0], |row| {
                let query: Option<String> = row.get(6)?;
                Ok(Attempt {
                    id: AttemptId(row.get(0)?),
                    origin: codec::read_origin(row.get(1)?)?,
                    started_at: codec::time(row, 2)?,
                    ended_at: codec::optional_time(row, 3)?,
                    result_code: codec::read_result_code(row.get(4)?),
                    exception: codec::read_exception(row.get(5)?),
                    forgotten: query.is_none(),
                    request_query: query.unwrap_or_default(),
                    request_body: row.get::<_, Option<String>>(7)?.unwrap_or_default(),
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
                "SELECT {COLUMNS} FROM message WHERE instance_id = ?1 AND activity <> 'newInstance' AND +world = ?2
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

    /// Everything that happened to an order, its purchase included, oldest first.
    pub async fn messages_of_order(&self, world: World, order_id: OrderId) -> Result<Vec<Message>, StoreError> {
        self.read(move |connection| {
            let sql = format!("SELECT {COLUMNS} FROM message WHERE id IN ({OF_ORDERS}) ORDER BY received_at, id");
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement
                .query_map(params![serde_json::json!([order_id.as_str()]).to_string(), codec::world(world)], read)?;
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
                format!("SELECT {COLUMNS} FROM message WHERE {column} = ? AND +world = ? ORDER BY received_at, id");
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params![value, codec::world(world)], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// What the message's first call said; of the kit, whose calls carry secrets that change, what the newest one did. `None`
    /// where that is forgotten.
    pub async fn stored_request(&self, id: MessageId) -> Result<Option<StoredRequest>, StoreError> {
        self.read(move |connection| {
            let Some(message) = by_id(connection, id.0)? else { return Ok(None) };
            let request = connection
                .prepare_cached(
                    "SELECT raw.request_query, coalesce(repeated.request_body, raw.request_body)
                     FROM attempt JOIN attempt_raw AS raw ON raw.attempt_id = attempt.id
                         LEFT JOIN attempt_raw AS repeated ON repeated.attempt_id = raw.body_of
                     WHERE message_id = ?1 AND raw.request_query || raw.request_body || coalesce(raw.body_of, '') <> ''
                     ORDER BY iif(?2, -attempt.id, attempt.id) LIMIT 1",
                )?
                .query_row(params![id.0, matches!(message.wire, Some(Wire::Kit(_)))], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
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
                 CROSS JOIN instance ON instance.world = message.world AND instance.instance_id = waits_for_instance
                 WHERE waits_for_instance IS NOT NULL",
            )?;
            let rows = statement.query_map((), |row| {
                Ok((codec::read_world(row.get(0)?)?, InstanceId::new(row.get::<_, String>(1)?)))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::sealing::SealKey;

    /// The ids that were told first, and all.
    async fn found(store: &Store, query: MessageQuery) -> (Option<Vec<i64>>, Vec<i64>) {
        let told = Arc::new(Mutex::new(None));
        let tell = told.clone();
        let first: FirstIds = Box::new(move |ids| *tell.lock().unwrap() = Some(ids));
        let all = store.message_ids(query, Asked { first: Some(first), ..Asked::default() }).await.unwrap();
        let told = told.lock().unwrap().take();
        (told, all)
    }

    #[tokio::test]
    async fn what_fills_a_window_is_told_before_the_rest_and_what_an_id_names_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("sellerdesk.db"), SealKey::from_slice(&[7; 32]).unwrap()).unwrap();
        let write = store.inner.writer.run(|connection| {
            Ok(connection.execute_batch(
                "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
                 INSERT INTO message (id, world, key, ordinal, endpoint, activity, order_id, order_line_id, instance_id, license,
                                      progress, attempts, received_at, last_attempt_at)
                 SELECT i, 0, iif(i % 2, 'newInstance/CS' || i || '-1', 'refreshInstance/i-' || i), 0, 'main',
                        iif(i % 2, 'newInstance', 'refreshInstance'), 'CS' || i, 'CS' || i || '-1', 'i-' || i,
                        iif(i = 500, 'code', NULL), 0, 1, i, i FROM n;
                 UPDATE message SET progress = 2, exception = '{\"kind\":\"other\",\"text\":\"the backend is down\"}' WHERE id = 400;
                 INSERT INTO instance (world, instance_id, order_id, order_line_id, endpoint, status, bought_by, created_at,
                                       changed_at)
                 VALUES (0, 'i-7', 'CS7', 'CS7-1', 'main', 'active', 7, 1, 1);",
            )?)
        });
        write.await.unwrap();
        let query = |search: &str| MessageQuery {
            search: search.into(),
            filter: MessageFilter::All,
            ..MessageQuery::default()
        };
        let (first, all) = found(&store, query("")).await;
        assert_eq!((first.unwrap(), all.len()), ((801..=1000).rev().collect(), 1000));
        for (search, ids) in [
            ("CS999", vec![999]),
            ("CS998-1", vec![]),
            ("CS99", vec![999, 998, 997, 996, 995, 994, 993, 992, 991, 990, 99]),
            ("i-998", vec![998]),
            ("i-7", vec![798, 796, 7]),
            ("code", vec![500]),
            ("backend", vec![400]),
        ] {
            let (first, all) = found(&store, query(search)).await;
            let first = first.unwrap_or_default();
            assert!(ids.iter().all(|id| first.contains(id)), "{search}: {first:?}");
            assert!(first.iter().all(|id| all.contains(id)), "{search}: {first:?} of {all:?}");
        }
        let (first, all) = found(&store, query("refresh")).await;
        assert_eq!((first.unwrap().len(), all.len()), (200, 500));
    }
}
