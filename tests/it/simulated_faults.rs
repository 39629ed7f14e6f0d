//! What goes wrong with calls on purpose: whatever it is, a purchase ends with one instance on both sides.

use std::{collections::BTreeSet, time::Duration};

use sellerdesk::{
    domain::World,
    protocol::{KeyClass, Secret, UnixMillis, signature::url::UrlSignature},
    simulator::{
        CallFault, CallFaultRule, Clock, Customer, Failure, Marketplace, MessageState, Pace, Product, Setup, When,
    },
};
use serde_json::json;

use crate::support::{
    app::{KEY, TEMPLATE, TestApp},
    seller::{NOON, Seller, code, made},
};

fn product() -> Product {
    Product { product_id: "p".into(), sku_code: "sku".into(), name: "A product".into(), months: 1 }
}

fn customer() -> Customer {
    Customer { customer_id: "c".into(), customer_name: "hwtest".into() }
}

fn once(fault: CallFault) -> CallFaultRule {
    CallFaultRule::new(fault, When::Requests { after: 0, count: 1 })
}

/// Every fault, and how many tries a purchase takes that meets it.
fn faults() -> Vec<(CallFault, u32)> {
    vec![
        (CallFault::Slow { millis: 20 }, 1),
        (CallFault::HangUp { millis: 0 }, 2),
        (CallFault::LostAnswer, 2),
        (CallFault::Reset, 2),
        (CallFault::HalfAnswer, 2),
        (CallFault::Duplicate, 1),
        (CallFault::Concurrent { calls: 8 }, 1),
        (CallFault::Reordered, 2),
        (CallFault::WrongKey, 2),
        (CallFault::Seconds, 2),
        (CallFault::Stale, 2),
        (CallFault::ClockSkew { millis: 50_000 }, 1),
        (CallFault::ClockSkew { millis: -3_600_000 }, 2),
        (CallFault::Replayed, 1),
        (CallFault::Shuffled, 1),
        (CallFault::UnknownField, 1),
        (CallFault::UnknownActivity, 1),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_once_is_provisioned_once() {
    let app = TestApp::start(TEMPLATE).await;
    let setup = Setup::new(format!("http://{}/produce", app.address)).with_key(KeyClass::Base, Secret::new(KEY));
    let marketplace = Marketplace::open(setup.with_pace(Pace::jumping()).with_seed(1)).unwrap();
    for (bought, (fault, tries)) in (1..).zip(faults()) {
        marketplace.add_call_fault(once(fault.clone()));
        let first = marketplace.buy(&product(), &customer()).await.unwrap();
        let last = marketplace.settled(first.id).await.unwrap();
        assert_eq!((last.state, last.attempts), (MessageState::Succeeded, tries), "{fault:?}: {:?}", first.exception());
        assert_eq!(marketplace.instances().len(), bought, "{fault:?}");
        assert_eq!(app.instances(World::Live).await, bought, "{fault:?}");
        assert_eq!(marketplace.call_faults(), [], "{fault:?}");
    }
    app.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_call_is_what_was_ordered() {
    let (seller, setup) = Seller::start(vec![made("000000")]).await;
    let marketplace = Marketplace::open(setup.with_pace(Pace::jumping())).unwrap();
    let key = Secret::new(KEY);
    for (fault, _) in faults() {
        marketplace.add_call_fault(once(fault.clone()));
        let before = seller.calls().len();
        let message = marketplace
            .query(&["i-1".into()].map(|id: String| sellerdesk::protocol::id::InstanceId::new(id)))
            .await
            .unwrap();
        let calls = seller.calls().split_off(before);
        let signed: Vec<_> = calls.iter().map(|call| UrlSignature::from_query(&call.query).unwrap()).collect();
        let fresh = |signature: &UrlSignature| signature.check_freshness(Clock::system().now()).is_ok();
        let right = |at: usize| signed[at].verify(&key, &calls[at].body).is_ok();
        let nonces: BTreeSet<&str> = signed.iter().map(|signature| signature.nonce.as_str()).collect();
        match fault {
            CallFault::WrongKey => assert!(!right(0)),
            CallFault::Seconds => assert_eq!(signed[0].timestamp.len(), 10),
            CallFault::Stale | CallFault::ClockSkew { millis: -3_600_000 } => assert!(right(0) && !fresh(&signed[0])),
            CallFault::Concurrent { .. } => assert_eq!((calls.len(), nonces.len()), (8, 8)),
            CallFault::Duplicate => assert_eq!((calls.len(), nonces.len()), (2, 2)),
            CallFault::Replayed => assert_eq!((calls.len(), nonces.len()), (2, 1)),
            CallFault::Shuffled => {
                assert!(right(0));
                assert!(calls[0].body.starts_with(br#"{"instanceId""#), "{:?}", calls[0].body);
            }
            CallFault::UnknownField => assert_eq!(calls[0].json()["somethingNew"], "1"),
            CallFault::UnknownActivity => assert_eq!(calls[0].json()["activity"], "somethingNew"),
            CallFault::Reordered => assert_eq!(calls.len(), 0, "it comes after the next one"),
            CallFault::LostAnswer => assert!(matches!(message.exception(), Some(Failure::Timeout { .. }))),
            CallFault::HalfAnswer => assert_eq!(message.exception(), Some(&Failure::Unreadable)),
            CallFault::Reset => assert!(matches!(message.exception(), Some(Failure::Unreachable(_)))),
            CallFault::Slow { .. } | CallFault::HangUp { .. } | CallFault::ClockSkew { .. } => {}
        }
    }
}

#[tokio::test]
async fn what_is_held_up_comes_after_the_next_call() {
    let (seller, setup) = Seller::start(vec![made("000000")]).await;
    let marketplace = Marketplace::open(setup.with_pace(Pace::jumping())).unwrap();
    let bought = marketplace.buy(&product(), &customer()).await.unwrap();
    let id = marketplace.instance_of(&bought).unwrap().instance_id;
    marketplace.add_call_fault(once(CallFault::Reordered));
    marketplace.freeze(&id).await.unwrap();
    marketplace.release(&id).await.unwrap();
    let words: Vec<_> = seller.calls().iter().map(|call| call.json()["activity"].clone()).collect();
    assert_eq!(words, ["newInstance", "releaseInstance", "updateInstanceStatus"]);
}

/// The operator's console tells a failing call in its own words.
#[tokio::test]
async fn a_fault_of_chance_is_drawn_from_the_seed_and_ends_with_its_rule() {
    let mut stories = vec![];
    for _ in 0..2 {
        let (_seller, setup) = Seller::start(vec![made("000000"), code("000000")]).await;
        let marketplace = Marketplace::open(setup.with_pace(Pace::jumping()).with_seed(3)).unwrap();
        let bought = marketplace.buy(&product(), &customer()).await.unwrap();
        let id = marketplace.instance_of(&bought).unwrap().instance_id;
        let rule = CallFaultRule::new(CallFault::LostAnswer, When::Chance(0.5));
        marketplace.add_call_fault(CallFaultRule { activity: Some("updateInstanceStatus".into()), ..rule });
        let mut tries = vec![];
        for _ in 0..10 {
            let frozen = marketplace.freeze(&id).await.unwrap();
            tries.push(marketplace.settled(frozen.id).await.unwrap().attempts);
        }
        marketplace.clear_call_faults();
        assert_eq!(marketplace.freeze(&id).await.unwrap().state, MessageState::Succeeded);
        stories.push(tries);
    }
    assert_eq!(stories[0], stories[1]);
    assert!(stories[0].iter().any(|tries| *tries > 1), "{stories:?}");
}

#[tokio::test]
async fn time_does_not_go_on_while_a_call_is_under_way() {
    let (seller, setup) = Seller::start(vec![made("000000")]).await;
    let marketplace = std::sync::Arc::new(Marketplace::open(setup.with_pace(Pace::jumping())).unwrap());
    marketplace.add_call_fault(once(CallFault::Slow { millis: 200 }));
    let buying = std::sync::Arc::clone(&marketplace);
    let bought = tokio::spawn(async move { buying.buy(&product(), &customer()).await.unwrap() });
    crate::support::waiting::until("the purchase", async || (marketplace.messages().len() == 1).then_some(())).await;
    tokio::time::timeout(Duration::from_secs(5), marketplace.advance_by(86_400_000)).await.unwrap();
    let bought = bought.await.unwrap();
    assert_eq!(bought.state, MessageState::Succeeded);
    assert_eq!(marketplace.instances()[0].opened_at, UnixMillis(NOON), "it ended before time went on");
    assert_eq!(seller.calls()[0].json()["orderId"], json!(bought.order().unwrap().order_id));
}
