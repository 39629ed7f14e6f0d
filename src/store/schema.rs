//! Opening the file and bringing it to this version's schema. Migrations are numbered by `PRAGMA user_version` and only
//! ever added; before one runs, the file is copied.

use std::{
    fs::OpenOptions,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, TransactionBehavior, config::DbConfig};

use super::StoreError;

/// Entry N brings the schema from N to N + 1.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_spine.sql"),
    include_str!("migrations/0002_fewer_indices.sql"),
    include_str!("migrations/0003_every_callback.sql"),
    include_str!("migrations/0004_open_apis.sql"),
    include_str!("migrations/0005_kit_order.sql"),
    include_str!("migrations/0006_usage_pull.sql"),
    include_str!("migrations/0007_debugging.sql"),
    include_str!("migrations/0008_imports.sql"),
    include_str!("migrations/0009_limits.sql"),
    include_str!("migrations/0010_registers.sql"),
    include_str!("migrations/0011_reply_templates.sql"),
    include_str!("migrations/0012_settlement.sql"),
    include_str!("migrations/0013_targets.sql"),
    include_str!("migrations/0014_order_imports.sql"),
    include_str!("migrations/0015_usage_corrections.sql"),
    include_str!("migrations/0016_usage_pushes.sql"),
    include_str!("migrations/0017_shared_exchanges.sql"),
    include_str!("migrations/0018_license_files.sql"),
    include_str!("migrations/0019_payments.sql"),
    include_str!("migrations/0020_noted_by_hand.sql"),
    include_str!("migrations/0021_told.sql"),
    include_str!("migrations/0022_refused_questions.sql"),
    include_str!("migrations/0023_template_changes.sql"),
    include_str!("migrations/0024_found_by_what_is_asked.sql"),
    include_str!("migrations/0025_nonces_by_time.sql"),
    include_str!("migrations/0026_repeated_bodies.sql"),
    include_str!("migrations/0027_purchases_of_v1.sql"),
];

/// `auto_vacuum`: what was deleted can be given back, a few pages at a time.
pub(super) const INCREMENTAL: i64 = 2;

/// Longer than a commit of another process takes, shorter than KooGallery waits.
const BUSY_TIMEOUT: Duration = Duration::from_millis(2_500);

pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    open_with(path, MIGRATIONS)
}

fn open_with(path: &Path, migrations: &[&str]) -> Result<Connection, StoreError> {
    let cannot_open = |reason: rusqlite::Error| StoreError::Open { path: path.to_owned(), reason: reason.to_string() };
    make_private(path);
    let mut connection = Connection::open(path).map_err(cannot_open)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(cannot_open)?;
    if std::fs::metadata(path).is_ok_and(|file| file.len() == 0) {
        // Of use only before anything lies in the file.
        connection.pragma_update(None, "auto_vacuum", INCREMENTAL).map_err(cannot_open)?;
    }
    configure(&connection).map_err(cannot_open)?;
    migrate(&mut connection, path, migrations)?;
    Ok(connection)
}

/// A new file is for its owner's eyes alone; what SQLite puts beside it gets the same permissions. Where it cannot be
/// made, opening it will say why.
pub(super) fn make_private(path: &Path) {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    drop(options.open(path));
}

fn configure(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -16_000)?;
    // What a savepoint may have to put back is not worth a file.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // 16 MB: under load the same pages change again and again, and each checkpoint waits for the disk twice.
    connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    // Otherwise many statements would be parsed anew with every value that is bound to them.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(())
}

fn migrate(connection: &mut Connection, path: &Path, migrations: &[&str]) -> Result<(), StoreError> {
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    let from = version(connection)?;
    if from == known {
        return Ok(());
    }
    if from > known {
        return Err(StoreError::TooNew { path: path.to_owned(), found: from, known });
    }
    let backup = if from > 0 { back_up(connection, path, from)? } else { PathBuf::new() };
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have migrated while this one waited for the lock.
    let from = transaction.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))?;
    for (step, sql) in (0..).zip(migrations).skip(usize::try_from(from).unwrap_or(0)) {
        transaction.execute_batch(sql).map_err(|error| StoreError::Migration {
            path: path.to_owned(),
            from: step,
            to: step + 1,
            reason: error.to_string(),
            backup: backup.clone(),
        })?;
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}

/// Whether the file is this program's, and not a newer version's.
pub(super) fn check_version(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    match version(connection) {
        Ok(found) if found > known => Err(StoreError::TooNew { path: path.to_owned(), found, known }),
        Ok(found) if found > 0 => Ok(()),
        Ok(_) => Err(StoreError::Open { path: path.to_owned(), reason: "it is another program's".to_owned() }),
        Err(error) => Err(StoreError::Open { path: path.to_owned(), reason: error.to_string() }),
    }
}

