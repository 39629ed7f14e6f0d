//! The edge towards KooGallery: bounds, route, signature, then the desk; and the answer signed on the way out. Decides
//! nothing about business, knows no SQL and no window.

mod answering;
mod connections;
mod explaining;
mod lock;
mod refusals;
mod serving;
mod verifying;

use std::{net::SocketAddr, thread::JoinHandle, time::Duration};

pub use lock::ReceiverLock;
use tokio::sync::watch;

use crate::{
    config::Tls,
    desk::{Desk, ReceiverState, ReceiverTrouble},
    protocol::signature::url::MAX_SKEW_MILLIS,
};

/// Longest body that is read.
pub const MAX_BODY: usize = 256 * 1024;
/// The same for the kit: 500 users with every member filled in, or the departments of a large organisation, which all come in
/// one call.
pub const MAX_KIT_BODY: usize = 1024 * 1024;
/// How long a caller may take to send a request.
pub const REQUEST_TIME: Duration = Duration::from_secs(5);
/// Connections at the same time; further ones are closed at once.
pub const MAX_CONNECTIONS: usize = 1_024;

const _: () = assert!(MAX_SKEW_MILLIS == 60_000);

/// How soon a port that was taken, or a directory on which another Sellerdesk receives, is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(3);

#[derive(Debug, thiserror::Error)]
pub enum ReceiverError {
    #[error("another Sellerdesk already receives on this data directory, at {address}")]
    Elsewhere { address: String },
    #[error(transparent)]
    Trouble(#[from] ReceiverTrouble),
}

/// A running receiver. Dropping it lets calls that are being answered finish, then closes the port.
pub struct Receiver {
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

impl Receiver {
    /// Starts a thread with a runtime of its own that listens wherever the configuration says, or at `listen`; a port
    /// that is taken and another receiver on the directory are waited out. The desk is told how it stands.
    pub fn start(desk: Desk, listen: Option<SocketAddr>) -> Result<Self, ReceiverError> {
        let (stop, stopped) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .thread_name("receiver")
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| ReceiverTrouble::Threads(error.into()))?;
        let thread = std::thread::Builder::new()
            .name("receiver-main".into())
            .spawn(move || runtime.block_on(keep_listening(desk, listen, stopped)))
            .map_err(|error| ReceiverTrouble::Threads(error.into()))?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

async fn keep_listening(desk: Desk, listen: Option<SocketAddr>, mut stopped: watch::Receiver<bool>) {
    let mut config = desk.watch_config();
    // What keeps it from receiving is told once, however often it is tried.
    let mut told = None;
    loop {
        let current = config.borrow_and_update().clone();
        let address = listen.unwrap_or(current.receiver.listen);
        let mut ended = stopped.clone();
        let mut changed = config.clone();
        let until = async move {
            tokio::select! {
                () = async { drop(ended.wait_for(|stop| *stop).await) } => {}
                () = async {
                    let moved = changed.wait_for(|new| {
                        listen.is_none() && new.receiver.listen != address || new.receiver.tls != current.receiver.tls
                    });
                    // A desk that is gone changes no more.
                    if moved.await.is_err() { std::future::pending::<()>().await }
                } => {}
            }
        };
        if let Err(error) = serve(&desk, address, until).await {
            let sentence = error.to_string();
            if told.as_ref() != Some(&sentence) {
                tracing::warn!("{sentence}");
                told = Some(sentence);
            }
            desk.report_receiver(match error {
                ReceiverError::Elsewhere { address } => ReceiverState::Elsewhere { address },
                ReceiverError::Trouble(trouble) => ReceiverState::Failed(trouble),
            });
        }
        if *stopped.borrow() {
            return;
        }
        tokio::select! {
            () = tokio::time::sleep(TRY_AGAIN) => {}
            Ok(()) = config.changed() => {}
            Ok(_) = stopped.wait_for(|stop| *stop) => return,
        }
    }
}

/// Listens at `address` until `until`, and tells the desk when it does. Errors are told at once, nothing is waited out.
pub async fn serve(
    desk: &Desk,
    address: SocketAddr,
    until: impl Future<Output = ()> + Send + 'static,
) -> Result<(), ReceiverError> {
    let lock = ReceiverLock::take(desk.data_dir())?;
    let listener = std::net::TcpListener::bind(address)
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
        .map_err(|error| ReceiverTrouble::Bind { address, reason: error.into() })?;
    let address = listener.local_addr().unwrap_or(address);
    let in_data_dir = |path: std::path::PathBuf| desk.data_dir().join(path);
    let tls = desk.config().receiver.tls.clone();
    let tls = match tls {
        None => None,
        Some(Tls { certificate, key }) => {
            Some(serving::load_tls(&Tls { certificate: in_data_dir(certificate), key: in_data_dir(key) }).await?)
        }
    };
    lock.write_address(&address.to_string());
    desk.report_receiver(ReceiverState::Listening { address, tls: tls.is_some() });
    serving::serve(desk.clone(), listener, tls, until).await
}
