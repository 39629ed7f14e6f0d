//! Access keys: which are set, from where, and setting, ending or removing one. A key is never shown again.

use std::collections::HashMap;

use egui::{RichText, TextEdit, Ui};

use super::{key_origin, named_button};
use crate::{
    config::{KeyInfo, KeyOrigin},
    desk::session::Command,
    protocol::{KeyClass, Secret},
    ui::{
        context::{Request, ViewContext},
        text,
        theme::Palette,
        widgets::{badge, primary_button},
    },
};

#[derive(Default)]
pub(super) struct Keys {
    typed: HashMap<KeyClass, Typed>,
}

struct Typed {
    key: String,
    keep_old: bool,
}

impl Default for Typed {
    /// Calls that are on their way are signed with the old key.
    fn default() -> Self {
        Self { key: String::new(), keep_old: true }
    }
}

impl Keys {
    pub(super) fn saved(&mut self, class: KeyClass) {
        self.typed.remove(&class);
    }

    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let palette = Palette::of(ui.visuals());
        ui.label(RichText::new(text!(cx.texts, "settings-keys")).strong());
        ui.label(RichText::new(text!(cx.texts, "settings-keys-meaning")).color(palette.muted));
        egui::Grid::new("keys").num_columns(4).spacing([14.0, 8.0]).show(ui, |ui| {
            for class in KeyClass::ALL {
                self.row(ui, cx, class);
                ui.end_row();
            }
        });
        let settings = cx.snapshot.settings.clone();
        for key in settings.keys.iter().filter(|key| key.endpoint.is_some()) {
            ui.horizontal(|ui| {
                ui.label(name(cx, key));
                badge(ui, &text!(cx.texts, "key-is-set"), palette.good).on_hover_text(key_origin(cx, key.origin));
                remove(ui, cx, key);
                old_key(ui, cx, key);
                ended_keys(ui, cx, key);
            });
        }
    }

    fn row(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, class: KeyClass) {
        let palette = Palette::of(ui.visuals());
        let settings = cx.snapshot.settings.clone();
        let set = settings.keys.iter().find(|key| key.class == class && key.endpoint.is_none());
        let label = beside_the_field(ui, |ui| ui.label(cx.texts.key_class(class)));
        beside_the_field(ui, |ui| match set {
            Some(key) => {
                let hover = key_origin(cx, key.origin);
                drop(badge(ui, &text!(cx.texts, "key-is-set"), palette.good).on_hover_text(hover));
            }
            None if class == KeyClass::Base && settings.keys.is_empty() => {
                drop(badge(ui, &text!(cx.texts, "key-is-missing"), palette.bad));
            }
            None => drop(badge(ui, &text!(cx.texts, "key-is-optional"), palette.muted)),
        });
        let typed = self.typed.entry(class).or_default();
        let kept = set.filter(|key| key.origin != KeyOrigin::Environment);
        let enter = ui.vertical(|ui| edit(ui, cx, typed, kept, label.id)).inner;
        beside_the_field(ui, |ui| {
            let is_typed = !typed.key.trim().is_empty();
            let save = primary_button(ui, &text!(cx.texts, "key-save"), is_typed).clicked();
            if (save || enter) && is_typed {
                // Copied from a console page, a key often brings blanks along.
                let key = Secret::new(typed.key.trim().to_owned());
                let keep_old = typed.keep_old && kept.is_some_and(|key| key.old_since.is_none());
                cx.ask(Command::SetKey { class, endpoint: None, key, keep_old });
            }
            if let Some(key) = set {
                remove(ui, cx, key);
            }
        });
    }
}

/// At the height of the row's field, whatever stands below that.
fn beside_the_field<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> R {
    ui.vertical(|ui| ui.horizontal(contents).inner).inner
}

