//! What `config.toml` says. Unknown keys and wrong values are errors that name the line.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use super::{
    Endpoint, HistoryConfig, UsageConfig,
    complaint::{self, Problem},
    data_dir::CONFIG_FILE,
};
use crate::{
    domain::{
        RetryPolicy, RetryRow,
        license_calendar::{self, GracePolicy},
        limit::LimitPolicy,
        settlement::SettlementPolicy,
        supervision::StartRule,
    },
    protocol::{UnixMillis, address::is_loopback, site::Site},
};

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
    #[serde(default)]
    pub usage: UsageConfig,
    #[serde(default)]
    pub history: HistoryConfig,
    /// What the pages leave open about purchase limits.
    #[serde(default)]
    pub limits: LimitPolicy,
    /// What the pages leave open about what follows a code's expiry.
    #[serde(default)]
    pub licenses: GracePolicy,
    #[serde(default)]
    pub supervision: SupervisionConfig,
    /// Rates and choices of settlement.
    #[serde(default)]
    pub settlement: SettlementPolicy,
    #[serde(default)]
    pub reconcile: ReconcileConfig,
    /// How long KooGallery goes on calling by itself, row by row.
    #[serde(default)]
    pub retry: RetryConfig,
}

/// How orders are held against calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReconcileConfig {
    /// Since when calls come here: older orders are not missed. Without it, since the first call that came.
    #[serde(deserialize_with = "moment")]
    pub called_since: Option<UnixMillis>,
}

fn moment<'de, D: Deserializer<'de>>(from: D) -> Result<Option<UnixMillis>, D::Error> {
    let text = String::deserialize(from)?;
    UnixMillis::from_iso(&text).map(Some).ok_or_else(|| D::Error::custom("no time"))
}

/// Hours; 0 where it calls once. The pages contradict each other, so each is a choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetryConfig {
    new_order: Option<f64>,
    upgrade: Option<f64>,
    renewal: Option<f64>,
    status: Option<f64>,
    release: Option<f64>,
    order_notify: Option<f64>,
    code_renewal: Option<f64>,
    code_status: Option<f64>,
    code_release: Option<f64>,
    license_v1: Option<f64>,
    other: Option<f64>,
}

impl RetryConfig {
    pub const fn hours(&self, row: RetryRow) -> Option<f64> {
        match row {
            RetryRow::NewOrder => self.new_order,
            RetryRow::Upgrade => self.upgrade,
            RetryRow::Renewal => self.renewal,
            RetryRow::Status => self.status,
            RetryRow::Release => self.release,
            RetryRow::OrderNotify => self.order_notify,
            RetryRow::CodeRenewal => self.code_renewal,
            RetryRow::CodeStatus => self.code_status,
            RetryRow::CodeRelease => self.code_release,
            RetryRow::LicenseV1 => self.license_v1,
            RetryRow::Other => self.other,
        }
    }
}

/// What two versions of the pages say differently about service supervision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SupervisionConfig {
    /// When a supervised order begins; both are told where none is chosen.
    pub start_rule: Option<StartRule>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReceiverConfig {
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    #[serde(default)]
    pub tls: Option<Tls>,
}

/// PEM files; relative paths begin in the data directory.
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
    /// Instead of the site's, and without its fallback host.
    pub base_url: Option<String>,
    /// Asked where the first host cannot be reached, instead of the one that the site has. The international site's pages
    /// name one that looks like a slip, so it has none by itself.
    pub fallback_url: Option<String>,
    /// How long one request may take.
    pub timeout_secs: u64,
    pub license_api: LicenseApi,
    /// The same for asking about codes. The batch's exact shape is not documented, so one at a time is the default.
    pub license_query_api: LicenseApi,
    pub query_licenses_daily: bool,
    /// PEM; trusted beside the system's authorities. A relative path begins in the data directory.
    pub ca_certificate: Option<PathBuf>,
    /// How long KooGallery goes on calling by itself after a failed `newInstance`, `upgradeInstance` or `orderNotify`, where
    /// `[retry]` says nothing of it.
    pub purchase_retry_hours: Option<f64>,
    /// The same for everything else about instances.
    pub change_retry_hours: Option<f64>,
}

/// Which of the two generations of the license interfaces activates codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LicenseApi {
    /// One at a time; each tells its order and expiry.
    V1,
    /// In batches.
    #[default]
    V2,
}

impl LicenseApi {
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }
}

/// Texts as they are written: `system`, `en`, `zh-CN`; `system`, `light`, `dark`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WindowConfig {
    pub language: String,
    pub theme: String,
    /// Whether alarms are told by the desktop too.
    pub notifications: bool,
}

const LANGUAGES: [&str; 3] = ["system", "en", "zh-CN"];
const THEMES: [&str; 3] = ["system", "light", "dark"];

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{path} cannot be read: {reason}")]
    Read { path: PathBuf, reason: std::io::Error },
    #[error("{path} cannot be written: {reason}")]
    Write { path: PathBuf, reason: std::io::Error },
    #[error("config.toml line {line}: {message}")]
    Line { line: usize, message: String },
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
        Self {
            site: Site::default(),
            base_url: None,
            fallback_url: None,
            timeout_secs: 15,
            license_api: LicenseApi::default(),
            license_query_api: LicenseApi::V1,
            query_licenses_daily: false,
            ca_certificate: None,
            purchase_retry_hours: None,
            change_retry_hours: None,
        }
    }
}

