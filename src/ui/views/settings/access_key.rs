//! AK and SK, with which KooGallery's open APIs are called: whether they are set, and setting or removing them. The SK is
//! never shown.

use egui::{RichText, TextEdit, Ui};

use super::{key_origin, named_button};
use crate::{
    config::{AccessKeyPair, KeyOrigin},
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
pub(super) struct AccessKey {
    /// `None` while they are not being set.
    typed: Option<Typed>,
}

#[derive(Default)]
struct Typed {
    ak: String,
    sk: String,
}

impl AccessKey {
    pub(super) fn saved(&mut self) {
        self.typed = None;
    }

    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let palette = Palette::of(ui.visuals());
        let settings = cx.snapshot.settings.clone();
        let set = settings.access_key.as_ref();
        ui.horizontal(|ui| {
            ui.label(text!(cx.texts, "access-key"));
            match set {
                Some(info) => {
                    let hover = key_origin(cx, info.origin);
                    let word = text!(cx.texts, "access-key-is-set", ak = info.masked_ak.as_str());
                    drop(badge(ui, &word, palette.good).on_hover_text(hover));
                }
                None => drop(badge(ui, &text!(cx.texts, "key-is-optional"), palette.muted)),
            }
            if self.typed.is_none() {
                let (label, name) = match set {
                    Some(_) => (text!(cx.texts, "rsa-key-replace"), text!(cx.texts, "access-key-replace-name")),
                    None => (text!(cx.texts, "rsa-key-set"), text!(cx.texts, "access-key-set-name")),
                };
                if named_button(ui, &label, &name) {
                    self.typed = Some(Typed::default());
                }
            }
            if set.is_some_and(|info| info.origin != KeyOrigin::Environment)
                && named_button(ui, &text!(cx.texts, "remove"), &text!(cx.texts, "access-key-remove"))
            {
                cx.requests.push(Request::Confirm {
                    question: text!(cx.texts, "access-key-remove-question"),
                    yes: text!(cx.texts, "remove"),
                    command: Command::RemoveAccessKey,
                });
            }
        });
        ui.label(RichText::new(text!(cx.texts, "access-key-meaning")).color(palette.muted));
        self.edit(ui, cx);
    }

    fn edit(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let Some(typed) = &mut self.typed else { return };
        let mut cancelled = false;
        egui::Grid::new("access-key").num_columns(2).show(ui, |ui| {
            let label = ui.label("AK");
            ui.add(TextEdit::singleline(&mut typed.ak).desired_width(320.0)).labelled_by(label.id);
            ui.end_row();
            let label = ui.label("SK");
            ui.add(TextEdit::singleline(&mut typed.sk).password(true).desired_width(320.0)).labelled_by(label.id);
            ui.end_row();
        });
        ui.horizontal(|ui| {
            let is_typed = !typed.ak.trim().is_empty() && !typed.sk.trim().is_empty();
            if primary_button(ui, &text!(cx.texts, "access-key-save"), is_typed).clicked() {
                cx.ask(Command::SetAccessKey(AccessKeyPair {
                    ak: typed.ak.trim().to_owned(),
                    sk: Secret::new(typed.sk.trim()),
                    security_token: None,
                }));
            }
            cancelled = ui.button(text!(cx.texts, "cancel")).clicked();
        });
        if cancelled {
            self.typed = None;
        }
    }
}
