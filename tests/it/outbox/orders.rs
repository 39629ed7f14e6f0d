//! Orders are asked about by themselves once a call named them, and by hand at any time.

use std::time::Duration;

use sellerdesk::{
    desk::RetryResult,
    domain::{Instance, Order, World, listing::OrderQuery, message::Progress},
    protocol::open_api::order::{ChargingMode, OrderType},
    simulator::{Generation, MessageState, Product, open_api::Api},
    store::Cancel,
};
use serde_json::json;

use crate::support::{
    app::TEMPLATE,
    trade::{Trade, access_key, customer, fault, product, setup},
    waiting::until,
};

async fn queried(trade: &Trade) -> Order {
    until("the order", async || trade.orders().await.into_iter().find(|order| order.queried_at.is_some())).await
}

async fn instance(trade: &Trade, order: &Order) -> Instance {
    let id = order.instance_id.clone().unwrap();
    trade.app.desk.instance(World::Live, id).await.unwrap().unwrap().0
}

#[tokio::test]
async fn a_purchase_is_asked_about_by_itself_and_completes_its_instance() {
    let mut trade = Trade::open("", TEMPLATE).await;
    trade.app.work_in_background();
    let message = trade.marketplace.buy(&product(), &customer()).await.unwrap();
    assert_eq!(message.state, MessageState::Succeeded);
    let order = queried(&trade).await;
    let theirs = trade.marketplace.orders().remove(0);
    assert_eq!(order.order, theirs.line);
    assert_eq!(order.order_type, Some(OrderType::New));
    assert_eq!(order.charging_mode, Some(ChargingMode::Period));
    assert_eq!((order.period_type.as_deref(), order.period_number), (Some("year"), Some(1)));
    assert_eq!(order.product_name.as_deref(), Some("Cloud office"));
    assert_eq!(order.instance_id, theirs.instance_id);
    assert!(order.called_at.is_some() && order.expire_time.is_some());
    let instance = instance(&trade, &order).await;
    assert_eq!(instance.product_id.as_deref(), Some("OFFI1"));
    assert_eq!(instance.sku_code.as_deref(), Some("sku-1"));
    assert_eq!(instance.customer_id.as_deref(), Some(customer().customer_id.as_str()));
    assert_eq!(instance.customer_name.as_deref(), Some("hwtest"));
    assert_eq!(instance.expire_time, order.expire_time);

    // It is asked once, and the renewal is an order of its own.
    trade.marketplace.renew(&instance.instance_id).await.unwrap();
    until("the renewal", async || {
        let orders = trade.orders().await;
        orders
            .iter()
            .any(|order| order.order_type == Some(OrderType::Renew) && order.queried_at.is_some())
            .then_some(())
    })
    .await;
    assert_eq!(trade.orders().await.len(), 2);
    assert_eq!(trade.requests(Api::OrderQuery).len(), 2);
}

#[tokio::test]
async fn a_notice_and_an_upgrade_are_asked_about_by_themselves_and_all_that_is_shown_at_once() {
    let mut trade = Trade::open("", TEMPLATE).await;
    trade.app.work_in_background();
    // Codes are bought without a call; a notice alone tells of the order.
    trade.issued(1);
    let noticed = trade.marketplace.orders().remove(0).line;
    let (order, line) = (noticed.order_id.as_str(), noticed.order_line_id.as_str());
    let notice = json!({ "activity": "orderNotify", "orderId": order, "orderLineId": line, "testFlag": "0" });
    assert_eq!(trade.app.call(notice).await.code(), "000000");
    let told = queried(&trade).await;
    assert_eq!((told.order, told.customer_name.as_deref()), (noticed, Some("hwtest")));

    let bought = trade.marketplace.buy(&product(), &customer()).await.unwrap();
    let instance = trade.marketplace.instance_of(&bought).unwrap().instance_id;
    let larger = Product { sku_code: "sku-2".into(), ..product() };
    trade.marketplace.upgrade(&instance, &larger).await.unwrap();
    until("the upgrade", async || {
        let orders = trade.orders().await;
        let is_it = |order: &&Order| order.order_type == Some(OrderType::Change) && order.queried_at.is_some();
        orders.iter().find(is_it).map(|order| assert_eq!(order.instance_id, Some(instance.clone())))
    })
    .await;
    until("all three", async || trade.orders().await.iter().all(|order| order.queried_at.is_some()).then_some(()))
        .await;
    assert_eq!(trade.requests(Api::OrderQuery).len(), 3, "each is asked about once");

    let all = trade.app.desk.keep_queries_of_orders_shown(OrderQuery::default()).await.unwrap();
    let messages = trade.carry_out(all).await;
    assert_eq!(messages.len(), 3);
    assert!(messages.iter().all(|message| message.progress == Progress::Succeeded), "{messages:?}");
    assert_eq!(trade.requests(Api::OrderQuery).len(), 6);

    let rows = trade.app.desk.order_ids(OrderQuery::default(), Cancel::default()).await.unwrap();
    let twice = vec![rows[0], rows[1], rows[0]];
    let marked = trade.app.desk.keep_queries_of_order_lines(World::Live, twice).await.unwrap();
    assert_eq!(trade.carry_out(marked).await.len(), 2, "each order once");
    assert_eq!(trade.requests(Api::OrderQuery).len(), 8);
}

