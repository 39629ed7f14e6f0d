//! Connections that can be cut off: marked by its peer's address, a connection is reset instead of closed.

use std::{
    collections::HashSet,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use axum_server::accept::Accept;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use crate::simulator::delivery::lock;

/// Peers whose connections are to be reset when they end.
#[derive(Clone, Debug, Default)]
pub(super) struct Resets(Arc<Mutex<HashSet<SocketAddr>>>);

impl Resets {
    pub(super) fn mark(&self, peer: SocketAddr) {
        lock(&self.0).insert(peer);
    }

    fn take(&self, peer: SocketAddr) -> bool {
        lock(&self.0).remove(&peer)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Acceptor(pub(super) Resets);

impl<S> Accept<TcpStream, S> for Acceptor {
    type Stream = Socket;
    type Service = S;
    type Future = std::future::Ready<io::Result<(Socket, S)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let socket = stream.peer_addr().and_then(|peer| {
            stream.set_nodelay(true)?;
            Ok(Socket { stream, peer, resets: self.0.clone() })
        });
        std::future::ready(socket.map(|socket| (socket, service)))
    }
}

pub(super) struct Socket {
    stream: TcpStream,
    peer: SocketAddr,
    resets: Resets,
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.resets.take(self.peer) {
            // Closed without lingering, a connection is reset.
            drop(self.stream.set_zero_linger());
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
