//! One usage record: everything that is known of it, the message that sent it, and what the operator can say of it.

use egui::{ComboBox, Grid, RichText, Ui};

use super::timeline;
use crate::{
    desk::session::{Command, Subject, UsageChoice, UsageCommand},
    domain::{
        Message,
        action::UsageApi,
        usage::{Correction, RecordCode, StoredUsage, UsageEvent, UsageRecord, UsageState, pressure},
    },
    ui::{
        context::{Request, ViewContext},
        text,
        theme::Palette,
        widgets::{badge, card, copyable, field, primary_button, time},
    },
};

/// What 话单管理 shows.
#[derive(Default)]
pub(super) struct FailedLaterForm {
    code: Option<RecordCode>,
}

/// Those that come of checks in the background: what a call answers itself is known already.
const CODES: [RecordCode; 11] = [
    RecordCode::InstanceUnknown,
    RecordCode::TimeFormat,
    RecordCode::Usage,
    RecordCode::MeteringSnMissing,
    RecordCode::MeteringSnRepeated,
    RecordCode::ProductWithdrawn,
    RecordCode::Expired,
    RecordCode::OtherSeller,
    RecordCode::TimeRange,
    RecordCode::NotPayPerUse,
    RecordCode::InstanceState,
];

pub(super) struct Shown<'a> {
    pub(super) stored: &'a StoredUsage,
    /// That sends it, or sent it.
    pub(super) message: Option<&'a Message>,
    pub(super) corrections: &'a [Correction],
}

pub(super) fn show(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    form: &mut FailedLaterForm,
    api: Option<UsageApi>,
    shown: Shown<'_>,
) {
    let Shown { stored, message, corrections: was } = shown;
    let palette = Palette::of(ui.visuals());
    ui.horizontal_wrapped(|ui| copyable(ui, cx, &stored.record.metering_sn, "meteringSn"));
    ui.horizontal_wrapped(|ui| badge(ui, &cx.texts.usage_state(&stored.state), palette.of_usage(&stored.state)));
    if let UsageState::Refused { code } = &stored.state {
        ui.label(format!("{}: {}", code.as_wire(), cx.texts.usage_code(code)));
    }
    if stored.state == UsageState::InDoubt {
        ui.label(text!(cx.texts, "usage-in-doubt-meaning"));
    }
    if let UsageState::Replaced { by } = &stored.state {
        ui.horizontal_wrapped(|ui| {
            ui.label(text!(cx.texts, "usage-replaced-meaning"));
            if ui.link(by).clicked() {
                cx.select(Subject::Usage { world: stored.world, metering_sn: by.clone() });
            }
        });
    }
    let billing = cx.snapshot.settings.config.usage.billing;
    if let Some(pressure) = pressure(&stored.record, &stored.state, billing, cx.times.now) {
        ui.colored_label(palette.of_pressure(pressure), cx.texts.usage_pressure(pressure, cx.times));
    }
    ui.add_space(6.0);
    actions(ui, cx, api, stored);
    fields(ui, cx, stored);
    corrections(ui, cx, stored, was);
    if matches!(stored.state, UsageState::Sent | UsageState::InDoubt) {
        form.show(ui, cx, stored);
    }
    if let Some(message) = message {
        timeline(ui, cx, std::slice::from_ref(message));
    }
}

fn actions(ui: &mut Ui, cx: &mut ViewContext<'_>, api: Option<UsageApi>, stored: &StoredUsage) {
    let one = || UsageChoice::One(stored.record.metering_sn.clone());
    let world = stored.world;
    ui.horizontal_wrapped(|ui| {
        if stored.state.may_be_sent().is_ok() && !stored.record.is_too_old(cx.times.now) {
            let free = cx.snapshot.retrying.is_none();
            if primary_button(ui, &text!(cx.texts, "usage-send"), free).clicked() {
                let api = api.unwrap_or(cx.snapshot.settings.config.usage.interface);
                cx.ask(Command::Usage(UsageCommand::Push { world, records: one(), api }));
            }
        }
        if stored.state.after(&UsageEvent::Corrected).is_ok() && ui.button(text!(cx.texts, "usage-correct")).clicked() {
            cx.requests.push(Request::CorrectUsage(Box::new(stored.clone())));
        }
        if stored.state.after(&UsageEvent::Discarded).is_ok() && ui.button(text!(cx.texts, "usage-discard")).clicked() {
            let event = UsageEvent::Discarded;
            cx.requests.push(Request::Confirm {
                question: text!(cx.texts, "usage-discard-question", count = 1),
                yes: text!(cx.texts, "usage-discard"),
                command: Command::Usage(UsageCommand::Change { world, records: one(), event }),
            });
        }
    });
}

