//! What `config.toml` says. Unknown keys and wrong values are errors that name the line.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{Endpoint, FulfilmentMode};
use crate::domain::RetryPolicy;

pub(super) const FILE: &str = "config.toml";

const HOUR_MILLIS: f64 = 3_600_000.0;

#[derive(Clone, Debug, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    #[serde(default)]
    pub receiver: ReceiverConfig,
    #[serde(default)]
    pub marketplace: Marketplace,
    #[serde(default, rename = "endpoint")]
    pub endpoints: Vec<Endpoint>,
    #[serde(default)]
    pub window: WindowConfig,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiverConfig {
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    #[serde(default)]
    pub tls: Option<Tls>,
}

/// PEM files.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Marketplace {
    pub site: Site,
    pub base_url: Option<String>,
    /// How long KooGallery goes on calling by itself after a failed `newInstance`, `upgradeInstance` or `orderNotify`.
    pub purchase_retry_hours: f64,
    /// The same for everything else.
    pub change_retry_hours: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Site {
    #[default]
    China,
    International,
    Europe,
}

/// Texts as they are written: `system`, `en`, `zh-CN`; `system`, `light`, `dark`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WindowConfig {
    pub language: String,
    pub theme: String,
}

pub(super) const LANGUAGES: [&str; 3] = ["system", "en", "zh-CN"];
pub(super) const THEMES: [&str; 3] = ["system", "light", "dark"];

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{path} cannot be read: {reason}")]
    Read { path: PathBuf, reason: std::io::Error },
    #[error("{path} cannot be written: {reason}")]
    Write { path: PathBuf, reason: std::io::Error },
    #[error("config.toml line {line}: {message}")]
    Toml { line: usize, message: String },
    #[error("config.toml: {0}")]
    Invalid(String),
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8480))
}

impl Default for ReceiverConfig {
    fn default() -> Self {
        Self { listen: default_listen(), tls: None }
    }
}

impl Default for Marketplace {
    fn default() -> Self {
        Self { site: Site::default(), base_url: None, purchase_retry_hours: 3.0, change_retry_hours: 1.0 }
    }
}

impl Default for WindowConfig {
    fn default() -> Self {
        Self { language: "system".into(), theme: "system".into() }
    }
}

impl Marketplace {
    pub fn retry_policy(&self) -> RetryPolicy {
        #[expect(clippy::cast_possible_truncation, reason = "hours are checked to be few")]
        let millis = |hours: f64| (hours * HOUR_MILLIS) as i64;
        RetryPolicy {
            purchase_millis: millis(self.purchase_retry_hours),
            change_millis: millis(self.change_retry_hours),
        }
    }
}

impl Config {
    /// Reads the directory's file. Without one, or without an endpoint in it: `main` at `/produce`, by hand.
    pub fn load(dir: &Path) -> Result<Self, ConfigError> {
        let path = dir.join(FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::parse(""),
            Err(reason) => Err(ConfigError::Read { path, reason }),
        }
    }

    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let mut config: Self = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start.min(text.len()));
            ConfigError::Toml { line: text[..at].matches('\n').count() + 1, message: error.message().to_owned() }
        })?;
        if config.endpoints.is_empty() {
            config.endpoints.push(Endpoint {
                name: "main".into(),
                path: "/produce".into(),
                fulfilment: FulfilmentMode::Manual,
                encrypt_type: 1,
                body_sign_v2: true,
                template: None,
                webhook: None,
            });
        }
        config.check().map_err(ConfigError::Invalid)?;
        Ok(config)
    }

    pub fn endpoint(&self, name: &str) -> Option<&Endpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.name == name)
    }

    /// The endpoint of a URL's path; a slash at the end does not matter.
    pub fn endpoint_at(&self, path: &str) -> Option<&Endpoint> {
        let bare = |path: &str| path.trim_end_matches('/').to_owned();
        self.endpoints.iter().find(|endpoint| bare(&endpoint.path) == bare(path))
    }

    fn check(&self) -> Result<(), String> {
        for (position, endpoint) in self.endpoints.iter().enumerate() {
            endpoint.check()?;
            let before = &self.endpoints[..position];
            if before.iter().any(|other| other.name == endpoint.name) {
                return Err(format!("two endpoints are called `{}`", endpoint.name));
            }
            if before.iter().any(|other| other.path.trim_end_matches('/') == endpoint.path.trim_end_matches('/')) {
                return Err(format!("two endpoints have the path `{}`", endpoint.path));
            }
        }
        for hours in [self.marketplace.purchase_retry_hours, self.marketplace.change_retry_hours] {
            if !(0.0..=720.0).contains(&hours) {
                return Err("retry hours are between 0 and 720".into());
            }
        }
        one_of("language", &self.window.language, &LANGUAGES)?;
        one_of("theme", &self.window.theme, &THEMES)?;
        match &self.marketplace.base_url {
            Some(url) => check_url("base_url", url, true),
            None => Ok(()),
        }
    }
}

