//! The order query.

use sellerdesk::{
    protocol::id::InstanceId,
    simulator::{Charging, MessageState, PeriodType, Product, Terms, open_api::OpenApiSetup},
};
use serde_json::{Value, json};

use crate::support::open_api::{ANOTHER_AK, Call, Market, ORDER_QUERY, customer, product};

async fn order(market: &Market, order_id: &str) -> Value {
    let reply = market.get(ORDER_QUERY, &format!("orderId={order_id}")).await;
    assert_eq!(reply.told(), (200, "MKT.0000".into()), "{order_id}: {}", reply.text);
    reply.json()["orderInfo"].clone()
}

#[tokio::test]
async fn every_mock_order_is_what_the_table_says() {
    let market = Market::open().await;
    for (id, kind, charging, period) in [
        ("MOCKPERIODYEARNEW", "NEW", "PERIOD", json!("year")),
        ("MOCKONETIMENEW", "NEW", "ONE_TIME", Value::Null),
        ("MOCKONDEMAND", "NEW", "ON_DEMAND", Value::Null),
        ("MOCKONDEMANDPKG", "NEW", "ON_DEMAND_PKG", Value::Null),
        ("MOCKPERIODDAYTRIAL", "TRIAL", "PERIOD", json!("day")),
        ("MOCKMONTYTRIALTOFORMAL", "TRIAL_TO_FORMAL", "PERIOD", json!("month")),
        ("MOCKMONTYUNSUBSCRIBE", "UNSUBSCRIBE", "PERIOD", json!("month")),
        ("MOCKMONTYRENEW", "RENEW", "PERIOD", json!("month")),
        ("MOCKMONTYCHANGE", "CHANGE", "PERIOD", json!("month")),
    ] {
        let info = order(&market, id).await;
        let line = &info["orderLine"][0];
        assert_eq!((&info["orderId"], &info["orderType"]), (&json!(id), &json!(kind)));
        assert_eq!(line["orderLineId"], format!("{id}-000001"));
        assert_eq!((&line["chargingMode"], &line["periodType"]), (&json!(charging), &period), "{id}");
        assert_eq!(line["expireTime"].is_string(), charging == "PERIOD", "{id}");
        assert!(line["productInfo"][0]["productId"].is_string());
        let line = format!("orderId={id}&orderLineId={id}-000001");
        assert_eq!(market.get(ORDER_QUERY, &line).await.status, 200);
        let another = market.call(Call::get(ORDER_QUERY, &line).by(ANOTHER_AK)).await;
        assert_eq!(another.status, 200, "a mock order is everybody's");
    }
    let year = order(&market, "MOCKPERIODYEARNEW").await;
    assert_eq!(
        (&year["createTime"], &year["orderLine"][0]["expireTime"]),
        (&json!("20220726064736"), &json!("20230726064736"))
    );
}

#[tokio::test]
async fn a_purchase_is_told_with_its_terms_and_its_buyer() {
    let market = Market::open().await;
    let terms = Terms::new(Charging::months(12)).with_linear_value(20);
    let id = market.bought(terms).await;
    let line = market.marketplace.instance(&id).unwrap().order;
    let info = order(&market, line.order_id.as_str()).await;
    let expected = json!({
        "orderId": line.order_id,
        "orderType": "NEW",
        "createTime": "20261123120000",
        "orderLine": [{
            "orderLineId": line.order_line_id,
            "chargingMode": "PERIOD",
            "expireTime": "20271123120000",
            "periodType": "year",
            "periodNumber": 1,
            "productInfo": [{
                "productId": "OFFI1", "skuCode": "sku-1", "linearValue": 20, "productName": "Cloud office",
            }],
        }],
        "buyerInfo": { "customerId": "68cbc86abc2018ab880d92f36422fa0e", "customerName": "hwtest" },
    });
    assert_eq!(info, expected);
}

