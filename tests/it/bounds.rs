//! The receiver's bounds: size, time, rate, numbers; which key for what; many at once.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::{Duration, Instant},
};

use sellerdesk::{
    desk::NewRejection,
    domain::{Computed, Rejection, World},
    protocol::{KeyClass, Secret},
};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::app::{KEY, MANUAL, TEMPLATE, TestApp, purchase, question, release, with};

const GENERAL_KEY: &str = "demo-key-for-tests-0002";

#[tokio::test]
async fn a_body_may_be_256_kib_long_and_no_longer() {
    let app = TestApp::start(TEMPLATE).await;
    let base = with(purchase("CS1"), "remark", "");
    for (length, status) in [(256 * 1024, 200), (256 * 1024 + 1, 413), (8 * 1024 * 1024, 413)] {
        let body = with(base.clone(), "remark", "x".repeat(length - base.to_string().len())).to_string();
        assert_eq!(body.len(), length);
        let reply = app.raw(&app.client().signed(KEY, body.as_bytes()).to_query(), body).await;
        assert_eq!(reply.status, status, "{length}");
        assert_eq!(reply.text.contains("the body is longer than 256 KiB"), status == 413, "{}", reply.text);
    }
    assert_eq!(app.call(purchase("CS2")).await.code(), "000000");
}

#[tokio::test]
async fn a_request_that_stays_unfinished_is_closed_within_seconds() {
    let app = TestApp::start(TEMPLATE).await;
    let halves =
        ["", "POST /produce?x=", "POST /produce HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{\"activity\""];
    let mut closed = JoinSet::new();
    for half in halves {
        let address = app.address;
        closed.spawn_blocking(move || (half, until_closed(address, half)));
    }
    // Others are served meanwhile.
    assert_eq!(app.call(purchase("CS1")).await.code(), "000000");
    for (half, took) in closed.join_all().await {
        assert!(took < Duration::from_secs(8), "{half:?} was kept for {took:?}");
    }
}

/// Names of headers have no case in HTTP; KooGallery's check of the signature does not know that.
#[tokio::test]
async fn the_signature_of_an_answer_is_named_as_the_pages_write_it() {
    let app = TestApp::start(TEMPLATE).await;
    let body = purchase("CS1").to_string();
    let query = app.client().signed(KEY, body.as_bytes()).to_query();
    let head = format!(
        "POST /produce?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let address = app.address;
    let answer = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    let answer = answer.await.unwrap();
    assert!(answer.contains("\r\nBody-Sign: sign_type=\"HMAC-SHA256\", signature=\""), "{answer}");
    assert!(answer.contains("\r\nContent-Type: application/json"), "{answer}");
}

fn until_closed(address: SocketAddr, half: &str) -> Duration {
    let started = Instant::now();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(half.as_bytes()).unwrap();
    match stream.read_to_end(&mut Vec::new()) {
        Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("{half:?}: {error}"),
        _ => started.elapsed(),
    }
}

#[tokio::test]
async fn a_hundred_instances_may_be_asked_about_at_once() {
    let app = TestApp::start(TEMPLATE).await;
    let id = app.call(purchase("CS1")).await.instance_id();
    let with_others = |others: usize| {
        let others = (0..others).map(|n| format!("10e758d0-31ad-4c4b-8f1b-{n:012}"));
        question(&others.chain([id.clone()]).collect::<Vec<_>>().join(","))
    };
    let reply = app.call(with_others(99)).await;
    assert_eq!((reply.code(), reply.json["info"].as_array().unwrap().len()), ("000000", 1));
    let reply = app.call(with_others(100)).await;
    assert_eq!(reply.code(), "000002");
    assert!(reply.json["resultMsg"].as_str().unwrap().contains("101 instances"), "{}", reply.text);
}

#[tokio::test]
async fn the_case_of_the_signature_does_not_matter() {
    let app = TestApp::start(TEMPLATE).await;
    for change in [str::to_lowercase, str::to_uppercase] {
        let body = purchase("CS1").to_string();
        let mut signed = app.client().signed(KEY, body.as_bytes());
        signed.signature = change(&signed.signature);
        assert_eq!(app.raw(&signed.to_query(), body).await.code(), "000000");
    }
}

#[tokio::test]
async fn a_body_may_be_laid_out_otherwise_than_it_was_signed() {
    let app = TestApp::start(TEMPLATE).await;
    let signed = r#"{"activity":"newInstance","businessId":"b-1","orderId":"CS1","orderLineId":"CS1-000001"}"#;
    let sent = r#"{ "orderId": "CS1", "remark": null, "orderLineId": "CS1-000001",
                    "businessId": "b-1", "activity": "newInstance" }"#;
    let reply = app.raw(&app.client().signed(KEY, signed.as_bytes()).to_query(), sent).await;
    assert_eq!((reply.code(), reply.instance_id().as_str()), ("000000", "b-1"), "{}", reply.text);
}

