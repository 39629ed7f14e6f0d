//! One record, typed in or put right: what is wrong with it is said while it is typed.

use egui::{Grid, RichText, TextEdit, Ui};

use super::Outcome;
use crate::{
    desk::session::{Command, UsageCommand},
    domain::{
        action::UsageApi,
        usage::{COLUMNS, StoredUsage, UsageProblem, UsageRecord, UsageState},
    },
    ui::{
        context::ViewContext,
        text,
        theme::Palette,
        times::Times,
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
    /// The record that is put right.
    old: Option<Box<StoredUsage>>,
}

impl RecordForm {
    /// Filled with a record that is to be put right. An id that was made from instance and period is made anew.
    pub(super) fn correcting(old: StoredUsage, times: &Times) -> Self {
        let record = &old.record;
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let fields = [
            record.instance_id.as_str().to_owned(),
            times.typed(record.begin_time),
            times.typed(record.end_time),
            record.usage_value.as_str().to_owned(),
            text(&record.relate_pkg_instance),
            if record.has_derived_sn() { String::new() } else { record.metering_sn.clone() },
            text(&record.product_id),
        ];
        Self { fields, zone: Zone::default(), old: Some(Box::new(old)) }
    }

    pub(super) fn corrects(&self, metering_sn: &str) -> bool {
        self.old.as_ref().is_some_and(|old| old.record.metering_sn == metering_sn)
    }

    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, api: UsageApi) -> Outcome {
        if self.old.as_ref().is_some_and(|old| old.world != cx.world) {
            return Outcome::Close;
        }
        ui.add_space(6.0);
        card(ui, |ui| {
            self.head(ui, cx);
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
            match &checked {
                Err(problems) if touched => {
                    for problem in problems {
                        ui.colored_label(Palette::of(ui.visuals()).bad, cx.texts.usage_problem(problem));
                    }
                }
                Ok(record) => self.tell_id(ui, cx, record),
                Err(_) => {}
            }
            self.buttons(ui, cx, api, checked.ok())
        })
    }

    fn head(&self, ui: &mut Ui, cx: &ViewContext<'_>) {
        let palette = Palette::of(ui.visuals());
        let Some(old) = &self.old else {
            ui.label(RichText::new(text!(cx.texts, "usage-form-title")).strong());
            ui.label(RichText::new(text!(cx.texts, "usage-form-meaning")).color(palette.muted));
            return;
        };
        ui.label(RichText::new(text!(cx.texts, "usage-correct-title", sn = old.record.metering_sn.as_str())).strong());
        if let UsageState::Refused { code } = &old.state {
            let (wire, meaning) = (code.as_wire(), cx.texts.usage_code(code));
            let line = text!(cx.texts, "usage-correct-refused", code = wire, meaning = meaning);
            ui.colored_label(palette.bad, line);
        }
        ui.label(RichText::new(text!(cx.texts, "usage-correct-meaning")).color(palette.muted));
    }

    /// Under which id a correction goes.
    fn tell_id(&self, ui: &mut Ui, cx: &ViewContext<'_>, record: &UsageRecord) {
        let Some(old) = &self.old else { return };
        let line = if *record == old.record {
            text!(cx.texts, "usage-correct-nothing-yet")
        } else if record.metering_sn == old.record.metering_sn {
            text!(cx.texts, "usage-correct-keeps-id", sn = record.metering_sn.as_str())
        } else {
            text!(cx.texts, "usage-correct-new-id", sn = record.metering_sn.as_str())
        };
        ui.label(RichText::new(line).color(Palette::of(ui.visuals()).muted));
    }

    fn buttons(&self, ui: &mut Ui, cx: &mut ViewContext<'_>, api: UsageApi, record: Option<UsageRecord>) -> Outcome {
        let old = self.old.as_ref();
        let record = record.filter(|record| old.is_none_or(|old| old.record != *record));
        let (send, enter) = match old {
            Some(_) => (text!(cx.texts, "usage-correct-and-send"), text!(cx.texts, "usage-correct-only")),
            None => (text!(cx.texts, "usage-enter-and-send"), text!(cx.texts, "usage-enter")),
        };
        ui.horizontal(|ui| {
            let ready = record.is_some() && cx.snapshot.retrying.is_none();
            let send = primary_button(ui, &send, ready).clicked();
            let enter = ui.add_enabled(ready, egui::Button::new(enter)).clicked();
            if let Some(record) = record.filter(|_| send || enter) {
                let (world, push) = (cx.world, send.then_some(api));
                cx.ask(Command::Usage(match old {
                    Some(old) => {
                        let metering_sn = old.record.metering_sn.clone();
                        UsageCommand::Correct { world, metering_sn, record: Box::new(record), push }
                    }
                    None => UsageCommand::Enter { world, records: vec![record], whole: true, push },
                }));
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
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(match &self.old {
            Some(old) => record.correcting(&old.record, &old.state),
            None => record,
        })
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
