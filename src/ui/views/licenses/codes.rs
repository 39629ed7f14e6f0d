//! Codes that are typed or pasted, one a line, or that are marked in the list: counted while they are typed, then added, or
//! looked through and activated.
//! What was typed stays until it is done with, so that closing the dialog loses nothing.

use std::fmt::Display;

use egui::{
    CollapsingHeader, Color32, Context, FontSelection, Id, Modal, RichText, ScrollArea, TextEdit, TextStyle, Ui,
};

use crate::{
    desk::{
        ActivationChecks, AddedLicenses, CodeList,
        session::{Command, Event, FormCommand},
    },
    domain::World,
    protocol::{UnixMillis, id::LicenseCode},
    ui::{
        context::ViewContext,
        text,
        theme::Palette,
        widgets::{primary_button, time},
    },
};

/// What the dialog was opened for: which of its buttons comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Aim {
    #[default]
    Add,
    Activate,
}

#[derive(Default)]
enum Stage {
    #[default]
    Typing,
    Adding,
    Checking,
    /// Rows of the list, or one that is shown; what was typed has nothing to do with them.
    CheckingRows,
    Added(AddedLicenses),
    Checked(ActivationChecks),
    CheckedRows(ActivationChecks),
}

#[derive(Default)]
pub(super) struct Codes {
    open: bool,
    aim: Aim,
    world: World,
    typed: String,
    /// What `typed` says.
    list: CodeList,
    stage: Stage,
    /// When the product was really delivered, as it was typed.
    real_effect_time: String,
}

impl Codes {
    pub(super) fn open(&mut self, aim: Aim) {
        self.open = true;
        self.aim = aim;
        if matches!(self.stage, Stage::Added(_) | Stage::CheckingRows | Stage::CheckedRows(_)) {
            self.stage = Stage::Typing;
        }
    }

    /// With rows of the list, which are looked through first.
    pub(super) fn open_with_rows(&mut self, cx: &mut ViewContext<'_>, ids: Vec<i64>) {
        self.open = true;
        self.world = cx.world;
        self.real_effect_time.clear();
        self.stage = Stage::CheckingRows;
        cx.ask(Command::CheckActivationOfRows { world: cx.world, ids });
    }

    /// With one code, which is looked through first; answers what asks for that.
    pub(super) fn open_with(&mut self, world: World, license: &LicenseCode) -> Command {
        self.open = true;
        self.world = world;
        self.real_effect_time.clear();
        self.stage = Stage::CheckingRows;
        Command::CheckActivation { world, text: license.to_string() }
    }

    pub(super) fn notice(&mut self, event: &Event) {
        match (event, &self.stage) {
            (Event::LicensesAdded(added), Stage::Adding) => {
                self.forget();
                self.stage = Stage::Added(added.clone());
            }
            (Event::ActivationChecked(checks), Stage::Checking) => self.stage = Stage::Checked(checks.clone()),
            (Event::ActivationChecked(checks), Stage::CheckingRows) => self.stage = Stage::CheckedRows(checks.clone()),
            (Event::RefusedTo(FormCommand::CheckActivation, _), Stage::CheckingRows) => {
                self.stage = Stage::Typing;
                self.open = false;
            }
            (Event::RefusedTo(FormCommand::AddLicenses, _), Stage::Adding)
            | (Event::RefusedTo(FormCommand::CheckActivation, _), Stage::Checking) => self.stage = Stage::Typing,
            _ => {}
        }
    }

    fn forget(&mut self) {
        self.typed.clear();
        self.list = CodeList::default();
        self.real_effect_time.clear();
        self.stage = Stage::Typing;
    }

    pub(super) fn show(&mut self, ui: &Ui, cx: &mut ViewContext<'_>) {
        if !self.open {
            return;
        }
        // What was found out holds for one world alone.
        if self.world != cx.world {
            self.world = cx.world;
            self.open = !matches!(self.stage, Stage::CheckingRows | Stage::CheckedRows(_));
            self.stage = Stage::Typing;
            if !self.open {
                return;
            }
        }
        cx.keyboard_taken = true;
        let ctx: &Context = ui.ctx();
        let shown = Modal::new(Id::unique("license-codes")).show(ctx, |ui| {
            ui.set_width(560.0);
            let stays = match std::mem::take(&mut self.stage) {
                Stage::Added(added) => self.added(ui, cx, added),
                Stage::Checked(checks) => self.checked(ui, cx, checks, false),
                Stage::CheckedRows(checks) => self.checked(ui, cx, checks, true),
                Stage::CheckingRows => {
                    self.stage = Stage::CheckingRows;
                    ui.spinner();
                    !ui.button(text!(cx.texts, "close")).clicked()
                }
                stage => {
                    self.stage = stage;
                    self.typing(ui, cx)
                }
            };
            self.open = stays;
        });
        if shown.should_close() {
            self.open = false;
        }
    }

