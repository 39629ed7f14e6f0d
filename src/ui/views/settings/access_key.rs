//! AK and SK, with which KooGallery's open APIs are called. The SK is never shown.

use egui::{TextEdit, Ui};

use super::secret_form::{Held, Removal, SecretForm, Words};
use crate::{
    config::AccessKeyPair,
    desk::session::Command,
    protocol::Secret,
    ui::{context::ViewContext, text},
};

#[derive(Default)]
pub(super) struct AccessKey(SecretForm<Typed>);

#[derive(Default)]
struct Typed {
    ak: String,
    sk: String,
}

impl AccessKey {
    pub(super) fn saved(&mut self) {
        self.0.saved();
    }

    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let words = Words {
            title: text!(cx.texts, "access-key"),
            meaning: text!(cx.texts, "access-key-meaning"),
            set: text!(cx.texts, "access-key-set-name"),
            replace: text!(cx.texts, "access-key-replace-name"),
            save: text!(cx.texts, "access-key-save"),
        };
        let held = cx.snapshot.settings.access_key.as_ref().map(|info| Held {
            badge: text!(cx.texts, "access-key-is-set", ak = info.masked_ak.as_str()),
            origin: info.origin,
            removal: Removal {
                name: text!(cx.texts, "access-key-remove"),
                question: text!(cx.texts, "access-key-remove-question"),
                command: Command::RemoveAccessKey,
            },
        });
        self.0.show(ui, cx, &words, held.as_ref(), |ui, _, typed| fields(ui, typed));
    }
}

fn fields(ui: &mut Ui, typed: &mut Typed) -> Option<Command> {
    egui::Grid::new("access-key").num_columns(2).show(ui, |ui| {
        let label = ui.label("AK");
        ui.add(TextEdit::singleline(&mut typed.ak).desired_width(320.0)).labelled_by(label.id);
        ui.end_row();
        let label = ui.label("SK");
        ui.add(TextEdit::singleline(&mut typed.sk).password(true).desired_width(320.0)).labelled_by(label.id);
        ui.end_row();
    });
    let (ak, sk) = (typed.ak.trim(), typed.sk.trim());
    let is_typed = !ak.is_empty() && !sk.is_empty();
    is_typed
        .then(|| Command::SetAccessKey(AccessKeyPair { ak: ak.to_owned(), sk: Secret::new(sk), security_token: None }))
}
