//! The simulated marketplace does what the pages say of the real one: calls again, refunds, counts, stops.

use std::{collections::BTreeSet, time::Duration};

use sellerdesk::{
    cli::open::system_time,
    protocol::{KeyClass, Secret, signature::url::UrlSignature},
    simulator::{
        Customer, Failure, InstanceStatus, Marketplace, MessageState, OrderState, Pace, Product, Setup, SimulatorError,
        Terms,
    },
};
use serde_json::{Value, json};

use crate::support::{
    app::{KEY, TEMPLATE, TestApp},
    seller::{Seller, code, made},
};

/// An hour of the marketplace's waiting.
const HOUR: Duration = Duration::from_millis(80);

fn marketplace(app: &TestApp, key: &str) -> Marketplace {
    let setup = Setup::new(format!("http://{}/produce", app.address));
    Marketplace::open(setup.with_key(KeyClass::Base, Secret::new(key)).with_pace(Pace::with_hour(HOUR)).with_seed(1))
        .unwrap()
}

fn customer() -> Customer {
    Customer { customer_id: "68cbc86abc2018ab880d92f36422fa0e".into(), customer_name: "hwtest".into() }
}

fn product(months: u16) -> Product {
    Product { product_id: "00301-666666-0--0".into(), sku_code: "sku".into(), name: "A product".into(), months }
}

/// Over a seller without a disk: one that answers more slowly than an hour passes is not called in every hour.
#[tokio::test]
async fn a_purchase_that_fails_for_three_hours_is_refunded_and_six_of_them_delist() {
    let (seller, marketplace) = Seller::open(vec![code("000005")], Duration::from_millis(250)).await;
    for purchases in [5, 1] {
        let mut begun = Vec::new();
        for _ in 0..purchases {
            let first = marketplace.buy(&product(1), &customer()).await.unwrap();
            assert_eq!(first.state, MessageState::Failing);
            begun.push(first.id);
        }
        assert!(!marketplace.is_delisted(), "five may fail");
        for id in begun {
            let last = marketplace.settled(id).await.unwrap();
            assert_eq!((last.state, last.attempts), (MessageState::Refunded, 4), "at once and after each hour");
            let order = marketplace.order(&last.order().unwrap().order_id).unwrap();
            assert_eq!(order.state, OrderState::Refunded);
            assert!(matches!(marketplace.restart(id).await, Err(SimulatorError::Refunded(_))));
        }
    }
    assert_eq!(marketplace.failed_orders_this_month(), 6);
    assert!(marketplace.is_delisted());
    assert_eq!(seller.calls().len(), 24);
}

#[tokio::test]
async fn every_call_with_another_key_is_refused_and_refunded_in_the_end() {
    let app = TestApp::start(TEMPLATE).await;
    let marketplace = marketplace(&app, "another-key");
    let first = marketplace.buy(&product(1), &customer()).await.unwrap();
    let last = marketplace.settled(first.id).await.unwrap();
    assert_eq!(last.state, MessageState::Refunded);
    assert_eq!(app.rejected().await.len(), usize::try_from(last.attempts).unwrap());
    app.stop().await;
}

#[tokio::test]
async fn a_debugging_call_is_tried_once_and_counts_nothing() {
    let app = TestApp::start(TEMPLATE).await;
    let marketplace = marketplace(&app, "another-key");
    marketplace.set_debugging(true);
    let message = marketplace.buy(&product(1), &customer()).await.unwrap();
    assert_eq!((message.state, message.attempts), (MessageState::Stopped, 1));
    assert_eq!(marketplace.failed_orders_this_month(), 0);
    app.stop().await;
}

#[tokio::test]
async fn every_activity_is_understood_by_the_seller_and_followed_by_the_marketplace() {
    let app = TestApp::start(TEMPLATE).await;
    let marketplace = marketplace(&app, KEY);
    let bought = marketplace.buy(&product(12), &customer()).await.unwrap();
    assert_eq!(bought.state, MessageState::Succeeded);
    let instance = marketplace.instance_of(&bought).unwrap();
    let id = instance.instance_id.clone();

    let check = marketplace.change_check(&id, &product(24)).await.unwrap();
    let renewal = marketplace.renew(&id).await.unwrap();
    let renewed = marketplace.instance(&id).unwrap().expire_time();
    let taken_back = marketplace.unsubscribe_renewal(&id).await.unwrap();
    let changed = marketplace.renew_with_change(&id, &product(24)).await.unwrap();
    let trial = marketplace.buy_on(&product(12), &customer(), Terms::trial(15)).await.unwrap();
    let tried = marketplace.instance_of(&trial).unwrap().instance_id;
    let formal = marketplace.trial_to_formal(&tried, &product(12)).await.unwrap();
    let upgraded = marketplace.upgrade(&id, &product(24)).await.unwrap();
    let frozen = marketplace.freeze(&id).await.unwrap();
    assert_eq!(marketplace.instance(&id).unwrap().status, InstanceStatus::Frozen);
    let thawed = marketplace.unfreeze(&id).await.unwrap();
    let asked = marketplace.query(std::slice::from_ref(&id)).await.unwrap();
    let url = format!("https://app.example.com/{id}");
    assert_eq!(asked.info[0].app_info.as_ref().unwrap().front_end_url, url);
    let released = marketplace.unsubscribe(&id).await.unwrap();
    for message in [check, renewal, taken_back, changed, formal, upgraded, frozen, thawed, asked, released] {
        assert_eq!(message.state, MessageState::Succeeded, "{}: {:?}", message.activity.name(), message.exception());
    }
    assert!(renewed > instance.expire_time());
    assert_eq!(marketplace.instance(&id).unwrap().status, InstanceStatus::Released);
    assert!(marketplace.exceptions().is_empty());
    assert!(matches!(marketplace.notify_order(&bought.order().unwrap().order_id).await, Err(SimulatorError::NoKey(_))));
    app.stop().await;
}

