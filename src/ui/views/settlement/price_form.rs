//! A line of products' terms while it is typed.

use egui::{ComboBox, TextEdit, Ui};

use crate::{
    domain::settlement::{Category, Percent, PricePer, ProductType, Terms, read_amount},
    ui::{
        context::ViewContext,
        text,
        theme::Palette,
        widgets::{card, primary_button},
    },
};

pub(super) enum PriceOutcome {
    Stay,
    Close,
    Save(Box<Terms>),
    Remove(String, Option<String>),
}

#[derive(Default)]
pub(super) struct PriceForm {
    product_id: String,
    sku_code: String,
    product_type: Option<ProductType>,
    category: Option<Category>,
    price: String,
    per: PricePer,
    share: String,
    supervised: Option<bool>,
    /// A line that is kept: what names it stays.
    known: bool,
}

impl PriceForm {
    pub(super) fn of(terms: &Terms) -> Self {
        Self {
            product_id: terms.product_id.clone(),
            sku_code: terms.sku_code.clone().unwrap_or_default(),
            product_type: terms.product_type,
            category: terms.category,
            price: terms.price.map(|price| price.to_string()).unwrap_or_default(),
            per: terms.per,
            share: terms.share.map(|share| share.to_string()).unwrap_or_default(),
            supervised: terms.supervised,
            known: true,
        }
    }

    /// `None` while something typed is none.
    fn terms(&self) -> Option<Terms> {
        let typed = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let price = match typed(&self.price) {
            Some(text) => Some(read_amount(&text).filter(|price| !price.is_sign_negative())?),
            None => None,
        };
        let share = match typed(&self.share) {
            Some(text) => Some(Percent::parse(&text)?),
            None => None,
        };
        Some(Terms {
            product_id: typed(&self.product_id)?,
            sku_code: typed(&self.sku_code),
            product_type: self.product_type,
            category: self.category,
            price,
            per: self.per,
            share,
            supervised: self.supervised,
        })
    }

    pub(super) fn show(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) -> PriceOutcome {
        card(ui, |ui| {
            ui.horizontal_wrapped(|ui| {
                let known = self.known;
                field(ui, "productId", &mut self.product_id, 130.0, !known);
                field(ui, "skuCode", &mut self.sku_code, 110.0, !known);
                let unknown = || text!(cx.texts, "price-unset");
                let types = ProductType::ALL.map(|kind| (Some(kind), cx.texts.product_type(kind)));
                pick(ui, &text!(cx.texts, "price-type"), &mut self.product_type, (None, unknown()), types);
                let categories = Category::ALL.map(|category| (Some(category), cx.texts.product_category(category)));
                pick(ui, &text!(cx.texts, "price-category"), &mut self.category, (None, unknown()), categories);
            });
            ui.horizontal_wrapped(|ui| {
                field(ui, &text!(cx.texts, "price-price"), &mut self.price, 90.0, true);
                let pers = PricePer::ALL.map(|per| (per, cx.texts.price_per(per)));
                let [first, rest @ ..] = pers;
                pick(ui, &text!(cx.texts, "price-per"), &mut self.per, first, rest);
                field(ui, &text!(cx.texts, "price-share"), &mut self.share, 60.0, true);
                let supervised =
                    [(Some(true), text!(cx.texts, "price-yes")), (Some(false), text!(cx.texts, "price-no"))];
                let by_type = (None, text!(cx.texts, "price-by-type"));
                pick(ui, &text!(cx.texts, "price-supervised"), &mut self.supervised, by_type, supervised);
            });
            let terms = self.terms();
            ui.horizontal(|ui| {
                let save = primary_button(ui, &text!(cx.texts, "save"), terms.is_some()).clicked();
                let remove = self.known && ui.button(text!(cx.texts, "price-remove")).clicked();
                let close = ui.button(text!(cx.texts, "cancel")).clicked();
                if terms.is_none() {
                    ui.colored_label(Palette::of(ui.visuals()).warn, text!(cx.texts, "price-invalid"));
                }
                match terms {
                    Some(terms) if save => PriceOutcome::Save(Box::new(terms)),
                    Some(terms) if remove => PriceOutcome::Remove(terms.product_id, terms.sku_code),
                    _ if close => PriceOutcome::Close,
                    _ => PriceOutcome::Stay,
                }
            })
            .inner
        })
    }
}

fn field(ui: &mut Ui, name: &str, value: &mut String, width: f32, enabled: bool) {
    let label = ui.label(name);
    ui.add_enabled(enabled, TextEdit::singleline(value).desired_width(width)).labelled_by(label.id);
}

fn pick<T: Copy + PartialEq>(
    ui: &mut Ui,
    name: &str,
    chosen: &mut T,
    first: (T, String),
    rest: impl IntoIterator<Item = (T, String)>,
) {
    let label = ui.label(name);
    let choices: Vec<(T, String)> = std::iter::once(first).chain(rest).collect();
    let shown = choices.iter().find(|(value, _)| value == chosen).map_or("", |(_, name)| name.as_str());
    let combo = ComboBox::from_id_salt(name).selected_text(shown).show_ui(ui, |ui| {
        for (value, name) in &choices {
            ui.selectable_value(chosen, *value, name);
        }
    });
    combo.response.labelled_by(label.id);
}
