//! Tables that somebody brings from elsewhere, such as lists of codes and what the seller console exports: read, their columns
//! found, checked row by row, and entered. What a kind of table means stands in a file of its own; this one knows the way
//! that all of them go.
//!
//! A further kind is a variant of [`ImportKind`] and its arm in each of the matches here.

mod batch;
mod bill;
mod licenses;
mod limits;
mod orders;
mod prices;
mod registers;

use std::{collections::HashSet, sync::Arc};

use jiff::tz::TimeZone;
use tokio::task::spawn_blocking;

use super::{
    Desk, DeskError,
    files::{ColumnMapping, FileError, HeaderFinder, Sheet, TableSource, Wanted, read_source},
};
use crate::domain::{
    World,
    limit::{LimitProblem, TargetProblem},
    register::{EntryProblem, RegisterKind},
    usage::UsageProblem,
};
pub use crate::store::{BatchId, ImportBatch, ImportWatch};

/// What is told of a cell that is wrong, in characters.
const TOLD: usize = 80;
/// Rows of which it is told what will happen to each.
const FIRST: usize = 50;

/// What a table holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImportKind {
    LicenseCodes,
    PurchaseLimits,
    /// And trial whitelists.
    SalesTargets,
    /// The console's order export.
    Orders,
    Register(RegisterKind),
    /// Lines of a bill of KooGallery.
    Bill,
    /// Products' terms for settlement.
    Prices,
}

impl ImportKind {
    /// By which its columns are remembered.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LicenseCodes => "license-codes",
            Self::PurchaseLimits => "purchase-limits",
            Self::SalesTargets => "sales-targets",
            Self::Orders => "orders",
            Self::Register(kind) => kind.name(),
            Self::Bill => "bill",
            Self::Prices => "prices",
        }
    }

    pub fn columns(self) -> &'static [Wanted<'static>] {
        match self {
            Self::LicenseCodes => licenses::COLUMNS,
            Self::PurchaseLimits => limits::LIMIT_COLUMNS,
            Self::SalesTargets => limits::TARGET_COLUMNS,
            Self::Orders => orders::COLUMNS,
            Self::Register(kind) => registers::columns(kind),
            Self::Bill => bill::COLUMNS,
            Self::Prices => prices::COLUMNS,
        }
    }

    /// Whether rows that are wrong may be left out; else a table is entered as a whole or not at all.
    pub const fn may_leave_out(self) -> bool {
        match self {
            Self::LicenseCodes | Self::Orders | Self::Bill => true,
            Self::PurchaseLimits | Self::SalesTargets | Self::Register(_) | Self::Prices => false,
        }
    }

    /// Whether it may take the place of all that is known of its kind.
    pub const fn may_replace(self) -> bool {
        match self {
            Self::LicenseCodes | Self::Orders | Self::Register(_) | Self::Bill | Self::Prices => false,
            Self::PurchaseLimits | Self::SalesTargets => true,
        }
    }

    /// Whether it has times, which need a zone where they name no offset.
    pub const fn has_times(self) -> bool {
        match self {
            Self::LicenseCodes | Self::Orders => true,
            // The others know days alone, or no time at all.
            Self::PurchaseLimits | Self::SalesTargets | Self::Register(_) | Self::Bill | Self::Prices => false,
        }
    }
}

/// A table before anything of it is entered.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadTable {
    pub kind: ImportKind,
    /// The file's name; empty where it was pasted.
    pub source: String,
    pub sheet: Sheet,
    /// As it was guessed, or fitted to what was chosen the last time.
    pub mapping: ColumnMapping,
}

/// What is to be made of a table.
#[derive(Clone, Debug)]
pub struct TableOrder {
    pub world: World,
    pub table: Arc<ReadTable>,
    pub mapping: ColumnMapping,
    /// Of times without an offset.
    pub zone: Option<TimeZone>,
    /// Where its kind may: what the table does not name goes.
    pub replace: bool,
}

/// Why a row is not entered. Rows are counted from 1, as a spreadsheet does.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowProblem {
    #[error("{column} is empty")]
    Empty { column: String },
    #[error("{column}: `{text}` is none")]
    Malformed { column: String, text: String },
    #[error("`{text}` stands in row {first} already")]
    Repeated { text: String, first: usize },
    #[error("`{text}` is known; nothing was changed")]
    Known { text: String },
    #[error("`{text}` has {lines} lines; the table has to say which of them the row is about")]
    SeveralLines { text: String, lines: usize },
    #[error("`{text}` says otherwise in {columns}; what KooGallery told stays")]
    Differs { text: String, columns: String },
    #[error("{column}: `{text}` is no time")]
    NoTime { column: String, text: String },
    #[error("{column}: `{text}` does not say in which time zone")]
    NoZone { column: String, text: String },
    #[error(transparent)]
    Entry(EntryProblem),
    #[error(transparent)]
    Limit(LimitProblem),
    #[error(transparent)]
    Target(TargetProblem),
}

