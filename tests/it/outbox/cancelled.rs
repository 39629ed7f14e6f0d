//! Cancelling takes effect before the next request, inside a batch too: what was sent is recorded, the rest was never sent.

use sellerdesk::{
    desk::{Cancel, RetryResult},
    domain::{Exception, Message, MessageId, Origin, World, message::Progress},
    protocol::id::LicenseCode,
    simulator::open_api::Api,
};
use tokio::sync::mpsc;

use crate::support::{app::MANUAL, trade::Trade};

/// Carries them out and cancels at the first result. Returns what was told, and how many were withdrawn.
async fn cancelled_at_the_first(trade: &Trade, ids: Vec<MessageId>) -> (Vec<Message>, usize) {
    let (tell, mut listen) = mpsc::channel(1);
    let (cancel, mut told) = (Cancel::default(), Vec::new());
    let carrying = async {
        let withdrawn = trade.app.desk.carry_out(ids, Origin::Operator, &cancel, Some(&tell)).await.unwrap();
        drop(tell);
        withdrawn
    };
    let cancelling = async {
        while let Some(message) = listen.recv().await {
            cancel.cancel();
            told.push(message);
        }
    };
    let (withdrawn, ()) = tokio::join!(carrying, cancelling);
    (told, withdrawn)
}

async fn activate_and_cancel(trade: &Trade, codes: &[LicenseCode]) -> (Vec<MessageId>, Vec<Message>, usize) {
    let ids = trade.app.desk.keep_activations(World::Live, codes.to_vec(), None).await.unwrap();
    let (told, withdrawn) = cancelled_at_the_first(trade, ids.clone()).await;
    (ids, told, withdrawn)
}

#[tokio::test]
async fn one_by_one_the_next_call_is_not_made() {
    let trade = Trade::open("license_api = \"v1\"", MANUAL).await;
    let codes = trade.received(60);
    let (ids, told, withdrawn) = activate_and_cancel(&trade, &codes).await;
    let calls = trade.called().len();
    assert!((1..20).contains(&calls), "{calls} calls were made after it was cancelled at the first");
    assert_eq!((told.len(), withdrawn), (calls, 60 - calls));
    assert!(told.iter().all(|message| message.progress == Progress::Succeeded && message.attempts == 1));
    assert_eq!(codes.iter().filter(|code| trade.is_alive(code)).count(), calls);
    for (id, code) in ids.iter().zip(&codes) {
        let message = trade.app.desk.message(*id).await.unwrap();
        assert_eq!(message.is_some(), trade.is_alive(code), "what was not sent is no message");
    }
    // The rest can be activated still, each once.
    let again = trade.activate(&codes).await;
    assert!(again.iter().all(|message| message.progress == Progress::Succeeded));
    assert_eq!(trade.called(), vec![Api::ActivateV1; 60]);
}

#[tokio::test]
async fn while_a_batch_is_divided_the_other_half_is_not_sent() {
    let trade = Trade::open("", MANUAL).await;
    let mut codes = trade.received(99);
    let not_received = trade.issued(1).remove(0);
    codes.insert(10, not_received.clone());
    let (ids, told, withdrawn) = activate_and_cancel(&trade, &codes).await;
    assert_eq!(trade.called(), [Api::ActivateV2; 2], "all of them, then the half without the bad one");
    assert_eq!((told.len(), withdrawn), (50, 50));
    assert!(told.iter().all(|message| message.progress == Progress::Succeeded));
    for (id, code) in ids.iter().zip(&codes).take(50) {
        let message = trade.message(*id).await;
        assert!(!trade.is_alive(code));
        assert_eq!((message.progress, message.attempts), (Progress::Failing, 1), "the refused request is recorded");
        assert_eq!(message.exception, Some(Exception::NotSent));
    }
    assert_eq!(trade.app.desk.retry(ids[0]).await.unwrap(), RetryResult::Succeeded);
    assert!(trade.is_alive(&codes[0]));
}

#[tokio::test]
async fn questions_stop_between_two_of_them() {
    let trade = Trade::open("", MANUAL).await;
    let codes = trade.received(40);
    trade.activate(&codes).await;
    let ids = trade.app.desk.query_licenses(World::Live, codes).await.unwrap();
    let (told, withdrawn) = cancelled_at_the_first(&trade, ids).await;
    let asked = trade.requests(Api::HeartbeatV1).len();
    assert!((1..20).contains(&asked), "{asked}");
    assert_eq!((told.len(), withdrawn), (asked, 40 - asked));
}

#[tokio::test]
async fn a_question_that_was_answered_before_is_no_failure_when_it_is_not_asked_again() {
    let trade = Trade::open("", MANUAL).await;
    let codes = trade.received(40);
    trade.activate(&codes).await;
    let ids = trade.app.desk.query_licenses(World::Live, codes.clone()).await.unwrap();
    trade.carry_out(ids).await;
    let ids = trade.app.desk.query_licenses(World::Live, codes).await.unwrap();
    let (_, withdrawn) = cancelled_at_the_first(&trade, ids.clone()).await;
    assert!(withdrawn > 0);
    for id in ids {
        let message = trade.message(id).await;
        assert_eq!((message.progress, message.exception), (Progress::Succeeded, None));
    }
}
