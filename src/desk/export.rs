//! Lists written to CSV and XLSX. Rows are fetched a portion at a time while those before are written, so that a million of
//! them need no more memory than a thousand. The file appears when it is whole, or not at all.

use std::{
    fmt,
    future::Future,
    io::{self, BufWriter, Write as _},
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use serde_json::Value;
use tempfile::NamedTempFile;
use tokio::sync::mpsc;

use super::{
    Desk,
    limits::review_rows,
    registers::register_columns,
    rows,
    targets::target_review_rows,
    unsubscriptions::requested_row,
    watching::{delisting_row, finding_row, supervised_row},
};
pub use crate::sheet::WriteError;
use crate::{
    domain::{
        World,
        limit::Question,
        listing::{InstanceQuery, LicenseQuery, MessageQuery, OrderQuery, UsageQuery},
        register::RegisterKind,
        settlement::BillingMonth,
    },
    sheet::{self, Cell},
    store::{Cancel, StoreError},
};

/// Rows fetched at once.
const PORTION: usize = 500;
/// Portions that wait to be written.
const AHEAD: usize = 4;

/// What can be exported, and which rows of it.
#[derive(Clone, Debug)]
pub enum ExportedList {
    Messages(MessageQuery),
    Instances(InstanceQuery),
    Orders(OrderQuery),
    Licenses(LicenseQuery),
    Usage(UsageQuery),
    Tenants {
        world: World,
        search: String,
    },
    Users(World),
    Departments(World),
    Applications(World),
    Rejected,
    Limits,
    SalesTargets,
    /// Of purchase limits: the rows of the review.
    Review,
    /// Of sales targets and trial whitelists.
    TargetReview,
    /// What was done to purchase limits.
    LimitChanges,
    /// What was done to sales targets and trial whitelists.
    TargetChanges,
    /// How near products are to being delisted.
    Delisting,
    /// What orders, calls, instances and codes say against each other.
    Findings,
    /// Orders under service supervision, those that are done too.
    Supervised,
    /// Requests for an unsubscription, those that are decided too.
    Unsubscriptions,
    Register(RegisterKind),
    /// What was done to the entries, removed ones too.
    RegisterChanges(RegisterKind),
    /// What is billed in a month, and what waits.
    Settlement(BillingMonth),
    BillDifferences(BillingMonth),
    SettlementTerms,
}

impl ExportedList {
    /// What a file of it is called where nobody says so.
    pub fn file_name(&self) -> String {
        let name = match self {
            Self::Messages(_) => "messages",
            Self::Instances(_) => "instances",
            Self::Orders(_) => "orders",
            Self::Licenses(_) => "licenses",
            Self::Usage(_) => "usage",
            Self::Tenants { .. } => "tenants",
            Self::Users(_) => "users",
            Self::Departments(_) => "departments",
            Self::Applications(_) => "applications",
            Self::Rejected => "rejected",
            Self::Limits => "limits",
            Self::SalesTargets => "targets",
            Self::Review => "review",
            Self::TargetReview => "target-review",
            Self::LimitChanges => "limit-changes",
            Self::TargetChanges => "target-changes",
            Self::Delisting => "delisting",
            Self::Findings => "findings",
            Self::Supervised => "supervised",
            Self::Unsubscriptions => "unsubscriptions",
            Self::Register(kind) => kind.name(),
            Self::RegisterChanges(kind) => return format!("{}-changes.csv", kind.name()),
            Self::Settlement(month) => return format!("settlement-{month}.csv"),
            Self::BillDifferences(month) => return format!("bill-{month}.csv"),
            Self::SettlementTerms => "prices",
        };
        format!("{name}.csv")
    }

    /// The header: the names by which its rows are told as JSON.
    fn columns(&self) -> Vec<&'static str> {
        match self {
            Self::Register(kind) => return register_columns(*kind),
            Self::Messages(_) => rows::MESSAGE,
            Self::Instances(_) => rows::INSTANCE,
            Self::Orders(_) => rows::ORDER,
            Self::Licenses(_) => rows::LICENSE,
            Self::Usage(_) => rows::USAGE,
            Self::Tenants { .. } => rows::TENANT,
            Self::Users(_) => rows::USER,
            Self::Departments(_) => rows::DEPARTMENT,
            Self::Applications(_) => rows::APPLICATION,
            Self::Rejected => rows::REJECTED,
            Self::Limits => rows::LIMIT,
            Self::SalesTargets => rows::TARGET,
            Self::Review => super::limits::REVIEW,
            Self::TargetReview => super::targets::TARGET_REVIEW,
            Self::LimitChanges => rows::LIMIT_CHANGE,
            Self::TargetChanges => rows::TARGET_CHANGE,
            Self::Delisting => super::watching::DELISTING,
            Self::RegisterChanges(_) => rows::REGISTER_CHANGE,
            Self::Findings => super::watching::FINDING,
            Self::Supervised => super::watching::SUPERVISED,
            Self::Unsubscriptions => super::unsubscriptions::UNSUBSCRIPTION,
            Self::Settlement(_) => rows::SETTLEMENT,
            Self::BillDifferences(_) => rows::BILL_DIFFERENCE,
            Self::SettlementTerms => rows::TERMS,
        }
        .to_vec()
    }
}

