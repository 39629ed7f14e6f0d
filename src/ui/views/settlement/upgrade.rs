//! A calculator for what an upgrade costs the buyer, by the documented formula, which it shows.

use egui::{RichText, TextEdit, Ui};
use jiff::civil::Date;

use crate::{
    domain::{
        settlement::{money, read_amount},
        upgrade_price::{PricePeriod, UpgradeFormula, UpgradePrice, UpgradeQuestion, upgrade_price},
        workdays,
    },
    ui::{context::ViewContext, text, theme::Palette, widgets::card},
};

#[derive(Default)]
pub(super) struct Upgrade {
    old: String,
    new: String,
    yearly: bool,
    on: String,
    expires: String,
    discount: String,
    /// `None` for the one of the settings.
    formula: Option<UpgradeFormula>,
}

impl Upgrade {
    pub(super) fn show(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        let palette = Palette::of(ui.visuals());
        let configured = cx.snapshot.settings.config.settlement.upgrade_formula;
        let mut formula = self.formula.unwrap_or(configured);
        card(ui, |ui| {
            ui.label(RichText::new(text!(cx.texts, "upgrade-title")).strong());
            ui.label(RichText::new(text!(cx.texts, "upgrade-meaning")).color(palette.muted));
            ui.add_space(4.0);
            ui.horizontal_wrapped(|ui| {
                for one in UpgradeFormula::ALL {
                    ui.radio_value(&mut formula, one, cx.texts.upgrade_formula(one));
                }
            });
            self.formula = Some(formula).filter(|formula| *formula != configured);
            ui.horizontal_wrapped(|ui| {
                field(ui, &text!(cx.texts, "upgrade-old"), &mut self.old, "100.00");
                field(ui, &text!(cx.texts, "upgrade-new"), &mut self.new, "200.00");
                ui.radio_value(&mut self.yearly, false, text!(cx.texts, "per-month"));
                ui.radio_value(&mut self.yearly, true, text!(cx.texts, "per-year"));
            });
            ui.horizontal_wrapped(|ui| {
                field(ui, &text!(cx.texts, "upgrade-on"), &mut self.on, "2026-11-24");
                field(ui, &text!(cx.texts, "upgrade-expires"), &mut self.expires, "2027-11-24");
                field(ui, &text!(cx.texts, "upgrade-discount"), &mut self.discount, "1");
            });
            ui.separator();
            match self.question(cx, formula) {
                None => drop(ui.label(RichText::new(text!(cx.texts, "upgrade-fill-in")).color(palette.muted))),
                Some(question) => match upgrade_price(&question) {
                    Err(_) => drop(ui.colored_label(palette.bad, text!(cx.texts, "upgrade-impossible"))),
                    Ok(price) => told(ui, cx, &price),
                },
            }
        });
    }

    fn question(&self, cx: &ViewContext<'_>, formula: UpgradeFormula) -> Option<UpgradeQuestion> {
        let day = |text: &str| text.trim().parse::<Date>().ok();
        let changed_on = if self.on.trim().is_empty() { workdays::date(cx.times.now)? } else { day(&self.on)? };
        let discount = if self.discount.trim().is_empty() { "1" } else { &self.discount };
        Some(UpgradeQuestion {
            formula,
            old_price: read_amount(&self.old)?,
            new_price: read_amount(&self.new)?,
            period: if self.yearly { PricePeriod::Year } else { PricePeriod::Month },
            changed_on,
            expires_on: day(&self.expires)?,
            discount: read_amount(discount)?,
        })
    }
}

fn told(ui: &mut Ui, cx: &ViewContext<'_>, price: &UpgradePrice) {
    let palette = Palette::of(ui.visuals());
    let line = if price.is_refund() {
        text!(cx.texts, "upgrade-refund", amount = money(-price.price))
    } else {
        text!(cx.texts, "upgrade-price", amount = money(price.price))
    };
    ui.label(RichText::new(line).heading());
    let months: Vec<String> = price.months.iter().map(|month| format!("{}/{}", month.days, month.of)).collect();
    let remaining = price.remaining.round_dp(8).to_string();
    let left = text!(cx.texts, "upgrade-left", months = months.join(" + "), remaining = remaining);
    ui.label(RichText::new(left).color(palette.muted));
    if price.expired {
        ui.colored_label(palette.warn, text!(cx.texts, "upgrade-expired"));
    }
    if price.may_go_with_renewal {
        ui.label(RichText::new(text!(cx.texts, "upgrade-with-renewal")).color(palette.muted));
    }
}

fn field(ui: &mut Ui, name: &str, value: &mut String, hint: &str) {
    let label = ui.label(name);
    ui.add(TextEdit::singleline(value).desired_width(110.0).hint_text(hint)).labelled_by(label.id);
}