    /// Like the other pages: whether the dialog stays open.
    fn typing(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) -> bool {
        let palette = Palette::of(ui.visuals());
        ui.heading(match self.aim {
            Aim::Add => text!(cx.texts, "codes-title-add"),
            Aim::Activate => text!(cx.texts, "codes-title-activate"),
        });
        let label = ui.label(RichText::new(text!(cx.texts, "codes-one-a-line")).color(palette.muted));
        let busy = matches!(self.stage, Stage::Adding | Stage::Checking);
        ScrollArea::vertical().id_salt("codes").max_height(260.0).show(ui, |ui| {
            let edit = TextEdit::multiline(&mut self.typed)
                .font(FontSelection::from(TextStyle::Monospace))
                .desired_rows(12)
                .desired_width(f32::INFINITY)
                .interactive(!busy);
            if ui.add(edit).labelled_by(label.id).changed() {
                self.list = CodeList::read(&self.typed);
            }
        });
        let CodeList { codes, repeated, malformed } = &self.list;
        ui.horizontal(|ui| {
            ui.label(text!(cx.texts, "codes-counted", count = codes.len()));
            for (count, line) in [
                (repeated.len(), text!(cx.texts, "codes-repeated", count = repeated.len())),
                (malformed.len(), text!(cx.texts, "codes-malformed", count = malformed.len())),
            ] {
                ui.label(RichText::new(line).color(if count == 0 { palette.muted } else { palette.warn }));
            }
        });
        ui.separator();
        let can = !busy && !codes.is_empty();
        ui.horizontal(|ui| {
            let add = text!(cx.texts, "codes-add");
            let check = text!(cx.texts, "codes-check");
            let (add, check) = match self.aim {
                Aim::Add => (primary_button(ui, &add, can), ui.add_enabled(can, egui::Button::new(check))),
                Aim::Activate => {
                    let check = primary_button(ui, &check, can);
                    (ui.add_enabled(can, egui::Button::new(add)), check)
                }
            };
            if add.on_hover_text(text!(cx.texts, "codes-add-meaning")).clicked() {
                cx.ask(Command::AddLicenses { world: self.world, text: self.typed.clone() });
                self.stage = Stage::Adding;
            }
            if check.on_hover_text(text!(cx.texts, "codes-check-meaning")).clicked() {
                cx.ask(Command::CheckActivation { world: self.world, text: self.typed.clone() });
                self.stage = Stage::Checking;
            }
            if busy {
                ui.spinner();
            }
            !ui.button(text!(cx.texts, "close")).clicked()
        })
        .inner
    }

    fn added(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, added: AddedLicenses) -> bool {
        let palette = Palette::of(ui.visuals());
        ui.heading(text!(cx.texts, "codes-added", count = added.added.len()));
        let AddedLicenses { added: new, known, repeated, malformed } = &added;
        let groups = [
            (text!(cx.texts, "group-added", count = new.len()), palette.good, names(new)),
            (text!(cx.texts, "group-known", count = known.len()), palette.busy, names(known)),
            (text!(cx.texts, "group-repeated", count = repeated.len()), palette.warn, names(repeated)),
            (text!(cx.texts, "group-malformed", count = malformed.len()), palette.bad, names(malformed)),
        ];
        show_groups(ui, cx, &groups);
        ui.separator();
        let (more, close) =
            ui.horizontal(|ui| (ui.button(text!(cx.texts, "codes-more")), ui.button(text!(cx.texts, "close")))).inner;
        if !more.clicked() && !close.clicked() {
            self.stage = Stage::Added(added);
        }
        !close.clicked()
    }

