//! What happened once and is told once: the result of a command.

use std::path::PathBuf;

use crate::{
    desk::{
        ActivationChecks, AddedLicenses, LimitsPut, Refusal, RetryResult, UsageEntered,
        import::{ImportBatch, ImportKind, Imported},
    },
    domain::{
        Exception, MessageId,
        delisting::DelistingLevel,
        license_use::UseReport,
        limit::{Limit, SalesTarget},
        probe::ProbeFinding,
        reconcile::Mend,
        register::{Entry, RegisterKind},
        usage::NotCorrected,
    },
    protocol::{KeyClass, Secret, UnixMillis, id::InstanceId},
};

/// Reports of use, by what became of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UseResults {
    pub taken: Vec<UseReport>,
    pub failed: Vec<(UseReport, Option<Exception>)>,
    /// It was stopped before.
    pub not_sent: Vec<UseReport>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    Retried {
        message_id: MessageId,
        result: RetryResult,
    },
    /// A batch of retries ended.
    RetriesDone {
        succeeded: usize,
        in_progress: usize,
        failed: usize,
        cancelled: usize,
    },
    /// What was asked of KooGallery came to an end.
    CarriedOut {
        succeeded: usize,
        in_progress: usize,
        failed: usize,
        cancelled: usize,
    },
    Fulfilled {
        instance_id: InstanceId,
    },
    /// A License was handed over for that application before; the new one was not sent.
    HandedOverBefore {
        at: UnixMillis,
    },
    FulfilRefused {
        instance_id: InstanceId,
        exception: Exception,
    },
    KeySet {
        class: KeyClass,
    },
    OldKeyEnded {
        class: KeyClass,
    },
    EndedKeysForgotten {
        class: KeyClass,
    },
    KeyRemoved {
        class: KeyClass,
    },
    AccessKeySet,
    AccessKeyRemoved,
    RsaKeySet,
    RsaKeyRemoved,
    WebhookSecret {
        endpoint: String,
        secret: Secret,
    },
    ClientSecret {
        app_id: String,
        secret: Secret,
    },
    LicensesAdded(AddedLicenses),
    ActivationChecked(ActivationChecks),
    /// What became of each report of use.
    UseReported(UseResults),
    SettingsSaved,
    UsageEntered(UsageEntered),
    /// So many records were changed as the operator said.
    UsageChanged {
        count: usize,
    },
    /// Under which id the record goes now.
    UsageCorrected {
        was: String,
        metering_sn: String,
    },
    UsageNotCorrected {
        metering_sn: String,
        error: NotCorrected,
    },
    CaseSaved {
        name: String,
    },
    CaseDeleted,
    /// Cases that were called; `left` were not.
    CasesRan {
        passed: usize,
        failed: usize,
        left: usize,
    },
    /// `case` names the one that fails.
    ProbeAlarm {
        finding: ProbeFinding,
        case: String,
    },
    Imported(Imported),
    ImportCancelled,
    /// A table of that kind could not be looked through, where `check` is the number of that, or else not entered.
    ImportRefused {
        kind: ImportKind,
        check: Option<u64>,
        refusal: Refusal,
    },
    ImportTakenBack(ImportBatch),
    LimitsPut(LimitsPut),
    LimitRemoved(Limit),
    TargetsPut(LimitsPut),
    TargetRemoved(SalesTarget),
    /// A product came closer to being delisted; told once for each level and month.
    DelistingAlarm {
        /// `None` for orders of which no product is known.
        product_id: Option<String>,
        level: DelistingLevel,
        failed: u32,
        failing: u32,
    },
    /// `id` is none where it cannot be told; not `changed` where it was kept so already.
    EntryPut {
        kind: RegisterKind,
        id: Option<i64>,
        changed: bool,
    },
    EntryRemoved {
        kind: RegisterKind,
        id: i64,
        entry: Entry,
    },
    EntryRestored {
        kind: RegisterKind,
        id: i64,
        entry: Entry,
    },
    TemplatesPut,
    TemplateRemoved,
    /// Prices were put or removed.
    TermsKept,
    BillForgotten {
        lines: usize,
    },
    SupervisionNoted,
    UnsubscriptionNoted,
    AccountNoted,
    WorkdaysImported {
        years: Vec<i16>,
    },
    InstanceMended {
        instance_id: InstanceId,
        mend: Mend,
        result: RetryResult,
    },
    /// Records that were not sent because KooGallery takes them no more, by their `meteringSn`.
    UsageTooOld(Vec<String>),
    /// Of what was to be sent nothing may be.
    NothingToSend,
    /// The file that was to be written is as it was before.
    ExportCancelled {
        file: PathBuf,
    },
    Exported {
        file: PathBuf,
        rows: usize,
    },
    BackedUp {
        file: PathBuf,
        bytes: u64,
    },
    /// A command came to nothing for which a form waits.
    RefusedTo(FormCommand, Refusal),
    /// Any other did.
    Refused(Refusal),
}

/// A command for whose answer a form waits; other commands' refusals are none of its business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormCommand {
    AddLicenses,
    CheckActivation,
    ReportUse,
    BackUp,
}

impl Event {
    pub(super) fn refused(error: impl Into<Refusal>) -> Self {
        Self::Refused(error.into())
    }
}
