//! Usage push, new and old, and the bill job behind both.

use sellerdesk::{
    protocol::id::InstanceId,
    simulator::{BillState, Charging, Terms, UsageBill, open_api::OpenApiSetup},
};
use serde_json::{Value, json};

use crate::support::{
    open_api::{
        ANOTHER_AK, ApiReply, BASE_KEY, BUYER_AK, Call, Market, USAGE_PUSH, USAGE_PUSH_OLD, push_signature, reply,
    },
    waiting::until,
};

/// A record of the last hour.
fn record(market: &Market, instance: &InstanceId, sn: &str) -> Value {
    json!({
        "begin_time": market.basic_time(-3600),
        "end_time": market.basic_time(0),
        "instance_id": instance,
        "metering_sn": sn,
        "record_time": market.basic_time(0),
        "usage_value": "99",
    })
}

fn push(records: &[Value]) -> String {
    json!({ "usage_records": records }).to_string()
}

/// All bills, once the bill job has been.
async fn bills(market: &Market) -> Vec<UsageBill> {
    until("the bill job", async || {
        let bills = market.marketplace.usage_bills();
        bills.iter().all(|bill| bill.state != BillState::Waiting).then_some(bills)
    })
    .await
}

fn codes(bills: &[UsageBill]) -> Vec<&'static str> {
    let code = |bill: &UsageBill| match bill.state {
        BillState::Waiting => "waiting",
        BillState::Billed => "billed",
        BillState::Refused(error) => error.code(),
    };
    bills.iter().map(code).collect()
}

