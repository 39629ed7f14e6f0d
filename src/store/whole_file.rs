//! The database file as a whole: a consistent copy of it made while others write, and what has to be sure before another
//! takes its place. Knows nothing of archives and of the other files of the data directory.

use std::{path::Path, path::PathBuf, time::Duration};

use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::{Store, StoreError, codec, schema};
use crate::sealing::SealKey;

/// How long others may still be at it before the file counts as in use.
const PATIENCE: Duration = Duration::from_millis(500);

impl Store {
    /// Writes what is committed into `to`, which must not be there yet. For its owner alone, without the pages that are free.
    pub async fn copy_to(&self, to: PathBuf) -> Result<(), StoreError> {
        self.read(move |connection| {
            let name = to.to_str().ok_or_else(|| StoreError::Sqlite(format!("{} is no text", to.display())))?;
            schema::make_private(&to);
            connection.execute("VACUUM INTO ?", [name])?;
            Ok(())
        })
        .await
    }
}

/// Whether the file is a whole database that this version can open. Changes nothing.
pub fn check_file(path: &Path) -> Result<(), StoreError> {
    let damaged = |reason: rusqlite::Error| StoreError::Open { path: path.to_owned(), reason: reason.to_string() };
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(damaged)?;
    schema::check_version(&connection, path)?;
    let verdict: String = connection.pragma_query_value(None, "quick_check", |row| row.get(0)).map_err(damaged)?;
    if verdict != "ok" {
        return Err(StoreError::Open { path: path.to_owned(), reason: verdict });
    }
    Ok(())
}

/// Whether this key opens what the file keeps sealed, by the newest access data in it.
pub fn is_sealed_with(path: &Path, key: &SealKey) -> Result<bool, StoreError> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let newest = connection
        .prepare("SELECT instance_id, app_info FROM instance WHERE app_info IS NOT NULL ORDER BY rowid DESC LIMIT 1")?
        .query_row((), |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)))
        .optional()?;
    Ok(newest.is_none_or(|(id, sealed)| codec::unseal_app_info(key, &id, &sealed).is_ok()))
}

/// Brings what lies beside the file into it, so that it can be moved as one, and makes sure that nobody else has it open. A
/// file that is damaged, or is not there, can be moved too.
pub fn make_movable(path: &Path) -> Result<(), StoreError> {
    if !path.exists() {
        return Ok(());
    }
    let one_file = || -> Result<String, rusqlite::Error> {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get(0))
    };
    match one_file().map_err(StoreError::from) {
        Ok(mode) if mode == "delete" => Ok(()),
        Ok(_) | Err(StoreError::Busy) => Err(StoreError::Busy),
        Err(error) => {
            tracing::warn!(%error, "the database that is replaced cannot be read");
            Ok(())
        }
    }
}
