//! The rows of a card that may have many: the first of them, with how many there are besides, and more where somebody wants
//! them. Not all at once: a card lays out whatever it shows in every frame.

use std::collections::HashMap;

use egui::{Id, Ui};

use crate::ui::{context::ViewContext, text};

/// Rows until somebody wants more.
const FEW: usize = 20;
/// So many more then.
const STEP: usize = 100;

/// Of every list of a card how much is shown beyond the first rows.
#[derive(Default)]
pub(in crate::ui) struct MoreRows {
    more: HashMap<Id, usize>,
}

impl MoreRows {
    /// `list` tells this list of the `ui` from others.
    pub(in crate::ui) fn show<T>(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        list: &str,
        rows: &[T],
        mut row: impl FnMut(&mut Ui, &mut ViewContext<'_>, &T),
    ) {
        let more = self.more.entry(ui.scope_id().with(list)).or_default();
        for one in rows.iter().take(FEW + *more) {
            row(ui, cx, one);
        }
        let left = rows.len().saturating_sub(FEW + *more);
        if left > 0 {
            let label = match left <= STEP {
                true => text!(cx.texts, "rows-more", count = left),
                false => text!(cx.texts, "rows-more-some", count = left, some = STEP),
            };
            if ui.link(label).clicked() {
                *more += STEP;
            }
        }
        if *more > 0 && ui.link(text!(cx.texts, "rows-fewer", count = FEW)).clicked() {
            *more = 0;
        }
    }
}
