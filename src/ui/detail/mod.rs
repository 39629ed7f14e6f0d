//! The pane at the right: everything about one message, instance, order or code, and the button that mends it.

mod foreseen;
mod fulfil_form;
mod instance;
mod license;
mod message;
mod order;
mod said;
mod settlement;
mod supervision;
mod unsubscription;
mod upload_form;
mod usage;

use egui::{RichText, ScrollArea, Ui};

pub(super) use self::instance::{status_badge, status_word};
use self::{
    fulfil_form::FulfilForm, supervision::SupervisionForm, unsubscription::UnsubscriptionForm, upload_form::UploadForm,
    usage::FailedLaterForm,
};
use super::{
    context::{Request, ViewContext},
    text,
    theme::Palette,
    widgets::{badge, time},
};
use crate::{
    desk::session::{Detail, Event, Subject},
    domain::{Exception, Message, action::UsageApi},
    protocol::{
        callback::{Said, SaidValue},
        id::EventId,
    },
};

#[derive(Default)]
pub(super) struct DetailPane {
    form: FulfilForm,
    upload: UploadForm,
    failed_later: FailedLaterForm,
    supervision: SupervisionForm,
    unsubscription: UnsubscriptionForm,
    /// As it is chosen beside the list.
    pub(super) usage_api: Option<UsageApi>,
    /// The password of the instance in the pane is shown.
    revealed: bool,
}

impl DetailPane {
    /// What was filled in is done with.
    pub(super) fn notice(&mut self, event: &Event) {
        if let Event::Fulfilled { instance_id } = event {
            self.form.done(instance_id);
        }
    }

    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let snapshot = cx.snapshot.clone();
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            let title = match snapshot.detail.as_ref() {
                Detail::Instance { .. } => text!(cx.texts, "detail-instance"),
                Detail::Order { .. } => text!(cx.texts, "detail-order"),
                Detail::License { .. } => text!(cx.texts, "detail-license"),
                Detail::Usage { .. } => text!(cx.texts, "detail-usage"),
                _ => text!(cx.texts, "detail-message"),
            };
            ui.heading(title);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if ui.button(text!(cx.texts, "close")).on_hover_text("Esc").clicked() {
                    cx.requests.push(Request::Select(None));
                }
            });
        });
        ui.separator();
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| match snapshot.detail.as_ref() {
            Detail::Nothing | Detail::Loading(_) => drop(ui.label(text!(cx.texts, "loading"))),
            Detail::Message { message, attempts, said, instance } => {
                message::show(ui, cx, &mut self.form, message, instance.as_ref());
                if message.exception == Some(Exception::WaitsForUpload)
                    && let Some(event_id) = event_id(said)
                {
                    self.upload.show(ui, cx, message.id, message.world, &event_id);
                }
                said::show(ui, cx, message.id, said);
                message::timeline(ui, cx, attempts);
            }
            Detail::Instance { instance, messages } => {
                instance::show(ui, cx, &mut self.form, &mut self.revealed, instance, messages);
            }
            Detail::Order { order_id, lines, supervision, settlement, messages } => {
                order::show(ui, cx, order_id, lines);
                let lines: Vec<_> = lines.iter().map(|listed| &listed.order).collect();
                self.supervision.show(ui, cx, order_id, &lines, supervision.as_ref());
                if let Some(settlement) = settlement {
                    settlement::show(ui, cx, settlement);
                    self.unsubscription.show(ui, cx, order_id, settlement);
                }
                timeline(ui, cx, messages);
            }
            Detail::License { license, messages } => license::show(ui, cx, license, messages),
            Detail::Usage { stored, message, corrections } => {
                let shown = usage::Shown { stored, message: message.as_ref(), corrections };
                usage::show(ui, cx, &mut self.failed_later, self.usage_api, shown);
            }
            Detail::Gone(_) => drop(ui.label(RichText::new(text!(cx.texts, "detail-gone")).weak())),
        });
    }
}

/// Everything that happened to the subject, newest first.
fn timeline(ui: &mut Ui, cx: &mut ViewContext<'_>, messages: &[Message]) {
    ui.add_space(8.0);
    ui.label(RichText::new(text!(cx.texts, "timeline")).strong());
    for message in messages.iter().rev() {
        ui.push_id(message.id.0, |ui| one_message(ui, cx, message));
    }
}

fn one_message(ui: &mut Ui, cx: &mut ViewContext<'_>, message: &Message) {
    let palette = Palette::of(ui.visuals());
    let state = message.state(&cx.snapshot.settings.policy, cx.times.now);
    ui.separator();
    ui.horizontal_wrapped(|ui| {
        time(ui, cx.times, message.received_at);
        badge(ui, &cx.texts.state(state), palette.of_state(state));
        if ui.link(&message.activity).on_hover_text(cx.texts.activity(&message.activity)).clicked() {
            cx.select(Subject::Message(message.id));
        }
    });
    if let Some(exception) = &message.exception {
        ui.label(cx.texts.exception(exception));
    }
}

/// Of an application for a License.
fn event_id(said: &[Said]) -> Option<EventId> {
    said.iter().find(|said| said.name == "eventId").and_then(|said| match &said.value {
        SaidValue::Text(text) => Some(EventId::new(text)),
        _ => None,
    })
}
