//! One order: its lines with everything that is known of them, and what happened to it.

use egui::{Grid, RichText, Ui};

use crate::{
    desk::session::{Command, Subject},
    domain::{
        Order, World,
        console::ConsolePage,
        imported_order::{OrderField, field_names},
        order_status::ListedOrder,
    },
    protocol::{id::OrderId, open_api::order::OrderType},
    ui::{
        context::ViewContext,
        text,
        theme::Palette,
        widgets::{badge, console_button, copyable, field, primary_button, time},
    },
};

pub(super) fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, order_id: &OrderId, lines: &[ListedOrder]) {
    let world = lines.first().map_or(cx.world, |line| line.order.world);
    ui.horizontal_wrapped(|ui| copyable(ui, cx, order_id.as_str(), "orderId"));
    query(ui, cx, world, order_id, lines);
    for line in lines {
        ui.add_space(6.0);
        ui.push_id(line.order.order.order_line_id.as_str(), |ui| one_line(ui, cx, line));
    }
}

fn query(ui: &mut Ui, cx: &mut ViewContext<'_>, world: World, order_id: &OrderId, lines: &[ListedOrder]) {
    let palette = Palette::of(ui.visuals());
    ui.horizontal_wrapped(|ui| {
        let free = cx.snapshot.retrying.is_none();
        let button = primary_button(ui, &text!(cx.texts, "query-order"), free);
        if button.on_hover_text(text!(cx.texts, "query-order-meaning")).clicked() {
            cx.ask(Command::QueryOrders { world, order_ids: vec![order_id.clone()] });
        }
        match lines.iter().filter_map(|line| line.order.queried_at).max() {
            Some(queried) => {
                ui.label(RichText::new(text!(cx.texts, "queried-at")).color(palette.muted));
                time(ui, cx.times, queried);
            }
            None => drop(ui.label(RichText::new(text!(cx.texts, "never-queried")).color(palette.muted))),
        }
        let page = match lines.iter().any(|line| line.order.order_type == Some(OrderType::Unsubscribe)) {
            true => ConsolePage::Unsubscriptions,
            false => ConsolePage::Orders,
        };
        console_button(ui, cx, page);
    });
}

fn one_line(ui: &mut Ui, cx: &mut ViewContext<'_>, ListedOrder { order: line, status }: &ListedOrder) {
    Grid::new("order-line").num_columns(2).spacing([14.0, 4.0]).show(ui, |ui| {
        if !line.order.order_line_id.as_str().is_empty() {
            field(ui, "orderLineId", |ui| copyable(ui, cx, line.order.order_line_id.as_str(), "orderLineId"));
        }
        if let Some(kind) = &line.order_type {
            let words = cx.texts.order_type(kind);
            field(ui, "orderType", |ui| drop(ui.label(words).on_hover_text(kind.as_wire())));
        }
        if let Some(status) = status {
            let words = cx.texts.order_status(status);
            field(ui, &text!(cx.texts, "column-order-status"), |ui| {
                drop(ui.label(words).on_hover_text(text!(cx.texts, "order-status-meaning")));
            });
        }
        if let Some(mode) = &line.charging_mode {
            let words = cx.texts.charging_mode(mode);
            field(ui, "chargingMode", |ui| drop(ui.label(words).on_hover_text(mode.as_wire())));
        }
        if let (Some(number), Some(period)) = (line.period_number, &line.period_type) {
            field(ui, &text!(cx.texts, "order-period"), |ui| drop(ui.label(cx.texts.period(number, period))));
        }
        if let Some(quantity) = line.quantity {
            field(ui, "linearValue", |ui| drop(ui.label(quantity.to_string())));
        }
        for (name, value) in [
            ("productId", &line.product_id),
            ("skuCode", &line.sku_code),
            ("productName", &line.product_name),
            ("customerId", &line.customer_id),
            ("customerName", &line.customer_name),
            ("orderAmount", &line.order_amount),
        ] {
            if let Some(value) = value {
                field(ui, name, |ui| copyable(ui, cx, value, name));
            }
        }
        for (name, value) in &line.extend_params {
            field(ui, name, |ui| copyable(ui, cx, value, name));
        }
        for told in [
            OrderField::OrderStatus,
            OrderField::SupervisionStatus,
            OrderField::PaymentStatus,
            OrderField::RepaymentStatus,
        ] {
            if let Some(value) = line.field(told) {
                field(ui, told.name(), |ui| copyable(ui, cx, &value, told.name()));
            }
        }
        for (name, value) in [("createTime", line.create_time), ("expireTime", line.expire_time)] {
            if let Some(value) = value {
                field(ui, name, |ui| drop(time(ui, cx.times, value)));
            }
        }
        if let Some(instance_id) = &line.instance_id {
            field(ui, "instanceId", |ui| {
                if ui.link(instance_id.as_str()).on_hover_text(text!(cx.texts, "open-instance")).clicked() {
                    cx.select(Subject::Instance { world: line.world, instance_id: instance_id.clone() });
                }
            });
        }
    });
    imported(ui, cx, line);
}

/// What only a table told, so that nobody takes it for KooGallery's word.
fn imported(ui: &mut Ui, cx: &ViewContext<'_>, line: &Order) {
    let Some(at) = line.imported_at else { return };
    let palette = Palette::of(ui.visuals());
    let at = cx.times.minute(at);
    ui.horizontal_wrapped(|ui| {
        badge(ui, &text!(cx.texts, "order-imported"), palette.busy);
        let line = match line.is_only_imported() {
            true => text!(cx.texts, "order-imported-alone", at = at),
            false => {
                let fields = field_names(&line.imported).join(", ");
                text!(cx.texts, "order-imported-fields", at = at, columns = fields)
            }
        };
        ui.label(RichText::new(line).color(palette.muted));
    });
}
