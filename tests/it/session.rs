//! The desk as a window sees it, without a window.

use std::{sync::Arc, time::Duration};

use sellerdesk::desk::{ReceiverState, session::Session};
use tokio::time::timeout;

use crate::support::{app::TEMPLATE, window::Stage};

#[test]
fn what_happens_while_a_session_begins_is_not_missed() {
    let desk = Stage::new("en", "light", TEMPLATE).desk;
    desk.report_receiver(ReceiverState::Starting);
    let one_thread = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let listening = ReceiverState::Listening { address: ([127, 0, 0, 1], 8480).into(), tls: false };
    one_thread.block_on(async {
        let mut session = Session::start(desk.clone(), Arc::new(|| {})).await;
        // The session has taken its first look, and its loop has not begun.
        desk.report_receiver(listening.clone());
        let seen = session.snapshots.wait_for(|snapshot| *snapshot.receiver == listening);
        timeout(Duration::from_secs(10), seen).await.unwrap().unwrap();
    });
}
