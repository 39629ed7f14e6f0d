//! An activation whose answer was lost, to a time-out or to a crash, is not sent again before KooGallery was asked.

use std::time::Duration;

use sellerdesk::{
    desk::{Cancel, RetryResult},
    domain::{ApiFault, LicenseStatus, Message, MessageState, Origin, World, message::Progress},
    protocol::id::LicenseCode,
    simulator::open_api::{Api, Fault, FaultRule},
};

use crate::support::{
    app::MANUAL,
    trade::{Trade, fault},
    waiting::until,
};

const IMPATIENT: &str = "timeout_secs = 3";
/// Until it is tried again by itself.
const A_WHILE: Duration = Duration::from_secs(15);
/// Until what a crashed program worked on is free.
const A_LEASE: Duration = Duration::from_secs(80);

#[tokio::test]
async fn after_a_time_out_koogallery_is_asked_before_anything_is_sent() {
    let mut trade = Trade::open(IMPATIENT, MANUAL).await;
    let codes = trade.received(2);
    trade.server.faults().add(FaultRule::next(1, Fault::Hang).at(Api::ActivateV2).after_the_deed());
    let messages = trade.activate(&codes).await;
    for message in &messages {
        assert_eq!(message.progress, Progress::Failing);
        assert!(matches!(fault(message), ApiFault::TimedOut { millis: 3000, .. }), "{message:?}");
    }
    assert!(codes.iter().all(|code| trade.is_alive(code)), "it was done all the same");
    assert_eq!(trade.license(&codes[0]).await.status, LicenseStatus::Added);
    assert_eq!(trade.called(), [Api::ActivateV2]);

    trade.app.advance(A_WHILE);
    trade.app.work_in_background();
    for message in messages {
        let done = until("the activation", async || {
            Some(trade.message(message.id).await).filter(|message| message.progress == Progress::Succeeded)
        })
        .await;
        assert_eq!(done.attempts, 2);
    }
    for code in &codes {
        assert_eq!(trade.license(code).await.status, LicenseStatus::Active);
        let theirs = trade.marketplace.license(code).unwrap().activated_at.unwrap();
        let ours = trade.license(code).await.activate_time.unwrap();
        assert_eq!(ours.to_compact_utc(), theirs.to_compact_utc(), "as KooGallery told it, not when it was asked");
    }
    assert_eq!(trade.requests(Api::ActivateV2).len(), 1);
    assert_eq!(trade.requests(Api::ActivateV1).len(), 0);
    assert_eq!(trade.requests(Api::HeartbeatV1).len(), 2);
}

#[tokio::test]
async fn what_never_arrived_is_sent_once_koogallery_said_so() {
    let trade = Trade::open(IMPATIENT, MANUAL).await;
    let code = trade.received(1).remove(0);
    trade.server.faults().add(FaultRule::next(1, Fault::Hang).at(Api::ActivateV2).instead_of_the_deed());
    let message = trade.activate(std::slice::from_ref(&code)).await.remove(0);
    assert!(matches!(fault(&message), ApiFault::TimedOut { .. }));
    assert!(!trade.is_alive(&code));
    assert_eq!(trade.app.desk.retry(message.id).await.unwrap(), RetryResult::Succeeded);
    assert!(trade.is_alive(&code));
    assert_eq!(trade.called(), [Api::ActivateV2, Api::HeartbeatV1, Api::ActivateV1]);
}

