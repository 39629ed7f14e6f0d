//! `config.toml` of the data directory, and the keys. Knows files, the environment and the keychain; no store, no window.

mod complaint;
mod data_dir;
mod edit;
mod endpoint;
mod file;
mod files;
mod history;
mod key_ring;
mod keychain;
mod seal_key;
mod sealed_file;
mod secret_text;
mod usage;

pub use data_dir::{CONFIG_FILE, DATABASE_FILE, DataDirError, KEYS_FILE, open_data_dir};
pub use edit::LicenseSetting;
pub use endpoint::{Endpoint, FulfilmentMode, Template, Webhook};
pub use file::{Config, ConfigError, LicenseApi, Marketplace, ReceiverConfig, Tls, WindowConfig};
pub use history::HistoryConfig;
pub use key_ring::{
    AccessKeyInfo, AccessKeyPair, KeyError, KeyInfo, KeyOrigin, KeyRing, LONGEST_KEY, OlderKey, RsaKeyInfo, ValidKey,
};
pub use usage::UsageConfig;
