//! The nonces of verified calls: kept in the file, so that none is used twice after a restart either, and looked up in
//! memory, because random keys in an index would cost every commit a page of their own.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::StoreError;
use crate::protocol::UnixMillis;

/// A nonce is of use as long as its call would be fresh, clocks of both sides off included.
const KEPT_MILLIS: i64 = 15 * 60_000;

/// What the file holds, as far as this process knows. Another process's entries show by a gap in the row ids.
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
        if self.newest != Some(id - 1) {
            self.read(connection, id)?;
        }
        self.newest = Some(id);
        // Where another process used it, the look into the file found it.
        Ok(self.seen.insert(text.to_owned(), id).is_none())
    }

    fn read(&mut self, connection: &Connection, before: i64) -> Result<(), StoreError> {
        let mut statement = connection.prepare_cached("SELECT text, id FROM nonce WHERE id < ?")?;
        self.seen = statement.query_map([before], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        Ok(())
    }

    /// Forgets what is too old to be called again; the next look reads what is left.
    pub(super) fn forget_old(&mut self, connection: &Connection, now: UnixMillis) -> Result<(), StoreError> {
        connection.prepare_cached("DELETE FROM nonce WHERE seen_at < ?")?.execute([now.0 - KEPT_MILLIS])?;
        *self = Self::default();
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
        connection.execute_batch("CREATE TABLE nonce (id INTEGER PRIMARY KEY, text TEXT, seen_at INTEGER)").unwrap();
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
        nonces.forget_old(&connection, NOW.plus_millis(KEPT_MILLIS + 1)).unwrap();
        assert!(nonces.take(&connection, "kept", NOW).unwrap());
    }
}
