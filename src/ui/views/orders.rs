//! The orders: what was bought, by whom, for how long, as far as calls and the order query told.

use std::ops::Range;

use egui::{Label, RichText, Ui};

use super::settlement::SettlementView;
use crate::{
    desk::{
        export::ExportedList,
        import::ImportKind,
        session::{Command, Event, ListName, Subject},
    },
    domain::{
        Order, OrderStatus, World,
        listing::{OrderOrder, OrderQuery},
        order_status::ListedOrder,
    },
    ui::{
        context::{Place, ViewContext},
        text,
        theme::Palette,
        widgets::{
            Column, ExportForm, ImportForm, ImportOutcome, ListView, Listed, badge, dropped_file, empty_state, time,
        },
    },
};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Orders,
    Settlement,
}

#[derive(Default)]
pub(in crate::ui) struct OrdersView {
    tab: Tab,
    list: ListView<Order>,
    /// Of this status alone.
    status: Option<OrderStatus>,
    export: ExportForm,
    /// While a file is imported.
    import: Option<ImportForm>,
    settlement: SettlementView,
}

impl OrdersView {
    pub(in crate::ui) fn notice(&mut self, event: &Event) {
        self.settlement.notice(event);
        if let Some(import) = &mut self.import {
            import.notice(event);
        }
    }

    /// While another place is shown.
    pub(in crate::ui) fn rest(&mut self, cx: &mut ViewContext<'_>) {
        self.settlement.rest(cx);
        self.list.rest(cx);
    }

    fn tabs(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        ui.heading(text!(cx.texts, "place-orders"));
        ui.add_space(8.0);
        for (tab, label) in
            [(Tab::Orders, text!(cx.texts, "orders-list")), (Tab::Settlement, text!(cx.texts, "settlement"))]
        {
            if ui.selectable_label(self.tab == tab, label).clicked() {
                self.tab = tab;
            }
        }
    }

    pub(in crate::ui) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        if self.tab == Tab::Settlement {
            self.list.rest(cx);
            ui.horizontal(|ui| self.tabs(ui, cx));
            self.settlement.show(ui, cx);
            return;
        }
        self.settlement.rest(cx);
        let snapshot = cx.snapshot.clone();
        let listing = snapshot.orders.as_ref();
        if let Some(file) = dropped_file(ui) {
            self.import.get_or_insert_with(|| ImportForm::new(ImportKind::Orders)).bring(cx, file);
        }
        ui.horizontal(|ui| {
            self.tabs(ui, cx);
            ui.add_space(8.0);
            self.pick_status(ui, cx);
            let count = text!(cx.texts, "count-orders", count = listing.ids.len());
            ui.label(RichText::new(count).color(Palette::of(ui.visuals()).muted));
            let (open, label) = (self.import.is_some(), text!(cx.texts, "import-codes"));
            if ui.selectable_label(open, label).on_hover_text(text!(cx.texts, "import-orders-meaning")).clicked() {
                self.import = (!open).then(|| ImportForm::new(ImportKind::Orders));
            }
            self.export.button(ui, cx);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let free = cx.snapshot.retrying.is_none() && !listing.ids.is_empty();
                let marked = self.list.marked(listing);
                let label = match marked.len() {
                    0 => text!(cx.texts, "query-orders-shown"),
                    count => text!(cx.texts, "query-orders-marked", count = count),
                };
                let button = ui.add_enabled(free, egui::Button::new(label));
                if button.on_hover_text(text!(cx.texts, "query-orders-meaning")).clicked() {
                    let rows = marked.ids();
                    cx.ask(match rows.is_empty() {
                        true => Command::QueryOrdersShown(self.query(cx)),
                        false => Command::QueryOrdersMarked { world: cx.world, rows },
                    });
                }
            });
        });
        let query = self.query(cx);
        self.export.show(ui, cx, || ExportedList::Orders(query.clone()));
        ui.separator();
        match &mut self.import {
            Some(import) => {
                if import.show(ui, cx) == ImportOutcome::Close {
                    self.import = None;
                }
            }
            None if self.status.is_some() && listing.query == query && !listing.loading && listing.ids.is_empty() => {
                ui.centered_and_justified(|ui| ui.label(text!(cx.texts, "no-orders-of-status")));
            }
            None => self.list.show_query(ui, cx, listing, query),
        }
    }

    fn query(&self, cx: &ViewContext<'_>) -> OrderQuery {
        OrderQuery { status: self.status.clone(), ..self.list.query(cx) }
    }

    fn pick_status(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        let name = |status: Option<&OrderStatus>| match status {
            Some(status) => cx.texts.order_status(status),
            None => text!(cx.texts, "order-status-all"),
        };
        let label = ui.label(text!(cx.texts, "column-order-status"));
        let combo = egui::ComboBox::from_id_salt("order-status").selected_text(name(self.status.as_ref()));
        let shown = combo.show_ui(ui, |ui| {
            for status in std::iter::once(None).chain(OrderStatus::KNOWN.map(Some)) {
                let name = name(status.as_ref());
                ui.selectable_value(&mut self.status, status, name);
            }
        });
        shown.response.labelled_by(label.id);
    }
}

