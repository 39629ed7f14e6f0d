//! The review: who has used how much of which limit, the worst first.

use std::sync::Arc;

use egui::{Label, Panel, RichText, Ui};

use super::details::Details;
use crate::{
    desk::session::{Command, LimitAsked, LimitRow, LimitsCommand, LimitsKnown},
    domain::limit::Verdict,
    ui::{
        context::{Place, ViewContext},
        text,
        theme::Palette,
        widgets::{Column, Order, Table, badge, empty_state, moved_by_keyboard, time},
    },
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum By {
    #[default]
    Verdict,
    Customer,
    Product,
    Used,
    AllowedAgain,
}

#[derive(Default)]
pub(super) struct Review {
    only: Option<Verdict>,
    order: By,
    ascending: bool,
    details: Details,
    asked: Option<LimitAsked>,
    /// From elsewhere, and the desk does not know yet.
    opened: bool,
    laid_out: Option<LaidOut>,
    in_sight: usize,
}

/// Positions of the rows that are shown, in their order; made anew where something of it changed.
struct LaidOut {
    of: Arc<LimitsKnown>,
    by: (Option<Verdict>, By, bool, String),
    rows: Vec<usize>,
}

impl Review {
    pub(super) fn open(&mut self, asked: LimitAsked) {
        (self.only, self.opened) = (None, true);
        self.details = Details::default();
        self.asked = Some(asked);
    }

    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, known: &LimitsKnown) {
        if std::mem::take(&mut self.opened) {
            cx.ask(Command::Limits(LimitsCommand::Detail(self.asked.clone())));
        }
        if self.asked.is_some() {
            let panel = Panel::right("limit-detail").resizable(true).default_size(400.0).size_range(300.0..=700.0);
            let closed = panel.show(ui, |ui| self.details.show(ui, cx, &mut self.asked)).inner;
            if closed {
                self.asked = None;
                cx.ask(Command::Limits(LimitsCommand::Detail(None)));
            }
        }
        ui.horizontal_wrapped(|ui| {
            if ui.selectable_label(self.only.is_none(), text!(cx.texts, "filter-all")).clicked() {
                self.only = None;
            }
            for verdict in Verdict::ALL.into_iter().rev() {
                let count = known.rows.iter().filter(|row| row.verdict == verdict).count();
                let label = format!("{} ({count})", cx.texts.verdict(verdict));
                if ui.selectable_label(self.only == Some(verdict), label).clicked() {
                    self.only = Some(verdict);
                }
            }
            let mut left_out = Vec::new();
            if known.nobodys > 0 {
                left_out.push(text!(cx.texts, "limits-nobodys", count = known.nobodys));
            }
            if known.unplaced > 0 {
                left_out.push(text!(cx.texts, "limits-unplaced", count = known.unplaced));
            }
            if !left_out.is_empty() {
                ui.separator();
                ui.colored_label(Palette::of(ui.visuals()).warn, left_out.join(" · "));
                if ui.button(text!(cx.texts, "limits-open-orders")).clicked() {
                    cx.go_to(Place::Orders);
                }
            }
        });
        self.lay_out(cx);
        let Some(laid_out) = &self.laid_out else { return };
        if laid_out.rows.is_empty() {
            let (title, meaning) = if known.rows.is_empty() {
                (text!(cx.texts, "limits-no-orders"), text!(cx.texts, "limits-no-orders-meaning"))
            } else {
                (text!(cx.texts, "limits-no-rows"), text!(cx.texts, "limits-no-rows-meaning"))
            };
            empty_state(ui, &title, &meaning, |_| {});
            return;
        }
        let rows: Vec<&LimitRow> = laid_out.rows.iter().filter_map(|at| known.rows.get(*at)).collect();
        if let Some(chosen) = self.table(ui, cx, &rows) {
            self.asked = Some(LimitAsked {
                key: chosen.limit.key.clone(),
                rule: chosen.rule,
                customer_id: chosen.customer_id.clone(),
                what_if: self.details.what_if(),
            });
            cx.ask(Command::Limits(LimitsCommand::Detail(self.asked.clone())));
        }
    }

    fn lay_out(&mut self, cx: &ViewContext<'_>) {
        let known = &cx.snapshot.limits;
        let by = (self.only, self.order, self.ascending, cx.search.trim().to_lowercase());
        if self.laid_out.as_ref().is_some_and(|laid| Arc::ptr_eq(&laid.of, known) && laid.by == by) {
            return;
        }
        let is_found = |row: &LimitRow| {
            let has = |text: &str| text.to_lowercase().contains(&by.3);
            self.only.is_none_or(|only| row.verdict == only)
                && (has(&row.customer_id)
                    || row.customer_name.as_deref().is_some_and(has)
                    || has(&row.limit.key.product_id)
                    || row.limit.key.sku_code.as_deref().is_some_and(has))
        };
        let mut rows: Vec<usize> =
            known.rows.iter().enumerate().filter(|(_, row)| is_found(row)).map(|(at, _)| at).collect();
        rows.sort_by(|one, other| {
            let (Some(one), Some(other)) = (known.rows.get(*one), known.rows.get(*other)) else {
                return std::cmp::Ordering::Equal;
            };
            let ordering = match self.order {
                By::Verdict => one.verdict.cmp(&other.verdict),
                By::Customer => other.customer_id.cmp(&one.customer_id),
                By::Product => other.limit.key.cmp(&one.limit.key),
                By::Used => one.used.cmp(&other.used),
                By::AllowedAgain => other.allowed_again_at.cmp(&one.allowed_again_at),
            };
            if self.ascending { ordering } else { ordering.reverse() }
        });
        self.laid_out = Some(LaidOut { of: known.clone(), by, rows });
    }

    fn table<'a>(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, rows: &[&'a LimitRow]) -> Option<&'a LimitRow> {
        let columns = [
            Column::new(text!(cx.texts, "limits-verdict"), 110.0).sorted_by(By::Verdict),
            Column::new(text!(cx.texts, "limits-customer"), 150.0).sorted_by(By::Customer),
            Column::new(text!(cx.texts, "limits-used"), 80.0).sorted_by(By::Used),
            Column::new(text!(cx.texts, "limits-again"), 140.0).sorted_by(By::AllowedAgain),
            Column::new(text!(cx.texts, "column-product"), 190.0).sorted_by(By::Product),
            Column::new(text!(cx.texts, "limits-rule"), 200.0),
            Column::new(text!(cx.texts, "limits-came-through"), 150.0),
        ];
        let is_asked = |row: &LimitRow| {
            self.asked.as_ref().is_some_and(|asked| {
                asked.customer_id == row.customer_id && asked.rule == row.rule && asked.key == row.limit.key
            })
        };
        let current = rows.iter().position(|row| is_asked(row));
        let moved = if cx.keyboard_taken { None } else { moved_by_keyboard(ui, current, rows.len(), self.in_sight) };
        let name = |row: usize| {
            let Some(row) = rows.get(row) else { return String::new() };
            let customer = row.customer_name.as_ref().unwrap_or(&row.customer_id);
            let (verdict, rule) = (cx.texts.verdict(row.verdict), cx.texts.limit_rule(row.rule));
            format!("{verdict} {customer} {} {rule} {}/{}", row.limit.key.product_id, row.used, row.allowed)
        };
        let table = Table {
            id: "limit-review",
            columns: &columns,
            rows: rows.len(),
            order: Some(Order { key: self.order, ascending: self.ascending }),
            current,
            scroll_to: moved,
            name: &name,
            marked: &|_| false,
        };
        let outcome = table.show(ui, &mut |ui, row, column| {
            let Some(row) = rows.get(row) else { return };
            cell(ui, cx, row, column);
        });
        self.in_sight = outcome.in_sight.len();
        if let Some(order) = outcome.order {
            (self.order, self.ascending) = (order.key, order.ascending);
        }
        outcome.clicked.map(|click| click.row).or(moved).and_then(|row| rows.get(row).copied())
    }
}

