//! A month's bill before it is there: totals, product by product, and every line with what it rests on or what it waits for.

use egui::{Grid, Label, RichText, Ui};

use crate::{
    desk::{session::Subject, settlement::SettlementMonth},
    domain::{
        World,
        settlement::{Block, Estimate, Line, Standing, Total, money, told_amount},
    },
    ui::{
        context::ViewContext,
        text,
        theme::Palette,
        widgets::{Column, Table, badge, card, empty_state, moved_by_keyboard},
    },
};

/// Products that are told one by one.
const PRODUCTS: usize = 8;

#[derive(Default)]
pub(super) struct Month {
    in_sight: usize,
}

/// A line with what it waits for; nothing where it is billed.
struct Row<'a> {
    line: &'a Line,
    carried: Option<String>,
    waits: Option<&'a [Block]>,
}

impl Month {
    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, known: &SettlementMonth) {
        let estimate = &known.estimate;
        card(ui, |ui| totals(ui, cx, estimate));
        ui.add_space(6.0);
        let search = cx.search.trim().to_lowercase();
        let billed = estimate.billed.iter().map(|billed| Row {
            line: &billed.line,
            carried: billed.carried_from.map(|month| month.to_string()),
            waits: None,
        });
        let waiting = estimate.waiting.iter();
        let waiting = waiting.map(|waiting| Row { line: &waiting.line, carried: None, waits: Some(&waiting.blocks) });
        let rows: Vec<Row<'_>> = billed.chain(waiting).filter(|row| is_found(row.line, &search)).collect();
        if rows.is_empty() {
            let (title, meaning) = (text!(cx.texts, "settle-nothing"), text!(cx.texts, "settle-nothing-meaning"));
            empty_state(ui, &title, &meaning, |_| {});
            return;
        }
        self.table(ui, cx, &rows);
    }

    fn table(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, rows: &[Row<'_>]) {
        let columns: [Column<()>; 6] = [
            Column::new(text!(cx.texts, "column-order"), 170.0),
            Column::new(text!(cx.texts, "settle-amount"), 100.0),
            Column::new(text!(cx.texts, "settle-share"), 100.0),
            Column::new(text!(cx.texts, "settle-standing"), 500.0),
            Column::new(text!(cx.texts, "column-product"), 170.0),
            Column::new(text!(cx.texts, "column-customer"), 150.0),
        ];
        let subject = |row: &Row<'_>| Subject::Order { world: World::Live, order_id: row.line.order.order_id.clone() };
        let current = rows.iter().position(|row| cx.subject == Some(&subject(row)));
        let moved = if cx.keyboard_taken { None } else { moved_by_keyboard(ui, current, rows.len(), self.in_sight) };
        let name = |row: usize| {
            let Some(row) = rows.get(row) else { return String::new() };
            format!("{} {} {}", row.line.order.order_id, standing(cx, row), told_amount(row.line.priced.amount))
        };
        let table = Table {
            id: "settlement-lines",
            columns: &columns,
            rows: rows.len(),
            order: None,
            current,
            scroll_to: moved,
            name: &name,
            marked: &|_| false,
        };
        let outcome = table.show(ui, &mut |ui, row, column| {
            if let Some(row) = rows.get(row) {
                cell(ui, cx, row, column);
            }
        });
        self.in_sight = outcome.in_sight.len();
        if let Some(row) = outcome.clicked.map(|click| click.row).or(moved).and_then(|row| rows.get(row)) {
            cx.select(subject(row));
        }
    }
}

fn is_found(line: &Line, search: &str) -> bool {
    let has = |text: Option<&str>| text.is_some_and(|text| text.to_lowercase().contains(search));
    search.is_empty()
        || has(Some(line.order.order_id.as_str()))
        || has(line.product_id.as_deref())
        || has(line.product_name.as_deref())
        || has(line.customer.as_deref())
}

fn standing(cx: &ViewContext<'_>, row: &Row<'_>) -> String {
    if let Some(blocks) = row.waits {
        let why: Vec<String> = blocks.iter().map(|block| cx.texts.settlement_block(block, cx.times)).collect();
        return why.join(" · ");
    }
    let rule = match &row.line.standing {
        Standing::Enters { at, .. } if row.line.takes_effect_later() => {
            text!(cx.texts, "settle-effect-ahead", at = cx.times.minute(*at))
        }
        Standing::Enters { rule, .. } => cx.texts.entry_rule(*rule),
        Standing::Blocked(_) | Standing::Never(_) => String::new(),
    };
    match &row.carried {
        Some(month) => text!(cx.texts, "settle-carried", rule = rule, month = month.as_str()),
        None => rule,
    }
}

