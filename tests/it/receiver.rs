//! The receiver end to end: signed calls over a real socket, and what is no call.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sellerdesk::{
    desk::RetryResult,
    domain::{Exception, MessageState, Rejection, World},
    protocol::{Secret, id::InstanceId, signature::url::UrlSignature},
};
use serde_json::{Value, json};

use crate::support::{
    app::{KEY, MANUAL, Reply, TEMPLATE, TestApp, purchase, question, release, renewal, status, unique, with},
    waiting::until,
};

const OTHER_KEY: &str = "demo-key-for-tests-0002";

async fn bought(app: &TestApp, order: &str) -> String {
    let reply = app.call(purchase(order)).await;
    assert_eq!(reply.code(), "000000", "{}", reply.text);
    reply.instance_id()
}

/// A refused call leaves its trace in the list of refused calls and nowhere else.
async fn assert_refused(app: &TestApp, reply: &Reply, code: &str, reason: impl Fn(&Rejection) -> bool) {
    assert_eq!((reply.status, reply.code()), (200, code), "{}", reply.text);
    let newest = app.rejected().await.remove(0);
    // A caller who signed right is answered with a signature; whatever else is wrong.
    let unsigned = matches!(newest.rejection, Rejection::Mismatch { .. } | Rejection::MissingParameter { .. });
    assert_ne!(reply.headers.contains_key("body-sign"), unsigned, "{:?}", newest.rejection);
    assert!(reason(&newest.rejection), "{:?}", newest.rejection);
    assert!(app.messages(World::Live).await.is_empty());
}

#[tokio::test]
async fn every_activity_is_answered() {
    let app = TestApp::start(TEMPLATE).await;
    let body = purchase("CS1");
    let reply = app.call(body.clone()).await;
    assert_eq!((reply.status, reply.code()), (200, "000000"));
    let id = reply.instance_id();
    assert_eq!(json!(id), body["businessId"]);
    assert!(reply.headers["content-type"].to_str().unwrap().starts_with("application/json"));

    let reply = app.call(question(&id)).await;
    assert_eq!(reply.json["info"][0]["instanceId"], json!(id));
    assert_eq!(reply.json["info"][0]["appInfo"]["frontEndUrl"], format!("https://app.example.com/{id}"));

    let order = |activity: &str| json!({ "activity": activity, "instanceId": id, "orderId": "CS2", "orderLineId": "CS2-000001" });
    for body in [
        renewal(&id, "CS2"),
        with(renewal(&id, "CS2"), "scene", "UNSUBSCRIBE_RENEWAL_PERIOD"),
        with(with(renewal(&id, "CS3"), "scene", "RENEWAL_CHANGE"), "expireTime", "20311124023618256"),
        with(renewal(&id, "CS4"), "scene", "TRIAL_TO_FORMAL"),
        order("upgradeInstance"),
        json!({ "activity": "changeInstanceCheck", "instanceId": id, "productInfo": { "productId": "p" } }),
        order("orderNotify"),
        status(&id, "FREEZE"),
        status(&id, "UNFREEZE"),
        release(&id),
    ] {
        let reply = app.call(body.clone()).await;
        assert_eq!((reply.status, reply.code()), (200, "000000"), "{body}: {}", reply.text);
    }
    let (instance, history) = app.desk.instance(World::Live, InstanceId::new(&id)).await.unwrap().unwrap();
    assert_eq!(instance.status.name(), "released");
    assert!(instance.expire_time.is_some());
    assert_eq!(history.len(), 11, "all but orderNotify");
    assert_eq!(app.messages(World::Live).await.len(), 12);
    assert!(app.rejected().await.is_empty());
}

#[tokio::test]
async fn the_same_business_is_done_once_and_answered_the_same() {
    let app = TestApp::start(TEMPLATE).await;
    let id = bought(&app, "CS1").await;
    assert_eq!(bought(&app, "CS1").await, id);
    for _ in 0..2 {
        assert_eq!(app.call(renewal(&id, "CS2")).await.code(), "000000");
    }
    assert_eq!(app.message("newInstance").await.attempts, 2);
    assert_eq!(app.message("refreshInstance").await.attempts, 2);
    assert_eq!(app.instances(World::Live).await, 1);
}

#[tokio::test]
async fn what_is_frozen_thawed_and_frozen_again_is_frozen() {
    let app = TestApp::start(TEMPLATE).await;
    let id = bought(&app, "CS1").await;
    for (change, now_is) in [
        ("FREEZE", "frozen"),
        ("FREEZE", "frozen"),
        ("UNFREEZE", "active"),
        ("FREEZE", "frozen"),
        ("UNFREEZE", "active"),
    ] {
        assert_eq!(app.call(status(&id, change)).await.code(), "000000");
        let (instance, _) = app.desk.instance(World::Live, InstanceId::new(&id)).await.unwrap().unwrap();
        assert_eq!(instance.status.name(), now_is);
    }
    assert_eq!(app.messages(World::Live).await.len(), 5, "the second freeze was the first once more");
}