impl RowProblem {
    /// Nothing is lost by leaving the row out.
    pub const fn is_harmless(&self) -> bool {
        matches!(self, Self::Repeated { .. } | Self::Known { .. } | Self::Differs { .. })
    }

    fn of_time(problem: UsageProblem, column: &str, text: &str) -> Self {
        let (column, text) = (column.to_owned(), told(text));
        match problem {
            UsageProblem::NoZone { .. } => Self::NoZone { column, text },
            _ => Self::NoTime { column, text },
        }
    }
}

/// A table that was looked through. Nothing of it is entered yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableCheck {
    /// Blank ones and the headings not counted.
    pub rows: usize,
    pub ready: usize,
    /// In the order of the rows.
    pub problems: Vec<(usize, RowProblem)>,
    /// What will happen to the first of those that are ready.
    pub first: Vec<(usize, Fate)>,
}

/// What will happen to a row that is entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is new.
    New,
    /// It adds to what is known; where it says otherwise, what is known stays.
    Joins { fills: Vec<&'static str>, differs: Vec<&'static str> },
    /// What it says takes the place of what is known.
    Changes { columns: Vec<&'static str> },
}

impl TableCheck {
    fn of<T>(rows: &Understood<T>, ready: usize, mut first: Vec<(usize, Fate)>) -> Self {
        first.truncate(FIRST);
        Self { rows: rows.all, ready, problems: rows.problems.clone(), first }
    }

    /// Rows that somebody has to mend, or to leave out on purpose.
    pub fn wrong(&self) -> usize {
        let wrong: HashSet<usize> =
            self.problems.iter().filter(|(_, problem)| !problem.is_harmless()).map(|(row, _)| *row).collect();
        wrong.len()
    }
}

/// What came of importing a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    pub kind: ImportKind,
    /// By which it can be taken back.
    pub batch: Option<BatchId>,
    pub rows: usize,
    /// By their names, in the order of the rows.
    pub entered: Vec<String>,
    pub skipped: Vec<(usize, RowProblem)>,
}

impl Imported {
    fn new(kind: ImportKind, batch: Option<BatchId>, rows: usize, skipped: Vec<(usize, RowProblem)>) -> Self {
        Self { kind, batch, rows, entered: Vec::new(), skipped }
    }
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Desk(#[from] DeskError),
    #[error("nothing was imported: {wrong} rows are wrong, the first is row {row}: {problem}")]
    Wrong { wrong: usize, row: usize, problem: RowProblem },
    #[error("the table has no rows below its headings")]
    NoRows,
    #[error("the import was cancelled; nothing of it was kept")]
    Cancelled,
    #[error("no import has the number {0}")]
    NoSuchBatch(i64),
    #[error("the import {0} was taken back already")]
    TakenBack(i64),
}

impl From<super::StoreError> for ImportError {
    fn from(error: super::StoreError) -> Self {
        match error {
            super::StoreError::Cancelled => Self::Cancelled,
            error => Self::Desk(error.into()),
        }
    }
}

impl Desk {
    /// Reads a table and finds its columns: as they were chosen the last time, where the file has the same headings, else by
    /// their names.
    pub async fn read_table(&self, kind: ImportKind, source: TableSource) -> Result<ReadTable, ImportError> {
        let name = source.name();
        let sheet = read_source(source).await?;
        let remembered = self.inner.store.import_columns(kind.name()).await?;
        let remembered = remembered.and_then(|json| serde_json::from_str::<ColumnMapping>(&json).ok());
        let mapping = remembered
            .and_then(|mapping| mapping.fit(&sheet).map(|fitted| with_news(kind, &sheet, &mapping, fitted)))
            .or_else(|| HeaderFinder::new(kind.columns()).find(&sheet))
            .unwrap_or_else(|| without_headings(kind, &sheet));
        Ok(ReadTable { kind, source: name, sheet, mapping })
    }

    /// Looks through a table, and compares it with what is known. Changes nothing.
    pub async fn check_table(&self, order: TableOrder) -> Result<TableCheck, ImportError> {
        has_columns(&order)?;
        match order.table.kind {
            ImportKind::LicenseCodes => self.check_licenses(order).await,
            ImportKind::Orders => self.check_orders(order).await,
            ImportKind::PurchaseLimits => self.limit_rows(order).await.map(|rows| rows.check()),
            ImportKind::SalesTargets => self.target_rows(order).await.map(|rows| rows.check()),
            ImportKind::Register(kind) => self.check_register(kind, order).await,
            ImportKind::Bill => Ok(self.bill_rows(order).await?.check_new()),
            ImportKind::Prices => Ok(self.price_rows(order).await?.check()),
        }
    }

    /// Enters a table and remembers its columns. Rows that are wrong are left out, or nothing is entered.
    pub async fn import_table(&self, order: TableOrder, leave_out: bool) -> Result<Imported, ImportError> {
        self.import_watched(order, leave_out, &ImportWatch::default()).await
    }

