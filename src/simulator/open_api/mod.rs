//! The open APIs, which a seller's software calls: order query, authorization codes, usage, upload of Licenses. Real HTTP,
//! with the signature checked as the gateway checks it, over the same books as the marketplace's buyers. An independent
//! reading of the pages: it knows nothing of how the product writes requests or reads answers.
//!
//! - [`setup`]: where it listens and who may call; `door`, `connection`, [`certificate`]: listening, being down, cutting
//!   connections off, showing another certificate
//! - `gateway`: what happens to a request; `access`, `signature`, `push_signature`: whose it is
//! - [`api`], `answer`: which interfaces there are, and what an answer is made of
//! - `orders`, `mock_orders`; `licenses`, `heartbeat`, `software_usage`; `usage_push`; `upload`: the interfaces
//! - `control`, `control_view`: how all of that is run from outside; `control_token`: by whom
//! - [`faults`], `spoil`, `condition`: what goes wrong on purpose; [`log`]: what was received

mod access;
mod answer;
pub mod api;
pub mod certificate;
mod condition;
mod connection;
mod control;
mod control_token;
mod control_view;
mod door;
pub mod faults;
mod gateway;
mod heartbeat;
mod licenses;
pub mod log;
mod mock_orders;
mod orders;
mod push_signature;
pub mod setup;
mod signature;
mod software_usage;
mod spoil;
mod upload;
mod usage_push;

use std::{io, net::SocketAddr, sync::Arc};

pub use api::Api;
use axum::Router;
pub(super) use condition::{Condition, KeptCondition};
pub use faults::{ApiFaults, Fault, FaultRule, When};
pub use log::{ReceivedRequest, RequestVerdict};
pub use setup::{AccessKey, Holder, OpenApiError, OpenApiSetup};

use rustls::ServerConfig;

use self::{connection::Resets, door::Door, gateway::Gateway};
use super::Marketplace;

/// The running open APIs of a marketplace. Dropping it closes its port; what is in the books stays.
pub struct OpenApiServer {
    gateway: Arc<Gateway>,
    door: Arc<Door>,
}

impl OpenApiServer {
    /// Answers when requests are accepted. To be used inside a tokio runtime.
    pub fn start(marketplace: &Marketplace, setup: OpenApiSetup) -> Result<Self, OpenApiError> {
        Self::start_for(marketplace, &[], setup)
    }

    /// For a seller of several products that are called at different addresses: the order query knows the orders of all of
    /// them, everything else is the first one's.
    pub fn start_for(
        marketplace: &Marketplace,
        others: &[&Marketplace],
        setup: OpenApiSetup,
    ) -> Result<Self, OpenApiError> {
        Self::start_beside(marketplace, others, setup, |_| Router::new())
    }

    /// With the control API below `/control`, for whoever runs the marketplace from outside. Where others than this computer
    /// reach it, it has to have a token.
    pub fn start_with_control(marketplace: &Arc<Marketplace>, setup: OpenApiSetup) -> Result<Self, OpenApiError> {
        if setup.control_token.is_none() && !setup.listen.ip().is_loopback() {
            return Err(OpenApiError::NoControlToken(setup.listen));
        }
        let (marketplace, token) = (Arc::clone(marketplace), setup.control_token.clone());
        Self::start_beside(&Arc::clone(&marketplace), &[], setup, |gateway| {
            let control = control_token::guarded(control::router(marketplace, gateway), token);
            Router::new().nest("/control", control)
        })
    }

    fn start_beside(
        marketplace: &Marketplace,
        others: &[&Marketplace],
        setup: OpenApiSetup,
        routes: impl FnOnce(Arc<Gateway>) -> Router,
    ) -> Result<Self, OpenApiError> {
        let resets = Resets::default();
        let (listen, tls) = (setup.listen, setup.tls.clone());
        let others = others.iter().map(|other| Arc::clone(&other.shared)).collect();
        let gateway = Arc::new(Gateway::new(Arc::clone(&marketplace.shared), others, setup, resets.clone()));
        let router = routes(Arc::clone(&gateway));
        let router = router.fallback_service(Router::new().fallback(gateway::receive).with_state(Arc::clone(&gateway)));
        let door =
            Door::open(listen, tls.as_ref(), router, resets).map_err(|error| OpenApiError::Listen(listen, error))?;
        let door = Arc::new(door);
        gateway.is_behind(&door);
        if let Some(until) = gateway.condition().down_until() {
            tokio::spawn(door::stay_shut(Arc::clone(&gateway), Arc::clone(&door), until));
        }
        Ok(Self { gateway, door })
    }

    /// Without a path, as the base address of a site.
    pub fn url(&self) -> String {
        let scheme = if self.door.is_tls() { "https" } else { "http" };
        format!("{scheme}://{}", self.door.address())
    }

    pub fn address(&self) -> SocketAddr {
        self.door.address()
    }

    pub fn faults(&self) -> &ApiFaults {
        &self.gateway.condition().faults
    }

    /// Every request so far, oldest first; of very many the latest.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.gateway.log.requests()
    }

    /// Those since the last time, which are forgotten.
    pub fn take_requests(&self) -> Vec<ReceivedRequest> {
        self.gateway.log.take()
    }

    pub fn forget_requests(&self) {
        self.gateway.log.clear();
    }

    /// Whether five wrong signatures lock an access key for five minutes.
    pub fn set_lock_out(&self, on: bool) {
        self.gateway.set_lock_out(on);
    }

    /// From now on connections are refused, and those that are open end.
    pub async fn go_down(&self) -> io::Result<()> {
        self.door.shut().await
    }

    /// From now on it shows this certificate; connections that are open end.
    pub async fn show(&self, certificate: &Arc<ServerConfig>) -> io::Result<()> {
        self.door.show(certificate).await
    }

    /// Up again, at the same address.
    pub async fn come_up(&self) -> io::Result<()> {
        self.door.reopen().await
    }
}
