//! Keeping the file small: what no longer matters goes. Nothing that still fails is ever touched.

use std::sync::PoisonError;

use rusqlite::params;

use super::{Store, StoreError};
use crate::protocol::UnixMillis;

const DAY_MILLIS: i64 = 24 * 3_600_000;
/// The hours of the overview, and a margin.
const HOURS_KEPT_MILLIS: i64 = 8 * DAY_MILLIS;
/// Of a message that succeeded. KooGallery asks again and again, and repeats what was done long ago; the newest attempts
/// tell enough, beside the first, which keeps the request that a retry needs, and the one that succeeded.
const ATTEMPTS_KEPT: i64 = 20;
/// So many of them, however old and long they are.
const ALWAYS_KEPT: i64 = 2;
const ATTEMPTS_KEPT_MILLIS: i64 = 90 * DAY_MILLIS;
/// What requests and answers of a message's newest attempts may take together.
const BYTES_KEPT: i64 = 512 * 1024;
/// Attempts that go in one unit of work, so that no call waits for long.
const AT_A_TIME: usize = 500;

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
                Ok(())
            })
            .await?;
        for ids in self.outlived_attempts(now).await?.chunks(AT_A_TIME) {
            let ids = serde_json::to_string(ids).unwrap_or_default();
            self.inner
                .writer
                .run(move |connection| {
                    // What failed again in the meantime keeps all of its history.
                    connection
                        .prepare_cached(
                            "DELETE FROM attempt WHERE id IN (SELECT value FROM json_each(?1))
                                 AND message_id IN (SELECT id FROM message WHERE id = message_id AND progress = 0)",
                        )?
                        .execute([ids])?;
                    Ok(())
                })
                .await?;
        }
        Ok(())
    }

    async fn outlived_attempts(&self, now: UnixMillis) -> Result<Vec<i64>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id FROM (
                     SELECT attempt.id, started_at,
                         row_number() OVER newest AS place,
                         row_number() OVER (PARTITION BY message_id ORDER BY attempt.id) AS age,
                         min(iif(attempt.result_code = '000000', attempt.id, NULL)) OVER (PARTITION BY message_id) AS succeeded,
                         sum(octet_length(request_query) + octet_length(request_body) + coalesce(octet_length(answer), 0))
                             OVER newest AS bytes
                     FROM message JOIN attempt ON attempt.message_id = message.id
                         LEFT JOIN attempt_raw ON attempt_raw.attempt_id = attempt.id
                     WHERE progress = 0 AND attempts > ?1
                     WINDOW newest AS (PARTITION BY message_id ORDER BY attempt.id DESC)
                 ) WHERE place > ?1 AND age > 1 AND id IS NOT succeeded
                     AND (place > ?2 OR started_at < ?3 OR bytes > ?4)",
            )?;
            let parameters = params![ALWAYS_KEPT, ATTEMPTS_KEPT, now.0 - ATTEMPTS_KEPT_MILLIS, BYTES_KEPT];
            let ids = statement.query_map(parameters, |row| row.get(0))?;
            Ok(ids.collect::<Result<_, _>>()?)
        })
        .await
    }
}
