//! Whatever goes wrong between the desk and KooGallery is told in one sentence, and a retry finishes what was begun.

use std::time::Duration;

use sellerdesk::{
    config::AccessKeyPair,
    desk::{Cancel, RetryResult},
    domain::{ApiFault, Message, Origin, World, message::Progress},
    protocol::{Secret, id::OrderId},
    simulator::open_api::{Api, Fault, FaultRule},
};

use crate::support::{
    app::{MANUAL, TestApp},
    open_api::AK,
    raw_peer::{End, RawPeer},
    trade::{Trade, access_key, config, fault},
};

const MOCK: &str = "MOCKPERIODYEARNEW";
const IMPATIENT: &str = "timeout_secs = 1";

/// Who only waits for nothing is impatient: what answers may take its time on a busy machine.
fn patience(rule: &Fault) -> &'static str {
    if *rule == Fault::Hang { IMPATIENT } else { "" }
}

/// The question is asked again once all is well.
async fn ends_well(trade: &Trade, message: &Message) {
    assert_eq!(message.progress, Progress::Failing);
    trade.server.faults().clear();
    assert_eq!(trade.app.desk.retry(message.id).await.unwrap(), RetryResult::Succeeded, "{message:?}");
    assert_eq!(trade.message(message.id).await.exception, None);
    assert_eq!(trade.orders().await.len(), 1);
}

async fn asked_with(rule: Fault) -> (Trade, Message) {
    let trade = Trade::open(patience(&rule), MANUAL).await;
    trade.server.faults().add(FaultRule::always(rule));
    let message = trade.query_order(MOCK).await;
    (trade, message)
}

/// The fault, the beginning of its sentence with `HOST` for the address, and how often it was tried.
async fn is_told(rule: Fault, sentence: &str, tries: usize) {
    let (trade, message) = asked_with(rule.clone()).await;
    let told = fault(&message).to_string();
    let expected = sentence.replace("HOST", &trade.server.address().to_string());
    assert!(told.starts_with(&expected), "{rule:?}: {told}");
    assert_eq!(trade.requests(Api::OrderQuery).len(), tries, "{rule:?}");
    let attempt = trade.app.attempts(&message).await.remove(0);
    assert_eq!(attempt.exception, message.exception, "it stands in the history too");
    ends_well(&trade, &message).await;
}

#[tokio::test]
async fn a_page_in_place_of_json() {
    is_told(Fault::Html, "what answered with HTTP 200 is not KooGallery, or it has changed (", 1).await;
}

#[tokio::test]
async fn an_empty_answer() {
    is_told(Fault::Empty, "what answered with HTTP 200 is not KooGallery, or it has changed (", 1).await;
}

#[tokio::test]
async fn half_an_answer() {
    is_told(Fault::Half, "what answered with HTTP 200 is not KooGallery, or it has changed (", 1).await;
}

#[tokio::test]
async fn no_answer() {
    let sentence = "HOST did not answer within 1000 ms; whether it took the request is not known";
    is_told(Fault::Hang, sentence, 3).await;
}

#[tokio::test]
async fn an_answer_that_breaks_off() {
    let sentence = "the connection to HOST broke off before its answer was complete; whether it took the request is";
    is_told(Fault::Reset, sentence, 3).await;
}

#[tokio::test]
async fn too_many_calls() {
    let sentence = "KooGallery takes no more calls for now (";
    is_told(Fault::TooManyRequests { retry_after: Some(60) }, &format!("{sentence}APIGW.0308: The throttling"), 1)
        .await;
    is_told(Fault::TooOften, &format!("{sentence}MKT.0250: "), 3).await;
}

#[tokio::test]
async fn a_short_pause_that_koogallery_asks_for_is_kept() {
    let trade = Trade::open("", MANUAL).await;
    trade.server.faults().add(FaultRule::next(1, Fault::TooManyRequests { retry_after: Some(2) }));
    let message = trade.query_order(MOCK).await;
    assert_eq!(message.progress, Progress::Succeeded);
    let requests = trade.requests(Api::OrderQuery);
    assert_eq!(requests.len(), 2);
    assert!(requests[1].at.millis_since(requests[0].at) >= 1_990);
}

#[tokio::test]
async fn an_error_of_koogallerys_own() {
    is_told(Fault::InternalError, "KooGallery failed with HTTP 500 (MKT.0999: System internal error.)", 3).await;
}

