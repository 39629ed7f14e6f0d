//! The rows of a card that may have many: the first of them, with how many there are besides, and all where somebody wants them.

use egui::Ui;

use crate::ui::{context::ViewContext, text};

/// Rows until somebody wants all.
const FEW: usize = 20;

#[derive(Default)]
pub(in crate::ui) struct MoreRows {
    all: bool,
}

impl MoreRows {
    pub(in crate::ui) fn show<T>(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        rows: &[T],
        mut row: impl FnMut(&mut Ui, &mut ViewContext<'_>, &T),
    ) {
        let most = if self.all { rows.len() } else { FEW };
        for one in rows.iter().take(most) {
            row(ui, cx, one);
        }
        let more: usize = rows.len().saturating_sub(FEW);
        if more == 0 {
            return;
        }
        let label = match self.all {
            true => text!(cx.texts, "rows-fewer", count = FEW),
            false => text!(cx.texts, "rows-more", count = more),
        };
        if ui.link(label).clicked() {
            self.all = !self.all;
        }
    }
}