#[tokio::test]
async fn a_failing_purchase_is_signed_anew_and_called_again_at_the_marketplaces_pace() {
    let hour = Duration::from_millis(200);
    let (seller, marketplace) = Seller::open(vec![code("000005"), (500, json!({})), made("000000")], hour).await;
    let first = marketplace.buy(&product(1), &customer()).await.unwrap();
    assert_eq!((first.state, first.attempts), (MessageState::Failing, 1));
    assert!(matches!(first.exception(), Some(Failure::ResultCode { .. })), "{:?}", first.exception());
    assert_eq!(marketplace.orders()[0].state, OrderState::Failing);

    let settled = marketplace.settled(first.id).await.unwrap();
    assert_eq!((settled.state, settled.attempts), (MessageState::Succeeded, 3));
    assert_eq!(marketplace.orders()[0].state, OrderState::Fulfilled);
    assert_eq!(marketplace.instance_of(&settled).unwrap().instance_id.as_str(), "i-1");

    let calls = seller.calls();
    assert_eq!(calls.len(), 3);
    let signed: Vec<_> = calls.iter().map(|call| UrlSignature::from_query(&call.query).unwrap()).collect();
    for (call, signature) in calls.iter().zip(&signed) {
        signature.verify(&Secret::new(KEY), &call.body).unwrap();
        signature.check_freshness(system_time()).unwrap();
        assert!(signature.verify(&Secret::new("another-key"), &call.body).is_err());
        assert_eq!(call.json()["orderId"], settled.order().unwrap().order_id.as_str());
    }
    let different = |texts: Vec<String>| texts.into_iter().collect::<BTreeSet<_>>().len();
    assert_eq!(different(signed.iter().map(|signature| signature.nonce.clone()).collect()), 3);
    assert_eq!(different(calls.iter().map(|call| call.json()["businessId"].to_string()).collect()), 3);
    // Counted from the first try's beginning, a little before it arrives here.
    assert!(calls[1].at - calls[0].at > hour / 2, "{:?}", calls[1].at - calls[0].at);
    assert!(calls[2].at - calls[1].at > hour / 2, "{:?}", calls[2].at - calls[1].at);
}

#[tokio::test]
async fn a_change_that_fails_for_an_hour_rests_until_it_is_restarted() {
    let (seller, marketplace) = Seller::open(vec![made("000000"), code("000005")], HOUR).await;
    let bought = marketplace.buy(&product(1), &customer()).await.unwrap();
    let id = marketplace.instance_of(&bought).unwrap().instance_id;
    let frozen = marketplace.freeze(&id).await.unwrap();
    let rests = marketplace.settled(frozen.id).await.unwrap();
    assert_eq!(rests.state, MessageState::Stopped);
    assert!(rests.attempts > 1, "it was tried again within the hour");
    assert_eq!(marketplace.instance(&id).unwrap().status, InstanceStatus::Active);
    assert_eq!(marketplace.failed_orders_this_month(), 0, "nothing was bought");

    seller.now_answers(code("000000"));
    let before = seller.calls().len();
    let restarted = marketplace.restart(frozen.id).await.unwrap();
    assert_eq!((restarted.state, restarted.attempts), (MessageState::Succeeded, rests.attempts + 1));
    assert_eq!(seller.calls().len(), before + 1);
    assert_eq!(marketplace.instance(&id).unwrap().status, InstanceStatus::Frozen);
    assert!(matches!(marketplace.restart(frozen.id).await, Err(SimulatorError::Done(_))));
}

#[tokio::test]
async fn an_instance_that_takes_a_while_is_asked_for_until_it_is_there() {
    let there = json!({
        "resultCode": "000000", "resultMsg": "success.",
        "info": [{ "instanceId": "i-1", "appInfo": { "frontEndUrl": "https://app.example.com/i-1" } }],
    });
    let answers = vec![made("000004"), code("000004"), (200, there)];
    let (seller, marketplace) = Seller::open(answers, Duration::from_secs(1)).await;
    let first = marketplace.buy(&product(1), &customer()).await.unwrap();
    assert_eq!(first.state, MessageState::InProgress);
    assert_eq!(marketplace.orders()[0].state, OrderState::Provisioning);

    let settled = marketplace.settled(first.id).await.unwrap();
    assert_eq!((settled.state, settled.attempts, settled.polls), (MessageState::Succeeded, 1, 2));
    let instance = marketplace.instance_of(&settled).unwrap();
    assert_eq!(instance.app_info.unwrap().front_end_url, "https://app.example.com/i-1");
    let asked: Vec<Value> = seller.calls().iter().map(|call| call.json()["activity"].clone()).collect();
    assert_eq!(asked, ["newInstance", "queryInstance", "queryInstance"]);
}

#[tokio::test]
async fn an_instance_that_never_comes_is_refunded() {
    let (_seller, marketplace) = Seller::open(vec![made("000004"), code("000004")], HOUR).await;
    let first = marketplace.buy(&product(1), &customer()).await.unwrap();
    let settled = marketplace.settled(first.id).await.unwrap();
    assert_eq!(settled.state, MessageState::Refunded);
    assert_eq!(settled.exception(), Some(&Failure::NotInTime));
    assert!(settled.polls > 1);
    assert_eq!(marketplace.orders()[0].state, OrderState::Refunded);
    assert!(marketplace.instances().is_empty());
    assert_eq!(marketplace.failed_orders_this_month(), 1);
}
