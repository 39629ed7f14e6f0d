//! Records from a table: a file, or what was copied from a spreadsheet. It is shown as it was understood, with what is wrong
//! row by row, before anything is entered.

use std::{ops::Range, sync::Arc};

use egui::{Label, RichText, ScrollArea, TextEdit, Ui};

use super::Outcome;
use crate::{
    desk::{
        UsageTable,
        files::TableSource,
        session::{Command, UsageCommand, UsageImport},
    },
    domain::action::UsageApi,
    ui::{
        context::ViewContext,
        text,
        theme::Palette,
        widgets::{Column, FileField, Table, Zone, primary_button, time},
    },
};

#[derive(Default)]
pub(super) struct ImportForm {
    file: FileField,
    pasted: String,
    zone: Zone,
    source: Option<TableSource>,
    /// What the desk was asked to read last.
    asked: Option<(TableSource, UsageApi, Zone)>,
    only_problems: bool,
    leave_out: bool,
    preview: Option<Preview>,
}

/// The rows of a table, good and bad, in their order.
struct Preview {
    of: Arc<UsageImport>,
    lines: Vec<Line>,
    /// Positions in `lines` of those with problems.
    wrong: Vec<usize>,
}

struct Line {
    row: usize,
    /// Position in the table's records.
    record: Option<usize>,
    /// Positions in the table's problems.
    problems: Range<usize>,
}

impl ImportForm {
    /// A file that was dropped, a text that was pasted.
    pub(super) fn bring(&mut self, source: TableSource) {
        match &source {
            TableSource::File(file) => self.file.set(file.display().to_string()),
            TableSource::Pasted(text) => self.pasted.clone_from(text),
        }
        self.read(source);
    }

    /// Anew, even where it was read before: the file may be another one by now.
    fn read(&mut self, source: TableSource) {
        self.source = Some(source);
        self.asked = None;
    }

    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, api: UsageApi) -> Outcome {
        ui.label(RichText::new(text!(cx.texts, "usage-import-hint")).color(Palette::of(ui.visuals()).muted));
        ui.horizontal_wrapped(|ui| {
            let mut read = self.file.show_open(ui, cx, &text!(cx.texts, "usage-file"));
            let ready = self.file.path().is_some();
            read |= ui.add_enabled(ready, egui::Button::new(text!(cx.texts, "usage-read-file"))).clicked();
            if let Some(file) = self.file.path().filter(|_| read) {
                self.read(TableSource::File(file));
            }
        });
        let label = ui.label(text!(cx.texts, "usage-pasted"));
        ScrollArea::vertical().id_salt("usage-pasted").max_height(96.0).show(ui, |ui| {
            let hint = "instanceId\tbeginTime\tendTime\tusageValue";
            let edit = TextEdit::multiline(&mut self.pasted).desired_rows(4).desired_width(f32::INFINITY).code_editor();
            if ui.add(edit.hint_text(hint)).labelled_by(label.id).changed() {
                self.source = Some(TableSource::Pasted(self.pasted.clone()));
            }
        });
        let outcome = ui
            .horizontal_wrapped(|ui| {
                self.zone.choose(ui, cx);
                if ui.button(text!(cx.texts, "cancel")).clicked() { Outcome::Close } else { Outcome::Stay }
            })
            .inner;
        self.ask(cx, api);
        ui.separator();
        let import = cx.snapshot.usage_import.clone();
        match import.as_ref() {
            _ if self.source.is_none() => {}
            UsageImport::Nothing | UsageImport::Reading => drop(ui.label(text!(cx.texts, "loading"))),
            UsageImport::Failed(refusal) => {
                ui.colored_label(Palette::of(ui.visuals()).bad, cx.texts.refusal(refusal));
            }
            UsageImport::Read(table) => self.table(ui, cx, api, &import, table),
        }
        outcome
    }

    fn ask(&mut self, cx: &mut ViewContext<'_>, api: UsageApi) {
        let Some(source) = &self.source else { return };
        let same = self.asked.as_ref().is_some_and(|(of, by, zone)| of == source && *by == api && *zone == self.zone);
        if same {
            return;
        }
        let zone = self.zone.time_zone(cx.times);
        cx.ask(Command::Usage(UsageCommand::Read { source: source.clone(), api, zone }));
        self.asked = Some((source.clone(), api, self.zone));
    }

    fn table(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        api: UsageApi,
        import: &Arc<UsageImport>,
        table: &UsageTable,
    ) {
        if self.preview.as_ref().is_none_or(|preview| !Arc::ptr_eq(&preview.of, import)) {
            self.preview = Some(Preview::of(import.clone(), table));
        }
        let wrong = self.preview.as_ref().map_or(0, |preview| preview.wrong.len());
        ui.horizontal_wrapped(|ui| {
            let count = table.records.len();
            let free = cx.snapshot.retrying.is_none();
            let ready = free && count > 0 && (wrong == 0 || self.leave_out);
            let send = primary_button(ui, &text!(cx.texts, "usage-enter-and-send"), ready).clicked();
            let enter = egui::Button::new(text!(cx.texts, "usage-enter-count", count = count));
            let enter = ui.add_enabled(ready, enter).clicked();
            if send || enter {
                let records = table.records.iter().map(|(_, record)| record.clone()).collect();
                let (whole, push) = (!self.leave_out, send.then_some(api));
                cx.ask(Command::Usage(UsageCommand::Enter { world: cx.world, records, whole, push }));
            }
            if wrong == 0 {
                return;
            }
            let all: usize = wrong + count;
            let line = text!(cx.texts, "usage-rows-wrong", wrong = wrong, all = all);
            ui.colored_label(Palette::of(ui.visuals()).bad, line);
            ui.checkbox(&mut self.leave_out, text!(cx.texts, "usage-leave-out"));
            ui.checkbox(&mut self.only_problems, text!(cx.texts, "usage-only-problems"));
        });
        if let Some(preview) = &self.preview {
            preview.show(ui, cx, table, self.only_problems && wrong > 0);
        }
    }
}

