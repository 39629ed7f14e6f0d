//! A table from elsewhere on its way in: a file is chosen or a text pasted, its headings and columns are looked at and put right, what is wrong
//! is told row by row, then it is entered. Knows no kind of table: [`ImportKind`] says which columns are wanted.

mod outcome;
mod pasted;
mod preview;

use std::{path::PathBuf, sync::Arc};

use egui::{ComboBox, Grid, RichText, Ui};

use self::{
    pasted::PastedField,
    preview::{HEADINGS, column_name, preview, width},
};
use super::{FileField, Zone, primary_button};
use crate::{
    desk::{
        Refusal,
        files::{ColumnMapping, HeaderFinder, TableSource},
        import::{ImportKind, Imported, ReadTable, TableCheck, TableOrder},
        session::{Command, Event, ImportCommand, TableImport},
    },
    domain::World,
    ui::{
        context::{Request, ViewContext},
        text,
        theme::Palette,
    },
};

/// As wide as a name and its column are.
const PAIR: f32 = 300.0;

/// What the form tells its view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) enum ImportOutcome {
    Stay,
    Close,
}

pub(in crate::ui) struct ImportForm {
    kind: ImportKind,
    file: FileField,
    pasted: PastedField,
    zone: Zone,
    /// The table whose columns are chosen.
    table: Option<Arc<ReadTable>>,
    mapping: ColumnMapping,
    /// The check that was asked for last, of what, and why there is none.
    number: u64,
    asked: Option<(World, Zone, ColumnMapping)>,
    refused: Option<(u64, Refusal)>,
    leave_out: bool,
    replace: bool,
    entering: bool,
    done: Option<Imported>,
    /// The earlier imports were asked for.
    looked: bool,
}

impl ImportForm {
    pub(in crate::ui) fn new(kind: ImportKind) -> Self {
        Self {
            kind,
            file: FileField::default(),
            pasted: PastedField::default(),
            // The console tells times in Beijing's.
            zone: if kind == ImportKind::Orders { Zone::Beijing } else { Zone::default() },
            table: None,
            mapping: ColumnMapping::default(),
            number: 0,
            asked: None,
            refused: None,
            leave_out: false,
            replace: false,
            entering: false,
            done: None,
            looked: false,
        }
    }

    /// A file that was dropped onto the window.
    pub(in crate::ui) fn bring(&mut self, cx: &mut ViewContext<'_>, file: PathBuf) {
        self.file.set(file.display().to_string());
        self.read(cx, TableSource::File(file));
    }

    pub(in crate::ui) fn notice(&mut self, event: &Event) {
        match event {
            Event::Imported(imported) if imported.kind == self.kind => {
                self.entering = false;
                self.done = Some(imported.clone());
            }
            Event::ImportTakenBack(batch) if self.done.as_ref().is_some_and(|done| done.batch == Some(batch.id)) => {
                // The same file may be entered once more.
                (self.done, self.asked) = (None, None);
            }
            Event::ImportRefused { kind, check: Some(number), refusal } if *kind == self.kind => {
                // What was asked stays asked: to ask again at once would be refused again.
                self.refused = Some((*number, refusal.clone()));
            }
            Event::ImportRefused { kind, check: None, .. } if *kind == self.kind => {
                (self.entering, self.asked) = (false, None);
            }
            Event::ImportCancelled => (self.entering, self.asked) = (false, None),
            _ => {}
        }
    }

    fn read(&mut self, cx: &mut ViewContext<'_>, source: TableSource) {
        (self.table, self.asked, self.done) = (None, None, None);
        cx.ask(Command::Import(ImportCommand::Read { kind: self.kind, source }));
    }

