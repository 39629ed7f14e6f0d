//! Limits from a table: what would be taken is shown, with what is wrong line by line, before anything is. All or nothing.

use egui::{Label, RichText, Ui};

use super::lines::name;
use crate::{
    desk::session::{Command, LimitsCommand, LimitsImport},
    domain::limit::{Limit, LimitProblem},
    ui::{
        context::{Request, ViewContext},
        text,
        theme::Palette,
        widgets::{Column, FileField, Table, primary_button},
    },
};

#[derive(Default)]
pub(super) struct ImportForm {
    file: FileField,
    asked: bool,
    replace: bool,
}

impl ImportForm {
    /// True where it is to be closed.
    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) -> bool {
        let mut close = false;
        ui.label(RichText::new(text!(cx.texts, "limits-import-hint")).color(Palette::of(ui.visuals()).muted));
        ui.horizontal_wrapped(|ui| {
            let mut read = self.file.show_open(ui, cx, &text!(cx.texts, "limits-file"));
            let ready = self.file.path().is_some();
            read |= ui.add_enabled(ready, egui::Button::new(text!(cx.texts, "limits-read"))).clicked();
            if let Some(file) = self.file.path().filter(|_| read) {
                self.asked = true;
                cx.ask(Command::Limits(LimitsCommand::Read(file)));
            }
            close = ui.button(text!(cx.texts, "cancel")).clicked();
        });
        ui.separator();
        let import = cx.snapshot.limits_import.clone();
        match import.as_ref() {
            _ if !self.asked => {}
            LimitsImport::Nothing | LimitsImport::Reading => drop(ui.label(text!(cx.texts, "loading"))),
            LimitsImport::Failed { reason } => drop(ui.colored_label(Palette::of(ui.visuals()).bad, reason)),
            LimitsImport::Read { limits, problems } if problems.is_empty() => self.take(ui, cx, limits),
            LimitsImport::Read { problems, .. } => wrong(ui, cx, problems),
        }
        close
    }

    fn take(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, limits: &[Limit]) {
        ui.horizontal_wrapped(|ui| {
            let take = text!(cx.texts, "limits-take", count = limits.len());
            if primary_button(ui, &take, true).clicked() {
                let command = Command::Limits(LimitsCommand::Import { limits: limits.to_vec(), replace: self.replace });
                let question = text!(cx.texts, "limits-replace-question");
                cx.requests.push(if self.replace {
                    Request::Confirm { question, yes: take, command }
                } else {
                    Request::Ask(command)
                });
            }
            ui.checkbox(&mut self.replace, text!(cx.texts, "limits-replace"));
        });
        let columns: [Column<()>; 4] = [
            Column::new("productId".to_owned(), 190.0),
            Column::new("skuCode".to_owned(), 170.0),
            Column::new(text!(cx.texts, "limits-times"), 190.0),
            Column::new(text!(cx.texts, "limits-quantity"), 130.0),
        ];
        let table = Table {
            id: "limits-import",
            columns: &columns,
            rows: limits.len(),
            order: None,
            current: None,
            scroll_to: None,
            name: &|row| limits.get(row).map_or_else(String::new, |limit| name(cx, limit)),
            marked: &|_| false,
        };
        table.show(ui, &mut |ui, row, column| {
            let Some(limit) = limits.get(row) else { return };
            let [product, sku, _, quantity] = limit.fields();
            let told = match column {
                0 => product,
                1 if sku.is_empty() => text!(cx.texts, "limits-all-skus"),
                1 => sku,
                2 => cx.texts.limit_times(limit.times),
                _ => quantity,
            };
            ui.add(Label::new(told).truncate());
        });
    }
}

fn wrong(ui: &mut Ui, cx: &ViewContext<'_>, problems: &[(usize, LimitProblem)]) {
    let bad = Palette::of(ui.visuals()).bad;
    ui.colored_label(bad, text!(cx.texts, "limits-wrong", count = problems.len()));
    let columns: [Column<()>; 2] = [
        Column::new(text!(cx.texts, "limits-line"), 60.0),
        Column::new(text!(cx.texts, "column-usage-problem"), 700.0),
    ];
    let told = |row: usize| {
        problems.get(row).map_or_else(String::new, |(line, problem)| {
            text!(cx.texts, "limits-problem", line = line.to_string(), problem = cx.texts.limit_problem(problem))
        })
    };
    let table = Table {
        id: "limits-problems",
        columns: &columns,
        rows: problems.len(),
        order: None,
        current: None,
        scroll_to: None,
        name: &told,
        marked: &|_| false,
    };
    table.show(ui, &mut |ui, row, column| {
        let Some((line, problem)) = problems.get(row) else { return };
        let text = if column == 0 { line.to_string() } else { cx.texts.limit_problem(problem) };
        ui.add(Label::new(text).truncate());
    });
}
