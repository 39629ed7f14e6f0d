//! How the open APIs are set up: where they listen, and who may call.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use rustls::ServerConfig;

use crate::protocol::Secret;

#[derive(Clone, Debug)]
pub struct OpenApiSetup {
    pub listen: SocketAddr,
    /// With it `https`, with whatever certificate it brings: a wrong one is a fault like others.
    pub tls: Option<Arc<ServerConfig>>,
    pub access_keys: Vec<AccessKey>,
    /// Whether five wrong signatures lock an access key for five minutes.
    pub lock_out: bool,
    /// How long ago, or ahead, a request may have been signed: 15 minutes at KooGallery's gateway.
    pub max_skew_millis: i64,
    /// More order queries than this in a minute are answered 406.
    pub order_queries_per_minute: Option<u32>,
    /// Whether the answer to a usage push names the records that the bill job will refuse. The page tells that it does and
    /// not how (zh-cn_topic_0070649410), so the members are a guess.
    pub names_abnormal_records: bool,
    /// What whoever uses the control API has to know.
    pub control_token: Option<Secret>,
}

impl Default for OpenApiSetup {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            tls: None,
            access_keys: vec![],
            lock_out: true,
            max_skew_millis: 15 * 60_000,
            order_queries_per_minute: None,
            names_abnormal_records: false,
            control_token: None,
        }
    }
}

impl OpenApiSetup {
    /// For one seller with this AK and SK.
    pub fn new(access: impl Into<String>, secret: Secret) -> Self {
        Self::default().with_access_key(AccessKey::new(access, secret, Holder::Seller))
    }

    #[must_use]
    pub fn with_access_key(mut self, key: AccessKey) -> Self {
        self.access_keys.push(key);
        self
    }

    #[must_use]
    pub fn with_tls(mut self, config: Arc<ServerConfig>) -> Self {
        self.tls = Some(config);
        self
    }

    #[must_use]
    pub const fn on(mut self, listen: SocketAddr) -> Self {
        self.listen = listen;
        self
    }
}

/// AK and SK.
#[derive(Clone, Debug)]
pub struct AccessKey {
    pub access: String,
    pub secret: Secret,
    pub holder: Holder,
    /// Of a temporary key: has to come along in `X-Security-Token`, signed.
    pub security_token: Option<Secret>,
}

impl AccessKey {
    pub fn new(access: impl Into<String>, secret: Secret, holder: Holder) -> Self {
        Self { access: access.into(), secret, holder, security_token: None }
    }

    #[must_use]
    pub fn temporary(mut self, security_token: Secret) -> Self {
        self.security_token = Some(security_token);
        self
    }
}

/// Whose key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Whose products the marketplace's buyers buy.
    Seller,
    /// To whom all of that is foreign.
    AnotherSeller,
    /// Who has no business here.
    Buyer,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenApiError {
    #[error("the control API would be open to whoever reaches {0}, and needs a token")]
    NoControlToken(SocketAddr),
    #[error("the open APIs cannot listen on {0}")]
    Listen(SocketAddr, #[source] std::io::Error),
}
