//! Access keys: which are set, from where, and setting or removing one. A key is never shown again.

use std::collections::HashMap;

use egui::{RichText, TextEdit, Ui};

use crate::{
    config::KeyOrigin,
    desk::session::Command,
    protocol::{KeyClass, Secret},
    ui::{
        context::{Request, ViewContext},
        text,
        theme::Palette,
        widgets::{badge, primary_button},
    },
};

/// Those that this version uses.
const CLASSES: [KeyClass; 2] = [KeyClass::Base, KeyClass::General];

#[derive(Default)]
pub(super) struct Keys {
    typed: HashMap<KeyClass, String>,
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
            for class in CLASSES {
                self.row(ui, cx, class);
                ui.end_row();
            }
        });
        let settings = cx.snapshot.settings.clone();
        for key in settings.keys.iter().filter(|key| key.endpoint.is_some() || !CLASSES.contains(&key.class)) {
            let endpoint = key.endpoint.clone().unwrap_or_default();
            ui.horizontal(|ui| {
                ui.label(format!("{} {endpoint}", cx.texts.key_class(key.class)));
                badge(ui, &text!(cx.texts, "key-is-set"), palette.good).on_hover_text(origin(cx, &key.origin));
                remove(ui, cx, key.class, key.endpoint.clone(), &key.origin);
            });
        }
    }

    fn row(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, class: KeyClass) {
        let palette = Palette::of(ui.visuals());
        let settings = cx.snapshot.settings.clone();
        let set = settings.keys.iter().find(|key| key.class == class && key.endpoint.is_none());
        let label = ui.label(cx.texts.key_class(class));
        match set {
            Some(key) => {
                drop(badge(ui, &text!(cx.texts, "key-is-set"), palette.good).on_hover_text(origin(cx, &key.origin)));
            }
            None if class == KeyClass::Base => drop(badge(ui, &text!(cx.texts, "key-is-missing"), palette.bad)),
            None => drop(badge(ui, &text!(cx.texts, "key-is-optional"), palette.muted)),
        }
        let typed = self.typed.entry(class).or_default();
        let hint = if set.is_some() { text!(cx.texts, "key-replace-hint") } else { text!(cx.texts, "key-hint") };
        let edit = TextEdit::singleline(typed).password(true).hint_text(hint);
        let response = ui.add_sized([260.0, 24.0], edit).labelled_by(label.id);
        let enter = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        ui.horizontal(|ui| {
            let save = primary_button(ui, &text!(cx.texts, "key-save"), !typed.trim().is_empty()).clicked();
            if (save || enter) && !typed.trim().is_empty() {
                // Copied from a console page, a key often brings blanks along.
                let key = Secret::new(typed.trim().to_owned());
                cx.ask(Command::SetKey { class, endpoint: None, key });
            }
            if let Some(key) = set {
                remove(ui, cx, class, None, &key.origin);
            }
        });
    }
}

fn origin(cx: &ViewContext<'_>, origin: &KeyOrigin) -> String {
    match origin {
        KeyOrigin::Environment => text!(cx.texts, "key-from-environment"),
        KeyOrigin::Keychain => text!(cx.texts, "key-from-keychain"),
        KeyOrigin::File => text!(cx.texts, "key-from-file"),
    }
}

fn remove(ui: &mut Ui, cx: &mut ViewContext<'_>, class: KeyClass, endpoint: Option<String>, origin: &KeyOrigin) {
    if matches!(origin, KeyOrigin::Environment) {
        return;
    }
    if ui.button(text!(cx.texts, "remove")).clicked() {
        let name = cx.texts.key_class(class);
        cx.requests.push(Request::Confirm {
            question: text!(cx.texts, "key-remove-question", class = name),
            yes: text!(cx.texts, "remove"),
            command: Command::RemoveKey { class, endpoint },
        });
    }
}
