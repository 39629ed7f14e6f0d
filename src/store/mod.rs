//! Everything durable: one SQLite file, one writer, a pool of readers. The only room that knows SQL. Spoken to in the
//! domain's words, a whole unit of work at a time, so that another store can take its place.

mod actions;
mod calls;
mod codec;
mod error;
mod instances;
mod licenses;
mod messages;
mod nonces;
mod orders;
mod organisations;
mod overview;
mod readers;
mod rejected;
mod schema;
mod standing;
mod upkeep;
mod usage;
mod writer;

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

pub use actions::{ClaimedAction, ConcludedAction, KeptAction, WaitingLicense};
pub use calls::{Answered, Decided, IncomingCall, Lease, Nonce};
pub use error::StoreError;
pub use messages::StoredRequest;
pub use overview::OverviewRows;
pub use readers::Cancel;
pub use rejected::NewRejection;
use tokio::sync::watch;
pub use usage::{EnteredUsage, UsageToSend};

use crate::sealing::SealKey;

/// A handle to the file; clones share it.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    writer: writer::Writer,
    readers: readers::Readers,
    seal_key: SealKey,
    nonces: Arc<Mutex<nonces::Nonces>>,
    revision: watch::Sender<u64>,
}

impl Store {
    /// Opens the file, creating or migrating it. Blocks; meant for the start of the program.
    pub fn open(path: &Path, seal_key: SealKey) -> Result<Self, StoreError> {
        let connection = schema::open(path)?;
        let (revision, _) = watch::channel(0);
        let writer = writer::Writer::start(connection, revision.clone())?;
        let readers = readers::Readers::new(path);
        Ok(Self { inner: Arc::new(Inner { writer, readers, seal_key, nonces: Arc::default(), revision }) })
    }

    /// Ticks after every commit, and where another process was seen to have written.
    pub fn revision(&self) -> watch::Receiver<u64> {
        self.inner.revision.subscribe()
    }

    /// Waits for what is queued, then closes the file.
    pub async fn close(&self) {
        self.inner.readers.close();
        self.inner.writer.close().await;
    }
}
