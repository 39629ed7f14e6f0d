//! The messages: what KooGallery wanted, how it stands, and trying again one, the marked ones, or all that are shown.

use std::{ops::Range, sync::Arc};

use egui::{Button, Key, Label, Modifiers, RichText, Ui};

use crate::{
    desk::{
        export::ExportedList,
        session::{Command, ListName, Listing, Subject},
    },
    domain::{
        Message, MessageId, MessageState,
        listing::{MessageFilter, MessageOrder, MessageQuery},
    },
    ui::{
        context::{Place, Request, ViewContext},
        text,
        theme::Palette,
        widgets::{
            Click, Column, ExportForm, Marking, Marks, Order, Table, badge, empty_state, marked_by_keyboard,
            moved_by_keyboard, primary_button, time,
        },
    },
};

const STATE: usize = 1;
const ACTIVITY: usize = 2;
const ORDER: usize = 3;
const EXCEPTION: usize = 4;
const ATTEMPTS: usize = 5;
const LAST_ATTEMPT: usize = 6;
const RECEIVED: usize = 7;

#[derive(Default)]
pub(in crate::ui) struct MessagesView {
    filter: MessageFilter,
    order: MessageOrder,
    ascending: bool,
    marked: Marks<MessageQuery>,
    /// Where a range of marks begins.
    anchor: usize,
    current: Option<(i64, usize)>,
    /// Selected, and not in this list.
    absent: Option<(i64, Arc<[i64]>)>,
    in_sight: Range<usize>,
    scroll_to: Option<usize>,
    /// What the desk was told last.
    looked: Option<(MessageQuery, Range<usize>)>,
    export: ExportForm,
}

impl MessagesView {
    /// While another place is shown.
    pub(in crate::ui) fn rest(&mut self, cx: &mut ViewContext<'_>) {
        if self.looked.take().is_some() {
            cx.ask(Command::LookAwayFrom(ListName::Messages));
        }
    }

