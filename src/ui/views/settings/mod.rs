//! The settings, as the configuration file and the key storage have them. Each change is written at once.

mod access_key;
mod backup;
mod endpoints;
mod keys;
mod licenses;
mod rsa_key;
mod rules;
mod secret_form;
mod settlement;
mod workdays;

use egui::{ComboBox, RichText, ScrollArea, TextEdit, Ui};

use self::{
    access_key::AccessKey, backup::BackupForm, endpoints::Endpoints, keys::Keys, licenses::Licenses, rsa_key::RsaKey,
    settlement::SettlementSettings, workdays::WorkdaysForm,
};
use crate::{
    config::KeyOrigin,
    desk::session::{Command, Event, SettingsChange},
    ui::{
        context::ViewContext,
        text,
        theme::Palette,
        widgets::{card, copyable, primary_button},
    },
};

#[derive(Default)]
pub(in crate::ui) struct SettingsView {
    /// `None` while it is not being changed.
    listen: Option<String>,
    endpoints: Endpoints,
    keys: Keys,
    rsa_key: RsaKey,
    access_key: AccessKey,
    licenses: Licenses,
    workdays: WorkdaysForm,
    settlement: SettlementSettings,
    backup: BackupForm,
}

impl SettingsView {
    /// What was saved is no longer being edited.
    pub(in crate::ui) fn notice(&mut self, event: &Event) {
        self.backup.notice(event);
        match event {
            Event::SettingsSaved => {
                self.listen = None;
                self.endpoints.saved();
                self.licenses.saved();
                self.settlement.saved();
            }
            Event::KeySet { class } => self.keys.saved(*class),
            Event::RsaKeySet => self.rsa_key.saved(),
            Event::AccessKeySet => self.access_key.saved(),
            _ => {}
        }
    }

    pub(in crate::ui) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        ui.heading(text!(cx.texts, "place-settings"));
        ui.separator();
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            card(ui, |ui| {
                self.keys.show(ui, cx);
                ui.separator();
                self.rsa_key.show(ui, cx);
                ui.separator();
                self.access_key.show(ui, cx);
            });
            ui.add_space(8.0);
            card(ui, |ui| self.endpoints.show(ui, cx));
            ui.add_space(8.0);
            card(ui, |ui| self.receiver(ui, cx));
            ui.add_space(8.0);
            card(ui, |ui| window(ui, cx));
            ui.add_space(8.0);
            card(ui, |ui| self.licenses.show(ui, cx));
            ui.add_space(8.0);
            card(ui, |ui| rules::show(ui, cx));
            ui.add_space(8.0);
            card(ui, |ui| self.settlement.show(ui, cx));
            ui.add_space(8.0);
            card(ui, |ui| self.workdays.show(ui, cx));
            ui.add_space(8.0);
            card(ui, |ui| self.backup.show(ui, cx));
        });
    }

    fn receiver(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let settings = cx.snapshot.settings.clone();
        ui.label(RichText::new(text!(cx.texts, "settings-receiver")).strong());
        ui.horizontal(|ui| {
            let label = ui.label(text!(cx.texts, "settings-listen"));
            let saved = settings.config.receiver.listen.to_string();
            let mut typed = self.listen.clone().unwrap_or_else(|| saved.clone());
            let edit = ui.add(TextEdit::singleline(&mut typed).desired_width(200.0)).labelled_by(label.id);
            if edit.changed() {
                self.listen = (typed != saved).then_some(typed);
            }
            if let Some(listen) = &self.listen {
                let valid = listen.trim().parse::<std::net::SocketAddr>().is_ok();
                if primary_button(ui, &text!(cx.texts, "save"), valid).clicked() {
                    cx.ask(Command::SaveSettings(SettingsChange::Listen(listen.trim().to_owned())));
                }
                if !valid {
                    ui.colored_label(Palette::of(ui.visuals()).bad, text!(cx.texts, "settings-listen-invalid"));
                }
            }
        });
        ui.label(RichText::new(text!(cx.texts, "settings-listen-meaning")).color(Palette::of(ui.visuals()).muted));
        ui.horizontal_wrapped(|ui| {
            ui.label(text!(cx.texts, "settings-data-dir"));
            copyable(ui, cx, &settings.data_dir, &text!(cx.texts, "settings-data-dir"));
            let kept = text!(cx.texts, "settings-history", days = settings.config.history.texts_days);
            let kept = RichText::new(kept).color(Palette::of(ui.visuals()).muted);
            ui.label(kept).on_hover_text(text!(cx.texts, "settings-history-meaning"));
        });
    }
}

fn window(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let config = cx.snapshot.settings.config.clone();
    ui.label(RichText::new(text!(cx.texts, "settings-window")).strong());
    let system = text!(cx.texts, "as-the-system");
    let languages = [("system", system.clone()), ("zh-CN", "中文".to_owned()), ("en", "English".to_owned())];
    if let Some(language) = choice(ui, &text!(cx.texts, "settings-language"), &config.window.language, &languages) {
        cx.ask(Command::SaveSettings(SettingsChange::Language(language)));
    }
    let themes =
        [("system", system), ("light", text!(cx.texts, "theme-light")), ("dark", text!(cx.texts, "theme-dark"))];
    if let Some(theme) = choice(ui, &text!(cx.texts, "settings-theme"), &config.window.theme, &themes) {
        cx.ask(Command::SaveSettings(SettingsChange::Theme(theme)));
    }
    let mut told = config.window.notifications;
    let switch = ui.checkbox(&mut told, text!(cx.texts, "settings-notifications"));
    if switch.on_hover_text(text!(cx.texts, "settings-notifications-meaning")).changed() {
        cx.ask(Command::SaveSettings(SettingsChange::Notifications(told)));
    }
}

/// A button whose accessible name says of what.
fn named_button(ui: &mut Ui, label: &str, name: &str) -> bool {
    let response = ui.button(label);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, name));
    response.clicked()
}

fn key_origin(cx: &ViewContext<'_>, origin: KeyOrigin) -> String {
    match origin {
        KeyOrigin::Environment => text!(cx.texts, "key-from-environment"),
        KeyOrigin::Keychain => text!(cx.texts, "key-from-keychain"),
        KeyOrigin::File => text!(cx.texts, "key-from-file"),
    }
}

/// A named choice; answers a new one.
fn choice(ui: &mut Ui, name: &str, current: &str, choices: &[(&str, String)]) -> Option<String> {
    let mut chosen = None;
    ui.horizontal(|ui| {
        let label = ui.label(name);
        let shown = choices.iter().find(|(value, _)| *value == current).map_or(current, |(_, label)| label);
        let combo = ComboBox::from_id_salt(name).selected_text(shown).show_ui(ui, |ui| {
            for (value, label) in choices {
                if ui.selectable_label(*value == current, label).clicked() {
                    chosen = Some((*value).to_owned());
                }
            }
        });
        combo.response.labelled_by(label.id);
    });
    chosen.filter(|chosen| chosen != current)
}
