//! Small things that look the same everywhere.

use egui::{
    Button, Color32, CornerRadius, Frame, Label, Margin, Response, RichText, ScrollArea, Sense, Stroke, StrokeKind, Ui,
    Widget as _, vec2,
};

use crate::{
    protocol::UnixMillis,
    ui::{context::ViewContext, text, theme::Palette, times::Times},
};

/// A filled circle that says a state; beside it stands the word.
pub(in crate::ui) fn dot(ui: &mut Ui, color: Color32) {
    let (rect, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::empty());
    ui.painter().circle_filled(rect.center(), 4.0, color);
}

/// A word on its colour.
pub(in crate::ui) fn badge(ui: &mut Ui, word: &str, color: Color32) -> Response {
    let fill = color.gamma_multiply(0.14);
    Frame::new()
        .fill(fill)
        .corner_radius(CornerRadius::same(8))
        .inner_margin(Margin::symmetric(7, 1))
        .show(ui, |ui| ui.add(Label::new(RichText::new(word).color(color).size(12.5)).selectable(false).extend()))
        .inner
}

/// A box that keeps together what belongs together.
pub(in crate::ui) fn card<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let palette = Palette::of(ui.visuals());
    Frame::new()
        .fill(palette.card)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(CornerRadius::same(6))
        .inner_margin(Margin::same(12))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            contents(ui)
        })
        .inner
}

/// The one button of a place that mends or saves.
pub(in crate::ui) fn primary_button(ui: &mut Ui, label: &str, enabled: bool) -> Response {
    let palette = Palette::of(ui.visuals());
    let button = Button::new(RichText::new(label).color(palette.on_accent)).fill(palette.accent);
    ui.add_enabled(enabled, button)
}

/// A time in short, the rest on hover.
pub(in crate::ui) fn time(ui: &mut Ui, times: &Times, time: UnixMillis) -> Response {
    ui.add(Label::new(times.short(time)).truncate()).on_hover_text(times.hover(time))
}

/// A name and its value, one row of a two-column grid.
pub(in crate::ui) fn field(ui: &mut Ui, name: &str, value: impl FnOnce(&mut Ui)) {
    let palette = Palette::of(ui.visuals());
    ui.add(Label::new(RichText::new(name).color(palette.muted)).selectable(false));
    ui.horizontal_wrapped(value);
    ui.end_row();
}

/// A value with a button that copies it. `what` says what it is.
pub(in crate::ui) fn copyable(ui: &mut Ui, cx: &mut ViewContext<'_>, value: &str, what: &str) {
    ui.label(RichText::new(value).monospace());
    copy_button(ui, cx, value, what);
}

fn copy_button(ui: &mut Ui, cx: &mut ViewContext<'_>, value: &str, what: &str) {
    let hint = text!(cx.texts, "copy-what", what = what);
    let response = ui.add(Button::new("").frame(false).min_size(vec2(18.0, 18.0))).on_hover_text(hint.clone());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, hint.clone()));
    // Two sheets, drawn, because no bundled font has the sign.
    let color = ui.style().interact(&response).fg_stroke.color;
    let center = response.rect.center();
    for offset in [vec2(-1.5, -1.5), vec2(1.5, 1.5)] {
        let sheet = egui::Rect::from_center_size(center + offset, vec2(7.0, 9.0));
        ui.painter().rect_stroke(sheet, 1.0, Stroke::new(1.0, color), StrokeKind::Middle);
    }
    if response.clicked() {
        cx.copy(value, what);
    }
}

/// Bytes as they went over the wire: monospaced, selectable, with a copy button above.
pub(in crate::ui) fn raw_text(ui: &mut Ui, cx: &mut ViewContext<'_>, what: &str, raw: &str) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(what).small().color(Palette::of(ui.visuals()).muted));
        copy_button(ui, cx, raw, what);
    });
    let pretty = serde_json::from_str::<serde_json::Value>(raw)
        .ok()
        .and_then(|value| serde_json::to_string_pretty(&value).ok())
        .unwrap_or_else(|| raw.to_owned());
    Frame::new().fill(ui.visuals().extreme_bg_color).inner_margin(Margin::same(6)).corner_radius(4).show(ui, |ui| {
        ScrollArea::both().id_salt(what).max_height(220.0).auto_shrink([false, true]).show(ui, |ui| {
            ui.add(Label::new(RichText::new(pretty).monospace()).extend().selectable(true));
        });
    });
}

/// What stands where nothing is to be shown: what that means, and what to do next.
pub(in crate::ui) fn empty_state(ui: &mut Ui, title: &str, explanation: &str, actions: impl FnOnce(&mut Ui)) {
    ui.add_space(48.0);
    ui.vertical_centered(|ui| {
        ui.label(RichText::new(title).heading());
        ui.add_space(4.0);
        ui.scope(|ui| {
            ui.set_max_width(460.0);
            Label::new(RichText::new(explanation).color(Palette::of(ui.visuals()).muted)).wrap().ui(ui);
        });
        ui.add_space(8.0);
        actions(ui);
    });
}
