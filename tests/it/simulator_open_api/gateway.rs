//! Who is let in, and in which words the others are refused.

use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::{ServerConfig, pki_types::PrivateKeyDer};
use sellerdesk::{
    protocol::Secret,
    simulator::open_api::{AccessKey, Api, Holder, OpenApiSetup},
};
use serde_json::{Value, json};

use crate::support::open_api::{
    ACTIVATE_V1, AK, BUYER_AK, Call, HEARTBEAT_V2, Market, ORDER_QUERY, SK, USAGE_PUSH, reply, sign,
};

const MOCK: &str = "orderId=MOCKPERIODYEARNEW";

#[test]
fn this_side_signs_as_the_published_examples_do() {
    let vectors: Vec<Value> = serde_json::from_str(include_str!("../../data/open-api-signing.json")).unwrap();
    for vector in vectors {
        let text = |name: &str| vector[name].as_str().unwrap();
        let (_, rest) = text("url").split_once("://").unwrap();
        let (host, target) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = vector["headers"].as_object().unwrap().iter();
        let headers = headers.map(|(name, value)| (name.to_lowercase(), value.as_str().unwrap().to_owned()));
        let (dates, headers): (Vec<_>, Vec<_>) = headers.partition(|(name, _)| name == "x-sdk-date");
        let call = Call {
            method: if text("method") == "GET" { "GET" } else { "POST" },
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: text("body").as_bytes().to_vec(),
            access: text("ak").to_owned(),
            secret: text("sk").to_owned(),
            date: None,
        };
        let authorization = sign(&call, host, &dates[0].1);
        assert!(authorization.ends_with(text("signature")), "{}: {authorization}", text("id"));
    }
}

#[tokio::test]
async fn a_signed_request_is_answered_with_the_gateways_own_time() {
    let market = Market::open().await;
    for query in [MOCK, "orderLineId=MOCKPERIODYEARNEW-000001&orderId=MOCKPERIODYEARNEW"] {
        let reply = market.get(ORDER_QUERY, query).await;
        assert_eq!(reply.told(), (200, "MKT.0000".into()), "{}", reply.text);
        assert_eq!(reply.headers["date"], "Mon, 23 Nov 2026 12:00:00 GMT");
        assert_eq!(reply.headers["content-type"], "application/json;charset=UTF-8");
        assert_eq!(reply.headers["x-request-id"].len(), 32);
    }
    let by_hand = Call { headers: vec![], ..Call::get(ORDER_QUERY, MOCK) };
    assert_eq!(market.call(by_hand).await.status, 200, "the date alone need be signed");

    let requests = market.server.requests();
    let last = requests.last().unwrap();
    assert_eq!((last.method.as_str(), last.path.as_str(), last.query.as_str()), ("GET", ORDER_QUERY, MOCK));
    assert_eq!((last.api, last.access.as_deref()), (Some(Api::OrderQuery), Some(AK)));
    assert_eq!((last.verdict.status, last.verdict.code.as_str()), (200, "MKT.0000"));
    assert!(!format!("{requests:?}").contains(SK));
    market.server.forget_requests();
    assert_eq!(market.server.requests(), []);
}

