//! One production address and how its purchases are fulfilled.

use serde::{Deserialize, Serialize};

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
    pub password: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memo: Option<String>,
    /// The text for `getLicense`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
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
