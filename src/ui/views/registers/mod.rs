//! Registers: what the seller console holds and no interface tells, kept by hand. One list for all of them, made of the
//! fields that a register declares and of what the desk found to follow.

mod due;
mod list;
mod overview;

use egui::{RichText, Ui};

use self::list::{List, Only};
pub(in crate::ui) use self::overview::due_line;
use crate::{
    desk::session::Event,
    domain::register::RegisterKind,
    ui::{
        context::{Aim, ViewContext},
        text,
        theme::Palette,
        widgets::empty_state,
    },
};

#[derive(Default)]
pub(in crate::ui) struct RegistersView {
    kind: RegisterKind,
    list: List,
    current: Option<i64>,
}

impl RegistersView {
    pub(in crate::ui) fn notice(&mut self, _: &Event) {}

    /// What somebody was led to from elsewhere.
    pub(in crate::ui) fn open(&mut self, aim: Aim) {
        match aim {
            Aim::Entry(kind, id) => {
                self.turn_to(kind);
                self.list.only = Only::All;
                self.current = Some(id);
                self.list.scroll_to(id);
            }
            Aim::Due(kind) => {
                self.turn_to(kind);
                self.list.only = Only::Due;
            }
        }
    }

    fn turn_to(&mut self, kind: RegisterKind) {
        if self.kind != kind {
            (self.kind, self.list, self.current) = (kind, List::default(), None);
        }
    }

    pub(in crate::ui) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let known = cx.snapshot.registers.clone();
        ui.horizontal_wrapped(|ui| {
            ui.heading(text!(cx.texts, "place-registers"));
            ui.add_space(8.0);
            for kind in RegisterKind::ALL {
                let due = known.due(kind);
                let name = cx.texts.register_kind(kind);
                let label = if due == 0 { name } else { format!("{name} ({due})") };
                if ui.selectable_label(self.kind == kind, label).clicked() {
                    self.turn_to(kind);
                }
            }
        });
        ui.label(RichText::new(text!(cx.texts, "registers-mirror")).color(Palette::of(ui.visuals()).muted));
        ui.separator();
        if !known.loaded {
            ui.centered_and_justified(|ui| ui.label(text!(cx.texts, "loading")));
            return;
        }
        if known.of(self.kind).next().is_none() {
            let (title, meaning) = nothing(cx, self.kind);
            empty_state(ui, &title, &meaning, |_| {});
            return;
        }
        ui.horizontal_wrapped(|ui| self.list.filters(ui, cx, self.kind));
        if let Some(chosen) = self.list.show(ui, cx, self.kind, self.current, &|_| false) {
            self.current = Some(chosen);
        }
    }
}

fn nothing(cx: &ViewContext<'_>, kind: RegisterKind) -> (String, String) {
    match kind {
        RegisterKind::Vouchers => (text!(cx.texts, "no-vouchers"), text!(cx.texts, "no-vouchers-meaning")),
        RegisterKind::Reviews => (text!(cx.texts, "no-reviews"), text!(cx.texts, "no-reviews-meaning")),
        RegisterKind::Checklists => (text!(cx.texts, "no-checklists"), text!(cx.texts, "no-checklists-meaning")),
        RegisterKind::Contacts => (text!(cx.texts, "no-contacts"), text!(cx.texts, "no-contacts-meaning")),
    }
}
