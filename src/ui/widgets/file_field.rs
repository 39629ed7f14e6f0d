//! A field for a file's path with a button that asks the system's dialog. The dialog runs on a thread of its own; where the
//! system has none, the field is all there is.

use std::{
    path::PathBuf,
    sync::mpsc::{Receiver, TryRecvError, channel},
    thread,
};

use egui::{Context, TextEdit, Ui};

use super::file_dialog::{FileAnswer, FileDialog};
use crate::ui::{context::ViewContext, text, theme::Palette};

/// A file that was dropped onto the window, the last of several.
pub(in crate::ui) fn dropped_file(ui: &Ui) -> Option<PathBuf> {
    ui.input(|input| {
        let dropped = input.raw.dropped_files.iter().rev().map(|file| file.path().to_owned());
        dropped.into_iter().find(|path| !path.as_os_str().is_empty())
    })
}

#[derive(Default)]
pub(in crate::ui) struct FileField {
    path: String,
    dialog: Option<Receiver<Option<PathBuf>>>,
    /// A dialog came back without a file: it was closed, or there is none on this system.
    came_to_nothing: bool,
}

impl FileField {
    pub(in crate::ui) fn set(&mut self, path: String) {
        self.path = path;
        self.came_to_nothing = false;
    }

    pub(in crate::ui) fn path(&self) -> Option<PathBuf> {
        let path = self.path.trim().trim_matches('"');
        (!path.is_empty()).then(|| PathBuf::from(path))
    }

    /// For a file that is read. True once one was chosen, or Enter was pressed.
    pub(in crate::ui) fn show_open(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, label: &str) -> bool {
        self.show(ui, cx, label, || FileDialog::Open)
    }

    /// For a file that is written, with the name that a dialog proposes.
    pub(in crate::ui) fn show_save(
        &mut self,
        ui: &mut Ui,
        cx: &ViewContext<'_>,
        label: &str,
        name: impl FnOnce() -> String,
    ) -> bool {
        self.show(ui, cx, label, || FileDialog::Save { name: name() })
    }

    fn show(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, label: &str, purpose: impl FnOnce() -> FileDialog) -> bool {
        let waited = self.dialog.is_some();
        let mut chosen = self.hear();
        let label = ui.label(label);
        let edit = TextEdit::singleline(&mut self.path).desired_width(330.0).hint_text("*.csv, *.xlsx");
        let response = ui.add(edit).labelled_by(label.id);
        if waited && self.came_to_nothing {
            // It is to be typed then.
            response.request_focus();
        }
        chosen |=
            response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter)) && self.path().is_some();
        let free = self.dialog.is_none();
        if ui.add_enabled(free, egui::Button::new(text!(cx.texts, "browse"))).clicked() {
            self.ask(ui.ctx(), (cx.dialogs)(purpose()));
        }
        if self.came_to_nothing {
            ui.label(egui::RichText::new(text!(cx.texts, "browse-nothing")).color(Palette::of(ui.visuals()).warn));
        }
        chosen
    }

    fn ask(&mut self, ctx: &Context, answer: FileAnswer) {
        self.came_to_nothing = false;
        let (tell, hear) = channel();
        let ctx = ctx.clone();
        let wait = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            // Nobody listens any more where the view is gone.
            drop(tell.send(runtime.ok().and_then(|runtime| runtime.block_on(answer))));
            ctx.request_repaint();
        };
        match thread::Builder::new().name("file-dialog".into()).spawn(wait) {
            Ok(_) => self.dialog = Some(hear),
            Err(error) => {
                tracing::warn!(%error, "no file dialog");
                self.came_to_nothing = true;
            }
        }
    }

    fn hear(&mut self) -> bool {
        let Some(dialog) = &self.dialog else { return false };
        let answer = match dialog.try_recv() {
            Ok(answer) => answer,
            Err(TryRecvError::Empty) => return false,
            Err(TryRecvError::Disconnected) => None,
        };
        self.dialog = None;
        match answer {
            Some(file) => self.set(file.display().to_string()),
            None => self.came_to_nothing = true,
        }
        !self.came_to_nothing
    }
}