fn cell(ui: &mut Ui, cx: &ViewContext<'_>, row: &LimitRow, column: usize) {
    let palette = Palette::of(ui.visuals());
    let line = |ui: &mut Ui, text: String| drop(ui.add(Label::new(text).truncate()));
    match column {
        0 => drop(badge(ui, &cx.texts.verdict(row.verdict), palette.of_limit_verdict(row.verdict))),
        1 => {
            let customer = row.customer_name.clone().unwrap_or_else(|| row.customer_id.clone());
            ui.add(Label::new(customer).truncate()).on_hover_text(&row.customer_id);
        }
        4 => {
            let sku = row.limit.key.sku_code.clone().unwrap_or_else(|| text!(cx.texts, "limits-all-skus"));
            line(ui, format!("{} · {sku}", row.limit.key.product_id));
        }
        5 => line(ui, cx.texts.limit_rule(row.rule)),
        2 => line(ui, format!("{} / {}", row.used, row.allowed)),
        3 => {
            if let Some(at) = row.allowed_again_at {
                time(ui, cx.times, at);
            } else if row.verdict != Verdict::Allowed {
                ui.label(RichText::new(text!(cx.texts, "limits-never")).color(palette.muted));
            }
        }
        _ if row.came_through > 0 => {
            let line = text!(cx.texts, "limits-came-through-count", count = row.came_through);
            ui.add(Label::new(RichText::new(line).color(palette.warn)).truncate());
        }
        _ => {}
    }
}
