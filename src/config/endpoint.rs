//! One production address and how its purchases are fulfilled.

use serde::{Deserialize, Serialize};

use super::{complaint::Problem, file::is_address, secret_text};
use crate::protocol::{Secret, callback::AppInfo, credential::EncryptType};

const LONGEST_NAME: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    pub name: String,
    /// Begins with `/`.
    pub path: String,
    #[serde(default)]
    pub fulfilment: FulfilmentMode,
    /// How V1 answers encrypt credentials.
    #[serde(default)]
    pub encrypt_type: EncryptType,
    /// Sign V2 answers too.
    #[serde(default = "yes")]
    pub body_sign_v2: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Template>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FulfilmentMode {
    Template,
    #[default]
    Manual,
    Webhook,
}

/// Access data made from the call: `{instanceId}`, `{orderId}`, `{orderLineId}` are replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// May be left out where a license is all that is delivered.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub front_end_url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "secret_text")]
    pub password: Option<Secret>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memo: Option<String>,
    /// The text for `getLicense`.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "secret_text")]
    pub license: Option<Secret>,
}

/// The seller's own address that is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    pub url: String,
    /// How long KooGallery's call waits for it.
    #[serde(default = "webhook_timeout_ms")]
    pub timeout_ms: u64,
}

const fn yes() -> bool {
    true
}

const fn webhook_timeout_ms() -> u64 {
    3_500
}

impl Template {
    /// With the placeholders still in it.
    pub fn to_app_info(&self) -> AppInfo {
        AppInfo {
            front_end_url: self.front_end_url.clone(),
            admin_url: self.admin_url.clone(),
            user_name: self.user_name.clone(),
            password: self.password.clone(),
            memo: self.memo.clone(),
            license: self.license.clone(),
        }
    }
}

impl Endpoint {
    /// As it is without further configuration: by hand.
    pub fn manual(name: impl Into<String>, path: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            path: path.into(),
            fulfilment: FulfilmentMode::Manual,
            encrypt_type: EncryptType::default(),
            body_sign_v2: yes(),
            template: None,
            webhook: None,
        }
    }

    /// `place` is where it stands in the file.
    pub(super) fn check(&self, place: &str) -> Result<(), Problem> {
        let Self { name, path, .. } = self;
        let sensible = !name.trim().is_empty() && name.chars().count() <= LONGEST_NAME;
        if !sensible || name.chars().any(char::is_control) {
            return Err(Problem::value(format!("{place}.name")));
        }
        let in_a_path = |letter: char| letter.is_ascii_alphanumeric() || "/-_.~".contains(letter);
        if !path.starts_with('/') || !path.chars().all(in_a_path) {
            return Err(Problem::value(format!("{place}.path")));
        }
        let lacks = |table: &str| {
            let sentence = format!("endpoint `{name}` has fulfilment = \"{table}\" and no [endpoint.{table}]");
            Err(Problem::sentence(format!("{place}.fulfilment"), sentence))
        };
        match self.fulfilment {
            FulfilmentMode::Template if self.template.is_none() => return lacks("template"),
            FulfilmentMode::Webhook if self.webhook.is_none() => return lacks("webhook"),
            _ => {}
        }
        if let Some(template) = &self.template
            && template.front_end_url.trim().is_empty()
            && template.license.as_ref().is_none_or(|license| license.expose().trim().is_empty())
        {
            let sentence = format!(
                "endpoint `{name}` has neither front_end_url, which the buyer opens, nor license, which getLicense tells"
            );
            return Err(Problem::sentence(format!("{place}.template.front_end_url"), sentence));
        }
        if let Some(webhook) = &self.webhook {
            if !is_address(&webhook.url, false) {
                return Err(Problem::value(format!("{place}.webhook.url")));
            }
            if !(100..=4_500).contains(&webhook.timeout_ms) {
                return Err(Problem::value(format!("{place}.webhook.timeout_ms")));
            }
        }
        Ok(())
    }
}
