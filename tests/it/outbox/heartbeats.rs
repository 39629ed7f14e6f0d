//! Codes are queried in batches where the configuration says so. The batch form's page is not to be had, so whatever it
//! answers is taken for what it is worth, and what it leaves out is asked about one by one.

use sellerdesk::{
    config::AccessKeyPair,
    desk::RetryResult,
    domain::{ApiFault, LicenseStatus, Message, World, message::Progress},
    protocol::{Secret, id::LicenseCode},
    simulator::open_api::{Api, Fault, FaultRule},
};
use serde_json::{Value, json};

use crate::support::{
    app::MANUAL,
    trade::{Trade, access_key, fault},
};

const V2: &str = "license_query_api = \"v2\"";

/// With codes that are active, and nothing on record of how that came.
async fn with_active(number: u16) -> (Trade, Vec<LicenseCode>) {
    let trade = Trade::open(V2, MANUAL).await;
    let codes = trade.received(number);
    trade.activate(&codes).await;
    trade.server.forget_requests();
    (trade, codes)
}

async fn query(trade: &Trade, codes: &[LicenseCode]) -> Vec<Message> {
    let ids = trade.app.desk.query_licenses(World::Live, codes.to_vec()).await.unwrap();
    trade.carry_out(ids).await
}

fn answer(body: &Value) -> Fault {
    Fault::Answer { status: 200, content_type: "application/json".into(), body: body.to_string() }
}

fn succeeded(messages: &[Message]) -> bool {
    messages.iter().all(|message| message.progress == Progress::Succeeded)
}

#[tokio::test]
async fn a_batch_is_one_question_and_each_code_has_its_answer() {
    let (trade, codes) = with_active(120).await;
    let messages = query(&trade, &codes).await;
    assert!(succeeded(&messages), "{messages:?}");
    assert_eq!(trade.called(), [Api::HeartbeatV2; 2], "a hundred at most in one");
    for code in &codes {
        let license = trade.license(code).await;
        assert_eq!((license.status, license.product_id.as_deref()), (LicenseStatus::Active, Some("OFFI1")));
        assert!(license.queried_at.is_some() && license.order.is_some());
    }
}

#[tokio::test]
async fn what_is_new_is_survived_and_what_is_left_out_is_asked_about_by_itself() {
    let (trade, codes) = with_active(3).await;
    let told = json!({
        "error_code": "92020000", "error_msg": "success", "trace": { "id": [1, null] },
        "data": [
            { "license_code": codes[0], "status": "RESTING", "colour": "red", "amount": "7", "expire_time": "soon" },
            { "license_code": "PL-OF-NOBODY", "status": "ALIVE" },
            { "status": "ALIVE" },
            "not even an object",
            { "license": codes[1], "status": "EXPIRED", "expire_time": "20200101000000" },
        ],
    });
    trade.server.faults().add(FaultRule::next(1, answer(&told)).at(Api::HeartbeatV2));
    assert!(succeeded(&query(&trade, &codes).await));
    assert_eq!(trade.called(), [Api::HeartbeatV2, Api::HeartbeatV1]);
    assert!(trade.requests(Api::HeartbeatV1)[0].body.contains(codes[2].as_str()));
    let first = trade.license(&codes[0]).await;
    assert_eq!(
        (first.status, first.amount),
        (LicenseStatus::Active, Some(7)),
        "a state that is not known changes none"
    );
    assert_eq!(trade.license(&codes[1]).await.status, LicenseStatus::Expired);
    let stranger = trade.app.desk.license(World::Live, LicenseCode::new("PL-OF-NOBODY")).await.unwrap();
    assert!(stranger.is_none(), "nobody asked about it");
}

#[tokio::test]
async fn a_list_that_is_none_sends_each_code_by_itself() {
    for told in [
        json!({ "error_code": "92020000" }),
        json!({ "error_code": "92020000", "data": "[]" }),
        json!({ "error_code": "92020000", "data": [] }),
        json!({ "status": "ok" }),
    ] {
        let (trade, codes) = with_active(2).await;
        trade.server.faults().add(FaultRule::always(answer(&told)).at(Api::HeartbeatV2));
        let messages = query(&trade, &codes).await;
        assert!(succeeded(&messages), "{told}: {messages:?}");
        assert_eq!(trade.called(), [Api::HeartbeatV2, Api::HeartbeatV1, Api::HeartbeatV1], "{told}");
    }
}

#[tokio::test]
async fn one_code_that_is_not_active_spoils_no_other() {
    let (trade, mut codes) = with_active(2).await;
    codes.push(trade.received(1).remove(0));
    let messages = query(&trade, &codes).await;
    let refused: Vec<&Message> = messages.iter().filter(|message| message.progress == Progress::Failing).collect();
    assert_eq!(refused.len(), 1, "{messages:?}");
    assert_eq!(refused[0].license.as_ref(), codes.last());
    assert_eq!(trade.requests(Api::HeartbeatV2).len(), 1);
}

#[tokio::test]
async fn a_key_that_is_refused_is_refused_once_and_not_for_each_code() {
    let (trade, codes) = with_active(20).await;
    let wrong = AccessKeyPair { sk: Secret::new("not-the-secret-key-of-anybody"), ..access_key() };
    trade.app.desk.set_access_key(wrong).await.unwrap();
    let messages = query(&trade, &codes).await;
    assert!(messages.iter().all(|message| matches!(fault(message), ApiFault::CredentialsRefused { .. })));
    assert_eq!(trade.server.requests().len(), 1, "five of these lock the key");
    trade.app.desk.set_access_key(access_key()).await.unwrap();
    assert_eq!(trade.app.desk.retry(messages[0].id).await.unwrap(), RetryResult::Succeeded);
}
