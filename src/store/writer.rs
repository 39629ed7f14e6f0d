//! The one thread that writes. Whatever is queued while it commits becomes the next batch, so a lone write waits for
//! nothing and a crowd shares one fsync.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot, watch};

use super::StoreError;

const QUEUE: usize = 1024;
const MAX_BATCH: usize = 256;

/// Tells the asker, once the fate of the commit is known.
type Acknowledge = Box<dyn FnOnce(Result<(), StoreError>) + Send>;
type Job = Box<dyn UnitOfWork>;

trait UnitOfWork: Send {
    /// The error, where there was one, is told to the asker as well.
    fn run(self: Box<Self>, connection: &Connection) -> (Acknowledge, Option<StoreError>);
    fn refuse(self: Box<Self>, error: StoreError);
}

struct Asked<W, T> {
    work: W,
    asker: oneshot::Sender<Result<T, StoreError>>,
}

impl<W, T> UnitOfWork for Asked<W, T>
where
    W: FnOnce(&Connection) -> Result<T, StoreError> + Send,
    T: Send + 'static,
{
    fn run(self: Box<Self>, connection: &Connection) -> (Acknowledge, Option<StoreError>) {
        let Self { work, asker } = *self;
        let result = in_savepoint(connection, work);
        let error = result.as_ref().err().cloned();
        // The asker may be gone; what was done stays done.
        let acknowledge = |committed: Result<(), StoreError>| {
            drop(asker.send(result.and_then(|value| committed.map(|()| value))));
        };
        (Box::new(acknowledge), error)
    }

    fn refuse(self: Box<Self>, error: StoreError) {
        drop(self.asker.send(Err(error)));
    }
}

enum Order {
    Run(Job),
    Close(oneshot::Sender<()>),
}

pub(super) struct Writer {
    orders: mpsc::Sender<Order>,
}

/// Whom the writer tells.
pub(super) struct Told {
    /// Ticks with every batch.
    pub(super) revision: watch::Sender<u64>,
    /// Why the last batch could not be kept; `None` where it was.
    pub(super) trouble: watch::Sender<Option<StoreError>>,
}

impl Told {
    fn of(&self, committed: Result<(), StoreError>) {
        let trouble = committed.err();
        self.trouble.send_if_modified(|known| {
            let in_words = |error: &Option<StoreError>| error.as_ref().map(ToString::to_string);
            let news = in_words(known) != in_words(&trouble);
            *known = trouble;
            news
        });
        self.revision.send_modify(|revision| *revision += 1);
    }
}

impl Writer {
    pub(super) fn start(connection: Connection, told: Told) -> Result<Self, StoreError> {
        let (orders, queue) = mpsc::channel(QUEUE);
        std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || write_all(connection, queue, &told))
            .map_err(|error| StoreError::Sqlite(error.to_string()))?;
        Ok(Self { orders })
    }

    /// Runs `work` in a savepoint of its own and returns after the commit is on disk.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (asker, receiver) = oneshot::channel();
        let job: Job = Box::new(Asked { work, asker });
        self.orders.send(Order::Run(job)).await.map_err(|_closed| StoreError::Closed)?;
        receiver.await.map_err(|_closed| StoreError::Closed)?
    }

    pub(super) async fn close(&self) {
        let (sender, receiver) = oneshot::channel();
        if self.orders.send(Order::Close(sender)).await.is_ok() {
            drop(receiver.await);
        }
    }
}

fn write_all(mut connection: Connection, mut queue: mpsc::Receiver<Order>, told: &Told) {
    while let Some(order) = queue.blocking_recv() {
        let mut closing = None;
        let mut batch = Vec::new();
        match order {
            Order::Run(job) => batch.push(job),
            Order::Close(done) => closing = Some(done),
        }
        while closing.is_none() && batch.len() < MAX_BATCH {
            match queue.try_recv() {
                Ok(Order::Run(job)) => batch.push(job),
                Ok(Order::Close(done)) => closing = Some(done),
                Err(_) => break,
            }
        }
        if !batch.is_empty() {
            told.of(commit(&mut connection, batch));
        }
        if let Some(done) = closing {
            queue.close();
            drop(connection);
            // Whoever asked may have stopped waiting.
            let _: Result<(), ()> = done.send(());
            return;
        }
    }
}

