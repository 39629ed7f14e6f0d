//! A table from elsewhere on its way in: a file is chosen, its headings and columns are looked at and put right, what is wrong
//! is told row by row, then it is entered. Knows no kind of table: [`ImportKind`] says which columns are wanted.

use std::{path::PathBuf, sync::Arc};

use egui::{Color32, ComboBox, Grid, Label, RichText, ScrollArea, Ui};

use super::{Column, FileField, Table, Zone, primary_button};
use crate::{
    desk::{
        files::{ColumnMapping, HeaderFinder, TableSource},
        import::{ImportKind, Imported, ReadTable, RowProblem, TableCheck, TableOrder},
        session::{Command, Event, ImportCommand, TableImport},
    },
    domain::World,
    ui::{
        context::{Request, ViewContext},
        text,
        theme::Palette,
    },
};

/// Rows and columns that are shown of the file, and characters of a cell.
const ROWS: usize = 6;
const COLUMNS: usize = 24;
const CHARACTERS: usize = 22;
/// As far down as headings are looked for.
const HEADINGS: usize = 20;

/// What the form tells its view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) enum ImportOutcome {
    Stay,
    Close,
}

pub(in crate::ui) struct ImportForm {
    kind: ImportKind,
    file: FileField,
    zone: Zone,
    /// The table whose columns are chosen.
    table: Option<Arc<ReadTable>>,
    mapping: ColumnMapping,
    /// The check that was asked for last, and of what.
    number: u64,
    asked: Option<(World, Zone, ColumnMapping)>,
    leave_out: bool,
    replace: bool,
    entering: bool,
    done: Option<Imported>,
}

impl ImportForm {
    pub(in crate::ui) fn new(kind: ImportKind) -> Self {
        Self {
            kind,
            file: FileField::default(),
            zone: Zone::default(),
            table: None,
            mapping: ColumnMapping::default(),
            number: 0,
            asked: None,
            leave_out: false,
            replace: false,
            entering: false,
            done: None,
        }
    }

    /// A file that was dropped onto the window.
    pub(in crate::ui) fn bring(&mut self, cx: &mut ViewContext<'_>, file: PathBuf) {
        self.file.set(file.display().to_string());
        self.read(cx, file);
    }

    pub(in crate::ui) fn notice(&mut self, event: &Event) {
        match event {
            Event::Imported(imported) if imported.kind == self.kind => {
                self.entering = false;
                self.done = Some(imported.clone());
            }
            Event::Refused { .. } => self.entering = false,
            _ => {}
        }
    }

    fn read(&mut self, cx: &mut ViewContext<'_>, file: PathBuf) {
        (self.table, self.asked, self.done) = (None, None, None);
        cx.ask(Command::Import(ImportCommand::Read { kind: self.kind, source: TableSource::File(file) }));
    }

