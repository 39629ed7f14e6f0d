//! What helps with the reply to a review: a template that is filled in, the reply on the clipboard, the note that it was sent,
//! and a day to be reminded. The reply itself is sent in the seller console.

use egui::{RichText, Ui};
use jiff::ToSpan as _;

use super::form::Form;
use crate::{
    domain::register::{Entry, RegisterKind, ReplyTemplate, STATE, today},
    ui::{context::ViewContext, text, theme::Palette},
};

/// Days until a reminder that one click sets.
const REMINDERS: [i64; 3] = [1, 3, 7];

/// Below the reply.
pub(super) fn tools(ui: &mut Ui, cx: &mut ViewContext<'_>, form: &mut Form) {
    let known = cx.snapshot.registers.clone();
    let palette = Palette::of(ui.visuals());
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(text!(cx.texts, "registers-use-template")).color(palette.muted));
        if known.templates.is_empty() {
            ui.label(RichText::new(text!(cx.texts, "registers-no-templates-short")).color(palette.muted));
        }
        for template in &known.templates {
            if ui.button(&template.name).on_hover_text(&template.text).clicked() {
                let reply = filled(cx, template, &form.current());
                let before = form.typed("reply").trim_end().to_owned();
                form.set("reply", if before.is_empty() { reply } else { format!("{before}\n{reply}") });
            }
        }
    });
    let left = crate::domain::register::placeholders(form.typed("reply"));
    if !left.is_empty() {
        let line = text!(cx.texts, "registers-left", names = left.join(", "));
        ui.colored_label(palette.warn, line);
    }
    ui.horizontal_wrapped(|ui| {
        let written = !form.typed("reply").trim().is_empty();
        if ui.add_enabled(written, egui::Button::new(text!(cx.texts, "registers-copy-reply"))).clicked() {
            cx.copy(form.typed("reply").trim(), cx.texts.field_or_name("reply"));
        }
        let unanswered = form.current().state == "unanswered";
        let answered = egui::Button::new(text!(cx.texts, "registers-mark-answered"));
        if ui
            .add_enabled(written && unanswered, answered)
            .on_hover_text(text!(cx.texts, "registers-mark-answered-meaning"))
            .clicked()
        {
            form.set(STATE, "answered");
            form.set("repliedOn", today(cx.times.now).to_string());
        }
    });
    ui.add_space(4.0);
}

/// Below the day of the reminder.
pub(super) fn reminders(ui: &mut Ui, cx: &ViewContext<'_>, form: &mut Form) {
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(text!(cx.texts, "registers-remind")).color(Palette::of(ui.visuals()).muted));
        for days in REMINDERS {
            if ui.button(text!(cx.texts, "registers-in-days", days = days)).clicked()
                && let Ok(day) = today(cx.times.now).checked_add(days.days())
            {
                form.set("remindOn", day.to_string());
            }
        }
    });
}

/// The template with what is known of the review and of the product's support contact.
pub(super) fn filled(cx: &ViewContext<'_>, template: &ReplyTemplate, review: &Entry) -> String {
    let product = review.get("product");
    let contact = cx.snapshot.registers.of(RegisterKind::Contacts).map(|judged| &judged.kept.entry);
    let contact = contact.filter(|entry| entry.state == "active").find(|entry| entry.get("product") == product);
    template.fill(review, contact, today(cx.times.now))
}
