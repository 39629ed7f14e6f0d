//! How a marketplace is set up, and why an action cannot be begun.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Clock, MessageId, Pace, RetryPolicy, call::TIMEOUT, lifecycle::Lifecycle, orderable::Impossible};
use crate::protocol::{
    KeyClass, Secret, UnixMillis,
    id::{EventId, InstanceId, LicenseCode, OrderId},
    oaep::OaepError,
    site::Site,
};

/// How a marketplace is set up.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The seller's production address.
    pub target: String,
    pub keys: BTreeMap<KeyClass, Secret>,
    pub pace: Pace,
    /// The real one, for signatures.
    pub clock: Clock,
    /// The marketplace's own time when it opens; that of `clock` where nothing is said.
    pub begins_at: Option<UnixMillis>,
    pub policy: RetryPolicy,
    pub lifecycle: Lifecycle,
    pub site: Site,
    /// The same ids each time, those of orders where it begins at the same time too; nonces differ nevertheless.
    pub seed: Option<u64>,
    pub timeout: Duration,
    pub generation: Generation,
    /// 订单通知配置: whether every order is told with `orderNotify`, where there is a key of the general interfaces.
    pub notifies_orders: bool,
    /// The RSA key that the seller registered for `clientSecret` (PEM); the public one will do.
    pub kit_key: Option<Secret>,
}

/// Which access guide the seller was admitted under.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Generation {
    V1,
    #[default]
    V2,
}

impl Setup {
    pub fn new(target: impl Into<String>) -> Self {
        Self {
            target: target.into(),
            keys: BTreeMap::new(),
            pace: Pace::real(),
            clock: Clock::system(),
            begins_at: None,
            policy: RetryPolicy::default(),
            lifecycle: Lifecycle::default(),
            site: Site::default(),
            seed: None,
            timeout: TIMEOUT,
            generation: Generation::default(),
            notifies_orders: false,
            kit_key: None,
        }
    }

    #[must_use]
    pub fn with_key(mut self, class: KeyClass, key: Secret) -> Self {
        self.keys.insert(class, key);
        self
    }

    #[must_use]
    pub fn with_pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    #[must_use]
    pub const fn begins_at(mut self, time: UnixMillis) -> Self {
        self.begins_at = Some(time);
        self
    }

    #[must_use]
    pub const fn with_lifecycle(mut self, lifecycle: Lifecycle) -> Self {
        self.lifecycle = lifecycle;
        self
    }

    #[must_use]
    pub const fn of_generation(mut self, generation: Generation) -> Self {
        self.generation = generation;
        self
    }

    #[must_use]
    pub fn with_kit_key(mut self, pem: Secret) -> Self {
        self.kit_key = Some(pem);
        self
    }

    #[must_use]
    pub const fn with_order_notices(mut self) -> Self {
        self.notifies_orders = true;
        self
    }

    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    #[error("the HTTP client cannot be set up")]
    Client(#[from] reqwest::Error),
    #[error("the marketplace has no key of class {0}")]
    NoKey(KeyClass),
    #[error("the access guide V1.0 has no words for {0}")]
    NotInV1(String),
    #[error("the marketplace knows no order {0}")]
    UnknownOrder(OrderId),
    #[error("the marketplace knows no instance {0}")]
    UnknownInstance(InstanceId),
    #[error("the marketplace knows no authorization code {0}")]
    UnknownLicense(LicenseCode),
    #[error("the marketplace knows no message {0}")]
    UnknownMessage(MessageId),
    #[error("the marketplace knows no application {0}")]
    UnknownApplication(EventId),
    #[error("the marketplace's catalogue has no product {0}")]
    UnknownProduct(String),
    #[error("product {0} has left the catalogue and cannot be bought")]
    Withdrawn(String),
    #[error("clientSecret cannot be encrypted: {0}")]
    KitKey(#[from] OaepError),
    #[error("instance {0} is bound to no organisation")]
    NotBound(InstanceId),
    /// An action that says what makes no sense.
    #[error("{0}")]
    Malformed(String),
    #[error("message {0} is about no purchase, and there is nothing to refund")]
    NothingToRefund(MessageId),
    #[error("message {0} did not pass and is no case to be saved")]
    NotPassed(MessageId),
    #[error("the marketplace's books cannot be kept or taken up again: {0}")]
    Unkept(String),
    #[error("trade is frozen, because probes have failed for days")]
    TradeFrozen,
    /// As things stand.
    #[error("{subject} cannot {deed}: {why}")]
    Impossible { subject: String, deed: &'static str, why: Impossible },
    #[error("a License of 1.0 is delivered as the access guide V1.0 says, and this marketplace calls as V2.0 does")]
    LicenseOfV1,
    #[error("instance {0} has no renewal to take back")]
    NothingRenewed(InstanceId),
    #[error("authorization code {0} has no renewal to take back")]
    NothingRenewedOf(LicenseCode),
    #[error("message {0} is done and cannot be restarted")]
    Done(MessageId),
    #[error("the order of message {0} is refunded and cannot be restarted")]
    Refunded(MessageId),
    #[error("message {0} was overtaken by later business and cannot be restarted")]
    Overtaken(MessageId),
}
