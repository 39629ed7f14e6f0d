//! The form for a secret that is set as a whole and never shown again: whether it is set and from where, setting, replacing
//! and removing it. What its fields are is the caller's.

use egui::{RichText, Ui};

use super::{key_origin, named_button};
use crate::{
    config::KeyOrigin,
    desk::session::Command,
    ui::{
        context::{Request, ViewContext},
        text,
        theme::Palette,
        widgets::{badge, primary_button},
    },
};

/// `None` while it is not being set.
pub(super) struct SecretForm<T>(Option<T>);

/// What the form says of it.
pub(super) struct Words {
    pub(super) title: String,
    pub(super) meaning: String,
    /// Accessible names of the buttons, which show a short word alone.
    pub(super) set: String,
    pub(super) replace: String,
    pub(super) save: String,
}

/// A secret that is set.
pub(super) struct Held {
    pub(super) badge: String,
    pub(super) origin: KeyOrigin,
    pub(super) removal: Removal,
}

pub(super) struct Removal {
    pub(super) name: String,
    pub(super) question: String,
    pub(super) command: Command,
}

impl<T> Default for SecretForm<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Default> SecretForm<T> {
    pub(super) fn saved(&mut self) {
        self.0 = None;
    }

    /// `fields` draws them and tells what saves them, once they are filled in.
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        words: &Words,
        held: Option<&Held>,
        fields: impl FnOnce(&mut Ui, &ViewContext<'_>, &mut T) -> Option<Command>,
    ) {
        let muted = Palette::of(ui.visuals()).muted;
        ui.horizontal(|ui| {
            ui.label(&words.title);
            match held {
                Some(held) => held.badge(ui, cx),
                None => drop(badge(ui, &text!(cx.texts, "key-is-optional"), muted)),
            }
            if self.0.is_none() {
                let (label, name) = match held {
                    Some(_) => (text!(cx.texts, "rsa-key-replace"), &words.replace),
                    None => (text!(cx.texts, "rsa-key-set"), &words.set),
                };
                if named_button(ui, &label, name) {
                    self.0 = Some(T::default());
                }
            }
            if let Some(held) = held {
                held.remove(ui, cx);
            }
        });
        ui.label(RichText::new(&words.meaning).color(muted));
        let Some(typed) = &mut self.0 else { return };
        let saves = fields(ui, cx, typed);
        ui.horizontal(|ui| {
            let save = primary_button(ui, &words.save, saves.is_some()).clicked();
            if let Some(command) = saves.filter(|_| save) {
                cx.ask(command);
            }
            if ui.button(text!(cx.texts, "cancel")).clicked() {
                self.0 = None;
            }
        });
    }
}

impl Held {
    pub(super) fn badge(&self, ui: &mut Ui, cx: &ViewContext<'_>) {
        let good = Palette::of(ui.visuals()).good;
        badge(ui, &self.badge, good).on_hover_text(key_origin(cx, self.origin));
    }

    /// What the environment holds is not the window's to remove.
    pub(super) fn remove(&self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        if self.origin != KeyOrigin::Environment && named_button(ui, &text!(cx.texts, "remove"), &self.removal.name) {
            cx.requests.push(Request::Confirm {
                question: self.removal.question.clone(),
                yes: text!(cx.texts, "remove"),
                command: self.removal.command.clone(),
            });
        }
    }
}
