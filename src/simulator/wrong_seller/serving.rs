//! Where a wrong seller listens, and how: with headers in the case that the marketplace looks for, and with TLS where the
//! certificate is what is wrong.

use std::{
    io,
    net::{Ipv4Addr, TcpListener},
    sync::Arc,
};

use axum::Router;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use tokio::task::JoinHandle;

use super::{Shop, Wrong, answer};
use crate::simulator::certificates;

/// Its address, without a path, and what serves there.
pub(super) fn serve(shop: Arc<Shop>) -> io::Result<(String, JoinHandle<()>)> {
    let wrong = shop.wrong;
    let service = Router::new().fallback(answer).with_state(shop).into_make_service();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let mut server = axum_server::from_tcp(listener)?.http1_only();
    server.http_builder().http1().title_case_headers(wrong != Wrong::HeaderCase);
    let certificate = match wrong {
        Wrong::Certificate => Some(certificates::of_nobody(&address.ip().to_string()).map_err(io::Error::other)?),
        _ => None,
    };
    let scheme = if certificate.is_some() { "https" } else { "http" };
    let serving = tokio::spawn(async move {
        let ended = match certificate {
            None => server.serve(service).await,
            Some(config) => {
                server.acceptor(RustlsAcceptor::new(RustlsConfig::from_config(config))).serve(service).await
            }
        };
        if let Err(error) = ended {
            tracing::warn!(%error, "a wrong seller has ended");
        }
    });
    Ok((format!("{scheme}://{address}"), serving))
}