#[tokio::test]
async fn an_old_freeze_that_had_succeeded_is_not_done_again_by_a_retry() {
    let app = TestApp::start(TEMPLATE).await;
    let id = bought(&app, "CS1").await;
    for change in ["FREEZE", "UNFREEZE"] {
        assert_eq!(app.call(status(&id, change)).await.code(), "000000");
    }
    let freeze = app.messages(World::Live).await.remove(1);
    let result = app.desk.retry(freeze.id).await.unwrap();
    assert_eq!(result, RetryResult::AlreadySucceeded);
    let (instance, _) = app.desk.instance(World::Live, InstanceId::new(&id)).await.unwrap().unwrap();
    assert_eq!(instance.status.name(), "active");
}

#[tokio::test]
async fn a_wrong_key_is_refused() {
    let app = TestApp::start(TEMPLATE).await;
    let reply = app.call_signed_with(OTHER_KEY, purchase("CS1")).await;
    assert_refused(&app, &reply, "000001", |reason| matches!(reason, Rejection::Mismatch { .. })).await;
    let computed = app.rejected().await.remove(0).computed;
    assert!(computed.diagnosis().unwrap().canonical.starts_with("<accessKey>"));
    assert!(!computed.write().unwrap().contains(KEY), "{computed:?}");
    // Signed for one body, sent with another.
    let query = app.client().signed(KEY, purchase("CS1").to_string().as_bytes()).to_query();
    let reply = app.raw(&query, purchase("CS2").to_string()).await;
    assert_refused(&app, &reply, "000001", |reason| matches!(reason, Rejection::Mismatch { .. })).await;
}

#[tokio::test]
async fn a_stale_missing_or_malformed_signature_is_refused() {
    let app = TestApp::start(TEMPLATE).await;
    let body = purchase("CS1").to_string();
    let now = app.desk.now();
    let stamped = |timestamp: &str| {
        let key = Secret::new(KEY);
        UrlSignature::sign(&key, &unique("n"), timestamp, body.as_bytes()).to_query()
    };
    for skew in [-62_000, 62_000] {
        let reply = app.raw(&stamped(&now.plus_millis(skew).0.to_string()), body.clone()).await;
        assert_refused(&app, &reply, "000002", |reason| matches!(reason, Rejection::Stale { .. })).await;
    }
    for timestamp in ["20221124023618", "now", "-1", "99999999999999999999"] {
        let reply = app.raw(&stamped(timestamp), body.clone()).await;
        let fitting = |reason: &Rejection| matches!(reason, Rejection::Stale { .. } | Rejection::MalformedTimestamp);
        assert_refused(&app, &reply, "000002", fitting).await;
    }
    let whole = stamped(&now.0.to_string());
    for parameter in ["signature", "timestamp", "nonce"] {
        let query: Vec<&str> = whole.split('&').filter(|pair| !pair.starts_with(parameter)).collect();
        let reply = app.raw(&query.join("&"), body.clone()).await;
        let missing = Rejection::MissingParameter { parameter: parameter.to_owned() };
        assert_refused(&app, &reply, "000002", |reason| *reason == missing).await;
    }
    let fresh_enough = stamped(&app.desk.now().plus_millis(-55_000).0.to_string());
    assert_eq!(app.raw(&fresh_enough, body.clone()).await.code(), "000000");
}

#[tokio::test]
async fn what_cannot_be_understood_is_refused_and_told() {
    let app = TestApp::start(TEMPLATE).await;
    let long = "x".repeat(65);
    for body in [
        "{".to_owned(),
        "[]".to_owned(),
        String::new(),
        json!({ "orderId": "CS1" }).to_string(),
        with(purchase("CS1"), "orderId", json!({})).to_string(),
        with(purchase("CS1"), "orderId", long.clone()).to_string(),
        with(purchase("CS1"), "businessId", long.clone()).to_string(),
        with(purchase("CS1"), "orderLineId", Value::Null).to_string(),
        with(renewal("i", "CS1"), "expireTime", "tomorrow").to_string(),
        release(&long).to_string(),
        json!({ "activity": long }).to_string(),
    ] {
        let reply = app.raw(&app.client().signed(KEY, body.as_bytes()).to_query(), body.clone()).await;
        assert_refused(&app, &reply, "000002", |reason| matches!(reason, Rejection::Malformed { .. })).await;
    }
    assert!(app.rejected().await.iter().any(|call| call.rejection.to_string().contains("65 characters")));
}

#[tokio::test]
async fn an_unknown_activity_is_refused_and_seen() {
    let app = TestApp::start(TEMPLATE).await;
    for _ in 0..2 {
        let reply = app.call(json!({ "activity": "paintInstance", "colour": "red" })).await;
        assert_eq!(reply.code(), "000002");
    }
    let message = app.message("paintInstance").await;
    assert_eq!((app.state(&message), message.attempts), (MessageState::Failing, 2));
    assert_eq!(message.exception, Some(Exception::UnknownActivity { activity: "paintInstance".into() }));
    assert!(app.rejected().await.is_empty());
}

