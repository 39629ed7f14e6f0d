//! Registers: entries that the operator keeps by hand or from tables, with what follows from them now.

use std::path::PathBuf;

use jiff::civil::Date;

use super::{
    Desk,
    files::{FileError, HeaderFinder, Sheet, Wanted, read_sheet},
    import::ImportWatch,
};
pub use crate::store::EntriesPut;
use crate::{
    domain::{
        register::{
            Catalogue, Context, Entry, EntryChange, EntryProblem, Judged, KeptEntry, NewEntry, ReadEntries,
            RegisterKind, STATE, read_rows,
        },
        settlement::Terms,
    },
    store::StoreError,
};

/// The column by which a table names entries.
pub const ID: &str = "id";

/// Why nothing was changed in a register.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    File(#[from] FileError),
    #[error("no row of the table has the headings of {kind}: {}", .columns.join(", "))]
    NoColumns { kind: RegisterKind, columns: Vec<&'static str> },
    #[error("the table has no rows below its headings")]
    NoRows,
    /// By line.
    #[error("nothing was taken: {}", in_lines(.0))]
    Lines(Vec<(usize, EntryProblem)>),
    #[error("{}", in_one(.0))]
    Entry(Vec<EntryProblem>),
    #[error("{kind} have no entry {id}")]
    NoSuchEntry { kind: RegisterKind, id: i64 },
}

fn in_lines(problems: &[(usize, EntryProblem)]) -> String {
    problems.iter().map(|(line, problem)| format!("line {line}: {problem}")).collect::<Vec<_>>().join("; ")
}

fn in_one(problems: &[EntryProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The headings of a kind: what its export writes, and its import reads.
pub fn register_columns(kind: RegisterKind) -> Vec<&'static str> {
    let fields = kind.register().fields.iter().map(|field| field.name);
    [ID].into_iter().chain(fields).chain([STATE]).collect()
}

/// The columns of a kind, with what the console and people call them.
pub(super) fn wanted_columns(kind: RegisterKind) -> Vec<Wanted<'static>> {
    let fields = kind.register().fields.iter().map(|field| Wanted {
        name: field.name,
        aliases: field.aliases,
        required: field.required,
    });
    let own = [(ID, &[][..]), (STATE, &["状态"][..])];
    let own = own.into_iter().map(|(name, aliases)| Wanted { name, aliases, required: false });
    fields.chain(own).collect()
}

fn read_table(kind: RegisterKind, known: &[KeptEntry], sheet: &Sheet) -> Result<ReadEntries, RegisterError> {
    let wanted = wanted_columns(kind);
    let no_columns = || RegisterError::NoColumns { kind, columns: register_columns(kind) };
    let mapping = HeaderFinder::new(&wanted).find(sheet).ok_or_else(no_columns)?;
    let mapped = mapping.of(sheet);
    let there: Vec<&'static str> =
        register_columns(kind).into_iter().filter(|name| *name != ID && mapping.columns.contains_key(*name)).collect();
    if there.is_empty() {
        return Err(no_columns());
    }
    // An empty cell of a column that is there empties the field.
    let rows: Vec<_> = mapped
        .rows()
        .map(|row| {
            let values = there.iter().map(|name| (*name, row.get(name).unwrap_or_default()));
            (row.number, row.get(ID), values.collect())
        })
        .collect();
    if rows.is_empty() {
        return Err(RegisterError::NoRows);
    }
    Ok(read_rows(kind, known, rows))
}

impl Desk {
    /// Every entry with what follows from it now, those that are due first.
    pub async fn registers(&self) -> Result<Vec<Judged>, StoreError> {
        let workdays = self.workdays().await;
        let prices = self.prices().await?;
        Ok(Judged::all(self.inner.store.register_entries().await?, &prices, self.now(), &workdays))
    }

    pub async fn register(&self, kind: RegisterKind) -> Result<Vec<Judged>, StoreError> {
        let mut judged = self.registers().await?;
        judged.retain(|judged| judged.kept.kind == kind);
        Ok(judged)
    }

