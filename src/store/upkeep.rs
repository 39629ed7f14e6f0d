//! Keeping the file small: what no longer matters goes. Nothing that still fails is ever touched.

use std::sync::PoisonError;

use rusqlite::params;

use super::{Store, StoreError};
use crate::protocol::UnixMillis;

/// The hours of the overview, and a margin.
const HOURS_KEPT_MILLIS: i64 = 8 * 24 * 3_600_000;
/// Questions are asked again and again: the newest attempts tell enough.
const ATTEMPTS_KEPT_OF_A_QUERY: i64 = 20;

impl Store {
    pub async fn clean_up(&self, now: UnixMillis) -> Result<(), StoreError> {
        let nonces = self.inner.nonces.clone();
        self.inner
            .writer
            .run(move |connection| {
                nonces.lock().unwrap_or_else(PoisonError::into_inner).forget_old(connection, now)?;
                connection
                    .prepare_cached("DELETE FROM hourly WHERE starts_at < ?")?
                    .execute([now.0 - HOURS_KEPT_MILLIS])?;
                // The first attempt keeps the request that a retry needs.
                connection
                    .prepare_cached(
                        "DELETE FROM attempt WHERE id IN (
                             SELECT id FROM (
                                 SELECT attempt.id, row_number() OVER newest AS place, row_number() OVER oldest AS age
                                 FROM attempt JOIN message ON message.id = attempt.message_id
                                 WHERE activity IN ('queryInstance', 'order/query', 'license/heartbeat') AND progress = 0 AND attempts > ?1
                                 WINDOW newest AS (PARTITION BY message_id ORDER BY attempt.id DESC),
                                        oldest AS (PARTITION BY message_id ORDER BY attempt.id)
                             ) WHERE place > ?1 AND age > 1)",
                    )?
                    .execute(params![ATTEMPTS_KEPT_OF_A_QUERY])?;
                Ok(())
            })
            .await
    }
}
