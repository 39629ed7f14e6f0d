//! Holidays by which working days are counted: the years that are known, and a newer table.

use egui::{RichText, Ui};

use crate::{
    desk::session::Command,
    ui::{context::ViewContext, text, theme::Palette, widgets::FileField},
};

pub(super) struct WorkdaysForm {
    file: FileField,
}

impl Default for WorkdaysForm {
    fn default() -> Self {
        Self { file: FileField::of("*.txt, *.json") }
    }
}

impl WorkdaysForm {
    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let palette = Palette::of(ui.visuals());
        let settings = cx.snapshot.settings.clone();
        let known = &settings.workdays;
        ui.label(RichText::new(text!(cx.texts, "workdays")).strong());
        ui.label(RichText::new(text!(cx.texts, "workdays-meaning")).color(palette.muted));
        ui.horizontal_wrapped(|ui| {
            ui.label(text!(cx.texts, "workdays-known"));
            for year in &known.years {
                let own = known.own.contains(year);
                let label = ui.strong(year.to_string());
                label.on_hover_text(match own {
                    true => text!(cx.texts, "workdays-own"),
                    false => text!(cx.texts, "workdays-built-in"),
                });
            }
        });
        if let Some(trouble) = &known.trouble {
            ui.colored_label(palette.bad, cx.texts.refusal(trouble));
        }
        ui.horizontal_wrapped(|ui| {
            let mut wanted = self.file.show_open(ui, cx, &text!(cx.texts, "workdays-file"));
            let ready = self.file.path().is_some();
            wanted |= ui.add_enabled(ready, egui::Button::new(text!(cx.texts, "workdays-take"))).clicked();
            if let Some(file) = self.file.path().filter(|_| wanted) {
                cx.ask(Command::ImportWorkdays(file));
            }
        });
    }
}
