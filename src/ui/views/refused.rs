//! Calls that were refused at the door: never messages, kept for a while, with what was tried to explain them.

use egui::{Label, Panel, RichText, ScrollArea, Ui};

use crate::{
    desk::export::ExportedList,
    domain::{Computed, RejectedCall, Rejection},
    protocol::signature::diagnosis::{Diagnosis, Tried},
    ui::{
        context::ViewContext,
        text,
        texts::Texts,
        theme::Palette,
        widgets::{Column, ExportForm, Table, badge, copyable, empty_state, field, moved_by_keyboard, raw_text, time},
    },
};

#[derive(Default)]
pub(in crate::ui) struct RefusedView {
    current: Option<i64>,
    scroll_to: Option<usize>,
    page: usize,
    export: ExportForm,
}

impl RefusedView {
    pub(in crate::ui) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let rejected = cx.snapshot.rejected.clone();
        ui.horizontal(|ui| {
            ui.heading(text!(cx.texts, "place-refused"));
            ui.add_space(8.0);
            self.export.button(ui, cx);
        });
        self.export.show(ui, cx, || ExportedList::Rejected);
        ui.label(RichText::new(text!(cx.texts, "refused-meaning")).color(Palette::of(ui.visuals()).muted));
        ui.separator();
        if rejected.is_empty() {
            empty_state(ui, &text!(cx.texts, "nothing-refused"), &text!(cx.texts, "nothing-refused-meaning"), |_| {});
            return;
        }
        let position = self.current.and_then(|id| rejected.iter().position(|call| call.id == id));
        if !cx.keyboard_taken
            && let Some(row) = moved_by_keyboard(ui, position, rejected.len(), self.page)
        {
            self.current = rejected.get(row).map(|call| call.id);
            self.scroll_to = Some(row);
        }
        if let Some(call) = position.and_then(|position| rejected.get(position)) {
            Panel::bottom("refused-call").resizable(true).default_size(420.0).show(ui, |ui| details(ui, cx, call));
        }
        let columns = [
            Column::<()>::new(text!(cx.texts, "column-received"), 130.0),
            Column::new(text!(cx.texts, "column-endpoint"), 90.0),
            Column::new(text!(cx.texts, "column-caller"), 120.0),
            Column::new(text!(cx.texts, "column-result-code"), 90.0),
            Column::new(text!(cx.texts, "column-reason"), 560.0),
        ];
        let texts = cx.texts;
        let name = |row: usize| rejected.get(row).map_or_else(String::new, |call| texts.rejection(&call.rejection));
        let table = Table {
            id: "refused",
            columns: &columns,
            rows: rejected.len(),
            order: None,
            current: position,
            scroll_to: self.scroll_to.take(),
            name: &name,
            marked: &|_| false,
        };
        let outcome = table.show(ui, &mut |ui, row, column| {
            let Some(call) = rejected.get(row) else { return };
            let line = match column {
                0 => return drop(time(ui, cx.times, call.received_at)),
                1 => call.endpoint.clone(),
                2 => call.peer.clone(),
                3 => call.rejection.result_code().to_string(),
                _ => cx.texts.rejection(&call.rejection),
            };
            ui.add(Label::new(&line).truncate()).on_hover_text(line);
        });
        self.page = outcome.in_sight.len();
        if let Some(click) = outcome.clicked {
            self.current = rejected.get(click.row).map(|call| call.id);
        }
    }
}

