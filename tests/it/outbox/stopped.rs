//! What holds for whatever is asked next ends an errand: several wrong signatures lock a key, and who wants no more calls is
//! left in peace.

use std::time::Duration;

use sellerdesk::{
    config::AccessKeyPair,
    desk::{Cancel, RetryResult, RetryRun},
    domain::{ApiFault, Exception, Message, MessageId, Origin, World, message::Progress},
    protocol::{Secret, id::OrderId},
    simulator::open_api::{Api, Fault, FaultRule},
};
use tokio::sync::mpsc;

use crate::support::{
    app::{MANUAL, TEMPLATE},
    trade::{Trade, access_key, customer, fault, product},
    waiting::until,
};

const MOCK: [&str; 3] = ["MOCKPERIODYEARNEW", "MOCKONDEMAND", "MOCKONETIMENEW"];

fn wrong() -> AccessKeyPair {
    AccessKeyPair { sk: Secret::new("not-the-secret-key-of-anybody"), ..access_key() }
}

async fn told(trade: &Trade, ids: Vec<MessageId>) -> Vec<Message> {
    let (tell, mut listen) = mpsc::channel(500);
    let left = trade.app.desk.carry_out(ids, Origin::Operator, &Cancel::default(), Some(&tell)).await.unwrap();
    assert_eq!(left, 0, "nothing is withdrawn");
    drop(tell);
    let mut told = Vec::new();
    while let Some(message) = listen.recv().await {
        told.push(message);
    }
    told
}

/// The first was refused, the rest was not sent, and a retry sends each once the key is right.
async fn ended_at_the_first(trade: &Trade, messages: &[Message], refused: usize) {
    assert_eq!(trade.called().len(), 1, "{:?}", trade.called());
    assert!(messages.iter().all(|message| message.progress == Progress::Failing));
    let unsent = messages.iter().filter(|message| message.exception == Some(Exception::NotSent)).count();
    assert_eq!(unsent, messages.len() - refused);
    assert!(messages.iter().filter(|message| message.exception == Some(Exception::NotSent)).all(|it| it.attempts == 0));
    trade.app.desk.set_access_key(access_key()).await.unwrap();
    let last = messages.last().unwrap();
    assert_eq!(trade.app.desk.retry(last.id).await.unwrap(), RetryResult::Succeeded);
}

#[tokio::test]
async fn a_wrong_key_is_tried_once_however_many_codes_there_are() {
    for (api, codes, refused) in [("v1", 120, 1), ("v2", 250, 100)] {
        let trade = Trade::open(&format!("license_api = \"{api}\""), MANUAL).await;
        let codes = trade.received(codes);
        trade.app.desk.set_access_key(wrong()).await.unwrap();
        let ids = trade.app.desk.keep_activations(World::Live, codes.clone(), None).await.unwrap();
        let messages = told(&trade, ids).await;
        assert_eq!(messages.len(), codes.len());
        ended_at_the_first(&trade, &messages, refused).await;
    }
}

#[tokio::test]
async fn a_wrong_key_is_tried_once_however_many_orders_there_are() {
    let trade = Trade::open("", MANUAL).await;
    trade.app.desk.set_access_key(wrong()).await.unwrap();
    let orders = (0..30).map(|number| OrderId::new(format!("CS-{number}"))).chain([OrderId::new(MOCK[0])]).collect();
    let ids = trade.app.desk.keep_order_queries(World::Live, orders).await.unwrap();
    let messages = told(&trade, ids).await;
    ended_at_the_first(&trade, &messages, 1).await;
}

#[tokio::test]
async fn a_wrong_key_is_tried_once_however_many_messages_are_retried() {
    let trade = Trade::open("", MANUAL).await;
    trade.server.faults().add(FaultRule::always(Fault::Html));
    let ids =
        trade.app.desk.keep_order_queries(World::Live, MOCK.into_iter().map(OrderId::new).collect()).await.unwrap();
    trade.carry_out(ids.clone()).await;
    trade.server.faults().clear();
    trade.server.forget_requests();
    trade.app.desk.set_access_key(wrong()).await.unwrap();
    let mut run = RetryRun::default();
    for id in &ids {
        assert!(matches!(trade.app.desk.retry_next(&mut run, *id).await.unwrap(), RetryResult::Failed { .. }));
    }
    assert_eq!(trade.called().len(), 1);
    trade.app.desk.set_access_key(access_key()).await.unwrap();
    let mut run = RetryRun::default();
    for id in ids {
        assert_eq!(trade.app.desk.retry_next(&mut run, id).await.unwrap(), RetryResult::Succeeded);
    }
}

#[tokio::test]
async fn the_desk_itself_does_not_lock_the_key_either() {
    let mut trade = Trade::open("", TEMPLATE).await;
    trade.app.desk.set_access_key(wrong()).await.unwrap();
    for _ in 0..3 {
        trade.marketplace.buy(&product(), &customer()).await.unwrap();
    }
    trade.app.work_in_background();
    until("the first question", async || (!trade.called().is_empty()).then_some(())).await;
    for _ in 0..3 {
        trade.marketplace.buy(&product(), &customer()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
    assert_eq!(trade.called().len(), 1);
    // Other keys are tried at once.
    trade.app.desk.set_access_key(access_key()).await.unwrap();
    until("a question", async || (trade.called().len() > 1).then_some(())).await;
}

#[tokio::test]
async fn a_pause_that_koogallery_asks_for_is_kept_by_all_that_comes_after() {
    let trade = Trade::open("", MANUAL).await;
    trade.server.faults().add(FaultRule::next(1, Fault::TooManyRequests { retry_after: Some(12) }));
    let ids =
        trade.app.desk.keep_order_queries(World::Live, MOCK.into_iter().map(OrderId::new).collect()).await.unwrap();
    let messages = trade.carry_out(ids).await;
    let requests = trade.requests(Api::OrderQuery);
    assert_eq!(requests.len(), 3);
    assert!(requests[1].at.millis_since(requests[0].at) >= 11_990, "not met batch after batch");
    assert_eq!(messages.iter().filter(|message| message.progress == Progress::Succeeded).count(), 2);
}

#[tokio::test]
async fn a_long_pause_is_kept_by_the_next_try_too() {
    let mut trade = Trade::open("", MANUAL).await;
    trade.server.faults().add(FaultRule::next(1, Fault::TooManyRequests { retry_after: Some(90) }));
    let message = trade.query_order(MOCK[0]).await;
    let ApiFault::Throttled { retry_after_secs, .. } = fault(&message) else { panic!("{message:?}") };
    assert_eq!(*retry_after_secs, Some(90));
    trade.app.advance(Duration::from_secs(60));
    trade.app.work_in_background();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(trade.called().len(), 1);
    trade.app.advance(Duration::from_secs(35));
    until("the next try", async || {
        Some(trade.message(message.id).await).filter(|message| message.progress == Progress::Succeeded)
    })
    .await;
}
