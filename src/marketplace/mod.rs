//! The client of KooGallery's open APIs: signs, paces, tries again where that does no harm, goes to the second host where the
//! first cannot be reached, and says in one value what went wrong. Knows no store and decides nothing about business.

mod attempt;
mod bench;
mod debugging;
mod fault;
mod tls;

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use backon::{ExponentialBuilder, Retryable as _};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use self::attempt::{Attempt, Failed};
pub use self::{
    bench::BenchAnswer,
    debugging::{DebugCaller, Resolved},
    tls::certified_names,
};
use crate::{
    domain::ApiFault,
    protocol::{Secret, UnixMillis, address::is_loopback, open_api::OpenApi},
};

/// Calls a second; no limit of KooGallery's is documented, and this is far more than a seller needs.
const PACE: NonZeroU32 = NonZeroU32::new(10).unwrap();
/// Tries of one call.
const TRIES: usize = 3;
const SHORTEST_WAIT: Duration = Duration::from_millis(500);
/// Where KooGallery asks for a longer pause, whoever called has to wait: the fault tells how long.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// Of an answer this much is kept for the history.
const KEPT_ANSWER: usize = 64 * 1024;

/// Where and how KooGallery is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarketplaceSettings {
    /// Base URLs; the next is taken where one cannot be reached.
    pub hosts: Vec<String>,
    pub timeout: Duration,
    /// A certificate authority of one's own, in PEM, that is trusted beside the system's.
    pub ca_certificate: Option<Vec<u8>>,
}

/// What requests are signed with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiKeys {
    pub access: Option<AccessKey>,
    /// The access key of the base interfaces, which signs usage.
    pub base: Option<Secret>,
}

/// AK and SK (访问密钥).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKey {
    pub ak: String,
    pub sk: Secret,
    /// Of temporary keys.
    pub security_token: Option<Secret>,
}

/// What passed over the wire, for the history. Holds no signature and nothing secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exchange {
    /// `POST https://host/path?query`.
    pub request: String,
    pub request_body: String,
    pub status: Option<u16>,
    /// Its first 65,536 characters, without what leads to the buyer.
    pub answer: String,
}

#[derive(Debug)]
pub struct Called<A> {
    /// Of the last try.
    pub exchange: Exchange,
    pub outcome: Result<A, ApiFault>,
}

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("`{host}` is no https address (http for this machine only)")]
    Unsafe { host: String },
    #[error("the HTTP client cannot be set up: {0}")]
    Http(#[from] reqwest::Error),
}

/// Clones share connections and pace.
#[derive(Clone, Debug)]
pub struct MarketplaceClient {
    http: reqwest::Client,
    settings: Arc<MarketplaceSettings>,
    pace: Arc<DefaultDirectRateLimiter>,
    pause: Duration,
}

impl MarketplaceClient {
    pub fn new(settings: MarketplaceSettings) -> Result<Self, ClientError> {
        Self::with_pause(settings, SHORTEST_WAIT)
    }

    /// `pause` is how long it waits before the second try; before each further one twice as long.
    pub fn with_pause(settings: MarketplaceSettings, pause: Duration) -> Result<Self, ClientError> {
        for host in &settings.hosts {
            if !is_safe(host) {
                return Err(ClientError::Unsafe { host: host.clone() });
            }
        }
        let mut builder = reqwest::Client::builder()
            .timeout(settings.timeout)
            .connect_timeout(settings.timeout.min(Duration::from_secs(5)))
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("sellerdesk/", env!("CARGO_PKG_VERSION")));
        // What runs on this machine is behind no proxy.
        if settings.hosts.iter().all(|host| host.starts_with("http://")) {
            builder = builder.no_proxy();
        }
        if let Some(pem) = &settings.ca_certificate {
            let authorities = reqwest::Certificate::from_pem_bundle(pem)?;
            builder = builder.tls_certs_merge(authorities);
        }
        Ok(Self {
            http: builder.build()?,
            settings: Arc::new(settings),
            pace: Arc::new(RateLimiter::direct(Quota::per_second(PACE))),
            pause,
        })
    }

    /// Calls an interface and waits for its answer.
    pub async fn call<A: OpenApi>(&self, keys: &ApiKeys, api: &A, now: impl Fn() -> UnixMillis) -> Called<A::Answer> {
        let request = api.request();
        let attempt = Attempt { client: self, keys, request: &request, now: &now };
        let tried = (async || {
            let mut failed = None;
            for host in &self.settings.hosts {
                self.pace.until_ready().await;
                match attempt.send(host, |status, body| api.read(status, body)).await {
                    Ok(done) => return Ok(done),
                    // Nothing was done there, so the next may be asked; what is told is the first one's fault.
                    Err(unreachable) if matches!(unreachable.fault, ApiFault::Unreachable { .. }) => {
                        failed = failed.or(Some(unreachable));
                    }
                    Err(other) => return Err(other),
                }
            }
            Err(failed.unwrap_or_else(Failed::without_host))
        })
        .retry(
            ExponentialBuilder::default()
                .with_min_delay(self.pause)
                .with_max_delay(LONGEST_WAIT)
                .with_max_times(TRIES - 1)
                .with_jitter(),
        )
        .when(|failed: &Failed| may_try_again(&failed.fault, A::REPEATABLE))
        .adjust(|failed, wait| match (wait, failed.retry_after) {
            (Some(_), Some(asked)) if asked > LONGEST_WAIT => None,
            (Some(wait), Some(asked)) => Some(wait.max(asked)),
            (wait, _) => wait,
        })
        .await;
        match tried {
            Ok((exchange, answer)) => Called { exchange, outcome: Ok(answer) },
            Err(failed) => Called { exchange: failed.exchange, outcome: Err(failed.fault) },
        }
    }
}

/// Never after a refusal; where nobody knows whether the request arrived, only what may be sent twice.
const fn may_try_again(fault: &ApiFault, repeatable: bool) -> bool {
    match fault {
        ApiFault::Throttled { .. } | ApiFault::Unreachable { .. } => true,
        ApiFault::TimedOut { .. } | ApiFault::CutOff { .. } | ApiFault::ServerError { .. } => repeatable,
        _ => false,
    }
}

/// Signed requests go over TLS; on this machine they need not.
fn is_safe(host: &str) -> bool {
    let Ok(url) = url::Url::parse(host) else { return false };
    let named = url.username().is_empty() && url.password().is_none();
    named && (url.scheme() == "https" || url.scheme() == "http" && is_loopback(&url))
}