#[tokio::test]
async fn a_notice_that_comes_later_has_its_order_asked_about_once_more() {
    let mut trade = Trade::open("", TEMPLATE).await;
    trade.app.work_in_background();
    trade.marketplace.buy(&product(), &customer()).await.unwrap();
    let line = queried(&trade).await.order;
    let (order, line) = (line.order_id.as_str(), line.order_line_id.as_str());
    let notice = json!({ "activity": "orderNotify", "orderId": order, "orderLineId": line, "testFlag": "0" });
    // The same notice is the same message, and news all the same.
    for asked in [2, 3] {
        trade.app.advance(Duration::from_secs(60));
        assert_eq!(trade.app.call(notice.clone()).await.code(), "000000");
        until("the question", async || (trade.requests(Api::OrderQuery).len() == asked).then_some(())).await;
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(trade.requests(Api::OrderQuery).len(), asked, "once for each notice");
    }
    let message = trade.app.message("order/query").await;
    assert_eq!((message.progress, message.attempts), (Progress::Succeeded, 3));
}

#[tokio::test]
async fn without_ak_and_sk_nothing_is_asked_and_nothing_is_lost() {
    let mut trade = Trade::open("", TEMPLATE).await;
    trade.app.desk.remove_access_key().await.unwrap();
    trade.app.work_in_background();
    trade.marketplace.buy(&product(), &customer()).await.unwrap();
    let order = until("the order", async || trade.orders().await.pop()).await;
    assert_eq!((order.queried_at, trade.called().len()), (None, 0));
    let message = trade.query_order("MOCKONDEMAND").await;
    assert_eq!(fault(&message).to_string(), "AK/SK is not set; set it with `sellerdesk key`, or in Settings");
    assert_eq!(trade.called().len(), 0);
    trade.app.desk.set_access_key(access_key()).await.unwrap();
    assert_eq!(queried(&trade).await.order, order.order);
    assert_eq!(trade.app.desk.retry(message.id).await.unwrap(), RetryResult::Succeeded);
}

#[tokio::test]
async fn calls_of_v1_fill_the_same_table() {
    let mut trade = Trade::open_with(setup(), Generation::V1, "", TEMPLATE).await;
    trade.app.desk.remove_access_key().await.unwrap();
    trade.app.work_in_background();
    trade.marketplace.buy(&product(), &customer()).await.unwrap();
    let order = until("the order", async || trade.orders().await.pop()).await;
    assert_eq!(order.customer_name.as_deref(), Some("hwtest"));
    assert_eq!(order.product_id.as_deref(), Some("OFFI1"));
    assert_eq!(
        (order.charging_mode.clone(), order.order_type.clone()),
        (Some(ChargingMode::Period), Some(OrderType::New))
    );
    assert_eq!(order.order.order_line_id.as_str(), "", "V1 names no line");
    // The query tells its name; it stays one row.
    trade.app.desk.set_access_key(access_key()).await.unwrap();
    let told = queried(&trade).await;
    assert_eq!(told.order, trade.marketplace.orders().remove(0).line);
    assert_eq!(told.instance_id, order.instance_id);
    assert_eq!(trade.orders().await.len(), 1);
}

#[tokio::test]
async fn mock_orders_are_asked_about_by_hand() {
    let trade = Trade::open("", TEMPLATE).await;
    for (id, order_type, mode) in [
        ("MOCKPERIODYEARNEW", OrderType::New, ChargingMode::Period),
        ("MOCKONETIMENEW", OrderType::New, ChargingMode::OneTime),
        ("MOCKONDEMAND", OrderType::New, ChargingMode::OnDemand),
        ("MOCKONDEMANDPKG", OrderType::New, ChargingMode::OnDemandPackage),
        ("MOCKPERIODDAYTRIAL", OrderType::Trial, ChargingMode::Period),
        ("MOCKMONTYTRIALTOFORMAL", OrderType::TrialToFormal, ChargingMode::Period),
        ("MOCKMONTYUNSUBSCRIBE", OrderType::Unsubscribe, ChargingMode::Period),
        ("MOCKMONTYRENEW", OrderType::Renew, ChargingMode::Period),
        ("MOCKMONTYCHANGE", OrderType::Change, ChargingMode::Period),
    ] {
        let message = trade.query_order(id).await;
        assert_eq!(message.progress, Progress::Succeeded, "{message:?}");
        let order = trade.orders().await.pop().unwrap();
        assert_eq!(order.order.order_id.as_str(), id);
        assert_eq!((order.order_type, order.charging_mode), (Some(order_type), Some(mode)));
        assert_eq!(order.customer_name.as_deref(), Some("hwtest"));
    }
    let first = trade.orders().await.remove(0);
    assert_eq!(first.extend_params, [("emailDomainName".to_owned(), "example.com".to_owned())]);
    assert_eq!(first.quantity, Some(20));
    // Asked again it is the same message and the same row.
    let (one, other) = (trade.query_order("MOCKONDEMAND").await, trade.query_order("MOCKONDEMAND").await);
    assert_eq!((one.id, other.attempts), (other.id, 3));
    assert_eq!(trade.orders().await.len(), 9);
    let nobodys = trade.query_order("CS-NOBODYS").await;
    assert_eq!((nobodys.progress, fault(&nobodys).code()), (Progress::Failing, Some("MKT.0101")));
}
