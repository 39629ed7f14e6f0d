//! Everything durable: one SQLite file, one writer, a pool of readers. The only room that knows SQL. Spoken to in the
//! domain's words, a whole unit of work at a time, so that another store can take its place.

mod accounts;
mod actions;
mod calls;
mod claims;
mod client_secret;
mod codec;
mod debugging;
mod error;
mod foresee;
mod import_batches;
mod import_watch;
mod imports;
mod instances;
mod licenses;
mod limits;
mod listing;
mod messages;
mod nonces;
mod notes;
mod order_status;
mod orders;
mod organisations;
mod overview;
mod readers;
mod registers;
mod rejected;
mod replaced;
mod reply_templates;
mod schema;
mod settlement;
mod standing;
mod supervision;
mod targets;
mod unsubscriptions;
mod upkeep;
mod usage;
mod usage_pull;
mod watching;
mod whole_file;
mod withdrawn;
mod writer;

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

pub use actions::{ConcludedAction, Exchanged, Kept, KeptAction, WaitingLicense};
pub use calls::{Answered, Decided, IncomingCall, Lease, Nonce};
pub use claims::ClaimedAction;
pub use error::StoreError;
pub use import_batches::{BatchId, ImportBatch, NewBatch};
pub use import_watch::ImportWatch;
pub use limits::{LimitsPut, OrdersUnderReview};
pub use messages::StoredRequest;
pub use orders::OrderCall;
pub use overview::OverviewRows;
pub use readers::{Asked, Cancel, FirstIds};
pub use registers::EntriesPut;
pub use rejected::NewRejection;
pub use settlement::{BillKey, KeptTerms};
pub use supervision::NotedSupervision;
use tokio::sync::watch;
pub use usage::{EnteredUsage, PushBegun, UsageToSend};
pub use whole_file::{check_file, is_sealed_with, make_movable};

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
    trouble: watch::Sender<Option<StoreError>>,
}

impl Store {
    /// Opens the file, creating or migrating it. Blocks; meant for the start of the program.
    pub fn open(path: &Path, seal_key: SealKey) -> Result<Self, StoreError> {
        let connection = schema::open(path)?;
        let (revision, trouble) = (watch::channel(0).0, watch::channel(None).0);
        let told = writer::Told { revision: revision.clone(), trouble: trouble.clone() };
        let writer = writer::Writer::start(connection, told)?;
        let readers = readers::Readers::new(path);
        Ok(Self { inner: Arc::new(Inner { writer, readers, seal_key, nonces: Arc::default(), revision, trouble }) })
    }

    /// Ticks after every commit, and where another process was seen to have written.
    pub fn revision(&self) -> watch::Receiver<u64> {
        self.inner.revision.subscribe()
    }

    /// Why nothing can be kept just now, `None` while all is well.
    pub fn trouble(&self) -> watch::Receiver<Option<StoreError>> {
        self.inner.trouble.subscribe()
    }

    /// Waits for what is queued, then closes the file.
    pub async fn close(&self) {
        self.inner.readers.close();
        self.inner.writer.close().await;
    }
}

#[cfg(test)]
mod plan_tests;