    pub(in crate::ui) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let query = MessageQuery {
            world: cx.world,
            filter: self.filter,
            search: cx.search.trim().to_owned(),
            order: self.order,
            ascending: self.ascending,
        };
        let snapshot = cx.snapshot.clone();
        let listing =
            if snapshot.messages.query.world == cx.world { snapshot.messages.as_ref() } else { &Listing::default() };
        self.marked.follow(&listing.query, &listing.ids);
        self.toolbar(ui, cx, listing, &query);
        self.export.show(ui, cx, || ExportedList::Messages(query.clone()));
        ui.separator();
        if listing.ids.is_empty() {
            self.in_sight = 0..50;
            if listing.query == query && !listing.loading {
                self.nothing(ui, cx);
            } else {
                ui.centered_and_justified(|ui| ui.label(text!(cx.texts, "loading")));
            }
        } else {
            self.find_current(cx, listing);
            self.keyboard(ui, cx, listing);
            self.table(ui, cx, listing);
        }
        let looks = (query, self.in_sight.clone());
        if self.looked.as_ref() != Some(&looks) {
            cx.ask(Command::LookAtMessages { query: looks.0.clone(), rows: looks.1.clone() });
            self.looked = Some(looks);
        }
    }

    fn toolbar(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        listing: &Listing<MessageQuery, Message>,
        query: &MessageQuery,
    ) {
        ui.horizontal_wrapped(|ui| {
            ui.heading(text!(cx.texts, "place-messages"));
            ui.add_space(8.0);
            let overview = &cx.snapshot.overview;
            for (filter, label) in [
                (MessageFilter::All, text!(cx.texts, "filter-all")),
                (MessageFilter::Failing, text!(cx.texts, "filter-failing", count = overview.failing)),
                (MessageFilter::InProgress, text!(cx.texts, "filter-in-progress", count = overview.in_progress)),
            ] {
                if ui.selectable_label(self.filter == filter, label).clicked() {
                    self.filter = filter;
                }
            }
            ui.separator();
            let busy = cx.snapshot.retrying.is_some();
            if self.marked.is_empty() {
                let can = !busy && !listing.ids.is_empty() && overview.failing + overview.in_progress > 0;
                let button = Button::new(text!(cx.texts, "retry-all-shown"));
                if ui.add_enabled(can, button).on_hover_text(text!(cx.texts, "retry-all-shown-meaning")).clicked() {
                    let question = match self.filter {
                        MessageFilter::All => text!(cx.texts, "retry-all-question"),
                        _ => text!(cx.texts, "retry-count-question", count = listing.ids.len()),
                    };
                    cx.requests.push(Request::Confirm {
                        question,
                        yes: text!(cx.texts, "retry"),
                        command: Command::RetryAllShown(query.clone()),
                    });
                }
            } else {
                if primary_button(ui, &text!(cx.texts, "retry-marked", count = self.marked.len()), !busy).clicked() {
                    self.retry_marked(cx);
                }
                if ui.button(text!(cx.texts, "unmark")).clicked() {
                    self.marked.clear();
                }
            }
            let count = text!(cx.texts, "count-messages", count = listing.ids.len());
            ui.label(RichText::new(count).color(Palette::of(ui.visuals()).muted));
            self.export.button(ui, cx);
            if listing.loading || listing.query != *query {
                ui.label(RichText::new(text!(cx.texts, "loading")).color(Palette::of(ui.visuals()).muted));
            }
        });
    }

    /// Oldest first: what came first is closest to its refund.
    fn retry_marked(&mut self, cx: &mut ViewContext<'_>) {
        let mut ids = self.marked.ids();
        ids.sort_unstable();
        cx.ask(Command::Retry(ids.into_iter().map(MessageId).collect()));
        self.marked.clear();
    }

    fn find_current(&mut self, cx: &ViewContext<'_>, listing: &Listing<MessageQuery, Message>) {
        let Some(Subject::Message(MessageId(id))) = cx.subject else {
            self.current = None;
            return;
        };
        let still_there = self.current.is_some_and(|(known, at)| known == *id && listing.ids.get(at) == Some(id));
        let sought = (*id, listing.ids.clone());
        if !still_there && self.absent.as_ref() != Some(&sought) {
            self.current = listing.ids.iter().position(|other| other == id).map(|at| (*id, at));
            self.absent = self.current.is_none().then_some(sought);
        }
    }

    fn keyboard(&mut self, ui: &Ui, cx: &mut ViewContext<'_>, listing: &Listing<MessageQuery, Message>) {
        if cx.keyboard_taken {
            return;
        }
        let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        let current = self.current.map(|(_, at)| at);
        if let Some(row) = moved_by_keyboard(ui, current, listing.ids.len(), self.in_sight.len()) {
            self.scroll_to = Some(row);
            self.anchor = row;
            if let Some(id) = listing.ids.get(row) {
                cx.select(Subject::Message(MessageId(*id)));
            }
        }
        match marked_by_keyboard(ui) {
            Some(Marking::All) => self.marked.mark_all(),
            Some(Marking::Current) => {
                if let Some((id, _)) = self.current {
                    self.marked.toggle(id);
                }
            }
            None => {}
        }
        if cx.snapshot.retrying.is_none() && pressed(Modifiers::COMMAND, Key::R) {
            match (self.marked.is_empty(), self.current) {
                (false, _) => self.retry_marked(cx),
                (true, Some((id, _))) => cx.ask(Command::Retry(vec![MessageId(id)])),
                (true, None) => {}
            }
        }
    }

    fn table(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, listing: &Listing<MessageQuery, Message>) {
        let title = |ui_text: String, width| Column::new(ui_text, width);
        let columns = [
            title(String::new(), 40.0),
            title(text!(cx.texts, "column-state"), 96.0).sorted_by(MessageOrder::State),
            title(text!(cx.texts, "column-activity"), 230.0).sorted_by(MessageOrder::Activity),
            title(text!(cx.texts, "column-order"), 190.0).sorted_by(MessageOrder::OrderId),
            title(text!(cx.texts, "column-exception"), 280.0),
            title(text!(cx.texts, "column-attempts"), 76.0),
            title(text!(cx.texts, "column-last-attempt"), 120.0).sorted_by(MessageOrder::LastAttemptAt),
            title(text!(cx.texts, "column-received"), 120.0).sorted_by(MessageOrder::ReceivedAt),
        ];
        let policy = snapshot_policy(cx);
        let (texts, now) = (cx.texts, cx.times.now);
        let name = |row: usize| match listing.row(row) {
            Some(message) => {
                let about = message.about().unwrap_or_default();
                format!("{} {about} {}", message.activity, texts.state(message.state(&policy, now)))
            }
            None => text!(texts, "loading"),
        };
        let marked = &self.marked;
        let mut toggled = None;
        let table = Table {
            id: "messages",
            columns: &columns,
            rows: listing.ids.len(),
            order: Some(Order { key: self.order, ascending: self.ascending }),
            current: self.current.map(|(_, at)| at),
            scroll_to: self.scroll_to.take(),
            name: &name,
            marked: &|row| listing.ids.get(row).is_some_and(|id| marked.contains(*id)),
        };
        let outcome = table.show(ui, &mut |ui, row, column| {
            let Some(id) = listing.ids.get(row) else { return };
            if column == 0 {
                if mark(ui, cx, marked.contains(*id), &name(row)) {
                    toggled = Some(*id);
                }
            } else if let Some(message) = listing.row(row) {
                cell(ui, cx, message, column);
            } else {
                ui.label(RichText::new("…").color(Palette::of(ui.visuals()).muted));
            }
        });
        if let Some(id) = toggled {
            self.marked.toggle(id);
        }
        if !outcome.in_sight.is_empty() {
            self.in_sight = outcome.in_sight;
        }
        if let Some(Order { key, ascending }) = outcome.order {
            (self.order, self.ascending) = (key, ascending);
            // Its beginning is there first, before all the rest.
            self.scroll_to = Some(0);
        }
        if let Some(click) = outcome.clicked {
            self.clicked(cx, &listing.ids, &click);
        }
    }

    fn clicked(&mut self, cx: &mut ViewContext<'_>, ids: &Arc<[i64]>, click: &Click) {
        let Some(id) = ids.get(click.row).copied() else { return };
        if click.modifiers.shift {
            let (from, to) = (self.anchor.min(click.row), self.anchor.max(click.row));
            self.marked.mark(ids.get(from..=to).unwrap_or_default());
            return;
        }
        self.anchor = click.row;
        if click.modifiers.command {
            self.marked.toggle(id);
        } else {
            cx.select(Subject::Message(MessageId(id)));
        }
    }

    fn nothing(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        if !cx.search.trim().is_empty() {
            let title = text!(cx.texts, "nothing-found", search = cx.search.trim());
            empty_state(ui, &title, &text!(cx.texts, "nothing-found-meaning"), |ui| {
                if ui.button(text!(cx.texts, "clear-search")).clicked() {
                    cx.requests.push(Request::Search(String::new()));
                }
            });
        } else if self.filter == MessageFilter::All {
            empty_state(ui, &text!(cx.texts, "no-messages"), &text!(cx.texts, "no-messages-meaning"), |ui| {
                if ui.button(text!(cx.texts, "open-settings")).clicked() {
                    cx.go_to(Place::Settings);
                }
            });
        } else {
            let meaning = text!(cx.texts, "nothing-failing-meaning");
            empty_state(ui, &text!(cx.texts, "nothing-failing"), &meaning, |ui| {
                if ui.button(text!(cx.texts, "filter-all")).clicked() {
                    self.filter = MessageFilter::All;
                }
            });
        }
    }
}

