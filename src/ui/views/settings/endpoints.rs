//! Production addresses and what provisions the purchases that come in there.

use egui::{DragValue, RichText, TextEdit, Ui};

use super::named_button;
use crate::{
    config::{Endpoint, FulfilmentMode, Template, Webhook},
    desk::session::{Command, SettingsChange},
    protocol::{Secret, credential::EncryptType},
    ui::{
        context::{Request, ViewContext},
        text,
        theme::Palette,
        widgets::primary_button,
    },
};

/// Which endpoint is being edited, and as what.
struct Draft {
    /// `None` for a new one.
    replaces: Option<String>,
    endpoint: Endpoint,
    template: Template,
    secrets: TemplateSecrets,
    webhook: Webhook,
}

/// What of a template is masked everywhere but in its form.
struct TemplateSecrets {
    password: String,
    license: String,
}

#[derive(Default)]
pub(super) struct Endpoints {
    draft: Option<Draft>,
}

impl Draft {
    fn of(replaces: Option<String>, endpoint: Endpoint) -> Self {
        let template = endpoint.template.clone().unwrap_or_default();
        let shown =
            |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.expose().to_owned()).unwrap_or_default();
        let secrets = TemplateSecrets { password: shown(&template.password), license: shown(&template.license) };
        let webhook = endpoint.webhook.clone().unwrap_or(Webhook { url: String::new(), timeout_ms: 3_500 });
        Self { replaces, endpoint, template, secrets, webhook }
    }

    fn finished(&self) -> Endpoint {
        let some = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        let template = Template {
            front_end_url: self.template.front_end_url.trim().to_owned(),
            admin_url: some(&self.template.admin_url),
            user_name: some(&self.template.user_name),
            password: (!self.secrets.password.is_empty()).then(|| Secret::new(self.secrets.password.clone())),
            memo: some(&self.template.memo),
            license: (!self.secrets.license.trim().is_empty()).then(|| Secret::new(self.secrets.license.clone())),
        };
        let template = Some(template).filter(|template| *template != Template::default());
        let webhook = (!self.webhook.url.trim().is_empty())
            .then(|| Webhook { url: self.webhook.url.trim().to_owned(), timeout_ms: self.webhook.timeout_ms });
        Endpoint { template, webhook, ..self.endpoint.clone() }
    }
}

impl Endpoints {
    pub(super) fn saved(&mut self) {
        self.draft = None;
    }

    pub(super) fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let config = cx.snapshot.settings.config.clone();
        ui.label(RichText::new(text!(cx.texts, "settings-endpoints")).strong());
        ui.label(RichText::new(text!(cx.texts, "settings-endpoints-meaning")).color(Palette::of(ui.visuals()).muted));
        for endpoint in &config.endpoints {
            ui.push_id(&endpoint.name, |ui| {
                if self.draft.as_ref().is_some_and(|draft| draft.replaces.as_deref() == Some(&endpoint.name)) {
                    self.form(ui, cx);
                } else {
                    self.line(ui, cx, endpoint, config.endpoints.len() > 1);
                }
            });
        }
        match &self.draft {
            Some(Draft { replaces: None, .. }) => self.form(ui, cx),
            Some(_) => {}
            None => {
                if ui.button(text!(cx.texts, "endpoint-add")).clicked() {
                    let number = config.endpoints.len() + 1;
                    let new = Endpoint::manual(format!("endpoint-{number}"), format!("/produce-{number}"));
                    self.draft = Some(Draft::of(None, new));
                }
            }
        }
    }

    fn line(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, endpoint: &Endpoint, removable: bool) {
        ui.horizontal_wrapped(|ui| {
            ui.strong(&endpoint.name);
            ui.monospace(&endpoint.path);
            ui.label(mode(cx, endpoint.fulfilment)).on_hover_text(mode_meaning(cx, endpoint.fulfilment));
            let name = endpoint.name.as_str();
            if named_button(ui, &text!(cx.texts, "edit"), &text!(cx.texts, "endpoint-edit", name = name)) {
                self.draft = Some(Draft::of(Some(endpoint.name.clone()), endpoint.clone()));
            }
            if endpoint.fulfilment == FulfilmentMode::Webhook
                && ui
                    .button(text!(cx.texts, "webhook-secret"))
                    .on_hover_text(text!(cx.texts, "webhook-secret-meaning"))
                    .clicked()
            {
                cx.ask(Command::CopyWebhookSecret(endpoint.name.clone()));
            }
            if removable
                && named_button(ui, &text!(cx.texts, "remove"), &text!(cx.texts, "endpoint-remove", name = name))
            {
                cx.requests.push(Request::Confirm {
                    question: text!(cx.texts, "endpoint-remove-question", name = name),
                    yes: text!(cx.texts, "remove"),
                    command: Command::SaveSettings(SettingsChange::RemoveEndpoint(endpoint.name.clone())),
                });
            }
        });
    }

    fn form(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let Some(draft) = &mut self.draft else { return };
        let mut cancelled = false;
        ui.group(|ui| {
            ui.set_width(ui.available_width());
            egui::Grid::new("endpoint-form").num_columns(2).spacing([14.0, 6.0]).show(ui, |ui| {
                line_edit(ui, &text!(cx.texts, "endpoint-name"), &mut draft.endpoint.name, "main");
                line_edit(ui, &text!(cx.texts, "endpoint-path"), &mut draft.endpoint.path, "/produce");
                ui.label(text!(cx.texts, "endpoint-fulfilment"));
                ui.horizontal(|ui| {
                    for choice in [FulfilmentMode::Manual, FulfilmentMode::Template, FulfilmentMode::Webhook] {
                        ui.selectable_value(&mut draft.endpoint.fulfilment, choice, mode(cx, choice))
                            .on_hover_text(mode_meaning(cx, choice));
                    }
                });
                ui.end_row();
                answers_form(ui, cx, &mut draft.endpoint);
                match draft.endpoint.fulfilment {
                    FulfilmentMode::Manual => {}
                    FulfilmentMode::Template => template_form(ui, cx, &mut draft.template, &mut draft.secrets),
                    FulfilmentMode::Webhook => webhook_form(ui, cx, &mut draft.webhook),
                }
            });
            ui.label(RichText::new(mode_meaning(cx, draft.endpoint.fulfilment)).color(Palette::of(ui.visuals()).muted));
            ui.horizontal(|ui| {
                if primary_button(ui, &text!(cx.texts, "save"), true).clicked() {
                    let change =
                        SettingsChange::Endpoint { replaces: draft.replaces.clone(), endpoint: draft.finished() };
                    cx.ask(Command::SaveSettings(change));
                }
                cancelled = ui.button(text!(cx.texts, "cancel")).clicked();
            });
        });
        if cancelled {
            self.draft = None;
        }
    }
}