#[tokio::test]
async fn what_comes_before_its_instance_is_done_once_that_appears() {
    let app = TestApp::start(TEMPLATE).await;
    let body = purchase("CS1");
    let id = body["businessId"].as_str().unwrap().to_owned();
    assert_eq!(app.call(renewal(&id, "CS2")).await.code(), "000003");
    assert_eq!(app.call(status(&id, "FREEZE")).await.code(), "000003");
    assert_eq!(app.call(question(&id)).await.code(), "000003");
    let parked = app.message("refreshInstance").await;
    assert_eq!(parked.exception, Some(Exception::UnknownInstance { instance_id: InstanceId::new(&id) }));
    assert_eq!(app.state(&parked), MessageState::Failing);

    assert_eq!(app.call(body).await.code(), "000000");
    until("the parked freeze", async || {
        let (instance, _) = app.desk.instance(World::Live, InstanceId::new(&id)).await.unwrap()?;
        (instance.status.name() == "frozen" && instance.expire_time.is_some()).then_some(())
    })
    .await;
    let done = until("the parked message", async || {
        Some(app.message("refreshInstance").await).filter(|message| app.state(message) == MessageState::Succeeded)
    })
    .await;
    let origins: Vec<&str> = app.attempts(&done).await.iter().map(|attempt| attempt.origin.name()).collect();
    assert_eq!(origins, ["koogallery", "automatic"]);
    assert_eq!(app.call(renewal(&id, "CS2")).await.code(), "000000");
}

#[tokio::test]
async fn a_replayed_call_is_refused_even_after_a_restart() {
    let app = TestApp::start(TEMPLATE).await;
    let body = purchase("CS1").to_string();
    let query = app.client().signed(KEY, body.as_bytes()).to_query();
    assert_eq!(app.raw(&query, body.clone()).await.code(), "000000");
    assert_eq!(app.raw(&query, body.clone()).await.code(), "000001");
    // Nonce and timestamp are signed as one text: no character of one may pass for the other's.
    let (nonce, timestamp) = (unique("n"), app.desk.now().0.to_string());
    let first = UrlSignature::sign(&Secret::new(KEY), &format!("{nonce}0"), &timestamp, body.as_bytes());
    assert_eq!(app.raw(&first.to_query(), body.clone()).await.code(), "000000");
    let moved = UrlSignature { nonce, timestamp: format!("0{timestamp}"), ..first };
    assert_eq!(app.raw(&moved.to_query(), body.clone()).await.code(), "000002");
    // The same words in another nonce's name are no replay.
    let other = app.client().signed(KEY, body.as_bytes()).to_query();
    assert_eq!(app.raw(&other, body.clone()).await.code(), "000000");

    let app = TestApp::start_on(app.stop().await).await;
    let reply = app.raw(&query, body).await;
    assert_eq!(reply.code(), "000001");
    assert_eq!(app.rejected().await.remove(0).rejection, Rejection::Replayed);
    assert_eq!(app.message("newInstance").await.attempts, 3);
}

#[tokio::test]
async fn debugging_calls_are_a_world_of_their_own() {
    let app = TestApp::start(MANUAL).await;
    let debugging = |body| with(body, "testFlag", "1");
    let reply = app.call(debugging(purchase("CS1"))).await;
    assert_eq!(reply.code(), "000000");
    let id = reply.instance_id();
    assert_eq!(app.call(debugging(question(&id))).await.code(), "000000");
    assert_eq!(app.call(question(&id)).await.code(), "000003", "the live world knows nothing of it");
    assert_eq!(app.call(debugging(release(&id))).await.code(), "000000");
    assert_eq!((app.instances(World::Live).await, app.instances(World::Test).await), (0, 1));
    assert_eq!((app.messages(World::Live).await.len(), app.messages(World::Test).await.len()), (1, 3));
    assert_eq!(app.call(purchase("CS1")).await.code(), "000004", "the real order is another one");
    let overview = app.desk.overview(World::Live).await.unwrap();
    assert_eq!(overview.hours.iter().map(|(_, calls, _)| calls).sum::<u32>(), 2);
}

#[tokio::test]
async fn answers_are_signed_over_their_exact_bytes() {
    let app = TestApp::start(TEMPLATE).await;
    let reply = app.call(purchase("CS1")).await;
    let header = reply.headers["body-sign"].to_str().unwrap();
    let signature = header.strip_prefix(r#"sign_type="HMAC-SHA256", signature=""#).unwrap().strip_suffix('"').unwrap();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, KEY.as_bytes());
    ring::hmac::verify(&key, reply.text.as_bytes(), &STANDARD.decode(signature).unwrap()).unwrap();

    let app =
        TestApp::start(&TEMPLATE.replace("[endpoint.template]", "body_sign_v2 = false\n[endpoint.template]")).await;
    let reply = app.call(purchase("CS1")).await;
    assert_eq!(reply.code(), "000000");
    assert!(!reply.headers.contains_key("body-sign"));
}
