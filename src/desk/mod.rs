//! Everything that can happen, as functions: the service between the edges (receiver, window, command line) and the
//! means (store, fulfilment, configuration). Decides by asking `domain`; knows no HTTP, SQL or window.

mod answer;
mod background;
pub mod backup;
mod bench;
mod client_secret;
pub mod debugging;
pub mod export;
pub mod files;
mod fulfil;
pub mod import;
mod licenses;
pub mod limits;
mod marketplace;
mod mend;
mod operator;
mod order_data;
mod orders;
mod organisations;
mod outbox;
mod own_address;
mod probe_alarm;
mod reading;
mod receiver_state;
mod refusal;
pub mod registers;
pub mod reply_templates;
mod retry;
pub mod rows;
mod said;
pub mod session;
mod settings;
pub mod settlement;
pub mod targets;
pub mod unsubscriptions;
mod usage;
mod usage_sources;
pub mod watching;
mod workdays;
mod working;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

pub use answer::{AnswerError, ReceivedCall};
pub use backup::BackupError;
pub use bench::{BenchAnswer, BenchRun};
pub use licenses::{ActivationChecks, AddedLicenses, CodeList};
pub use operator::operator;
pub use orders::{LicenseContent, is_id};
pub use receiver_state::{ReceiverState, ReceiverTrouble};
pub use refusal::{Refusal, SystemReason};
pub use retry::{Foreseen, RetryResult, RetryRun};
use tokio::sync::watch;
pub use usage::{KeptPushes, UsageEntered, UsageOwed, UsageTable, sns_to_send};
pub use usage_sources::{UsageCame, UsageFlaw, UsageNews, UsageSources, UsageTrouble};
pub use workdays::{WorkdaysError, WorkdaysKnown};

pub use crate::fulfilment::PullError;
pub use crate::store::{Cancel, LimitsPut, NewRejection, StoreError};
use crate::{
    config::{Config, DATABASE_FILE, KeyRing},
    domain::{MessageId, RetryPolicy},
    fulfilment::WebhookClient,
    protocol::UnixMillis,
    sealing::SealKey,
    store::{Lease, Store},
};

/// Longest that a webhook may take, a minute, and a margin; what takes longer renews it. After a crash the message is free
/// again when it is over.
const LEASE: Duration = Duration::from_secs(75);

/// Tells the time. The program's own clock, or a test's.
pub type Clock = Arc<dyn Fn() -> UnixMillis + Send + Sync>;

/// A handle; clones share everything.
#[derive(Clone)]
pub struct Desk {
    inner: Arc<Inner>,
}

struct Inner {
    data_dir: PathBuf,
    store: Store,
    keys: KeyRing,
    config: watch::Sender<Arc<Config>>,
    receiver: watch::Sender<Arc<ReceiverState>>,
    usage_sources: watch::Sender<Arc<UsageSources>>,
    webhooks: WebhookClient,
    working: working::Working,
    marketplace: marketplace::KnownClient,
    trust: outbox::Trust,
    clock: Clock,
    /// Names this process in a lease.
    holder: String,
}

/// What a desk is made of.
pub struct DeskParts {
    pub data_dir: PathBuf,
    pub store: Store,
    pub keys: KeyRing,
    pub config: Config,
    pub webhooks: WebhookClient,
    pub clock: Clock,
}

impl Desk {
    pub fn new(parts: DeskParts) -> Self {
        let DeskParts { data_dir, store, keys, config, webhooks, clock } = parts;
        let inner = Inner {
            data_dir,
            store,
            keys,
            config: watch::channel(Arc::new(config)).0,
            receiver: watch::channel(Arc::new(ReceiverState::default())).0,
            usage_sources: watch::channel(Arc::default()).0,
            webhooks,
            working: working::Working::default(),
            marketplace: marketplace::KnownClient::default(),
            trust: outbox::Trust::default(),
            clock,
            holder: uuid::Uuid::new_v4().to_string(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Opens the database of a data directory.
    pub fn open_store(data_dir: &Path, seal_key: SealKey) -> Result<Store, StoreError> {
        Store::open(&data_dir.join(DATABASE_FILE), seal_key)
    }

    pub fn now(&self) -> UnixMillis {
        (self.inner.clock)()
    }

    /// The configuration as it is now; `watch_config` tells of changes.
    pub fn config(&self) -> Arc<Config> {
        self.inner.config.borrow().clone()
    }

    pub fn watch_config(&self) -> watch::Receiver<Arc<Config>> {
        self.inner.config.subscribe()
    }

    pub fn data_dir(&self) -> &Path {
        &self.inner.data_dir
    }

    /// Keeps a refused call in the bounded list.
    pub async fn reject(&self, call: NewRejection) -> Result<(), StoreError> {
        self.inner.store.reject(call).await
    }

    pub fn keys(&self) -> &KeyRing {
        &self.inner.keys
    }

    pub fn policy(&self) -> RetryPolicy {
        self.config().retry_policy()
    }

    /// The receiver tells how it stands.
    pub fn report_receiver(&self, state: ReceiverState) {
        self.inner.receiver.send_if_modified(|known| {
            let news = **known != state;
            if news {
                *known = Arc::new(state);
            }
            news
        });
    }

    pub fn watch_receiver(&self) -> watch::Receiver<Arc<ReceiverState>> {
        self.inner.receiver.subscribe()
    }

    /// Ends the store's writer after what is queued.
    pub async fn close(&self) {
        self.inner.store.close().await;
    }

    fn lease(&self, now: UnixMillis) -> Lease {
        let millis = i64::try_from(LEASE.as_millis()).unwrap_or(i64::MAX);
        Lease { holder: self.inner.holder.clone(), until: now.plus_millis(millis) }
    }
}

/// Why the desk cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
    #[error(transparent)]
    Keys(#[from] crate::config::KeyError),
    #[error(transparent)]
    Workdays(#[from] WorkdaysError),
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error("a License was already handed over for this event at {at}; this one was not sent")]
    HandedOverBefore { message_id: MessageId, at: UnixMillis },
    #[error(
        "another License is being handed over for this event just now; this one was not sent, see what comes of that first"
    )]
    HandingOver { message_id: MessageId },
    #[error("`{text}` is no event id: it has 1 to 64 characters and no blanks")]
    NoEventId { text: String },
    #[error("the License has {length} characters; KooGallery takes 1 to {max}, longer ones as a file")]
    LicenseLength { length: usize, max: usize },
    #[error("the file `{name}` is empty or too long; KooGallery takes 1 to {max} bytes")]
    FileLength { name: String, max: usize },
    #[error("{} cannot be read: {reason}", .path.display())]
    LicenseFile { path: PathBuf, reason: std::io::Error },
    #[error("no row of the table has the headings of usage: instanceId, beginTime, endTime, usageValue")]
    NoUsageColumns,
    #[error("the table has no column {0}")]
    MissingColumns(String),
    #[error("no instance `{0}` is known")]
    NoSuchInstance(String),
    #[error("instance `{instance_id}` was not fulfilled: {exception}")]
    NotFulfilled { instance_id: String, exception: crate::domain::Exception },
}
