//! The bill that was imported, against what was expected: what differs first.

use egui::{Button, Label, RichText, Ui};

use crate::{
    desk::{
        session::{Command, SettlementCommand, Subject},
        settlement::SettlementMonth,
    },
    domain::{
        World,
        console::ConsolePage,
        settlement::{Compared, Verdict, told_amount},
    },
    protocol::id::OrderId,
    ui::{
        context::{Request, ViewContext},
        text,
        theme::Palette,
        widgets::{Column, Table, badge, console_button, empty_state, moved_by_keyboard},
    },
};

#[derive(Default)]
pub(super) struct Bill {
    only_differences: bool,
    in_sight: usize,
    /// The row that was chosen last.
    chosen: Option<OrderId>,
}

impl Bill {
    /// True where a bill is to be imported.
    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, known: &SettlementMonth) -> bool {
        let month = known.estimate.month;
        if known.bill_lines == 0 {
            let mut import = false;
            let title = text!(cx.texts, "bill-none", month = month.to_string());
            empty_state(ui, &title, &text!(cx.texts, "bill-none-meaning"), |ui| {
                import = ui.button(text!(cx.texts, "bill-import")).clicked();
            });
            return import;
        }
        let palette = Palette::of(ui.visuals());
        let differ = known.compared.iter().filter(|one| one.verdict.is_difference()).count();
        let import = ui
            .horizontal_wrapped(|ui| {
                let import = ui.button(text!(cx.texts, "bill-import")).clicked();
                if ui.button(text!(cx.texts, "bill-forget")).clicked() {
                    cx.requests.push(Request::Confirm {
                        question: text!(cx.texts, "bill-forget-question", month = month.to_string()),
                        yes: text!(cx.texts, "bill-forget"),
                        command: Command::Settlement(SettlementCommand::ForgetBill(month)),
                    });
                }
                ui.checkbox(&mut self.only_differences, text!(cx.texts, "bill-only-differences"));
                let agree = known.compared.iter().filter(|one| one.verdict == Verdict::Agrees).count();
                let line = text!(cx.texts, "bill-summary", lines = known.bill_lines, agree = agree, differ = differ);
                ui.label(RichText::new(line).color(if differ > 0 { palette.warn } else { palette.good }));
                query_unknown(ui, cx, &known.compared);
                console_button(ui, cx, ConsolePage::Bills);
                import
            })
            .inner;
        if let Some(chosen) = known.compared.iter().find(|one| Some(&one.order_id) == self.chosen.as_ref()) {
            remedies(ui, cx, chosen);
        }
        ui.separator();
        let search = cx.search.trim().to_lowercase();
        let rows: Vec<&Compared> = known
            .compared
            .iter()
            .filter(|one| !self.only_differences || one.verdict.is_difference())
            .filter(|one| {
                let has = |text: &str| text.to_lowercase().contains(&search);
                has(one.order_id.as_str())
                    || one.product.as_deref().is_some_and(has)
                    || one.customer.as_deref().is_some_and(has)
            })
            .collect();
        self.table(ui, cx, &rows);
        import
    }

    fn table(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, rows: &[&Compared]) {
        let columns: [Column<()>; 7] = [
            Column::new(text!(cx.texts, "bill-verdict"), 150.0),
            Column::new(text!(cx.texts, "column-order"), 160.0),
            Column::new(text!(cx.texts, "bill-our-amount"), 100.0),
            Column::new(text!(cx.texts, "bill-their-amount"), 100.0),
            Column::new(text!(cx.texts, "bill-our-share"), 100.0),
            Column::new(text!(cx.texts, "bill-their-share"), 100.0),
            Column::new(text!(cx.texts, "bill-why"), 320.0),
        ];
        let subject = |one: &Compared| Subject::Order { world: World::Live, order_id: one.order_id.clone() };
        let current = rows.iter().position(|one| Some(&one.order_id) == self.chosen.as_ref());
        let moved = if cx.keyboard_taken { None } else { moved_by_keyboard(ui, current, rows.len(), self.in_sight) };
        let name = |row: usize| {
            let Some(one) = rows.get(row) else { return String::new() };
            format!("{} {}", cx.texts.bill_verdict(&one.verdict), one.order_id)
        };
        let table = Table {
            id: "bill-differences",
            columns: &columns,
            rows: rows.len(),
            order: None,
            current,
            scroll_to: moved,
            name: &name,
            marked: &|_| false,
        };
        let outcome = table.show(ui, &mut |ui, row, column| {
            if let Some(one) = rows.get(row) {
                cell(ui, cx, one, column);
            }
        });
        self.in_sight = outcome.in_sight.len();
        let chosen = outcome.clicked.map(|click| click.row).or(moved).and_then(|row| rows.get(row));
        let Some(one) = chosen else { return };
        self.chosen = Some(one.order_id.clone());
        // Of what is not known here there is nothing to show.
        if one.verdict != Verdict::NotKnown {
            cx.select(subject(one));
        }
    }
}

/// Asks KooGallery about every order of the bill that is not known here.
fn query_unknown(ui: &mut Ui, cx: &mut ViewContext<'_>, compared: &[Compared]) {
    let unknown = compared.iter().filter(|one| one.verdict == Verdict::NotKnown);
    let order_ids: Vec<OrderId> = unknown.map(|one| one.order_id.clone()).collect();
    if order_ids.is_empty() {
        return;
    }
    let label = text!(cx.texts, "bill-query-unknown", count = order_ids.len());
    let button = ui.add_enabled(cx.snapshot.retrying.is_none(), Button::new(label));
    if button.on_hover_text(text!(cx.texts, "bill-query-meaning")).clicked() {
        cx.ask(Command::QueryOrders { world: World::Live, order_ids });
    }
}

/// What can be done about the row that was chosen.
fn remedies(ui: &mut Ui, cx: &mut ViewContext<'_>, one: &Compared) {
    let Some(page) = one.verdict.page() else { return };
    ui.horizontal_wrapped(|ui| {
        badge(ui, &cx.texts.bill_verdict(&one.verdict), Palette::of(ui.visuals()).of_bill_verdict(&one.verdict));
        ui.label(RichText::new(one.order_id.as_str()).strong());
        let reason = cx.texts.bill_reason(&one.verdict, cx.times);
        // An empty label would begin a new line over the first.
        if !reason.is_empty() {
            ui.label(reason);
        }
        let free = cx.snapshot.retrying.is_none();
        if ui.add_enabled(free, Button::new(text!(cx.texts, "bill-query"))).clicked() {
            cx.ask(Command::QueryOrders { world: World::Live, order_ids: vec![one.order_id.clone()] });
        }
        console_button(ui, cx, page);
    });
}

fn cell(ui: &mut Ui, cx: &ViewContext<'_>, one: &Compared, column: usize) {
    let palette = Palette::of(ui.visuals());
    let line = |ui: &mut Ui, text: String| drop(ui.add(Label::new(text).truncate()));
    match column {
        0 => drop(badge(ui, &cx.texts.bill_verdict(&one.verdict), palette.of_bill_verdict(&one.verdict))),
        1 => line(ui, one.order_id.to_string()),
        2 => line(ui, told_amount(one.our_amount)),
        3 => line(ui, told_amount(one.bill_amount)),
        4 => line(ui, told_amount(one.our_share)),
        5 => line(ui, told_amount(one.bill_share)),
        _ => {
            let why = cx.texts.bill_reason(&one.verdict, cx.times);
            let product = one.product.as_deref().unwrap_or_default();
            let told = if why.is_empty() { product.to_owned() } else { why };
            ui.add(Label::new(&told).truncate()).on_hover_text(told);
        }
    }
}