impl Listed for Order {
    type Query = OrderQuery;
    type Row = ListedOrder;
    type Key = OrderOrder;

    const ID: &'static str = "orders";
    const LIST: ListName = ListName::Orders;

    fn query(world: World, search: &str, order: OrderOrder, ascending: bool) -> OrderQuery {
        OrderQuery { world, search: search.to_owned(), order, ascending, ..OrderQuery::default() }
    }

    fn world_of(query: &OrderQuery) -> World {
        query.world
    }

    fn look(query: OrderQuery, rows: Range<usize>) -> Command {
        Command::LookAtOrders { query, rows }
    }

    fn columns(cx: &ViewContext<'_>) -> Vec<Column<OrderOrder>> {
        vec![
            Column::new(text!(cx.texts, "column-order"), 190.0).sorted_by(OrderOrder::OrderId),
            Column::new(text!(cx.texts, "column-order-type"), 110.0).sorted_by(OrderOrder::OrderType),
            Column::new(text!(cx.texts, "column-order-status"), 80.0),
            Column::new(text!(cx.texts, "column-charging-mode"), 110.0),
            Column::new(text!(cx.texts, "column-customer"), 170.0).sorted_by(OrderOrder::Customer),
            Column::new(text!(cx.texts, "column-product"), 170.0).sorted_by(OrderOrder::Product),
            Column::new(text!(cx.texts, "column-quantity"), 70.0),
            Column::new(text!(cx.texts, "column-ordered"), 130.0).sorted_by(OrderOrder::CreatedAt),
            Column::new(text!(cx.texts, "column-expires"), 130.0).sorted_by(OrderOrder::ExpireTime),
        ]
    }

    fn name(cx: &ViewContext<'_>, row: &ListedOrder) -> String {
        let kind = row.order.order_type.as_ref().map(|kind| cx.texts.order_type(kind)).unwrap_or_default();
        format!("{} {kind}", row.order.order.order_id)
    }

    fn cell(ui: &mut Ui, cx: &mut ViewContext<'_>, listed: &ListedOrder, column: usize) {
        let row = &listed.order;
        let palette = Palette::of(ui.visuals());
        let mut line = |text: &str| drop(ui.add(Label::new(text).truncate()));
        match column {
            0 => line(row.order.order_id.as_str()),
            1 => match &row.order_type {
                Some(kind) => drop(badge(ui, &cx.texts.order_type(kind), palette.busy)),
                None => line("-"),
            },
            2 => match &listed.status {
                Some(status) => drop(badge(ui, &cx.texts.order_status(status), palette.of_order_status(status))),
                None => line("-"),
            },
            3 => line(&row.charging_mode.as_ref().map(|mode| cx.texts.charging_mode(mode)).unwrap_or_default()),
            4 => line(row.customer_name.as_deref().or(row.customer_id.as_deref()).unwrap_or_default()),
            5 => line(row.product_name.as_deref().or(row.product_id.as_deref()).unwrap_or_default()),
            6 => line(&row.quantity.map(|quantity| quantity.to_string()).unwrap_or_default()),
            7 => drop(time(ui, cx.times, row.create_time.unwrap_or(row.created_at))),
            _ => {
                if let Some(expires) = row.expire_time {
                    time(ui, cx.times, expires);
                }
            }
        }
    }

    fn subject(row: &ListedOrder) -> Subject {
        Subject::Order { world: row.order.world, order_id: row.order.order.order_id.clone() }
    }

    fn nothing(ui: &mut Ui, cx: &mut ViewContext<'_>) {
        empty_state(ui, &text!(cx.texts, "no-orders"), &text!(cx.texts, "no-orders-meaning"), |ui| {
            if ui.button(text!(cx.texts, "open-settings")).clicked() {
                cx.go_to(Place::Settings);
            }
        });
    }
}