#[tokio::test]
async fn each_kind_of_order_is_told() {
    let market = Market::open().await;
    let trial = market.bought(Terms::trial(15)).await;
    let formal = Product { months: 1, ..product() };
    let market_place = &market.marketplace;
    let bigger = Product { sku_code: "sku-2".into(), ..product() };
    let mut told = vec![];
    for message in [
        market_place.trial_to_formal(&trial, &formal).await.unwrap(),
        market_place.renew(&trial).await.unwrap(),
        market_place.unsubscribe_renewal(&trial).await.unwrap(),
        market_place.upgrade(&trial, &bigger).await.unwrap(),
        market_place.unsubscribe(&trial).await.unwrap(),
    ] {
        assert_eq!(message.state, MessageState::Succeeded);
        told.push(kind(&market, message.order().unwrap().order_id.as_str()).await);
    }
    let first = market_place.instance(&trial).unwrap().order.order_id;
    assert_eq!(kind(&market, first.as_str()).await, ("TRIAL".into(), "PERIOD".into(), json!("day"), json!(15)));
    let kinds: Vec<&str> = told.iter().map(|(kind, ..)| kind.as_str()).collect();
    assert_eq!(kinds, ["TRIAL_TO_FORMAL", "RENEW", "UNSUBSCRIBE", "CHANGE", "UNSUBSCRIBE"]);
    assert_eq!(told[0], ("TRIAL_TO_FORMAL".into(), "PERIOD".into(), json!("month"), json!(1)));
    for (charging, word) in [
        (Charging::OneTime, "ONE_TIME"),
        (Charging::OnDemand, "ON_DEMAND"),
        (Charging::OnDemandPackage, "ON_DEMAND_PKG"),
    ] {
        let order = order_of(&market, &market.bought(Terms::new(charging)).await);
        assert_eq!(kind(&market, &order).await, ("NEW".into(), word.into(), Value::Null, Value::Null));
    }
    assert_eq!(Charging::months(24), Charging::Period(PeriodType::Year, 2));
}

fn order_of(market: &Market, id: &InstanceId) -> String {
    market.marketplace.instance(id).unwrap().order.order_id.to_string()
}

async fn kind(market: &Market, order_id: &str) -> (String, String, Value, Value) {
    let info = order(market, order_id).await;
    let line = &info["orderLine"][0];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&info["orderType"]), text(&line["chargingMode"]), line["periodType"].clone(), line["periodNumber"].clone())
}

#[tokio::test]
async fn a_query_that_is_wrong_or_foreign_is_refused() {
    let market = Market::open().await;
    let own = order_of(&market, &market.bought(Terms::of(&product())).await);
    let (foreign, _) = market.marketplace.sold_by_another();
    let licenses = market.marketplace.buy_licenses(&customer(), &product(), 1);
    let bought = market.marketplace.license(&licenses[0]).unwrap().order.order_id;
    assert_eq!(order(&market, bought.as_str()).await["orderType"], "NEW");
    for (query, told) in [
        (String::new(), (400, "MKT.0101")),
        ("orderId=".into(), (400, "MKT.0101")),
        (format!("orderId={own}&page=1"), (400, "MKT.0101")),
        (format!("orderId={}", "x".repeat(65)), (500, "MKT.0100")),
        (format!("orderId={own}&orderLineId={own}-000002"), (400, "MKT.0101")),
        ("orderId=CS2611231200NOBODY".into(), (400, "MKT.0101")),
        (format!("orderId={foreign}"), (401, "MKT.0150")),
    ] {
        let reply = market.get(ORDER_QUERY, &query).await;
        assert_eq!(reply.told(), (told.0, told.1.to_owned()), "{query}");
        assert!(reply.json().get("orderInfo").is_none());
    }
    let another = market.call(Call::get(ORDER_QUERY, &format!("orderId={own}")).by(ANOTHER_AK)).await;
    assert_eq!(another.told(), (401, "MKT.0150".into()));
}

#[tokio::test]
async fn who_asks_too_often_is_told_so_for_the_rest_of_the_minute() {
    let market = Market::open_with(OpenApiSetup { order_queries_per_minute: Some(2), ..OpenApiSetup::default() }).await;
    let ask = || market.get(ORDER_QUERY, "orderId=MOCKONDEMAND");
    assert_eq!([ask().await.status, ask().await.status], [200, 200]);
    assert_eq!(ask().await.told(), (406, "MKT.0250".into()));
    market.pass(60);
    assert_eq!(ask().await.status, 200);
}
