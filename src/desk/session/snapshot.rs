//! What the window sees: the truth of one moment, replaced part by part. Nothing here is in a language.

use std::{collections::HashMap, sync::Arc};

use super::{
    calendar::CalendarKnown,
    command::Subject,
    debugging::DebuggingNow,
    import::{Imports, TableImport},
    limits::{Breaches, LimitDetail, LimitsKnown},
    registers::RegistersKnown,
    settlement::SettlementKnown,
    usage::UsageImport,
};
use crate::{
    config::{AccessKeyInfo, Config, KeyInfo, RsaKeyInfo},
    desk::{
        BenchRun, Foreseen, ReceiverState, UsageOwed, UsageSources, WorkdaysKnown, export::ExportProgress,
        settlement::OrderSettlement, unsubscriptions::RequestedUnsubscription, watching::SupervisedOrder,
    },
    domain::{
        Attempt, Instance, License, Message, MessageId, RejectedCall, RetryPolicy, World,
        delisting::ProductStanding,
        listing::{InstanceQuery, LicenseQuery, MessageQuery, OrderQuery, UsageQuery},
        order_status::ListedOrder,
        organisation::{Organisation, Tenant},
        reconcile::Reconciled,
        supervision::{Supervision, SupervisionFacts},
        usage::{Correction, StoredUsage},
    },
    protocol::{callback::Said, id::OrderId},
    store::StoreError,
};

#[derive(Clone, Debug)]
pub struct Snapshot {
    pub receiver: Arc<ReceiverState>,
    pub overview: Arc<Overview>,
    pub messages: Arc<Listing<MessageQuery, Message>>,
    pub instances: Arc<Listing<InstanceQuery, Instance>>,
    pub orders: Arc<Listing<OrderQuery, ListedOrder>>,
    pub licenses: Arc<Listing<LicenseQuery, License>>,
    pub license_calendar: Arc<CalendarKnown>,
    pub tenants: Arc<Tenants>,
    /// `None` while none is shown, or while it is read.
    pub organisation: Option<Arc<TenantKnown>>,
    pub usage: Arc<Listing<UsageQuery, StoredUsage>>,
    /// The table that is about to be entered.
    pub usage_import: Arc<UsageImport>,
    /// Any other table that is about to be entered.
    pub import: Arc<TableImport>,
    pub imports: Arc<Imports>,
    /// What came in by itself.
    pub usage_sources: Arc<UsageSources>,
    /// What orders, calls, instances and codes say against each other; `None` before that was asked.
    pub findings: Option<Arc<Reconciled>>,
    pub limits: Arc<LimitsKnown>,
    /// Of the row that was asked about.
    pub limit_detail: Option<Arc<LimitDetail>>,
    /// What the overview tells of limits and sales targets.
    pub breaches: Arc<Breaches>,
    pub registers: Arc<RegistersKnown>,
    pub settlement: Arc<SettlementKnown>,
    /// Newest first.
    pub rejected: Arc<Vec<RejectedCall>>,
    pub detail: Arc<Detail>,
    /// The last request from the bench.
    pub bench: Arc<Option<BenchRun>>,
    pub debugging: Arc<DebuggingNow>,
    /// What trying a message again would change, as it stood when it was asked for.
    pub foreseen: Option<Arc<(MessageId, Foreseen)>>,
    pub settings: Arc<Settings>,
    /// `None` while nothing is retried or carried out.
    pub retrying: Option<RetryProgress>,
    /// How far it is; `None` while nothing is exported.
    pub exporting: Option<ExportProgress>,
    /// Why the store could not be read; `None` when all is well.
    pub trouble: Option<StoreError>,
    /// Why nothing can be kept, so that every call is answered 000005.
    pub write_trouble: Option<StoreError>,
}

/// A list: all ids in order, and the rows that were in sight lately.
#[derive(Clone, Debug)]
pub struct Listing<Q, R> {
    /// What `ids` answers. The view's own query may be newer.
    pub query: Q,
    pub ids: Arc<[i64]>,
    pub rows: HashMap<i64, Arc<R>>,
    /// A newer answer is on its way.
    pub loading: bool,
}

