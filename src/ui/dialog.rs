//! The question before what cannot be undone.

use egui::{Context, Id, Key, Modal, Modifiers};

use super::{text, texts::Texts, widgets::primary_button};
use crate::desk::session::Command;

pub(super) struct Dialog {
    question: String,
    yes: String,
    command: Command,
}

impl Dialog {
    pub(super) const fn new(question: String, yes: String, command: Command) -> Self {
        Self { question, yes, command }
    }

    /// `None` while it is open; then the command, or nothing where the user thought better of it.
    pub(super) fn show(&self, ctx: &Context, texts: &Texts) -> Option<Option<Command>> {
        let shown = Modal::new(Id::unique("dialog")).show(ctx, |ui| {
            ui.set_width(380.0);
            ui.label(&self.question);
            ui.add_space(12.0);
            let enter = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if primary_button(ui, &self.yes, true).clicked() || enter {
                    return Some(Some(self.command.clone()));
                }
                ui.button(text!(texts, "cancel")).clicked().then_some(None)
            })
            .inner
        });
        if shown.should_close() { Some(None) } else { shown.inner }
    }
}
