//! The configuration: its lines, each changed in its place, and what was done to them.

use egui::{Label, RichText, Ui};

use super::{
    history::{Change, history},
    line::{LineForm, LineOutcome},
};
use crate::{
    desk::session::{Command, LimitsCommand, LimitsKnown},
    domain::limit::{KeptLimit, Limit},
    ui::{
        context::{Request, ViewContext},
        text,
        theme::Palette,
        widgets::{Column, Order, Table, empty_state, time},
    },
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum By {
    #[default]
    Product,
    Times,
    Quantity,
    ChangedAt,
}

#[derive(Default)]
pub(super) struct Lines {
    form: Option<LineForm>,
    /// Removed last, and may come back.
    pub(super) removed: Option<Limit>,
    order: By,
    descending: bool,
}

impl Lines {
    pub(super) fn add(&mut self) {
        self.form = Some(LineForm::default());
    }

    /// What was typed is kept.
    pub(super) fn put(&mut self) {
        self.form = None;
        self.removed = None;
    }

    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, known: &LimitsKnown) {
        ui.horizontal_wrapped(|ui| {
            if ui.button(text!(cx.texts, "limits-add")).clicked() {
                self.add();
            }
            let count = text!(cx.texts, "count-limits", count = known.lines.len());
            ui.label(RichText::new(count).color(Palette::of(ui.visuals()).muted));
            self.undo(ui, cx);
        });
        self.form(ui, cx, known);
        ui.separator();
        let search = cx.search.trim().to_lowercase();
        let mut lines: Vec<&KeptLimit> = known.lines.iter().filter(|kept| is_found(&kept.limit, &search)).collect();
        lines.sort_by(|one, other| {
            let ordering = match self.order {
                By::Product => one.limit.key.cmp(&other.limit.key),
                By::Times => one.limit.times.cmp(&other.limit.times),
                By::Quantity => one.limit.quantity.cmp(&other.limit.quantity),
                By::ChangedAt => one.changed_at.cmp(&other.changed_at),
            };
            if self.descending { ordering.reverse() } else { ordering }
        });
        if lines.is_empty() {
            let (title, meaning) = if known.lines.is_empty() {
                (text!(cx.texts, "no-limits"), text!(cx.texts, "no-limits-meaning"))
            } else {
                (text!(cx.texts, "nothing-found", search = cx.search), text!(cx.texts, "nothing-found-meaning"))
            };
            empty_state(ui, &title, &meaning, |_| {});
            return;
        }
        self.table(ui, cx, &lines);
    }

    fn undo(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let Some(removed) = &self.removed else { return };
        ui.separator();
        let line = name(cx, removed);
        ui.label(text!(cx.texts, "limits-removed", line = line));
        if ui.button(text!(cx.texts, "limits-undo")).clicked() {
            cx.ask(Command::Limits(LimitsCommand::Put(removed.clone())));
            self.removed = None;
        }
    }

    fn form(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, known: &LimitsKnown) {
        let Some(form) = &mut self.form else { return };
        ui.add_space(4.0);
        match form.show(ui, cx) {
            LineOutcome::Stay => {
                if let Some(of) = &form.of {
                    let changes = known.changes.iter().filter(|change| change.key == of.key);
                    let told = |limit: &Option<Limit>| limit.as_ref().map(|limit| said(cx, limit));
                    let changes = changes.map(|change| Change {
                        at: change.changed_at,
                        by: &change.changed_by,
                        before: told(&change.before),
                        after: told(&change.after),
                    });
                    history(ui, cx, "limit-history", changes);
                }
            }
            LineOutcome::Close => self.form = None,
            LineOutcome::Put(limit) => cx.ask(Command::Limits(LimitsCommand::Put(limit))),
            LineOutcome::Remove(key) => {
                self.form = None;
                cx.requests.push(Request::Confirm {
                    question: text!(cx.texts, "limits-remove-question", product = key.product_id.as_str()),
                    yes: text!(cx.texts, "limits-remove"),
                    command: Command::Limits(LimitsCommand::Remove(key)),
                });
            }
        }
    }

    fn table(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, lines: &[&KeptLimit]) {
        let columns = [
            Column::new("productId".to_owned(), 190.0).sorted_by(By::Product),
            Column::new("skuCode".to_owned(), 170.0),
            Column::new(text!(cx.texts, "limits-times"), 190.0).sorted_by(By::Times),
            Column::new(text!(cx.texts, "limits-quantity"), 200.0).sorted_by(By::Quantity),
            Column::new(text!(cx.texts, "limits-changed-by"), 130.0),
            Column::new(text!(cx.texts, "limits-changed-at"), 140.0).sorted_by(By::ChangedAt),
        ];
        let of = self.form.as_ref().and_then(|form| form.of.as_ref()).map(|limit| &limit.key);
        let table = Table {
            id: "limit-lines",
            columns: &columns,
            rows: lines.len(),
            order: Some(Order { key: self.order, ascending: !self.descending }),
            current: lines.iter().position(|kept| Some(&kept.limit.key) == of),
            scroll_to: None,
            name: &|row| lines.get(row).map_or_else(String::new, |kept| name(cx, &kept.limit)),
            marked: &|_| false,
        };
        let outcome = table.show(ui, &mut |ui, row, column| {
            let Some(kept) = lines.get(row) else { return };
            let limit = &kept.limit;
            let told = match column {
                0 => limit.key.product_id.clone(),
                1 => limit.key.sku_code.clone().unwrap_or_else(|| text!(cx.texts, "limits-all-skus")),
                2 => cx.texts.limit_times(limit.times),
                3 => limit.quantity.map_or_else(String::new, |quantity| quantity.to_string()),
                4 => kept.changed_by.clone(),
                _ => return drop(time(ui, cx.times, kept.changed_at)),
            };
            ui.add(Label::new(told).truncate());
        });
        if let Some(order) = outcome.order {
            (self.order, self.descending) = (order.key, !order.ascending);
        }
        if let Some(kept) = outcome.clicked.and_then(|click| lines.get(click.row)) {
            self.form = Some(LineForm::change(&kept.limit));
        }
    }
}

fn is_found(limit: &Limit, search: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(search);
    has(&limit.key.product_id) || limit.key.sku_code.as_deref().is_some_and(has)
}

/// A line in words.
pub(in crate::ui::views) fn name(cx: &ViewContext<'_>, limit: &Limit) -> String {
    let sku = limit.key.sku_code.clone().unwrap_or_else(|| text!(cx.texts, "limits-all-skus"));
    format!("{} {sku}: {}", limit.key.product_id, said(cx, limit))
}

fn said(cx: &ViewContext<'_>, limit: &Limit) -> String {
    let quantity = limit.quantity.map(|quantity| text!(cx.texts, "limits-at-most", quantity = quantity.to_string()));
    [Some(cx.texts.limit_times(limit.times)), quantity].into_iter().flatten().collect::<Vec<_>>().join(", ")
}
