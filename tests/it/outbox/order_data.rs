//! The product decides knowing the order: V2's calls name it, Sellerdesk asks KooGallery about it in time, and never longer.

use std::time::{Duration, Instant};

use sellerdesk::{
    domain::World,
    protocol::id::InstanceId,
    simulator::{
        Charging, Generation, Message, MessageState, Product, Terms,
        open_api::{Api, Fault, FaultRule},
    },
};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::support::{
    backend::{Backend, Told, told},
    trade::{Trade, customer, product, setup},
    waiting::until,
};

fn granted() -> Told {
    told(200, json!({ "appInfo": { "frontEndUrl": "https://app.example.com/1" } }))
}

fn larger() -> Product {
    Product { product_id: "OFFI2".into(), sku_code: "sku-2".into(), name: "Cloud office L".into(), months: 12 }
}

/// A purchase of twenty seats, taken by the backend.
async fn bought(trade: &Trade) -> InstanceId {
    let terms = Terms::new(Charging::months(12)).with_linear_value(20);
    let message = trade.marketplace.buy_on(&product(), &customer(), terms).await.unwrap();
    assert_eq!(message.state, MessageState::Succeeded, "{:?}", message.exception());
    trade.marketplace.instance_of(&message).unwrap().instance_id
}

fn last_data(backend: &Backend) -> Value {
    backend.asked().last().unwrap().json()["data"].clone()
}

fn said(message: &Message) -> String {
    format!("{:?}", message.exception())
}

async fn product_of(trade: &Trade, id: &InstanceId) -> (Option<String>, Option<String>) {
    let (instance, _) = trade.app.desk.instance(World::Live, id.clone()).await.unwrap().unwrap();
    (instance.product_id, instance.sku_code)
}

fn pair(product: &Product) -> (Option<String>, Option<String>) {
    (Some(product.product_id.clone()), Some(product.sku_code.clone()))
}

#[tokio::test]
async fn an_upgrade_is_decided_with_the_target_product_quantity_and_buyer() {
    let backend = Backend::start([granted()]).await;
    let mut trade = Trade::open("", &backend.config(4_500)).await;
    trade.app.work_in_background();
    let id = bought(&trade).await;
    let order = &last_data(&backend)["order"];
    assert_eq!((&order["productInfo"]["productId"], &order["orderType"]), (&json!("OFFI1"), &json!("NEW")));

    let no = told(200, json!({ "resultCode": "000100", "resultMsg": "fifty seats are too many" }));
    backend.now_tells([no, told(200, "")]);
    let terms = Terms::of(&larger()).with_linear_value(50);
    let upgrade = trade.marketplace.upgrade_on(&id, &larger(), terms).await.unwrap();
    let theirs = trade.marketplace.orders().into_iter().find(|order| Some(&order.line) == upgrade.order()).unwrap();
    let data = last_data(&backend);
    assert_eq!(data["instanceId"], json!(id));
    let order = &data["order"];
    assert_eq!(order["orderId"], json!(theirs.line.order_id));
    assert_eq!(order["orderLineId"], json!(theirs.line.order_line_id));
    assert_eq!(order["orderType"], "CHANGE");
    assert_eq!((&order["chargingMode"], &order["periodType"]), (&json!("PERIOD"), &json!("year")));
    assert_eq!(
        order["productInfo"],
        json!({ "productId": "OFFI2", "skuCode": "sku-2", "linearValue": 50, "productName": "Cloud office L" })
    );
    let buyer = customer();
    assert_eq!(order["buyerInfo"], json!({ "customerId": buyer.customer_id, "customerName": buyer.customer_name }));
    // It may refuse, and then nothing changes.
    assert_ne!(upgrade.state, MessageState::Succeeded);
    assert!(said(&upgrade).contains("000100"), "{}", said(&upgrade));
    until("both orders", async || {
        let orders = trade.orders().await;
        (orders.len() == 2 && orders.iter().all(|order| order.instance_id.is_some())).then_some(())
    })
    .await;
    assert_eq!(product_of(&trade, &id).await, pair(&product()));
    // The next try is taken; the order is known by then and not asked about again.
    let again = trade.marketplace.restart(upgrade.id).await.unwrap();
    assert_eq!(again.state, MessageState::Succeeded, "{}", said(&again));
    assert_eq!(last_data(&backend)["order"]["productInfo"]["linearValue"], 50);
    assert_eq!(product_of(&trade, &id).await, pair(&larger()));
    assert_eq!(trade.requests(Api::OrderQuery).len(), 2, "each order once");
}

#[tokio::test]
async fn a_check_before_a_renewal_carries_the_target_and_what_was_bought() {
    let backend = Backend::start([granted()]).await;
    let mut trade = Trade::open("", &backend.config(4_500)).await;
    trade.app.work_in_background();
    let id = bought(&trade).await;
    until("the product", async || (product_of(&trade, &id).await == pair(&product())).then_some(())).await;
    backend
        .now_tells([told(200, json!({ "resultCode": "000101", "resultMsg": "30 seats are in use" })), told(200, "")]);
    let refused = trade.marketplace.change_check(&id, &larger()).await.unwrap();
    assert!(said(&refused).contains("000101"), "{}", said(&refused));
    let data = last_data(&backend);
    assert_eq!(data["productInfo"], json!({ "productId": "OFFI2", "skuCode": "sku-2" }));
    assert_eq!(
        (&data["order"]["orderType"], &data["order"]["productInfo"]["linearValue"]),
        (&json!("NEW"), &json!(20))
    );
    let allowed = trade.marketplace.change_check(&id, &larger()).await.unwrap();
    assert_eq!(allowed.state, MessageState::Succeeded, "{}", said(&allowed));
    assert_eq!(product_of(&trade, &id).await, pair(&product()), "a question changes nothing");
}

