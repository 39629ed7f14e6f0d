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

use super::connection::{Acceptor, Resets};

const BACKLOG: u32 = 1024;
const BINDINGS: u32 = 100;
const BINDING_PAUSE: Duration = Duration::from_millis(10);

pub(super) struct Door {
    address: SocketAddr,
    tls: Option<Arc<ServerConfig>>,
    router: Router,
    resets: Resets,
    state: Mutex<State>,
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
        // Offered HTTP/2 a caller would take it, and this server does not speak it.
        let tls = tls.map(|config| {
            let mut config = config.as_ref().clone();
            config.alpn_protocols = vec![b"http/1.1".to_vec()];
            Arc::new(config)
        });
        let listener = bind(listen)?.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        let state = serve(listener, tls.clone(), router.clone(), resets.clone())?;
        Ok(Self { address, tls, router, resets, state: Mutex::new(state) })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) const fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    pub(super) async fn shut(&self) -> io::Result<()> {
        let mut state = self.state.lock().await;
        if let State::Open { handle, server } = &mut *state {
            handle.shutdown();
            drop(server.await);
            *state = State::Lost;
        }
        if matches!(*state, State::Lost) {
            *state = State::Shut(self.bind_again().await?);
        }
        Ok(())
    }

    /// A program that is just being started has a copy of the old socket for a moment.
    async fn bind_again(&self) -> io::Result<TcpSocket> {
        for _ in 0..BINDINGS {
            match bind(self.address) {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => sleep(BINDING_PAUSE).await,
                bound => return bound,
            }
        }
        bind(self.address)
    }

    pub(super) async fn reopen(&self) -> io::Result<()> {
        let mut state = self.state.lock().await;
        let socket = match std::mem::replace(&mut *state, State::Lost) {
            open @ State::Open { .. } => {
                *state = open;
                return Ok(());
            }
            State::Shut(socket) => socket,
            State::Lost => self.bind_again().await?,
        };
        *state = serve(socket.listen(BACKLOG)?, self.tls.clone(), self.router.clone(), self.resets.clone())?;
        Ok(())
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

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections of before may still be fading.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
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
