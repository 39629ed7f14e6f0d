//! The usage records: those that were entered and how each stands, entering new ones by hand or from a table, sending.

mod form;
mod import;
mod list;

use egui::{Button, Event as Input, RichText, Ui};

use self::{form::RecordForm, import::ImportForm};
use crate::{
    desk::{
        UsageCame, UsageNews,
        export::ExportedList,
        files::TableSource,
        session::{Command, Event, Subject, UsageChoice, UsageCommand},
    },
    domain::{
        World,
        action::UsageApi,
        usage::{StoredUsage, UsageEvent},
    },
    ui::{
        context::{Request, ViewContext},
        text,
        theme::Palette,
        times::Times,
        widgets::{ExportForm, ListView, dropped_file, primary_button},
    },
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    List,
    Form,
    Correct,
    Import,
}

/// What forms tell the view.
enum Outcome {
    Stay,
    Close,
}

#[derive(Default)]
pub(in crate::ui) struct UsageView {
    list: ListView<StoredUsage>,
    unsent: bool,
    /// Of the record that is put right.
    world: Option<World>,
    /// As chosen; else what the configuration says.
    pub(in crate::ui) api: Option<UsageApi>,
    mode: Mode,
    form: RecordForm,
    correction: RecordForm,
    /// What is shown beside the list next.
    next: Option<Subject>,
    import: ImportForm,
    export: ExportForm,
}

impl UsageView {
    /// While another place is shown.
    pub(in crate::ui) fn rest(&mut self, cx: &mut ViewContext<'_>) {
        self.list.rest(cx);
    }

    /// What was filled in is done with.
    pub(in crate::ui) fn notice(&mut self, event: &Event) {
        if let Event::UsageCorrected { was, metering_sn } = event
            && self.correction.corrects(was)
        {
            self.next = self.world.map(|world| Subject::Usage { world, metering_sn: metering_sn.clone() });
            self.correction = RecordForm::default();
            if self.mode == Mode::Correct {
                self.mode = Mode::List;
            }
        }
        if let Event::UsageEntered(entered) = event
            && entered.refused.is_empty()
        {
            match self.mode {
                Mode::List | Mode::Correct => return,
                Mode::Form => self.form = RecordForm::default(),
                Mode::Import => self.import = ImportForm::default(),
            }
            self.mode = Mode::List;
        }
    }

    /// Opens the form with a record that is to be put right.
    pub(in crate::ui) fn correct(&mut self, stored: StoredUsage, times: &Times) {
        self.world = Some(stored.world);
        self.correction = RecordForm::correcting(stored, times);
        self.mode = Mode::Correct;
    }

