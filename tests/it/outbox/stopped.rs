//! What holds for whatever is asked next ends an errand: several wrong signatures lock a key, and who wants no more calls is
//! left in peace.

use std::time::Duration;

use sellerdesk::{
    config::AccessKeyPair,
    desk::{Cancel, RetryResult, RetryRun},
    domain::{ApiFault, Exception, Message, MessageId, Origin, World, action::UsageApi, message::Progress},
    protocol::{KeyClass, Secret, id::OrderId},
    simulator::open_api::{Api, Fault, FaultRule},
};
use serde_json::json;
use tokio::sync::mpsc;

use super::usage::{metered, records, row, states};
use crate::support::{
    app::{KEY, MANUAL, TEMPLATE},
    backend::{Backend, told as tells},
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

#[tokio::test]
async fn purchases_that_come_at_once_do_not_lock_the_key() {
    let backend =
        Backend::start([tells(200, json!({ "appInfo": { "frontEndUrl": "https://app.example.com" } }))]).await;
    let trade = Trade::open("", &backend.config(3_500)).await;
    trade.app.desk.set_access_key(wrong()).await.unwrap();
    trade.server.faults().add(FaultRule::always(Fault::slow(Duration::from_millis(300))).at(Api::OrderQuery));
    let buy = async || trade.marketplace.buy(&product(), &customer()).await.unwrap();
    tokio::join!(buy(), buy(), buy(), buy(), buy(), buy());
    assert_eq!((backend.asked().len(), trade.called().len()), (6, 1));
}

#[tokio::test]
async fn usage_that_comes_in_by_itself_does_not_lock_the_base_key() {
    let mut trade = Trade::open("", TEMPLATE).await;
    let instance = metered(&trade).await;
    let desk = trade.app.desk.clone();
    desk.set_key(KeyClass::Base, None, Secret::new("not-the-base-key")).await.unwrap();
    for record in records(&trade, &[row(&trade, &instance, 30, "1"), row(&trade, &instance, 29, "2")]).await {
        let sn = record.metering_sn.clone();
        desk.enter_usage(World::Live, vec![record], true).await.unwrap();
        let ids = desk.keep_pushes(World::Live, vec![sn], UsageApi::New).await.unwrap().pushes;
        desk.carry_out(ids, Origin::Automatic, &Cancel::default(), None).await.unwrap();
    }
    assert_eq!(trade.requests(Api::UsagePush).len(), 1);
    // What AK and SK are for goes on meanwhile, and what was not sent goes by itself.
    trade.app.work_in_background();
    assert_eq!(trade.query_order(MOCK[0]).await.progress, Progress::Succeeded);
    desk.set_key(KeyClass::Base, None, Secret::new(KEY)).await.unwrap();
    trade.app.advance(Duration::from_secs(301));
    until("the second", async || (states(&trade).await == ["entered", "sent"]).then_some(())).await;
}

#[tokio::test]
async fn what_the_desk_does_by_itself_does_not_wait_for_what_is_throttled() {
    let mut trade = Trade::open("", TEMPLATE).await;
    let rule = FaultRule::always(Fault::TooManyRequests { retry_after: Some(200) }).at(Api::OrderQuery);
    trade.server.faults().add(rule);
    trade.app.work_in_background();
    for _ in 0..3 {
        trade.marketplace.buy(&product(), &customer()).await.unwrap();
    }
    until("the first question", async || (!trade.called().is_empty()).then_some(())).await;
    trade.marketplace.buy(&product(), &customer()).await.unwrap();
    until("the orders that calls name", async || (trade.orders().await.len() == 4).then_some(())).await;
    assert_eq!(trade.called().len(), 1, "who wants no calls is left in peace");
    trade.server.faults().clear();
    trade.app.advance(Duration::from_secs(201));
    until("what was put off", async || {
        trade.orders().await.iter().all(|order| order.queried_at.is_some()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn where_nobody_answers_the_rest_is_left_for_later() {
    let mut trade = Trade::open("timeout_secs = 1", MANUAL).await;
    trade.server.faults().add(FaultRule::always(Fault::Hang));
    let orders = (0..8).map(|number| OrderId::new(format!("CS-{number}"))).collect();
    let ids = trade.app.desk.keep_order_queries(World::Live, orders).await.unwrap();
    let messages = told(&trade, ids).await;
    let (put_off, tried): (Vec<_>, Vec<_>) =
        messages.into_iter().partition(|message| message.exception == Some(Exception::PutOff));
    assert_eq!((tried.len(), put_off.len()), (3, 5));
    assert!(tried.iter().all(|message| fault(message).is_outage()), "{tried:?}");
    assert!(put_off.iter().all(|message| (message.progress, message.attempts) == (Progress::Failing, 0)));
    trade.server.faults().clear();
    trade.app.advance(Duration::from_secs(11));
    trade.app.work_in_background();
    until("the rest", async || (trade.message(put_off[4].id).await.attempts == 1).then_some(())).await;
}
