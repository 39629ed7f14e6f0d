//! The session's part of imports: a table is read, checked as often as another column is chosen, and entered.

use std::sync::Arc;

use super::{
    event::Event,
    run::{Done, Run},
};
use crate::desk::{
    files::TableSource,
    import::{ImportKind, ReadTable, TableCheck, TableOrder},
};

#[derive(Clone, Debug)]
pub enum ImportCommand {
    /// Reads a table and guesses its columns.
    Read { kind: ImportKind, source: TableSource },
    /// Looks through it. `number` tells the answer from older ones.
    Check { number: u64, order: TableOrder },
    /// `leave_out`: rows that are wrong, else they prevent it.
    Enter { order: TableOrder, leave_out: bool },
    /// The table is not wanted any more.
    Forget,
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
        reason: String,
    },
}

/// What comes back from background work.
pub(super) enum ImportDone {
    /// The answer to that reading; a newer one may be under way.
    Read(u64, TableImport),
    Checked(u64, Arc<ReadTable>, TableCheck),
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
                        Err(error) => TableImport::Failed { kind, reason: error.to_string() },
                    };
                    Done::Import(ImportDone::Read(reading, import))
                });
            }
            ImportCommand::Check { number, order } => self.spawn(move |desk| async move {
                let table = order.table.clone();
                match desk.check_table(order).await {
                    Ok(check) => Done::Import(ImportDone::Checked(number, table, check)),
                    Err(error) => Done::Event(Event::Refused { reason: error.to_string() }),
                }
            }),
            ImportCommand::Enter { order, leave_out } => self.spawn(move |desk| async move {
                Done::Event(match desk.import_table(order, leave_out).await {
                    Ok(imported) => Event::Imported(imported),
                    Err(error) => Event::Refused { reason: error.to_string() },
                })
            }),
            ImportCommand::Forget => {
                self.import_reading += 1;
                self.table_is(TableImport::Nothing);
            }
        }
    }

    pub(super) fn take_import(&mut self, done: ImportDone) {
        match done {
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