impl Preview {
    fn of(import: Arc<UsageImport>, table: &UsageTable) -> Self {
        let mut lines: Vec<Line> = table
            .records
            .iter()
            .enumerate()
            .map(|(position, (row, _))| Line { row: *row, record: Some(position), problems: 0..0 })
            .collect();
        let mut start = 0;
        // The problems of one row stand together.
        for of_row in table.problems.chunk_by(|one, other| one.0 == other.0) {
            let problems = start..start + of_row.len();
            start = problems.end;
            lines.extend(of_row.first().map(|(row, _)| Line { row: *row, record: None, problems }));
        }
        lines.sort_by_key(|line| line.row);
        let wrong = lines.iter().enumerate().filter(|(_, line)| line.record.is_none()).map(|(at, _)| at).collect();
        Self { of: import, lines, wrong }
    }

    fn show(&self, ui: &mut Ui, cx: &ViewContext<'_>, table: &UsageTable, only_problems: bool) {
        let columns: [Column<()>; 6] = [
            Column::new(text!(cx.texts, "column-row"), 50.0),
            Column::new(text!(cx.texts, "column-instance"), 190.0),
            Column::new(text!(cx.texts, "column-usage-begin"), 130.0),
            Column::new(text!(cx.texts, "column-usage-end"), 130.0),
            Column::new(text!(cx.texts, "column-usage-value"), 80.0),
            Column::new(text!(cx.texts, "column-usage-problem"), 520.0),
        ];
        let line = |row: usize| {
            let row = if only_problems { self.wrong.get(row).copied()? } else { row };
            self.lines.get(row)
        };
        let problems = |line: &Line| {
            let of_line = table.problems.get(line.problems.clone()).unwrap_or_default();
            of_line.iter().map(|(_, problem)| cx.texts.usage_problem(problem)).collect::<Vec<_>>().join(" ")
        };
        let record = |line: &Line| line.record.and_then(|at| table.records.get(at)).map(|(_, record)| record);
        let name = |row: usize| {
            let Some(line) = line(row) else { return String::new() };
            let told = record(line)
                .map_or_else(|| problems(line), |record| format!("{} {}", record.instance_id, record.usage_value));
            format!("{} {}: {told}", text!(cx.texts, "column-row"), line.row)
        };
        let rows = if only_problems { self.wrong.len() } else { self.lines.len() };
        let shown = Table {
            id: "usage-preview",
            columns: &columns,
            rows,
            order: None,
            current: None,
            scroll_to: None,
            name: &name,
            marked: &|_| false,
        };
        shown.show(ui, &mut |ui, row, column| {
            let Some(line) = line(row) else { return };
            match (column, record(line)) {
                (0, _) => drop(ui.label(line.row.to_string())),
                (1, Some(record)) => drop(ui.add(Label::new(record.instance_id.as_str()).truncate())),
                (2, Some(record)) => drop(time(ui, cx.times, record.begin_time)),
                (3, Some(record)) => drop(time(ui, cx.times, record.end_time)),
                (4, Some(record)) => drop(ui.add(Label::new(record.usage_value.as_str()).truncate())),
                (5, None) => {
                    let told = RichText::new(problems(line)).color(Palette::of(ui.visuals()).bad);
                    ui.add(Label::new(told).truncate());
                }
                _ => {}
            }
        });
    }
}