#[tokio::test]
async fn without_a_key_every_call_is_refused_and_what_to_do_is_told() {
    let app = TestApp::start(TEMPLATE).await;
    app.desk.remove_key(KeyClass::Base, None).await.unwrap();
    let reply = app.call(purchase("CS1")).await;
    assert_eq!((reply.status, reply.code()), (200, "000001"));
    assert!(!reply.text.contains("key set"), "a stranger need not know: {}", reply.text);
    let rejection = app.rejected().await.remove(0).rejection;
    assert_eq!(rejection, Rejection::NoKey { class: "base".into() });
    assert!(rejection.to_string().contains("sellerdesk key set base"));
    // Set while it runs, it holds at once.
    app.desk.set_key(KeyClass::Base, None, Secret::new(KEY)).await.unwrap();
    assert_eq!(app.call(purchase("CS1")).await.code(), "000000");
}

#[tokio::test]
async fn order_notify_is_signed_with_the_general_key_where_there_is_one() {
    let app = TestApp::start(TEMPLATE).await;
    let notice = |order: &str| with(with(purchase(order), "activity", "orderNotify"), "testFlag", "0");
    assert_eq!(app.call(notice("CS1")).await.code(), "000000", "one key for everything");

    app.desk.set_key(KeyClass::General, None, Secret::new(GENERAL_KEY)).await.unwrap();
    let reply = app.call_signed_with(GENERAL_KEY, notice("CS2")).await;
    assert_eq!(reply.code(), "000000");
    let header = reply.headers["body-sign"].to_str().unwrap();
    let expected = sellerdesk::protocol::signature::body_sign::header(&Secret::new(GENERAL_KEY), reply.text.as_bytes());
    assert_eq!(header, expected, "answered with the key of the call");

    for (key, body, used) in [(KEY, notice("CS3"), "base"), (GENERAL_KEY, purchase("CS3"), "general")] {
        assert_eq!(app.call_signed_with(key, body).await.code(), "000001");
        let rejection = app.rejected().await.remove(0).rejection;
        assert!(matches!(&rejection, Rejection::WrongKeyClass { used: class, .. } if class == used), "{rejection}");
    }
    assert_eq!(app.call(purchase("CS4")).await.code(), "000000");
    assert_eq!(app.messages(World::Live).await.len(), 3);
}

#[tokio::test]
async fn each_endpoint_takes_its_own_key() {
    let two = format!("{TEMPLATE}{}", MANUAL.replace("main", "second").replace("/produce", "/second"));
    let app = TestApp::start(&two).await;
    app.desk.set_key(KeyClass::Base, Some("main".into()), Secret::new(GENERAL_KEY)).await.unwrap();
    assert_eq!(app.call(purchase("CS1")).await.code(), "000001");
    assert_eq!(app.call_signed_with(GENERAL_KEY, purchase("CS1")).await.code(), "000000");
    let second = crate::support::app::Client::new(&format!("http://{}/second", app.address));
    assert_eq!(second.call(purchase("CS2")).await.code(), "000004");
}

#[tokio::test]
async fn the_list_of_refused_calls_is_bounded() {
    let app = TestApp::start(TEMPLATE).await;
    let mut refusing = JoinSet::new();
    for number in 0..1_100 {
        let desk = app.desk.clone();
        refusing.spawn(async move {
            let call = NewRejection {
                received_at: desk.now(),
                endpoint: "main".into(),
                peer: "192.0.2.1".into(),
                rejection: Rejection::Replayed,
                request_query: number.to_string(),
                request_body: String::new(),
                computed: Computed::default(),
            };
            desk.reject(call).await.unwrap();
        });
    }
    refusing.join_all().await;
    assert_eq!(
        app.call_signed_with(GENERAL_KEY, with(purchase("CS1"), "remark", "x".repeat(9_000))).await.code(),
        "000001"
    );
    let kept = app.rejected().await;
    assert_eq!(kept.len(), 1_000);
    assert_eq!((kept[0].peer.as_str(), kept[0].request_body.len()), ("127.0.0.1", 4_096));
    assert!(app.messages(World::Live).await.is_empty());
}

