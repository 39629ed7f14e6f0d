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
    fn run(self: Box<Self>, connection: &Connection) -> Acknowledge;
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
    fn run(self: Box<Self>, connection: &Connection) -> Acknowledge {
        let Self { work, asker } = *self;
        let result = in_savepoint(connection, work);
        // The asker may be gone; what was done stays done.
        Box::new(move |committed| drop(asker.send(committed.and(result))))
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

impl Writer {
    pub(super) fn start(connection: Connection, revision: watch::Sender<u64>) -> Result<Self, StoreError> {
        let (orders, queue) = mpsc::channel(QUEUE);
        std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || write_all(connection, queue, &revision))
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

fn write_all(mut connection: Connection, mut queue: mpsc::Receiver<Order>, revision: &watch::Sender<u64>) {
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
            commit(&mut connection, batch);
            revision.send_modify(|revision| *revision += 1);
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

fn commit(connection: &mut Connection, batch: Vec<Job>) {
    let transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => {
            tracing::error!(%error, "the store cannot write");
            let error = StoreError::from(error);
            batch.into_iter().for_each(|job| job.refuse(error.clone()));
            return;
        }
    };
    let acknowledgements: Vec<Acknowledge> = batch.into_iter().map(|job| job.run(&transaction)).collect();
    let committed = transaction.commit().map_err(|error| {
        tracing::error!(%error, "a commit failed");
        StoreError::from(error)
    });
    for acknowledge in acknowledgements {
        acknowledge(committed.clone());
    }
}

fn in_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.prepare_cached("SAVEPOINT unit_of_work")?.execute(())?;
    let result = catch_unwind(AssertUnwindSafe(|| work(connection))).unwrap_or(Err(StoreError::Panicked));
    if result.is_err() {
        connection.prepare_cached("ROLLBACK TO unit_of_work")?.execute(())?;
    }
    connection.prepare_cached("RELEASE unit_of_work")?.execute(())?;
    result
}
