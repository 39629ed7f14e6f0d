//! When an entry is due, and how far that is, by the calendar of Beijing as the console counts.

use egui::{Label, RichText, Ui};
use jiff::civil::Date;

use crate::{
    domain::register::today,
    ui::{context::ViewContext, text, theme::Palette},
};

/// From here on it is no hurry.
const SOON: i32 = 7;

pub(super) fn show(ui: &mut Ui, cx: &ViewContext<'_>, at: Date) {
    let palette = Palette::of(ui.visuals());
    let days = days_until(cx, at);
    let color = match days {
        ..=-1 => palette.bad,
        0..=SOON => palette.warn,
        _ => palette.muted,
    };
    ui.add(Label::new(RichText::new(format!("{at} · {}", told(cx, days))).color(color)).truncate());
}

fn days_until(cx: &ViewContext<'_>, at: Date) -> i32 {
    (at - today(cx.times.now)).get_days()
}

fn told(cx: &ViewContext<'_>, days: i32) -> String {
    match days {
        0 => text!(cx.texts, "registers-today"),
        ..0 => {
            let days: i32 = -days;
            text!(cx.texts, "registers-days-ago", days = days)
        }
        _ => text!(cx.texts, "registers-in-days", days = days),
    }
}
