//! The instances: what buyers have, whose it is, until when.

use std::ops::Range;

use egui::{Label, RichText, Ui};

use crate::{
    desk::{
        export::ExportedList,
        session::{Command, ListName, Subject},
    },
    domain::{
        Instance, World,
        listing::{InstanceOrder, InstanceQuery},
    },
    ui::{
        context::{Place, ViewContext},
        detail::{status_badge, status_word},
        text,
        theme::Palette,
        widgets::{Column, ExportForm, ListView, Listed, empty_state, time},
    },
};

#[derive(Default)]
pub(in crate::ui) struct InstancesView {
    list: ListView<Instance>,
    export: ExportForm,
}

impl InstancesView {
    /// While another place is shown.
    pub(in crate::ui) fn rest(&mut self, cx: &mut ViewContext<'_>) {
        self.list.rest(cx);
    }

    pub(in crate::ui) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let snapshot = cx.snapshot.clone();
        let listing = snapshot.instances.as_ref();
        ui.horizontal(|ui| {
            ui.heading(text!(cx.texts, "place-instances"));
            ui.add_space(8.0);
            let count = text!(cx.texts, "count-instances", count = listing.ids.len());
            ui.label(RichText::new(count).color(Palette::of(ui.visuals()).muted));
            self.export.button(ui, cx);
        });
        let query = self.list.query(cx);
        self.export.show(ui, cx, || ExportedList::Instances(query.clone()));
        ui.separator();
        self.list.show(ui, cx, listing);
    }
}

impl Listed for Instance {
    type Query = InstanceQuery;
    type Row = Self;
    type Key = InstanceOrder;

    const ID: &'static str = "instances";
    const LIST: ListName = ListName::Instances;

    fn query(world: World, search: &str, order: InstanceOrder, ascending: bool) -> InstanceQuery {
        InstanceQuery { world, search: search.to_owned(), order, ascending }
    }

    fn world_of(query: &InstanceQuery) -> World {
        query.world
    }

    fn look(query: InstanceQuery, rows: Range<usize>) -> Command {
        Command::LookAtInstances { query, rows }
    }

    fn columns(cx: &ViewContext<'_>) -> Vec<Column<InstanceOrder>> {
        vec![
            Column::new(text!(cx.texts, "column-status"), 110.0).sorted_by(InstanceOrder::Status),
            Column::new(text!(cx.texts, "column-instance"), 260.0),
            Column::new(text!(cx.texts, "column-order"), 190.0).sorted_by(InstanceOrder::OrderId),
            Column::new(text!(cx.texts, "column-customer"), 180.0),
            Column::new(text!(cx.texts, "column-product"), 150.0),
            Column::new(text!(cx.texts, "column-expires"), 130.0).sorted_by(InstanceOrder::ExpireTime),
            Column::new(text!(cx.texts, "column-created"), 130.0).sorted_by(InstanceOrder::CreatedAt),
        ]
    }

    fn name(cx: &ViewContext<'_>, row: &Self) -> String {
        format!("{} {} {}", row.instance_id, row.order.order_id, status_word(cx, row))
    }

    fn cell(ui: &mut Ui, cx: &mut ViewContext<'_>, row: &Self, column: usize) {
        let mut line = |text: &str| drop(ui.add(Label::new(text).truncate()));
        match column {
            0 => status_badge(ui, cx, row),
            1 => line(row.instance_id.as_str()),
            2 => line(row.order.order_id.as_str()),
            3 => line(&cx.texts.customer(row).unwrap_or_default()),
            4 => line(row.product_id.as_deref().or(row.sku_code.as_deref()).unwrap_or_default()),
            5 => {
                if let Some(expires) = row.expire_time {
                    time(ui, cx.times, expires);
                }
            }
            _ => drop(time(ui, cx.times, row.created_at)),
        }
    }

    fn subject(row: &Self) -> Subject {
        Subject::Instance { world: row.world, instance_id: row.instance_id.clone() }
    }

    fn nothing(ui: &mut Ui, cx: &mut ViewContext<'_>) {
        empty_state(ui, &text!(cx.texts, "no-instances"), &text!(cx.texts, "no-instances-meaning"), |ui| {
            if ui.button(text!(cx.texts, "open-settings")).clicked() {
                cx.go_to(Place::Settings);
            }
        });
    }
}
