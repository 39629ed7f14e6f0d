//! The desk as a window sees it, without a window.

use std::sync::Arc;

use sellerdesk::desk::{ReceiverState, session::Session};
use tokio::time::timeout;

use crate::support::{
    app::{KEY, MANUAL, TEMPLATE, TestApp, purchase},
    waiting::PATIENCE,
    window::Stage,
};

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
        timeout(PATIENCE, seen).await.unwrap().unwrap();
    });
}

#[tokio::test]
async fn that_nothing_can_be_kept_is_seen_until_it_can() {
    let app = TestApp::start(MANUAL).await;
    let mut session = Session::start(app.desk.clone(), Arc::new(|| {})).await;
    let mut trouble = async |there: bool| {
        let seen = session.snapshots.wait_for(|snapshot| snapshot.write_trouble.is_some() == there);
        timeout(PATIENCE, seen).await.unwrap().unwrap().write_trouble.clone()
    };
    // Another process that does not let go.
    let other = rusqlite::Connection::open(app.dir.path().join("sellerdesk.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let reply = app.call_signed_with(KEY, purchase("CS1")).await;
    assert_eq!((reply.status, reply.code()), (200, "000005"), "nothing is acknowledged that is not kept");
    let told = trouble(true).await.unwrap();
    assert!(told.to_string().contains("another process holds the database"), "{told}");
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(app.call(purchase("CS1")).await.code(), "000004");
    trouble(false).await;
    assert_eq!(app.message("newInstance").await.attempts, 1);
}
