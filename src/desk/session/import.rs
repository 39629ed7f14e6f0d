//! The session's part of imports: a table is read, checked as often as another column is chosen, and entered.

use std::sync::Arc;

use super::{
    event::Event,
    run::{Done, Run},
};
use crate::desk::{
    Cancel, Refusal,
    files::TableSource,
    import::{BatchId, ImportBatch, ImportError, ImportKind, ImportWatch, ReadTable, TableCheck, TableOrder},
};

#[derive(Clone, Debug)]
pub enum ImportCommand {
    /// Reads a table and guesses its columns.
    Read {
        kind: ImportKind,
        source: TableSource,
    },
    /// Looks through it. `number` tells the answer from older ones.
    Check {
        number: u64,
        order: TableOrder,
    },
    /// `leave_out`: rows that are wrong, else they prevent it.
    Enter {
        order: TableOrder,
        leave_out: bool,
    },
    /// Ends the entering; nothing of it is kept.
    Cancel,
    /// The table is not wanted any more.
    Forget,
    /// Reads the earlier imports of a kind.
    Look(ImportKind),
    TakeBack(BatchId),
}

/// What is entered, and what was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imports {
    /// Rows that are entered, of all that are to be; `None` while nothing is.
    pub entering: Option<(usize, usize)>,
    /// Of which kind the earlier imports are.
    pub kind: Option<ImportKind>,
    /// Newest first.
    pub batches: Vec<ImportBatch>,
}

/// A table between its file and the desk.
#[derive(Clone, Debug, Default)]
pub enum TableImport {
    #[default]
    Nothing,
    Reading(ImportKind),
    Read {
        table: Arc<ReadTable>,
        /// The answer to the check of that number; `None` until the first is there.
        check: Option<(u64, Arc<TableCheck>)>,
    },
    Failed {
        kind: ImportKind,
        refusal: Refusal,
    },
}

/// What comes back from background work.
pub(super) enum ImportDone {
    /// The answer to that reading; a newer one may be under way.
    Read(u64, TableImport),
    Checked(u64, Arc<ReadTable>, TableCheck),
    Entering(usize, usize),
    Entered(Event, ImportKind),
    Batches(ImportKind, Vec<ImportBatch>),
}

fn refused(kind: ImportKind, check: Option<u64>, error: impl Into<Refusal>) -> Event {
    Event::ImportRefused { kind, check, refusal: error.into() }
}

impl Run {
    pub(super) fn obey_import(&mut self, command: ImportCommand) {
        match command {
            ImportCommand::Read { kind, source } => {
                self.import_reading += 1;
                let reading = self.import_reading;
                self.table_is(TableImport::Reading(kind));
                self.spawn(move |desk| async move {
                    let import = match desk.read_table(kind, source).await {
                        Ok(table) => TableImport::Read { table: Arc::new(table), check: None },
                        Err(error) => TableImport::Failed { kind, refusal: error.into() },
                    };
                    Done::Import(ImportDone::Read(reading, import))
                });
            }
            ImportCommand::Check { number, order } => self.spawn(move |desk| async move {
                let table = order.table.clone();
                let kind = table.kind;
                match desk.check_table(order).await {
                    Ok(check) => Done::Import(ImportDone::Checked(number, table, check)),
                    Err(error) => Done::Event(refused(kind, Some(number), error)),
                }
            }),
            ImportCommand::Enter { order, leave_out } => self.enter(order, leave_out),
            ImportCommand::Cancel => self.import_cancel.cancel(),
            ImportCommand::Look(kind) => self.look_at_imports(kind),
            ImportCommand::TakeBack(batch) => {
                let kind = self.snapshot.imports.kind.unwrap_or(ImportKind::Orders);
                self.spawn(move |desk| async move {
                    let event = match desk.take_back_import(batch).await {
                        Ok(batch) => Event::ImportTakenBack(batch),
                        Err(error) => Event::refused(error),
                    };
                    Done::Import(ImportDone::Entered(event, kind))
                });
            }
            ImportCommand::Forget => {
                self.import_reading += 1;
                self.table_is(TableImport::Nothing);
            }
        }
    }

    fn enter(&mut self, order: TableOrder, leave_out: bool) {
        let (kind, told) = (order.table.kind, self.done.clone());
        self.import_cancel = Cancel::default();
        // How far it is may be told less often than it is known.
        let progress = move |done, all| drop(told.try_send(Done::Import(ImportDone::Entering(done, all))));
        let watch = ImportWatch { cancel: self.import_cancel.clone(), progress: Some(Arc::new(progress)) };
        self.entering(Some((0, 0)));
        self.spawn(move |desk| async move {
            let event = match desk.import_watched(order, leave_out, &watch).await {
                Ok(imported) => Event::Imported(imported),
                Err(ImportError::Cancelled) => Event::ImportCancelled,
                Err(error) => refused(kind, None, error),
            };
            Done::Import(ImportDone::Entered(event, kind))
        });
    }

    fn look_at_imports(&self, kind: ImportKind) {
        self.spawn(move |desk| async move {
            match desk.imports(kind).await {
                Ok(batches) => Done::Import(ImportDone::Batches(kind, batches)),
                Err(error) => Done::Event(Event::refused(error)),
            }
        });
    }

    fn entering(&mut self, entering: Option<(usize, usize)>) {
        self.snapshot.imports = Arc::new(Imports { entering, ..self.snapshot.imports.as_ref().clone() });
        self.show();
    }

    pub(super) fn take_import(&mut self, done: ImportDone) {
        match done {
            ImportDone::Entering(done, all) => {
                if self.snapshot.imports.entering.is_some() {
                    self.entering(Some((done, all)));
                }
            }
            ImportDone::Entered(event, kind) => {
                self.entering(None);
                self.look_at_imports(kind);
                self.tell(event);
            }
            ImportDone::Batches(kind, batches) => {
                let entering = self.snapshot.imports.entering;
                self.snapshot.imports = Arc::new(Imports { entering, kind: Some(kind), batches });
                self.show();
            }
            ImportDone::Read(reading, import) if reading == self.import_reading => self.table_is(import),
            ImportDone::Checked(number, of, found) => {
                if let TableImport::Read { table, check } = self.snapshot.import.as_ref()
                    && Arc::ptr_eq(table, &of)
                    && check.as_ref().is_none_or(|(known, _)| *known < number)
                {
                    let (table, check) = (table.clone(), Some((number, Arc::new(found))));
                    self.table_is(TableImport::Read { table, check });
                }
            }
            ImportDone::Read(..) => {}
        }
    }

    fn table_is(&mut self, import: TableImport) {
        self.snapshot.import = Arc::new(import);
        self.show();
    }
}
