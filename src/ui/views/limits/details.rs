//! Everything about one row of the review: the rule and what was assumed, which orders count and which not, and what one more
//! order would come to.

use egui::{DragValue, RichText, ScrollArea, Ui};

use crate::{
    desk::session::{Command, LimitAsked, LimitDetail, LimitOrder, LimitsCommand, Subject},
    domain::{
        World,
        limit::{MAX_QUANTITY, WhatIf},
    },
    ui::{
        context::{Place, ViewContext},
        text,
        theme::Palette,
        widgets::{badge, card, copyable},
    },
};

pub(super) struct Details {
    what_if: i64,
}

impl Default for Details {
    fn default() -> Self {
        Self { what_if: 1 }
    }
}

impl Details {
    pub(super) const fn what_if(&self) -> i64 {
        self.what_if
    }

    /// True where it is to be closed.
    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, asked: &mut Option<LimitAsked>) -> bool {
        let mut close = false;
        ui.horizontal(|ui| {
            ui.heading(text!(cx.texts, "limits-detail"));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                close = ui.button(text!(cx.texts, "close")).clicked();
            });
        });
        let snapshot = cx.snapshot.clone();
        let shown = snapshot.limit_detail.as_deref();
        // While another what-if is worked out, the row stays in sight.
        let same_row = |detail: &&LimitDetail| {
            asked.as_ref().is_some_and(|asked| LimitAsked { what_if: asked.what_if, ..detail.asked.clone() } == *asked)
        };
        let Some(detail) = shown.filter(same_row) else {
            ui.label(text!(cx.texts, "loading"));
            return close;
        };
        ScrollArea::vertical().id_salt("limit-detail").auto_shrink(false).show(ui, |ui| {
            head(ui, cx, detail);
            self.more(ui, cx, detail, asked);
            ui.add_space(8.0);
            ui.label(RichText::new(text!(cx.texts, "limits-orders")).strong());
            for order in &detail.orders {
                one_order(ui, cx, order);
            }
            ui.add_space(8.0);
            ui.label(RichText::new(text!(cx.texts, "limits-assumed")).strong());
            for assumption in &detail.assumptions {
                ui.label(format!("• {}", cx.texts.limit_assumption(*assumption)));
            }
        });
        close
    }

    fn more(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, detail: &LimitDetail, asked: &mut Option<LimitAsked>) {
        card(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                let label = ui.label(text!(cx.texts, "limits-what-if"));
                let drag = DragValue::new(&mut self.what_if).range(1..=MAX_QUANTITY);
                ui.add(drag).labelled_by(label.id);
            });
            if let Some(asked) = asked
                && asked.what_if != self.what_if
            {
                asked.what_if = self.what_if;
                cx.ask(Command::Limits(LimitsCommand::Detail(Some(asked.clone()))));
            }
            if let Some(what_if) = &detail.what_if {
                let palette = Palette::of(ui.visuals());
                let color = if what_if.allowed { palette.good } else { palette.bad };
                ui.colored_label(color, told(cx, what_if, detail.row.allowed));
            }
        });
    }
}

fn told(cx: &ViewContext<'_>, what_if: &WhatIf, limit: i64) -> String {
    let (used, limit) = (what_if.used.to_string(), limit.to_string());
    match (what_if.allowed, what_if.allowed_at) {
        (true, _) => text!(cx.texts, "limits-would-pass", used = used, limit = limit),
        (false, Some(at)) => {
            text!(cx.texts, "limits-would-pass-later", used = used, limit = limit, at = cx.times.short(at))
        }
        (false, None) => text!(cx.texts, "limits-would-stop", used = used, limit = limit),
    }
}

fn head(ui: &mut Ui, cx: &mut ViewContext<'_>, detail: &LimitDetail) {
    let row = &detail.row;
    ui.horizontal_wrapped(|ui| {
        let color = Palette::of(ui.visuals()).of_limit_verdict(row.verdict);
        badge(ui, &cx.texts.verdict(row.verdict), color);
        ui.label(format!("{} / {}", row.used, row.allowed));
    });
    ui.horizontal_wrapped(|ui| {
        if let Some(name) = &row.customer_name {
            ui.label(name);
        }
        copyable(ui, cx, &row.customer_id, "customerId");
    });
    ui.label(super::lines::name(cx, &row.limit));
    ui.label(RichText::new(cx.texts.limit_rule_meaning(row.rule)).color(Palette::of(ui.visuals()).muted));
    if let Some(at) = row.allowed_again_at {
        ui.label(text!(cx.texts, "limits-again-at", at = cx.times.short(at)));
    }
    if row.came_through > 0 {
        ui.colored_label(Palette::of(ui.visuals()).warn, text!(cx.texts, "limits-differ"));
    }
    ui.add_space(6.0);
}

fn one_order(ui: &mut Ui, cx: &mut ViewContext<'_>, order: &LimitOrder) {
    let palette = Palette::of(ui.visuals());
    ui.horizontal_wrapped(|ui| {
        let id = order.order.order_id.as_str();
        if ui.link(id).on_hover_text(text!(cx.texts, "limits-open-order")).clicked() {
            cx.go_to(Place::Orders);
            cx.select(Subject::Order { world: World::Live, order_id: order.order.order_id.clone() });
        }
        ui.label(RichText::new(cx.times.short(order.ordered_at)).color(palette.muted));
        match order.counts {
            Ok(units) => drop(ui.label(text!(cx.texts, "limits-counts", units = units.to_string()))),
            Err(reason) => drop(ui.label(RichText::new(cx.texts.limit_excluded(reason)).color(palette.muted))),
        }
        if let Some(expires) = order.expire_time {
            ui.label(
                RichText::new(text!(cx.texts, "limits-expires", at = cx.times.short(expires))).color(palette.muted),
            );
        }
        if order.came_through {
            ui.colored_label(palette.warn, text!(cx.texts, "limits-against"));
        }
    });
}
