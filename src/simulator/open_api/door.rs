//! The door: the address where the APIs listen. It can be shut, and then a connection is refused, and opened again at the same
//! address.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::Router;
use axum_server::{
    Handle,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use rustls::ServerConfig;
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::Mutex,
    task::JoinHandle,
    time::sleep,
};

use super::{
    connection::{Acceptor, Resets},
    gateway::Gateway,
};
use crate::protocol::UnixMillis;

const BACKLOG: u32 = 1024;
/// How often, and after which pause, an address is asked for that was ours just before.
const TRIES: u32 = 500;
const PAUSE: Duration = Duration::from_millis(10);

pub(super) struct Door {
    address: SocketAddr,
    is_tls: bool,
    router: Router,
    resets: Resets,
    state: Mutex<State>,
    /// That it shows when it is opened.
    tls: Mutex<Option<Arc<ServerConfig>>>,
}

enum State {
    Open {
        handle: Handle<SocketAddr>,
        server: JoinHandle<()>,
    },
    /// Bound, so that nobody else takes the address, and deaf.
    Shut(TcpSocket),
    /// Could not be bound again.
    Lost,
}

impl Door {
    pub(super) fn open(
        listen: SocketAddr,
        tls: Option<&Arc<ServerConfig>>,
        router: Router,
        resets: Resets,
    ) -> io::Result<Self> {
        let tls = tls.map(without_http2);
        let listener = bind(listen)?.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        let state = serve(listener, tls.clone(), router.clone(), resets.clone())?;
        let (is_tls, state, tls) = (tls.is_some(), Mutex::new(state), Mutex::new(tls));
        Ok(Self { address, is_tls, router, resets, state, tls })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) const fn is_tls(&self) -> bool {
        self.is_tls
    }

    /// From now on with another certificate; connections that are open end.
    pub(super) async fn show(&self, certificate: &Arc<ServerConfig>) -> io::Result<()> {
        self.shut().await?;
        *self.tls.lock().await = Some(without_http2(certificate));
        self.reopen().await
    }

    pub(super) async fn shut(&self) -> io::Result<()> {
        let mut state = self.state.lock().await;
        if let State::Open { handle, server } = &mut *state {
            handle.shutdown();
            drop(server.await);
            *state = State::Lost;
        }
        if matches!(*state, State::Lost) {
            *state = State::Shut(bind_again(self.address).await?);
        }
        Ok(())
    }

    pub(super) async fn reopen(&self) -> io::Result<()> {
        let mut state = self.state.lock().await;
        let socket = match std::mem::replace(&mut *state, State::Lost) {
            open @ State::Open { .. } => {
                *state = open;
                return Ok(());
            }
            State::Shut(socket) => socket,
            State::Lost => bind_again(self.address).await?,
        };
        *state =
            serve(socket.listen(BACKLOG)?, self.tls.lock().await.clone(), self.router.clone(), self.resets.clone())?;
        Ok(())
    }
}

/// Shut until then, and open again.
pub(super) async fn stay_shut(gateway: Arc<Gateway>, door: Arc<Door>, until: UnixMillis) {
    gateway.condition().set_down_until(Some(until));
    let shut = door.shut().await;
    sleep(Duration::from_millis(u64::try_from(until.millis_since(gateway.now())).unwrap_or_default())).await;
    gateway.condition().set_down_until(None);
    if let Err(error) = shut.and(door.reopen().await) {
        tracing::error!(%error, "the simulated open APIs do not come back");
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if let State::Open { handle, server } = self.state.get_mut() {
            handle.shutdown();
            server.abort();
        }
    }
}

/// Offered HTTP/2 a caller would take it, and this server does not speak it.
fn without_http2(config: &Arc<ServerConfig>) -> Arc<ServerConfig> {
    let mut config = config.as_ref().clone();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections of before may still be fading.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// A process that is being started holds the sockets of its parent until it has become another program, so that the address
/// may be in use for a moment longer.
async fn bind_again(address: SocketAddr) -> io::Result<TcpSocket> {
    for _ in 0..TRIES {
        match bind(address) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => sleep(PAUSE).await,
            bound => return bound,
        }
    }
    bind(address)
}

fn serve(listener: TcpListener, tls: Option<Arc<ServerConfig>>, router: Router, resets: Resets) -> io::Result<State> {
    let handle = Handle::new();
    let server = axum_server::from_tcp(listener.into_std()?)?.handle(handle.clone()).http1_only();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let acceptor = Acceptor(resets);
    let server = tokio::spawn(async move {
        let ended = match tls {
            None => server.acceptor(acceptor).serve(service).await,
            Some(config) => {
                let acceptor = RustlsAcceptor::new(RustlsConfig::from_config(config)).acceptor(acceptor);
                server.acceptor(acceptor).serve(service).await
            }
        };
        if let Err(error) = ended {
            tracing::warn!(%error, "the simulated open APIs have ended");
        }
    });
    Ok(State::Open { handle, server })
}
