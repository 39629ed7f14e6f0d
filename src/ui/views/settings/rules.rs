//! Where the pages contradict each other or leave something open: which of the rules holds, and what it assumes. The reviews
//! follow at once.

use egui::{RichText, Ui};

use super::choice;
use crate::{
    desk::session::{Command, SettingsChange},
    domain::{
        RetryRow,
        limit::{CountedTypes, ExpiredQuantity},
        supervision::StartRule,
    },
    ui::{context::ViewContext, text, theme::Palette},
};

const BOTH: &str = "both";

pub(super) fn show(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let config = cx.snapshot.settings.config.clone();
    let muted = Palette::of(ui.visuals()).muted;
    ui.label(RichText::new(text!(cx.texts, "settings-rules")).strong());
    ui.label(RichText::new(text!(cx.texts, "settings-rules-meaning")).color(muted));
    let counted = CountedTypes::ALL.map(|counted| (counted.name(), cx.texts.counted_types(counted)));
    if let Some(chosen) = choice(ui, &text!(cx.texts, "settings-counted"), config.limits.counted.name(), &counted)
        && let Some(counted) = CountedTypes::ALL.into_iter().find(|counted| counted.name() == chosen)
    {
        cx.ask(Command::SaveSettings(SettingsChange::CountedTypes(counted)));
    }
    ui.label(RichText::new(text!(cx.texts, "settings-counted-meaning")).color(muted));
    let expired = ExpiredQuantity::ALL.map(|expired| (expired.name(), cx.texts.expired_quantity(expired)));
    let current = config.limits.expired_quantity.name();
    if let Some(chosen) = choice(ui, &text!(cx.texts, "settings-expired"), current, &expired)
        && let Some(expired) = ExpiredQuantity::ALL.into_iter().find(|expired| expired.name() == chosen)
    {
        cx.ask(Command::SaveSettings(SettingsChange::ExpiredQuantity(expired)));
    }
    ui.label(RichText::new(text!(cx.texts, "settings-expired-meaning")).color(muted));
    let [opening, acceptance] = StartRule::ALL.map(|rule| (rule.name(), cx.texts.start_rule(rule)));
    let rules = [(BOTH, text!(cx.texts, "settings-start-both")), opening, acceptance];
    let current = config.supervision.start_rule.map_or(BOTH, StartRule::name);
    if let Some(chosen) = choice(ui, &text!(cx.texts, "settings-start"), current, &rules) {
        let rule = StartRule::ALL.into_iter().find(|rule| rule.name() == chosen);
        cx.ask(Command::SaveSettings(SettingsChange::StartRule(rule)));
    }
    ui.label(RichText::new(text!(cx.texts, "settings-start-meaning")).color(muted));
    retries(ui, cx);
}

/// How long KooGallery goes on calling: each row of the table with what its pages say.
fn retries(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let policy = cx.snapshot.settings.policy;
    ui.add_space(8.0);
    ui.label(RichText::new(text!(cx.texts, "settings-retry")).strong());
    ui.label(RichText::new(text!(cx.texts, "settings-retry-meaning")).color(Palette::of(ui.visuals()).muted));
    for row in RetryRow::ALL.into_iter().filter(|row| !row.documented().is_empty()) {
        let current = policy.millis(row);
        let own = row.documented().iter().all(|said| said.millis != current).then_some(current);
        let said = row.documented().iter().map(|said| (said.millis.to_string(), cx.texts.retry_documented(said)));
        let own = own.map(|millis| (millis.to_string(), cx.texts.retry_own(millis)));
        let choices: Vec<(String, String)> = said.chain(own).collect();
        let choices: Vec<(&str, String)> =
            choices.iter().map(|(value, label)| (value.as_str(), label.clone())).collect();
        if let Some(chosen) = choice(ui, &cx.texts.retry_row(row), &current.to_string(), &choices)
            && let Ok(millis) = chosen.parse()
        {
            cx.ask(Command::SaveSettings(SettingsChange::RetryWindow { row, millis }));
        }
    }
}
