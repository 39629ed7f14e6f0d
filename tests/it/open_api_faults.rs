//! What goes wrong between the client of the open APIs and KooGallery: each in one sentence, and nothing sent twice that may
//! have arrived.

use std::time::Duration;

use sellerdesk::{cli::open::system_time, domain::ApiFault};

use crate::{
    open_api_client::{activation, call, client, client_with, keys, order},
    support::{
        peer::{Peer, Told},
        raw_peer::{End, RawPeer},
    },
};

const SHORT: Duration = Duration::from_secs(1);

/// The fault of an activation, which must not be sent twice.
async fn fault_of(bytes: &str, end: End) -> (ApiFault, usize) {
    let peer = RawPeer::start(bytes.as_bytes().to_vec(), end).await;
    let fault = call(&client_with(&[peer.url()], SHORT, None), &activation()).await.outcome.unwrap_err();
    (fault, peer.taken())
}

#[tokio::test]
async fn a_host_that_hangs_is_not_waited_for_and_an_activation_is_not_sent_again() {
    for beginning in ["", "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"error_code\":"] {
        let (fault, taken) = fault_of(beginning, End::Hang).await;
        assert!(matches!(&fault, ApiFault::TimedOut { millis: 1_000, .. }), "{fault}");
        assert!(fault.to_string().ends_with("within 1000 ms; whether it took the request is not known"), "{fault}");
        assert!(fault.may_have_arrived() && fault.is_passing());
        assert_eq!(taken, 1);
    }
}

#[tokio::test]
async fn a_question_is_asked_once_more_when_the_answer_does_not_come() {
    let peer = RawPeer::start(Vec::new(), End::Hang).await;
    let fault = call(&client_with(&[peer.url()], SHORT, None), &order()).await.outcome.unwrap_err();
    assert!(matches!(fault, ApiFault::TimedOut { .. }), "{fault}");
    assert_eq!(peer.taken(), 3, "three times in all");
}

#[tokio::test]
async fn a_connection_that_breaks_off_leaves_it_open_what_was_done() {
    for (bytes, end) in [
        ("", End::Close),
        ("", End::Reset),
        ("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"error_code\":\"92020000\"", End::Close),
        ("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{\"error_code\":\"92020000\"", End::Reset),
    ] {
        let (fault, taken) = fault_of(bytes, end).await;
        assert!(matches!(&fault, ApiFault::CutOff { .. }) && fault.may_have_arrived(), "{fault}");
        assert_eq!(taken, 1, "{fault}");
    }
}

#[tokio::test]
async fn a_server_that_fails_is_asked_again_only_where_that_does_no_harm() {
    let failing = || vec![Told::code(500, "MKT.0999", "System internal error.")];
    let peer = Peer::start(failing()).await;
    let fault = call(&client(&[peer.http_url()]), &order()).await.outcome.unwrap_err();
    assert!(matches!(&fault, ApiFault::ServerError { status: 500, .. }), "{fault}");
    assert_eq!(peer.seen().len(), 3, "once and twice more");
    let peer = Peer::start(failing()).await;
    let fault = call(&client(&[peer.http_url()]), &activation()).await.outcome.unwrap_err();
    assert!(fault.may_have_arrived(), "{fault}");
    peer.only();
}

#[tokio::test]
async fn a_refusal_is_final() {
    for (told, class) in [
        (Told::code(200, "92020003", "illegal state"), "refused"),
        (Told::code(500, "MKT.9001", "Instance ID not found."), "refused"),
        (
            Told::code(401, "APIGW.0301", "Incorrect IAM authentication information: verify aksk signature fail"),
            "credentialsRefused",
        ),
        (Told::code(401, "MKT.0154", "Illegal token"), "credentialsRefused"),
    ] {
        let peer = Peer::start(vec![told]).await;
        let fault = call(&client(&[peer.http_url()]), &order()).await.outcome.unwrap_err();
        assert_eq!(serde_json::to_value(&fault).unwrap()["kind"], class);
        assert!(!fault.may_have_arrived() && !fault.is_passing(), "{fault}");
        peer.only();
    }
}

#[tokio::test]
async fn what_is_no_answer_is_told_as_what_it_is() {
    for (told, sentence) in [
        (Told::new(200, ""), "HTTP 200 is not KooGallery, or it has changed (the answer is empty)"),
        (Told::new(200, "<html><title>Sign in</title>"), "(the answer is no JSON"),
        (Told::new(200, "[]"), "(the answer is no JSON object)"),
        (Told::new(200, "{}"), "(the answer has no `error_code`)"),
        (Told::new(404, "<html>not found"), "HTTP 404"),
        (Told::new(200, "x".repeat(5 * 1024 * 1024)), "(the answer is no JSON"),
    ] {
        let peer = Peer::start(vec![told]).await;
        let fault = call(&client(&[peer.http_url()]), &activation()).await.outcome.unwrap_err();
        assert!(fault.to_string().contains(sentence), "{fault}");
        assert!(fault.may_have_arrived());
        peer.only();
    }
}

#[tokio::test]
async fn nobody_is_followed_to_another_place() {
    let elsewhere = Peer::start(vec![Told::success()]).await;
    for status in [301, 302, 307, 308] {
        let peer = Peer::start(vec![Told::new(status, "").with("location", elsewhere.http_url())]).await;
        let fault = call(&client(&[peer.http_url()]), &activation()).await.outcome.unwrap_err();
        assert!(fault.to_string().contains(&format!("HTTP {status}")), "{fault}");
    }
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn plain_http_where_tls_should_be_is_told() {
    let answer = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n";
    let peer = RawPeer::start(answer.to_vec(), End::Close).await;
    let host = format!("https://127.0.0.1:{}", peer.address.port());
    let fault = call(&client(&[host]), &activation()).await.outcome.unwrap_err();
    assert!(matches!(&fault, ApiFault::Unreachable { .. }), "{fault}");
    assert!(
        fault.to_string().contains("it does not speak TLS there; a proxy of plain HTTP may be in between"),
        "{fault}"
    );
    assert!(!fault.may_have_arrived());
}

#[tokio::test]
async fn a_wrong_clock_is_told_in_words() {
    let refused = Told::code(401, "APIGW.0301", "Incorrect IAM authentication information: verify aksk signature fail");
    let peer = Peer::start(vec![refused]).await;
    let late = || system_time().plus_millis(-17 * 60_000);
    let fault = client(&[peer.http_url()]).call(&keys(), &order(), late).await.outcome.unwrap_err();
    assert!(fault.to_string().starts_with("this computer's clock is 17 minutes behind KooGallery's"), "{fault}");
    peer.only();
}