/// How far an export is: rows written, of how many, where that is known already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExportProgress {
    pub rows: usize,
    pub of: Option<usize>,
}

/// Why there is no file. What stood at its place before stands there still.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("{}: the name has to end with .csv or .xlsx", .0.display())]
    Format(PathBuf),
    #[error("{} cannot be written: {reason}", .file.display())]
    Unwritable { file: PathBuf, reason: Reason },
    #[error("the export was cancelled; nothing was written")]
    Cancelled,
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Debug)]
pub enum Reason {
    Io(io::Error),
    Table(WriteError),
    Interrupted,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) | Self::Table(WriteError::Io(error)) => error.fmt(f),
            Self::Table(error) => error.fmt(f),
            Self::Interrupted => f.write_str("the thread that wrote it ended early"),
        }
    }
}

#[derive(Clone, Copy)]
enum Format {
    Csv,
    Xlsx,
}

impl Desk {
    /// Writes a list, newest first, and tells how many rows it had. `progress` hears every now and then how many there are
    /// so far.
    pub async fn export(
        &self,
        list: ExportedList,
        limit: usize,
        file: &Path,
        cancel: Cancel,
        progress: impl Fn(ExportProgress) + Send + 'static,
    ) -> Result<usize, ExportError> {
        let format = format_of(file)?;
        let columns = list.columns();
        let (sender, receiver) = mpsc::channel(AHEAD);
        let (place, stop) = (file.to_owned(), cancel.clone());
        let all = Arc::new(OnceLock::new());
        let found = Arc::clone(&all);
        let writing = tokio::task::spawn_blocking(move || {
            let rows = std::iter::from_fn(portions(receiver)).flatten().map(|row| cells(&columns, &row));
            write(&place, format, &columns, rows, |rows| {
                progress(ExportProgress { rows, of: found.get().copied() });
                if stop.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
        });
        let fetched = self.fetch(list, Portions { limit, cancel: &cancel, all, to: sender }).await;
        let written = writing.await.map_err(|_panicked| unwritable(file, Reason::Interrupted))?;
        if cancel.is_cancelled() {
            return Err(ExportError::Cancelled);
        }
        // A list that could not be fetched to its end is no list, although it was written.
        fetched?;
        let (temporary, rows) = written?;
        let place = file.to_owned();
        let persisted = tokio::task::spawn_blocking(move || persist(temporary, &place)).await;
        persisted.map_err(|_panicked| unwritable(file, Reason::Interrupted))??;
        Ok(rows)
    }

    async fn fetch(&self, list: ExportedList, portions: Portions<'_>) -> Result<(), StoreError> {
        let (limit, cancel) = (portions.limit, portions.cancel);
        match list {
            ExportedList::Messages(query) => {
                let (policy, now) = (self.policy(), self.now());
                let ids = self.message_ids(query, cancel.clone()).await?;
                let tell = |message: &_| rows::message(message, &policy, now);
                portions.by_id(ids, |ids| self.messages(ids), tell).await
            }
            ExportedList::Instances(query) => {
                let ids = self.instance_ids(query, cancel.clone()).await?;
                portions.by_id(ids, |ids| self.instances(ids), |(_, instance)| rows::instance(instance)).await
            }
            ExportedList::Orders(query) => {
                let ids = self.order_ids(query, cancel.clone()).await?;
                portions.by_id(ids, |ids| self.listed_orders(ids), |(_, listed)| rows::order(listed)).await
            }
            ExportedList::Usage(query) => {
                let ids = self.usage_ids(query, cancel.clone()).await?;
                portions.by_id(ids, |ids| self.usage(ids), |(_, stored)| rows::usage(stored)).await
            }
            ExportedList::Licenses(query) => {
                let ids = self.license_ids(query, cancel.clone()).await?;
                portions.by_id(ids, |ids| self.licenses(ids), |(_, license)| rows::license(license)).await
            }
            ExportedList::Tenants { world, search } => {
                portions.all(&self.tenants(world, &search).await?, rows::tenant).await
            }
            ExportedList::Users(world) => portions.all(&self.users(world).await?, rows::user).await,
            ExportedList::Departments(world) => portions.all(&self.departments(world).await?, rows::department).await,
            ExportedList::Applications(world) => {
                portions.all(&self.applications(world).await?, rows::application).await
            }
            ExportedList::Rejected => portions.all(&self.rejected(limit).await?, rows::rejected).await,
            ExportedList::Limits => portions.all(&self.limits().await?, rows::limit).await,
            ExportedList::SalesTargets => portions.all(&self.sales_targets().await?, rows::target).await,
            ExportedList::Review => {
                let material = self.review_material().await?;
                portions.all(&review_rows(&material.review(Question::default())), Value::clone).await
            }
            ExportedList::TargetReview => {
                let material = self.review_material().await?;
                portions.all(&target_review_rows(&material.target_review()), Value::clone).await
            }
            ExportedList::LimitChanges => {
                portions.all(&self.limit_changes(None, limit).await?, rows::limit_change).await
            }
            ExportedList::TargetChanges => {
                portions.all(&self.sales_target_changes(limit).await?, rows::target_change).await
            }
            ExportedList::Delisting => portions.all(&self.product_standings(World::Live).await?, delisting_row).await,
            ExportedList::Findings => portions.all(&self.reconcile().await?.findings, finding_row).await,
            ExportedList::Supervised => {
                let now = self.now();
                portions.all(&self.all_supervised().await?, |order| supervised_row(order, now)).await
            }
            ExportedList::Unsubscriptions => {
                let now = self.now();
                portions.all(&self.unsubscription_requests().await?, |one| requested_row(one, now)).await
            }
            ExportedList::Settlement(month) => {
                let estimate = self.settlement_month(month).await?.estimate;
                let mut lines: Vec<Value> = estimate.billed.iter().map(rows::settled).collect();
                lines.extend(estimate.waiting.iter().map(rows::waiting));
                portions.all(&lines, Value::clone).await
            }
            ExportedList::BillDifferences(month) => {
                portions.all(&self.settlement_month(month).await?.compared, rows::compared).await
            }
            ExportedList::SettlementTerms => {
                portions.all(&self.settlement_terms().await?, rows::settlement_terms).await
            }
            ExportedList::Register(kind) => portions.all(&self.register(kind).await?, rows::register).await,
            ExportedList::RegisterChanges(kind) => {
                let changes = self.inner.store.register_changes(kind, limit).await?;
                let rows: Vec<Value> =
                    changes.iter().flat_map(|(id, change)| rows::register_change_rows(kind, *id, change)).collect();
                portions.all(&rows, Value::clone).await
            }
        }
    }
}

/// Sends rows on their way, until nobody takes them any more.
struct Portions<'a> {
    limit: usize,
    cancel: &'a Cancel,
    /// How many rows there will be, once it is known.
    all: Arc<OnceLock<usize>>,
    to: mpsc::Sender<Vec<Value>>,
}

impl Portions<'_> {
    async fn by_id<R, F: Future<Output = Result<Vec<R>, StoreError>>>(
        self,
        mut ids: Vec<i64>,
        fetch: impl Fn(Vec<i64>) -> F,
        tell: impl Fn(&R) -> Value,
    ) -> Result<(), StoreError> {
        ids.truncate(self.limit);
        self.all.get_or_init(|| ids.len());
        for portion in ids.chunks(PORTION) {
            let rows = fetch(portion.to_vec()).await?;
            if self.cancel.is_cancelled() || self.to.send(rows.iter().map(&tell).collect()).await.is_err() {
                break;
            }
        }
        Ok(())
    }

