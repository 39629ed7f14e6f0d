//! One authorization code: everything that is known of it, activating it, asking about it, and what happened to it.

use egui::{Button, Grid, RichText, Ui};

use super::timeline;
use crate::{
    desk::session::{Command, Subject},
    domain::{License, LicenseStatus, Message, license_calendar},
    ui::{
        context::{Request, ViewContext},
        text,
        theme::Palette,
        widgets::{badge, copyable, field, primary_button, time},
    },
};

pub(super) fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, license: &License, messages: &[Message]) {
    let color = Palette::of(ui.visuals()).of_license(license.status);
    ui.horizontal_wrapped(|ui| {
        let badge = badge(ui, &cx.texts.license_status(license.status), color);
        badge.on_hover_text(cx.texts.license_status_meaning(license.status));
        copyable(ui, cx, license.license.as_str(), "license");
    });
    buttons(ui, cx, license);
    ui.add_space(4.0);
    Grid::new("license-facts").num_columns(2).spacing([14.0, 4.0]).show(ui, |ui| {
        if let Some(order) = &license.order {
            field(ui, "orderId", |ui| {
                copyable(ui, cx, order.order_id.as_str(), "orderId");
                if ui.link(text!(cx.texts, "open-order")).clicked() {
                    cx.select(Subject::Order { world: license.world, order_id: order.order_id.clone() });
                }
            });
            if !order.order_line_id.as_str().is_empty() {
                field(ui, "orderLineId", |ui| copyable(ui, cx, order.order_line_id.as_str(), "orderLineId"));
            }
        }
        if let Some(product) = &license.product_id {
            field(ui, "productId", |ui| copyable(ui, cx, product, "productId"));
        }
        if let Some(amount) = license.amount {
            field(ui, "amount", |ui| drop(ui.label(amount.to_string())));
        }
        for (name, at) in [("activateTime", license.activate_time), ("expireTime", license.expire_time)] {
            if let Some(at) = at {
                field(ui, name, |ui| drop(time(ui, cx.times, at)));
            }
        }
        let policy = cx.snapshot.settings.config.licenses;
        if let Some(next) = license_calendar::next(license, policy, cx.times.now) {
            field(ui, &text!(cx.texts, "calendar-step"), |ui| {
                let color = Palette::of(ui.visuals()).of_countdown(next.at, cx.times);
                badge(ui, &cx.texts.next_step(next.step), color).on_hover_text(cx.texts.next_step_meaning(next.step));
                time(ui, cx.times, next.at);
                ui.label(RichText::new(cx.texts.countdown(next.at, cx.times)).color(color));
            });
        }
        if let Some(endpoint) = &license.endpoint {
            field(ui, &text!(cx.texts, "column-endpoint"), |ui| drop(ui.label(endpoint)));
        }
        field(ui, &text!(cx.texts, "column-created"), |ui| drop(time(ui, cx.times, license.created_at)));
        field(ui, &text!(cx.texts, "column-changed"), |ui| drop(time(ui, cx.times, license.changed_at)));
    });
    timeline(ui, cx, messages);
}

fn buttons(ui: &mut Ui, cx: &mut ViewContext<'_>, license: &License) {
    let palette = Palette::of(ui.visuals());
    let (world, codes) = (license.world, vec![license.license.clone()]);
    ui.horizontal_wrapped(|ui| {
        let free = cx.snapshot.retrying.is_none();
        let can = free && license.status == LicenseStatus::Added;
        let activate = primary_button(ui, &text!(cx.texts, "activate"), can);
        if activate.on_hover_text(text!(cx.texts, "codes-check-meaning")).clicked() {
            cx.requests.push(Request::ActivateLicense(world, license.license.clone()));
        }
        let query = ui.add_enabled(free, Button::new(text!(cx.texts, "query-license")));
        if query.on_hover_text(text!(cx.texts, "query-selected-meaning")).clicked() {
            cx.ask(Command::QueryLicenses { world, codes });
        }
        match license.queried_at {
            Some(queried) => {
                ui.label(RichText::new(text!(cx.texts, "queried-at")).color(palette.muted));
                time(ui, cx.times, queried);
            }
            None => drop(ui.label(RichText::new(text!(cx.texts, "never-queried")).color(palette.muted))),
        }
    });
}
