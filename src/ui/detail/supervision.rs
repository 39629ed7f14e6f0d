//! Service supervision of an order: whose turn it is, what is due when, when the service begins under either version of the
//! rule; and noting what happened in the console, which tells nobody.

use egui::{ComboBox, Grid, RichText, TextEdit, Ui};

use crate::{
    desk::session::Command,
    domain::{
        Order, World,
        console::ConsolePage,
        supervision::{NotedFact, Stage, StartRule, Step, Supervised, Supervision, SupervisionFacts, validity},
        usage::parse_time,
    },
    protocol::{UnixMillis, id::OrderId},
    ui::{
        context::{Request, ViewContext},
        text,
        theme::Palette,
        widgets::{card, console_button, primary_button, time},
    },
};

const HOUR: i64 = 3_600_000;

#[derive(Default)]
pub(super) struct SupervisionForm {
    /// When what is noted happened; empty for now.
    at: String,
    /// The operator's own note while it is written, and of which order.
    note: Option<(OrderId, String)>,
}

impl SupervisionForm {
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        order_id: &OrderId,
        lines: &[&Order],
        noted: Option<&(SupervisionFacts, Supervision)>,
    ) {
        let world = lines.first().map_or(cx.world, |line| line.world);
        ui.add_space(8.0);
        card(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.label(RichText::new(text!(cx.texts, "supervision")).strong());
                if noted.is_some() {
                    console_button(ui, cx, ConsolePage::ServiceSupervision);
                }
            });
            let Some((facts, stands)) = noted else {
                ui.label(RichText::new(text!(cx.texts, "supervision-none")).color(Palette::of(ui.visuals()).muted));
                if ui.button(text!(cx.texts, "supervision-begin")).clicked() {
                    note(cx, world, order_id, SupervisionFacts::default());
                }
                return;
            };
            let mut changed = facts.clone();
            kind(ui, cx, &mut changed);
            stages(ui, cx, stands, &mut changed);
            deadlines(ui, cx, stands);
            begins(ui, cx, facts, lines);
            self.happened(ui, cx, &mut changed, stands);
            self.remember(ui, cx, order_id, &mut changed);
            if changed != *facts {
                note(cx, world, order_id, changed);
            }
            if ui.button(text!(cx.texts, "supervision-forget")).clicked() {
                cx.requests.push(Request::Confirm {
                    question: text!(cx.texts, "supervision-forget-question"),
                    yes: text!(cx.texts, "supervision-forget"),
                    command: Command::NoteSupervision { world, order_id: order_id.clone(), facts: None },
                });
            }
        });
    }

    fn happened(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, facts: &mut SupervisionFacts, stands: &Supervision) {
        ui.add_space(4.0);
        ui.horizontal_wrapped(|ui| {
            let label = ui.label(text!(cx.texts, "supervision-at"));
            let edit = TextEdit::singleline(&mut self.at).hint_text("2026-11-24 10:00").desired_width(140.0);
            ui.add(edit).labelled_by(label.id);
        });
        let typed = self.at.trim();
        let zone = Some(&cx.times.zone);
        let at = if typed.is_empty() { Some(cx.times.now) } else { parse_time("at", typed, zone).ok() };
        let Some(at) = at else {
            ui.colored_label(Palette::of(ui.visuals()).bad, text!(cx.texts, "supervision-no-time"));
            return;
        };
        ui.horizontal_wrapped(|ui| {
            if let Some(next) = stands.next
                && let Some(fact) = NotedFact::of_step(next.step)
            {
                let label = text!(cx.texts, "supervision-note", step = cx.texts.supervision_step(next.step));
                if primary_button(ui, &label, !stands.frozen).clicked() {
                    *facts.place(fact) = Some(at);
                    self.at.clear();
                }
            }
            let sent_back = stands.next.is_some_and(|next| matches!(next.step, Step::Accept | Step::Review));
            if sent_back && facts.delivered_at.is_some() && ui.button(text!(cx.texts, "supervision-rejected")).clicked()
            {
                facts.reject(at);
                self.at.clear();
            }
            let appealed = facts.appealed_at.is_some();
            for (shown, label, place) in [
                (facts.kind != Supervised::LicenseCode, text!(cx.texts, "supervision-opened"), &mut facts.opened_at),
                (facts.kind == Supervised::Hardware, text!(cx.texts, "supervision-signed"), &mut facts.signed_at),
                (true, text!(cx.texts, "supervision-appealed"), &mut facts.appealed_at),
            ] {
                // What stands is cleared before it is noted anew.
                if shown && place.is_none() && ui.button(label).clicked() {
                    *place = Some(at);
                    self.at.clear();
                }
            }
            if appealed && ui.button(text!(cx.texts, "supervision-appeal-ended")).clicked() {
                facts.appealed_at = None;
            }
        });
    }
}

impl SupervisionForm {
    /// The operator's own words.
    fn remember(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, order_id: &OrderId, facts: &mut SupervisionFacts) {
        let of_this = self.note.take().filter(|(of, _)| of == order_id).map(|(_, text)| text);
        let mut typed = of_this.unwrap_or_else(|| facts.note.clone());
        ui.horizontal_wrapped(|ui| {
            let label = ui.label(text!(cx.texts, "supervision-remember"));
            ui.add(TextEdit::singleline(&mut typed).desired_width(220.0)).labelled_by(label.id);
            if typed != facts.note && primary_button(ui, &text!(cx.texts, "save"), true).clicked() {
                facts.note.clone_from(&typed);
            }
        });
        self.note = (typed != facts.note).then(|| (order_id.clone(), typed));
    }
}

