//! Whether the buyer may unsubscribe an order, until when, and what that does; and a request for it that waits in the console, which
//! is noted here because nobody tells of it.

use egui::{RichText, TextEdit, Ui};

use crate::{
    desk::{session::Command, settlement::OrderSettlement, unsubscriptions::RequestedUnsubscription},
    domain::{
        console::ConsolePage,
        unsubscription::{Decision, May, RequestState, Unsubscription, UnsubscriptionRequest},
        usage::parse_time,
    },
    protocol::{UnixMillis, id::OrderId},
    ui::{
        context::{Request, ViewContext},
        text,
        theme::Palette,
        views::decide_by,
        widgets::{badge, card, console_button, primary_button},
    },
};

#[derive(Default)]
pub(super) struct UnsubscriptionForm {
    /// When what is noted happened; empty for now.
    at: String,
}

impl UnsubscriptionForm {
    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, order_id: &OrderId, known: &OrderSettlement) {
        let Some(found) = &known.unsubscription else { return };
        ui.add_space(8.0);
        card(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                ui.label(RichText::new(text!(cx.texts, "unsubscription")).strong());
                if let Some(requested) = &known.request {
                    let palette = Palette::of(ui.visuals());
                    badge(ui, &cx.texts.request_state(requested.state), palette.of_request(requested.state));
                    console_button(ui, cx, ConsolePage::Unsubscriptions);
                }
            });
            rule(ui, cx, found);
            if let Some(requested) = &known.request {
                stands(ui, cx, requested);
            }
            self.note(ui, cx, order_id, known.request.as_ref());
        });
    }

    fn note(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        order_id: &OrderId,
        requested: Option<&RequestedUnsubscription>,
    ) {
        ui.horizontal_wrapped(|ui| {
            let label = ui.label(text!(cx.texts, "request-at"));
            let edit = TextEdit::singleline(&mut self.at).hint_text("2026-11-24 10:00").desired_width(140.0);
            ui.add(edit).labelled_by(label.id);
        });
        let Some(at) = self.time(cx) else {
            ui.colored_label(Palette::of(ui.visuals()).bad, text!(cx.texts, "supervision-no-time"));
            return;
        };
        let mut noted = None;
        ui.horizontal_wrapped(|ui| match requested {
            Some(RequestedUnsubscription { request, state: RequestState::UnderReview, .. }) => {
                for (decision, label) in [
                    (Decision::Agreed, text!(cx.texts, "request-agree")),
                    (Decision::Rejected, text!(cx.texts, "request-reject")),
                ] {
                    if ui.button(label).clicked() {
                        noted = Some(UnsubscriptionRequest { decided: Some((decision, at)), ..request.clone() });
                    }
                }
            }
            Some(RequestedUnsubscription { request, state: RequestState::AwaitsGoods, .. }) => {
                if primary_button(ui, &text!(cx.texts, "request-returned"), true).clicked() {
                    noted = Some(UnsubscriptionRequest { returned_at: Some(at), ..request.clone() });
                }
            }
            Some(RequestedUnsubscription { state: RequestState::Agreed, .. }) => {}
            Some(RequestedUnsubscription { state: RequestState::Rejected, .. }) | None => {
                let button = ui.button(text!(cx.texts, "request-begin"));
                if button.on_hover_text(text!(cx.texts, "request-begin-meaning")).clicked() {
                    noted = Some(UnsubscriptionRequest::new(at));
                }
            }
        });
        if let Some(request) = noted {
            self.at.clear();
            cx.ask(Command::NoteUnsubscription { order_id: order_id.clone(), request: Some(request) });
        }
        if requested.is_some() && ui.button(text!(cx.texts, "request-forget")).clicked() {
            cx.requests.push(Request::Confirm {
                question: text!(cx.texts, "request-forget-question"),
                yes: text!(cx.texts, "request-forget"),
                command: Command::NoteUnsubscription { order_id: order_id.clone(), request: None },
            });
        }
    }

    fn time(&self, cx: &ViewContext<'_>) -> Option<UnixMillis> {
        match self.at.trim() {
            "" => Some(cx.times.now),
            typed => parse_time("at", typed, Some(&cx.times.zone)).ok(),
        }
    }
}

fn stands(ui: &mut Ui, cx: &mut ViewContext<'_>, requested: &RequestedUnsubscription) {
    let palette = Palette::of(ui.visuals());
    let at = cx.times.minute(requested.request.requested_at);
    ui.label(RichText::new(text!(cx.texts, "request-since", at = at)).color(palette.muted));
    if let Some(by) = &requested.decide_by {
        decide_by(ui, cx, by);
    }
    if requested.state == RequestState::UnderReview {
        ui.colored_label(palette.warn, text!(cx.texts, "request-no-invoice"));
    }
}

fn rule(ui: &mut Ui, cx: &ViewContext<'_>, found: &Unsubscription) {
    let palette = Palette::of(ui.visuals());
    ui.label(RichText::new(cx.texts.unsubscription_rule(found.rule)).color(palette.muted));
    let color = match found.may {
        May::Yes { .. } => palette.busy,
        May::No(_) => palette.good,
        May::Unknown => palette.muted,
    };
    ui.label(RichText::new(cx.texts.may_unsubscribe(found.may, cx.times)).color(color));
    for assumption in &found.assumptions {
        ui.label(RichText::new(cx.texts.unsubscription_assumption(*assumption)).color(palette.muted));
    }
    if matches!(found.may, May::Yes { .. }) {
        for effect in &found.effects {
            ui.label(RichText::new(cx.texts.unsubscription_effect(*effect)).color(palette.muted));
        }
    }
}
