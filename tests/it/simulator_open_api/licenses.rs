//! Authorization codes: activation, query, statistics.

use sellerdesk::{
    protocol::{callback::StatusChange, id::LicenseCode},
    simulator::{
        LicenseState, OrderState,
        license::{Clients, SoftwareUsage},
    },
};
use serde_json::{Value, json};

use crate::support::open_api::{
    ACTIVATE_V1, ACTIVATE_V2, ANOTHER_AK, BUYER_AK, Call, HEARTBEAT_V1, HEARTBEAT_V2, Market, SOFTWARE_USAGE, customer,
    product,
};

fn issued(market: &Market, number: u16) -> Vec<LicenseCode> {
    market.marketplace.buy_licenses(&customer(), &product(), number)
}

fn received(market: &Market, number: u16) -> Vec<LicenseCode> {
    let codes = issued(market, number);
    codes.iter().for_each(|code| market.marketplace.receive_license(code).unwrap());
    codes
}

fn state(market: &Market, code: &LicenseCode) -> LicenseState {
    market.marketplace.license(code).unwrap().state(market.now())
}

async fn activate(market: &Market, codes: &[LicenseCode]) {
    let reply = market.post(ACTIVATE_V2, json!({ "license_list": codes })).await;
    assert_eq!(reply.text, r#"{"error_code":"92020000","error_msg":"success"}"#);
}

async fn told(market: &Market, path: &str, body: Value) -> (u16, String) {
    market.post(path, body).await.told()
}

fn as_is(code: &str) -> (u16, String) {
    (200, code.to_owned())
}

#[tokio::test]
async fn a_code_is_activated_once_the_buyer_has_received_it() {
    let market = Market::open().await;
    let code = issued(&market, 1).remove(0);
    let body = json!({ "license": code });
    assert_eq!(told(&market, ACTIVATE_V1, body.clone()).await, as_is("92020004"));
    assert_eq!(told(&market, HEARTBEAT_V1, body.clone()).await, as_is("92020011"));
    market.marketplace.receive_license(&code).unwrap();
    assert_eq!(state(&market, &code), LicenseState::Received);

    let reply = market.post(ACTIVATE_V1, body.clone()).await;
    assert_eq!(reply.told(), as_is("92020000"));
    let order = market.marketplace.license(&code).unwrap().order.order_id;
    let info: Value = serde_json::from_str(reply.json()["data"]["license_code_info"].as_str().unwrap()).unwrap();
    assert_eq!(
        info,
        json!({
            "status": "ALIVE", "expire_time": "20271123120000", "product_id": "OFFI1", "amount": 1, "order_id": order,
        })
    );
    assert_eq!(told(&market, ACTIVATE_V1, body).await, as_is("92020003"), "not twice");
    assert_eq!(market.marketplace.order(&order).unwrap().state, OrderState::Fulfilled);
}

#[tokio::test]
async fn the_seller_may_say_when_it_took_effect_but_not_before_the_order() {
    let market = Market::open().await;
    let code = received(&market, 1).remove(0);
    market.pass(86_400);
    let body = |time: &str| json!({ "license": code, "real_effect_time": time });
    assert_eq!(told(&market, ACTIVATE_V1, body("20261123115959")).await, as_is("92020002"));
    for malformed in ["2026-11-23", "20261323120000", "", "20261123120000000"] {
        assert_eq!(told(&market, ACTIVATE_V1, body(malformed)).await, (400, "95000001".into()), "{malformed}");
    }
    assert_eq!(told(&market, ACTIVATE_V1, body("20261123120000")).await, as_is("92020000"));
    let license = market.marketplace.license(&code).unwrap();
    assert_eq!(license.expire_time.unwrap().to_compact_utc(), "20271123120000");
}

#[tokio::test]
async fn a_batch_is_activated_whole_or_not_at_all() {
    let market = Market::open().await;
    let good = received(&market, 100);
    let unreceived = issued(&market, 1).remove(0);
    let active = received(&market, 1);
    activate(&market, &active).await;
    for bad in [unreceived, active[0].clone(), LicenseCode::new("PLNOBODY"), good[0].clone()] {
        let mut batch = good[..99].to_vec();
        batch.push(bad);
        assert_eq!(told(&market, ACTIVATE_V2, json!({ "license_list": batch })).await, as_is("92020020"));
        assert!(good.iter().all(|code| state(&market, code) == LicenseState::Received));
    }
    for (batch, time) in [(good.clone(), "20261123115959"), (active, "20261123120000")] {
        let body = json!({ "license_list": batch, "real_effect_time": time });
        let code = if batch.len() > 1 { "92020002" } else { "92020020" };
        assert_eq!(told(&market, ACTIVATE_V2, body).await, as_is(code));
    }
    activate(&market, &good).await;
    assert!(good.iter().all(|code| state(&market, code) == LicenseState::Alive));
}

#[tokio::test]
async fn what_does_not_fit_is_a_malformed_request() {
    let market = Market::open().await;
    let many = received(&market, 101);
    for (path, body) in [
        (ACTIVATE_V1, json!({})),
        (ACTIVATE_V1, json!({ "license": "" })),
        (ACTIVATE_V1, json!({ "license": 5 })),
        (ACTIVATE_V1, json!({ "license": "x".repeat(65) })),
        (ACTIVATE_V2, json!({ "license_list": [] })),
        (ACTIVATE_V2, json!({ "license_list": many })),
        (ACTIVATE_V2, json!({ "license_list": "PL1" })),
        (HEARTBEAT_V1, json!({ "license": many[0], "heartbeatInfo": {} })),
        (HEARTBEAT_V1, json!({ "license": many[0], "heartbeatInfo": { "thirdPartyAccount": "x".repeat(257) } })),
        (HEARTBEAT_V2, json!({ "license_list": many })),
        (SOFTWARE_USAGE, json!({ "usage_info": [] })),
        (SOFTWARE_USAGE, json!({ "usage_info": [{ "license": many[0], "software_usage_Info": [] }] })),
        (SOFTWARE_USAGE, usage(&many[0], &json!({}))),
        (SOFTWARE_USAGE, usage(&many[0], &json!({ "id": "a", "active_num": 1 }))),
        (SOFTWARE_USAGE, usage(&many[0], &json!({ "active_num": 1_000_000_000 }))),
        (SOFTWARE_USAGE, usage(&many[0], &json!({ "active_num": -1 }))),
        (SOFTWARE_USAGE, usage(&many[0], &json!({ "id": "x".repeat(257) }))),
    ] {
        assert_eq!(told(&market, path, body.clone()).await, (400, "95000001".into()), "{path} {body}");
    }
    for path in [ACTIVATE_V1, ACTIVATE_V2, HEARTBEAT_V1, HEARTBEAT_V2, SOFTWARE_USAGE] {
        let unreadable = market.call(Call::post(path, "{\"license")).await;
        assert_eq!(unreadable.told(), (400, "95000004".into()));
        let form = market.call(Call::post(path, "license=PL1").with("content-type", "text/plain")).await;
        assert_eq!(form.told(), (415, "95000003".into()));
        let get = market.call(Call::get(path, "")).await;
        assert_eq!(get.told(), (405, "95000002".into()));
    }
    let charset = Call::post(ACTIVATE_V1, json!({ "license": many[0] }));
    let charset = charset.with("content-type", "application/json charset=UTF-8");
    assert_eq!(market.call(charset).await.told(), as_is("92020000"), "as the page's sample writes it");
}

#[tokio::test]
async fn a_foreign_code_does_not_exist_and_a_buyer_has_no_business_here() {
    let market = Market::open().await;
    let code = received(&market, 1).remove(0);
    let body = json!({ "license": code });
    let by = |access: &str| Call::post(ACTIVATE_V1, &body).by(access);
    assert_eq!(market.call(by(ANOTHER_AK)).await.told(), as_is("92020005"));
    assert_eq!(market.call(by(BUYER_AK)).await.told(), (403, "92020001".into()));
    for path in [ACTIVATE_V1, HEARTBEAT_V1] {
        assert_eq!(told(&market, path, json!({ "license": "PLNOBODY" })).await, as_is("92020005"));
    }
    assert_eq!(state(&market, &code), LicenseState::Received);
}

#[tokio::test]
async fn a_query_follows_the_code_to_its_end() {
    let market = Market::open().await;
    let codes = received(&market, 2);
    let code = &codes[0];
    activate(&market, &codes[..1]).await;
    let body = json!({ "license": code });
    let status = async || {
        let reply = market.post(HEARTBEAT_V1, body.clone()).await;
        let data = &reply.json()["data"];
        (data["status"].as_str().unwrap().to_owned(), data["expire_time"].as_str().unwrap().to_owned())
    };
    assert_eq!(status().await, ("ALIVE".into(), "20271123120000".into()));
    assert_eq!(market.marketplace.license(code).unwrap().queried_at, Some(market.now()));
    let old = json!({ "license": code, "heartbeatInfo": { "thirdPartyAccount": "account1", "ip": "10.0.0.1" } });
    let data = market.post(HEARTBEAT_V1, old).await.json()["data"].clone();
    assert_eq!(
        (&data["license_code"], &data["activate_time"], &data["product_id"]),
        (&json!(code), &json!("20261123120000"), &json!("OFFI1"))
    );

    market.pass(366 * 86_400);
    assert_eq!(status().await.0, "EXPIRED");
    market.marketplace.set_license_status(code, StatusChange::Freeze).await.unwrap();
    assert_eq!((state(&market, code), status().await.0), (LicenseState::Frozen, "EXPIRED".into()));
    market.marketplace.renew_license(code, &product(), &customer()).await.unwrap();
    market.marketplace.set_license_status(code, StatusChange::Unfreeze).await.unwrap();
    assert_eq!(status().await, ("ALIVE".into(), "20281123120000".into()));
    market.marketplace.release_license(code).await.unwrap();
    assert_eq!(status().await.0, "RELEASED");
    assert_eq!(told(&market, ACTIVATE_V1, body.clone()).await, as_is("92020003"));
}

#[tokio::test]
async fn many_codes_are_queried_at_once() {
    let market = Market::open().await;
    let codes = received(&market, 3);
    activate(&market, &codes[..2]).await;
    let reply = market.post(HEARTBEAT_V2, json!({ "license_list": codes[..2] })).await;
    let json = reply.json();
    let told_codes: Vec<&Value> = json["data"].as_array().unwrap().iter().map(|info| &info["license_code"]).collect();
    assert_eq!(told_codes, [&json!(codes[0]), &json!(codes[1])]);
    assert_eq!(told(&market, HEARTBEAT_V2, json!({ "license_list": codes })).await, as_is("92020011"));
    let unknown = json!({ "license_list": [codes[0], "PLNOBODY"] });
    assert_eq!(told(&market, HEARTBEAT_V2, unknown).await, as_is("92020020"));
}

fn usage(code: &LicenseCode, entry: &Value) -> Value {
    json!({ "usage_info": [{ "license": code, "software_usage_Info": [entry] }] })
}

#[tokio::test]
async fn statistics_are_kept_where_all_their_codes_are_active() {
    let market = Market::open().await;
    let codes = received(&market, 2);
    activate(&market, &codes[..1]).await;
    for entry in [json!({ "id": "账号一" }), json!({ "active_num": 100 })] {
        assert_eq!(told(&market, SOFTWARE_USAGE, usage(&codes[0], &entry)).await, as_is("92020000"));
    }
    let kept = market.marketplace.license(&codes[0]).unwrap().usage;
    let reported_at = market.now();
    assert_eq!(
        kept,
        [Clients::Id("账号一".into()), Clients::Number(100)].map(|clients| SoftwareUsage { reported_at, clients })
    );
    for (bad, code) in [(codes[1].clone(), "92020011"), (LicenseCode::new("PLNOBODY"), "92020020")] {
        let entry = json!([{ "id": "a" }]);
        let body = json!({ "usage_info": [
            { "license": codes[0], "software_usage_Info": entry },
            { "license": bad, "software_usage_Info": entry },
        ]});
        let reply = market.post(SOFTWARE_USAGE, body).await;
        assert_eq!(reply.told(), as_is(code));
        assert_eq!(reply.json()["data"]["check_fail_list"], json!([bad]));
    }
    assert_eq!(market.marketplace.license(&codes[0]).unwrap().usage, kept);
}

#[tokio::test]
async fn test_codes_are_activated_and_queried_without_a_buyer() {
    let market = Market::open().await;
    let codes = market.marketplace.apply_for_test_codes(2, 30);
    activate(&market, &codes).await;
    let reply = market.post(HEARTBEAT_V1, json!({ "license": codes[0] })).await;
    assert_eq!(reply.json()["data"]["expire_time"], "20261223120000");
    let license = market.marketplace.license(&codes[0]).unwrap();
    assert!(license.test && license.activated_at.is_some() && license.queried_at.is_some());
}