fn accepted(reply: &ApiReply) {
    assert_eq!(reply.text, r#"{"error_code":"MKT.0000","error_msg":"Success"}"#);
}

/// An instance that has been open for a day.
async fn opened(market: &Market) -> InstanceId {
    let instance = market.metered().await;
    market.pass(86_400);
    instance
}

#[tokio::test]
async fn a_push_is_taken_whatever_is_in_it_and_billed_behind_the_callers_back() {
    let market = Market::open().await;
    let instance = opened(&market).await;
    let (_, foreign) = market.marketplace.sold_by_another();
    let period = market.bought(Terms::new(Charging::months(1))).await;
    let good = record(&market, &instance, "sn-1");
    let with = |name: &str, value: Value| {
        let mut record = record(&market, &instance, &format!("sn-{name}-{value}"));
        record[name] = value;
        record
    };
    let records = [
        good.clone(),
        with("instance_id", json!("nobody")),
        with("begin_time", json!("yesterday")),
        with("usage_value", json!("1.23456")),
        with("usage_value", json!(0)),
        with("metering_sn", Value::Null),
        good.clone(),
        with("begin_time", json!(market.basic_time(-22 * 86_400))),
        with("instance_id", json!(foreign)),
        with("metering_sn", json!("sn-2")),
        with("begin_time", json!(market.basic_time(-86_401))),
        with("instance_id", json!(period)),
    ];
    accepted(&market.push(&push(&records)).await);
    let bills = bills(&market).await;
    let expected = ["billed", "001", "002", "003", "003", "004", "005", "007", "009", "010", "011", "012"];
    assert_eq!(codes(&bills), expected);
    assert_eq!((bills[0].record.usage_value.as_str(), bills[0].received_at), ("99", market.now()));
}

#[tokio::test]
async fn what_was_sent_twice_is_billed_once_and_what_was_refused_may_be_mended() {
    let market = Market::open().await;
    let instance = opened(&market).await;
    let mut wrong = record(&market, &instance, "sn-1");
    wrong["usage_value"] = json!("much");
    for record in [wrong, record(&market, &instance, "sn-1"), record(&market, &instance, "sn-1")] {
        accepted(&market.push(&push(&[record])).await);
    }
    assert_eq!(codes(&bills(&market).await), ["003", "billed", "005"]);
}

#[tokio::test]
async fn after_the_closing_only_what_was_before_is_billed() {
    let market = Market::open().await;
    let instance = opened(&market).await;
    market.marketplace.release(&instance).await.unwrap();
    let before = record(&market, &instance, "sn-1");
    market.pass(3600);
    let after = record(&market, &instance, "sn-2");
    accepted(&market.push(&push(&[before, after])).await);
    assert_eq!(codes(&bills(&market).await), ["billed", "013"]);
    market.marketplace.withdraw("OFFI1");
    let withdrawn = record(&market, &instance, "sn-3");
    accepted(&market.push(&push(&[withdrawn])).await);
    assert_eq!(codes(&bills(&market).await)[2], "006");
}

#[tokio::test]
async fn a_package_is_named_by_its_instance() {
    let market = Market::open().await;
    let instance = opened(&market).await;
    let package = market.bought(Terms::new(Charging::OnDemandPackage)).await;
    let mut records = [record(&market, &instance, "sn-1"), record(&market, &instance, "sn-2")];
    records[0]["relate_pkg_instance"] = json!("nobody");
    records[1]["relate_pkg_instance"] = json!(package);
    accepted(&market.push(&push(&records)).await);
    assert_eq!(codes(&bills(&market).await), ["001", "billed"]);
}

#[tokio::test]
async fn a_push_is_signed_with_the_base_key_over_the_body_as_it_is_or_sorted() {
    let market = Market::open().await;
    let body = r#"{ "usage_records": [{"usage_value":"1","instance_id":"nobody"}] }"#;
    let sorted = r#"{"usage_records":[{"instance_id":"nobody","usage_value":"1"}]}"#;
    let (ts, nonce) = (market.now().0.to_string(), "n-1");
    let over = |key, text| push_signature(key, &ts, nonce, text);
    for (signature, nonce, told) in [
        (over(BASE_KEY, body), nonce, (200, "MKT.0000")),
        (over(BASE_KEY, sorted), nonce, (200, "MKT.0000")),
        (over(BASE_KEY, "{}"), nonce, (401, "94060002")),
        (over("another-key", body), nonce, (401, "94060002")),
        (over(BASE_KEY, body), "n-2", (401, "94060002")),
        (over(BASE_KEY, body), "", (401, "94060002")),
        (String::new(), nonce, (401, "94060002")),
    ] {
        let request = market.unsigned(&Call::post(USAGE_PUSH, body)).header("signature", signature);
        let reply = reply(request.header("ts", &ts).header("nonce", nonce)).await.unwrap();
        assert_eq!(reply.told(), (told.0, told.1.to_owned()));
    }
    assert_eq!(bills(&market).await.len(), 2, "what was refused was not taken");
}

#[tokio::test]
async fn a_push_that_cannot_be_read_or_is_too_long_is_refused() {
    let market = Market::open().await;
    let instance = opened(&market).await;
    let many = |number: usize| push(&vec![record(&market, &instance, "sn-1"); number]);
    for (body, told) in [
        ("{".to_owned(), (400, "MKT.0101")),
        ("{}".to_owned(), (400, "MKT.0101")),
        (push(&[]), (400, "MKT.0101")),
        (push(&[json!("record")]), (400, "MKT.0101")),
        (many(1001), (500, "MKT.9003")),
        (many(1000), (200, "MKT.0000")),
    ] {
        assert_eq!(market.push(&body).await.told(), (told.0, told.1.to_owned()));
    }
    assert_eq!(bills(&market).await.len(), 1000);
}

#[tokio::test]
async fn where_it_names_abnormal_records_it_names_them_at_once() {
    let setup = OpenApiSetup { names_abnormal_records: true, ..OpenApiSetup::default() };
    let market = Market::open_with(setup).await;
    let instance = opened(&market).await;
    let good = record(&market, &instance, "sn-1");
    accepted(&market.push(&push(std::slice::from_ref(&good))).await);
    let again = market.push(&push(&[good])).await.json();
    let abnormal = &again["data"]["abnormal_usage_data"][0];
    assert_eq!((&abnormal["metering_sn"], &abnormal["error_code"]), (&json!("sn-1"), &json!("005")));
}

fn old(market: &Market, instance: &str) -> Value {
    let mut record = record(market, &InstanceId::new(instance), "");
    let members = record.as_object_mut().unwrap();
    members.remove("metering_sn");
    members.insert("product_id".into(), json!("OFFI1"));
    record
}

#[tokio::test]
async fn the_old_push_looks_at_the_records_before_it_takes_them() {
    let market = Market::open().await;
    let instance = opened(&market).await;
    let (_, foreign) = market.marketplace.sold_by_another();
    let with = |name: &str, value: Value| {
        let mut record = old(&market, instance.as_str());
        record[name] = value;
        vec![record]
    };
    let usual = old(&market, instance.as_str());
    for (records, told) in [
        (with("instance_id", json!("nobody")), (500, "MKT.9001")),
        (with("instance_id", Value::Null), (400, "MKT.0101")),
        (with("record_time", Value::Null), (400, "MKT.0199")),
        (with("begin_time", json!("yesterday")), (500, "MKT.0100")),
        (with("usage_value", json!("-1")), (500, "MKT.9002")),
        (with("begin_time", json!(market.basic_time(-22 * 86_400))), (500, "MKT.9004")),
        (with("instance_id", json!(foreign)), (401, "MKT.0150")),
        (vec![usual.clone(); 1001], (500, "MKT.9003")),
        (vec![usual.clone(), json!({})], (400, "MKT.0101")),
    ] {
        let reply = market.call(Call::post(USAGE_PUSH_OLD, push(&records))).await;
        assert_eq!(reply.told(), (told.0, told.1.to_owned()), "{}", reply.text);
    }
    assert_eq!(market.marketplace.usage_bills(), [], "one bad record spoils the call");
    for (access, code) in [(ANOTHER_AK, "MKT.0150"), (BUYER_AK, "MKT.0151")] {
        let call = Call::post(USAGE_PUSH_OLD, push(std::slice::from_ref(&usual))).by(access);
        assert_eq!(market.call(call).await.told(), (401, code.to_owned()));
    }
    let mut number = usual.clone();
    number["usage_value"] = json!(12.5);
    accepted(&market.call(Call::post(USAGE_PUSH_OLD, push(&[number, usual]))).await);
    let bills = bills(&market).await;
    assert_eq!(codes(&bills), ["billed", "010"]);
    assert_eq!(bills[0].record.usage_value, "12.5");
}