    /// Lists that are read as a whole.
    async fn all<R>(self, list: &[R], tell: impl Fn(&R) -> Value) -> Result<(), StoreError> {
        let list = &list[..list.len().min(self.limit)];
        self.all.get_or_init(|| list.len());
        for portion in list.chunks(PORTION) {
            if self.cancel.is_cancelled() || self.to.send(portion.iter().map(&tell).collect()).await.is_err() {
                break;
            }
        }
        Ok(())
    }
}

fn portions(mut receiver: mpsc::Receiver<Vec<Value>>) -> impl FnMut() -> Option<Vec<Value>> {
    move || receiver.blocking_recv()
}

fn format_of(file: &Path) -> Result<Format, ExportError> {
    let extension = file.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
    match extension.as_deref() {
        Some("csv") => Ok(Format::Csv),
        Some("xlsx") => Ok(Format::Xlsx),
        _ => Err(ExportError::Format(file.to_owned())),
    }
}

/// A row as it is told, in the order of the columns.
fn cells(columns: &[&str], row: &Value) -> Vec<Cell> {
    let cell = |value: &Value| match value {
        Value::Null => Cell::Empty,
        Value::String(text) => Cell::Text(text.clone()),
        Value::Number(number) => number.as_i64().map_or_else(|| Cell::Text(number.to_string()), Cell::Number),
        other => Cell::Text(other.to_string()),
    };
    columns.iter().map(|column| row.get(column).map_or(Cell::Empty, cell)).collect()
}

