//! Who changed a line of the mirror, when, from what to what. Knows no kind of line.

use egui::{RichText, ScrollArea, Ui};

use crate::{
    protocol::UnixMillis,
    ui::{context::ViewContext, text, theme::Palette},
};

/// `None` before it was there, and after it was removed.
pub(super) struct Change<'a> {
    pub at: UnixMillis,
    pub by: &'a str,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// `name` tells it from other histories of the window.
pub(super) fn history<'a>(ui: &mut Ui, cx: &ViewContext<'_>, name: &str, changes: impl Iterator<Item = Change<'a>>) {
    let muted = Palette::of(ui.visuals()).muted;
    let told = |line: Option<String>| line.unwrap_or_else(|| text!(cx.texts, "limits-nothing"));
    ScrollArea::vertical().id_salt(name).max_height(96.0).show(ui, |ui| {
        for Change { at, by, before, after } in changes {
            let (at, before, after) = (cx.times.short(at), told(before), told(after));
            let line = text!(cx.texts, "limits-change", at = at, who = by, before = before, after = after);
            ui.label(RichText::new(line).color(muted));
        }
    });
}
