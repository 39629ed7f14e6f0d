//! One message: what failed, for whom, since when, what it costs, what mends it, and every attempt with its bytes.

use egui::{CollapsingHeader, Grid, RichText, Ui};

use super::{foreseen, fulfil_form::FulfilForm};
use crate::{
    desk::session::{Command, Subject},
    domain::{
        Attempt, Consequence, Exception, Instance, Message, MessageState, console::ConsolePage, delisting::standing_of,
        message::Progress,
    },
    ui::{
        context::{Request, ViewContext},
        text,
        theme::Palette,
        widgets::{badge, card, console_button, copyable, dot, field, primary_button, raw_text, time},
    },
};

pub(super) fn show(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    form: &mut FulfilForm,
    message: &Message,
    instance: Option<&Instance>,
) {
    let palette = Palette::of(ui.visuals());
    let state = message.state(&cx.snapshot.settings.policy, cx.times.now);
    ui.horizontal_wrapped(|ui| {
        badge(ui, &cx.texts.state(state), palette.of_state(state)).on_hover_text(cx.texts.state_meaning(state));
        ui.strong(&message.activity).on_hover_text(cx.texts.activity(&message.activity));
        ui.label(RichText::new(cx.texts.activity(&message.activity)).color(palette.muted));
    });
    if state != MessageState::Succeeded {
        what_is_wrong(ui, cx, message, state);
        if message.exception == Some(Exception::WaitsForOperator)
            && let Some(instance_id) = &message.instance_id
        {
            form.show(ui, cx, message.world, instance_id);
        }
    }
    ui.add_space(4.0);
    facts(ui, cx, message, instance);
}

pub(super) fn timeline(ui: &mut Ui, cx: &mut ViewContext<'_>, attempts: &[Attempt]) {
    ui.add_space(8.0);
    ui.label(RichText::new(text!(cx.texts, "timeline")).strong());
    // The newest is what one looks for.
    for attempt in attempts.iter().rev() {
        ui.push_id(attempt.id.0, |ui| one_attempt(ui, cx, attempt));
    }
}

fn what_is_wrong(ui: &mut Ui, cx: &mut ViewContext<'_>, message: &Message, state: MessageState) {
    let palette = Palette::of(ui.visuals());
    let window = cx.snapshot.settings.policy.window(&message.activity, message.received_at);
    card(ui, |ui| {
        if let Some(exception) = &message.exception {
            ui.label(RichText::new(cx.texts.exception(exception)).strong());
        }
        if let Some(window) = window {
            ui.label(RichText::new(cx.texts.cost(window, cx.times)).color(palette.of_state(state)));
            if window.consequence == Consequence::Refund
                && let Some(order) = &message.order_id
                && let Some(product) = standing_of(cx.snapshot.overview.standings(), order)
            {
                let (failed, allowed) = (product.failed_orders(), cx.orders_allowed());
                ui.label(text!(cx.texts, "failed-orders-so-far", failed = failed, allowed = allowed));
            }
            cx.repaint_at(ui, window.closes_at);
        }
        if state == MessageState::Stopped {
            ui.label(text!(cx.texts, "restart-in-console"));
        }
        ui.horizontal_wrapped(|ui| {
            let free = cx.snapshot.retrying.is_none();
            if primary_button(ui, &text!(cx.texts, "retry"), free)
                .on_hover_text(text!(cx.texts, "retry-meaning"))
                .clicked()
            {
                cx.ask(Command::Retry(vec![message.id]));
            }
            foreseen::button(ui, cx, message);
            if state == MessageState::Stopped {
                let link = console_button(ui, cx, ConsolePage::ProductionMessages);
                if link.clicked()
                    && let Some(order) = &message.order_id
                {
                    cx.copy(order.as_str(), "orderId");
                }
            }
        });
        foreseen::show(ui, cx, message);
    });
}