impl<Q: Default, R> Default for Listing<Q, R> {
    fn default() -> Self {
        Self { query: Q::default(), ids: Arc::from([]), rows: HashMap::new(), loading: true }
    }
}

impl<Q, R> Listing<Q, R> {
    /// The row at a position, `None` while it is fetched.
    pub fn row(&self, position: usize) -> Option<&Arc<R>> {
        self.rows.get(self.ids.get(position)?)
    }
}

/// The tenants that answer a search.
#[derive(Clone, Debug, PartialEq)]
pub struct Tenants {
    pub world: World,
    pub search: String,
    /// Newest change first.
    pub rows: Vec<Tenant>,
    /// Nothing was read yet.
    pub loading: bool,
}

impl Default for Tenants {
    fn default() -> Self {
        Self { world: World::default(), search: String::new(), rows: Vec::new(), loading: true }
    }
}

/// An organisation and everything that happened to it, oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct TenantKnown {
    pub world: World,
    pub organisation: Organisation,
    pub messages: Vec<Message>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overview {
    pub world: World,
    /// Calls of the last 24 hours, one entry an hour, oldest first.
    pub hours: Vec<Hour>,
    /// Messages that a person should look at, oldest first, at most 50.
    pub needs_a_person: Vec<Arc<Message>>,
    pub failing: u32,
    pub in_progress: u32,
    pub rejected: u32,
    pub usage_owed: UsageOwed,
    /// Live products, which are guarded whatever is looked at.
    pub delisting: Vec<ProductStanding>,
    /// Those of the test world, while that is looked at.
    pub rehearsed: Vec<ProductStanding>,
    /// Orders under service supervision that are not done, of the live world.
    pub supervised: Vec<SupervisedOrder>,
    /// Requests for an unsubscription that wait for somebody, likewise.
    pub unsubscriptions: Vec<RequestedUnsubscription>,
}

impl Overview {
    /// Products of the world that is looked at.
    pub fn standings(&self) -> &[ProductStanding] {
        match self.world {
            World::Live => &self.delisting,
            World::Test => &self.rehearsed,
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hour {
    /// Start of the hour, milliseconds UTC.
    pub starts_at: i64,
    pub calls: u32,
    pub failures: u32,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum Detail {
    #[default]
    Nothing,
    Loading(Subject),
    Message {
        message: Message,
        /// Oldest first.
        attempts: Vec<Attempt>,
        /// What its newest call said.
        said: Vec<Said>,
        /// The instance that it is about, where it is known.
        instance: Option<Instance>,
    },
    Instance {
        instance: Instance,
        /// Everything that happened to it, oldest first.
        messages: Vec<Message>,
    },
    Order {
        order_id: OrderId,
        lines: Vec<ListedOrder>,
        /// What was noted of its service supervision, and how it stands by that.
        supervision: Option<(SupervisionFacts, Supervision)>,
        /// Its billing month and whether it may be given back; `None` for debugging orders.
        settlement: Option<Box<OrderSettlement>>,
        /// Everything that happened to it, oldest first.
        messages: Vec<Message>,
    },
    License {
        license: License,
        /// Everything that happened to it, oldest first.
        messages: Vec<Message>,
    },
    Usage {
        stored: StoredUsage,
        /// That sends it, or sent it.
        message: Option<Message>,
        /// What it was before it was corrected, oldest first.
        corrections: Vec<Correction>,
    },
    Gone(Subject),
}

#[derive(Clone, Debug)]
pub struct Settings {
    pub config: Arc<Config>,
    pub keys: Vec<KeyInfo>,
    pub rsa_keys: Vec<RsaKeyInfo>,
    pub access_key: Option<AccessKeyInfo>,
    pub data_dir: String,
    pub policy: RetryPolicy,
    pub workdays: WorkdaysKnown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryProgress {
    pub doing: Doing,
    pub done: usize,
    pub all: usize,
    pub running: Option<MessageId>,
}

/// What is done to many at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    Retrying,
    Activating,
    Querying,
    Pushing,
    Uploading,
    Reporting,
}
