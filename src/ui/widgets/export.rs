//! Where a list is written to a file: the button that opens a line below, and that line. Knows not what the list shows.

use egui::{ProgressBar, RichText, Ui};

use super::FileField;
use crate::{
    desk::{
        export::{ExportProgress, ExportedList},
        session::Command,
    },
    ui::{context::ViewContext, text, theme::Palette},
};

/// In points.
const BAR: f32 = 220.0;

#[derive(Default)]
pub(in crate::ui) struct ExportForm {
    open: bool,
    file: FileField,
    /// Of several lists, which.
    chosen: usize,
}

impl ExportForm {
    /// True where it was just opened.
    pub(in crate::ui) fn button(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) -> bool {
        let clicked = ui.selectable_label(self.open, text!(cx.texts, "export")).clicked();
        self.open ^= clicked;
        clicked && self.open
    }

    /// The same of several lists, of which one is chosen by its name.
    pub(in crate::ui) fn show_one_of(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        lists: &[(String, ExportedList)],
    ) {
        if self.open && cx.snapshot.exporting.is_none() && lists.len() > 1 {
            ui.horizontal_wrapped(|ui| {
                for (at, (name, _)) in lists.iter().enumerate() {
                    ui.radio_value(&mut self.chosen, at, name);
                }
            });
        }
        let Some((_, list)) = lists.get(self.chosen).or(lists.first()) else { return };
        self.show(ui, cx, || list.clone());
    }

    /// The line, where it is open.
    pub(in crate::ui) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, list: impl Fn() -> ExportedList) {
        if !self.open {
            return;
        }
        ui.horizontal_wrapped(|ui| {
            let wanted = self.file.show_save(ui, cx, &text!(cx.texts, "export-file"), || list().file_name());
            if let Some(progress) = cx.snapshot.exporting {
                running(ui, cx, progress);
                return;
            }
            let ready = self.file.path().is_some();
            let write = ui.add_enabled(ready, egui::Button::new(text!(cx.texts, "export-write"))).clicked();
            if let Some(file) = self.file.path().filter(|_| wanted || write) {
                cx.ask(Command::Export { list: list(), file });
            }
        });
    }
}

/// One export runs at a time, whichever list it is of.
fn running(ui: &mut Ui, cx: &mut ViewContext<'_>, progress: ExportProgress) {
    let ExportProgress { rows, of } = progress;
    match of {
        Some(all) => {
            #[expect(clippy::cast_precision_loss, reason = "a bar of some hundred points")]
            let part = rows as f32 / all.max(1) as f32;
            let line = text!(cx.texts, "exporting-of", rows = rows, all = all);
            ui.add(ProgressBar::new(part).desired_width(BAR).text(line));
        }
        None => {
            let line = text!(cx.texts, "exporting", rows = rows);
            ui.label(RichText::new(line).color(Palette::of(ui.visuals()).busy));
        }
    }
    if ui.button(text!(cx.texts, "export-cancel")).clicked() {
        cx.ask(Command::CancelExport);
    }
}
