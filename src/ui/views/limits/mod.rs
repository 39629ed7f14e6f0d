//! Purchase limits: the mirror of the console's configuration, and the review of the orders under it.

mod details;
mod import;
mod line;
mod lines;
mod review;

use egui::{RichText, Ui};

use self::{import::ImportForm, lines::Lines, review::Review};
use crate::{
    desk::{
        export::ExportedList,
        session::{Command, Event, LimitsCommand},
    },
    domain::console::ConsolePage,
    ui::{
        context::ViewContext,
        text,
        theme::Palette,
        widgets::{ExportForm, console_button, empty_state},
    },
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Review,
    Lines,
    Import,
}

#[derive(Default)]
pub(in crate::ui) struct LimitsView {
    mode: Mode,
    review: Review,
    lines: Lines,
    import: ImportForm,
    export: ExportForm,
    /// The desk was told that somebody looks.
    looks: bool,
}

impl LimitsView {
    pub(in crate::ui) fn notice(&mut self, event: &Event) {
        match event {
            Event::LimitRemoved(limit) => self.lines.removed = Some(limit.clone()),
            Event::LimitsPut(_) if self.mode == Mode::Import => {
                self.import = ImportForm::default();
                self.mode = Mode::Lines;
            }
            Event::LimitsPut(_) => self.lines.put(),
            _ => {}
        }
    }

    /// While another place is shown.
    pub(in crate::ui) fn rest(&mut self, cx: &mut ViewContext<'_>) {
        if std::mem::take(&mut self.looks) {
            cx.ask(Command::Limits(LimitsCommand::Look(false)));
        }
    }

    pub(in crate::ui) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        if !std::mem::replace(&mut self.looks, true) {
            cx.ask(Command::Limits(LimitsCommand::Look(true)));
        }
        let snapshot = cx.snapshot.clone();
        let known = snapshot.limits.as_ref();
        ui.horizontal_wrapped(|ui| {
            ui.heading(text!(cx.texts, "place-limits"));
            ui.add_space(8.0);
            for (mode, label) in
                [(Mode::Review, text!(cx.texts, "limits-review")), (Mode::Lines, text!(cx.texts, "limits-lines"))]
            {
                if ui.selectable_label(self.mode == mode, label).clicked() {
                    self.mode = mode;
                }
            }
            ui.separator();
            if ui.selectable_label(self.mode == Mode::Import, text!(cx.texts, "limits-import")).clicked() {
                self.mode = Mode::Import;
            }
            if self.export.button(ui, cx) && self.mode == Mode::Import {
                self.mode = Mode::Lines;
            }
            console_button(ui, cx, ConsolePage::PurchaseLimits);
        });
        match self.mode {
            Mode::Lines => self.export.show(ui, cx, || ExportedList::Limits),
            Mode::Review => self.export.show(ui, cx, || ExportedList::Review),
            Mode::Import => {}
        }
        ui.label(RichText::new(text!(cx.texts, "limits-mirror")).color(Palette::of(ui.visuals()).muted));
        ui.separator();
        match self.mode {
            _ if !known.loaded => {
                ui.centered_and_justified(|ui| ui.label(text!(cx.texts, "loading")));
            }
            Mode::Import => {
                if self.import.show(ui, cx) {
                    self.import = ImportForm::default();
                    self.mode = Mode::Lines;
                    cx.ask(Command::Limits(LimitsCommand::ForgetTable));
                }
            }
            Mode::Lines => self.lines.show(ui, cx, known),
            Mode::Review if known.lines.is_empty() => {
                empty_state(ui, &text!(cx.texts, "no-limits"), &text!(cx.texts, "no-limits-meaning"), |ui| {
                    if ui.button(text!(cx.texts, "limits-import")).clicked() {
                        self.mode = Mode::Import;
                    }
                    if ui.button(text!(cx.texts, "limits-add")).clicked() {
                        self.mode = Mode::Lines;
                        self.lines.add();
                    }
                });
            }
            Mode::Review => self.review.show(ui, cx, known),
        }
    }
}
