//! What trying a message again would change, told before it is done.

use egui::{Grid, RichText, Ui};

use crate::{
    desk::session::Command,
    domain::{
        Foreseen, Foresight, Message,
        foreseen::{Changed, Effect, FieldChange},
    },
    ui::{
        context::ViewContext,
        text,
        theme::Palette,
        widgets::{badge, dot},
    },
};

/// An organisation may have thousands of departments; the command line tells them all.
const CHANGES_SHOWN: usize = 100;

pub(super) fn button(ui: &mut Ui, cx: &mut ViewContext<'_>, message: &Message) {
    let meaning = text!(cx.texts, "foresee-meaning");
    if ui.button(text!(cx.texts, "foresee")).on_hover_text(meaning).clicked() {
        cx.ask(Command::ForeseeRetry(message.id));
    }
}

/// Nothing until it was asked for.
pub(super) fn show(ui: &mut Ui, cx: &ViewContext<'_>, message: &Message) {
    let Some(foreseen) = cx.snapshot.foreseen.clone().filter(|foreseen| foreseen.0 == message.id) else { return };
    ui.separator();
    let line = |ui: &mut Ui, text: String| drop(ui.label(text));
    match &foreseen.1 {
        Foreseen::AlreadySucceeded => line(ui, text!(cx.texts, "retry-already-succeeded")),
        Foreseen::Busy => line(ui, text!(cx.texts, "retry-busy")),
        Foreseen::Gone => line(ui, text!(cx.texts, "retry-gone")),
        Foreseen::Impossible(exception) => line(ui, cx.texts.exception(exception)),
        Foreseen::AsksKooGallery { interface } => {
            line(ui, text!(cx.texts, "foresee-asks-koogallery", interface = interface.as_str()));
        }
        Foreseen::Decided(foresight) => {
            line(ui, text!(cx.texts, "foresee-asks-nobody"));
            told(ui, cx, foresight);
        }
        Foreseen::AsksProduct { url, meanwhile, if_done } => {
            line(ui, text!(cx.texts, "foresee-asks-product", url = url.as_str()));
            meanwhile.iter().for_each(|changed| one(ui, cx, changed));
            match if_done {
                Some(foresight) => {
                    line(ui, text!(cx.texts, "foresee-if-done"));
                    told(ui, cx, foresight);
                }
                None => line(ui, text!(cx.texts, "foresee-depends")),
            }
        }
    }
}

fn told(ui: &mut Ui, cx: &ViewContext<'_>, foresight: &Foresight) {
    let palette = Palette::of(ui.visuals());
    ui.horizontal_wrapped(|ui| {
        dot(ui, palette.of_progress(Some(foresight.progress)));
        ui.label(text!(cx.texts, "foresee-answer"));
        let code = &foresight.result_code;
        ui.label(RichText::new(code.as_str()).monospace()).on_hover_text(code.message());
        ui.label(RichText::new(code.message()).color(palette.muted));
    });
    if let Some(exception) = &foresight.exception {
        ui.label(cx.texts.exception(exception));
    }
    if foresight.changes.is_empty() {
        ui.label(text!(cx.texts, "foresee-nothing"));
    }
    foresight.changes.iter().take(CHANGES_SHOWN).for_each(|changed| one(ui, cx, changed));
    let more = foresight.changes.len().saturating_sub(CHANGES_SHOWN);
    if more > 0 {
        ui.label(text!(cx.texts, "foresee-more", count = more));
    }
    if foresight.waiting > 0 {
        ui.label(text!(cx.texts, "foresee-waiting", count = foresight.waiting));
    }
}

fn one(ui: &mut Ui, cx: &ViewContext<'_>, changed: &Changed) {
    let palette = Palette::of(ui.visuals());
    ui.horizontal_wrapped(|ui| {
        let (word, color) = match changed.effect {
            Effect::New => (text!(cx.texts, "foresee-created"), palette.good),
            Effect::Changed => (text!(cx.texts, "foresee-changed"), palette.busy),
            Effect::Removed => (text!(cx.texts, "foresee-removed"), palette.bad),
        };
        badge(ui, &word, color);
        ui.label(cx.texts.entity(changed.what));
        ui.label(RichText::new(&changed.id).monospace());
    });
    Grid::new(("foreseen", changed.what, &changed.id)).num_columns(4).spacing([8.0, 2.0]).show(ui, |ui| {
        for FieldChange { name, before, after } in &changed.fields {
            ui.label(RichText::new(*name).color(palette.muted));
            ui.label(before.as_deref().unwrap_or("–"));
            ui.label(RichText::new("→").color(palette.muted));
            ui.label(RichText::new(after.as_deref().unwrap_or("–")).strong());
            ui.end_row();
        }
    });
}
