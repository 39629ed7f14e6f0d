//! The nonces of verified calls: kept in the file, so that none is used twice after a restart either, and looked up in
//! memory, because random keys in an index would cost every commit a page of their own.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::StoreError;
use crate::protocol::UnixMillis;

/// A nonce is of use as long as its call would be fresh, clocks of both sides off included.
const KEPT_MILLIS: i64 = 15 * 60_000;

/// Forgotten in one unit of work, so that no call waits for long.
const AT_A_TIME: i64 = 2_000;

/// What the file holds, as far as this process knows. Another process's entries show by a gap in the row ids, which only ever
/// grow: the newest row is never forgotten.
#[derive(Default)]
pub(super) struct Nonces {
    /// With the ids of their rows.
    seen: HashMap<String, i64>,
    newest: Option<i64>,
}

impl Nonces {
    /// Whether nobody used it before; it is used from now on.
    pub(super) fn take(&mut self, connection: &Connection, text: &str, now: UnixMillis) -> Result<bool, StoreError> {
        if let Some(id) = self.seen.remove(text)
            && is_kept(connection, id, text)?
        {
            self.seen.insert(text.to_owned(), id);
            return Ok(false);
        }
        connection.prepare_cached("INSERT INTO nonce (text, seen_at) VALUES (?, ?)")?.execute(params![text, now.0])?;
        let id = connection.last_insert_rowid();
        let known = self.newest.unwrap_or(0);
        if known < id - 1 {
            self.read(connection, known, id)?;
        }
        self.newest = Some(id);
        // Where another process used it, the look into the file found it.
        Ok(self.seen.insert(text.to_owned(), id).is_none())
    }

    fn read(&mut self, connection: &Connection, after: i64, before: i64) -> Result<(), StoreError> {
        let mut statement = connection.prepare_cached("SELECT text, id FROM nonce WHERE id > ? AND id < ?")?;
        for row in statement.query_map([after, before], |row| Ok((row.get(0)?, row.get(1)?)))? {
            let (text, id) = row?;
            self.seen.insert(text, id);
        }
        Ok(())
    }

    /// Forgets some of what is too old to be called again. Whether there is more.
    pub(super) fn forget_old(&mut self, connection: &Connection, now: UnixMillis) -> Result<bool, StoreError> {
        let mut statement = connection.prepare_cached(
            "DELETE FROM nonce WHERE id IN (SELECT id FROM nonce WHERE seen_at < ? ORDER BY seen_at LIMIT ?)
                 AND id < (SELECT max(id) FROM nonce)
             RETURNING text, id",
        )?;
        let mut forgotten = 0;
        for row in statement.query_map([now.0 - KEPT_MILLIS, AT_A_TIME], |row| Ok((row.get(0)?, row.get(1)?)))? {
            let (text, id): (String, i64) = row?;
            // Another process may have used the same text later.
            if self.seen.get(&text) == Some(&id) {
                self.seen.remove(&text);
            }
            forgotten += 1;
        }
        if forgotten == AT_A_TIME {
            return Ok(true);
        }
        self.drop_what_others_forgot(connection)?;
        Ok(false)
    }

    /// Another process that cleans up the same file leaves this one's memory alone.
    fn drop_what_others_forgot(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let oldest: Option<i64> =
            connection.prepare_cached("SELECT min(id) FROM nonce")?.query_row((), |row| row.get(0))?;
        let (Some(oldest), Some(newest)) = (oldest, self.newest) else { return Ok(()) };
        let at_most = usize::try_from(newest - oldest + 1).unwrap_or(0);
        if self.seen.len() > at_most {
            self.seen.retain(|_, id| *id >= oldest);
        }
        Ok(())
    }
}

/// What was taken in a unit of work that was undone is free.
fn is_kept(connection: &Connection, id: i64, text: &str) -> Result<bool, StoreError> {
    let mut statement = connection.prepare_cached("SELECT 1 FROM nonce WHERE id = ? AND text = ?")?;
    Ok(statement.exists(params![id, text])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "CREATE TABLE nonce (id INTEGER PRIMARY KEY, text TEXT, seen_at INTEGER);
                 CREATE INDEX nonce_by_time ON nonce (seen_at);",
            )
            .unwrap();
        connection
    }

    const NOW: UnixMillis = UnixMillis(1_790_000_000_000);

    #[test]
    fn a_nonce_can_be_taken_once_whoever_took_it() {
        let connection = table();
        let (mut one, mut other) = (Nonces::default(), Nonces::default());
        assert!(one.take(&connection, "a", NOW).unwrap());
        assert!(!one.take(&connection, "a", NOW).unwrap());
        assert!(!other.take(&connection, "a", NOW).unwrap(), "after a restart");
        assert!(other.take(&connection, "b", NOW).unwrap());
        assert!(one.take(&connection, "c", NOW).unwrap());
        assert!(!one.take(&connection, "b", NOW).unwrap(), "another process took it");
    }

    #[test]
    fn what_was_undone_or_forgotten_is_free_again() {
        let mut connection = table();
        let mut nonces = Nonces::default();
        assert!(nonces.take(&connection, "kept", NOW).unwrap());
        let transaction = connection.transaction().unwrap();
        assert!(nonces.take(&transaction, "undone", NOW).unwrap());
        transaction.rollback().unwrap();
        assert!(nonces.take(&connection, "undone", NOW).unwrap());
        assert!(!nonces.take(&connection, "undone", NOW).unwrap());
        assert!(nonces.take(&connection, "next", NOW).unwrap());
        assert!(!nonces.take(&connection, "kept", NOW).unwrap());
        assert!(!nonces.forget_old(&connection, NOW.plus_millis(KEPT_MILLIS + 1)).unwrap());
        assert!(nonces.take(&connection, "kept", NOW).unwrap());
    }

    #[test]
    fn what_is_left_is_not_read_again_and_what_is_old_goes_a_portion_at_a_time() {
        let connection = table();
        let (mut one, mut other) = (Nonces::default(), Nonces::default());
        let rows = |connection: &Connection| connection.query_row("SELECT count(*) FROM nonce", (), |row| row.get(0));
        let many = AT_A_TIME + 10;
        for number in 0..many {
            assert!(one.take(&connection, &format!("old {number}"), NOW).unwrap());
        }
        let later = NOW.plus_millis(KEPT_MILLIS);
        assert!(one.take(&connection, "young", later).unwrap());
        assert!(!other.take(&connection, "old 7", later).unwrap(), "the other process read them all");
        let after = later.plus_millis(1);
        assert!(one.forget_old(&connection, after).unwrap(), "there are more");
        assert!(!one.forget_old(&connection, after).unwrap());
        assert_eq!(rows(&connection), Ok(2), "the young one, and the row that the other process wrote");
        assert_eq!(one.seen.len(), 1);
        assert!(!one.take(&connection, "young", later).unwrap());
        assert!(!other.forget_old(&connection, after).unwrap());
        assert_eq!(other.seen.len(), 2, "what another process forgot takes no room either");
        assert!(!other.take(&connection, "young", later).unwrap());
    }
}
