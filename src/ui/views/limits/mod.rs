//! Purchase limits, sales targets and trial whitelists: the mirror of the console's configuration, and the review of the orders
//! under it.

mod details;
mod history;
mod line;
mod lines;
mod review;
mod target_line;
mod targets;

use egui::{RichText, Ui};

pub(super) use self::lines::name;
use self::{lines::Lines, review::Review, targets::Targets};
use crate::{
    desk::{
        export::ExportedList,
        import::ImportKind,
        session::{Command, Event, LimitAsked, LimitsCommand},
    },
    domain::{console::ConsolePage, limit::TargetKind},
    ui::{
        context::ViewContext,
        text,
        theme::Palette,
        widgets::{ExportForm, ImportForm, ImportOutcome, console_button, dropped_file, empty_state},
    },
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    Review,
    Lines,
    Targets(TargetKind),
}

pub(in crate::ui) struct LimitsView {
    mode: Mode,
    review: Review,
    lines: Lines,
    sale: Targets,
    trial: Targets,
    /// While a file is imported.
    import: Option<ImportForm>,
    export: ExportForm,
    /// The desk was told that somebody looks.
    looks: bool,
}

impl Default for LimitsView {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            review: Review::default(),
            lines: Lines::default(),
            sale: Targets::new(TargetKind::Sale),
            trial: Targets::new(TargetKind::Trial),
            import: None,
            export: ExportForm::default(),
            looks: false,
        }
    }
}

impl Mode {
    const fn imports(self) -> ImportKind {
        match self {
            Self::Review | Self::Lines => ImportKind::PurchaseLimits,
            Self::Targets(_) => ImportKind::SalesTargets,
        }
    }

    /// The console's page.
    const fn mirrors(self) -> ConsolePage {
        match self {
            Self::Review | Self::Lines => ConsolePage::PurchaseLimits,
            Self::Targets(TargetKind::Sale) => ConsolePage::SalesTargets,
            Self::Targets(TargetKind::Trial) => ConsolePage::Trials,
        }
    }

    fn exports(self, cx: &ViewContext<'_>) -> Vec<(String, ExportedList)> {
        let kept = text!(cx.texts, "export-kept");
        let review = text!(cx.texts, "limits-review");
        let changes = text!(cx.texts, "export-changes");
        match self {
            Self::Review => vec![(review, ExportedList::Review)],
            Self::Lines => vec![(kept, ExportedList::Limits), (changes, ExportedList::LimitChanges)],
            Self::Targets(_) => vec![
                (kept, ExportedList::SalesTargets),
                (review, ExportedList::TargetReview),
                (changes, ExportedList::TargetChanges),
            ],
        }
    }
}

impl LimitsView {
    pub(in crate::ui) fn notice(&mut self, event: &Event) {
        if let Some(import) = &mut self.import {
            import.notice(event);
        }
        match event {
            Event::LimitRemoved(limit) => self.lines.removed = Some(limit.clone()),
            Event::LimitsPut(_) => self.lines.put(),
            Event::TargetRemoved(target) => self.targets(target.kind()).removed = Some(target.clone()),
            Event::TargetsPut(_) => {
                self.sale.put();
                self.trial.put();
            }
            _ => {}
        }
    }

    const fn targets(&mut self, kind: TargetKind) -> &mut Targets {
        match kind {
            TargetKind::Sale => &mut self.sale,
            TargetKind::Trial => &mut self.trial,
        }
    }

    /// The review with that row.
    pub(in crate::ui) fn open(&mut self, asked: LimitAsked) {
        (self.mode, self.import) = (Mode::Review, None);
        self.review.open(asked);
    }

    pub(in crate::ui) fn open_targets(&mut self, kind: TargetKind) {
        (self.mode, self.import) = (Mode::Targets(kind), None);
    }

    /// While another place is shown.
    pub(in crate::ui) fn rest(&mut self, cx: &mut ViewContext<'_>) {
        if std::mem::take(&mut self.looks) {
            cx.ask(Command::Limits(LimitsCommand::Look(false)));
        }
    }

    pub(in crate::ui) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        if !std::mem::replace(&mut self.looks, true) {
            cx.ask(Command::Limits(LimitsCommand::Look(true)));
        }
        if let Some(file) = dropped_file(ui) {
            let kind = self.mode.imports();
            self.import.get_or_insert_with(|| ImportForm::new(kind)).bring(cx, file);
        }
        ui.horizontal_wrapped(|ui| self.tabs(ui, cx));
        if self.import.is_none() {
            let lists = self.mode.exports(cx);
            self.export.show_one_of(ui, cx, &lists);
        }
        let mirror = match self.mode {
            Mode::Review | Mode::Lines => text!(cx.texts, "limits-mirror"),
            Mode::Targets(TargetKind::Sale) => text!(cx.texts, "targets-mirror"),
            Mode::Targets(TargetKind::Trial) => text!(cx.texts, "whitelists-mirror"),
        };
        ui.label(RichText::new(mirror).color(Palette::of(ui.visuals()).muted));
        ui.separator();
        if let Some(import) = &mut self.import {
            if import.show(ui, cx) == ImportOutcome::Close {
                self.import = None;
            }
            return;
        }
        self.known(ui, cx);
    }

    fn tabs(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        ui.heading(text!(cx.texts, "place-limits"));
        ui.add_space(8.0);
        for (mode, label) in [
            (Mode::Review, text!(cx.texts, "limits-review")),
            (Mode::Lines, text!(cx.texts, "limits-lines")),
            (Mode::Targets(TargetKind::Sale), text!(cx.texts, "targets")),
            (Mode::Targets(TargetKind::Trial), text!(cx.texts, "whitelists")),
        ] {
            let chosen = self.mode == mode && self.import.is_none();
            if ui.selectable_label(chosen, label).clicked() {
                (self.mode, self.import) = (mode, None);
            }
        }
        ui.separator();
        let open = self.import.is_some();
        if ui.selectable_label(open, text!(cx.texts, "limits-import")).clicked() {
            self.import = (!open).then(|| ImportForm::new(self.mode.imports()));
        }
        if self.export.button(ui, cx) {
            self.import = None;
        }
        console_button(ui, cx, self.mode.mirrors());
    }

    fn known(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let snapshot = cx.snapshot.clone();
        let known = snapshot.limits.as_ref();
        match self.mode {
            _ if !known.loaded => {
                ui.centered_and_justified(|ui| ui.label(text!(cx.texts, "loading")));
            }
            Mode::Lines => self.lines.show(ui, cx, known),
            Mode::Targets(TargetKind::Sale) => self.sale.show(ui, cx, known),
            Mode::Targets(TargetKind::Trial) => self.trial.show(ui, cx, known),
            Mode::Review if known.lines.is_empty() => {
                empty_state(ui, &text!(cx.texts, "no-limits"), &text!(cx.texts, "no-limits-meaning"), |ui| {
                    if ui.button(text!(cx.texts, "limits-import")).clicked() {
                        self.import = Some(ImportForm::new(ImportKind::PurchaseLimits));
                    }
                    if ui.button(text!(cx.texts, "limits-add")).clicked() {
                        self.mode = Mode::Lines;
                        self.lines.add();
                    }
                });
            }
            Mode::Review => self.review.show(ui, cx, known),
        }
    }
}
