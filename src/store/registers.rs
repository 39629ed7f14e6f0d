//! Entries of registers, and every change of them. What an entry may say is the domain's to know.

use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::{ImportWatch, Store, StoreError, codec};
use crate::{
    domain::register::{Entry, EntryChange, KeptEntry, NewEntry, RegisterKind},
    protocol::UnixMillis,
};

/// How many entries were added, and how many changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EntriesPut {
    pub added: usize,
    pub changed: usize,
    /// As they were before.
    pub same: usize,
    /// The id of the last one.
    pub last: Option<i64>,
}

fn read(row: &Row<'_>) -> Result<KeptEntry, rusqlite::Error> {
    let fields: String = row.get(2)?;
    Ok(KeptEntry {
        id: row.get(0)?,
        kind: row.get::<_, String>(1)?.parse().unwrap_or_default(),
        entry: Entry { values: serde_json::from_str(&fields).unwrap_or_default(), state: row.get(3)? },
        changed_by: row.get(4)?,
        changed_at: codec::time(row, 5)?,
    })
}

const COLUMNS: &str = "id, kind, fields, state, changed_by, changed_at";

fn by_id(connection: &Connection, kind: RegisterKind, id: i64, removed: bool) -> Result<Option<KeptEntry>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM register_entry WHERE id = ? AND kind = ? AND removed = ?");
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_row(params![id, kind.name(), removed], read).optional()?)
}

fn to_text<T: serde::Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Sqlite(error.to_string()))
}

struct Change<'a> {
    id: i64,
    by: &'a str,
    at: UnixMillis,
    before: Option<&'a Entry>,
    after: Option<&'a Entry>,
}

fn note(connection: &Connection, change: &Change<'_>) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO register_change (entry, changed_at, changed_by, before, after) VALUES (?, ?, ?, ?, ?)",
        )?
        .execute(params![
            change.id,
            change.at.0,
            change.by,
            change.before.map(to_text).transpose()?,
            change.after.map(to_text).transpose()?,
        ])?;
    Ok(())
}

fn put(
    connection: &Connection,
    kind: RegisterKind,
    (NewEntry { id, entry }, due): &(NewEntry, Option<Date>),
    (by, now): (&str, UnixMillis),
    told: &mut EntriesPut,
) -> Result<(), StoreError> {
    let fields = to_text(&entry.values)?;
    let due = due.map(|due| due.to_string());
    let known = match *id {
        Some(id) => by_id(connection, kind, id, false)?,
        None => None,
    };
    let id = match &known {
        Some(known) if known.entry == *entry => {
            told.same += 1;
            told.last = Some(known.id);
            return Ok(());
        }
        Some(known) => {
            connection
                .prepare_cached(
                    "UPDATE register_entry SET fields = ?, state = ?, due = ?, changed_by = ?, changed_at = ? WHERE id = ?",
                )?
                .execute(params![fields, entry.state, due, by, now.0, known.id])?;
            told.changed += 1;
            known.id
        }
        None => {
            connection
                .prepare_cached(
                    "INSERT INTO register_entry (kind, fields, state, due, changed_by, changed_at)
                     VALUES (?, ?, ?, ?, ?, ?)",
                )?
                .execute(params![kind.name(), fields, entry.state, due, by, now.0])?;
            told.added += 1;
            connection.last_insert_rowid()
        }
    };
    told.last = Some(id);
    note(connection, &Change { id, by, at: now, before: known.as_ref().map(|known| &known.entry), after: Some(entry) })
}

fn read_change(row: &Row<'_>) -> Result<EntryChange, rusqlite::Error> {
    let entry = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok());
    Ok(EntryChange { at: codec::time(row, 0)?, by: row.get(1)?, before: entry(row.get(2)?), after: entry(row.get(3)?) })
}

impl Store {
    /// Every entry of every register.
    pub async fn register_entries(&self) -> Result<Vec<KeptEntry>, StoreError> {
        self.read(move |connection| {
            let sql = format!("SELECT {COLUMNS} FROM register_entry WHERE removed = 0 ORDER BY id");
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map((), read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Keeps all of these, each with when it is due, or none. An id that is not known any more makes a new entry.
    pub async fn put_register_entries(
        &self,
        kind: RegisterKind,
        entries: Vec<(NewEntry, Option<Date>)>,
        by: String,
        now: UnixMillis,
        watch: ImportWatch,
    ) -> Result<EntriesPut, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let mut told = EntriesPut::default();
                watch.each(&entries, |entry| put(connection, kind, entry, (&by, now), &mut told))?;
                Ok(told)
            })
            .await
    }

    /// Removes an entry, or puts a removed one back. `None` where there is none.
    pub async fn remove_register_entry(
        &self,
        kind: RegisterKind,
        id: i64,
        removed: bool,
        by: String,
        now: UnixMillis,
    ) -> Result<Option<Entry>, StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                let Some(known) = by_id(connection, kind, id, !removed)? else { return Ok(None) };
                connection
                    .prepare_cached(
                        "UPDATE register_entry SET removed = ?, changed_by = ?, changed_at = ? WHERE id = ?",
                    )?
                    .execute(params![removed, by, now.0, id])?;
                let (before, after) = if removed { (Some(&known.entry), None) } else { (None, Some(&known.entry)) };
                note(connection, &Change { id, by: &by, at: now, before, after })?;
                Ok(Some(known.entry))
            })
            .await
    }

    /// Every change of a register, newest first, with the entry's id.
    pub async fn register_changes(
        &self,
        kind: RegisterKind,
        at_most: usize,
    ) -> Result<Vec<(i64, EntryChange)>, StoreError> {
        let at_most = i64::try_from(at_most).unwrap_or(i64::MAX);
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT register_change.changed_at, register_change.changed_by, before, after, entry FROM register_change
                 JOIN register_entry ON register_entry.id = entry WHERE kind = ?
                 ORDER BY register_change.id DESC LIMIT ?",
            )?;
            let rows = statement.query_map(params![kind.name(), at_most], |row| Ok((row.get(4)?, read_change(row)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    /// Every change of an entry, newest first.
    pub async fn register_history(&self, id: i64) -> Result<Vec<EntryChange>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT changed_at, changed_by, before, after FROM register_change WHERE entry = ? ORDER BY id DESC",
            )?;
            let rows = statement.query_map([id], read_change)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}
