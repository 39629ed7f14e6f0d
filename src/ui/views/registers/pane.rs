//! One entry at the right: how it stands, what follows and by which rule, its form, what belongs to it, and who changed what
//! when.

use egui::{Button, Key, Modifiers, RichText, ScrollArea, Ui};

use super::{due, form::Form, list::value_of};
use crate::{
    desk::session::{Command, RegistersCommand, RegistersKnown, Subject},
    domain::register::{Entry, EntryChange, Finding, Judged, RegisterKind, STATE},
    protocol::id::OrderId,
    ui::{
        context::{Aim, Place, Request, ViewContext},
        text,
        theme::Palette,
        widgets::{badge, console_button, primary_button},
    },
};

/// Entries of other registers that are linked.
const RELATED: usize = 8;

/// What the pane tells its view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PaneOutcome {
    Stay,
    Close,
    /// What was typed is not wanted any more.
    Revert,
}

/// `judged` is none for a new entry.
pub(super) fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, form: &mut Form, judged: Option<&Judged>) -> PaneOutcome {
    let mut outcome = PaneOutcome::Stay;
    let kind = form.kind;
    ui.horizontal(|ui| {
        let title = match judged {
            Some(judged) => kind.register().title(&judged.kept.entry),
            None => text!(cx.texts, "registers-new"),
        };
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.button(text!(cx.texts, "close")).clicked() {
                outcome = PaneOutcome::Close;
            }
            ui.with_layout(egui::Layout::left_to_right(egui::Align::Center), |ui| {
                ui.add(egui::Label::new(RichText::new(title).heading()).truncate());
            });
        });
    });
    if let Some(reverted) = actions(ui, cx, form, judged) {
        outcome = reverted;
    }
    ui.separator();
    ScrollArea::vertical().id_salt(("register-pane", judged.map(|judged| judged.kept.id))).auto_shrink(false).show(
        ui,
        |ui| {
            if let Some(judged) = judged {
                standing(ui, cx, judged);
            }
            let known = cx.snapshot.registers.clone();
            same_key(ui, cx, form, judged, &known);
            form.show(ui, cx);
            if let Some(judged) = judged {
                related(ui, cx, judged, &known);
                if let Some((_, changes)) = known.history.as_ref().filter(|(id, _)| *id == judged.kept.id) {
                    history(ui, cx, kind, changes);
                }
            }
            ui.add_space(12.0);
        },
    );
    let escaped = !cx.keyboard_taken && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    if escaped { PaneOutcome::Close } else { outcome }
}

/// Warns where another entry is told from others by the same: a row of a table could then be about either.
fn same_key(ui: &mut Ui, cx: &mut ViewContext<'_>, form: &Form, judged: Option<&Judged>, known: &RegistersKnown) {
    let register = form.kind.register();
    let Some(key) = register.key_of(&form.current()).filter(|_| judged.is_none() || form.is_changed()) else { return };
    let id = judged.map(|judged| judged.kept.id);
    let is_same =
        |other: &&Judged| Some(other.kept.id) != id && register.key_of(&other.kept.entry).as_ref() == Some(&key);
    let Some(other) = known.of(form.kind).find(is_same) else { return };
    let fields: Vec<String> = register.key.iter().map(|name| cx.texts.field_or_name(name)).collect();
    ui.horizontal_wrapped(|ui| {
        let line = text!(cx.texts, "registers-same-key", fields = fields.join(", "));
        ui.colored_label(Palette::of(ui.visuals()).warn, line);
        if ui.link(register.title(&other.kept.entry)).clicked() {
            cx.requests.push(Request::OpenRegister(Aim::Entry(form.kind, other.kept.id)));
        }
    });
}

fn actions(ui: &mut Ui, cx: &mut ViewContext<'_>, form: &mut Form, judged: Option<&Judged>) -> Option<PaneOutcome> {
    let mut outcome = None;
    ui.horizontal_wrapped(|ui| {
        let changed = form.is_changed();
        let pressed = changed && ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::S));
        let save = primary_button(ui, &text!(cx.texts, "registers-save"), changed);
        if (save.on_hover_text("Ctrl+S").clicked() || pressed)
            && let Ok(values) = form.ready_to_save()
        {
            let id = judged.map(|judged| judged.kept.id);
            cx.ask(Command::Registers(RegistersCommand::Put { kind: form.kind, id, values }));
        }
        if ui.add_enabled(changed, Button::new(text!(cx.texts, "registers-revert"))).clicked() {
            outcome = Some(PaneOutcome::Revert);
        }
        let Some(judged) = judged else { return };
        if ui.button(text!(cx.texts, "registers-copy")).clicked() {
            cx.copy(as_text(cx, judged), form.kind.register().title(&judged.kept.entry));
        }
        if ui.button(text!(cx.texts, "registers-remove")).clicked() {
            let command = RegistersCommand::Remove { kind: form.kind, id: judged.kept.id };
            cx.ask(Command::Registers(command));
        }
    });
    ui.horizontal_wrapped(|ui| {
        let page = form.kind.register().page;
        ui.label(RichText::new(page.menu()).color(Palette::of(ui.visuals()).muted));
        console_button(ui, cx, page);
    });
    outcome
}

