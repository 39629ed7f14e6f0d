//! The data directory as one file. Putting it back needs that nothing is at work in it, so that is the command line's.

use egui::{Button, RichText, Ui};

use crate::{
    desk::session::{Command, Event, FormCommand},
    ui::{context::ViewContext, text, theme::Palette, widgets::FileField},
};

pub(super) struct BackupForm {
    file: FileField,
    /// Until it is told what became of it.
    writing: bool,
}

impl Default for BackupForm {
    fn default() -> Self {
        Self { file: FileField::of("*.zip"), writing: false }
    }
}

impl BackupForm {
    pub(super) fn notice(&mut self, event: &Event) {
        if matches!(event, Event::BackedUp { .. } | Event::RefusedTo(FormCommand::BackUp, _)) {
            self.writing = false;
        }
    }

    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let palette = Palette::of(ui.visuals());
        ui.label(RichText::new(text!(cx.texts, "settings-backup")).strong());
        ui.label(RichText::new(text!(cx.texts, "settings-backup-meaning")).color(palette.muted));
        ui.horizontal_wrapped(|ui| {
            let name = || format!("sellerdesk-{}.zip", cx.times.now.to_compact_utc());
            let mut wanted = self.file.show_save(ui, cx, &text!(cx.texts, "settings-backup-file"), name);
            let ready = self.file.path().is_some() && !self.writing;
            wanted |= ui.add_enabled(ready, Button::new(text!(cx.texts, "settings-back-up"))).clicked();
            if self.writing {
                ui.label(RichText::new(text!(cx.texts, "settings-backing-up")).color(palette.busy));
            } else if let Some(file) = self.file.path().filter(|_| wanted) {
                self.writing = true;
                cx.ask(Command::BackUp(file));
            }
        });
    }
}