fn one_of(name: &str, value: &str, allowed: &[&str]) -> Result<(), String> {
    if allowed.contains(&value) {
        return Ok(());
    }
    Err(format!("[window] {name} = \"{value}\" is none of {}", allowed.join(", ")))
}

/// An address that can be called; without TLS only on this machine where `strict`.
pub(super) fn check_url(name: &str, text: &str, strict: bool) -> Result<(), String> {
    let url = url::Url::parse(text).map_err(|error| format!("{name} = \"{text}\" is no address: {error}"))?;
    let loopback = match url.host() {
        Some(url::Host::Domain(domain)) => domain == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => return Err(format!("{name} = \"{text}\" names no host")),
    };
    match url.scheme() {
        "https" => Ok(()),
        "http" if loopback || !strict => Ok(()),
        "http" => Err(format!("{name} = \"{text}\": http is for this machine only, use https")),
        other => Err(format!("{name} = \"{text}\": `{other}` is not supported, use https")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Config::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn no_file_means_one_endpoint_by_hand() {
        let config = Config::load(tempfile::tempdir().unwrap().path()).unwrap();
        assert_eq!(config.receiver.listen, default_listen());
        assert_eq!(config.endpoints[0].path, "/produce");
        assert_eq!(config.endpoints[0].fulfilment, FulfilmentMode::Manual);
        assert_eq!(config.marketplace.retry_policy(), RetryPolicy::default());
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        assert!(
            refused("[receiver]\nlisten = \"127.0.0.1:1\"\ncolour = 1\n")
                .starts_with("config.toml line 3: unknown field `colour`")
        );
        assert!(refused("[receiver]\nlisten = \"here\"\n").starts_with("config.toml line 2: "));
        assert!(refused("\n\n[[endpoint]]\nname = ").starts_with("config.toml line 4: "));
        assert!(refused("[marketplace]\nsite = \"mars\"").starts_with("config.toml line 2: unknown variant `mars`"));
    }

    #[test]
    fn what_cannot_work_is_told() {
        let endpoint = |more: &str| format!("[[endpoint]]\nname = \"a\"\npath = \"/a\"\n{more}");
        let twice = endpoint("") + &endpoint("");
        for (text, sentence) in [
            (
                endpoint("fulfilment = \"template\""),
                "endpoint `a` has fulfilment = \"template\" and no [endpoint.template]",
            ),
            (
                endpoint("fulfilment = \"webhook\""),
                "endpoint `a` has fulfilment = \"webhook\" and no [endpoint.webhook]",
            ),
            (endpoint("encrypt_type = 3"), "encrypt_type is 1 (AES-256) or 2 (AES-128)"),
            (endpoint("[endpoint.webhook]\nurl = \"ftp://x\""), "`ftp` is not supported"),
            (twice, "two endpoints are called `a`"),
            ("[[endpoint]]\nname = \"a\"\npath = \"a\"".into(), "begins with `/`"),
            ("[window]\nlanguage = \"fr\"".into(), "is none of system, en, zh-CN"),
            ("[marketplace]\nbase_url = \"http://example.com\"".into(), "http is for this machine only"),
        ] {
            let error = refused(&text);
            assert!(error.contains(sentence), "{error}");
        }
    }
}
