//! The License of an application that the operator hands over by hand: a text, or a file.

use std::path::PathBuf;

use egui::{RichText, TextEdit, Ui};

use crate::{
    desk::{LicenseContent, session::Command},
    domain::{MessageId, World},
    protocol::{Secret, id::EventId},
    ui::{
        context::ViewContext,
        text,
        theme::Palette,
        widgets::{card, primary_button},
    },
};

#[derive(Default)]
pub(super) struct UploadForm {
    about: Option<MessageId>,
    license: String,
    file: String,
}

impl UploadForm {
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        message: MessageId,
        world: World,
        event_id: &EventId,
    ) {
        if self.about != Some(message) {
            *self = Self { about: Some(message), ..Self::default() };
        }
        let free = cx.snapshot.retrying.is_none();
        let mut content = None;
        card(ui, |ui| {
            ui.label(RichText::new(text!(cx.texts, "upload-title")).strong());
            ui.label(RichText::new(text!(cx.texts, "upload-meaning")).color(Palette::of(ui.visuals()).muted));
            let label = ui.label(text!(cx.texts, "upload-text"));
            ui.add(TextEdit::multiline(&mut self.license).desired_rows(2).desired_width(f32::INFINITY))
                .labelled_by(label.id);
            let ready = free && !self.license.trim().is_empty();
            if primary_button(ui, &text!(cx.texts, "upload-send-text"), ready).clicked() {
                content = Some(LicenseContent::Text(Secret::new(self.license.trim())));
            }
            let label = ui.label(text!(cx.texts, "upload-file"));
            ui.add(TextEdit::singleline(&mut self.file).desired_width(f32::INFINITY)).labelled_by(label.id);
            let ready = free && !self.file.trim().is_empty();
            if ui.add_enabled(ready, egui::Button::new(text!(cx.texts, "upload-send-file"))).clicked() {
                content = Some(LicenseContent::File(PathBuf::from(self.file.trim())));
            }
        });
        if let Some(content) = content {
            cx.ask(Command::UploadLicense { world, event_id: event_id.clone(), content });
        }
    }
}
