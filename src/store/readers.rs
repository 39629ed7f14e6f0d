//! Read-only connections, lent out one query at a time. Readers never hold up the writer.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags, Rows};

use super::{Store, StoreError};

/// Kept open between queries; more are opened when all are lent out.
const KEPT: usize = 4;

/// How many steps of SQLite's machine pass between two looks at a [`Cancel`].
const STEPS_BETWEEN_LOOKS: i32 = 20_000;

/// Ends a query from elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// How ids are asked for: until it is cancelled, and perhaps with the first of them before all are found.
#[derive(Default)]
pub struct Asked {
    pub cancel: Cancel,
    pub first: Option<FirstIds>,
}

pub type FirstIds = Box<dyn FnOnce(Vec<i64>) + Send>;

/// What fills a window.
pub(super) const FIRST: usize = 200;
/// A few are better than a wait.
const FEW_AFTER: Duration = Duration::from_millis(50);

impl From<Cancel> for Asked {
    fn from(cancel: Cancel) -> Self {
        Self { cancel, first: None }
    }
}

/// All ids, in order; the first of them are told on the way.
pub(super) fn ids(mut rows: Rows<'_>, mut first: Option<FirstIds>) -> Result<Vec<i64>, StoreError> {
    let began = Instant::now();
    let mut ids = Vec::new();
    while let Some(row) = rows.next()? {
        ids.push(row.get(0)?);
        if first.is_some()
            && (ids.len() == FIRST || began.elapsed() >= FEW_AFTER)
            && let Some(tell) = first.take()
        {
            tell(ids.clone());
        }
    }
    Ok(ids)
}

pub(super) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    /// `data_version` compares what one and the same connection saw.
    watcher: Mutex<Option<Connection>>,
}

impl Readers {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), idle: Mutex::new(Vec::new()), watcher: Mutex::new(None) }
    }

    fn lend(&self) -> Result<Connection, StoreError> {
        match self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            Some(connection) => Ok(connection),
            None => self.open(),
        }
    }

    pub(super) fn open(&self) -> Result<Connection, StoreError> {
        let connection = Connection::open_with_flags(
            &self.path,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection.busy_timeout(Duration::from_secs(2))?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(connection)
    }

    /// Gives back what lies idle, so that the writer closes the file as the last one and tidies up beside it.
    pub(super) fn close(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.watcher.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    pub(super) fn take_back(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT {
            idle.push(connection);
        }
    }
}

impl Store {
    pub(super) async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.read_cancellable(Cancel::default(), query).await
    }

    pub(super) async fn read_cancellable<T: Send + 'static>(
        &self,
        cancel: Cancel,
        query: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let store = self.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let mut connection = store.inner.readers.lend()?;
            let flag = cancel.0;
            connection.progress_handler(STEPS_BETWEEN_LOOKS, Some(move || flag.load(Ordering::Relaxed)))?;
            let result = query(&connection);
            connection.progress_handler(0, None::<fn() -> bool>)?;
            store.inner.readers.take_back(connection);
            result
        });
        reading.await.map_err(|_panicked| StoreError::Panicked)?
    }

    /// Looks whether another process has written since the last look, and ticks the revision if so. Cheap: reads no page.
    pub async fn look_for_foreign_writes(&self, last: Option<i64>) -> Result<i64, StoreError> {
        let store = self.clone();
        let now = tokio::task::spawn_blocking(move || {
            let readers = &store.inner.readers;
            let mut watcher = readers.watcher.lock().unwrap_or_else(PoisonError::into_inner);
            let connection = match watcher.take() {
                Some(connection) => connection,
                None => readers.open()?,
            };
            let version = connection.pragma_query_value(None, "data_version", |row| row.get::<_, i64>(0));
            *watcher = Some(connection);
            version.map_err(StoreError::from)
        })
        .await
        .map_err(|_panicked| StoreError::Panicked)??;
        if last.is_some_and(|last| last != now) {
            self.inner.revision.send_modify(|revision| *revision += 1);
        }
        Ok(now)
    }
}