/// A check box; whether it was clicked.
fn mark(ui: &mut Ui, cx: &ViewContext<'_>, marked: bool, name: &str) -> bool {
    let mut checked = marked;
    let response = ui.add(egui::Checkbox::without_text(&mut checked));
    response.widget_info(|| {
        let label = text!(cx.texts, "mark-message", name = name);
        egui::WidgetInfo::selected(egui::Role::CheckBox, true, marked, label)
    });
    response.changed()
}

fn snapshot_policy(cx: &ViewContext<'_>) -> crate::domain::RetryPolicy {
    cx.snapshot.settings.policy
}

fn cell(ui: &mut Ui, cx: &ViewContext<'_>, message: &Message, column: usize) {
    let palette = Palette::of(ui.visuals());
    match column {
        STATE => {
            let policy = snapshot_policy(cx);
            let state = message.state(&policy, cx.times.now);
            badge(ui, &cx.texts.state(state), palette.of_state(state)).on_hover_text(cx.texts.state_meaning(state));
            if state == MessageState::Failing
                && let Some(window) = policy.window(&message.activity, message.received_at)
            {
                cx.repaint_at(ui, window.closes_at);
            }
        }
        ACTIVITY => {
            let meaning = cx.texts.activity(&message.activity);
            ui.add(Label::new(&message.activity).extend()).on_hover_text(&meaning);
            ui.add(Label::new(RichText::new(meaning).color(palette.muted)).truncate());
        }
        ORDER => {
            let response = ui.add(Label::new(message.about().unwrap_or("–")).truncate());
            if let Some(instance) = &message.instance_id {
                response.on_hover_text(format!("instanceId {instance}"));
            }
        }
        EXCEPTION => {
            if let Some(exception) = &message.exception {
                let line = cx.texts.exception(exception);
                ui.add(Label::new(&line).truncate()).on_hover_text(line);
            }
        }
        ATTEMPTS => {
            ui.label(message.attempts.to_string());
        }
        LAST_ATTEMPT => {
            time(ui, cx.times, message.last_attempt_at);
        }
        RECEIVED => {
            time(ui, cx.times, message.received_at);
        }
        _ => {}
    }
}
