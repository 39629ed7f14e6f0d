//! What goes wrong on purpose, as a caller sees it.

use std::time::{Duration, Instant};

use sellerdesk::{
    protocol::id::LicenseCode,
    simulator::{
        LicenseState,
        open_api::{Api, Fault, FaultRule, OpenApiSetup, When},
    },
};
use serde_json::json;

use crate::support::open_api::{ACTIVATE_V2, Call, Market, ORDER_QUERY, USAGE_PUSH, customer, product, reply};

const MOCK: &str = "orderId=MOCKPERIODYEARNEW";

fn query() -> Call {
    Call::get(ORDER_QUERY, MOCK)
}

fn received(market: &Market) -> LicenseCode {
    let code = market.marketplace.buy_licenses(&customer(), &product(), 1).remove(0);
    market.marketplace.receive_license(&code).unwrap();
    code
}

fn is_alive(market: &Market, code: &LicenseCode) -> bool {
    market.marketplace.license(code).unwrap().state(market.now()) == LicenseState::Alive
}

#[tokio::test]
async fn an_answer_of_the_gateway_or_the_store_comes_instead() {
    let market = Market::open().await;
    for (fault, told) in [
        (Fault::TooManyRequests { retry_after: Some(7) }, (429, "APIGW.0308")),
        (Fault::TooOften, (406, "MKT.0250")),
        (Fault::InternalError, (500, "MKT.0999")),
        (Fault::BadGateway, (502, "APIGW.0201")),
        (Fault::GatewayTimeout, (504, "APIGW.0201")),
    ] {
        market.server.faults().add(FaultRule::next(1, fault.clone()));
        let reply = market.call(query()).await;
        assert_eq!(reply.told(), (told.0, told.1.to_owned()), "{fault:?}");
        let retry_after = reply.headers.get("retry-after").map(|value| value.to_str().unwrap());
        assert_eq!(retry_after, (told.0 == 429).then_some("7"));
        assert_eq!(market.call(query()).await.status, 200, "it was one request");
        let requests = market.server.requests();
        assert_eq!(requests[requests.len() - 2].fault, Some(fault));
    }
    market.server.faults().add(FaultRule::next(1, Fault::InternalError).at(Api::UsagePush));
    assert_eq!(market.call(Call::post(USAGE_PUSH, "{}")).await.told(), (500, "94060001".into()));
}

#[tokio::test]
async fn an_answer_is_no_json_or_none_at_all() {
    let market = Market::open().await;
    let whole = market.call(query()).await.text;
    let proxy = Fault::Answer { status: 403, content_type: "text/plain".into(), body: "no".into() };
    for (fault, status, text) in [
        (Fault::Html, 200, None),
        (Fault::Empty, 200, Some("")),
        (Fault::Half, 200, Some(&whole[..whole.len() / 2])),
        (proxy, 403, Some("no")),
    ] {
        market.server.faults().add(FaultRule::next(1, fault.clone()));
        let reply = market.call(query()).await;
        assert_eq!(reply.status, status, "{fault:?}");
        assert!(serde_json::from_str::<serde_json::Value>(&reply.text).is_err(), "{}", reply.text);
        match text {
            Some(text) => assert_eq!(reply.text, text),
            None => assert_eq!(reply.headers["content-type"], "text/html;charset=UTF-8"),
        }
    }
}

#[tokio::test]
async fn an_answer_is_lost_after_the_deed_was_done() {
    let market = Market::open().await;
    for rule in [
        FaultRule::next(1, Fault::Reset),
        FaultRule::next(1, Fault::Half),
        FaultRule::next(1, Fault::GatewayTimeout).after_the_deed(),
    ] {
        let code = received(&market);
        let call = Call::post(ACTIVATE_V2, json!({ "license_list": [code] }));
        market.server.faults().add(rule.clone());
        let spoilt = reply(market.request(&call)).await;
        match rule.fault {
            Fault::Reset => {
                let error = spoilt.unwrap_err();
                assert!(error.is_body() || error.is_decode(), "the head came, the body broke: {error:?}");
                let causes = format!("{error:?}");
                assert!(causes.contains("ConnectionReset"), "reset, not closed: {causes}");
            }
            Fault::GatewayTimeout => assert_eq!(spoilt.unwrap().status, 504),
            _ => assert!(!spoilt.unwrap().text.ends_with('}')),
        }
        assert!(is_alive(&market, &code), "{rule:?}");
        let last = market.server.requests().pop().unwrap();
        assert_eq!((last.verdict.code.as_str(), last.fault), ("92020000", Some(rule.fault)));
        assert_eq!(market.call(call).await.told(), (200, "92020020".into()), "it is not done twice");
    }
}

#[tokio::test]
async fn instead_of_the_deed_nothing_is_done() {
    let market = Market::open().await;
    let code = received(&market);
    let call = Call::post(ACTIVATE_V2, json!({ "license_list": [code] }));
    market.server.faults().add(FaultRule::next(1, Fault::Reset).instead_of_the_deed());
    market.server.faults().add(FaultRule::next(1, Fault::BadGateway));
    assert!(reply(market.request(&call)).await.is_err());
    assert_eq!(market.call(call.clone()).await.status, 502);
    assert!(!is_alive(&market, &code));
    assert_eq!(market.call(call).await.told(), (200, "92020000".into()));
}

#[tokio::test]
async fn a_slow_answer_comes_and_a_hanging_one_does_not() {
    let market = Market::open().await;
    let delay = Duration::from_millis(150);
    market.server.faults().add(FaultRule::next(1, Fault::slow(delay)).at(Api::OrderQuery));
    let begun = Instant::now();
    assert_eq!(market.call(query()).await.status, 200);
    assert!(begun.elapsed() >= delay);

    market.server.faults().add(FaultRule::always(Fault::Hang));
    let error = reply(market.request(&query()).timeout(Duration::from_millis(200))).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    market.server.faults().clear();
    assert_eq!(market.call(query()).await.status, 200);
}

#[tokio::test]
async fn faults_come_by_script_and_by_chance() {
    let market = Market::open().await;
    let faults = market.server.faults();
    faults.add(FaultRule::new(Fault::BadGateway, When::Requests { after: 1, count: 2 }).at(Api::OrderQuery));
    let mut seen = vec![];
    for _ in 0..4 {
        seen.push(market.call(query()).await.status);
    }
    assert_eq!(seen, [200, 502, 502, 200]);
    faults.add(FaultRule::new(Fault::BadGateway, When::Chance(0.5)));
    let mut spoilt = 0;
    for _ in 0..60 {
        spoilt += u32::from(market.call(query()).await.status == 502);
    }
    assert!((10..=50).contains(&spoilt), "{spoilt}");
}

#[tokio::test]
async fn a_server_that_is_down_refuses_connections_and_comes_back_where_it_was() {
    let mut market = Market::open_with(OpenApiSetup::default()).await;
    // One that is kept would be asked again in the moment in which it is closed.
    market.client = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
    let url = market.server.url();
    for _ in 0..2 {
        assert_eq!(market.call(query()).await.status, 200);
        market.server.go_down().await.unwrap();
        let error = reply(market.request(&query())).await.unwrap_err();
        assert!(error.is_connect(), "{error:?}");
        assert!(format!("{error:?}").contains("ConnectionRefused"), "{error:?}");
        market.server.go_down().await.unwrap();
        market.server.come_up().await.unwrap();
        market.server.come_up().await.unwrap();
        assert_eq!(market.server.url(), url);
    }
    assert_eq!(market.call(query()).await.status, 200);
}
