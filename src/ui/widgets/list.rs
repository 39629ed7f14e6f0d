//! A list of the window in its usual shape: a query that the desk answers with ids, rows that come into sight, one of them
//! current, others marked, with the mouse or the keyboard. Knows not what the rows are: a view tells it with [`Listed`].

use std::{ops::Range, sync::Arc};

use egui::{RichText, Ui};

use super::{Column, Marking, Marks, Order, Table, marked_by_keyboard, moved_by_keyboard};
use crate::{
    desk::session::{Command, ListName, Listing, Subject},
    domain::World,
    ui::{
        context::{Request, ViewContext},
        text,
        theme::Palette,
        widgets::empty_state,
    },
};

/// What a list shows and asks for.
pub(in crate::ui) trait Listed {
    type Query: Clone + PartialEq;
    type Row;
    type Key: Copy + PartialEq + Default;

    const ID: &'static str;
    const LIST: ListName;

    fn query(world: World, search: &str, order: Self::Key, ascending: bool) -> Self::Query;
    fn world_of(query: &Self::Query) -> World;
    fn look(query: Self::Query, rows: Range<usize>) -> Command;
    fn columns(cx: &ViewContext<'_>) -> Vec<Column<Self::Key>>;
    /// What a screen reader says of a row.
    fn name(cx: &ViewContext<'_>, row: &Self::Row) -> String;
    fn cell(ui: &mut Ui, cx: &mut ViewContext<'_>, row: &Self::Row, column: usize);
    fn subject(row: &Self::Row) -> Subject;
    /// What stands there while there is nothing at all.
    fn nothing(ui: &mut Ui, cx: &mut ViewContext<'_>);
}

pub(in crate::ui) struct ListView<L: Listed> {
    order: L::Key,
    ascending: bool,
    current: Option<(i64, usize)>,
    /// Selected, and not in this list.
    absent: Option<(i64, Arc<[i64]>)>,
    /// The keyboard went there before the row was fetched.
    awaited: Option<i64>,
    marked: Marks<L::Query>,
    in_sight: Range<usize>,
    scroll_to: Option<usize>,
    looked: Option<(L::Query, Range<usize>)>,
}

impl<L: Listed> Default for ListView<L> {
    fn default() -> Self {
        Self {
            order: L::Key::default(),
            ascending: false,
            current: None,
            absent: None,
            awaited: None,
            marked: Marks::default(),
            in_sight: 0..0,
            scroll_to: None,
            looked: None,
        }
    }
}

impl<L: Listed> ListView<L> {
    /// Ids that are marked: with Ctrl or Shift and a click, with the space bar, or all with Ctrl+A.
    pub(in crate::ui) fn marked(&mut self, listing: &Listing<L::Query, L::Row>) -> &Marks<L::Query> {
        self.marked.follow(&listing.query, &listing.ids);
        &self.marked
    }

    /// How many an action is about: those that are marked, else the current one.
    pub(in crate::ui) fn count_of_chosen(&self) -> usize {
        match self.marked.len() {
            0 => self.current.iter().len(),
            marked => marked,
        }
    }

    /// Their ids.
    pub(in crate::ui) fn chosen(&self) -> Vec<i64> {
        match self.marked.is_empty() {
            true => self.current.iter().map(|(id, _)| *id).collect(),
            false => self.marked.ids(),
        }
    }

    /// While something else is shown.
    pub(in crate::ui) fn rest(&mut self, cx: &mut ViewContext<'_>) {
        if self.looked.take().is_some() {
            cx.ask(Command::LookAwayFrom(L::LIST));
        }
    }

    pub(in crate::ui) fn query(&self, cx: &ViewContext<'_>) -> L::Query {
        L::query(cx.world, cx.search.trim(), self.order, self.ascending)
    }

    pub(in crate::ui) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, listing: &Listing<L::Query, L::Row>) {
        let query = self.query(cx);
        self.show_query(ui, cx, listing, query);
    }

    /// With a query to which the view has added something of its own.
    pub(in crate::ui) fn show_query(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        listing: &Listing<L::Query, L::Row>,
        query: L::Query,
    ) {
        let of_this_world = L::world_of(&listing.query) == cx.world;
        if listing.ids.is_empty() || !of_this_world {
            self.in_sight = 0..50;
            self.marked.clear();
            self.current = None;
            if listing.query == query && !listing.loading {
                nothing::<L>(ui, cx);
            } else {
                ui.centered_and_justified(|ui| ui.label(text!(cx.texts, "loading")));
            }
        } else {
            self.marked.follow(&listing.query, &listing.ids);
            self.table(ui, cx, listing);
        }
        let looks = (query, self.in_sight.clone());
        if self.looked.as_ref() != Some(&looks) {
            cx.ask(L::look(looks.0.clone(), looks.1.clone()));
            self.looked = Some(looks);
        }
    }

    fn table(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, listing: &Listing<L::Query, L::Row>) {
        self.find_current(cx, listing);
        if !cx.keyboard_taken {
            self.keyboard(ui, cx, listing);
        }
        let columns = L::columns(cx);
        let names = |row: usize| listing.row(row).map_or_else(|| text!(cx.texts, "loading"), |row| L::name(cx, row));
        // The names of rows in sight, because the cells need the context for themselves.
        let in_sight = self.in_sight.start.saturating_sub(2)..self.in_sight.end.saturating_add(2);
        let told: Vec<String> = in_sight.clone().map(names).collect();
        let loading = text!(cx.texts, "loading");
        let name =
            |row: usize| row.checked_sub(in_sight.start).and_then(|place| told.get(place)).unwrap_or(&loading).clone();
        let marked = |row: usize| listing.ids.get(row).is_some_and(|id| self.marked.contains(*id));
        let table = Table {
            id: L::ID,
            columns: &columns,
            rows: listing.ids.len(),
            order: Some(Order { key: self.order, ascending: self.ascending }),
            current: self.current.map(|(_, at)| at),
            scroll_to: self.scroll_to.take(),
            name: &name,
            marked: &marked,
        };
        let outcome = table.show(ui, &mut |ui, row, column| match listing.row(row) {
            Some(row) => L::cell(ui, cx, row, column),
            None => drop(ui.label(RichText::new("…").color(Palette::of(ui.visuals()).muted))),
        });
        if !outcome.in_sight.is_empty() {
            self.in_sight = outcome.in_sight;
        }
        if let Some(Order { key, ascending }) = outcome.order {
            (self.order, self.ascending) = (key, ascending);
            // Its beginning is there first, before all the rest.
            self.scroll_to = Some(0);
        }
        if let Some(click) = outcome.clicked {
            if click.modifiers.command || click.modifiers.shift {
                self.mark(listing, click.row, click.modifiers.shift);
            } else {
                self.marked.clear();
                self.select(cx, listing, click.row);
            }
        }
    }

    fn keyboard(&mut self, ui: &Ui, cx: &mut ViewContext<'_>, listing: &Listing<L::Query, L::Row>) {
        let current = self.current.map(|(_, at)| at);
        if let Some(row) = moved_by_keyboard(ui, current, listing.ids.len(), self.in_sight.len()) {
            self.scroll_to = Some(row);
            self.select(cx, listing, row);
        }
        match (marked_by_keyboard(ui), current) {
            (Some(Marking::All), _) => self.marked.mark_all(),
            (Some(Marking::Current), Some(row)) => self.mark(listing, row, false),
            _ => {}
        }
    }

    /// With Shift from the current row to the one that was clicked.
    fn mark(&mut self, listing: &Listing<L::Query, L::Row>, row: usize, range: bool) {
        if !range {
            listing.ids.get(row).into_iter().for_each(|id| self.marked.toggle(*id));
            return;
        }
        let from = self.current.map_or(row, |(_, at)| at);
        self.marked.mark(listing.ids.get(from.min(row)..=from.max(row)).unwrap_or_default());
    }

    fn find_current(&mut self, cx: &mut ViewContext<'_>, listing: &Listing<L::Query, L::Row>) {
        if let Some((id, row)) = self.current.filter(|(id, _)| self.awaited == Some(*id)) {
            if listing.ids.get(row) == Some(&id) {
                return self.select(cx, listing, row);
            }
            self.awaited = None;
        }
        let is_it = |id: &i64| listing.rows.get(id).is_some_and(|row| Some(&L::subject(row)) == cx.subject);
        let still_there = self.current.is_some_and(|(id, at)| listing.ids.get(at) == Some(&id) && is_it(&id));
        if still_there {
            return;
        }
        let found = listing.rows.keys().copied().find(is_it);
        let sought = found.map(|id| (id, listing.ids.clone()));
        if sought.is_none() || self.absent != sought {
            self.current =
                found.and_then(|id| listing.ids.iter().position(|other| *other == id).map(|position| (id, position)));
            self.absent = sought.filter(|_| self.current.is_none());
        }
    }

    fn select(&mut self, cx: &mut ViewContext<'_>, listing: &Listing<L::Query, L::Row>, row: usize) {
        let Some(id) = listing.ids.get(row) else { return };
        self.current = Some((*id, row));
        match listing.row(row) {
            Some(found) => {
                self.awaited = None;
                cx.select(L::subject(found));
            }
            None => self.awaited = Some(*id),
        }
    }
}

fn nothing<L: Listed>(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    if cx.search.trim().is_empty() {
        return L::nothing(ui, cx);
    }
    let title = text!(cx.texts, "nothing-found", search = cx.search.trim());
    empty_state(ui, &title, &text!(cx.texts, "nothing-found-meaning"), |ui| {
        if ui.button(text!(cx.texts, "clear-search")).clicked() {
            cx.requests.push(Request::Search(String::new()));
        }
    });
}