fn note(cx: &mut ViewContext<'_>, world: World, order_id: &OrderId, facts: SupervisionFacts) {
    cx.ask(Command::NoteSupervision { world, order_id: order_id.clone(), facts: Some(Box::new(facts)) });
}

fn kind(ui: &mut Ui, cx: &ViewContext<'_>, facts: &mut SupervisionFacts) {
    ui.horizontal_wrapped(|ui| {
        let label = ui.label(text!(cx.texts, "supervision-kind"));
        let combo = ComboBox::from_id_salt("supervision-kind").selected_text(cx.texts.supervised(facts.kind));
        let response = combo.show_ui(ui, |ui| {
            for kind in Supervised::ALL {
                ui.selectable_value(&mut facts.kind, kind, cx.texts.supervised(kind));
            }
        });
        response.response.labelled_by(label.id);
        ui.checkbox(&mut facts.reviewed_by_huawei, text!(cx.texts, "supervision-reviewed"));
    });
}

fn stages(ui: &mut Ui, cx: &ViewContext<'_>, stands: &Supervision, facts: &mut SupervisionFacts) {
    let palette = Palette::of(ui.visuals());
    Grid::new("supervision").num_columns(4).spacing([12.0, 3.0]).show(ui, |ui| {
        for stage in &stands.stages {
            let Stage { step, actor, at } = *stage;
            let is_next = stands.next.map(|next| next.step) == Some(step);
            let name = RichText::new(cx.texts.supervision_step(step));
            ui.label(if is_next { name.strong().color(palette.accent) } else { name });
            ui.label(RichText::new(cx.texts.supervision_actor(actor)).color(palette.muted));
            // Of what was told otherwise, nothing can be taken back.
            match NotedFact::of_step(step).filter(|fact| facts.noted(*fact).is_some()) {
                Some(fact) => clear(ui, cx, cx.texts.supervision_step(step), facts.place(fact)),
                None => drop(ui.label("")),
            }
            match at {
                Some(at) => drop(time(ui, cx.times, at)),
                None if is_next => drop(ui.label(text!(cx.texts, "supervision-next"))),
                None => drop(ui.label("")),
            }
            ui.end_row();
        }
        for (name, place) in [
            (text!(cx.texts, "supervision-opened"), &mut facts.opened_at),
            (text!(cx.texts, "supervision-signed"), &mut facts.signed_at),
        ] {
            let Some(at) = *place else { continue };
            ui.label(&name);
            ui.label("");
            clear(ui, cx, name, place);
            time(ui, cx.times, at);
            ui.end_row();
        }
    });
    if let Some(last) = facts.rejected_at.last() {
        let (count, at) = (facts.rejected_at.len(), cx.times.minute(*last));
        ui.colored_label(palette.warn, text!(cx.texts, "supervision-rejections", count = count, at = at));
    }
    if stands.frozen {
        ui.colored_label(palette.warn, text!(cx.texts, "supervision-frozen"));
    }
}

/// Takes back what was noted by mistake.
fn clear(ui: &mut Ui, cx: &ViewContext<'_>, what: String, place: &mut Option<UnixMillis>) {
    let name = text!(cx.texts, "supervision-clear", step = what);
    let clear = ui.small_button("×").on_hover_text(&name);
    clear.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
    if clear.clicked() {
        *place = None;
    }
}

fn deadlines(ui: &mut Ui, cx: &ViewContext<'_>, stands: &Supervision) {
    let palette = Palette::of(ui.visuals());
    for deadline in &stands.deadlines {
        let kind = cx.texts.supervision_deadline(deadline.kind);
        let left = deadline.at.millis_since(cx.times.now);
        let color = if left <= 24 * HOUR { palette.warn } else { palette.muted };
        let line = format!("{kind} {}", cx.times.minute(deadline.at));
        ui.label(RichText::new(format!("{line} · {}", cx.texts.time_left(left))).color(color));
        if let Some(year) = deadline.without_table {
            ui.colored_label(palette.warn, text!(cx.texts, "workdays-unknown", year = year.to_string()));
        }
        if left > 0 {
            cx.repaint_at(ui, UnixMillis(deadline.at.0.min(cx.times.now.0.saturating_add(HOUR))));
        }
    }
}

/// Both versions, because both are documented, or the one that was chosen.
fn begins(ui: &mut Ui, cx: &ViewContext<'_>, facts: &SupervisionFacts, lines: &[&Order]) {
    let period = lines.iter().find_map(|line| Some((line.period_number?, line.period_type.as_deref()?)));
    let chosen = cx.snapshot.settings.config.supervision.start_rule;
    let told = StartRule::ALL.into_iter().filter(|rule| chosen.is_none_or(|chosen| chosen == *rule));
    for (rule, valid) in told.map(|rule| (rule, validity(facts, rule, period))) {
        let Some(valid) = valid else { continue };
        let line = text!(
            cx.texts,
            "supervision-valid",
            rule = cx.texts.start_rule(rule),
            start = cx.times.minute(valid.starts_at),
            end = valid.ends_at.map_or_else(|| "–".to_owned(), |end| cx.times.minute(end)),
            reason = cx.texts.start_reason(valid.reason)
        );
        ui.label(line);
    }
}