#[tokio::test]
async fn a_wrong_signature_is_told_what_was_expected() {
    let market = Market::open().await;
    let refused = market.call(Call { secret: "another".into(), ..Call::get(ORDER_QUERY, MOCK) }).await;
    let expected = format!(
        "Incorrect IAM authentication information: verify aksk signature fail,canonicalRequest:GET|{ORDER_QUERY}/|{MOCK}|\
         content-type:application/json|host:{}|x-sdk-date:20261123T120000Z||content-type;host;x-sdk-date|\
         e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        market.server.address()
    );
    assert_eq!((refused.told(), refused.message()), ((401, "APIGW.0301".into()), expected));
    assert_eq!(refused.json()["request_id"], refused.headers["x-request-id"].to_str().unwrap());

    let spoilt = Call::post(ACTIVATE_V1, json!({"license": "PL1"}));
    let request = market.request(&spoilt).body(r#"{"license":"PL2"}"#);
    assert_eq!(reply(request).await.unwrap().told(), (401, "APIGW.0301".into()), "another body than the signed one");
}

#[tokio::test]
async fn whoever_cannot_be_known_is_refused() {
    let market = Market::open().await;
    let call = Call::get(ORDER_QUERY, MOCK);
    let date = market.basic_time(0);
    let host = market.server.address().to_string();
    let right = sign(&call, &host, &date);
    let undated = right.replace(";x-sdk-date", "");
    for (authorization, date, words) in [
        (None, Some(date.as_str()), "Authorization not found"),
        (Some("Basic YTpi"), Some(date.as_str()), "Authorization format incorrect"),
        (Some(right.as_str()), None, "x-sdk-date not found"),
        (Some(right.as_str()), Some("2026-11-23"), "x-sdk-date format incorrect"),
        (Some(undated.as_str()), Some(date.as_str()), "x-sdk-date not signed"),
    ] {
        let mut request = market.unsigned(&call);
        for (name, value) in [("authorization", authorization), ("x-sdk-date", date)] {
            request = value.map_or(request.try_clone().unwrap(), |value| request.header(name, value));
        }
        let refused = reply(request).await.unwrap();
        assert_eq!(refused.told(), (401, "APIGW.0301".into()));
        assert!(refused.message().ends_with(words), "{}", refused.message());
    }
    let stranger = market.call(call.by("NOBODYSKEY")).await;
    assert!(stranger.message().ends_with("ak:NOBODYSKEY,err:ak not exist"), "{}", stranger.message());
}

#[tokio::test]
async fn a_clock_may_be_fifteen_minutes_off() {
    let market = Market::open().await;
    for (seconds, taken) in [(-901, false), (-900, true), (900, true), (901, false)] {
        let date = market.basic_time(seconds);
        let reply = market.call(Call { date: Some(date.clone()), ..Call::get(ORDER_QUERY, MOCK) }).await;
        assert_eq!(reply.status == 200, taken, "{seconds}");
        let words = format!("signature expired,signature time:{date},server time:20261123T120000Z");
        assert_eq!(reply.text.contains(&words), !taken, "{}", reply.text);
    }
}

#[tokio::test]
async fn five_wrong_signatures_lock_a_key_for_five_minutes() {
    let market = Market::open().await;
    let wrong = Call { secret: "another".into(), ..Call::get(ORDER_QUERY, MOCK) };
    for _ in 0..4 {
        assert!(market.call(wrong.clone()).await.message().contains("verify aksk signature fail"));
    }
    assert_eq!(market.get(ORDER_QUERY, MOCK).await.status, 200, "a right one ends the row");
    for _ in 0..5 {
        market.call(wrong.clone()).await;
    }
    let locked = market.get(ORDER_QUERY, MOCK).await;
    assert_eq!(locked.told(), (401, "APIGW.0301".into()));
    assert!(locked.message().ends_with("AK access failed to reach the limit,forbidden."), "{}", locked.message());
    let other_key = market.call(Call::get(ORDER_QUERY, MOCK).by(BUYER_AK)).await;
    assert_eq!(other_key.told(), (401, "MKT.0151".into()), "only that key, and a buyer has no business here");
    market.pass(299);
    assert_eq!(market.get(ORDER_QUERY, MOCK).await.status, 401);
    market.server.set_lock_out(false);
    assert_eq!(market.get(ORDER_QUERY, MOCK).await.status, 200);
    market.server.set_lock_out(true);
    for _ in 0..5 {
        market.call(wrong.clone()).await;
    }
    assert_eq!(market.get(ORDER_QUERY, MOCK).await.status, 401);
    market.pass(300);
    assert_eq!(market.get(ORDER_QUERY, MOCK).await.status, 200);
}

#[tokio::test]
async fn a_temporary_key_brings_its_token_signed() {
    let key = AccessKey::new("TEMPORARY", Secret::new(SK), Holder::Seller).temporary(Secret::new("token-1"));
    let market = Market::open_with(OpenApiSetup::default().with_access_key(key)).await;
    let call = || Call::get(ORDER_QUERY, MOCK).by("TEMPORARY");
    assert_eq!(market.call(call().with("x-security-token", "token-1")).await.status, 200);
    for refused in [
        market.request(&call()),
        market.request(&call().with("x-security-token", "token-2")),
        market.request(&call()).header("x-security-token", "token-1"),
    ] {
        assert_eq!(reply(refused).await.unwrap().told(), (401, "APIGW.0301".into()));
    }
}

#[tokio::test]
async fn what_is_not_there_or_too_large_is_told_by_the_gateway() {
    let market = Market::open().await;
    let too_large = Call { body: vec![b' '; 12 * 1024 * 1024 + 1], ..Call::post(ACTIVATE_V1, "") };
    for (call, told) in [
        (Call::get("/api/mkp-openapi-public/global/v1/orders", ""), (404, "APIGW.0101")),
        (Call::get("/", ""), (404, "APIGW.0101")),
        (Call::post(ORDER_QUERY, "{}"), (404, "APIGW.0101")),
        (Call::get(ORDER_QUERY, MOCK).with("x-stage", "BETA"), (404, "APIGW.0101")),
        (Call::get(ORDER_QUERY, MOCK).with("x-stage", "RELEASE"), (200, "MKT.0000")),
        (Call::get(ORDER_QUERY, &format!("orderId={}", "x".repeat(33 * 1024))), (414, "APIGW.0201")),
        (too_large, (413, "APIGW.0201")),
        (Call::get(HEARTBEAT_V2, ""), (405, "95000002")),
        (Call::post(USAGE_PUSH, "{}"), (401, "94060002")),
    ] {
        let path = call.path.clone();
        let reply = market.call(call).await;
        assert_eq!(reply.told(), (told.0, told.1.to_owned()), "{path}");
    }
}

#[tokio::test]
async fn with_a_certificate_it_speaks_tls() {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    drop(rustls::crypto::ring::default_provider().install_default());
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    let market = Market::open_with(OpenApiSetup::default().with_tls(Arc::new(config))).await;
    assert!(market.server.url().starts_with("https://"));
    let url = format!("https://localhost:{}{ORDER_QUERY}", market.server.address().port());
    let stranger = market.client.get(&url).send().await.unwrap_err();
    assert!(stranger.is_connect(), "{stranger:?}");
    let root = reqwest::Certificate::from_der(certificate.der()).unwrap();
    let trusting = reqwest::Client::builder().tls_certs_only([root]).no_proxy().build().unwrap();
    let refused = reply(trusting.get(&url)).await.unwrap();
    assert_eq!(refused.told(), (401, "APIGW.0301".into()));
}
