//! Products' terms: type, category, price, the seller's part. Each line is changed in its place.

use egui::{Label, RichText, Ui};

use super::price_form::{PriceForm, PriceOutcome};
use crate::{
    desk::{
        session::{Command, SettlementCommand},
        settlement::KeptTerms,
    },
    ui::{
        context::{Request, ViewContext},
        text,
        theme::Palette,
        widgets::{Column, Table, empty_state, time},
    },
};

#[derive(Default)]
pub(super) struct Prices {
    form: Option<PriceForm>,
}

impl Prices {
    /// What was typed is kept.
    pub(super) fn kept(&mut self) {
        self.form = None;
    }

    /// True where a table is to be imported.
    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, terms: &[KeptTerms]) -> bool {
        let import = ui
            .horizontal_wrapped(|ui| {
                if ui.button(text!(cx.texts, "price-add")).clicked() {
                    self.form = Some(PriceForm::default());
                }
                let import = ui.button(text!(cx.texts, "price-import")).clicked();
                let muted = Palette::of(ui.visuals()).muted;
                ui.label(RichText::new(text!(cx.texts, "price-meaning")).color(muted));
                import
            })
            .inner;
        if let Some(form) = &mut self.form {
            match form.show(ui, cx) {
                PriceOutcome::Stay => {}
                PriceOutcome::Close => self.form = None,
                PriceOutcome::Save(terms) => {
                    cx.ask(Command::Settlement(SettlementCommand::PutTerms(terms)));
                }
                PriceOutcome::Remove(product_id, sku_code) => cx.requests.push(Request::Confirm {
                    question: text!(cx.texts, "price-remove-question", product = product_id.as_str()),
                    yes: text!(cx.texts, "price-remove"),
                    command: Command::Settlement(SettlementCommand::RemoveTerms { product_id, sku_code }),
                }),
            }
        }
        ui.separator();
        let search = cx.search.trim().to_lowercase();
        let rows: Vec<&KeptTerms> = terms
            .iter()
            .filter(|kept| {
                let has = |text: &str| text.to_lowercase().contains(&search);
                has(&kept.terms.product_id) || kept.terms.sku_code.as_deref().is_some_and(has)
            })
            .collect();
        if rows.is_empty() {
            empty_state(ui, &text!(cx.texts, "price-none"), &text!(cx.texts, "price-none-meaning"), |_| {});
        } else {
            self.table(ui, cx, &rows);
        }
        import
    }

    fn table(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, rows: &[&KeptTerms]) {
        let columns: [Column<()>; 8] = [
            Column::new(text!(cx.texts, "column-product"), 150.0),
            Column::new("skuCode".to_owned(), 130.0),
            Column::new(text!(cx.texts, "price-type"), 120.0),
            Column::new(text!(cx.texts, "price-category"), 130.0),
            Column::new(text!(cx.texts, "price-price"), 100.0),
            Column::new(text!(cx.texts, "price-per"), 130.0),
            Column::new(text!(cx.texts, "price-share"), 80.0),
            Column::new(text!(cx.texts, "limits-changed-at"), 120.0),
        ];
        let name = |row: usize| {
            let Some(kept) = rows.get(row) else { return String::new() };
            format!("{} {}", kept.terms.product_id, kept.terms.sku_code.as_deref().unwrap_or_default())
        };
        let table = Table {
            id: "settlement-terms",
            columns: &columns,
            rows: rows.len(),
            order: None,
            current: None,
            scroll_to: None,
            name: &name,
            marked: &|_| false,
        };
        let outcome = table.show(ui, &mut |ui, row, column| {
            if let Some(kept) = rows.get(row) {
                cell(ui, cx, kept, column);
            }
        });
        if let Some(kept) = outcome.clicked.and_then(|click| rows.get(click.row)) {
            self.form = Some(PriceForm::of(&kept.terms));
        }
    }
}

fn cell(ui: &mut Ui, cx: &ViewContext<'_>, kept: &KeptTerms, column: usize) {
    let terms = &kept.terms;
    let line = match column {
        0 => terms.product_id.clone(),
        1 => terms.sku_code.clone().unwrap_or_else(|| text!(cx.texts, "limits-all-skus")),
        2 => terms.product_type.map(|kind| cx.texts.product_type(kind)).unwrap_or_default(),
        3 => terms.category.map(|category| cx.texts.product_category(category)).unwrap_or_default(),
        4 => terms.price.map(|price| price.to_string()).unwrap_or_default(),
        5 => cx.texts.price_per(terms.per),
        6 => terms.share.map(|share| format!("{share} %")).unwrap_or_default(),
        _ => return drop(time(ui, cx.times, kept.changed_at).on_hover_text(&kept.changed_by)),
    };
    ui.add(Label::new(line).truncate());
}
