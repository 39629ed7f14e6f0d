//! The instances: what buyers have, whose it is, until when.

use std::ops::Range;

use egui::{Label, RichText, Ui};

use crate::{
    desk::session::{Command, Listing, Subject},
    domain::{
        Instance,
        listing::{InstanceOrder, InstanceQuery},
    },
    ui::{
        context::{Place, Request, ViewContext},
        text,
        theme::Palette,
        widgets::{Column, Order, Table, badge, empty_state, moved_by_keyboard, time},
    },
};

#[derive(Default)]
pub(in crate::ui) struct InstancesView {
    order: InstanceOrder,
    ascending: bool,
    current: Option<(i64, usize)>,
    in_sight: Range<usize>,
    scroll_to: Option<usize>,
    looked: Option<(InstanceQuery, Range<usize>)>,
}

impl InstancesView {
    pub(in crate::ui) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let query = InstanceQuery {
            world: cx.world,
            search: cx.search.trim().to_owned(),
            order: self.order,
            ascending: self.ascending,
        };
        let snapshot = cx.snapshot.clone();
        let listing =
            if snapshot.instances.query.world == cx.world { snapshot.instances.as_ref() } else { &Listing::default() };
        ui.horizontal(|ui| {
            ui.heading(text!(cx.texts, "place-instances"));
            ui.add_space(8.0);
            let count = text!(cx.texts, "count-instances", count = listing.ids.len());
            ui.label(RichText::new(count).color(Palette::of(ui.visuals()).muted));
        });
        ui.separator();
        if listing.ids.is_empty() {
            self.in_sight = 0..50;
            if listing.query == query && !listing.loading {
                nothing(ui, cx);
            } else {
                ui.centered_and_justified(|ui| ui.label(text!(cx.texts, "loading")));
            }
        } else {
            self.table(ui, cx, listing);
        }
        let looks = (query, self.in_sight.clone());
        if self.looked.as_ref() != Some(&looks) {
            cx.ask(Command::LookAtInstances { query: looks.0.clone(), rows: looks.1.clone() });
            self.looked = Some(looks);
        }
    }

    fn table(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, listing: &Listing<InstanceQuery, Instance>) {
        self.find_current(cx, listing);
        let current = self.current.map(|(_, at)| at);
        if !cx.keyboard_taken
            && let Some(row) = moved_by_keyboard(ui, current, listing.ids.len(), self.in_sight.len())
        {
            self.scroll_to = Some(row);
            self.select(cx, listing, row);
        }
        let columns = [
            Column::new(text!(cx.texts, "column-status"), 110.0).sorted_by(InstanceOrder::Status),
            Column::new(text!(cx.texts, "column-instance"), 260.0),
            Column::new(text!(cx.texts, "column-order"), 190.0).sorted_by(InstanceOrder::OrderId),
            Column::new(text!(cx.texts, "column-customer"), 180.0),
            Column::new(text!(cx.texts, "column-product"), 150.0),
            Column::new(text!(cx.texts, "column-expires"), 130.0).sorted_by(InstanceOrder::ExpireTime),
            Column::new(text!(cx.texts, "column-created"), 130.0).sorted_by(InstanceOrder::CreatedAt),
        ];
        let texts = cx.texts;
        let name = |row: usize| match listing.row(row) {
            Some(instance) => {
                format!("{} {} {}", instance.instance_id, instance.order.order_id, texts.status(instance.status))
            }
            None => text!(texts, "loading"),
        };
        let table = Table {
            id: "instances",
            columns: &columns,
            rows: listing.ids.len(),
            order: Some(Order { key: self.order, ascending: self.ascending }),
            current: self.current.map(|(_, at)| at),
            scroll_to: self.scroll_to.take(),
            name: &name,
            marked: &|_| false,
        };
        let outcome = table.show(ui, &mut |ui, row, column| match listing.row(row) {
            Some(instance) => cell(ui, cx, instance, column),
            None => drop(ui.label(RichText::new("…").color(Palette::of(ui.visuals()).muted))),
        });
        if !outcome.in_sight.is_empty() {
            self.in_sight = outcome.in_sight;
        }
        if let Some(Order { key, ascending }) = outcome.order {
            (self.order, self.ascending) = (key, ascending);
        }
        if let Some(click) = outcome.clicked {
            self.select(cx, listing, click.row);
        }
    }

    fn find_current(&mut self, cx: &ViewContext<'_>, listing: &Listing<InstanceQuery, Instance>) {
        let Some(Subject::Instance { instance_id, .. }) = cx.subject else {
            self.current = None;
            return;
        };
        let is_it = |id: &i64| listing.rows.get(id).is_some_and(|row| row.instance_id == *instance_id);
        let still_there = self.current.is_some_and(|(id, at)| listing.ids.get(at) == Some(&id) && is_it(&id));
        if !still_there {
            let found = listing.rows.iter().find(|(_, row)| row.instance_id == *instance_id).map(|(id, _)| *id);
            self.current =
                found.and_then(|id| listing.ids.iter().position(|other| *other == id).map(|position| (id, position)));
        }
    }

    fn select(&mut self, cx: &mut ViewContext<'_>, listing: &Listing<InstanceQuery, Instance>, row: usize) {
        let Some(id) = listing.ids.get(row) else { return };
        if let Some(instance) = listing.row(row) {
            self.current = Some((*id, row));
            cx.select(Subject::Instance { world: instance.world, instance_id: instance.instance_id.clone() });
        }
    }
}

fn nothing(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    if cx.search.trim().is_empty() {
        empty_state(ui, &text!(cx.texts, "no-instances"), &text!(cx.texts, "no-instances-meaning"), |ui| {
            if ui.button(text!(cx.texts, "open-settings")).clicked() {
                cx.go_to(Place::Settings);
            }
        });
    } else {
        let title = text!(cx.texts, "nothing-found", search = cx.search.trim());
        empty_state(ui, &title, &text!(cx.texts, "nothing-found-meaning"), |ui| {
            if ui.button(text!(cx.texts, "clear-search")).clicked() {
                cx.requests.push(Request::Search(String::new()));
            }
        });
    }
}

fn cell(ui: &mut Ui, cx: &ViewContext<'_>, instance: &Instance, column: usize) {
    let palette = Palette::of(ui.visuals());
    let mut line = |text: &str| drop(ui.add(Label::new(text).truncate()));
    match column {
        0 => drop(badge(ui, &cx.texts.status(instance.status), palette.of_status(instance.status))),
        1 => line(instance.instance_id.as_str()),
        2 => line(instance.order.order_id.as_str()),
        3 => line(&cx.texts.customer(instance).unwrap_or_default()),
        4 => line(instance.product_id.as_deref().or(instance.sku_code.as_deref()).unwrap_or_default()),
        5 => {
            if let Some(expires) = instance.expire_time {
                time(ui, cx.times, expires);
            }
        }
        6 => drop(time(ui, cx.times, instance.created_at)),
        _ => {}
    }
}