    /// The same, while somebody watches how far it is, and may cancel it: then nothing of it is kept.
    pub async fn import_watched(
        &self,
        order: TableOrder,
        leave_out: bool,
        watch: &ImportWatch,
    ) -> Result<Imported, ImportError> {
        has_columns(&order)?;
        let imported = match order.table.kind {
            ImportKind::LicenseCodes => self.import_licenses(order.clone(), leave_out, watch).await?,
            ImportKind::Orders => self.import_orders(order.clone(), leave_out, watch).await?,
            ImportKind::Register(kind) => self.import_register(kind, order.clone(), leave_out, watch).await?,
            ImportKind::PurchaseLimits => return Ok(self.import_limits(order, watch).await?.0),
            ImportKind::SalesTargets => return Ok(self.import_targets(order, watch).await?.0),
            ImportKind::Bill => self.import_bill(order.clone(), leave_out, watch).await?,
            ImportKind::Prices => self.import_prices(order.clone(), watch).await?,
        };
        remember(self, &order).await?;
        Ok(imported)
    }
}

/// The columns of a table that was entered, for the next of its kind.
async fn remember(desk: &Desk, order: &TableOrder) -> Result<(), ImportError> {
    if order.mapping.header_row.is_some()
        && let Ok(json) = serde_json::to_string(&order.mapping)
    {
        desk.inner.store.remember_import_columns(order.table.kind.name(), json).await?;
    }
    Ok(())
}

/// The rows of a table as they were understood.
struct Understood<T> {
    all: usize,
    /// By their row.
    good: Vec<(usize, T)>,
    problems: Vec<(usize, RowProblem)>,
}

impl<T> Understood<T> {
    fn check(&self) -> TableCheck {
        TableCheck::of(self, self.good.len(), Vec::new())
    }

    /// Where everything that is right is new.
    fn check_new(&self) -> TableCheck {
        let fates = self.good.iter().map(|(row, _)| (*row, Fate::New)).collect();
        TableCheck::of(self, self.good.len(), fates)
    }

    /// Refuses a table with anything wrong, or with nothing in it.
    fn whole(self) -> Result<Self, ImportError> {
        match self.problems.first() {
            Some((row, problem)) => {
                let (row, problem) = (*row, problem.clone());
                Err(ImportError::Wrong { wrong: self.check().wrong(), row, problem })
            }
            None if self.good.is_empty() => Err(ImportError::NoRows),
            None => Ok(self),
        }
    }

    fn values(self) -> Vec<T> {
        self.good.into_iter().map(|(_, value)| value).collect()
    }

    /// Refuses a table with wrong rows, unless they may be left out.
    fn or_refused(self, leave_out: bool) -> Result<Self, ImportError> {
        let check = TableCheck { problems: self.problems, ..TableCheck::default() };
        let wrong = check.wrong();
        let first = check.problems.iter().find(|(_, problem)| !problem.is_harmless());
        match first {
            Some((row, problem)) if !leave_out => {
                Err(ImportError::Wrong { wrong, row: *row, problem: problem.clone() })
            }
            _ => Ok(Self { problems: check.problems, ..self }),
        }
    }
}

/// Reads a table on a thread that may take its time: rows are as many as a spreadsheet has.
async fn understand<T: Send + 'static>(
    order: TableOrder,
    read: impl FnOnce(&TableOrder) -> Understood<T> + Send + 'static,
) -> Result<Understood<T>, ImportError> {
    spawn_blocking(move || read(&order)).await.map_err(|_panicked| FileError::Interrupted.into())
}

fn has_columns(order: &TableOrder) -> Result<(), DeskError> {
    let missing = HeaderFinder::new(order.table.kind.columns()).missing(&order.mapping);
    if missing.is_empty() { Ok(()) } else { Err(DeskError::MissingColumns(missing.join(", "))) }
}

/// Headings that the remembered file did not have are guessed as in a file that is seen for the first time.
fn with_news(kind: ImportKind, sheet: &Sheet, remembered: &ColumnMapping, mut fitted: ColumnMapping) -> ColumnMapping {
    let guessed = HeaderFinder::new(kind.columns()).in_row(sheet, fitted.header_row);
    for (name, column) in guessed.columns {
        let is_new = guessed.headings.get(column).is_some_and(|heading| !remembered.headings.contains(heading));
        let is_free = !fitted.columns.values().any(|taken| *taken == column);
        if is_new && is_free {
            fitted.columns.entry(name).or_insert(column);
        }
    }
    fitted
}

/// A file of one column needs no heading where one column is all that is required.
fn without_headings(kind: ImportKind, sheet: &Sheet) -> ColumnMapping {
    let mut required = kind.columns().iter().filter(|wanted| wanted.required);
    let only = required.next().filter(|_| required.next().is_none());
    let narrow = sheet.rows.iter().all(|row| row.len() <= 1);
    ColumnMapping::by_hand(sheet, None, only.filter(|_| narrow).map(|wanted| (wanted.name, 0)))
}

fn told(text: &str) -> String {
    text.chars().take(TOLD).collect()
}
