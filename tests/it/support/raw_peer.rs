//! A peer that knows no HTTP: it takes what comes, writes the bytes it was given, and ends the connection as it was told.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

#[derive(Clone, Copy)]
pub enum End {
    Close,
    /// RST.
    Reset,
    /// Open until the test ends.
    Hang,
}

pub struct RawPeer {
    pub address: SocketAddr,
    taken: Arc<AtomicUsize>,
    serving: JoinHandle<()>,
}

impl RawPeer {
    pub async fn start(bytes: Vec<u8>, end: End) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let taken = Arc::new(AtomicUsize::new(0));
        let counted = taken.clone();
        let serving = tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                open.extend(serve(stream, &bytes, end).await);
            }
        });
        Self { address, taken, serving }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many connections were taken.
    pub fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }
}

impl Drop for RawPeer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Answers what has to stay open.
async fn serve(mut stream: TcpStream, bytes: &[u8], end: End) -> Option<TcpStream> {
    let mut request = vec![0; 64 * 1024];
    // Its first bytes are enough to know that it came.
    let _taken = stream.read(&mut request).await.ok()?;
    stream.write_all(bytes).await.ok()?;
    match end {
        End::Close => {
            stream.shutdown().await.ok()?;
            None
        }
        End::Reset => {
            stream.set_zero_linger().ok()?;
            None
        }
        End::Hang => Some(stream),
    }
}

/// An address at which nobody listens.
pub async fn nobody() -> SocketAddr {
    TcpListener::bind(("127.0.0.1", 0)).await.unwrap().local_addr().unwrap()
}