/// Beside the place where it is to stand. A temporary file is its owner's alone and stays so: lists tell of customers.
fn write(
    file: &Path,
    format: Format,
    columns: &[&str],
    rows: impl Iterator<Item = Vec<Cell>>,
    progress: impl FnMut(usize) -> ControlFlow<()>,
) -> Result<(NamedTempFile, usize), ExportError> {
    let io = |error| unwritable(file, Reason::Io(error));
    let dir = file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut temporary = NamedTempFile::new_in(dir).map_err(io)?;
    let mut out = BufWriter::new(temporary.as_file_mut());
    let written = match format {
        Format::Csv => sheet::write_csv(&mut out, columns, rows, progress),
        Format::Xlsx => sheet::write_xlsx(&mut out, columns, rows, progress),
    };
    let rows = written.map_err(|error| match error {
        WriteError::Cancelled => ExportError::Cancelled,
        error => unwritable(file, Reason::Table(error)),
    })?;
    out.flush().map_err(io)?;
    drop(out);
    Ok((temporary, rows))
}

fn persist(temporary: NamedTempFile, file: &Path) -> Result<(), ExportError> {
    let io = |error| unwritable(file, Reason::Io(error));
    temporary.as_file().sync_all().map_err(io)?;
    temporary.persist(file).map(drop).map_err(|failed| io(failed.error))
}

fn unwritable(file: &Path, reason: Reason) -> ExportError {
    ExportError::Unwritable { file: file.to_owned(), reason }
}