    pub(in crate::ui) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        if let Some(subject) = self.next.take() {
            cx.select(subject);
        }
        self.take_what_is_brought(ui, cx);
        ui.horizontal_wrapped(|ui| {
            ui.heading(text!(cx.texts, "place-usage"));
            ui.add_space(8.0);
            self.choose_api(ui, cx);
            ui.separator();
            for (mode, label, meaning) in [
                (Mode::Form, text!(cx.texts, "usage-add"), text!(cx.texts, "usage-add-meaning")),
                (Mode::Import, text!(cx.texts, "usage-import"), text!(cx.texts, "usage-import-meaning")),
            ] {
                if ui.selectable_label(self.mode == mode, label).on_hover_text(meaning).clicked() {
                    self.mode = if self.mode == mode { Mode::List } else { mode };
                }
            }
            if self.export.button(ui, cx) {
                self.mode = Mode::List;
            }
        });
        sources(ui, cx);
        let api = self.api(cx);
        let outcome = match self.mode {
            Mode::List => {
                self.records(ui, cx, api);
                return;
            }
            Mode::Form => self.form.show(ui, cx, api),
            Mode::Correct => self.correction.show(ui, cx, api),
            Mode::Import => self.import.show(ui, cx, api),
        };
        if matches!(outcome, Outcome::Close) {
            if self.mode == Mode::Correct {
                self.correction = RecordForm::default();
            }
            if self.mode == Mode::Import {
                self.import = ImportForm::default();
                cx.ask(Command::Usage(UsageCommand::ForgetTable));
            }
            self.mode = Mode::List;
        }
    }

    fn api(&self, cx: &ViewContext<'_>) -> UsageApi {
        self.api.unwrap_or(cx.snapshot.settings.config.usage.interface)
    }

    fn choose_api(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        let chosen = self.api(cx);
        ui.label(text!(cx.texts, "usage-interface"));
        for (api, label, meaning) in [
            (UsageApi::New, text!(cx.texts, "usage-interface-new"), text!(cx.texts, "usage-interface-new-meaning")),
            (UsageApi::Old, text!(cx.texts, "usage-interface-old"), text!(cx.texts, "usage-interface-old-meaning")),
        ] {
            if ui.selectable_label(chosen == api, label).on_hover_text(meaning).clicked() {
                self.api = Some(api);
            }
        }
    }

    /// A file that is dropped onto the window, a table that is pasted while no field has the keyboard.
    fn take_what_is_brought(&mut self, ui: &Ui, cx: &ViewContext<'_>) {
        let pasted = ui.input(|input| {
            input.events.iter().rev().find_map(|event| match event {
                Input::Paste(text) if !cx.keyboard_taken => Some(text.clone()),
                _ => None,
            })
        });
        let source = dropped_file(ui).map(TableSource::File).or(pasted.map(TableSource::Pasted));
        if let Some(source) = source {
            self.mode = Mode::Import;
            self.import.bring(source);
        }
    }

    fn records(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, api: UsageApi) {
        let mut query = self.list.query(cx);
        query.unsent = self.unsent;
        self.export.show(ui, cx, || ExportedList::Usage(query.clone()));
        let snapshot = cx.snapshot.clone();
        let listing = snapshot.usage.as_ref();
        ui.horizontal_wrapped(|ui| {
            for (unsent, label) in
                [(false, text!(cx.texts, "filter-all")), (true, text!(cx.texts, "filter-usage-unsent"))]
            {
                if ui.selectable_label(self.unsent == unsent, label).clicked() {
                    self.unsent = unsent;
                }
            }
            let count = text!(cx.texts, "count-usage", count = listing.ids.len());
            ui.label(RichText::new(count).color(Palette::of(ui.visuals()).muted));
            ui.separator();
            let marked = self.list.marked(listing);
            let free = cx.snapshot.retrying.is_none() && !listing.ids.is_empty();
            if marked.is_empty() {
                let button = Button::new(text!(cx.texts, "usage-send-unsent"));
                if ui.add_enabled(free, button).on_hover_text(text!(cx.texts, "usage-send-meaning")).clicked() {
                    cx.requests.push(Request::Confirm {
                        question: text!(cx.texts, "usage-send-question"),
                        yes: text!(cx.texts, "usage-send"),
                        command: push(cx, UsageChoice::Unsent, api),
                    });
                }
                return;
            }
            let count = marked.len();
            if primary_button(ui, &text!(cx.texts, "usage-send-marked", count = count), free).clicked() {
                cx.ask(push(cx, UsageChoice::Rows(marked.ids()), api));
            }
            if ui.button(text!(cx.texts, "usage-discard-marked", count = count)).clicked() {
                let records = UsageChoice::Rows(marked.ids());
                cx.requests.push(Request::Confirm {
                    question: text!(cx.texts, "usage-discard-question", count = count),
                    yes: text!(cx.texts, "usage-discard"),
                    command: Command::Usage(UsageCommand::Change {
                        world: cx.world,
                        records,
                        event: UsageEvent::Discarded,
                    }),
                });
            }
        });
        ui.separator();
        self.list.show_query(ui, cx, listing, query);
    }
}

fn push(cx: &ViewContext<'_>, records: UsageChoice, api: UsageApi) -> Command {
    Command::Usage(UsageCommand::Push { world: cx.world, records, api })
}

/// What came in by itself, where the configuration says that something does.
fn sources(ui: &mut Ui, cx: &ViewContext<'_>) {
    let usage = &cx.snapshot.settings.config.usage;
    let told = &cx.snapshot.usage_sources;
    let folder =
        usage.folder.as_ref().map(|folder| text!(cx.texts, "usage-folder", folder = folder.display().to_string()));
    let pull = usage.pull_url.as_ref().map(|_| text!(cx.texts, "usage-pull", minutes = usage.pull_minutes));
    for (name, news) in [(folder, &told.folder), (pull, &told.pull)] {
        let Some(name) = name else { continue };
        let palette = Palette::of(ui.visuals());
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(name).color(palette.muted));
            let Some(news) = news else {
                ui.label(RichText::new(text!(cx.texts, "usage-source-nothing")).color(palette.muted));
                return;
            };
            let (line, color) = tell(cx, news, &palette);
            let line = ui.label(RichText::new(line).color(color));
            if let UsageCame::Wrong { first, .. } = &news.came {
                let flaws: Vec<String> = first.iter().map(|flaw| cx.texts.usage_flaw(flaw)).collect();
                line.on_hover_text(flaws.join("\n"));
            }
        });
    }
}

fn tell(cx: &ViewContext<'_>, news: &UsageNews, palette: &Palette) -> (String, egui::Color32) {
    let UsageNews { at, from, came } = news;
    let (what, color) = match came {
        &UsageCame::Entered { new, known } => {
            (text!(cx.texts, "usage-source-entered", count = new, before = known), palette.good)
        }
        UsageCame::Wrong { problems, first } => {
            let count = *problems;
            let first = first.first().map(|flaw| cx.texts.usage_flaw(flaw)).unwrap_or_default();
            (text!(cx.texts, "usage-source-wrong", count = count, first = first), palette.bad)
        }
        UsageCame::Trouble(trouble) => (cx.texts.usage_trouble(trouble), palette.bad),
    };
    (format!("{} {from}: {what}", cx.times.short(*at)), color)
}
