//! Where a list is written to a file: the button that opens a line below, and that line. Knows not what the list shows.

use egui::{RichText, Ui};

use super::FileField;
use crate::{
    desk::{export::ExportedList, session::Command},
    ui::{context::ViewContext, text, theme::Palette},
};

#[derive(Default)]
pub(in crate::ui) struct ExportForm {
    open: bool,
    file: FileField,
}

impl ExportForm {
    /// True where it was just opened.
    pub(in crate::ui) fn button(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) -> bool {
        let clicked = ui.selectable_label(self.open, text!(cx.texts, "export")).clicked();
        self.open ^= clicked;
        clicked && self.open
    }

    /// The line, where it is open.
    pub(in crate::ui) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, list: impl FnOnce() -> ExportedList) {
        if !self.open {
            return;
        }
        ui.horizontal_wrapped(|ui| {
            let mut wanted = self.file.show_save(ui, cx, &text!(cx.texts, "export-file"));
            if let Some(rows) = cx.snapshot.exporting {
                wanted = false;
                let line = text!(cx.texts, "exporting", rows = rows);
                ui.label(RichText::new(line).color(Palette::of(ui.visuals()).busy));
            } else {
                let ready = self.file.path().is_some();
                wanted |= ui.add_enabled(ready, egui::Button::new(text!(cx.texts, "export-write"))).clicked();
            }
            if let Some(file) = self.file.path().filter(|_| wanted) {
                cx.ask(Command::Export { list: list(), file });
            }
        });
    }
}
