//! A seller who is down, or answers wrongly: other addresses than the real one, which learns nothing of it.

use std::{io, net::Ipv4Addr};

use axum::{Router, http::StatusCode};
use tokio::{
    net::{TcpListener, TcpSocket},
    task::JoinHandle,
};

use super::script::SellerState;

pub(super) struct StandIn {
    real: String,
    /// Bound, so that nobody else takes the address, and deaf.
    _deaf: TcpSocket,
    down: String,
    wrong: String,
    server: JoinHandle<()>,
}

impl StandIn {
    pub(super) async fn open(real: &str) -> io::Result<Self> {
        let deaf = TcpSocket::new_v4()?;
        deaf.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let down = format!("http://{}", deaf.local_addr()?);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let wrong = format!("http://{}", listener.local_addr()?);
        let router = Router::new().fallback(async || (StatusCode::INTERNAL_SERVER_ERROR, "out of order"));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::warn!(%error, "the seller that answers wrongly has ended");
            }
        });
        Ok(Self { real: real.to_owned(), _deaf: deaf, down, wrong, server })
    }

    pub(super) fn address(&self, state: SellerState) -> &str {
        match state {
            SellerState::Up => &self.real,
            SellerState::Down => &self.down,
            SellerState::Wrong => &self.wrong,
        }
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.server.abort();
    }
}