fn cell(ui: &mut Ui, cx: &ViewContext<'_>, row: &Row<'_>, column: usize) {
    let palette = Palette::of(ui.visuals());
    let line = |ui: &mut Ui, text: &str| drop(ui.add(Label::new(text).truncate()));
    match column {
        0 => line(ui, row.line.order.order_id.as_str()),
        3 => {
            let (word, color) = if row.waits.is_some() {
                (text!(cx.texts, "settle-waits"), palette.warn)
            } else {
                (text!(cx.texts, "settle-billed"), palette.good)
            };
            badge(ui, &word, color);
            let told = standing(cx, row);
            ui.add(Label::new(&told).truncate()).on_hover_text(told);
        }
        1 => {
            let basis = cx.texts.settlement_basis(row.line.priced.basis);
            ui.label(told_amount(row.line.priced.amount)).on_hover_text(basis);
        }
        2 => {
            let split = cx.texts.settlement_split(row.line.priced.split);
            ui.label(told_amount(row.line.priced.share)).on_hover_text(split);
        }
        4 => line(ui, row.line.product_name.as_deref().or(row.line.product_id.as_deref()).unwrap_or_default()),
        _ => line(ui, row.line.customer.as_deref().unwrap_or_default()),
    }
}

fn totals(ui: &mut Ui, cx: &ViewContext<'_>, estimate: &Estimate) {
    let palette = Palette::of(ui.visuals());
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(text!(cx.texts, "settle-estimate")).strong());
        if let Some(day) = estimate.bill_day {
            ui.label(RichText::new(text!(cx.texts, "settle-billed-on", day = day.to_string())).color(palette.muted));
        }
        if estimate.holidays_unknown {
            ui.colored_label(palette.warn, text!(cx.texts, "settle-holidays-unknown"));
        }
    });
    Grid::new("settlement-totals").num_columns(4).spacing([20.0, 3.0]).show(ui, |ui| {
        for title in ["", "settle-lines", "settle-amount", "settle-share"] {
            let title = match title {
                "settle-lines" => text!(cx.texts, "settle-lines"),
                "settle-amount" => text!(cx.texts, "settle-amount"),
                "settle-share" => text!(cx.texts, "settle-share"),
                _ => String::new(),
            };
            ui.label(RichText::new(title).color(palette.muted));
        }
        ui.end_row();
        total(ui, cx, &text!(cx.texts, "settle-total"), &estimate.total);
        for product in estimate.products.iter().take(PRODUCTS) {
            let name = product.product_name.as_deref().or(product.product_id.as_deref());
            let unnamed = || text!(cx.texts, "settle-no-product");
            total(ui, cx, &name.map_or_else(unnamed, str::to_owned), &product.total);
        }
    });
    if estimate.products.len() > PRODUCTS {
        let more = estimate.products.len() - PRODUCTS;
        ui.label(RichText::new(text!(cx.texts, "settle-more-products", count = more)).color(palette.muted));
    }
    for one in &estimate.types {
        let name = cx.texts.product_type(one.product_type);
        let (carried, entered) = (money(one.carried), money(one.entered));
        let line = text!(cx.texts, "settle-type", name = name, carried = carried, entered = entered);
        let (state, color) = if one.billed {
            (text!(cx.texts, "settle-type-billed"), palette.muted)
        } else {
            (text!(cx.texts, "settle-type-waits"), palette.warn)
        };
        ui.label(RichText::new(format!("{line} · {state}")).color(color));
    }
    ui.collapsing(text!(cx.texts, "settle-assumed"), |ui| {
        for assumption in &estimate.assumptions {
            ui.label(cx.texts.settlement_assumption(*assumption));
        }
    });
}

fn total(ui: &mut Ui, cx: &ViewContext<'_>, name: &str, total: &Total) {
    ui.label(name);
    ui.label(total.lines.to_string());
    let known = |ui: &mut Ui, sum: String, unknown: usize| {
        ui.horizontal(|ui| {
            ui.label(sum);
            if unknown > 0 {
                let line = text!(cx.texts, "settle-without", count = unknown);
                ui.colored_label(Palette::of(ui.visuals()).warn, line);
            }
        });
    };
    known(ui, money(total.amount), total.without_amount);
    known(ui, money(total.share), total.without_share);
    ui.end_row();
}
