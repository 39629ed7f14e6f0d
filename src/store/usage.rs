//! Usage records: entered once by their `meteringSn`, told of one by one and in lists. What may be sent is the domain's to say.

mod corrections;
mod parts;
mod pushes;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

pub(super) use self::pushes::after_push;
pub use self::pushes::{PushBegun, UsageToSend};
use super::{Asked, Store, StoreError, codec, listing::Listing};
use crate::{
    domain::{
        MessageId, World,
        listing::{UsageOrder, UsageQuery},
        usage::{NotPossible, StoredUsage, UsageEvent, UsageRecord, UsageState, UsageValue},
    },
    protocol::{UnixMillis, id::InstanceId},
};

const COLUMNS: &str = "world, metering_sn, instance_id, begin_time, end_time, usage_value, relate_pkg_instance, \
                       product_id, state, push, entered_at, changed_at, id";

const TABLE: &str = "usage_record";

const SEARCHED: [&str; 4] = ["metering_sn", "instance_id", "state", "product_id"];

/// Neither taken, discarded nor replaced; an index has the same words.
const UNSENT: &str =
    "state NOT LIKE '%\"sent\"%' AND state NOT LIKE '%\"discarded\"%' AND state NOT LIKE '%\"replaced\"%'";

/// What became of a record that was entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnteredUsage {
    New,
    /// The same record was entered before.
    Known(UsageState),
    /// Another record stood there under its `meteringSn`, and nothing of that one is with KooGallery.
    Corrected,
    /// Another record has its `meteringSn`, and may not be changed any more.
    Refused(NotPossible),
    /// Nothing is wrong with it, but with another, and all were to be entered or none.
    LeftOut,
}

fn read(row: &Row<'_>) -> Result<(i64, StoredUsage), rusqlite::Error> {
    let state: String = row.get(8)?;
    let record = UsageRecord {
        metering_sn: row.get(1)?,
        instance_id: InstanceId::new(row.get::<_, String>(2)?),
        begin_time: codec::time(row, 3)?,
        end_time: codec::time(row, 4)?,
        usage_value: UsageValue::of_stored(row.get(5)?),
        relate_pkg_instance: row.get(6)?,
        product_id: row.get(7)?,
    };
    let stored = StoredUsage {
        world: codec::read_world(row.get(0)?)?,
        record,
        // What this version does not know must not be sent.
        state: serde_json::from_str(&state).unwrap_or(UsageState::Sent),
        push: row.get::<_, Option<i64>>(9)?.map(MessageId),
        entered_at: codec::time(row, 10)?,
        changed_at: codec::time(row, 11)?,
    };
    Ok((row.get(12)?, stored))
}

fn by_sn(connection: &Connection, world: World, sn: &str) -> Result<Option<(i64, StoredUsage)>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM usage_record WHERE world = ? AND metering_sn = ?");
    Ok(connection.prepare_cached(&sql)?.query_row(params![codec::world(world), sn], read).optional()?)
}

fn set_state(connection: &Connection, id: i64, state: &UsageState, now: UnixMillis) -> Result<(), StoreError> {
    connection.prepare_cached("UPDATE usage_record SET state = ?, changed_at = ? WHERE id = ?")?.execute(params![
        to_text(state)?,
        now.0,
        id
    ])?;
    Ok(())
}

fn to_text(state: &UsageState) -> Result<String, StoreError> {
    serde_json::to_string(state).map_err(|error| StoreError::Sqlite(error.to_string()))
}

/// Why the record may not stand there.
fn refusal(connection: &Connection, world: World, record: &UsageRecord) -> Result<Option<NotPossible>, StoreError> {
    let known = by_sn(connection, world, &record.metering_sn)?.filter(|(_, known)| known.record != *record);
    if corrections::was_refused(connection, world, record)? {
        return Ok(None);
    }
    Ok(known.and_then(|(_, known)| known.state.after(&UsageEvent::Corrected).err()))
}

