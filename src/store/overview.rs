//! What the overview shows, without counting rows where there can be many.

use rusqlite::params;

use super::{Store, StoreError, codec, messages};
use crate::{
    domain::{Message, World},
    protocol::UnixMillis,
};

/// At most this many messages that a person should look at.
const NEEDS_A_PERSON: usize = 50;

#[derive(Clone, Debug, Default)]
pub struct OverviewRows {
    /// Start of the hour, calls, failures; hours without a call are left out.
    pub hours: Vec<(UnixMillis, u32, u32)>,
    pub needs_a_person: Vec<Message>,
    pub failing: u32,
    pub in_progress: u32,
    pub rejected: u32,
}

impl Store {
    /// `since` begins the hours.
    pub async fn overview(&self, world: World, since: UnixMillis) -> Result<OverviewRows, StoreError> {
        self.read(move |connection| {
            let world = codec::world(world);
            let mut rows = OverviewRows::default();
            let mut statement = connection.prepare_cached(
                "SELECT starts_at, calls, failures FROM hourly WHERE world = ? AND starts_at >= ? ORDER BY starts_at",
            )?;
            let hours = statement
                .query_map(params![world, since.0], |row| Ok((codec::time(row, 0)?, row.get(1)?, row.get(2)?)))?;
            rows.hours = hours.collect::<Result<_, _>>()?;

            for of_which in [
                "progress = 2",
                "progress = 1 AND (exception LIKE '%\"waitsForOperator\"%' OR exception LIKE '%\"waitsForUpload\"%')",
            ] {
                let mut statement = connection.prepare_cached(&format!(
                    "SELECT {} FROM message WHERE world = ?1 AND progress <> 0 AND {of_which} ORDER BY received_at LIMIT ?2",
                    messages::COLUMNS
                ))?;
                let room = i64::try_from(NEEDS_A_PERSON.saturating_sub(rows.needs_a_person.len())).unwrap_or(0);
                let needs = statement.query_map(params![world, room], messages::read)?;
                rows.needs_a_person.extend(needs.collect::<Result<Vec<_>, _>>()?);
            }

            let mut count = connection
                .prepare_cached("SELECT count(*) FROM message WHERE world = ? AND progress = ? AND progress <> 0")?;
            rows.in_progress = count.query_row([world, 1], |row| row.get(0))?;
            rows.failing = count.query_row([world, 2], |row| row.get(0))?;
            rows.rejected =
                connection.prepare_cached("SELECT count(*) FROM rejected")?.query_row((), |row| row.get(0))?;
            Ok(rows)
        })
        .await
    }
}