/// The field, and below it what becomes of the key that is set. Answers whether Enter was pressed in it.
fn edit(ui: &mut Ui, cx: &mut ViewContext<'_>, typed: &mut Typed, set: Option<&KeyInfo>, label: egui::Id) -> bool {
    let hint = if set.is_some() { text!(cx.texts, "key-replace-hint") } else { text!(cx.texts, "key-hint") };
    let edit = TextEdit::singleline(&mut typed.key).password(true).hint_text(hint);
    let response = ui.add_sized([260.0, 24.0], edit).labelled_by(label);
    let Typed { key, keep_old } = typed;
    if let Some(set) = set {
        let is_typed = !key.trim().is_empty();
        if set.old_since.is_some() {
            ui.horizontal(|ui| old_key(ui, cx, set));
            if is_typed {
                let muted = Palette::of(ui.visuals()).muted;
                ui.label(RichText::new(text!(cx.texts, "key-old-stays")).color(muted));
            }
        } else if is_typed {
            ui.checkbox(keep_old, text!(cx.texts, "key-keep-old"));
        }
        if set.ended > 0 {
            ui.horizontal(|ui| ended_keys(ui, cx, set));
        }
    }
    response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter))
}

/// Class and endpoint, as a question and a button name them.
fn name(cx: &ViewContext<'_>, key: &KeyInfo) -> String {
    let class = cx.texts.key_class(key.class);
    key.endpoint.as_ref().map_or_else(|| class.clone(), |endpoint| format!("{class} {endpoint}"))
}

fn old_key(ui: &mut Ui, cx: &mut ViewContext<'_>, key: &KeyInfo) {
    let Some(since) = key.old_since else { return };
    let told = text!(cx.texts, "key-old-valid", time = cx.times.minute(since));
    let color = Palette::of(ui.visuals()).busy;
    ui.label(RichText::new(told).color(color)).on_hover_text(cx.times.hover(since));
    let name = name(cx, key);
    let class = name.as_str();
    if named_button(ui, &text!(cx.texts, "key-end-old"), &text!(cx.texts, "key-end-old-of", class = class)) {
        cx.requests.push(Request::Confirm {
            question: text!(cx.texts, "key-end-old-question", class = class),
            yes: text!(cx.texts, "key-end-old"),
            command: Command::EndOldKey { class: key.class, endpoint: key.endpoint.clone() },
        });
    }
}

/// Keys that open nothing any more, and are kept all the same: whoever sees to keys has to know.
fn ended_keys(ui: &mut Ui, cx: &mut ViewContext<'_>, key: &KeyInfo) {
    if key.ended == 0 {
        return;
    }
    let muted = Palette::of(ui.visuals()).muted;
    let kept = text!(cx.texts, "key-ended-kept", count = key.ended.to_string());
    ui.label(RichText::new(kept).color(muted)).on_hover_text(text!(cx.texts, "key-ended-meaning"));
    let name = name(cx, key);
    let class = name.as_str();
    if named_button(ui, &text!(cx.texts, "key-forget-ended"), &text!(cx.texts, "key-forget-ended-of", class = class)) {
        cx.requests.push(Request::Confirm {
            question: text!(cx.texts, "key-forget-ended-question", class = class),
            yes: text!(cx.texts, "key-forget-ended"),
            command: Command::ForgetEndedKeys { class: key.class, endpoint: key.endpoint.clone() },
        });
    }
}

fn remove(ui: &mut Ui, cx: &mut ViewContext<'_>, key: &KeyInfo) {
    if matches!(key.origin, KeyOrigin::Environment) {
        return;
    }
    if ui.button(text!(cx.texts, "remove")).clicked() {
        let name = name(cx, key);
        let class = name.as_str();
        cx.requests.push(Request::Confirm {
            question: match key.old_since {
                Some(_) => text!(cx.texts, "key-remove-both-question", class = class),
                None => text!(cx.texts, "key-remove-question", class = class),
            },
            yes: text!(cx.texts, "remove"),
            command: Command::RemoveKey { class: key.class, endpoint: key.endpoint.clone() },
        });
    }
}