fn enter(
    connection: &Connection,
    world: World,
    record: &UsageRecord,
    now: UnixMillis,
) -> Result<EnteredUsage, StoreError> {
    let Some((id, known)) = by_sn(connection, world, &record.metering_sn)? else {
        put(connection, world, record, &UsageState::Entered, now)?;
        return Ok(EnteredUsage::New);
    };
    // A file that was read before its record was corrected must not bring back what was wrong.
    if known.record == *record || corrections::was_refused(connection, world, record)? {
        return Ok(EnteredUsage::Known(known.state));
    }
    let state = match known.state.after(&UsageEvent::Corrected) {
        Ok(state) => state,
        Err(reason) => return Ok(EnteredUsage::Refused(reason)),
    };
    corrections::note(connection, &record.metering_sn, &known, now)?;
    pushes::leave(connection, id)?;
    put(connection, world, record, &state, now)?;
    Ok(EnteredUsage::Corrected)
}

/// Writes the record; in no push, where it stood there before.
fn put(
    connection: &Connection,
    world: World,
    record: &UsageRecord,
    state: &UsageState,
    now: UnixMillis,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO usage_record (world, metering_sn, instance_id, begin_time, end_time, usage_value,
                                       relate_pkg_instance, product_id, state, entered_at, changed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)
             ON CONFLICT (world, metering_sn) DO UPDATE SET instance_id = excluded.instance_id,
                 begin_time = excluded.begin_time, end_time = excluded.end_time, usage_value = excluded.usage_value,
                 relate_pkg_instance = excluded.relate_pkg_instance, product_id = excluded.product_id,
                 state = excluded.state, push = NULL, changed_at = excluded.changed_at",
        )?
        .execute(params![
            codec::world(world),
            record.metering_sn,
            record.instance_id.as_str(),
            record.begin_time.0,
            record.end_time.0,
            record.usage_value.as_str(),
            record.relate_pkg_instance,
            record.product_id,
            to_text(state)?,
            now.0,
        ])?;
    Ok(())
}

impl Store {
    /// Enters records, all in one unit of work; tells of each what became of it. `whole` enters none where one is refused.
    pub async fn enter_usage(
        &self,
        world: World,
        records: Vec<UsageRecord>,
        whole: bool,
        now: UnixMillis,
    ) -> Result<Vec<EnteredUsage>, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let refused = |record| {
                    let refused = refusal(connection, world, record)?;
                    Ok(refused.map_or(EnteredUsage::LeftOut, EnteredUsage::Refused))
                };
                if whole {
                    let told = records.iter().map(refused).collect::<Result<Vec<_>, StoreError>>()?;
                    if told.iter().any(|told| *told != EnteredUsage::LeftOut) {
                        return Ok(told);
                    }
                }
                records.iter().map(|record| enter(connection, world, record, now)).collect()
            })
            .await
    }

    /// The record of that `meteringSn`.
    pub async fn usage_record(&self, world: World, sn: String) -> Result<Option<StoredUsage>, StoreError> {
        self.read(move |connection| Ok(by_sn(connection, world, &sn)?.map(|(_, stored)| stored))).await
    }

    /// Something that the operator or KooGallery says of one record. `Ok(None)` where none has that `meteringSn`.
    pub async fn change_usage(
        &self,
        world: World,
        metering_sn: String,
        event: UsageEvent,
        now: UnixMillis,
    ) -> Result<Option<Result<UsageState, NotPossible>>, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let Some((id, stored)) = by_sn(connection, world, &metering_sn)? else { return Ok(None) };
                let after = stored.state.after(&event);
                if let Ok(state) = &after {
                    set_state(connection, id, state, now)?;
                    pushes::settle_for(connection, id)?;
                }
                Ok(Some(after))
            })
            .await
    }

    /// Every id that the query finds, in its order.
    pub async fn usage_ids(&self, query: UsageQuery, asked: impl Into<Asked>) -> Result<Vec<i64>, StoreError> {
        let order = match query.order {
            UsageOrder::EnteredAt => "entered_at",
            UsageOrder::Instance => "instance_id",
            UsageOrder::BeginTime => "begin_time",
            UsageOrder::State => "state",
        };
        let UsageQuery { world, search, ascending, .. } = query;
        // What is not sent is little beside all that was.
        let (table, only) = match query.unsent {
            true => ("usage_record INDEXED BY usage_record_owed", Some(UNSENT)),
            false => (TABLE, None),
        };
        self.ids_of(Listing { table, world, search, searched: &SEARCHED, only, order, ascending }, asked).await
    }

    /// Rows of a list. Ids that are gone are left out.
    pub async fn usage(&self, ids: Vec<i64>) -> Result<Vec<(i64, StoredUsage)>, StoreError> {
        self.rows_of(TABLE, COLUMNS, ids, |row| read(row).map(|(_, usage)| usage)).await
    }
}
