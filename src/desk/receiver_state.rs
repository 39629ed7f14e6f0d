//! How the receiver stands, as it tells the desk. The desk itself opens no port.

use std::net::SocketAddr;

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
    /// Not listening, and why, in a sentence.
    Failed { reason: String },
}
