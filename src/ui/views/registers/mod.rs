//! Registers: what the seller console holds and no interface tells, kept by hand. One list and one form for all of them, made
//! of the fields that a register declares and of what the desk found to follow.

mod due;
mod form;
mod list;
mod overview;
mod pane;
mod reply;
mod table_text;
mod templates;

use std::collections::BTreeMap;

use egui::{Key, Modifiers, Panel, RichText, Ui};

pub(in crate::ui) use self::overview::due_line;
use self::{
    form::Form,
    list::{List, Only},
    pane::PaneOutcome,
    templates::Templates,
};
use crate::{
    desk::{
        export::ExportedList,
        import::ImportKind,
        session::{Command, Event, RegistersCommand, RegistersKnown},
    },
    domain::register::RegisterKind,
    ui::{
        context::{Aim, ViewContext},
        text,
        theme::Palette,
        widgets::{ExportForm, ImportForm, ImportOutcome, console_button, dropped_file, empty_state},
    },
};

/// What the pane shows: an entry, or a new one.
type Shown = Option<i64>;

#[derive(Default)]
pub(in crate::ui) struct RegistersView {
    kind: RegisterKind,
    list: List,
    current: Option<Shown>,
    /// What was typed, also where it was left unsaved.
    forms: BTreeMap<(RegisterKind, Shown), Form>,
    /// Removed last, and may come back: with its name.
    removed: Option<(RegisterKind, i64, String)>,
    templates: Option<Templates>,
    import: Option<ImportForm>,
    export: ExportForm,
}

impl RegistersView {
    pub(in crate::ui) fn notice(&mut self, event: &Event) {
        if let Some(import) = &mut self.import {
            import.notice(event);
        }
        if let Some(templates) = &mut self.templates {
            templates.notice(event);
        }
        match event {
            Event::EntryPut { kind, id: Some(id), .. } => {
                self.forms.remove(&(*kind, Some(*id)));
                // A new one has its id now.
                if self.kind == *kind && self.current == Some(None) {
                    self.forms.remove(&(*kind, None));
                    self.current = Some(Some(*id));
                    self.list.scroll_to(*id);
                }
            }
            Event::EntryRemoved { kind, id, entry } => {
                self.forms.remove(&(*kind, Some(*id)));
                if self.current == Some(Some(*id)) {
                    self.current = None;
                }
                self.removed = Some((*kind, *id, kind.register().title(entry)));
            }
            Event::EntryRestored { kind, id, .. } => {
                self.removed = None;
                if self.kind == *kind {
                    self.current = Some(Some(*id));
                    self.list.scroll_to(*id);
                }
            }
            _ => {}
        }
    }

    /// What somebody was led to from elsewhere.
    pub(in crate::ui) fn open(&mut self, aim: Aim) {
        (self.import, self.templates) = (None, None);
        match aim {
            Aim::Entry(kind, id) => {
                self.turn_to(kind);
                self.list.only = Only::All;
                self.current = Some(Some(id));
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
            (self.import, self.templates) = (None, None);
        }
    }

    pub(in crate::ui) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let known = cx.snapshot.registers.clone();
        if let Some(file) = dropped_file(ui) {
            let kind = self.kind;
            self.import.get_or_insert_with(|| new_import(kind)).bring(cx, file);
        }
        self.tabs(ui, cx, &known);
        let lists = [
            (text!(cx.texts, "export-kept"), ExportedList::Register(self.kind)),
            (text!(cx.texts, "export-changes"), ExportedList::RegisterChanges(self.kind)),
        ];
        self.export.show_one_of(ui, cx, &lists);
        ui.label(RichText::new(text!(cx.texts, "registers-mirror")).color(Palette::of(ui.visuals()).muted));
        ui.separator();
        if let Some(import) = &mut self.import {
            if import.show(ui, cx) == ImportOutcome::Close {
                self.import = None;
            }
            return;
        }
        if let Some(templates) = &mut self.templates {
            if templates.show(ui, cx) {
                self.templates = None;
            }
            return;
        }
        if !known.loaded {
            ui.centered_and_justified(|ui| ui.label(text!(cx.texts, "loading")));
            return;
        }
        self.pane(ui, cx, &known);
        self.entries(ui, cx, &known);
    }