fn facts(ui: &mut Ui, cx: &mut ViewContext<'_>, message: &Message, instance: Option<&Instance>) {
    Grid::new("message-facts").num_columns(2).spacing([14.0, 4.0]).show(ui, |ui| {
        if let Some(order) = &message.order_id {
            field(ui, "orderId", |ui| {
                copyable(ui, cx, order.as_str(), "orderId");
                if ui.link(text!(cx.texts, "open-order")).clicked() {
                    cx.select(Subject::Order { world: message.world, order_id: order.clone() });
                }
            });
        }
        // V1 names no line.
        if let Some(line) = message.order_line_id.as_ref().filter(|line| !line.as_str().is_empty()) {
            field(ui, "orderLineId", |ui| copyable(ui, cx, line.as_str(), "orderLineId"));
        }
        if let Some(instance_id) = &message.instance_id {
            field(ui, "instanceId", |ui| {
                copyable(ui, cx, instance_id.as_str(), "instanceId");
            });
            if instance.is_some() {
                field(ui, "", |ui| {
                    if ui.link(text!(cx.texts, "open-instance")).clicked() {
                        cx.select(Subject::Instance { world: message.world, instance_id: instance_id.clone() });
                    }
                });
            }
        }
        if let Some(license) = &message.license {
            field(ui, "license", |ui| {
                copyable(ui, cx, license.as_str(), "license");
                if ui.link(text!(cx.texts, "open-license")).clicked() {
                    cx.select(Subject::License { world: message.world, license: license.clone() });
                }
            });
        }
        if let Some(tenant_id) = &message.tenant_id {
            field(ui, "tenantId", |ui| {
                copyable(ui, cx, tenant_id.as_str(), "tenantId");
                if ui.link(text!(cx.texts, "open-organisation")).clicked() {
                    cx.requests.push(Request::OpenTenant(message.world, tenant_id.clone()));
                }
            });
        }
        if let Some(customer) = instance.and_then(|instance| cx.texts.customer(instance)) {
            field(ui, &text!(cx.texts, "column-customer"), |ui| drop(ui.label(customer)));
        }
        if let Some(product) = instance.and_then(|instance| instance.product_id.as_deref()) {
            field(ui, "productId", |ui| drop(ui.label(product)));
        }
        if let Some(code) = &message.result_code {
            field(ui, "resultCode", |ui| {
                drop(ui.label(RichText::new(code.as_str()).monospace()).on_hover_text(code.message()));
            });
        }
        if !message.is_action() {
            field(ui, &text!(cx.texts, "column-endpoint"), |ui| drop(ui.label(&message.endpoint)));
        }
        field(ui, &text!(cx.texts, "column-received"), |ui| drop(time(ui, cx.times, message.received_at)));
        field(ui, &text!(cx.texts, "column-last-attempt"), |ui| drop(time(ui, cx.times, message.last_attempt_at)));
        field(ui, &text!(cx.texts, "message-number"), |ui| drop(ui.label(message.id.to_string())));
    });
}

fn one_attempt(ui: &mut Ui, cx: &mut ViewContext<'_>, attempt: &Attempt) {
    let palette = Palette::of(ui.visuals());
    let progress = attempt.ended_at.map(|_| match &attempt.exception {
        None => Progress::Succeeded,
        Some(exception) if exception.is_note() => Progress::Succeeded,
        Some(exception) if waits(exception) => Progress::InProgress,
        Some(_) => Progress::Failing,
    });
    ui.separator();
    ui.horizontal_wrapped(|ui| {
        dot(ui, palette.of_progress(progress));
        time(ui, cx.times, attempt.started_at);
        ui.label(RichText::new(cx.texts.origin(attempt.origin)).strong());
        if let Some(code) = &attempt.result_code {
            ui.label(RichText::new(code.as_str()).monospace()).on_hover_text(code.message());
        }
        match attempt.ended_at {
            Some(ended) => {
                let millis = ended.millis_since(attempt.started_at);
                ui.label(RichText::new(format!("{millis} ms")).color(palette.muted));
            }
            None => drop(ui.label(RichText::new(text!(cx.texts, "attempt-runs")).color(palette.busy))),
        }
    });
    if let Some(exception) = &attempt.exception {
        ui.label(cx.texts.exception(exception));
    }
    if attempt.forgotten {
        ui.label(RichText::new(text!(cx.texts, "request-forgotten")).color(palette.muted));
        return;
    }
    CollapsingHeader::new(text!(cx.texts, "request-and-answer")).show(ui, |ui| {
        if !attempt.request_query.is_empty() {
            raw_text(ui, cx, &text!(cx.texts, "request-query"), &attempt.request_query);
        }
        if attempt.request_query.is_empty() && attempt.request_body.is_empty() {
            ui.label(RichText::new(text!(cx.texts, "no-request")).color(palette.muted));
        }
        if !attempt.request_body.is_empty() {
            raw_text(ui, cx, &text!(cx.texts, "request-body"), &attempt.request_body);
        }
        if let Some(answer) = &attempt.answer {
            raw_text(ui, cx, &text!(cx.texts, "answer"), answer);
        }
    });
}

const fn waits(exception: &Exception) -> bool {
    matches!(
        exception,
        Exception::WaitsForOperator
            | Exception::WaitsForUpload
            | Exception::WebhookWorking
            | Exception::WebhookSlow { .. }
    )
}
