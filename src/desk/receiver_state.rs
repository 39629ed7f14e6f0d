//! How the receiver stands, as it tells the desk. The desk itself opens no port.

use std::net::SocketAddr;

use super::SystemReason;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ReceiverState {
    #[default]
    Starting,
    Listening {
        address: SocketAddr,
        /// With TLS of its own.
        tls: bool,
    },
    /// Another Sellerdesk on this data directory receives.
    Elsewhere { address: String },
    /// Not listening.
    Failed(ReceiverTrouble),
}

/// Why nothing is received.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiverTrouble {
    #[error("cannot listen on {address}: {reason}; choose another address with --listen or in Settings")]
    Bind { address: SocketAddr, reason: SystemReason },
    #[error("the lock file of the data directory cannot be used: {0}")]
    Lock(SystemReason),
    #[error("the TLS certificate or key cannot be used: {0}")]
    Tls(SystemReason),
    #[error("the receiver's threads cannot be started: {0}")]
    Threads(SystemReason),
    #[error("the receiver ended: {0}")]
    Ended(SystemReason),
}