/// What the record was before it was corrected, newest first.
fn corrections(ui: &mut Ui, cx: &mut ViewContext<'_>, stored: &StoredUsage, corrections: &[Correction]) {
    if corrections.is_empty() {
        return;
    }
    let palette = Palette::of(ui.visuals());
    ui.add_space(8.0);
    ui.label(RichText::new(text!(cx.texts, "usage-was")).strong());
    for (number, correction) in corrections.iter().enumerate().rev() {
        let Correction { was, state, at } = correction;
        ui.separator();
        ui.horizontal_wrapped(|ui| {
            time(ui, cx.times, *at);
            badge(ui, &cx.texts.usage_state(state), palette.of_usage(state));
            if was.metering_sn != stored.record.metering_sn && ui.link(&was.metering_sn).clicked() {
                cx.select(Subject::Usage { world: stored.world, metering_sn: was.metering_sn.clone() });
            }
        });
        if let UsageState::Refused { code } = state {
            ui.label(format!("{}: {}", code.as_wire(), cx.texts.usage_code(code)));
        }
        let after = corrections.get(number + 1).map_or(&stored.record, |next| &next.was);
        Grid::new(("usage-was", number)).num_columns(2).spacing([14.0, 2.0]).show(ui, |ui| {
            for (name, before, after) in changes(cx, was, after) {
                field(ui, name, |ui| drop(ui.label(format!("{before} → {after}"))));
            }
        });
    }
}

/// What is another value in one than in the other.
fn changes(cx: &ViewContext<'_>, was: &UsageRecord, is: &UsageRecord) -> Vec<(&'static str, String, String)> {
    let texts = |record: &UsageRecord| {
        let optional = |text: &Option<String>| text.clone().unwrap_or_else(|| "–".to_owned());
        [
            ("instanceId", record.instance_id.as_str().to_owned()),
            ("beginTime", cx.times.typed(record.begin_time)),
            ("endTime", cx.times.typed(record.end_time)),
            ("usageValue", record.usage_value.as_str().to_owned()),
            ("relatePkgInstance", optional(&record.relate_pkg_instance)),
            ("productId", optional(&record.product_id)),
        ]
    };
    let pairs = texts(was).into_iter().zip(texts(is));
    pairs.filter(|(was, is)| was != is).map(|((name, was), (_, is))| (name, was, is)).collect()
}

fn fields(ui: &mut Ui, cx: &mut ViewContext<'_>, stored: &StoredUsage) {
    let record = &stored.record;
    Grid::new("usage-record").num_columns(2).spacing([14.0, 4.0]).show(ui, |ui| {
        field(ui, "instanceId", |ui| {
            if ui.link(record.instance_id.as_str()).on_hover_text(text!(cx.texts, "open-instance")).clicked() {
                let instance_id = record.instance_id.clone();
                cx.select(Subject::Instance { world: stored.world, instance_id });
            }
        });
        for (name, value) in [("beginTime", record.begin_time), ("endTime", record.end_time)] {
            field(ui, name, |ui| drop(time(ui, cx.times, value)));
        }
        field(ui, "usageValue", |ui| copyable(ui, cx, record.usage_value.as_str(), "usageValue"));
        for (name, value) in [("relatePkgInstance", &record.relate_pkg_instance), ("productId", &record.product_id)] {
            if let Some(value) = value {
                field(ui, name, |ui| copyable(ui, cx, value, name));
            }
        }
        field(ui, &text!(cx.texts, "column-usage-entered"), |ui| drop(time(ui, cx.times, stored.entered_at)));
        field(ui, &text!(cx.texts, "usage-changed-at"), |ui| drop(time(ui, cx.times, stored.changed_at)));
    });
}

impl FailedLaterForm {
    fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, stored: &StoredUsage) {
        ui.add_space(8.0);
        card(ui, |ui| {
            ui.label(RichText::new(text!(cx.texts, "usage-failed-later")).strong());
            ui.label(
                RichText::new(text!(cx.texts, "usage-failed-later-meaning")).color(Palette::of(ui.visuals()).muted),
            );
            let told = |code: &RecordCode| format!("{} {}", code.as_wire(), cx.texts.usage_code(code));
            let shown = self.code.as_ref().map_or_else(|| text!(cx.texts, "usage-failed-later-choose"), told);
            let label = ui.label(text!(cx.texts, "usage-failed-later-code"));
            let list =
                ComboBox::from_id_salt("usage-failed-later").selected_text(shown).width(300.0).height(420.0).truncate();
            let list = list.show_ui(ui, |ui| {
                for code in CODES {
                    let line = told(&code);
                    ui.selectable_value(&mut self.code, Some(code), line);
                }
            });
            list.response.labelled_by(label.id);
            let button = egui::Button::new(text!(cx.texts, "usage-failed-later-set"));
            if ui.add_enabled(self.code.is_some(), button).clicked()
                && let Some(code) = self.code.take()
            {
                let records = UsageChoice::One(stored.record.metering_sn.clone());
                let event = UsageEvent::FailedLater { code };
                cx.ask(Command::Usage(UsageCommand::Change { world: stored.world, records, event }));
            }
        });
    }
}