#[tokio::test]
async fn an_order_that_is_not_told_in_time_is_left_out_and_the_answer_still_is_in_time() {
    let backend = Backend::start([granted()]).await;
    let trade = Trade::open("timeout_secs = 30", &backend.config(1_500)).await;
    trade.server.faults().add(FaultRule::always(Fault::Hang).at(Api::OrderQuery));
    let begun = Instant::now();
    let id = bought(&trade).await;
    // The first may hang because of its key, but not for long.
    sleep(Duration::from_secs(2)).await;
    let upgrade = trade.marketplace.upgrade(&id, &larger()).await.unwrap();
    assert_eq!(upgrade.state, MessageState::Succeeded, "{}", said(&upgrade));
    assert!(begun.elapsed() < Duration::from_secs(10), "two calls of 5 s at most: {:?}", begun.elapsed());
    assert_eq!(last_data(&backend)["order"], Value::Null);
    until("the second", async || (trade.requests(Api::OrderQuery).len() == 2).then_some(())).await;
}

/// As a campaign brings them.
async fn bought_at_once(trade: &Trade) {
    let buy = async || trade.marketplace.buy(&product(), &customer()).await.unwrap();
    tokio::join!(buy(), buy(), buy(), buy(), buy(), buy());
}

#[tokio::test]
async fn orders_that_are_not_told_hold_up_nobody_who_asks_something_else() {
    let backend = Backend::start([granted()]).await;
    let trade = Trade::open("timeout_secs = 30", &backend.config(1_500)).await;
    let codes = trade.received(1);
    trade.server.faults().add(FaultRule::always(Fault::Hang).at(Api::OrderQuery));
    bought_at_once(&trade).await;
    let begun = Instant::now();
    let ids = trade.app.desk.query_licenses(World::Live, codes).await.unwrap();
    trade.carry_out(ids).await;
    assert!(begun.elapsed() < Duration::from_secs(4), "behind one at most: {:?}", begun.elapsed());
    assert_eq!((backend.asked().len(), trade.requests(Api::OrderQuery).len()), (6, 1));
}

#[tokio::test]
async fn an_order_that_waits_its_turn_is_not_asked_about_once_koogallery_wants_no_calls() {
    let backend = Backend::start([granted()]).await;
    let trade = Trade::open("", &backend.config(4_500)).await;
    let throttled = Fault::TooManyRequests { retry_after: Some(200) };
    trade.server.faults().add(FaultRule::always(throttled).at(Api::OrderQuery));
    bought_at_once(&trade).await;
    assert_eq!((backend.asked().len(), trade.requests(Api::OrderQuery).len()), (6, 1));
}

#[tokio::test]
async fn orders_that_come_at_once_are_all_told_in_time() {
    let backend = Backend::start([granted()]).await;
    let trade = Trade::open("", &backend.config(4_500)).await;
    bought_at_once(&trade).await;
    assert!(backend.asked().iter().all(|asked| asked.json()["data"]["order"] != Value::Null));
    assert_eq!(trade.requests(Api::OrderQuery).len(), 6);
}

#[tokio::test]
async fn nothing_is_asked_without_ak_and_sk() {
    let backend = Backend::start([granted()]).await;
    let trade = Trade::open("", &backend.config(3_500)).await;
    trade.app.desk.remove_access_key().await.unwrap();
    let id = bought(&trade).await;
    let upgrade = trade.marketplace.upgrade(&id, &larger()).await.unwrap();
    assert_eq!(upgrade.state, MessageState::Succeeded);
    assert_eq!((&last_data(&backend)["order"], trade.called().len()), (&Value::Null, 0));
}

#[tokio::test]
async fn v1_tells_the_target_in_its_own_parameters() {
    let backend = Backend::start([granted()]).await;
    let trade = Trade::open_with(setup(), Generation::V1, "", &backend.config(3_500)).await;
    let id = bought(&trade).await;
    backend.now_tells([told(200, json!({ "resultCode": "000100", "resultMsg": "too large" })), told(200, "")]);
    let refused = trade.marketplace.upgrade(&id, &larger()).await.unwrap();
    assert!(said(&refused).contains("000100"), "{}", said(&refused));
    let data = last_data(&backend);
    assert_eq!(
        (&data["productId"], &data["skuCode"], &data["order"]),
        (&json!("OFFI2"), &json!("sku-2"), &Value::Null)
    );
    assert_eq!(product_of(&trade, &id).await, pair(&product()));
    let taken = trade.marketplace.restart(refused.id).await.unwrap();
    assert_eq!(taken.state, MessageState::Succeeded, "{}", said(&taken));
    assert_eq!(product_of(&trade, &id).await, pair(&larger()));
    assert_eq!(trade.called().len(), 0);
}

#[tokio::test]
async fn a_template_takes_an_upgrade_and_the_product_follows_once_the_order_is_told() {
    let mut trade = Trade::open("", crate::support::app::TEMPLATE).await;
    trade.app.work_in_background();
    let id = bought(&trade).await;
    trade.marketplace.upgrade(&id, &larger()).await.unwrap();
    until("the larger product", async || (product_of(&trade, &id).await == pair(&larger())).then_some(())).await;
    // Told again, the purchase does not take it back.
    for order in trade.marketplace.orders() {
        trade.query_order(order.line.order_id.as_str()).await;
    }
    assert_eq!(product_of(&trade, &id).await, pair(&larger()));
}