#[tokio::test]
async fn where_koogallery_cannot_be_asked_nothing_is_sent() {
    let trade = Trade::open(IMPATIENT, MANUAL).await;
    let code = trade.received(1).remove(0);
    trade.server.faults().add(FaultRule::next(1, Fault::Hang).at(Api::ActivateV2).after_the_deed());
    let message = trade.activate(std::slice::from_ref(&code)).await.remove(0);
    trade.server.faults().add(FaultRule::always(Fault::Html).at(Api::HeartbeatV1));
    assert!(matches!(trade.app.desk.retry(message.id).await.unwrap(), RetryResult::Failed { .. }));
    assert!(matches!(fault(&trade.message(message.id).await), ApiFault::NotUnderstood { .. }));
    // It still is not known whether the activation arrived, whatever became of the question.
    trade.server.faults().clear();
    trade.server.faults().add(FaultRule::always(Fault::TooManyRequests { retry_after: Some(60) }));
    assert!(matches!(trade.app.desk.retry(message.id).await.unwrap(), RetryResult::Failed { .. }));
    assert!(matches!(fault(&trade.message(message.id).await), ApiFault::Throttled { .. }));
    trade.server.faults().clear();
    assert_eq!(trade.app.desk.retry(message.id).await.unwrap(), RetryResult::Succeeded);
    assert_eq!((trade.requests(Api::ActivateV2).len(), trade.requests(Api::ActivateV1).len()), (1, 0));
}

/// Sends an activation and crashes before the answer.
async fn crash_while_activating(trade: Trade, code: &LicenseCode) -> (Trade, Message) {
    let desk = trade.app.desk.clone();
    let ids = desk.keep_activations(World::Live, vec![code.clone()], None).await.unwrap();
    let id = ids[0];
    let sending =
        tokio::spawn(async move { desk.carry_out(ids, Origin::Operator, &Cancel::default(), None).await.map(drop) });
    until("the request", async || (!trade.server.requests().is_empty()).then_some(())).await;
    sending.abort();
    assert!(sending.await.unwrap_err().is_cancelled());
    let message = trade.message(id).await;
    assert_eq!((message.progress, message.attempts), (Progress::InProgress, 1));
    (trade.restart(A_LEASE).await, message)
}

#[tokio::test]
async fn after_a_crash_koogallery_is_asked_before_anything_is_sent() {
    for done in [true, false] {
        let trade = Trade::open("timeout_secs = 60", MANUAL).await;
        let code = trade.received(1).remove(0);
        let hang = FaultRule::next(1, Fault::Hang).at(Api::ActivateV2);
        trade.server.faults().add(if done { hang.after_the_deed() } else { hang.instead_of_the_deed() });
        let (mut trade, message) = crash_while_activating(trade, &code).await;
        trade.app.work_in_background();
        let ended = until("the activation", async || {
            Some(trade.message(message.id).await).filter(|message| message.progress == Progress::Succeeded)
        })
        .await;
        assert_eq!(trade.app.state(&ended), MessageState::Succeeded);
        let sent_again: &[Api] = if done { &[] } else { &[Api::ActivateV1] };
        let activations: Vec<Api> = trade.called().into_iter().filter(|api| *api != Api::HeartbeatV1).collect();
        assert_eq!(trade.called()[..2], [Api::ActivateV2, Api::HeartbeatV1]);
        assert_eq!(activations[1..], *sent_again);
        assert!(trade.is_alive(&code));
        assert_eq!(trade.license(&code).await.status, LicenseStatus::Active);
        let attempts = trade.app.attempts(&ended).await;
        let told: Vec<Option<String>> =
            attempts.iter().map(|attempt| attempt.exception.as_ref().map(ToString::to_string)).collect();
        assert_eq!(told, [Some("the program ended while it worked on this".to_owned()), None]);
    }
}

#[tokio::test]
async fn what_was_kept_and_not_begun_is_done_by_the_next_program() {
    let trade = Trade::open("", MANUAL).await;
    let code = trade.received(1).remove(0);
    let ids = trade.app.desk.keep_activations(World::Live, vec![code.clone()], None).await.unwrap();
    let mut trade = trade.restart(A_LEASE).await;
    trade.app.work_in_background();
    until("the activation", async || {
        Some(trade.message(ids[0]).await).filter(|message| message.progress == Progress::Succeeded)
    })
    .await;
    assert!(trade.is_alive(&code));
    assert_eq!(trade.requests(Api::ActivateV2).len(), 1);
}
