//! `serve`: the receiver without a window, until it is told to end.

use std::net::SocketAddr;

use super::print;
use crate::{
    desk::{Desk, ReceiverState},
    receiver,
};

pub(super) async fn run(desk: &Desk, listen: Option<SocketAddr>) -> anyhow::Result<bool> {
    let address = listen.unwrap_or(desk.config().receiver.listen);
    let mut state = desk.watch_receiver();
    let announcing = desk.clone();
    let announcement = tokio::spawn(async move {
        let listening = state.wait_for(|state| matches!(**state, ReceiverState::Listening { .. })).await;
        if let Ok(state) = listening
            && let ReceiverState::Listening { address, tls } = **state
        {
            announce(&announcing, address, tls);
        }
    });
    let working = desk.clone();
    // Nobody looks at a window here: what is wrong with probes is told in the log.
    let background = tokio::spawn(async move {
        tokio::join!(working.clone().work_in_background(), working.raise_probe_alarms());
    });
    let served = receiver::serve(desk, address, told_to_end()).await;
    announcement.abort();
    background.abort();
    served?;
    Ok(true)
}

/// One line for each endpoint, for scripts that wait for it.
fn announce(desk: &Desk, address: SocketAddr, tls: bool) {
    let scheme = if tls { "https" } else { "http" };
    for endpoint in &desk.config().endpoints {
        print::tell(format_args!("listening {scheme}://{address}{}", endpoint.path));
    }
}

pub(super) async fn told_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    drop(tokio::signal::ctrl_c().await);
}
