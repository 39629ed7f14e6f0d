//! The overview's line on purchase limits and sales targets: who is over a limit, and which orders came through although the
//! mirror says that the console would not have let them.

use egui::{RichText, Ui};

use crate::{
    desk::session::{Breaches, LimitAsked, LimitRow, Subject, TargetReviewRow},
    domain::World,
    ui::{
        context::{Place, Request, ViewContext},
        text,
        theme::Palette,
        widgets::{badge, card},
    },
};

/// Nothing where all is well.
pub(super) fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let breaches = cx.snapshot.breaches.clone();
    let Breaches { breached, came_through, worst, not_entitled, uninvited } = breaches.as_ref();
    if cx.world != World::Live || worst.is_empty() && uninvited.is_empty() {
        return;
    }
    card(ui, |ui| {
        let palette = Palette::of(ui.visuals());
        ui.horizontal_wrapped(|ui| {
            let (count, orders): (usize, usize) = (*breached, *came_through);
            let line = text!(cx.texts, "breaches", count = count, orders = orders);
            ui.label(RichText::new(line).strong().color(palette.bad));
            if ui.link(text!(cx.texts, "breaches-open")).clicked() {
                cx.go_to(Place::Limits);
            }
        });
        for (at, row) in worst.iter().enumerate() {
            ui.push_id(("limit", at), |ui| one_limit(ui, cx, row));
        }
        if *not_entitled > 0 {
            let count: usize = *not_entitled;
            ui.label(RichText::new(text!(cx.texts, "breaches-targets", count = count)).color(palette.bad));
        }
        for (at, row) in uninvited.iter().enumerate() {
            ui.push_id(("target", at), |ui| one_target(ui, cx, row));
        }
        ui.label(RichText::new(text!(cx.texts, "breaches-meaning")).color(palette.muted));
    });
    ui.add_space(8.0);
}

fn one_limit(ui: &mut Ui, cx: &mut ViewContext<'_>, row: &LimitRow) {
    let palette = Palette::of(ui.visuals());
    ui.horizontal_wrapped(|ui| {
        badge(ui, &cx.texts.verdict(row.verdict), palette.of_limit_verdict(row.verdict));
        let customer = row.customer_name.clone().unwrap_or_else(|| row.customer_id.clone());
        if ui.link(&customer).on_hover_text(text!(cx.texts, "breaches-review")).clicked() {
            cx.requests.push(Request::OpenLimit(LimitAsked {
                key: row.limit.key.clone(),
                rule: row.rule,
                customer_id: row.customer_id.clone(),
                what_if: 1,
            }));
        }
        ui.label(format!("{} / {}", row.used, row.allowed));
        ui.label(super::limits::name(cx, &row.limit));
        if row.came_through > 0 {
            let count: usize = row.came_through;
            ui.colored_label(palette.warn, text!(cx.texts, "breaches-came", count = count));
        }
    });
}

fn one_target(ui: &mut Ui, cx: &mut ViewContext<'_>, row: &TargetReviewRow) {
    let palette = Palette::of(ui.visuals());
    ui.horizontal_wrapped(|ui| {
        badge(ui, &cx.texts.entitlement(row.verdict), palette.of_entitlement(row.verdict));
        let customer = row.customer_name.clone().unwrap_or_else(|| row.customer_id.clone());
        if ui.link(&customer).on_hover_text(text!(cx.texts, "breaches-review")).clicked() {
            cx.requests.push(Request::OpenTargets(row.level.kind()));
        }
        ui.label(format!("{} · {}", row.key.product_id, cx.texts.target_level(row.level)));
        let first = row.orders.iter().find(|(_, _, verdict)| *verdict == row.verdict);
        if let Some((order, _, _)) = first
            && ui.link(order.order_id.as_str()).clicked()
        {
            cx.go_to(Place::Orders);
            cx.select(Subject::Order { world: World::Live, order_id: order.order_id.clone() });
        }
    });
}
