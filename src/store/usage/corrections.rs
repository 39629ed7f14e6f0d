//! Records that are put right, and what they were before; and those that KooGallery still has to get.

use rusqlite::{Connection, Row, params};

use super::{COLUMNS, UNSENT, by_sn, pushes, put, read, set_state, to_text};
use crate::{
    domain::{
        World,
        usage::{Correction, NotCorrected, StoredUsage, UsageEvent, UsageRecord, UsageState, UsageValue},
    },
    protocol::{UnixMillis, id::InstanceId},
    store::{Store, StoreError, codec},
};

/// That what stood there goes under `metering_sn` from now on.
pub(super) fn note(
    connection: &Connection,
    metering_sn: &str,
    was: &StoredUsage,
    now: UnixMillis,
) -> Result<(), StoreError> {
    let record = &was.record;
    connection
        .prepare_cached(
            "INSERT INTO usage_correction (world, metering_sn, was_metering_sn, instance_id, begin_time, end_time,
                                           usage_value, relate_pkg_instance, product_id, state, corrected_at)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            codec::world(was.world),
            metering_sn,
            record.metering_sn,
            record.instance_id.as_str(),
            record.begin_time.0,
            record.end_time.0,
            record.usage_value.as_str(),
            record.relate_pkg_instance,
            record.product_id,
            to_text(&was.state)?,
            now.0,
        ])?;
    Ok(())
}

/// Whether KooGallery refused exactly this before it was corrected.
pub(super) fn was_refused(connection: &Connection, world: World, record: &UsageRecord) -> Result<bool, StoreError> {
    let corrections = of_record(connection, world, &record.metering_sn)?;
    let is_it = |it: &Correction| it.was == *record && matches!(it.state, UsageState::Refused { .. });
    Ok(corrections.iter().any(is_it))
}

/// Oldest first.
fn of_record(connection: &Connection, world: World, sn: &str) -> Result<Vec<Correction>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT was_metering_sn, instance_id, begin_time, end_time, usage_value, relate_pkg_instance, product_id, state,
                corrected_at
         FROM usage_correction WHERE world = ? AND metering_sn = ? ORDER BY id",
    )?;
    let corrections = statement.query_map(params![codec::world(world), sn], read_correction)?;
    Ok(corrections.collect::<Result<_, _>>()?)
}

fn read_correction(row: &Row<'_>) -> Result<Correction, rusqlite::Error> {
    let state: String = row.get(7)?;
    let was = UsageRecord {
        metering_sn: row.get(0)?,
        instance_id: InstanceId::new(row.get::<_, String>(1)?),
        begin_time: codec::time(row, 2)?,
        end_time: codec::time(row, 3)?,
        usage_value: UsageValue::of_stored(row.get(4)?),
        relate_pkg_instance: row.get(5)?,
        product_id: row.get(6)?,
    };
    Ok(Correction { was, state: serde_json::from_str(&state).unwrap_or(UsageState::Sent), at: codec::time(row, 8)? })
}

/// The `meteringSn` of another record of the same use that is with KooGallery or may still go there.
fn of_same_period(
    connection: &Connection,
    world: World,
    record: &UsageRecord,
    old: &str,
) -> Result<Option<String>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM usage_record WHERE world = ? AND instance_id = ? AND begin_time = ? AND end_time = ?"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let period = params![codec::world(world), record.instance_id.as_str(), record.begin_time.0, record.end_time.0];
    for found in statement.query_map(period, read)? {
        let (_, other) = found?;
        let counts = other.state == UsageState::Sent || other.state.is_owed();
        if counts && other.record.metering_sn != old {
            return Ok(Some(other.record.metering_sn));
        }
    }
    Ok(None)
}

fn correct(
    connection: &Connection,
    world: World,
    sn: &str,
    typed: UsageRecord,
    now: UnixMillis,
) -> Result<Result<String, NotCorrected>, StoreError> {
    let Some((id, old)) = by_sn(connection, world, sn)? else {
        return Ok(Err(NotCorrected::Unknown { metering_sn: sn.to_owned() }));
    };
    let record = typed.correcting(&old.record, &old.state);
    let metering_sn = record.metering_sn.clone();
    let same_id = metering_sn == old.record.metering_sn;
    let event = match same_id {
        true => UsageEvent::Corrected,
        false => UsageEvent::Replaced { by: metering_sn.clone() },
    };
    let state = match old.state.after(&event) {
        Ok(state) => state,
        Err(reason) => return Ok(Err(reason.into())),
    };
    if record == old.record {
        return Ok(Err(NotCorrected::Unchanged));
    }
    if !same_id && by_sn(connection, world, &metering_sn)?.is_some() {
        return Ok(Err(NotCorrected::SameMeteringSn { metering_sn }));
    }
    if let Some(metering_sn) = of_same_period(connection, world, &record, &old.record.metering_sn)? {
        return Ok(Err(NotCorrected::SamePeriod { metering_sn }));
    }
    note(connection, &metering_sn, &old, now)?;
    pushes::leave(connection, id)?;
    if !same_id {
        set_state(connection, id, &state, now)?;
    }
    put(connection, world, &record, &UsageState::Entered, now)?;
    if let (false, Some((new, _))) = (same_id, by_sn(connection, world, &metering_sn)?) {
        pushes::replace(connection, id, new)?;
    }
    Ok(Ok(metering_sn))
}

impl Store {
    /// Puts another record in the place of one; tells the `meteringSn` under which it goes. Sends nothing.
    pub async fn correct_usage(
        &self,
        world: World,
        metering_sn: String,
        record: UsageRecord,
        now: UnixMillis,
    ) -> Result<Result<String, NotCorrected>, StoreError> {
        self.inner.writer.run(move |connection| correct(connection, world, &metering_sn, record, now)).await
    }

    /// What a record was before it was corrected, oldest first.
    pub async fn usage_corrections(&self, world: World, metering_sn: String) -> Result<Vec<Correction>, StoreError> {
        self.read(move |connection| of_record(connection, world, &metering_sn)).await
    }

    /// Records that were not taken, those that began first before all others.
    pub async fn unsent_usage(&self, world: World, limit: u32) -> Result<Vec<StoredUsage>, StoreError> {
        self.read(move |connection| {
            let sql =
                format!("SELECT {COLUMNS} FROM usage_record WHERE world = ? AND {UNSENT} ORDER BY begin_time LIMIT ?");
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params![codec::world(world), limit], read)?;
            Ok(rows.map(|row| row.map(|(_, stored)| stored)).collect::<Result<_, _>>()?)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_sent_is_found_by_its_index() {
        let dir = tempfile::tempdir().unwrap();
        let connection = crate::store::schema::open(&dir.path().join("s.db")).unwrap();
        let sql = format!(
            "EXPLAIN QUERY PLAN SELECT {COLUMNS} FROM usage_record WHERE world = 0 AND {UNSENT} ORDER BY begin_time"
        );
        let plan: Vec<String> = {
            let mut statement = connection.prepare(&sql).unwrap();
            statement.query_map((), |row| row.get(3)).unwrap().collect::<Result<_, _>>().unwrap()
        };
        assert!(plan.len() == 1 && plan[0].contains("usage_record_owed"), "{plan:?}");
    }
}
