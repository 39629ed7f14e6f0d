//! One production address and how its purchases are fulfilled.

use serde::{Deserialize, Serialize};

use super::file::check_url;
use crate::protocol::{Secret, callback::AppInfo};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    pub name: String,
    /// Begins with `/`.
    pub path: String,
    #[serde(default)]
    pub fulfilment: FulfilmentMode,
    /// V1 credentials: 1 = AES-256, 2 = AES-128.
    #[serde(default = "one")]
    pub encrypt_type: u8,
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
    pub front_end_url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<TemplatePassword>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memo: Option<String>,
    /// The text for `getLicense`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
}

/// A password that `Debug` does not show.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TemplatePassword(pub String);

impl std::fmt::Debug for TemplatePassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
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

const fn one() -> u8 {
    1
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
            password: self.password.as_ref().map(|password| Secret::new(password.0.clone())),
            memo: self.memo.clone(),
        }
    }
}

impl Endpoint {
    pub(super) fn check(&self) -> Result<(), String> {
        let name = &self.name;
        if name.trim().is_empty() {
            return Err("an endpoint needs a name".into());
        }
        if !self.path.starts_with('/') || self.path.contains(['?', '#', ' ']) {
            return Err(format!("the path of endpoint `{name}` begins with `/` and has no `?`, `#` or blank"));
        }
        if !matches!(self.encrypt_type, 1 | 2) {
            return Err(format!("endpoint `{name}`: encrypt_type is 1 (AES-256) or 2 (AES-128)"));
        }
        match self.fulfilment {
            FulfilmentMode::Template if self.template.is_none() => {
                return Err(format!("endpoint `{name}` has fulfilment = \"template\" and no [endpoint.template]"));
            }
            FulfilmentMode::Webhook if self.webhook.is_none() => {
                return Err(format!("endpoint `{name}` has fulfilment = \"webhook\" and no [endpoint.webhook]"));
            }
            _ => {}
        }
        if let Some(template) = &self.template
            && template.front_end_url.trim().is_empty()
        {
            return Err(format!("endpoint `{name}`: front_end_url is empty"));
        }
        if let Some(webhook) = &self.webhook {
            check_url(&format!("endpoint `{name}`: url"), &webhook.url, false)?;
            if !(100..=4_500).contains(&webhook.timeout_ms) {
                return Err(format!("endpoint `{name}`: timeout_ms is between 100 and 4500, KooGallery waits 5 s"));
            }
        }
        Ok(())
    }
}