fn standing(ui: &mut Ui, cx: &ViewContext<'_>, judged: &Judged) {
    let palette = Palette::of(ui.visuals());
    ui.horizontal_wrapped(|ui| {
        let state = &judged.kept.entry.state;
        badge(ui, &cx.texts.choice_or_name(state), palette.of_register_state(state));
        if let Some(at) = judged.due {
            ui.label(RichText::new(text!(cx.texts, "registers-due")).color(palette.muted));
            due::show(ui, cx, at);
        }
    });
    for finding in &judged.findings {
        follows(ui, cx, finding, judged.kept.kind);
    }
    ui.separator();
}

/// What follows, by which rule, and whether the pages say so.
fn follows(ui: &mut Ui, cx: &ViewContext<'_>, finding: &Finding, kind: RegisterKind) {
    let palette = Palette::of(ui.visuals());
    let rule = &finding.rule;
    ui.add_space(2.0);
    ui.horizontal_wrapped(|ui| {
        badge(ui, &cx.texts.register_weight(finding.weight), palette.of_weight(finding.weight));
        ui.label(cx.texts.register_rule(rule));
    });
    let source = if rule.is_documented() {
        text!(cx.texts, "registers-documented")
    } else {
        text!(cx.texts, "registers-assumed")
    };
    let mut line = format!("{source}: {}", cx.texts.register_basis(rule));
    if rule.page() != kind.register().page {
        line = format!("{line} ({})", rule.page().menu());
    }
    ui.label(RichText::new(line).small().color(palette.muted));
}

/// Entries of the other registers that name the same product, and the order.
fn related(ui: &mut Ui, cx: &mut ViewContext<'_>, judged: &Judged, known: &RegistersKnown) {
    let entry = &judged.kept.entry;
    let others = known.entries.iter().filter(|other| {
        other.kept.kind != judged.kept.kind
            && entry.get("product").is_some()
            && other.kept.entry.get("product") == entry.get("product")
    });
    let others: Vec<&Judged> = others.take(RELATED).collect();
    let order = entry.get("orderId");
    if others.is_empty() && order.is_none() {
        return;
    }
    ui.add_space(8.0);
    ui.label(RichText::new(text!(cx.texts, "registers-related")).strong());
    for other in others {
        let kind = other.kept.kind;
        let name = format!("{}: {}", cx.texts.register_kind(kind), kind.register().title(&other.kept.entry));
        if ui.link(name).clicked() {
            cx.requests.push(Request::OpenRegister(Aim::Entry(kind, other.kept.id)));
        }
    }
    if let Some(order) = order
        && ui.link(text!(cx.texts, "registers-open-order", order = order)).clicked()
    {
        cx.go_to(Place::Orders);
        cx.select(Subject::Order { world: cx.world, order_id: OrderId::new(order) });
    }
}

fn history(ui: &mut Ui, cx: &ViewContext<'_>, kind: RegisterKind, changes: &[EntryChange]) {
    let palette = Palette::of(ui.visuals());
    ui.add_space(8.0);
    ui.label(RichText::new(text!(cx.texts, "registers-history")).strong());
    for change in changes {
        let what = match (&change.before, &change.after) {
            (None, _) => text!(cx.texts, "registers-was-added"),
            (_, None) => text!(cx.texts, "registers-was-removed"),
            _ => text!(cx.texts, "registers-was-changed"),
        };
        let at = cx.times.short(change.at);
        ui.label(RichText::new(format!("{at} · {} · {what}", change.by)).color(palette.muted))
            .on_hover_text(cx.times.hover(change.at));
        // What was added or removed whole is the entry itself.
        if change.before.is_none() || change.after.is_none() {
            continue;
        }
        ui.indent(("change", change.at.0), |ui| {
            for (name, before, after) in change.differences() {
                let told = |value: Option<&str>| told(cx, kind, name, value);
                let line = format!("{}: {} → {}", cx.texts.field_or_name(name), told(before), told(after));
                ui.label(RichText::new(line).small());
            }
        });
    }
}

fn told(cx: &ViewContext<'_>, kind: RegisterKind, name: &str, value: Option<&str>) -> String {
    match (value, kind.register().field(name)) {
        (None, _) => text!(cx.texts, "registers-no-choice"),
        (Some(value), Some(field)) => value_of(cx, field, value),
        (Some(value), None) => cx.texts.choice_or_name(value),
    }
}

/// For a mail or a chat: a line for each field, then what follows.
fn as_text(cx: &ViewContext<'_>, judged: &Judged) -> String {
    let Entry { values: _, state } = &judged.kept.entry;
    let mut lines = vec![format!("{}: {}", cx.texts.field_or_name(STATE), cx.texts.choice_or_name(state))];
    for field in judged.kept.kind.register().fields {
        if let Some(value) = judged.kept.entry.get(field.name) {
            lines.push(format!("{}: {}", cx.texts.field_or_name(field.name), value_of(cx, field, value)));
        }
    }
    lines.extend(judged.findings.iter().map(|finding| format!("- {}", cx.texts.register_rule(&finding.rule))));
    lines.join("\n")
}