    fn checked(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, checks: ActivationChecks, of_rows: bool) -> bool {
        let palette = Palette::of(ui.visuals());
        ui.heading(text!(cx.texts, "codes-title-checked"));
        let ActivationChecks { ready, active, ended, repeated, malformed } = &checks;
        let groups = [
            (text!(cx.texts, "group-ready", count = ready.len()), palette.good, names(ready)),
            (text!(cx.texts, "group-active", count = active.len()), palette.busy, names(active)),
            (text!(cx.texts, "group-ended", count = ended.len()), palette.warn, names(ended)),
            (text!(cx.texts, "group-repeated", count = repeated.len()), palette.warn, names(repeated)),
            (text!(cx.texts, "group-malformed", count = malformed.len()), palette.bad, names(malformed)),
        ];
        show_groups(ui, cx, &groups);
        ui.separator();
        let delivered = self.effect_time(ui, cx);
        let irrevocable = text!(cx.texts, "codes-irrevocable", count = ready.len());
        ui.label(RichText::new(irrevocable).color(palette.warn));
        let can = delivered.is_ok() && !ready.is_empty() && cx.snapshot.retrying.is_none();
        let (activate, back, close) = ui
            .horizontal(|ui| {
                let activate = primary_button(ui, &text!(cx.texts, "codes-activate", count = ready.len()), can);
                // Of rows there is nothing to go back to.
                let back = !of_rows && ui.button(text!(cx.texts, "codes-back")).clicked();
                (activate, back, ui.button(text!(cx.texts, "close")))
            })
            .inner;
        if activate.clicked() {
            let real_effect_time = delivered.ok().flatten();
            cx.ask(Command::ActivateLicenses { world: self.world, codes: checks.ready, real_effect_time });
            match of_rows {
                true => self.stage = Stage::Typing,
                false => self.forget(),
            }
            return false;
        }
        if !back {
            self.stage = if of_rows { Stage::CheckedRows(checks) } else { Stage::Checked(checks) };
        }
        !close.clicked()
    }

    /// When the product was really delivered; nothing where the field is empty.
    fn effect_time(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) -> Result<Option<UnixMillis>, ()> {
        ui.horizontal(|ui| {
            let label = ui.label(text!(cx.texts, "codes-effect-time"));
            let edit = TextEdit::singleline(&mut self.real_effect_time).desired_width(220.0).char_limit(40);
            let hint = "2026-11-24T10:30:00+08:00";
            let field = ui.add(edit.hint_text(hint)).labelled_by(label.id);
            field.on_hover_text(text!(cx.texts, "codes-effect-time-meaning"));
            let typed = self.real_effect_time.trim();
            if typed.is_empty() {
                return Ok(None);
            }
            match UnixMillis::from_iso(typed) {
                Some(at) => {
                    time(ui, cx.times, at);
                    Ok(Some(at))
                }
                None => {
                    let wrong = text!(cx.texts, "codes-effect-time-wrong");
                    ui.label(RichText::new(wrong).color(Palette::of(ui.visuals()).bad));
                    Err(())
                }
            }
        })
        .inner
    }
}

pub(super) type Group<'a> = (String, Color32, Vec<&'a dyn Display>);

pub(super) fn names<T: Display>(codes: &[T]) -> Vec<&dyn Display> {
    codes.iter().map(|code| -> &dyn Display { code }).collect()
}

/// Lists under their names, however long: only what is in sight is drawn.
pub(super) fn show_groups(ui: &mut Ui, cx: &mut ViewContext<'_>, groups: &[Group<'_>]) {
    ScrollArea::vertical().id_salt("groups").max_height(420.0).show(ui, |ui| {
        for (position, (title, color, codes)) in groups.iter().enumerate() {
            if codes.is_empty() {
                continue;
            }
            let header = CollapsingHeader::new(RichText::new(title).color(*color)).id_salt(position).default_open(true);
            header.show(ui, |ui| {
                let height = ui.text_style_height(&TextStyle::Monospace);
                let area = ScrollArea::vertical().id_salt("codes").max_height(110.0).auto_shrink([false, true]);
                area.show_rows(ui, height, codes.len(), |ui, rows| {
                    for code in codes.get(rows).unwrap_or_default() {
                        ui.label(RichText::new(code.to_string()).monospace());
                    }
                });
                if ui.button(text!(cx.texts, "copy-codes")).clicked() {
                    let lines: Vec<String> = codes.iter().map(ToString::to_string).collect();
                    cx.copy(lines.join("\n"), title);
                }
            });
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::Refusal;

    #[test]
    fn only_its_own_refusal_ends_what_is_waited_for() {
        let refusal = || Refusal::NoClientSecret { app_id: "a".into() };
        let mut codes = Codes { open: true, stage: Stage::CheckingRows, ..Codes::default() };
        for other in [FormCommand::AddLicenses, FormCommand::ReportUse, FormCommand::BackUp] {
            codes.notice(&Event::RefusedTo(other, refusal()));
        }
        codes.notice(&Event::Refused(refusal()));
        assert!(codes.open && matches!(codes.stage, Stage::CheckingRows));
        codes.notice(&Event::RefusedTo(FormCommand::CheckActivation, refusal()));
        assert!(!codes.open && matches!(codes.stage, Stage::Typing));
    }
}
