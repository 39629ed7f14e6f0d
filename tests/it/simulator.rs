//! The simulated marketplace does what the pages say of the real one: calls again, refunds, counts, stops.

use std::time::Duration;

use sellerdesk::{
    protocol::{KeyClass, Secret},
    simulator::{
        Customer, InstanceStatus, Marketplace, MessageState, OrderState, Pace, Product, Setup, SimulatorError,
    },
};

use crate::support::app::{KEY, TEMPLATE, TestApp};

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

#[tokio::test]
async fn a_purchase_that_fails_for_three_hours_is_refunded_and_six_of_them_delist() {
    let app = TestApp::start(TEMPLATE).await;
    let marketplace = marketplace(&app, "another-key");
    for failed in 1..=6 {
        let first = marketplace.buy(&product(1), &customer()).await.unwrap();
        assert_eq!(first.state, MessageState::Failing);
        let last = marketplace.settled(first.id).await.unwrap();
        assert_eq!((last.state, last.attempts), (MessageState::Refunded, 4), "at once and after each hour");
        let order = marketplace.order(&last.order().unwrap().order_id).unwrap();
        assert_eq!(order.state, OrderState::Refunded);
        assert_eq!(marketplace.failed_orders_this_month(), failed);
        assert_eq!(marketplace.is_delisted(), failed > 5);
        assert!(matches!(marketplace.restart(last.id).await, Err(SimulatorError::Refunded(_))));
    }
    assert_eq!(app.rejected().await.len(), 24);
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
    let formal = marketplace.trial_to_formal(&id, &product(12)).await.unwrap();
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