    pub(in crate::ui) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) -> ImportOutcome {
        let muted = Palette::of(ui.visuals()).muted;
        let closed = ui
            .horizontal_wrapped(|ui| {
                let mut read = self.file.show_open(ui, cx, &text!(cx.texts, "import-file"));
                let ready = self.file.path().is_some() && !self.entering;
                read |= ui.add_enabled(ready, egui::Button::new(text!(cx.texts, "import-read"))).clicked();
                if let Some(file) = self.file.path().filter(|_| read && ready) {
                    self.read(cx, TableSource::File(file));
                }
                self.pasted.switch(ui, cx);
                ui.button(text!(cx.texts, "close")).clicked()
            })
            .inner;
        if let Some(text) = self.pasted.show(ui, cx, self.kind).filter(|_| !self.entering) {
            self.read(cx, TableSource::Pasted(text));
        }
        let wanted = self.kind.columns().iter().map(|wanted| wanted.name).collect::<Vec<_>>().join(", ");
        ui.label(RichText::new(text!(cx.texts, "import-meaning", columns = wanted)).color(muted));
        if let Some(done) = &self.done {
            outcome::told(ui, cx, done);
        } else {
            let import = cx.snapshot.import.clone();
            match import.as_ref() {
                TableImport::Reading(kind) if *kind == self.kind => drop(ui.label(text!(cx.texts, "loading"))),
                TableImport::Failed { kind, refusal } if *kind == self.kind => {
                    ui.colored_label(Palette::of(ui.visuals()).bad, cx.texts.refusal(refusal));
                }
                TableImport::Read { table, check } if table.kind == self.kind => {
                    self.table(ui, cx, table, check.as_ref());
                }
                _ => {}
            }
        }
        if !self.looked {
            self.looked = true;
            cx.ask(Command::Import(ImportCommand::Look(self.kind)));
        }
        let imports = cx.snapshot.imports.clone();
        // The rows of a table need the place.
        if imports.kind == Some(self.kind) && (self.table.is_none() || self.done.is_some()) {
            outcome::earlier(ui, cx, &imports.batches);
        }
        let escaped =
            !cx.keyboard_taken && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, egui::Key::Escape));
        if closed || escaped {
            cx.ask(Command::Import(ImportCommand::Forget));
            return ImportOutcome::Close;
        }
        ImportOutcome::Stay
    }

    fn table(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        table: &Arc<ReadTable>,
        check: Option<&(u64, Arc<TableCheck>)>,
    ) {
        if self.table.as_ref().is_none_or(|known| !Arc::ptr_eq(known, table)) {
            self.table = Some(table.clone());
            self.mapping = table.mapping.clone();
            (self.asked, self.leave_out, self.replace) = (None, false, false);
        }
        ui.separator();
        self.choose(ui, cx, table);
        let check = check.filter(|(number, _)| *number == self.number).map(|(_, check)| check.as_ref());
        preview(ui, cx, table, &self.mapping, check);
        ui.separator();
        let missing = HeaderFinder::new(self.kind.columns()).missing(&self.mapping);
        if !missing.is_empty() {
            let line = text!(cx.texts, "import-missing", columns = missing.join(", "));
            ui.colored_label(Palette::of(ui.visuals()).warn, line);
            return;
        }
        self.ask(cx, table);
        let refused = self.refused.as_ref().filter(|(number, _)| *number == self.number);
        match (check, refused) {
            (Some(check), _) => self.checked(ui, cx, table, check),
            (None, Some((_, refusal))) => {
                ui.colored_label(Palette::of(ui.visuals()).bad, cx.texts.refusal(refusal));
            }
            (None, None) => drop(ui.label(text!(cx.texts, "import-checking"))),
        }
    }

    fn choose(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, table: &ReadTable) {
        ui.horizontal_wrapped(|ui| {
            let label = ui.label(text!(cx.texts, "import-headings"));
            let row = |row: Option<usize>| match row {
                Some(row) => {
                    let row: usize = row + 1;
                    text!(cx.texts, "import-row", row = row)
                }
                None => text!(cx.texts, "import-no-headings"),
            };
            let mut chosen = self.mapping.header_row;
            let rows = table.sheet.rows.len().min(HEADINGS);
            ComboBox::from_id_salt("import-headings")
                .selected_text(row(chosen))
                .show_ui(ui, |ui| {
                    for choice in std::iter::once(None).chain((0..rows).map(Some)) {
                        ui.selectable_value(&mut chosen, choice, row(choice));
                    }
                })
                .response
                .labelled_by(label.id);
            if chosen != self.mapping.header_row {
                self.mapping = HeaderFinder::new(self.kind.columns()).in_row(&table.sheet, chosen);
            }
            if self.kind.has_times() {
                self.zone.choose(ui, cx);
            }
        });
        let width = width(table);
        let pairs = if ui.available_width() > 3.0 * PAIR { 3 } else { 2 };
        Grid::new("import-columns").num_columns(2 * pairs).spacing([10.0, 4.0]).show(ui, |ui| {
            for (at, wanted) in self.kind.columns().iter().enumerate() {
                let name = if wanted.required { format!("{} *", wanted.name) } else { wanted.name.to_owned() };
                let label = ui.label(name);
                let mut chosen = self.mapping.columns.get(wanted.name).copied();
                let name = |column: Option<usize>| match column {
                    Some(column) => column_name(&self.mapping, column),
                    None => text!(cx.texts, "import-no-column"),
                };
                ComboBox::from_id_salt(("import-column", wanted.name))
                    .selected_text(name(chosen))
                    .width(PAIR / 2.0)
                    .show_ui(ui, |ui| {
                        for choice in std::iter::once(None).chain((0..width).map(Some)) {
                            ui.selectable_value(&mut chosen, choice, name(choice));
                        }
                    })
                    .response
                    .labelled_by(label.id);
                match chosen {
                    Some(column) => drop(self.mapping.columns.insert(wanted.name.to_owned(), column)),
                    None => drop(self.mapping.columns.remove(wanted.name)),
                }
                if at % pairs == pairs - 1 {
                    ui.end_row();
                }
            }
        });
    }

    fn order(&self, cx: &ViewContext<'_>, table: &Arc<ReadTable>) -> TableOrder {
        let zone = self.zone.time_zone(cx.times);
        let replace = self.replace && self.kind.may_replace();
        TableOrder { world: cx.world, table: table.clone(), mapping: self.mapping.clone(), zone, replace }
    }

    fn ask(&mut self, cx: &mut ViewContext<'_>, table: &Arc<ReadTable>) {
        let same = self
            .asked
            .as_ref()
            .is_some_and(|(world, zone, mapping)| *world == cx.world && *zone == self.zone && *mapping == self.mapping);
        if same {
            return;
        }
        self.number += 1;
        self.asked = Some((cx.world, self.zone, self.mapping.clone()));
        let order = self.order(cx, table);
        cx.ask(Command::Import(ImportCommand::Check { number: self.number, order }));
    }

    fn checked(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, table: &Arc<ReadTable>, check: &TableCheck) {
        let palette = Palette::of(ui.visuals());
        let wrong = check.wrong();
        ui.horizontal_wrapped(|ui| {
            let leaves_out = wrong == 0 || self.leave_out;
            let ready = check.ready > 0 && leaves_out && !self.entering;
            let enter = text!(cx.texts, "import-enter", count = check.ready);
            if primary_button(ui, &enter, ready).clicked() {
                let order = self.order(cx, table);
                let command = Command::Import(ImportCommand::Enter { order, leave_out: self.leave_out });
                if self.replace {
                    let question = text!(cx.texts, "import-replace-question");
                    cx.requests.push(Request::Confirm { question, yes: enter, command });
                } else {
                    cx.ask(command);
                    self.entering = true;
                }
            }
            if self.kind.may_replace() {
                ui.checkbox(&mut self.replace, text!(cx.texts, "import-replace"));
            }
            if let Some((done, all)) = cx.snapshot.imports.entering.filter(|_| self.entering) {
                ui.spinner();
                ui.label(text!(cx.texts, "import-progress", done = done, all = all));
                if ui.button(text!(cx.texts, "cancel")).clicked() {
                    cx.ask(Command::Import(ImportCommand::Cancel));
                }
            }
            ui.label(text!(cx.texts, "import-rows", count = check.rows));
            let harmless = check.problems.iter().filter(|(_, problem)| problem.is_harmless()).count();
            if harmless > 0 {
                ui.colored_label(palette.busy, text!(cx.texts, "import-harmless", count = harmless));
            }
            if wrong > 0 {
                ui.colored_label(palette.bad, text!(cx.texts, "import-wrong", count = wrong));
                if self.kind.may_leave_out() {
                    ui.checkbox(&mut self.leave_out, text!(cx.texts, "import-leave-out"));
                } else {
                    ui.label(RichText::new(text!(cx.texts, "import-whole")).color(palette.muted));
                }
            }
        });
        outcome::problems(ui, cx, &check.problems);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: ImportKind = ImportKind::Orders;

    fn refusal() -> Refusal {
        Refusal::NoClientSecret { app_id: "app-1".into() }
    }

    fn refused(kind: ImportKind, check: Option<u64>) -> Event {
        Event::ImportRefused { kind, check, refusal: refusal() }
    }

    #[test]
    fn only_its_own_refusal_ends_what_is_entered() {
        let mut form = ImportForm { entering: true, ..ImportForm::new(KIND) };
        for other in [Event::Refused(refusal()), refused(ImportKind::PurchaseLimits, None), refused(KIND, Some(1))] {
            form.notice(&other);
            assert!(form.entering, "{other:?}");
        }
        form.notice(&refused(KIND, None));
        assert!(!form.entering);
    }

    #[test]
    fn a_check_that_was_refused_is_not_asked_for_again() {
        let asked = Some((World::Live, Zone::Beijing, ColumnMapping::default()));
        let mut form = ImportForm { asked: asked.clone(), number: 1, ..ImportForm::new(KIND) };
        form.notice(&refused(KIND, Some(1)));
        assert_eq!((&form.asked, &form.refused), (&asked, &Some((1, refusal()))));
    }
}
