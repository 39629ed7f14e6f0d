//! Settlement's rates, and the choices where the pages leave something open.

use egui::{RichText, TextEdit, Ui};

use super::choice;
use crate::{
    desk::session::{Command, SettingsChange},
    domain::{
        settlement::{Percent, SupervisionDone, ThresholdCounts, read_amount},
        upgrade_price::UpgradeFormula,
    },
    ui::{context::ViewContext, text, theme::Palette, widgets::primary_button},
};

/// Whether a text may be saved.
type Fine<'a> = &'a dyn Fn(&str) -> bool;

/// What is typed, by its key; nothing while it is as the configuration has it.
#[derive(Default)]
pub(super) struct SettlementSettings {
    typed: Option<(&'static str, String)>,
}

impl SettlementSettings {
    pub(super) fn saved(&mut self) {
        self.typed = None;
    }

    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let config = cx.snapshot.settings.config.clone();
        let policy = &config.settlement;
        ui.label(RichText::new(text!(cx.texts, "settlement")).strong());
        ui.label(RichText::new(text!(cx.texts, "settle-settings-meaning")).color(Palette::of(ui.visuals()).muted));
        let percent = |percent: Option<Percent>| percent.map(|percent| percent.to_string()).unwrap_or_default();
        let is_percent = |text: &str| Percent::parse(text).is_some();
        let or_empty = |text: &str| text.trim().is_empty() || Percent::parse(text).is_some();
        let is_amount = |text: &str| read_amount(text).is_some_and(|amount| !amount.is_sign_negative());
        let fields: [(&'static str, String, String, Fine<'_>); 6] = [
            ("platform_fee", text!(cx.texts, "settle-platform-fee"), percent(Some(policy.platform_fee)), &is_percent),
            ("joint_share", text!(cx.texts, "settle-joint-share"), percent(policy.joint_share), &or_empty),
            ("threshold", text!(cx.texts, "settle-threshold"), policy.threshold.to_string(), &is_amount),
            (
                "withholding_tax",
                text!(cx.texts, "settle-withholding-tax"),
                percent(Some(policy.withholding_tax)),
                &is_percent,
            ),
            (
                "digital_services_tax",
                text!(cx.texts, "settle-digital-tax"),
                percent(Some(policy.digital_services_tax)),
                &is_percent,
            ),
            (
                "international_platform_share",
                text!(cx.texts, "settle-international-share"),
                percent(policy.international_platform_share),
                &or_empty,
            ),
        ];
        for (key, name, saved, fine) in fields {
            self.field(ui, cx, key, &name, &saved, fine);
        }
        let done = SupervisionDone::ALL.map(|done| (done.name(), cx.texts.supervision_done(done)));
        let counts = ThresholdCounts::ALL.map(|counts| (counts.name(), cx.texts.threshold_counts(counts)));
        let formula = UpgradeFormula::ALL.map(|formula| (formula.name(), cx.texts.upgrade_formula(formula)));
        for (key, name, current, choices) in [
            ("supervision_done", text!(cx.texts, "settle-done"), policy.supervision_done.name(), &done),
            ("threshold_counts", text!(cx.texts, "settle-threshold-counts"), policy.threshold_counts.name(), &counts),
            ("upgrade_formula", text!(cx.texts, "settle-formula"), policy.upgrade_formula.name(), &formula),
        ] {
            if let Some(text) = choice(ui, &name, current, choices) {
                cx.ask(Command::SaveSettings(SettingsChange::Settlement { key, text }));
            }
        }
    }

    fn field(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        key: &'static str,
        name: &str,
        saved: &str,
        fine: Fine<'_>,
    ) {
        ui.horizontal(|ui| {
            let label = ui.label(name);
            let own = self.typed.as_ref().filter(|(typed, _)| *typed == key).map(|(_, text)| text.clone());
            let mut text = own.clone().unwrap_or_else(|| saved.to_owned());
            let edit = ui.add(TextEdit::singleline(&mut text).desired_width(80.0)).labelled_by(label.id);
            if edit.changed() {
                self.typed = (text != saved).then(|| (key, text.clone()));
            }
            if own.is_some() {
                let valid = fine(&text);
                if primary_button(ui, &text!(cx.texts, "save"), valid).clicked() {
                    let text = text.trim().to_owned();
                    cx.ask(Command::SaveSettings(SettingsChange::Settlement { key, text }));
                }
                if !valid {
                    ui.colored_label(Palette::of(ui.visuals()).bad, text!(cx.texts, "settle-setting-invalid"));
                }
            }
        });
    }
}
