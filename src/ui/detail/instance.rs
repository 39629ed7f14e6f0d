//! One instance: whose, until when, how the buyer gets in, and everything that happened to it.

use egui::{Grid, RichText, Ui};

use super::{fulfil_form::FulfilForm, timeline};
use crate::{
    domain::{Exception, Instance, Message},
    ui::{
        context::ViewContext,
        text,
        theme::Palette,
        widgets::{badge, copyable, field, time},
    },
};

/// How it stands; what is being provisioned for a purchase that KooGallery gave up is not.
pub(in crate::ui) fn status_word(cx: &ViewContext<'_>, instance: &Instance) -> String {
    if is_given_up(cx, instance) { text!(cx.texts, "status-given-up") } else { cx.texts.status(instance.status) }
}

pub(in crate::ui) fn status_badge(ui: &mut Ui, cx: &ViewContext<'_>, instance: &Instance) {
    let palette = Palette::of(ui.visuals());
    let given_up = is_given_up(cx, instance);
    let color = if given_up { palette.muted } else { palette.of_status(instance.status) };
    let badge = badge(ui, &status_word(cx, instance), color);
    if given_up {
        badge.on_hover_text(text!(cx.texts, "status-given-up-meaning"));
    }
}

fn is_given_up(cx: &ViewContext<'_>, instance: &Instance) -> bool {
    instance.is_given_up(&cx.snapshot.settings.policy, cx.times.now)
}

pub(super) fn show(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    form: &mut FulfilForm,
    revealed: &mut bool,
    instance: &Instance,
    messages: &[Message],
) {
    ui.horizontal_wrapped(|ui| {
        status_badge(ui, cx, instance);
        ui.monospace(instance.instance_id.as_str());
    });
    if messages.iter().any(|message| message.exception == Some(Exception::WaitsForOperator)) {
        form.show(ui, cx, instance.world, &instance.instance_id);
    }
    ui.add_space(4.0);
    Grid::new("instance-facts").num_columns(2).spacing([14.0, 4.0]).show(ui, |ui| {
        field(ui, "instanceId", |ui| copyable(ui, cx, instance.instance_id.as_str(), "instanceId"));
        field(ui, "orderId", |ui| copyable(ui, cx, instance.order.order_id.as_str(), "orderId"));
        let line = instance.order.order_line_id.as_str();
        // V1 names none.
        if !line.is_empty() {
            field(ui, "orderLineId", |ui| copyable(ui, cx, line, "orderLineId"));
        }
        if let Some(customer) = cx.texts.customer(instance) {
            field(ui, &text!(cx.texts, "column-customer"), |ui| drop(ui.label(customer)));
        }
        for (name, value) in [("productId", &instance.product_id), ("skuCode", &instance.sku_code)] {
            if let Some(value) = value {
                field(ui, name, |ui| copyable(ui, cx, value, name));
            }
        }
        if let Some(expires) = instance.expire_time {
            field(ui, &text!(cx.texts, "column-expires"), |ui| drop(time(ui, cx.times, expires)));
        }
        field(ui, &text!(cx.texts, "column-created"), |ui| drop(time(ui, cx.times, instance.created_at)));
        field(ui, &text!(cx.texts, "column-endpoint"), |ui| drop(ui.label(&instance.endpoint)));
    });
    access_data(ui, cx, revealed, instance);
    timeline(ui, cx, messages);
}

fn access_data(ui: &mut Ui, cx: &mut ViewContext<'_>, revealed: &mut bool, instance: &Instance) {
    let Some(app_info) = &instance.app_info else { return };
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        ui.label(RichText::new(text!(cx.texts, "access-data")).strong());
        let reveal = match app_info.license {
            None => text!(cx.texts, "reveal"),
            Some(_) => text!(cx.texts, "reveal-license"),
        };
        ui.checkbox(revealed, reveal);
    });
    Grid::new("access-data").num_columns(2).spacing([14.0, 4.0]).show(ui, |ui| {
        for (name, value) in [
            ("frontEndUrl", Some(app_info.front_end_url.as_str()).filter(|url| !url.is_empty())),
            ("adminUrl", app_info.admin_url.as_deref()),
            ("userName", app_info.user_name.as_deref()),
            ("memo", app_info.memo.as_deref()),
        ] {
            if let Some(value) = value {
                field(ui, name, |ui| copyable(ui, cx, value, name));
            }
        }
        for (name, secret) in [("password", &app_info.password), ("license", &app_info.license)] {
            if let Some(secret) = secret {
                field(ui, name, |ui| {
                    if *revealed {
                        copyable(ui, cx, secret.expose(), name);
                    } else {
                        ui.monospace("••••••••");
                    }
                });
            }
        }
    });
}