    fn tabs(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, known: &RegistersKnown) {
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
            ui.separator();
            let importing = self.import.is_some();
            if ui.selectable_label(importing, text!(cx.texts, "registers-import")).clicked() {
                self.import = (!importing).then(|| new_import(self.kind));
            }
            self.export.button(ui, cx);
            if self.kind == RegisterKind::Reviews {
                let open = self.templates.is_some();
                if ui.selectable_label(open, text!(cx.texts, "registers-templates")).clicked() {
                    self.templates = (!open).then(Templates::default);
                    self.import = None;
                }
            }
            // Beside an entry it stands in its pane.
            if self.current.is_none() {
                console_button(ui, cx, self.kind.register().page);
            }
        });
    }

    fn pane(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, known: &RegistersKnown) {
        self.forms.retain(|shown, form| self.current == Some(shown.1) && self.kind == shown.0 || form.is_changed());
        let Some(shown) = self.current else {
            cx.ask_history(known, None);
            return;
        };
        cx.ask_history(known, shown);
        let judged = shown.and_then(|id| known.entry(id)).filter(|judged| judged.kept.kind == self.kind);
        // One that was just kept may not have been read yet; one that is gone has nothing to show.
        if shown.is_some() && judged.is_none() {
            return;
        }
        let kind = self.kind;
        let form = self.forms.entry((kind, shown)).or_insert_with(|| match judged {
            Some(judged) => Form::of(kind, &judged.kept.entry),
            None => Form::new(kind),
        });
        if let Some(judged) = judged {
            form.follow(&judged.kept.entry);
        }
        let panel = Panel::right("register-entry").resizable(true).default_size(440.0).size_range(340.0..=760.0);
        match panel.show(ui, |ui| pane::show(ui, cx, form, judged)).inner {
            PaneOutcome::Stay => {}
            PaneOutcome::Close => self.current = None,
            PaneOutcome::Revert => drop(self.forms.remove(&(kind, shown))),
        }
    }

    fn entries(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, known: &RegistersKnown) {
        let pressed = |ui: &Ui, modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        if !cx.keyboard_taken && pressed(ui, Modifiers::COMMAND, Key::N) {
            self.current = Some(None);
        }
        if !cx.keyboard_taken
            && let Some(Some(id)) = self.current
            && pressed(ui, Modifiers::NONE, Key::Delete)
        {
            cx.ask(Command::Registers(RegistersCommand::Remove { kind: self.kind, id }));
        }
        let is_empty = known.of(self.kind).next().is_none();
        ui.horizontal_wrapped(|ui| {
            if ui.button(text!(cx.texts, "registers-add")).on_hover_text("Ctrl+N").clicked() {
                self.current = Some(None);
            }
            if !is_empty {
                if ui.button(text!(cx.texts, "registers-copy-list")).clicked() {
                    let rows = table_text::of(cx, self.kind, &self.list.shown());
                    cx.copy(rows, cx.texts.register_kind(self.kind));
                }
                ui.separator();
                self.list.filters(ui, cx, self.kind);
            }
        });
        self.undo(ui, cx);
        if is_empty {
            let (title, meaning) = nothing(cx, self.kind);
            empty_state(ui, &title, &meaning, |ui| {
                if ui.button(text!(cx.texts, "registers-import")).clicked() {
                    self.import = Some(new_import(self.kind));
                }
            });
            return;
        }
        let (kind, forms) = (self.kind, &self.forms);
        let unsaved = |id: i64| forms.get(&(kind, Some(id))).is_some_and(Form::is_changed);
        if let Some(chosen) = self.list.show(ui, cx, kind, self.current.flatten(), &unsaved) {
            self.current = Some(Some(chosen));
        }
    }

    fn undo(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let Some((kind, id, name)) = self.removed.clone().filter(|(kind, ..)| *kind == self.kind) else { return };
        ui.horizontal_wrapped(|ui| {
            ui.label(text!(cx.texts, "registers-removed", name = name));
            if ui.button(text!(cx.texts, "registers-undo")).clicked() {
                cx.ask(Command::Registers(RegistersCommand::Restore { kind, id }));
            }
        });
    }
}

impl ViewContext<'_> {
    /// Asks for the history of the entry that is shown, once.
    fn ask_history(&mut self, known: &RegistersKnown, shown: Option<i64>) {
        if known.history.as_ref().map(|(id, _)| *id) != shown {
            self.ask(Command::Registers(RegistersCommand::History(shown)));
        }
    }
}

fn new_import(kind: RegisterKind) -> ImportForm {
    ImportForm::new(ImportKind::Register(kind))
}

fn nothing(cx: &ViewContext<'_>, kind: RegisterKind) -> (String, String) {
    match kind {
        RegisterKind::Vouchers => (text!(cx.texts, "no-vouchers"), text!(cx.texts, "no-vouchers-meaning")),
        RegisterKind::Reviews => (text!(cx.texts, "no-reviews"), text!(cx.texts, "no-reviews-meaning")),
        RegisterKind::Checklists => (text!(cx.texts, "no-checklists"), text!(cx.texts, "no-checklists-meaning")),
        RegisterKind::Contacts => (text!(cx.texts, "no-contacts"), text!(cx.texts, "no-contacts-meaning")),
    }
}
