//! The day's number of a code's active clients: the one that was reported last holds, and it counts for its own day.

use std::time::Duration;

use sellerdesk::{
    desk::{Cancel, RetryResult},
    domain::{
        Exception, Message, MessageId, Origin, World,
        license_use::{UseKind, UseReport},
        message::Progress,
    },
    protocol::id::LicenseCode,
    simulator::{
        license::Clients,
        open_api::{Api, Fault, FaultRule},
    },
};
use tokio::{task::JoinHandle, time::sleep};

use crate::support::{
    app::MANUAL,
    trade::Trade,
    waiting::{PATIENCE, until},
};

/// Of one call that is not answered.
const TRIES: u32 = 3;

async fn keep(trade: &Trade, code: &LicenseCode, number: &str) -> Vec<MessageId> {
    let report = UseReport::read(code.as_str(), UseKind::ActiveNum, number).unwrap();
    trade.app.desk.keep_use_reports(World::Live, vec![report]).await.unwrap()
}

async fn report(trade: &Trade, code: &LicenseCode, number: &str) -> Message {
    let kept = keep(trade, code, number).await;
    trade.carry_out(kept).await.remove(0)
}

async fn in_use(more: &str) -> (Trade, LicenseCode) {
    let trade = Trade::open(more, MANUAL).await;
    let code = trade.received(1).remove(0);
    trade.activate(std::slice::from_ref(&code)).await;
    (trade, code)
}

fn numbers(trade: &Trade, code: &LicenseCode) -> Vec<Clients> {
    trade.marketplace.license(code).unwrap().usage.into_iter().map(|usage| usage.clients).collect()
}

#[tokio::test]
async fn a_number_that_failed_is_not_sent_after_a_newer_one() {
    let (trade, code) = in_use("").await;
    trade.server.faults().add(FaultRule::next(1, Fault::Html).at(Api::SoftwareUsage));
    let older = report(&trade, &code, "5").await;
    assert_eq!(older.progress, Progress::Failing);
    assert_eq!(report(&trade, &code, "7").await.progress, Progress::Succeeded);
    let replaced = trade.message(older.id).await;
    assert_eq!((replaced.progress, replaced.exception), (Progress::Succeeded, Some(Exception::UseReplaced)));
    assert_eq!(trade.app.desk.retry(older.id).await.unwrap(), RetryResult::AlreadySucceeded);
    assert_eq!((trade.requests(Api::SoftwareUsage).len(), numbers(&trade, &code).pop()), (2, Some(Clients::Number(7))));
    // Whoever wants it all the same reports it anew.
    assert_eq!(report(&trade, &code, "5").await.exception, None);
    assert_eq!(numbers(&trade, &code).pop(), Some(Clients::Number(5)));
}

/// With a number that is on its way for as long as it is tried.
async fn on_its_way(number: &str) -> (Trade, LicenseCode, MessageId, JoinHandle<usize>) {
    let (trade, code) = in_use("timeout_secs = 1").await;
    let hangs = FaultRule::next(TRIES, Fault::Hang).at(Api::SoftwareUsage).instead_of_the_deed();
    trade.server.faults().add(hangs);
    let (id, desk) = (keep(&trade, &code, number).await[0], trade.app.desk.clone());
    let sending =
        tokio::spawn(
            async move { desk.carry_out(vec![id], Origin::Operator, &Cancel::default(), None).await.unwrap() },
        );
    until("the request", async || (!trade.requests(Api::SoftwareUsage).is_empty()).then_some(())).await;
    (trade, code, id, sending)
}

#[tokio::test]
async fn a_number_waits_for_the_older_one_that_is_on_its_way() {
    let (trade, code, older, sending) = on_its_way("5").await;
    let newer = report(&trade, &code, "7").await;
    assert_eq!((newer.progress, newer.attempts), (Progress::Succeeded, 1));
    sending.await.unwrap();
    let replaced = trade.message(older).await;
    assert_eq!((replaced.progress, replaced.exception), (Progress::Succeeded, Some(Exception::UseReplaced)));
    assert_eq!((trade.requests(Api::SoftwareUsage).len(), numbers(&trade, &code)), (4, vec![Clients::Number(7)]));
}

#[tokio::test]
async fn a_number_that_waits_can_be_taken_back() {
    let (trade, code, _, sending) = on_its_way("5").await;
    let (newer, cancel) = (keep(&trade, &code, "7").await, Cancel::default());
    let stopping = async {
        sleep(Duration::from_millis(300)).await;
        cancel.cancel();
    };
    let desk = &trade.app.desk;
    let (left, ()) = tokio::join!(desk.carry_out(newer.clone(), Origin::Operator, &cancel, None), stopping);
    assert_eq!((left.unwrap(), desk.message(newer[0]).await.unwrap().is_none()), (1, true));
    sending.await.unwrap();
    assert_eq!(trade.requests(Api::SoftwareUsage).len(), 3);
}

#[tokio::test]
async fn a_number_that_nobody_waits_with_follows_the_older_one_by_itself() {
    let (mut trade, code, _, sending) = on_its_way("5").await;
    let newer = keep(&trade, &code, "7").await[0];
    sending.await.unwrap();
    trade.app.advance(PATIENCE * 2);
    trade.app.work_in_background();
    until("the newer", async || {
        Some(trade.message(newer).await).filter(|message| message.progress == Progress::Succeeded)
    })
    .await;
    assert_eq!((trade.requests(Api::SoftwareUsage).len(), numbers(&trade, &code)), (4, vec![Clients::Number(7)]));
}

#[tokio::test]
async fn a_number_that_is_taken_back_is_not_there_because_it_was_there_before() {
    let (trade, code) = in_use("").await;
    for number in ["5", "7"] {
        assert_eq!(report(&trade, &code, number).await.progress, Progress::Succeeded);
    }
    let (again, cancel) = (keep(&trade, &code, "5").await, Cancel::default());
    cancel.cancel();
    assert_eq!(trade.app.desk.carry_out(again.clone(), Origin::Operator, &cancel, None).await.unwrap(), 1);
    let message = trade.message(again[0]).await;
    assert_eq!((message.progress, message.exception), (Progress::Failing, Some(Exception::NotSent)));
    assert_eq!(numbers(&trade, &code).pop(), Some(Clients::Number(7)));
}

#[tokio::test]
async fn what_a_day_was_like_is_not_told_of_the_next() {
    let (trade, code) = in_use("").await;
    trade.server.faults().add(FaultRule::next(1, Fault::Html).at(Api::SoftwareUsage));
    let message = report(&trade, &code, "5").await;
    trade.app.advance(Duration::from_secs(24 * 3600));
    let told = trade.app.desk.retry(message.id).await.unwrap();
    assert!(matches!(told, RetryResult::Failed { exception: Some(Exception::UseDayOver), .. }), "{told:?}");
    assert_eq!(trade.requests(Api::SoftwareUsage).len(), 1);
}
