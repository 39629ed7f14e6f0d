//! Where and how a scenario is played, and why it cannot be.

use std::{collections::BTreeMap, time::Duration};

use super::ScriptError;
use crate::{
    protocol::{KeyClass, Secret, UnixMillis, site::Site},
    simulator::{
        SimulatorError,
        open_api::{OpenApiError, OpenApiSetup},
    },
};

#[derive(Clone, Debug)]
pub struct Stage {
    /// The seller's production address.
    pub target: String,
    pub keys: BTreeMap<KeyClass, Secret>,
    /// With which `clientSecret` is encrypted.
    pub kit_key: Option<Secret>,
    /// Instead of the scenario's own.
    pub seed: Option<u64>,
    /// Likewise.
    pub begins_at: Option<UnixMillis>,
    /// Likewise.
    pub site: Option<Site>,
    /// How many times as fast recorded calls come; 0: one right after the other.
    pub speed: f64,
    /// How long what was answered 000004 is waited for, and what the seller has to do by itself.
    pub patience: Duration,
    /// Where the seller finds the open APIs meanwhile.
    pub open_apis: OpenApiSetup,
}

#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    #[error(transparent)]
    Script(#[from] ScriptError),
    #[error(transparent)]
    Simulator(#[from] SimulatorError),
    #[error(transparent)]
    OpenApis(#[from] OpenApiError),
    #[error("the HTTP client cannot be set up")]
    Client(#[from] reqwest::Error),
    #[error("no address for a seller that is down")]
    StandIn(#[from] std::io::Error),
}
