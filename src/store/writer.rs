//! The one thread that writes. Whatever is queued while it commits becomes the next batch, so a lone write waits for
//! nothing and a crowd shares one fsync.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{mpsc, oneshot, watch};

use super::StoreError;

const QUEUE: usize = 1024;
const MAX_BATCH: usize = 256;

/// What is asked of the writer, and who waits for it.
trait UnitOfWork: Send {
    /// Whether it may be run once more after what it did was undone.
    fn is_repeatable(&self) -> bool;
    /// Keeps the result; an error is told here as well.
    fn run(&mut self, connection: &Connection) -> Result<(), StoreError>;
    /// Tells the asker, once the fate of the commit is known.
    fn tell(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Asked<W, T> {
    work: W,
    result: Option<Result<T, StoreError>>,
    asker: oneshot::Sender<Result<T, StoreError>>,
}

trait Work<T>: Send {
    const REPEATABLE: bool;
    fn run(&mut self, connection: &Connection) -> Result<T, StoreError>;
}

struct Once<F>(Option<F>);
struct Repeatable<F>(F);

impl<T, F: FnOnce(&Connection) -> Result<T, StoreError> + Send> Work<T> for Once<F> {
    const REPEATABLE: bool = false;
    fn run(&mut self, connection: &Connection) -> Result<T, StoreError> {
        self.0.take().map_or(Err(StoreError::Closed), |work| work(connection))
    }
}

impl<T, F: Fn(&Connection) -> Result<T, StoreError> + Send> Work<T> for Repeatable<F> {
    const REPEATABLE: bool = true;
    fn run(&mut self, connection: &Connection) -> Result<T, StoreError> {
        self.0(connection)
    }
}

impl<W: Work<T>, T: Send + 'static> UnitOfWork for Asked<W, T> {
    fn is_repeatable(&self) -> bool {
        W::REPEATABLE
    }

    fn run(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let work = AssertUnwindSafe(|| self.work.run(connection));
        let result = catch_unwind(work).unwrap_or(Err(StoreError::Panicked));
        let told = result.as_ref().map(|_| ()).map_err(StoreError::clone);
        self.result = Some(result);
        told
    }

    fn tell(self: Box<Self>, committed: Result<(), StoreError>) {
        let told = match (self.result, committed) {
            (Some(result), Ok(())) => result,
            (Some(Err(error)), Err(_)) | (_, Err(error)) => Err(error),
            (None, Ok(())) => Err(StoreError::Closed),
        };
        // The asker may be gone; what was done stays done.
        drop(self.asker.send(told));
    }
}

type Job = Box<dyn UnitOfWork>;

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
        self.ask(Once(Some(work))).await
    }

    /// The same for what may be run again: neighbours share a savepoint, and stand alone only when one of them breaks off,
    /// because every savepoint costs a copy of each page that is changed in it.
    pub(super) async fn run_repeatable<T: Send + 'static>(
        &self,
        work: impl Fn(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.ask(Repeatable(work)).await
    }

    async fn ask<T: Send + 'static>(&self, work: impl Work<T> + 'static) -> Result<T, StoreError> {
        let (asker, receiver) = oneshot::channel();
        let job: Job = Box::new(Asked { work, result: None, asker });
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

fn commit(connection: &mut Connection, mut batch: Vec<Job>) -> Result<(), StoreError> {
    let committed = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Err(error) => Err(error.into()),
        Ok(transaction) => match batch.as_mut_slice() {
            // The transaction is its savepoint.
            [alone] => match alone.run(&transaction) {
                Err(error) => keep_or_give_up(&transaction, error),
                Ok(()) => transaction.commit().map_err(StoreError::from),
            },
            crowd => match run_crowd(&transaction, crowd) {
                Err(error) => Err(error),
                Ok(()) => transaction.commit().map_err(StoreError::from),
            },
        },
    };
    if let Err(error) = &committed {
        tracing::error!(%error, "the store cannot write");
    }
    for job in batch {
        job.tell(committed.clone());
    }
    committed
}

/// The error only where nothing more can be written in this transaction.
fn run_crowd(connection: &Connection, crowd: &mut [Job]) -> Result<(), StoreError> {
    for neighbours in crowd.chunk_by_mut(|one, next| one.is_repeatable() && next.is_repeatable()) {
        let together = |connection: &Connection| neighbours.iter_mut().try_for_each(|job| job.run(connection));
        match in_savepoint(connection, together) {
            Err(error) if neighbours.len() == 1 => keep_or_give_up(connection, error)?,
            Err(error) => {
                keep_or_give_up(connection, error)?;
                for job in neighbours {
                    let alone = in_savepoint(connection, |connection| job.run(connection));
                    alone.or_else(|error| keep_or_give_up(connection, error))?;
                }
            }
            Ok(()) => {}
        }
    }
    Ok(())
}

/// On a full disk SQLite rolls back the whole transaction by itself; what ran outside of it would stand alone.
fn keep_or_give_up(connection: &Connection, error: StoreError) -> Result<(), StoreError> {
    if connection.is_autocommit() { Err(error) } else { Ok(()) }
}

fn in_savepoint(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    connection.prepare_cached("SAVEPOINT units_of_work")?.execute(())?;
    let result = work(connection);
    // With the transaction, the savepoint is gone too.
    if connection.is_autocommit() {
        return result.and(Err(StoreError::DiskFull));
    }
    if result.is_err() {
        connection.prepare_cached("ROLLBACK TO units_of_work")?.execute(())?;
    }
    connection.prepare_cached("RELEASE units_of_work")?.execute(())?;
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

    /// Queued while the writer is held up, so that they become one batch.
    #[tokio::test]
    async fn neighbours_of_what_breaks_off_are_done_once_each() {
        let dir = tempfile::tempdir().unwrap();
        let writer = writer(dir.path());
        let (open, closed) = std::sync::mpsc::channel::<()>();
        let held = writer.run(move |_| {
            assert!(closed.recv().is_err(), "nothing is ever sent");
            Ok(())
        });
        let insert = |number: i64| {
            writer.run_repeatable(move |connection| {
                connection.execute("INSERT INTO kept VALUES (?, NULL)", [number])?;
                if number == 3 { Err(StoreError::Sqlite("the third".into())) } else { Ok(number) }
            })
        };
        let lone = keep(&writer, 4);
        let release = async move { drop(open) };
        let (held, one, two, three, lone, five, ()) =
            tokio::join!(held, insert(1), insert(2), insert(3), lone, insert(5), release);
        held.unwrap();
        lone.unwrap();
        assert_eq!([one.ok(), two.ok(), three.ok(), five.ok()], [Some(1), Some(2), None, Some(5)]);
        let kept = writer.run(|connection| {
            let mut statement = connection.prepare("SELECT number FROM kept ORDER BY number")?;
            let numbers = statement.query_map((), |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
            Ok(numbers)
        });
        assert_eq!(kept.await.unwrap(), [1, 2, 4, 5]);
    }

    #[tokio::test]
    async fn what_breaks_off_alone_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let writer = writer(dir.path());
        let broken = writer.run(|connection| -> Result<(), StoreError> {
            connection.execute("INSERT INTO kept VALUES (1, NULL)", ())?;
            Err(StoreError::Sqlite("after it".into()))
        });
        assert!(broken.await.is_err());
        let kept =
            writer.run(|connection| Ok(connection.query_row("SELECT count(*) FROM kept", (), |row| row.get(0))?));
        assert_eq!(kept.await.map(|count: i64| count).unwrap(), 0);
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
