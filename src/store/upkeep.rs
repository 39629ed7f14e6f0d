//! Keeping the file small: what no longer matters goes, and with it the room that it took. Nothing of what is unfinished is
//! ever forgotten, and of what is done only what passed over the wire.

use std::sync::PoisonError;

use rusqlite::params;

use super::{Store, StoreError, orders, schema::INCREMENTAL};
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
/// Pages that are given back in one unit of work.
const PAGES_AT_A_TIME: i64 = 256;
/// Room for what comes in next is left in the file: pages, and one in so many.
const FREE_PAGES_LEFT: i64 = 2_048;
const FREE_PART_LEFT: i64 = 20;

impl Store {
    /// `texts_days` after the last attempt at what is done, its requests and answers are forgotten.
    pub async fn clean_up(&self, now: UnixMillis, texts_days: u32) -> Result<(), StoreError> {
        loop {
            let nonces = self.inner.nonces.clone();
            let forget = self.inner.writer.run(move |connection| {
                nonces.lock().unwrap_or_else(PoisonError::into_inner).forget_old(connection, now)
            });
            if !forget.await? {
                break;
            }
        }
        self.inner
            .writer
            .run(move |connection| {
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
        self.keep_bodies_once().await?;
        self.forget_texts(UnixMillis(now.0 - i64::from(texts_days) * DAY_MILLIS)).await?;
        self.give_back_room().await
    }

    /// What is not done yet is called for again and again, mostly in the same words.
    async fn keep_bodies_once(&self) -> Result<(), StoreError> {
        let repeated = self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "WITH unfinished (first, message_id) AS (
                     SELECT (SELECT min(id) FROM attempt WHERE message_id = message.id), id FROM message
                     WHERE world IN (0, 1) AND progress IN (1, 2) AND progress <> 0 AND attempts > 1)
                 SELECT raw.attempt_id, first FROM unfinished
                 CROSS JOIN attempt_raw AS said ON said.attempt_id = first
                 CROSS JOIN attempt ON attempt.message_id = unfinished.message_id
                 CROSS JOIN attempt_raw AS raw ON raw.attempt_id = attempt.id
                 WHERE attempt.id > first AND raw.request_body <> '' AND raw.request_body = said.request_body",
            )?;
            let found = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(found.collect::<Result<Vec<(i64, i64)>, _>>()?)
        });
        for portion in repeated.await?.chunks(AT_A_TIME) {
            let portion = portion.to_vec();
            self.inner
                .writer
                .run(move |connection| {
                    let mut statement = connection.prepare_cached(
                        "UPDATE attempt_raw SET request_body = '', body_of = ?2 WHERE attempt_id = ?1
                             AND request_body = (SELECT request_body FROM attempt_raw WHERE attempt_id = ?2)",
                    )?;
                    for (id, first) in portion {
                        statement.execute([id, first])?;
                    }
                    Ok(())
                })
                .await?;
        }
        Ok(())
    }

    /// Of what is done, and was last tried before then. What orders are still to be put together from is not forgotten.
    async fn forget_texts(&self, before: UnixMillis) -> Result<(), StoreError> {
        let mut after = 0;
        while let Some((last, outlived)) = self.texts_from(after, before).await? {
            after = last;
            if outlived.is_empty() {
                continue;
            }
            let ids = serde_json::to_string(&outlived).unwrap_or_default();
            self.inner
                .writer
                .run(move |connection| {
                    connection
                        .prepare_cached(
                            "DELETE FROM attempt_raw WHERE attempt_id IN (SELECT value FROM json_each(?1))
                                 AND EXISTS (SELECT 1 FROM attempt JOIN message ON message.id = message_id
                                             WHERE attempt.id = attempt_id AND progress = 0 AND last_attempt_at < ?2)",
                        )?
                        .execute(params![ids, before.0])?;
                    Ok(())
                })
                .await?;
        }
        Ok(())
    }

    /// A portion of the attempts behind `after`, in the order in which they were made: the last of them, and those whose texts
    /// go. `None` once they are not old any more.
    async fn texts_from(&self, after: i64, before: UnixMillis) -> Result<Option<(i64, Vec<i64>)>, StoreError> {
        let limit = i64::try_from(AT_A_TIME).unwrap_or(i64::MAX);
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT attempt_id, started_at, progress = 0 AND last_attempt_at < ?2
                     AND attempt_id <= coalesce((SELECT read_to FROM bookmark WHERE reader = ?3), 0)
                 FROM attempt_raw CROSS JOIN attempt ON attempt.id = attempt_id
                     CROSS JOIN message ON message.id = attempt.message_id
                 WHERE attempt_id > ?1 ORDER BY attempt_id LIMIT ?4",
            )?;
            let mut rows = statement.query(params![after, before.0, orders::READER, limit])?;
            let (mut last, mut outlived) = (None, Vec::new());
            while let Some(row) = rows.next()? {
                if row.get::<_, i64>(1)? >= before.0 {
                    return Ok((!outlived.is_empty()).then_some((i64::MAX, outlived)));
                }
                let id = row.get(0)?;
                last = Some(id);
                if row.get(2)? {
                    outlived.push(id);
                }
            }
            Ok(last.map(|last| (last, outlived)))
        })
        .await
    }

    /// The room of what was deleted is used again, and given back where there is much of it. A file that an earlier version
    /// made keeps what it has.
    async fn give_back_room(&self) -> Result<(), StoreError> {
        loop {
            let give_back = self.inner.writer.run(|connection| {
                let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
                let left = FREE_PAGES_LEFT.max(number("page_count")? / FREE_PART_LEFT);
                let spare = number("freelist_count")? - left;
                if spare <= 0 || number("auto_vacuum")? != INCREMENTAL {
                    return Ok(false);
                }
                // Each step gives back a page.
                let mut statement =
                    connection.prepare(&format!("PRAGMA incremental_vacuum({})", spare.min(PAGES_AT_A_TIME)))?;
                let mut steps = statement.query(())?;
                while steps.next()?.is_some() {}
                Ok(spare > PAGES_AT_A_TIME)
            });
            if !give_back.await? {
                return Ok(());
            }
        }
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
