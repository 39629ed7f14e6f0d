//! What became of an import, row by row, and the earlier ones of its kind, each with the button that takes it back.

use egui::{Label, RichText, Ui};

use crate::{
    desk::{
        import::{BatchId, ImportBatch, Imported, RowProblem},
        session::{Command, ImportCommand},
    },
    ui::{
        context::{Request, ViewContext},
        text,
        theme::Palette,
        widgets::{Column, Table, time},
    },
};

/// Earlier imports in sight.
const EARLIER: usize = 8;

/// What became of it: so many of so many, and why the others were left out.
pub(super) fn told(ui: &mut Ui, cx: &mut ViewContext<'_>, done: &Imported) {
    ui.separator();
    let palette = Palette::of(ui.visuals());
    let line = text!(cx.texts, "import-done", entered = done.entered.len(), rows = done.rows);
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(line).strong().color(palette.good));
        if let Some(batch) = done.batch.filter(|_| !done.entered.is_empty()) {
            take_back(ui, cx, batch);
        }
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
pub(super) fn problems(ui: &mut Ui, cx: &ViewContext<'_>, problems: &[(usize, RowProblem)]) {
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

/// Nothing where there are none.
pub(super) fn earlier(ui: &mut Ui, cx: &mut ViewContext<'_>, batches: &[ImportBatch]) {
    if batches.is_empty() {
        return;
    }
    ui.separator();
    ui.label(RichText::new(text!(cx.texts, "import-earlier")).strong());
    for batch in batches.iter().take(EARLIER) {
        ui.push_id(batch.id.0, |ui| one_earlier(ui, cx, batch));
    }
}

fn one_earlier(ui: &mut Ui, cx: &mut ViewContext<'_>, batch: &ImportBatch) {
    let palette = Palette::of(ui.visuals());
    ui.horizontal_wrapped(|ui| {
        time(ui, cx.times, batch.started_at);
        ui.label(cx.texts.import_source(&batch.source));
        let line = text!(cx.texts, "import-done", entered = batch.entered, rows = batch.rows);
        ui.label(RichText::new(line).color(palette.muted)).on_hover_text(&batch.by);
        if let Some(at) = batch.taken_back_at {
            let line = text!(cx.texts, "import-taken-back", at = cx.times.minute(at));
            ui.colored_label(palette.muted, line);
            return;
        }
        if batch.finished_at.is_none() && cx.snapshot.imports.entering.is_none() {
            ui.colored_label(palette.warn, text!(cx.texts, "import-broke-off"));
        }
        take_back(ui, cx, batch.id);
    });
}

fn take_back(ui: &mut Ui, cx: &mut ViewContext<'_>, batch: BatchId) {
    let free = cx.snapshot.imports.entering.is_none();
    let label = text!(cx.texts, "import-take-back");
    let button = ui.add_enabled(free, egui::Button::new(&label));
    if button.on_hover_text(text!(cx.texts, "import-take-back-meaning")).clicked() {
        cx.requests.push(Request::Confirm {
            question: text!(cx.texts, "import-take-back-question"),
            yes: label,
            command: Command::Import(ImportCommand::TakeBack(batch)),
        });
    }
}
