//! Refusals of calls that were signed right carry `Body-Sign` as their endpoint says, made with the key of the call; those
//! of anybody else carry none. And a refusal names the key that the call should have been signed with.

use reqwest::Method;
use sellerdesk::{
    config::OlderKey,
    domain::Rejection,
    protocol::{
        KeyClass, Secret,
        signature::{
            auth_token,
            body_sign::{BODY_SIGN, BodySign},
            kit_header::KitHeaders,
            url::UrlSignature,
        },
    },
};
use serde_json::{Value, json};

use crate::{
    generations::{GENERAL_KEY, KIT_KEY, LICENSE_KEY, V1_KEY, code, start},
    support::app::{KEY, Reply, TEMPLATE, TestApp, purchase, release, unique, with},
};

/// The key among all that the answer is signed with.
fn signer(reply: &Reply) -> Option<&'static str> {
    let header = reply.headers.get(BODY_SIGN)?.to_str().unwrap();
    let sign = BodySign::parse(header).unwrap();
    let holds = |key: &&str| sign.verify(&Secret::new(*key), reply.text.as_bytes()).is_ok();
    let found = [KEY, KIT_KEY, LICENSE_KEY, GENERAL_KEY, V1_KEY, "demo-key-for-tests-v1-next"].into_iter().find(holds);
    assert!(found.is_some(), "signed with no key that is known here: {header}");
    found
}

fn notice() -> Value {
    json!({ "activity": "orderNotify", "orderId": "CS1", "orderLineId": "CS1-000001" })
}

/// A call of V2 that is refused though its signature is right, what it is answered, and the key of the call.
async fn refused_v2(app: &TestApp) -> Vec<(Reply, &'static str, &'static str)> {
    let client = app.client();
    let raw = async |key: &str, body: String| client.raw(&client.signed(key, body.as_bytes()).to_query(), body).await;
    let body = purchase("CS9").to_string();
    let replayed = client.signed(KEY, body.as_bytes()).to_query();
    client.raw(&replayed, body.clone()).await;
    let old = client.now().plus_millis(-700_000).0.to_string();
    let stale = UrlSignature::sign(&Secret::new(KEY), &unique("n"), &old, body.as_bytes()).to_query();
    vec![
        (client.raw(&replayed, body.clone()).await, "000001", KEY),
        (client.raw(&stale, body).await, "000002", KEY),
        (client.call_signed_with(KEY, notice()).await, "000001", KEY),
        (client.call_signed_with(GENERAL_KEY, purchase("CS8")).await, "000001", GENERAL_KEY),
        (client.call_signed_with(LICENSE_KEY, purchase("CS8")).await, "000001", LICENSE_KEY),
        (raw(KEY, "{".into()).await, "000002", KEY),
        (client.call(with(purchase("CS8"), "orderId", "x".repeat(65))).await, "000002", KEY),
        (client.call(json!({ "activity": "paintInstance" })).await, "000002", KEY),
        (client.call(release("unknown")).await, "000003", KEY),
        (
            client.call_signed_with(LICENSE_KEY, with(code("updateLicenseCodeStatus", "L1"), "status", "THAW")).await,
            "000002",
            LICENSE_KEY,
        ),
    ]
}

#[tokio::test]
async fn whatever_is_refused_of_v2_is_signed_with_the_calls_key() {
    let app = start(TEMPLATE).await;
    for (reply, code, key) in refused_v2(&app).await {
        assert_eq!((reply.status, reply.code(), signer(&reply)), (200, code, Some(key)), "{}", reply.text);
    }
    let refused = app.call_signed_with("a stranger's", purchase("CS1")).await;
    assert_eq!((refused.code(), signer(&refused)), ("000001", None), "who cannot sign gets nothing signed");
    let signature = app.client().signed(KEY, b"{}").to_query();
    for query in [signature.replace("nonce", "once"), signature.replace("signature=", "signature=00")] {
        assert_eq!(signer(&app.raw(&query, "{}").await), None);
    }
}

