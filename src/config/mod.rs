//! `config.toml` of the data directory, and the keys. Knows files, the environment and the keychain; no store, no window.

mod endpoint;
pub use endpoint::{Endpoint, FulfilmentMode, Template, Webhook};
