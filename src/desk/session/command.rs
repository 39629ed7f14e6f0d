//! What the window may ask of the desk. A command is a request: it may be refused, and says so in an event.

use std::{ops::Range, path::PathBuf};

use super::{
    debugging::DebugCommand, import::ImportCommand, limits::LimitsCommand, registers::RegistersCommand,
    settlement::SettlementCommand, usage::UsageCommand,
};
use crate::{
    config::{AccessKeyPair, LicenseSetting},
    desk::{LicenseContent, export::ExportedList},
    domain::{
        MessageId, RetryRow, World,
        license_calendar::CalendarQuery,
        license_use::UseReport,
        limit::{CountedTypes, ExpiredQuantity},
        listing::{InstanceQuery, LicenseQuery, MessageQuery, OrderQuery, UsageQuery},
        reconcile::Mend,
        supervision::{StartRule, SupervisionFacts},
        unsubscription::UnsubscriptionRequest,
    },
    protocol::{
        KeyClass, Secret, UnixMillis,
        callback::AppInfo,
        id::{EventId, InstanceId, LicenseCode, OrderId, TenantId},
        open_api::bench::BenchRequest,
    },
};

/// The lists that have rows by the million.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListName {
    Messages,
    Instances,
    Orders,
    Licenses,
    Usage,
}

#[derive(Clone, Debug)]
pub enum Command {
    /// The messages that are in sight: the newest query wins, `rows` are positions in its result.
    LookAtMessages {
        query: MessageQuery,
        rows: Range<usize>,
    },
    LookAtInstances {
        query: InstanceQuery,
        rows: Range<usize>,
    },
    LookAtOrders {
        query: OrderQuery,
        rows: Range<usize>,
    },
    LookAtLicenses {
        query: LicenseQuery,
        rows: Range<usize>,
    },
    /// What happens next to codes; `None` while nobody looks.
    LookAtLicenseCalendar(Option<CalendarQuery>),
    /// The tenants that the text is found in, or in anything that belongs to them.
    LookAtTenants {
        world: World,
        search: String,
    },
    /// The organisation that is shown with everything in it; `None` while none is.
    LookAtTenant(Option<(World, TenantId)>),
    LookAtUsage {
        query: UsageQuery,
        rows: Range<usize>,
    },
    /// The list is not shown any more: nothing has to be found for it.
    LookAwayFrom(ListName),
    /// The world of overview and counts.
    LookAtWorld(World),
    /// What the detail pane shows.
    LookAtSubject(Option<Subject>),
    Retry(Vec<MessageId>),
    /// Every message that the query finds and that has not succeeded.
    RetryAllShown(MessageQuery),
    /// Ends a batch of retries after the message that is running.
    CancelRetry,
    /// Adds the codes of a text, one a line.
    AddLicenses {
        world: World,
        text: String,
    },
    /// Looks through the codes of a text before any is activated. Nothing is asked of KooGallery.
    CheckActivation {
        world: World,
        text: String,
    },
    /// The same for rows of the list.
    CheckActivationOfRows {
        world: World,
        ids: Vec<i64>,
    },
    QueryLicenseRows {
        world: World,
        ids: Vec<i64>,
    },
    /// `real_effect_time`: when the product was really delivered, for all of them.
    ActivateLicenses {
        world: World,
        codes: Vec<LicenseCode>,
        real_effect_time: Option<UnixMillis>,
    },
    QueryLicenses {
        world: World,
        codes: Vec<LicenseCode>,
    },
    /// Who used codes today.
    ReportUse {
        world: World,
        reports: Vec<UseReport>,
    },
    /// Of the lines with these row ids.
    QueryOrdersMarked {
        world: World,
        rows: Vec<i64>,
    },
    QueryOrders {
        world: World,
        order_ids: Vec<OrderId>,
    },
    /// Every order that the query finds.
    QueryOrdersShown(OrderQuery),
    UploadLicense {
        world: World,
        event_id: EventId,
        content: LicenseContent,
    },
    Fulfil {
        world: World,
        instance_id: InstanceId,
        app_info: AppInfo,
    },
    SetKey {
        class: KeyClass,
        endpoint: Option<String>,
        key: Secret,
        /// The one that is set now stays valid beside it.
        keep_old: bool,
    },
    EndOldKey {
        class: KeyClass,
        endpoint: Option<String>,
    },
    /// Those that were kept to explain refused calls with.
    ForgetEndedKeys {
        class: KeyClass,
        endpoint: Option<String>,
    },
    RemoveKey {
        class: KeyClass,
        endpoint: Option<String>,
    },
    SetRsaKey {
        endpoint: Option<String>,
        pem: Secret,
    },
    RemoveRsaKey {
        endpoint: Option<String>,
    },
    /// One request to an API product; its keys are kept nowhere.
    RunBench(Box<BenchRequest>),
    SetAccessKey(AccessKeyPair),
    RemoveAccessKey,
    /// The endpoint's secret of the fulfilment webhook, for the clipboard.
    CopyWebhookSecret(String),
    /// The application's opened secret, for the clipboard.
    CopyClientSecret {
        world: World,
        tenant_id: TenantId,
        app_id: String,
    },
    SaveSettings(SettingsChange),
    Usage(UsageCommand),
    Debug(DebugCommand),
    /// What trying the message again would change; nothing is done.
    ForeseeRetry(MessageId),
    /// A table from elsewhere.
    Import(ImportCommand),
    Limits(LimitsCommand),
    Registers(RegistersCommand),
    Settlement(SettlementCommand),
    /// Holds orders, calls, instances and codes against each other.
    Reconcile,
    /// Has the product do to an instance what no call did.
    MendInstance {
        world: World,
        instance_id: InstanceId,
        mend: Mend,
    },
    /// Takes a newer table of holidays from a file.
    ImportWorkdays(PathBuf),
    /// What happened to an order under service supervision; `None` forgets it.
    NoteSupervision {
        world: World,
        order_id: OrderId,
        facts: Option<Box<SupervisionFacts>>,
    },
    /// What happened to a request for an unsubscription of a live order; `None` forgets it.
    NoteUnsubscription {
        order_id: OrderId,
        request: Option<UnsubscriptionRequest>,
    },
    /// Writes the whole list to a CSV or XLSX file.
    Export {
        list: ExportedList,
        file: PathBuf,
    },
    /// Nothing is written then.
    CancelExport,
    /// Writes the data directory into one file.
    BackUp(PathBuf),
}

/// What a detail pane can be about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    Message(MessageId),
    Instance { world: World, instance_id: InstanceId },
    Order { world: World, order_id: OrderId },
    License { world: World, license: LicenseCode },
    Usage { world: World, metering_sn: String },
}

/// One change of the configuration; written to `config.toml` at once.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "one at a time, on its way to a file")]
pub enum SettingsChange {
    Listen(String),
    /// Adds the endpoint, or replaces the one of that name.
    Endpoint {
        replaces: Option<String>,
        endpoint: crate::config::Endpoint,
    },
    RemoveEndpoint(String),
    Language(String),
    /// A key of `[settlement]`, and what it says.
    Settlement {
        key: &'static str,
        text: String,
    },
    Theme(String),
    License(LicenseSetting),
    /// Whether the desktop tells alarms.
    Notifications(bool),
    CountedTypes(CountedTypes),
    ExpiredQuantity(ExpiredQuantity),
    /// `None` for both.
    StartRule(Option<StartRule>),
    /// How long KooGallery goes on calling by itself, in milliseconds.
    RetryWindow {
        row: RetryRow,
        millis: i64,
    },
}