    pub(in crate::ui) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) -> ImportOutcome {
        let muted = Palette::of(ui.visuals()).muted;
        let closed = ui
            .horizontal_wrapped(|ui| {
                let mut read = self.file.show_open(ui, cx, &text!(cx.texts, "import-file"));
                let ready = self.file.path().is_some() && !self.entering;
                read |= ui.add_enabled(ready, egui::Button::new(text!(cx.texts, "import-read"))).clicked();
                if let Some(file) = self.file.path().filter(|_| read && ready) {
                    self.read(cx, file);
                }
                ui.button(text!(cx.texts, "close")).clicked()
            })
            .inner;
        let wanted = self.kind.columns().iter().map(|wanted| wanted.name).collect::<Vec<_>>().join(", ");
        ui.label(RichText::new(text!(cx.texts, "import-meaning", columns = wanted)).color(muted));
        if let Some(done) = &self.done {
            told(ui, cx, done);
        } else {
            let import = cx.snapshot.import.clone();
            match import.as_ref() {
                TableImport::Reading(kind) if *kind == self.kind => drop(ui.label(text!(cx.texts, "loading"))),
                TableImport::Failed { kind, reason } if *kind == self.kind => {
                    ui.colored_label(Palette::of(ui.visuals()).bad, reason);
                }
                TableImport::Read { table, check } if table.kind == self.kind => {
                    self.table(ui, cx, table, check.as_ref());
                }
                _ => {}
            }
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
        preview(ui, table, &self.mapping);
        ui.separator();
        let missing = HeaderFinder::new(self.kind.columns()).missing(&self.mapping);
        if !missing.is_empty() {
            let line = text!(cx.texts, "import-missing", columns = missing.join(", "));
            ui.colored_label(Palette::of(ui.visuals()).warn, line);
            return;
        }
        self.ask(cx, table);
        match check.filter(|(number, _)| *number == self.number) {
            Some((_, check)) => self.checked(ui, cx, table, check),
            None => drop(ui.label(text!(cx.texts, "import-checking"))),
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
        ui.horizontal_wrapped(|ui| {
            for wanted in self.kind.columns() {
                let name = if wanted.required { format!("{} *", wanted.name) } else { wanted.name.to_owned() };
                let label = ui.label(name);
                let mut chosen = self.mapping.columns.get(wanted.name).copied();
                let name = |column: Option<usize>| match column {
                    Some(column) => column_name(&self.mapping, column),
                    None => text!(cx.texts, "import-no-column"),
                };
                ComboBox::from_id_salt(("import-column", wanted.name))
                    .selected_text(name(chosen))
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
                ui.add_space(6.0);
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
            if self.entering {
                ui.spinner();
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
        problems(ui, cx, &check.problems);
    }
}

/// What became of it: so many of so many, and why the others were left out.
fn told(ui: &mut Ui, cx: &mut ViewContext<'_>, done: &Imported) {
    ui.separator();
    let palette = Palette::of(ui.visuals());
    let line = text!(cx.texts, "import-done", entered = done.entered.len(), rows = done.rows);
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(line).strong().color(palette.good));
        if done.skipped.is_empty() {
            return;
        }
        ui.colored_label(palette.busy, text!(cx.texts, "import-skipped", count = done.skipped.len()));
        if ui.button(text!(cx.texts, "copy-codes")).clicked() {
            let lines: Vec<String> = done.skipped.iter().map(|(row, problem)| line_of(cx, *row, problem)).collect();
            cx.copy(lines.join("\n"), text!(cx.texts, "import-skipped", count = done.skipped.len()));
        }
    });
    problems(ui, cx, &done.skipped);
}

fn line_of(cx: &ViewContext<'_>, row: usize, problem: &RowProblem) -> String {
    let (row, problem) = (text!(cx.texts, "import-row", row = row), cx.texts.row_problem(problem));
    format!("{row}: {problem}")
}

/// However many: only those in sight are drawn.
fn problems(ui: &mut Ui, cx: &ViewContext<'_>, problems: &[(usize, RowProblem)]) {
    if problems.is_empty() {
        return;
    }
    let columns: [Column<()>; 2] = [
        Column::new(text!(cx.texts, "column-row"), 60.0),
        Column::new(text!(cx.texts, "column-usage-problem"), 1000.0),
    ];
    let table = Table {
        id: "import-problems",
        columns: &columns,
        rows: problems.len(),
        order: None,
        current: None,
        scroll_to: None,
        name: &|at| problems.get(at).map_or_else(String::new, |(row, problem)| line_of(cx, *row, problem)),
        marked: &|_| false,
    };
    table.show(ui, &mut |ui, at, column| {
        let Some((row, problem)) = problems.get(at) else { return };
        let palette = Palette::of(ui.visuals());
        let color = if problem.is_harmless() { palette.muted } else { palette.bad };
        let cell = if column == 0 { row.to_string() } else { cx.texts.row_problem(problem) };
        ui.add(Label::new(RichText::new(cell).color(color)).truncate());
    });
}

/// The first rows as they stand in the file, and over each column what it is taken for.
fn preview(ui: &mut Ui, table: &ReadTable, mapping: &ColumnMapping) {
    let palette = Palette::of(ui.visuals());
    let columns = width(table).min(COLUMNS);
    let first = mapping.header_row.unwrap_or(0);
    let cell = |ui: &mut Ui, text: &str, color: Color32| {
        let mut shown: String = text.chars().take(CHARACTERS).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        ui.add(Label::new(RichText::new(shown).color(color)).extend());
    };
    ScrollArea::horizontal().id_salt("import-preview").show(ui, |ui| {
        Grid::new("import-preview").striped(true).spacing([14.0, 3.0]).show(ui, |ui| {
            ui.label("");
            for column in 0..columns {
                let name = mapping.columns.iter().find(|(_, mapped)| **mapped == column).map(|(name, _)| name.as_str());
                match name {
                    Some(name) => cell(ui, &format!("{} = {name}", letters(column)), palette.good),
                    None => cell(ui, &letters(column), palette.muted),
                }
            }
            ui.end_row();
            for row in (first..table.sheet.rows.len()).take(ROWS) {
                cell(ui, &(row + 1).to_string(), palette.muted);
                for column in 0..columns {
                    let is_heading = mapping.header_row == Some(row);
                    let color = if is_heading { palette.busy } else { ui.visuals().text_color() };
                    cell(ui, table.sheet.cell(row, column), color);
                }
                ui.end_row();
            }
        });
    });
}

/// Of the widest row near the top.
fn width(table: &ReadTable) -> usize {
    table.sheet.rows.iter().take(HEADINGS + ROWS).map(Vec::len).max().unwrap_or(0)
}

fn column_name(mapping: &ColumnMapping, column: usize) -> String {
    match mapping.headings.get(column).map(String::as_str) {
        None | Some("") => letters(column),
        Some(heading) => format!("{} {heading}", letters(column)),
    }
}

/// As a spreadsheet names its columns.
fn letters(column: usize) -> String {
    let letter = |place: usize| u8::try_from(place % 26).map_or('?', |place| char::from(b'A' + place));
    let mut name = vec![letter(column)];
    let mut rest = column / 26;
    while rest > 0 {
        name.push(letter(rest - 1));
        rest = (rest - 1) / 26;
    }
    name.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::letters;

    #[test]
    fn columns_are_named_as_in_a_spreadsheet() {
        let names = [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")];
        for (column, name) in names {
            assert_eq!(letters(column), name);
        }
    }
}
