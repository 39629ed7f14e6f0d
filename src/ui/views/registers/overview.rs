//! The registers' line of the Overview: how many entries are due, of which kind, and the way there.

use egui::{RichText, Ui};

use crate::{
    domain::register::RegisterKind,
    ui::{
        context::{Aim, Request, ViewContext},
        text,
        theme::Palette,
        widgets::{card, dot},
    },
};

/// Nothing where no register holds anything.
pub(in crate::ui) fn due_line(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let known = cx.snapshot.registers.clone();
    if known.entries.is_empty() {
        return;
    }
    card(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            let palette = Palette::of(ui.visuals());
            let due: usize = RegisterKind::ALL.into_iter().map(|kind| known.due(kind)).sum();
            if due == 0 {
                dot(ui, palette.good);
                ui.label(text!(cx.texts, "registers-nothing-due"));
                return;
            }
            dot(ui, palette.bad);
            ui.label(RichText::new(text!(cx.texts, "registers-are-due", count = due)).strong());
            for kind in RegisterKind::ALL {
                let mut due = known.of(kind).filter(|judged| judged.is_due());
                let Some(first) = due.next() else { continue };
                let more = due.count();
                let label = format!("{} ({})", cx.texts.register_kind(kind), more + 1);
                if ui.link(label).clicked() {
                    // One needs no list.
                    let aim = if more == 0 { Aim::Entry(kind, first.kept.id) } else { Aim::Due(kind) };
                    cx.requests.push(Request::OpenRegister(aim));
                }
            }
        });
    });
    ui.add_space(8.0);
}
