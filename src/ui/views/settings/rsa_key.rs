//! The RSA private key of the kit: whether one is set, and setting or removing it. It is never shown, not while it is pasted
//! either.

use egui::{RichText, ScrollArea, TextEdit, Ui};

use super::{key_origin, named_button};
use crate::{
    config::{KeyOrigin, RsaKeyInfo},
    desk::session::Command,
    protocol::Secret,
    ui::{
        context::{Request, ViewContext},
        text,
        theme::Palette,
        widgets::{badge, primary_button},
    },
};

#[derive(Default)]
pub(super) struct RsaKey {
    /// `None` while it is not being set.
    pasted: Option<String>,
}

impl RsaKey {
    pub(super) fn saved(&mut self) {
        self.pasted = None;
    }

    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let palette = Palette::of(ui.visuals());
        let settings = cx.snapshot.settings.clone();
        let set = settings.rsa_keys.iter().find(|key| key.endpoint.is_none());
        ui.horizontal(|ui| {
            ui.label(text!(cx.texts, "rsa-key"));
            match set {
                Some(key) => {
                    let hover = key_origin(cx, key.origin);
                    drop(badge(ui, &text!(cx.texts, "key-is-set"), palette.good).on_hover_text(hover));
                }
                None => drop(badge(ui, &text!(cx.texts, "key-is-optional"), palette.muted)),
            }
            if self.pasted.is_none() {
                let (label, name) = match set {
                    Some(_) => (text!(cx.texts, "rsa-key-replace"), text!(cx.texts, "rsa-key-replace-name")),
                    None => (text!(cx.texts, "rsa-key-set"), text!(cx.texts, "rsa-key-set-name")),
                };
                if named_button(ui, &label, &name) {
                    self.pasted = Some(String::new());
                }
            }
            if let Some(key) = set {
                remove(ui, cx, key);
            }
        });
        ui.label(RichText::new(text!(cx.texts, "rsa-key-meaning")).color(palette.muted));
        self.paste(ui, cx);
        for key in settings.rsa_keys.iter().filter(|key| key.endpoint.is_some()) {
            ui.horizontal(|ui| {
                let endpoint = key.endpoint.as_deref().unwrap_or_default();
                ui.label(format!("{} {endpoint}", text!(cx.texts, "rsa-key")));
                badge(ui, &text!(cx.texts, "key-is-set"), palette.good).on_hover_text(key_origin(cx, key.origin));
                remove(ui, cx, key);
            });
        }
    }

    fn paste(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let Some(pasted) = &mut self.pasted else { return };
        let mut cancelled = false;
        let label = ui.label(text!(cx.texts, "rsa-key-pem"));
        ScrollArea::vertical().id_salt("rsa-key").max_height(90.0).show(ui, |ui| {
            let edit = TextEdit::multiline(pasted).password(true).desired_rows(4).desired_width(f32::INFINITY);
            ui.add(edit.hint_text(text!(cx.texts, "rsa-key-hint"))).labelled_by(label.id);
        });
        ui.horizontal(|ui| {
            let is_typed = !pasted.trim().is_empty();
            if primary_button(ui, &text!(cx.texts, "rsa-key-save"), is_typed).clicked() {
                cx.ask(Command::SetRsaKey { endpoint: None, pem: Secret::new(pasted.clone()) });
            }
            cancelled = ui.button(text!(cx.texts, "cancel")).clicked();
        });
        if cancelled {
            self.pasted = None;
        }
    }
}

fn remove(ui: &mut Ui, cx: &mut ViewContext<'_>, key: &RsaKeyInfo) {
    if key.origin == KeyOrigin::Environment {
        return;
    }
    let name = match key.endpoint.as_deref() {
        Some(endpoint) => text!(cx.texts, "rsa-key-remove-of", endpoint = endpoint),
        None => text!(cx.texts, "rsa-key-remove"),
    };
    if named_button(ui, &text!(cx.texts, "remove"), &name) {
        cx.requests.push(Request::Confirm {
            question: text!(cx.texts, "rsa-key-remove-question"),
            yes: text!(cx.texts, "remove"),
            command: Command::RemoveRsaKey { endpoint: key.endpoint.clone() },
        });
    }
}