    /// What is known of products, from the registers and the prices.
    pub async fn catalogue(&self) -> Result<Catalogue, StoreError> {
        let prices = self.prices().await?;
        Ok(Catalogue::of(&self.inner.store.register_entries().await?).with_prices(&prices))
    }

    async fn prices(&self) -> Result<Vec<Terms>, StoreError> {
        Ok(self.inner.store.settlement_terms().await?.into_iter().map(|kept| kept.terms).collect())
    }

    /// Keeps all of these entries, or none.
    pub async fn put_entries(
        &self,
        kind: RegisterKind,
        entries: Vec<NewEntry>,
        by: &str,
    ) -> Result<EntriesPut, StoreError> {
        self.put_entries_watched(kind, entries, by, &ImportWatch::default()).await
    }

    /// The same, while somebody watches how far it is.
    pub(super) async fn put_entries_watched(
        &self,
        kind: RegisterKind,
        entries: Vec<NewEntry>,
        by: &str,
        watch: &ImportWatch,
    ) -> Result<EntriesPut, StoreError> {
        let (products, workdays, now) = (self.catalogue().await?, self.workdays().await, self.now());
        let context = Context { now, products: &products, workdays: &workdays };
        let with_due = |new: NewEntry| {
            let due = kind.due(&new.entry, &context);
            (new, due)
        };
        let entries: Vec<(NewEntry, Option<Date>)> = entries.into_iter().map(with_due).collect();
        self.inner.store.put_register_entries(kind, entries, by.to_owned(), now, watch.clone()).await
    }

    /// Adds an entry, or changes those of its fields that are named.
    pub async fn put_values(
        &self,
        kind: RegisterKind,
        id: Option<i64>,
        values: &[(String, String)],
        by: &str,
    ) -> Result<EntriesPut, RegisterError> {
        let base = match id {
            None => kind.register().blank(),
            Some(id) => {
                let known = self.inner.store.register_entries().await?;
                let known = known.into_iter().find(|kept| kept.kind == kind && kept.id == id);
                known.ok_or(RegisterError::NoSuchEntry { kind, id })?.entry
            }
        };
        let values = values.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let entry = kind.register().read(&base, values).map_err(RegisterError::Entry)?;
        Ok(self.put_entries(kind, vec![NewEntry { id, entry }], by).await?)
    }

    /// Takes every row of a CSV or XLSX file, or none.
    pub async fn import_entries(
        &self,
        kind: RegisterKind,
        file: PathBuf,
        by: &str,
    ) -> Result<EntriesPut, RegisterError> {
        let sheet = read_sheet(file).await?;
        let known = self.inner.store.register_entries().await?;
        let ReadEntries { entries, problems } = read_table(kind, &known, &sheet)?;
        if !problems.is_empty() {
            return Err(RegisterError::Lines(problems));
        }
        let entries = entries.into_iter().map(|(_, new)| new).collect();
        Ok(self.put_entries(kind, entries, by).await?)
    }

    pub async fn remove_entry(&self, kind: RegisterKind, id: i64, by: &str) -> Result<Entry, RegisterError> {
        let removed = self.inner.store.remove_register_entry(kind, id, true, by.to_owned(), self.now()).await?;
        removed.ok_or(RegisterError::NoSuchEntry { kind, id })
    }

    /// Puts a removed entry back.
    pub async fn restore_entry(&self, kind: RegisterKind, id: i64, by: &str) -> Result<Entry, RegisterError> {
        let restored = self.inner.store.remove_register_entry(kind, id, false, by.to_owned(), self.now()).await?;
        restored.ok_or(RegisterError::NoSuchEntry { kind, id })
    }

    /// Newest first.
    pub async fn entry_history(&self, id: i64) -> Result<Vec<EntryChange>, StoreError> {
        self.inner.store.register_history(id).await
    }
}
