//! A table that is pasted instead of read from a file: what was copied from a spreadsheet or from the console's page.

use egui::{ScrollArea, TextEdit, Ui};

use crate::{
    desk::import::ImportKind,
    ui::{context::ViewContext, text},
};

/// Rows of the text in sight.
const ROWS: usize = 4;

#[derive(Default)]
pub(super) struct PastedField {
    open: bool,
    text: String,
}

impl PastedField {
    pub(super) fn switch(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        let button = ui.selectable_label(self.open, text!(cx.texts, "import-paste"));
        if button.on_hover_text(text!(cx.texts, "import-paste-meaning")).clicked() {
            self.open = !self.open;
        }
    }

    /// The text, where it was changed.
    pub(super) fn show(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, kind: ImportKind) -> Option<String> {
        if !self.open {
            return None;
        }
        let label = ui.label(text!(cx.texts, "import-pasted"));
        let hint = kind.columns().iter().map(|wanted| wanted.name).collect::<Vec<_>>().join("\t");
        let response = ScrollArea::vertical().id_salt("import-pasted").max_height(96.0).show(ui, |ui| {
            let edit = TextEdit::multiline(&mut self.text).desired_rows(ROWS).desired_width(f32::INFINITY);
            ui.add(edit.code_editor().hint_text(hint)).labelled_by(label.id)
        });
        (response.inner.changed() && !self.text.trim().is_empty()).then(|| self.text.clone())
    }
}
