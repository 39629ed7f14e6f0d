//! Calls that were refused at the door: never messages, kept for a while so that a wrong key or clock is found quickly.

use egui::{Label, Panel, RichText, ScrollArea, Ui};

use crate::{
    domain::RejectedCall,
    ui::{
        context::ViewContext,
        text,
        theme::Palette,
        widgets::{Column, Table, empty_state, field, moved_by_keyboard, raw_text, time},
    },
};

#[derive(Default)]
pub(in crate::ui) struct RefusedView {
    current: Option<i64>,
    scroll_to: Option<usize>,
    page: usize,
}

impl RefusedView {
    pub(in crate::ui) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let rejected = cx.snapshot.rejected.clone();
        ui.heading(text!(cx.texts, "place-refused"));
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
            Panel::bottom("refused-call").resizable(true).default_size(300.0).show(ui, |ui| details(ui, cx, call));
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
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.add_space(6.0);
        ui.label(RichText::new(cx.texts.rejection(&call.rejection)).strong());
        ui.add_space(4.0);
        egui::Grid::new("refused-fields").num_columns(2).show(ui, |ui| {
            field(ui, &text!(cx.texts, "column-received"), |ui| drop(time(ui, cx.times, call.received_at)));
            field(ui, &text!(cx.texts, "column-caller"), |ui| drop(ui.label(&call.peer)));
        });
        raw_text(ui, cx, &text!(cx.texts, "request-query"), &call.request_query);
        raw_text(ui, cx, &text!(cx.texts, "request-body"), &call.request_body);
        if !call.computed.is_empty() {
            raw_text(ui, cx, &text!(cx.texts, "computed-over"), &call.computed);
        }
    });
}