#[tokio::test]
async fn who_is_refused_too_often_is_told_no_more_and_good_calls_pass() {
    let app = TestApp::start(TEMPLATE).await;
    let mut refused = JoinSet::new();
    for _ in 0..150 {
        let client = app.client();
        refused.spawn(async move { client.call_signed_with(GENERAL_KEY, purchase("CS1")).await.status });
    }
    let statuses = refused.join_all().await;
    let told = statuses.iter().filter(|status| **status == 200).count();
    assert!((120..150).contains(&told), "{told} were answered");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 429)));
    assert_eq!(app.rejected().await.len(), told);
    assert_eq!(app.call(purchase("CS1")).await.code(), "000000");
}

#[tokio::test]
async fn what_is_no_call_is_told_so_and_kept_nowhere() {
    let app = TestApp::start(TEMPLATE).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let at = |path: &str| format!("http://{}{path}", app.address);
    for (request, status) in [
        (http.post(at("/")), 404),
        (http.post(at("/produce/more")), 404),
        (http.post(at("//produce")), 404),
        (http.delete(at("/produce")), 405),
        (http.put(at("/produce")), 405),
        (http.get(at("/produce/produceAPI/v2/tenantSync")), 405),
        (http.post(at("/other/produceAPI/v2/tenantSync")), 404),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        let told: Value = response.json().await.unwrap();
        assert!(!told["resultMsg"].as_str().unwrap().is_empty());
    }
    assert!(app.rejected().await.is_empty());
    // A slash at the end is no other path.
    let body = purchase("CS1").to_string();
    let query = app.client().signed(KEY, body.as_bytes()).to_query();
    let told: Value =
        http.post(format!("{}?{query}", at("/produce/"))).body(body).send().await.unwrap().json().await.unwrap();
    assert_eq!(told["resultCode"], "000000");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn equal_purchases_at_the_same_instant_make_one_instance() {
    for config in [TEMPLATE, MANUAL] {
        let app = TestApp::start(config).await;
        let mut calls = JoinSet::new();
        for _ in 0..16 {
            let client = app.client();
            calls.spawn(async move { client.call(purchase("CS1")).await.instance_id() });
        }
        let mut ids = calls.join_all().await;
        ids.dedup();
        assert_eq!(ids.len(), 1, "{ids:?}");
        assert_eq!(app.instances(World::Live).await, 1);
        assert_eq!(app.message("newInstance").await.attempts, 16);
    }
}

#[tokio::test]
async fn members_that_are_new_do_no_harm() {
    let app = TestApp::start(TEMPLATE).await;
    let body = with(with(purchase("CS1"), "future", json!({ "deep": [1, 2, { "er": "值" }] })), "customerName", "华为");
    let reply = app.call(body.clone()).await;
    assert_eq!(reply.code(), "000000");
    let attempts = app.attempts(&app.message("newInstance").await).await;
    assert_eq!(attempts[0].request_body, body.to_string());
    assert_eq!(app.call(with(release(&reply.instance_id()), "orderId", "CS9")).await.code(), "000000");
}

#[tokio::test]
async fn calls_over_tls_are_answered_with_the_configured_certificate() {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("cert.pem"), certified.cert.pem()).unwrap();
    std::fs::write(dir.path().join("key.pem"), certified.signing_key.serialize_pem()).unwrap();
    let config = format!("[receiver.tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n{TEMPLATE}");
    std::fs::write(dir.path().join("config.toml"), config).unwrap();
    let app = TestApp::start_on(dir).await;
    app.desk.set_key(KeyClass::Base, None, Secret::new(KEY)).await.unwrap();

    let body = purchase("CS-tls").to_string();
    let query = app.client().signed(KEY, body.as_bytes()).to_query();
    let url = format!("https://localhost:{}/produce?{query}", app.address.port());
    let certificate = reqwest::Certificate::from_pem(certified.cert.pem().as_bytes()).unwrap();
    let knows_it = reqwest::Client::builder().no_proxy().tls_certs_only([certificate]).build().unwrap();
    let answer = knows_it.post(&url).body(body.clone()).send().await.unwrap();
    assert!(answer.text().await.unwrap().contains("000000"));
    let knows_it_not = reqwest::Client::builder().no_proxy().build().unwrap();
    assert!(knows_it_not.post(&url).body(body).send().await.is_err());
    app.stop().await;
}
