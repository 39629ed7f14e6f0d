//! Up to when the seller's backend was asked for usage: one row, because there is one backend.

use rusqlite::{OptionalExtension as _, params};

use super::{Store, StoreError, codec};
use crate::protocol::UnixMillis;

impl Store {
    /// Up to when `source` was asked; `None` where another one, or none, was.
    pub async fn usage_pulled_until(&self, source: String) -> Result<Option<UnixMillis>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached("SELECT since FROM usage_pull WHERE source = ?")?;
            Ok(statement.query_row([source], |row| codec::time(row, 0)).optional()?)
        })
        .await
    }

    pub async fn put_usage_pulled(&self, source: String, until: UnixMillis) -> Result<(), StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                connection
                    .prepare_cached(
                        "INSERT INTO usage_pull (id, source, since) VALUES (1, ?, ?)
                         ON CONFLICT (id) DO UPDATE SET source = excluded.source, since = excluded.since",
                    )?
                    .execute(params![source, until.0])?;
                Ok(())
            })
            .await
    }
}
