//! A window for a program that cannot open its desk: what is wrong, in a sentence. Who started it from a menu sees no
//! standard error.

use egui::{CentralPanel, RichText, Ui, ViewportBuilder};

use super::{Language, Texts, WindowError, opening, text, theme, widgets::primary_button};

struct Trouble {
    sentence: String,
    texts: Texts,
}

impl eframe::App for Trouble {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        CentralPanel::default().show(ui, |ui| {
            ui.add_space(12.0);
            ui.heading(text!(self.texts, "trouble-title"));
            ui.add_space(8.0);
            ui.label(RichText::new(&self.sentence).monospace());
            ui.add_space(8.0);
            ui.label(text!(self.texts, "trouble-meaning"));
            ui.add_space(16.0);
            ui.horizontal(|ui| {
                if primary_button(ui, &text!(self.texts, "close"), true).clicked() {
                    ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close);
                }
                if ui.button(text!(self.texts, "trouble-copy")).clicked() {
                    ui.ctx().copy_text(self.sentence.clone());
                }
            });
        });
    }
}

/// Shows the sentence until the user closes the window.
pub fn tell(title: &str, sentence: String) -> Result<(), WindowError> {
    let viewport = ViewportBuilder::default().with_title(title).with_inner_size([560.0, 260.0]);
    opening::run(viewport, move |creation| {
        theme::install(&creation.egui_ctx);
        Trouble { sentence, texts: Texts::new(Language::of_setting("system")) }
    })
}
