//! Tables of a register: every row is an entry. A row that names an id, or tells the same entry by its key, changes that one.

use std::sync::LazyLock;

use super::{
    Fate, ImportError, ImportKind, ImportWatch, Imported, RowProblem, TableCheck, TableOrder, Understood, understand,
};
use crate::{
    desk::{
        Desk,
        files::Wanted,
        operator,
        registers::{ID, register_columns, wanted_columns},
    },
    domain::register::{NewEntry, ReadEntries, RegisterKind, STATE, read_rows},
};

static COLUMNS: LazyLock<[Vec<Wanted<'static>>; 4]> = LazyLock::new(|| RegisterKind::ALL.map(wanted_columns));

pub(super) fn columns(kind: RegisterKind) -> &'static [Wanted<'static>] {
    let at = RegisterKind::ALL.iter().position(|other| *other == kind);
    at.and_then(|at| COLUMNS.get(at)).map_or(&[], Vec::as_slice)
}

impl Desk {
    pub(super) async fn check_register(
        &self,
        kind: RegisterKind,
        order: TableOrder,
    ) -> Result<TableCheck, ImportError> {
        let rows = self.register_rows(kind, order).await?;
        let known = self.inner.store.register_entries().await?;
        let fates = rows.good.iter().map(|(row, new)| {
            let before = known.iter().find(|kept| Some(kept.id) == new.id).map(|kept| &kept.entry);
            let changed = |name: &&str| match before {
                Some(before) if *name == STATE => before.state != new.entry.state,
                Some(before) => before.get(name) != new.entry.get(name),
                None => false,
            };
            let columns = register_columns(kind).into_iter().filter(changed).collect();
            (*row, if before.is_some() { Fate::Changes { columns } } else { Fate::New })
        });
        Ok(TableCheck::of(&rows, rows.good.len(), fates.collect()))
    }

    async fn register_rows(&self, kind: RegisterKind, order: TableOrder) -> Result<Understood<NewEntry>, ImportError> {
        let known = self.inner.store.register_entries().await?;
        understand(order, move |order| {
            let mapping = &order.mapping;
            let there: Vec<&'static str> = register_columns(kind)
                .into_iter()
                .filter(|name| *name != ID && mapping.columns.contains_key(*name))
                .collect();
            let mapped = mapping.of(&order.table.sheet);
            // An empty cell of a column that is there empties the field.
            let rows: Vec<_> = mapped
                .rows()
                .map(|row| {
                    let values = there.iter().map(|name| (*name, row.get(name).unwrap_or_default()));
                    (row.number, row.get(ID), values.collect())
                })
                .collect();
            let all = rows.len();
            let ReadEntries { entries, problems } = read_rows(kind, &known, rows);
            let mut problems: Vec<(usize, RowProblem)> =
                problems.into_iter().map(|(row, problem)| (row, RowProblem::Entry(problem))).collect();
            let is_kept = |new: &NewEntry| {
                known.iter().any(|kept| kept.kind == kind && Some(kept.id) == new.id && kept.entry == new.entry)
            };
            let (same, good): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(_, new)| is_kept(new));
            problems.extend(
                same.into_iter().map(|(row, new)| (row, RowProblem::Known { text: kind.register().title(&new.entry) })),
            );
            problems.sort_by_key(|(row, _)| *row);
            Understood { all, good, problems }
        })
        .await
    }

    pub(super) async fn import_register(
        &self,
        kind: RegisterKind,
        order: TableOrder,
        leave_out: bool,
        watch: &ImportWatch,
    ) -> Result<Imported, ImportError> {
        let rows = self.register_rows(kind, order).await?.or_refused(leave_out)?;
        let mut imported = Imported::new(ImportKind::Register(kind), None, rows.all, rows.problems);
        let entries: Vec<NewEntry> = rows.good.into_iter().map(|(_, new)| new).collect();
        imported.entered = entries.iter().map(|new| kind.register().title(&new.entry)).collect();
        self.put_entries_watched(kind, entries, &operator(), watch).await?;
        Ok(imported)
    }
}