fn version(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

fn back_up(connection: &Connection, path: &Path, version: i64) -> Result<PathBuf, StoreError> {
    let backup = path.with_extension(format!("schema{version}.bak"));
    make_private(&backup);
    connection.backup(rusqlite::MAIN_DB, &backup, None::<fn(rusqlite::backup::Progress)>)?;
    Ok(backup)
}

#[cfg(test)]
mod tests {
    use rusqlite::types::FromSql;

    use super::*;

    fn file() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sellerdesk.db");
        (dir, path)
    }

    fn column<T: FromSql>(connection: &Connection, sql: &str) -> Vec<Option<T>> {
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map((), |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn a_fresh_file_is_brought_to_the_newest_schema_and_opens_again() {
        let (_dir, path) = file();
        for _ in 0..2 {
            let connection = open(&path).unwrap();
            assert_eq!(version(&connection).unwrap(), i64::try_from(MIGRATIONS.len()).unwrap());
            assert_eq!(connection.pragma_query_value(None, "auto_vacuum", |row| row.get::<_, i64>(0)), Ok(INCREMENTAL));
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_file_and_what_lies_beside_it_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let (dir, path) = file();
        let _open = open(&path).unwrap();
        let modes: Vec<u32> = std::fs::read_dir(&dir)
            .unwrap()
            .map(|entry| entry.unwrap().metadata().unwrap().permissions().mode() & 0o777)
            .collect();
        assert!(modes.len() >= 2 && modes.iter().all(|mode| *mode == 0o600), "{modes:?}");
    }

    #[test]
    fn a_file_from_a_newer_version_is_refused() {
        let (_dir, path) = file();
        open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
        let error = open(&path).unwrap_err().to_string();
        assert!(error.contains("newer Sellerdesk (schema 99"), "{error}");
    }

    /// What an earlier version kept is found by this one.
    #[test]
    fn messages_and_instances_of_the_first_schema_are_taken_along() {
        let (_dir, path) = file();
        let old = open_with(&path, &MIGRATIONS[..1]).unwrap();
        old.execute_batch(
            "INSERT INTO message (id, world, key, ordinal, endpoint, activity, order_id, order_line_id, instance_id,
                                  progress, attempts, received_at, last_attempt_at)
             VALUES (7, 0, 'newInstance/CS1/CS1-000001', 0, 'main', 'newInstance', 'CS1', 'CS1-000001', 'i-1', 0, 1, 1, 1),
                    (8, 0, 'newInstance/CS2/L2', 0, 'main', 'newInstance', 'CS2', 'L2', 'i-2', 0, 1, 1, 1);
             INSERT INTO instance (world, instance_id, order_id, order_line_id, endpoint, status, created_at, changed_at)
             VALUES (0, 'i-1', 'CS1', 'CS1-000001', 'main', 'active', 1, 1);
             INSERT INTO nonce VALUES ('used', 1);",
        )
        .unwrap();
        drop(old);
        let new = open(&path).unwrap();
        let one = |sql: &str| new.query_row(sql, (), |row| row.get::<_, String>(0)).unwrap();
        assert_eq!(one("SELECT key FROM message WHERE id = 7"), "newInstance/CS1-000001");
        assert_eq!(one("SELECT key FROM message WHERE id = 8"), "newInstance/CS2/L2");
        assert_eq!(one("SELECT bought_by || status FROM instance WHERE instance_id = 'i-1'"), "7active");
        assert_eq!(one("SELECT text FROM nonce"), "used");
    }

    /// Of what an earlier version kept, attempts tell what KooGallery heard.
    #[test]
    fn what_koogallery_was_told_before_is_read_from_the_attempts() {
        let (_dir, path) = file();
        let told = MIGRATIONS.iter().position(|sql| sql.contains("message_at_risk")).unwrap();
        let old = open_with(&path, &MIGRATIONS[..told]).unwrap();
        for id in 1..=5 {
            old.execute(
                "INSERT INTO message (id, world, key, ordinal, endpoint, activity, order_id, progress, attempts,
                                      received_at, last_attempt_at, wire)
                 VALUES (?1, 0, ?1, 0, 'main', 'newInstance', 'CS', iif(?1 = 5, 2, 0), 1, 7, 7, 'v2')",
                [id],
            )
            .unwrap();
        }
        old.execute_batch(
            "INSERT INTO attempt (message_id, origin, started_at, ended_at, result_code)
             VALUES (1, 0, 7, 8, '000005'), (1, 0, 9, 10, '000000'), (1, 0, 11, 12, '000000'),
                    (2, 0, 7, 8, '000005'), (2, 1, 9, 10, '000000'),
                    (3, 0, 7, 8, '000004'), (3, 1, 9, 10, '000000'),
                    (5, 0, 7, 8, '000005');",
        )
        .unwrap();
        drop(old);
        let new = open(&path).unwrap();
        let told: Vec<Option<i64>> = column(&new, "SELECT told_at FROM message ORDER BY id");
        // By a call; by nobody; when it asked; by attempts that are kept no more; not done.
        assert_eq!(told, [Some(10), None, Some(10), Some(7), None]);
    }

    #[test]
    fn purchases_that_releases_of_v1_made_unsubscriptions_of_are_purchases_again() {
        let (_dir, path) = file();
        let mended = MIGRATIONS.iter().position(|sql| sql.contains("an unsubscription of the purchase")).unwrap();
        let old = open_with(&path, &MIGRATIONS[..mended]).unwrap();
        old.execute_batch(
            "INSERT INTO message (id, world, key, ordinal, endpoint, activity, order_id, progress, attempts, received_at,
                                  last_attempt_at, wire)
             VALUES (1, 0, 'newInstance/BOUGHT', 0, 'main', 'newInstance', 'BOUGHT', 0, 1, 7, 7, 'v1'),
                    (2, 0, 'newInstance/TRIED', 0, 'main', 'newInstance', 'TRIED', 0, 1, 7, 7, 'v1'),
                    (3, 0, 'newInstance/ASKED', 0, 'main', 'newInstance', 'ASKED', 0, 1, 7, 7, 'v1'),
                    (4, 0, 'releaseInstance/i', 0, 'main', 'releaseInstance', 'GIVEN-BACK', 0, 1, 7, 7, 'v2'),
                    (5, 0, 'newInstance/FORGOTTEN', 0, 'main', 'newInstance', 'FORGOTTEN', 0, 1, 7, 7, 'v1');
             INSERT INTO attempt (id, message_id, origin, started_at) VALUES (1, 1, 0, 7), (2, 2, 0, 7);
             INSERT INTO attempt_raw (attempt_id, request_query, request_body)
             VALUES (1, 'activity=newInstance&orderId=BOUGHT', ''), (2, 'activity=newInstance&trialFlag=1', '');
             INSERT INTO order_line (id, world, order_id, order_line_id, order_type, queried_at, extend_params,
                                     created_at, changed_at)
             VALUES (1, 0, 'BOUGHT', '', 'UNSUBSCRIBE', NULL, '{}', 7, 7),
                    (2, 0, 'TRIED', '', 'UNSUBSCRIBE', NULL, '{}', 7, 7),
                    (3, 0, 'ASKED', '', 'UNSUBSCRIBE', 8, '{}', 7, 7),
                    (4, 0, 'GIVEN-BACK', 'l', 'UNSUBSCRIBE', NULL, '{}', 7, 7),
                    (5, 0, 'FORGOTTEN', '', 'UNSUBSCRIBE', NULL, '{}', 7, 7);",
        )
        .unwrap();
        drop(old);
        let new = open(&path).unwrap();
        let types: Vec<Option<String>> = column(&new, "SELECT order_type FROM order_line ORDER BY id");
        let types: Vec<Option<&str>> = types.iter().map(Option::as_deref).collect();
        assert_eq!(types, [Some("NEW"), Some("TRIAL"), Some("UNSUBSCRIBE"), Some("UNSUBSCRIBE"), None]);
    }

    #[test]
    fn a_failing_step_changes_nothing_and_leaves_a_copy() {
        let (_dir, path) = file();
        let first = "CREATE TABLE a (x INTEGER) STRICT;";
        open_with(&path, &[first]).unwrap().execute("INSERT INTO a VALUES (7)", ()).unwrap();
        let error = open_with(&path, &[first, "ALTER TABLE a ADD COLUMN y TEXT; CREATE TABLE broken ("]).unwrap_err();
        let StoreError::Migration { from: 1, to: 2, backup, .. } = error else { panic!("{error}") };
        let copied: i64 = Connection::open(backup).unwrap().query_row("SELECT x FROM a", (), |row| row.get(0)).unwrap();
        assert_eq!(copied, 7);
        let columns: i64 = open_with(&path, &[first])
            .unwrap()
            .query_row("SELECT count(*) FROM pragma_table_info('a')", (), |row| row.get(0))
            .unwrap();
        assert_eq!(columns, 1);
    }
}
