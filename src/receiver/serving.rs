//! The HTTP server itself: one handler behind the bounds, in clear or with TLS of its own.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use axum_server::{
    Handle,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};

use super::{
    MAX_CONNECTIONS, REQUEST_TIME, ReceiverError,
    answering::{Answering, answer},
    connections::BoundedAcceptor,
    refusals::Refusals,
};
use crate::{
    config::Tls,
    desk::{Desk, ReceiverTrouble},
};

/// How long calls that are being answered may take once the receiver is told to end.
const GRACE: Duration = Duration::from_secs(5);
const MAX_HEADERS: usize = 64;
const MAX_HEAD_BYTES: usize = 32 * 1024;

/// Reads certificate and key, so that what is wrong with them is told before anybody is told of the port.
pub(super) async fn load_tls(tls: &Tls) -> Result<RustlsConfig, ReceiverError> {
    let config = RustlsConfig::from_pem_file(&tls.certificate, &tls.key)
        .await
        .map_err(|error| ReceiverTrouble::Tls(error.into()))?;
    // Offered HTTP/2 a caller would take it, and this server does not speak it.
    let mut speaks = config.get_inner().as_ref().clone();
    speaks.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(RustlsConfig::from_config(Arc::new(speaks)))
}

pub(super) async fn serve(
    desk: Desk,
    listener: std::net::TcpListener,
    tls: Option<RustlsConfig>,
    until: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ReceiverError> {
    let ended = |error: std::io::Error| ReceiverTrouble::Ended(error.into());
    let state = Arc::new(Answering { desk, refusals: Refusals::new() });
    let service = Router::new().fallback(answer).with_state(state).into_make_service_with_connect_info::<SocketAddr>();
    let handle = Handle::new();
    tokio::spawn({
        let handle = handle.clone();
        async move {
            until.await;
            handle.graceful_shutdown(Some(GRACE));
        }
    });
    let bounded = BoundedAcceptor::new(MAX_CONNECTIONS);
    let mut server =
        axum_server::from_tcp(listener).map_err(ended)?.handle(handle).http1_only().first_request_timeout(REQUEST_TIME);
    server
        .http_builder()
        .http1()
        .header_read_timeout(REQUEST_TIME)
        .max_headers(MAX_HEADERS)
        // KooGallery's FAQ zh-cn_topic_0082027567 warns that `Body-Sign` is looked for in exactly this case.
        .title_case_headers(true)
        .max_buf_size(MAX_HEAD_BYTES);
    match tls {
        None => server.acceptor(bounded).serve(service).await.map_err(ended)?,
        Some(config) => {
            let acceptor = RustlsAcceptor::new(config).handshake_timeout(REQUEST_TIME).acceptor(bounded);
            server.acceptor(acceptor).serve(service).await.map_err(ended)?;
        }
    }
    Ok(())
}
