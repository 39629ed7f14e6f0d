//! How authorization codes are activated and asked about, and how long KooGallery keeps them after their expiry.

use egui::{RichText, TextEdit, Ui};

use super::choice;
use crate::{
    config::{LicenseApi, LicenseSetting},
    desk::session::{Command, SettingsChange},
    domain::license_calendar::MAX_DAYS,
    ui::{context::ViewContext, text, theme::Palette, widgets::primary_button},
};

/// Days as they are typed; `None` while they are not being changed.
#[derive(Default)]
pub(super) struct Licenses {
    grace: Option<String>,
    retention: Option<String>,
}

impl Licenses {
    pub(super) fn saved(&mut self) {
        *self = Self::default();
    }

    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let muted = Palette::of(ui.visuals()).muted;
        let config = cx.snapshot.settings.config.clone();
        ui.label(RichText::new(text!(cx.texts, "settings-licenses")).strong());
        let both = |texts: [String; 2]| {
            let [one_by_one, in_batches] = texts;
            [(LicenseApi::V1.name(), one_by_one), (LicenseApi::V2.name(), in_batches)]
        };
        let versions = both([text!(cx.texts, "license-api-v1"), text!(cx.texts, "license-api-v2")]);
        let of = |name: &str| if name == LicenseApi::V1.name() { LicenseApi::V1 } else { LicenseApi::V2 };
        let marketplace = &config.marketplace;
        let label = text!(cx.texts, "settings-license-api");
        if let Some(chosen) = choice(ui, &label, marketplace.license_api.name(), &versions) {
            save(cx, LicenseSetting::Api(of(&chosen)));
        }
        let label = text!(cx.texts, "settings-license-query-api");
        if let Some(chosen) = choice(ui, &label, marketplace.license_query_api.name(), &versions) {
            save(cx, LicenseSetting::QueryApi(of(&chosen)));
        }
        let mut daily = marketplace.query_licenses_daily;
        if ui.checkbox(&mut daily, text!(cx.texts, "settings-license-daily")).changed() {
            save(cx, LicenseSetting::QueryDaily(daily));
        }
        ui.label(RichText::new(text!(cx.texts, "settings-license-daily-meaning")).color(muted));
        let (grace, retention) = (config.licenses.grace_days, config.licenses.retention_days);
        let label = text!(cx.texts, "settings-grace-days");
        days(ui, cx, &label, grace, &mut self.grace, LicenseSetting::GraceDays);
        let label = text!(cx.texts, "settings-retention-days");
        days(ui, cx, &label, retention, &mut self.retention, LicenseSetting::RetentionDays);
        ui.label(RichText::new(text!(cx.texts, "settings-grace-meaning")).color(muted));
    }
}

fn days(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    name: &str,
    saved: u16,
    typing: &mut Option<String>,
    setting: fn(u16) -> LicenseSetting,
) {
    ui.horizontal(|ui| {
        let label = ui.label(name);
        let saved = saved.to_string();
        let mut typed = typing.clone().unwrap_or_else(|| saved.clone());
        let edit = TextEdit::singleline(&mut typed).desired_width(60.0).char_limit(3);
        if ui.add(edit).labelled_by(label.id).changed() {
            *typing = (typed != saved).then_some(typed);
        }
        let Some(typed) = typing else { return };
        let days = typed.trim().parse::<u16>().ok().filter(|days| *days <= MAX_DAYS);
        if primary_button(ui, &text!(cx.texts, "save"), days.is_some()).clicked()
            && let Some(days) = days
        {
            save(cx, setting(days));
        }
        if days.is_none() {
            let wrong = text!(cx.texts, "settings-days-invalid", most = MAX_DAYS.to_string());
            ui.colored_label(Palette::of(ui.visuals()).bad, wrong);
        }
    });
}

fn save(cx: &mut ViewContext<'_>, setting: LicenseSetting) {
    cx.ask(Command::SaveSettings(SettingsChange::License(setting)));
}