#[tokio::test]
async fn an_endpoint_that_signs_no_answers_to_v2_signs_no_refusals_either() {
    let app = start(&TEMPLATE.replace("path", "body_sign_v2 = false\npath")).await;
    for (reply, code, _) in refused_v2(&app).await {
        assert_eq!((reply.code(), signer(&reply)), (code, None), "{}", reply.text);
    }
}

#[tokio::test]
async fn so_it_is_with_the_kit_and_with_v1() {
    let app = start(TEMPLATE).await;
    let client = app.client();
    let kit = async |key: &str, body: &str| {
        let now = client.now().0.to_string();
        let headers = KitHeaders::sign(&Secret::new(key), &unique("n"), &now, body.as_bytes());
        client.send(Method::POST, "/produce/produceAPI/v2/tenantSync", &headers.to_headers(), body).await
    };
    let reply = kit(KIT_KEY, r#"{"flag":1}"#).await;
    assert_eq!((reply.code(), signer(&reply)), ("000002", Some(KIT_KEY)));
    let reply = kit(KEY, r#"{"flag":1}"#).await;
    assert_eq!((reply.code(), signer(&reply)), ("000001", None));

    let next = Secret::new("demo-key-for-tests-v1-next");
    app.desk.rotate_key(KeyClass::V1, None, next, OlderKey::Refuse).await.unwrap();
    // Not understood, and signed with the old key.
    let params = [("activity", "newInstance".into()), ("timeStamp", "20260420114117642".into())];
    let query = auth_token::sign_query(&Secret::new(V1_KEY), &params).unwrap();
    let reply = client.send(Method::GET, &format!("/produce?{query}"), &[], "").await;
    assert_eq!((reply.code(), signer(&reply)), ("000002", Some(V1_KEY)), "{}", reply.text);
    let query = auth_token::sign_query(&Secret::new("a stranger's"), &params).unwrap();
    let reply = client.send(Method::GET, &format!("/produce?{query}"), &[], "").await;
    assert_eq!(
        (reply.code(), signer(&reply)),
        ("000001", Some("demo-key-for-tests-v1-next")),
        "V1 wants it on every answer"
    );
}

#[tokio::test]
async fn a_caller_who_is_told_no_more_is_told_so_with_a_signature() {
    let app = start(TEMPLATE).await;
    let client = app.client();
    let last = loop {
        let reply = client.raw(&client.signed(KEY, b"{").to_query(), "{").await;
        assert_eq!(signer(&reply), Some(KEY));
        if reply.status != 200 {
            break reply;
        }
    };
    assert_eq!((last.status, last.code()), (429, "000002"));
}

#[tokio::test]
async fn a_refusal_names_the_class_whose_key_was_expected() {
    let app = start(TEMPLATE).await;
    for (body, class) in [
        (notice(), "general"),
        (json!({ "activity": "orderNotify" }), "general"),
        (code("releaseLicenseCode", "L1"), "license"),
        (purchase("CS1"), "base"),
        (json!({ "activity": "paintInstance" }), "base"),
        (json!([]), "base"),
    ] {
        let reply = app.call_signed_with("a stranger's", body).await;
        assert_eq!(
            (reply.code(), &reply.json["resultMsg"]),
            ("000001", &json!("authentication failed")),
            "{}",
            reply.text
        );
        let rejection = app.rejected().await.remove(0).rejection;
        assert_eq!(rejection, Rejection::Mismatch { class: class.into() });
    }
    let bare = TestApp::start(TEMPLATE).await;
    bare.desk.remove_key(KeyClass::Base, None).await.unwrap();
    bare.call_signed_with(KEY, notice()).await;
    assert_eq!(bare.rejected().await.remove(0).rejection, Rejection::NoKey { class: "general".into() });
}
