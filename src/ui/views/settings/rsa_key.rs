//! The RSA private key of the kit. It is never shown, not while it is pasted either.

use egui::{ScrollArea, TextEdit, Ui};

use super::secret_form::{Held, Removal, SecretForm, Words};
use crate::{
    config::RsaKeyInfo,
    desk::session::Command,
    protocol::Secret,
    ui::{context::ViewContext, text},
};

#[derive(Default)]
pub(super) struct RsaKey(SecretForm<String>);

impl RsaKey {
    pub(super) fn saved(&mut self) {
        self.0.saved();
    }

    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let words = Words {
            title: text!(cx.texts, "rsa-key"),
            meaning: text!(cx.texts, "rsa-key-meaning"),
            set: text!(cx.texts, "rsa-key-set-name"),
            replace: text!(cx.texts, "rsa-key-replace-name"),
            save: text!(cx.texts, "rsa-key-save"),
        };
        let settings = cx.snapshot.settings.clone();
        let held = settings.rsa_keys.iter().find(|key| key.endpoint.is_none()).map(|key| held_of(cx, key));
        self.0.show(ui, cx, &words, held.as_ref(), field);
        for key in settings.rsa_keys.iter().filter(|key| key.endpoint.is_some()) {
            let held = held_of(cx, key);
            ui.horizontal(|ui| {
                ui.label(format!("{} {}", words.title, key.endpoint.as_deref().unwrap_or_default()));
                held.badge(ui, cx);
                held.remove(ui, cx);
            });
        }
    }
}

fn field(ui: &mut Ui, cx: &ViewContext<'_>, pasted: &mut String) -> Option<Command> {
    let label = ui.label(text!(cx.texts, "rsa-key-pem"));
    ScrollArea::vertical().id_salt("rsa-key").max_height(90.0).show(ui, |ui| {
        let edit = TextEdit::multiline(pasted).password(true).desired_rows(4).desired_width(f32::INFINITY);
        ui.add(edit.hint_text(text!(cx.texts, "rsa-key-hint"))).labelled_by(label.id);
    });
    let is_typed = !pasted.trim().is_empty();
    is_typed.then(|| Command::SetRsaKey { endpoint: None, pem: Secret::new(pasted.clone()) })
}

fn held_of(cx: &ViewContext<'_>, key: &RsaKeyInfo) -> Held {
    let name = match key.endpoint.as_deref() {
        Some(endpoint) => text!(cx.texts, "rsa-key-remove-of", endpoint = endpoint),
        None => text!(cx.texts, "rsa-key-remove"),
    };
    Held {
        badge: text!(cx.texts, "key-is-set"),
        origin: key.origin,
        removal: Removal {
            name,
            question: text!(cx.texts, "rsa-key-remove-question"),
            command: Command::RemoveRsaKey { endpoint: key.endpoint.clone() },
        },
    }
}
