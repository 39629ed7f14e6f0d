//! The bill that was imported, against what was expected: what differs first.

use egui::{Label, RichText, Ui};

use crate::{
    desk::{
        session::{Command, SettlementCommand, Subject},
        settlement::SettlementMonth,
    },
    domain::{
        World,
        settlement::{Compared, Verdict, told_amount},
    },
    ui::{
        context::{Request, ViewContext},
        text,
        theme::Palette,
        widgets::{Column, Table, badge, empty_state, moved_by_keyboard},
    },
};

#[derive(Default)]
pub(super) struct Bill {
    only_differences: bool,
    in_sight: usize,
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
                import
            })
            .inner;
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
        let current = rows.iter().position(|one| cx.subject == Some(&subject(one)));
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
        // Of what is not known here there is nothing to show.
        if let Some(one) = chosen.filter(|one| one.verdict != Verdict::NotKnown) {
            cx.select(subject(one));
        }
    }
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