fn commit(connection: &mut Connection, batch: Vec<Job>) -> Result<(), StoreError> {
    let transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => {
            tracing::error!(%error, "the store cannot write");
            let error = StoreError::from(error);
            batch.into_iter().for_each(|job| job.refuse(error.clone()));
            return Err(error);
        }
    };
    let mut acknowledgements: Vec<Acknowledge> = Vec::with_capacity(batch.len());
    let mut jobs = batch.into_iter();
    let mut given_up = None;
    for job in jobs.by_ref() {
        let (acknowledge, error) = job.run(&transaction);
        acknowledgements.push(acknowledge);
        // On a full disk SQLite rolls back the whole transaction by itself; what ran outside of it would stand alone.
        if transaction.is_autocommit() {
            given_up = Some(error.unwrap_or(StoreError::DiskFull));
            break;
        }
    }
    let committed = match given_up {
        None => transaction.commit().map_err(StoreError::from),
        Some(error) => Err(error),
    };
    if let Err(error) = &committed {
        tracing::error!(%error, "a commit failed");
        jobs.for_each(|job| job.refuse(error.clone()));
    }
    for acknowledge in acknowledgements {
        acknowledge(committed.clone());
    }
    committed
}

fn in_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.prepare_cached("SAVEPOINT unit_of_work")?.execute(())?;
    let result = catch_unwind(AssertUnwindSafe(|| work(connection))).unwrap_or(Err(StoreError::Panicked));
    // With the transaction, the savepoint is gone too.
    if connection.is_autocommit() {
        return result;
    }
    if result.is_err() {
        connection.prepare_cached("ROLLBACK TO unit_of_work")?.execute(())?;
    }
    connection.prepare_cached("RELEASE unit_of_work")?.execute(())?;
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer(dir: &std::path::Path) -> Writer {
        telling(dir, watch::channel(None).0)
    }

    fn telling(dir: &std::path::Path, trouble: watch::Sender<Option<StoreError>>) -> Writer {
        let connection = Connection::open(dir.join("test.db")).unwrap();
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE kept (number INTEGER, filler BLOB);")
            .unwrap();
        let told = Told { revision: watch::channel(0).0, trouble };
        Writer::start(connection, told).unwrap()
    }

    async fn keep(writer: &Writer, number: i64) -> Result<(), StoreError> {
        writer
            .run(move |connection| {
                connection.execute("INSERT INTO kept VALUES (?, zeroblob(20000))", [number])?;
                Ok(())
            })
            .await
    }

    async fn pages(writer: &Writer, most: u32) {
        let limit = move |connection: &Connection| {
            Ok(connection.query_row(&format!("PRAGMA max_page_count = {most}"), (), |_| Ok(()))?)
        };
        writer.run(limit).await.unwrap();
    }

    #[tokio::test]
    async fn on_a_full_disk_nothing_acknowledged_is_lost_and_work_goes_on_once_there_is_room() {
        let dir = tempfile::tempdir().unwrap();
        let (sender, trouble) = watch::channel(None);
        let writer = telling(dir.path(), sender);
        pages(&writer, 60).await;
        let mut acknowledged = Vec::new();
        let mut refused = Vec::new();
        for number in 0..30 {
            match keep(&writer, number).await {
                Ok(()) => acknowledged.push(number),
                Err(error) => refused.push(error),
            }
        }
        assert!(acknowledged.len() > 3 && refused.len() > 3, "{acknowledged:?}");
        assert!(refused.iter().all(|error| matches!(error, StoreError::DiskFull)), "{refused:?}");
        assert!(matches!(*trouble.borrow(), Some(StoreError::DiskFull)));
        pages(&writer, 4_000).await;
        keep(&writer, 99).await.unwrap();
        assert!(trouble.borrow().is_none(), "it writes again");
        acknowledged.push(99);
        writer.close().await;
        let reopened = Connection::open(dir.path().join("test.db")).unwrap();
        let mut statement = reopened.prepare("SELECT number FROM kept ORDER BY number").unwrap();
        let kept: Vec<i64> = statement.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(kept, acknowledged);
    }

    #[tokio::test]
    async fn a_unit_of_work_that_breaks_off_takes_no_other_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let writer = writer(dir.path());
        let broken = writer.run(|connection| -> Result<(), StoreError> {
            connection.execute("INSERT INTO kept VALUES (1, NULL)", ())?;
            panic!("in the middle of it");
        });
        let (broken, whole) = tokio::join!(broken, keep(&writer, 2));
        assert!(matches!(broken, Err(StoreError::Panicked)));
        whole.unwrap();
        let kept =
            writer.run(|connection| Ok(connection.query_row("SELECT sum(number) FROM kept", (), |row| row.get(0))?));
        assert_eq!(kept.await.map(|sum: i64| sum).unwrap(), 2);
    }
}