impl Default for WindowConfig {
    fn default() -> Self {
        Self { language: "system".into(), theme: "system".into(), notifications: true }
    }
}

impl Marketplace {
    /// Base URLs of the open APIs, the fallback last.
    pub fn hosts(&self) -> Vec<String> {
        let (base, fallback) = match self.base_url.as_deref() {
            Some(url) => (url, None),
            None => (self.site.base_url(), self.site.fallback_url()),
        };
        let fallback = self.fallback_url.as_deref().or(fallback);
        [Some(base), fallback].into_iter().flatten().map(str::to_owned).collect()
    }
}

impl Config {
    /// What `[retry]` says of a row, then what `[marketplace]` says of its kind, then what the pages say.
    pub fn retry_policy(&self) -> RetryPolicy {
        #[expect(clippy::cast_possible_truncation, reason = "hours are checked to be few")]
        let millis = |hours: f64| (hours * HOUR_MILLIS) as i64;
        RetryRow::ALL.into_iter().fold(RetryPolicy::default(), |policy, row| {
            let of_kind = match row {
                RetryRow::NewOrder | RetryRow::Upgrade | RetryRow::OrderNotify => self.marketplace.purchase_retry_hours,
                RetryRow::Renewal | RetryRow::Status | RetryRow::Release | RetryRow::Other => {
                    self.marketplace.change_retry_hours
                }
                RetryRow::CodeRenewal | RetryRow::CodeStatus | RetryRow::CodeRelease | RetryRow::LicenseV1 => None,
            };
            match self.retry.hours(row).or(of_kind) {
                Some(hours) => policy.with(row, millis(hours)),
                None => policy,
            }
        })
    }

    /// Reads the directory's file. Without one, or without an endpoint in it: `main` at `/produce`, by hand.
    pub fn load(dir: &Path) -> Result<Self, ConfigError> {
        let path = dir.join(CONFIG_FILE);
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::parse(""),
            Err(reason) => Err(ConfigError::Read { path, reason }),
        }
    }

    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let mut config: Self = toml::from_str(text).map_err(|error| complaint::of_toml(text, &error))?;
        if config.endpoints.is_empty() {
            config.endpoints.push(Endpoint::manual("main", "/produce"));
        }
        config.check().map_err(|problem| complaint::of_problem(text, problem))?;
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

    fn check(&self) -> Result<(), Problem> {
        for (position, endpoint) in self.endpoints.iter().enumerate() {
            let place = format!("endpoint.{position}");
            endpoint.check(&place)?;
            let before = &self.endpoints[..position];
            if before.iter().any(|other| other.name == endpoint.name) {
                let sentence = format!("two endpoints are called `{}`; each name stands once", endpoint.name);
                return Err(Problem::sentence(format!("{place}.name"), sentence));
            }
            if before.iter().any(|other| other.path.trim_end_matches('/') == endpoint.path.trim_end_matches('/')) {
                let sentence = format!("two endpoints have the path `{}`; each path stands once", endpoint.path);
                return Err(Problem::sentence(format!("{place}.path"), sentence));
            }
        }
        self.usage.check()?;
        self.history.check()?;
        let Marketplace { base_url, fallback_url, timeout_secs, purchase_retry_hours, change_retry_hours, .. } =
            &self.marketplace;
        let few = |hours: Option<f64>| hours.is_none_or(|hours| (0.0..=720.0).contains(&hours));
        if let Some(row) = RetryRow::ALL.into_iter().find(|row| !few(self.retry.hours(*row))) {
            return Err(Problem::value(format!("retry.{}", row.name())));
        }
        let (base_url, fallback_url) = (base_url.as_deref(), fallback_url.as_deref());
        for (fine, place) in [
            (few(*purchase_retry_hours), "marketplace.purchase_retry_hours"),
            (few(*change_retry_hours), "marketplace.change_retry_hours"),
            (base_url.is_none_or(|url| is_address(url, true)), "marketplace.base_url"),
            (fallback_url.is_none_or(|url| is_address(url, true)), "marketplace.fallback_url"),
            ((1..=120).contains(timeout_secs), "marketplace.timeout_secs"),
            (self.licenses.grace_days <= license_calendar::MAX_DAYS, "licenses.grace_days"),
            (self.licenses.retention_days <= license_calendar::MAX_DAYS, "licenses.retention_days"),
            (LANGUAGES.contains(&self.window.language.as_str()), "window.language"),
            (THEMES.contains(&self.window.theme.as_str()), "window.theme"),
        ] {
            if !fine {
                return Err(Problem::value(place));
            }
        }
        Ok(())
    }
}

/// Something that can be called; without TLS only on this machine where `strict`.
pub(super) fn is_address(text: &str, strict: bool) -> bool {
    let Ok(url) = url::Url::parse(text) else { return false };
    match url.scheme() {
        "https" => url.has_host(),
        "http" => url.has_host() && (is_loopback(&url) || !strict),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
