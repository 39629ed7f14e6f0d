//! The overview's requests for an unsubscription that wait for the seller, or for goods.

use egui::{RichText, Ui};

use super::{overview::ListCard, watching::order_link};
use crate::{
    desk::{export::ExportedList, unsubscriptions::RequestedUnsubscription},
    domain::{World, console::ConsolePage, unsubscription::DecideBy},
    protocol::UnixMillis,
    ui::{
        context::ViewContext,
        text,
        theme::Palette,
        widgets::{badge, card, console_button},
    },
};

const HOUR: i64 = 3_600_000;

/// Nothing where none waits.
pub(super) fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, list: &mut ListCard) {
    let overview = cx.snapshot.overview.clone();
    if cx.world != World::Live || overview.unsubscriptions.is_empty() {
        return;
    }
    card(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(text!(cx.texts, "requests")).strong());
            console_button(ui, cx, ConsolePage::Unsubscriptions);
            list.export.button(ui, cx);
        });
        list.export.show(ui, cx, || ExportedList::Unsubscriptions);
        list.rows.show(ui, cx, "unsubscriptions", &overview.unsubscriptions, one_request);
    });
    ui.add_space(8.0);
}

fn one_request(ui: &mut Ui, cx: &mut ViewContext<'_>, requested: &RequestedUnsubscription) {
    ui.horizontal_wrapped(|ui| {
        let palette = Palette::of(ui.visuals());
        order_link(ui, cx, &requested.order_id);
        badge(ui, &cx.texts.request_state(requested.state), palette.of_request(requested.state));
        if let Some(by) = &requested.decide_by {
            decide_by(ui, cx, by);
        }
    });
}

/// By when a request should be decided, and how long that is.
pub(in crate::ui) fn decide_by(ui: &mut Ui, cx: &mut ViewContext<'_>, by: &DecideBy) {
    let palette = Palette::of(ui.visuals());
    let left = by.at.millis_since(cx.times.now);
    let color = if left <= 24 * HOUR { palette.warn } else { palette.muted };
    let line = text!(cx.texts, "request-decide-by", at = cx.times.minute(by.at));
    ui.label(RichText::new(format!("{line} · {}", cx.texts.time_left(left))).color(color));
    if let Some(year) = by.without_table {
        ui.colored_label(palette.warn, text!(cx.texts, "workdays-unknown", year = year.to_string()));
    }
    if left > 0 {
        cx.repaint_at(ui, UnixMillis(by.at.0.min(cx.times.now.0.saturating_add(HOUR))));
    }
}
