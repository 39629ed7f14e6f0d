//! The pane at the right: everything about one message or one instance, and the button that mends it.

mod fulfil_form;
mod instance;
mod message;
mod said;

use egui::{RichText, ScrollArea, Ui};

use self::fulfil_form::FulfilForm;
use super::{
    context::{Request, ViewContext},
    text,
};
use crate::desk::session::{Detail, Event};

#[derive(Default)]
pub(super) struct DetailPane {
    form: FulfilForm,
    /// The password of the instance in the pane is shown.
    revealed: bool,
}

impl DetailPane {
    /// What was filled in is done with.
    pub(super) fn notice(&mut self, event: &Event) {
        if let Event::Fulfilled { instance_id } = event {
            self.form.done(instance_id);
        }
    }

    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let snapshot = cx.snapshot.clone();
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            let title = match snapshot.detail.as_ref() {
                Detail::Instance { .. } => text!(cx.texts, "detail-instance"),
                _ => text!(cx.texts, "detail-message"),
            };
            ui.heading(title);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if ui.button(text!(cx.texts, "close")).on_hover_text("Esc").clicked() {
                    cx.requests.push(Request::Select(None));
                }
            });
        });
        ui.separator();
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| match snapshot.detail.as_ref() {
            Detail::Nothing | Detail::Loading(_) => drop(ui.label(text!(cx.texts, "loading"))),
            Detail::Message { message, attempts, said, instance } => {
                message::show(ui, cx, &mut self.form, message, instance.as_ref());
                said::show(ui, cx, message.id, said);
                message::timeline(ui, cx, attempts);
            }
            Detail::Instance { instance, messages } => {
                instance::show(ui, cx, &mut self.form, &mut self.revealed, instance, messages);
            }
            Detail::Gone(_) => drop(ui.label(RichText::new(text!(cx.texts, "detail-gone")).weak())),
        });
    }
}