#[tokio::test]
async fn a_gateway_that_reaches_nothing() {
    is_told(Fault::BadGateway, "KooGallery failed with HTTP 502 (APIGW.0201: Backend unavailable.)", 3).await;
}

#[tokio::test]
async fn a_wrong_sk() {
    let trade = Trade::open("", MANUAL).await;
    let wrong = AccessKeyPair { sk: Secret::new("not-the-secret-key-of-anybody"), ..access_key() };
    trade.app.desk.set_access_key(wrong).await.unwrap();
    let message = trade.query_order(MOCK).await;
    let told = fault(&message).to_string();
    assert!(told.starts_with("KooGallery does not accept the key (APIGW.0301: "), "{told}");
    assert_eq!(trade.called().len(), 1, "never tried again by itself: five of these lock the key");
    trade.app.desk.set_access_key(access_key()).await.unwrap();
    ends_well(&trade, &message).await;
}

#[tokio::test]
async fn an_unknown_ak() {
    let trade = Trade::open("", MANUAL).await;
    let ak = AK.replace('K', "X");
    trade.app.desk.set_access_key(AccessKeyPair { ak, ..access_key() }).await.unwrap();
    let message = trade.query_order(MOCK).await;
    assert!(matches!(fault(&message), ApiFault::CredentialsRefused { .. }), "{message:?}");
    trade.app.desk.set_access_key(access_key()).await.unwrap();
    ends_well(&trade, &message).await;
}

#[tokio::test]
async fn a_clock_that_is_wrong() {
    let trade = Trade::open("", MANUAL).await;
    trade.put_koogallery_behind(Duration::from_secs(17 * 60));
    let message = trade.query_order(MOCK).await;
    let ApiFault::ClockSkew { seconds } = fault(&message) else { panic!("{message:?}") };
    assert!((1018..=1021).contains(seconds), "{seconds}");
    let told = fault(&message).to_string();
    assert!(
        told.starts_with("this computer's clock is 1") && told.contains(" minutes ahead of KooGallery's"),
        "{told}"
    );
    trade.put_koogallery_behind(Duration::ZERO);
    ends_well(&trade, &message).await;
}

#[tokio::test]
async fn a_door_that_is_shut() {
    let trade = Trade::open("", MANUAL).await;
    trade.server.go_down().await.unwrap();
    let message = trade.query_order(MOCK).await;
    let told = fault(&message).to_string();
    assert!(told.starts_with(&format!("{} cannot be reached: ", trade.server.address())), "{told}");
    trade.server.come_up().await.unwrap();
    ends_well(&trade, &message).await;
}

#[tokio::test]
async fn a_proxy_that_speaks_plain_http() {
    let answer = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
    let proxy = RawPeer::start(answer.to_vec(), End::Close).await;
    let app = TestApp::start(&config(&format!("https://{}", proxy.address), "", MANUAL)).await;
    app.desk.set_access_key(access_key()).await.unwrap();
    let ids = app.desk.keep_order_queries(World::Live, vec![OrderId::new(MOCK)]).await.unwrap();
    app.desk.carry_out(ids.clone(), Origin::Operator, &Cancel::default(), None).await.unwrap();
    let message = app.desk.message(ids[0]).await.unwrap().unwrap().0;
    let told = fault(&message).to_string();
    assert!(told.contains("it does not speak TLS there; a proxy of plain HTTP may be in between"), "{told}");
    assert_eq!(message.progress, Progress::Failing);
    // Nothing of it is lost: it is tried again by itself.
    assert!(app.message("order/query").await.attempts == 1);
}

#[tokio::test]
async fn what_may_not_be_sent_twice_is_not_tried_again_at_once() {
    for (rule, sent) in [
        (Fault::Hang, 1),
        (Fault::Reset, 1),
        (Fault::InternalError, 1),
        (Fault::Html, 1),
        // These say that nothing was done.
        (Fault::TooOften, 3),
    ] {
        let trade = Trade::open(patience(&rule), MANUAL).await;
        let code = trade.received(1).remove(0);
        trade.server.faults().add(FaultRule::always(rule.clone()).at(Api::ActivateV2));
        let message = trade.activate(std::slice::from_ref(&code)).await.remove(0);
        assert_eq!(message.progress, Progress::Failing);
        assert_eq!(trade.requests(Api::ActivateV2).len(), sent, "{rule:?}");
        trade.server.faults().clear();
        assert_eq!(trade.app.desk.retry(message.id).await.unwrap(), RetryResult::Succeeded, "{rule:?}");
        assert!(trade.is_alive(&code));
    }
}
