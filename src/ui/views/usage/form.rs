//! One record, typed in: what is wrong with it is said while it is typed.

use egui::{Grid, RichText, TextEdit, Ui};

use super::Outcome;
use crate::{
    desk::session::{Command, UsageCommand},
    domain::{
        action::UsageApi,
        usage::{COLUMNS, UsageProblem, UsageRecord},
    },
    ui::{
        context::ViewContext,
        text,
        theme::Palette,
        widgets::{Zone, card, primary_button},
    },
};

/// In points.
const FIELD: [f32; 2] = [320.0, 24.0];

#[derive(Default)]
pub(super) struct RecordForm {
    /// In the order of [`COLUMNS`].
    fields: [String; 7],
    zone: Zone,
}

impl RecordForm {
    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, api: UsageApi) -> Outcome {
        ui.add_space(6.0);
        card(ui, |ui| {
            ui.label(RichText::new(text!(cx.texts, "usage-form-title")).strong());
            ui.label(RichText::new(text!(cx.texts, "usage-form-meaning")).color(Palette::of(ui.visuals()).muted));
            Grid::new("usage-form").num_columns(2).spacing([10.0, 6.0]).show(ui, |ui| {
                for (column, text) in COLUMNS.iter().zip(&mut self.fields) {
                    let label = ui.label(column.name);
                    let hint = hint(cx, column.name, api);
                    let edit = TextEdit::singleline(text).hint_text(hint);
                    ui.add_sized(FIELD, edit).labelled_by(label.id);
                    ui.end_row();
                }
            });
            ui.horizontal(|ui| self.zone.choose(ui, cx));
            let checked = self.check(cx, api);
            let touched = self.fields.iter().any(|field| !field.trim().is_empty());
            if let Err(problems) = &checked
                && touched
            {
                for problem in problems {
                    ui.colored_label(Palette::of(ui.visuals()).bad, cx.texts.usage_problem(problem));
                }
            }
            self.buttons(ui, cx, api, checked.ok())
        })
    }

    fn buttons(&self, ui: &mut Ui, cx: &mut ViewContext<'_>, api: UsageApi, record: Option<UsageRecord>) -> Outcome {
        ui.horizontal(|ui| {
            let ready = record.is_some() && cx.snapshot.retrying.is_none();
            let send = primary_button(ui, &text!(cx.texts, "usage-enter-and-send"), ready).clicked();
            let enter = ui.add_enabled(ready, egui::Button::new(text!(cx.texts, "usage-enter"))).clicked();
            if let Some(record) = record.filter(|_| send || enter) {
                let push = send.then_some(api);
                let enter = UsageCommand::Enter { world: cx.world, records: vec![record], whole: true, push };
                cx.ask(Command::Usage(enter));
            }
            if ui.button(text!(cx.texts, "cancel")).clicked() { Outcome::Close } else { Outcome::Stay }
        })
        .inner
    }

    fn check(&self, cx: &ViewContext<'_>, api: UsageApi) -> Result<UsageRecord, Vec<UsageProblem>> {
        let zone = self.zone.time_zone(cx.times);
        let record = UsageRecord::parse(self.fields.each_ref().map(|field| Some(field.as_str())), zone.as_ref())?;
        let mut problems: Vec<UsageProblem> = record.check(cx.times.now).err().into_iter().collect();
        if api == UsageApi::Old {
            problems.extend(record.check_for_old_api().err());
        }
        if problems.is_empty() { Ok(record) } else { Err(problems) }
    }
}

fn hint(cx: &ViewContext<'_>, column: &str, api: UsageApi) -> String {
    match column {
        "beginTime" | "endTime" => "2026-11-24T10:00:00+08:00".to_owned(),
        "usageValue" => "12.5".to_owned(),
        "relatePkgInstance" => text!(cx.texts, "usage-hint-package"),
        "meteringSn" => text!(cx.texts, "usage-hint-sn"),
        "productId" if api == UsageApi::New => text!(cx.texts, "usage-hint-product"),
        _ => String::new(),
    }
}
