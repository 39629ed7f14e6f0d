//! Who used codes today: codes are typed or pasted, one a line, with a number of clients or one client each; then what
//! KooGallery said of each. What was typed stays until it was sent.

use egui::{FontSelection, Id, Modal, RichText, ScrollArea, TextEdit, TextStyle, Ui};

use super::codes::{Group, names, show_groups};
use crate::{
    desk::session::{Command, Event, FormCommand, UseResults},
    domain::{
        World,
        license_use::{UseKind, UseList, UseReport},
    },
    ui::{context::ViewContext, text, theme::Palette, widgets::primary_button},
};

#[derive(Default)]
enum Stage {
    #[default]
    Typing,
    Sending,
    Done(UseResults),
}

#[derive(Default)]
pub(super) struct UseForm {
    open: bool,
    world: World,
    kind: UseKind,
    typed: String,
    /// Of codes that stand alone.
    of_rest: String,
    /// What is typed.
    list: UseList,
    stage: Stage,
}

impl UseForm {
    pub(super) fn open(&mut self) {
        self.open = true;
        if matches!(self.stage, Stage::Done(_)) {
            self.stage = Stage::Typing;
        }
    }

    pub(super) fn notice(&mut self, event: &Event) {
        match (event, &self.stage) {
            (Event::UseReported(results), Stage::Sending) => {
                self.typed.clear();
                self.list = UseList::default();
                self.stage = Stage::Done(results.clone());
            }
            (Event::RefusedTo(FormCommand::ReportUse, _), Stage::Sending) => self.stage = Stage::Typing,
            _ => {}
        }
    }

    pub(super) fn show(&mut self, ui: &Ui, cx: &mut ViewContext<'_>) {
        if !self.open {
            return;
        }
        if self.world != cx.world && !matches!(self.stage, Stage::Sending) {
            self.world = cx.world;
            self.stage = Stage::Typing;
        }
        cx.keyboard_taken = true;
        let shown = Modal::new(Id::unique("license-use")).show(ui.ctx(), |ui| {
            ui.set_width(560.0);
            self.open = match std::mem::take(&mut self.stage) {
                Stage::Typing => self.typing(ui, cx),
                Stage::Sending => {
                    self.stage = Stage::Sending;
                    sending(ui, cx)
                }
                Stage::Done(results) => self.done(ui, cx, results),
            };
        });
        if shown.should_close() {
            self.open = false;
        }
    }

    /// Like the other pages: whether the dialog stays open.
    fn typing(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) -> bool {
        let palette = Palette::of(ui.visuals());
        ui.heading(text!(cx.texts, "use-title"));
        ui.label(RichText::new(text!(cx.texts, "use-meaning")).color(palette.muted));
        let mut changed = false;
        ui.horizontal(|ui| {
            for (kind, label) in
                [(UseKind::ActiveNum, text!(cx.texts, "use-by-number")), (UseKind::Id, text!(cx.texts, "use-by-id"))]
            {
                changed |= ui.radio_value(&mut self.kind, kind, label).changed();
            }
        });
        let label = ui.label(RichText::new(text!(cx.texts, "use-one-a-line")).color(palette.muted));
        ScrollArea::vertical().id_salt("use").max_height(220.0).show(ui, |ui| {
            let edit = TextEdit::multiline(&mut self.typed)
                .font(FontSelection::from(TextStyle::Monospace))
                .desired_rows(9)
                .desired_width(f32::INFINITY);
            changed |= ui.add(edit).labelled_by(label.id).changed();
        });
        ui.horizontal(|ui| {
            let label = ui.label(match self.kind {
                UseKind::ActiveNum => text!(cx.texts, "use-number-of-rest"),
                UseKind::Id => text!(cx.texts, "use-id-of-rest"),
            });
            let edit = TextEdit::singleline(&mut self.of_rest).desired_width(180.0);
            changed |= ui.add(edit).labelled_by(label.id).changed();
        });
        if changed {
            self.list = UseList::read(&self.typed, self.kind, std::slice::from_ref(&self.of_rest));
        }
        let UseList { reports, repeated, wrong } = &self.list;
        ui.horizontal(|ui| {
            ui.label(text!(cx.texts, "use-counted", count = reports.len()));
            let line = text!(cx.texts, "codes-repeated", count = repeated.len());
            ui.label(RichText::new(line).color(if repeated.is_empty() { palette.muted } else { palette.warn }));
        });
        let wrong: Vec<String> =
            wrong.iter().map(|(code, problem)| format!("{code}  {}", cx.texts.use_problem(problem))).collect();
        let left_out = [(text!(cx.texts, "group-use-wrong", count = wrong.len()), palette.bad, names(&wrong))];
        show_groups(ui, cx, &left_out);
        ui.separator();
        let can = !reports.is_empty() && cx.snapshot.retrying.is_none();
        ui.horizontal(|ui| {
            let send = text!(cx.texts, "use-send", count = reports.len());
            if primary_button(ui, &send, can).clicked() {
                self.world = cx.world;
                self.stage = Stage::Sending;
                cx.ask(Command::ReportUse { world: cx.world, reports: reports.clone() });
            }
            !ui.button(text!(cx.texts, "close")).clicked()
        })
        .inner
    }

    fn done(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, results: UseResults) -> bool {
        let palette = Palette::of(ui.visuals());
        ui.heading(text!(cx.texts, "use-title-done"));
        let UseResults { taken, failed, not_sent } = &results;
        let failed: Vec<String> = failed
            .iter()
            .map(|(report, exception)| {
                let reason = exception.as_ref().map(|exception| cx.texts.exception(exception)).unwrap_or_default();
                format!("{report}  {reason}")
            })
            .collect();
        let groups: [Group<'_>; 3] = [
            (text!(cx.texts, "group-use-taken", count = taken.len()), palette.good, names::<UseReport>(taken)),
            (text!(cx.texts, "group-use-failed", count = failed.len()), palette.bad, names(&failed)),
            (text!(cx.texts, "group-use-not-sent", count = not_sent.len()), palette.warn, names(not_sent)),
        ];
        show_groups(ui, cx, &groups);
        ui.separator();
        let (more, close) =
            ui.horizontal(|ui| (ui.button(text!(cx.texts, "use-more")), ui.button(text!(cx.texts, "close")))).inner;
        if !more.clicked() && !close.clicked() {
            self.stage = Stage::Done(results);
        }
        !close.clicked()
    }
}

fn sending(ui: &mut Ui, cx: &mut ViewContext<'_>) -> bool {
    ui.heading(text!(cx.texts, "use-title"));
    ui.horizontal(|ui| {
        ui.spinner();
        if let Some(progress) = &cx.snapshot.retrying {
            ui.label(cx.texts.progress(progress));
            if ui.button(text!(cx.texts, "cancel-retries")).clicked() {
                cx.ask(Command::CancelRetry);
            }
        }
    });
    !ui.button(text!(cx.texts, "close")).clicked()
}