/// How answers leave, generation by generation.
fn answers_form(ui: &mut Ui, cx: &ViewContext<'_>, endpoint: &mut Endpoint) {
    ui.label("encryptType");
    ui.horizontal(|ui| {
        for (choice, name) in [(EncryptType::Aes256, "1 · AES-256"), (EncryptType::Aes128, "2 · AES-128")] {
            ui.selectable_value(&mut endpoint.encrypt_type, choice, name)
                .on_hover_text(text!(cx.texts, "endpoint-encrypt-type-meaning"));
        }
    });
    ui.end_row();
    ui.label("Body-Sign");
    ui.checkbox(&mut endpoint.body_sign_v2, text!(cx.texts, "endpoint-body-sign"))
        .on_hover_text(text!(cx.texts, "endpoint-body-sign-meaning"));
    ui.end_row();
}

fn template_form(ui: &mut Ui, cx: &ViewContext<'_>, template: &mut Template, secrets: &mut TemplateSecrets) {
    line_edit(ui, "frontEndUrl", &mut template.front_end_url, "https://app.example.com/{instanceId}");
    line_edit(ui, "adminUrl", template.admin_url.get_or_insert_default(), "");
    line_edit(ui, "userName", template.user_name.get_or_insert_default(), "");
    let label = ui.label("password");
    ui.add(TextEdit::singleline(&mut secrets.password).password(true).desired_width(360.0)).labelled_by(label.id);
    ui.end_row();
    line_edit(ui, "memo", template.memo.get_or_insert_default(), "");
    line_edit(ui, "license", &mut secrets.license, &text!(cx.texts, "fulfil-license-hint"));
    ui.label("");
    ui.label(RichText::new(text!(cx.texts, "template-meaning")).small());
    ui.end_row();
}

fn webhook_form(ui: &mut Ui, cx: &ViewContext<'_>, webhook: &mut Webhook) {
    line_edit(ui, &text!(cx.texts, "webhook-url"), &mut webhook.url, "https://backend.example.com/koogallery");
    let label = ui.label(text!(cx.texts, "webhook-timeout"));
    ui.add(DragValue::new(&mut webhook.timeout_ms).range(100..=4_500).suffix(" ms")).labelled_by(label.id);
    ui.end_row();
}

fn line_edit(ui: &mut Ui, name: &str, text: &mut String, hint: &str) {
    let label = ui.label(name);
    ui.add(TextEdit::singleline(text).hint_text(hint).desired_width(360.0)).labelled_by(label.id);
    ui.end_row();
}

fn mode(cx: &ViewContext<'_>, mode: FulfilmentMode) -> String {
    match mode {
        FulfilmentMode::Template => text!(cx.texts, "fulfilment-template"),
        FulfilmentMode::Manual => text!(cx.texts, "fulfilment-manual"),
        FulfilmentMode::Webhook => text!(cx.texts, "fulfilment-webhook"),
    }
}

fn mode_meaning(cx: &ViewContext<'_>, mode: FulfilmentMode) -> String {
    match mode {
        FulfilmentMode::Template => text!(cx.texts, "fulfilment-template-meaning"),
        FulfilmentMode::Manual => text!(cx.texts, "fulfilment-manual-meaning"),
        FulfilmentMode::Webhook => text!(cx.texts, "fulfilment-webhook-meaning"),
    }
}