fn details(ui: &mut Ui, cx: &mut ViewContext<'_>, call: &RejectedCall) {
    let diagnosis = call.computed.diagnosis();
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.add_space(6.0);
        ui.label(RichText::new(cx.texts.rejection(&call.rejection)).strong());
        ui.add_space(4.0);
        cause(ui, cx.texts, &call.rejection, diagnosis);
        if call.computed == Computed::Nothing {
            let muted = Palette::of(ui.visuals()).muted;
            ui.label(RichText::new(text!(cx.texts, "refused-not-looked-into")).color(muted));
        }
        ui.add_space(4.0);
        egui::Grid::new("refused-fields").num_columns(2).show(ui, |ui| {
            field(ui, &text!(cx.texts, "column-received"), |ui| drop(time(ui, cx.times, call.received_at)));
            field(ui, &text!(cx.texts, "column-caller"), |ui| drop(ui.label(&call.peer)));
            if let Some(diagnosis) = diagnosis {
                let scheme = cx.texts.scheme(diagnosis.scheme);
                field(ui, &text!(cx.texts, "refused-scheme"), |ui| drop(ui.label(scheme)));
            }
        });
        if let Some(diagnosis) = diagnosis {
            explanation(ui, cx, diagnosis);
        }
        raw_text(ui, cx, &text!(cx.texts, "request-query"), &call.request_query);
        raw_text(ui, cx, &text!(cx.texts, "request-body"), &call.request_body);
        if let Computed::Text(text) = &call.computed {
            raw_text(ui, cx, &text!(cx.texts, "computed-over"), text);
        }
    });
}

/// What it was, and what to do about it.
fn cause(ui: &mut Ui, texts: &Texts, rejection: &Rejection, diagnosis: Option<&Diagnosis>) {
    let palette = Palette::of(ui.visuals());
    if let Some(cause) = diagnosis.and_then(Diagnosis::likely) {
        let sentence = text!(texts, "refused-cause", what = texts.tried(cause));
        ui.add(Label::new(RichText::new(sentence).color(palette.warn)).wrap());
        ui.add(Label::new(texts.remedy(cause)).wrap());
        return;
    }
    if diagnosis.is_some_and(|diagnosis| diagnosis.signature_holds) {
        ui.label(RichText::new(text!(texts, "refused-signature-holds")).color(palette.good));
    } else if diagnosis.is_some_and(|diagnosis| !diagnosis.tried.is_empty()) {
        ui.label(RichText::new(text!(texts, "refused-no-cause")).color(palette.warn));
    }
    ui.add(Label::new(texts.next_after(rejection)).wrap());
}

fn explanation(ui: &mut Ui, cx: &mut ViewContext<'_>, diagnosis: &Diagnosis) {
    if let Some(difference) = &diagnosis.first_difference {
        ui.add_space(4.0);
        ui.label(text!(cx.texts, "refused-difference", position = difference.position.to_string()));
        egui::Grid::new("refused-difference").num_columns(2).show(ui, |ui| {
            for (name, excerpt) in [
                (text!(cx.texts, "refused-expected"), &difference.expected),
                (text!(cx.texts, "refused-signed"), &difference.signed),
            ] {
                // White space is often all that differs.
                field(ui, &name, |ui| copyable(ui, cx, &visible(excerpt), &name));
            }
        });
    }
    if !diagnosis.tried.is_empty() {
        ui.add_space(4.0);
        ui.label(RichText::new(text!(cx.texts, "refused-tried")).strong());
        tried(ui, cx.texts, &diagnosis.tried);
    }
    if !diagnosis.presented_signature.is_empty() {
        raw_text(ui, cx, &text!(cx.texts, "presented-signature"), &diagnosis.presented_signature);
    }
    if !diagnosis.canonical.is_empty() {
        raw_text(ui, cx, &text!(cx.texts, "computed-over"), &diagnosis.canonical);
    }
}

fn visible(text: &str) -> String {
    text.replace('\n', "\\n").replace('\r', "\\r").replace('\t', "\\t")
}

fn tried(ui: &mut Ui, texts: &Texts, tried: &[Tried]) {
    let palette = Palette::of(ui.visuals());
    egui::Grid::new("refused-tried").num_columns(2).show(ui, |ui| {
        for Tried { hypothesis, holds } in tried {
            let (word, color) = match holds {
                true => (text!(texts, "refused-yes"), palette.warn),
                false => (text!(texts, "refused-no"), palette.muted),
            };
            badge(ui, &word, color);
            ui.add(Label::new(texts.tried(hypothesis)).wrap());
            ui.end_row();
        }
    });
}
