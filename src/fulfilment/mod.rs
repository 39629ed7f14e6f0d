//! How the seller's product really gets provisioned: from a template, by the operator, or by a webhook. Knows neither
//! store nor configuration file; what it needs comes in as arguments.

mod order_data;
mod standard_webhooks;
mod template;
mod told_license;
mod usage_pull;
mod webhook;

pub use standard_webhooks::{MalformedSecret, SigningSecret};
pub use template::render;
pub use usage_pull::{PullError, PulledUsage, UsagePull};
pub use webhook::{Webhook, WebhookClient, WebhookRequest};
