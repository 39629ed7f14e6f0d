//! A field for a file's path with a button that asks the system's dialog. The dialog runs on a thread of its own; where the
//! system has none, the field is all there is.

use std::{
    path::PathBuf,
    sync::mpsc::{Receiver, TryRecvError, channel},
    thread,
};

use egui::{Context, TextEdit, Ui};

use crate::ui::{context::ViewContext, text};

const TABLES: [&str; 2] = ["csv", "xlsx"];

/// What the dialog is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Open,
    Save,
}

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
        self.show(ui, cx, label, Purpose::Open)
    }

    /// For a file that is written.
    pub(in crate::ui) fn show_save(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, label: &str) -> bool {
        self.show(ui, cx, label, Purpose::Save)
    }

    fn show(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, label: &str, purpose: Purpose) -> bool {
        let mut chosen = self.hear();
        let label = ui.label(label);
        let edit = TextEdit::singleline(&mut self.path).desired_width(330.0).hint_text("*.csv, *.xlsx");
        let response = ui.add(edit).labelled_by(label.id);
        chosen |=
            response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter)) && self.path().is_some();
        let free = self.dialog.is_none();
        if ui.add_enabled(free, egui::Button::new(text!(cx.texts, "browse"))).clicked() {
            self.ask(ui.ctx(), purpose);
        }
        if self.came_to_nothing {
            ui.label(egui::RichText::new(text!(cx.texts, "browse-nothing")).weak());
        }
        chosen
    }

    fn ask(&mut self, ctx: &Context, purpose: Purpose) {
        self.came_to_nothing = false;
        let dialog = rfd::AsyncFileDialog::new().add_filter("CSV, XLSX", &TABLES);
        let (tell, hear) = channel();
        let ctx = ctx.clone();
        // Some systems want the dialog begun here; all let it be waited for elsewhere.
        let asked = async move {
            let file = match purpose {
                Purpose::Open => dialog.pick_file().await,
                Purpose::Save => dialog.set_file_name("usage.csv").save_file().await,
            };
            file.map(|file| file.path().to_owned())
        };
        let wait = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build();
            // Nobody listens any more where the view is gone.
            drop(tell.send(runtime.ok().and_then(|runtime| runtime.block_on(asked))));
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
