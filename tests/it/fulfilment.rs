//! How purchases are provisioned: by hand and by the seller's own backend, which may be slow, down, or wrong.

use std::{path::Path, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sellerdesk::{
    desk::{DeskError, RetryResult},
    domain::{Exception, MessageState, World},
    protocol::{Secret, callback::AppInfo, id::InstanceId},
};
use serde_json::{Value, json};

use crate::support::{
    app::{MANUAL, TestApp, purchase, question, release, renewal, status, with},
    backend::{Asked, Backend, told},
    waiting::until,
};

const PASSWORD: &str = "Passw0rd-of-a-customer";
const USER: &str = "user-of-a-customer";

fn app_info() -> AppInfo {
    AppInfo {
        front_end_url: "https://app.example.com/1".into(),
        user_name: Some(USER.into()),
        password: Some(Secret::new(PASSWORD)),
        memo: Some("请先修改密码".into()),
        ..AppInfo::default()
    }
}

fn granted() -> Value {
    json!({ "appInfo": { "frontEndUrl": "https://app.example.com/1", "userName": USER, "password": PASSWORD } })
}

async fn assert_told(app: &TestApp, id: &str) {
    let reply = app.call(question(id)).await;
    assert_eq!(reply.code(), "000000", "{}", reply.text);
    let told = &reply.json["info"][0]["appInfo"];
    assert_eq!((&told["frontEndUrl"], &told["userName"]), (&json!("https://app.example.com/1"), &json!(USER)));
    assert_eq!(told["password"], PASSWORD);
}

/// Nothing in the directory and no attempt holds a credential in clear.
async fn assert_sealed(app: &TestApp) {
    for message in app.messages(World::Live).await {
        for attempt in app.attempts(&message).await {
            let text = format!("{attempt:?}");
            assert!(!text.contains(PASSWORD) && !text.contains(USER), "{text}");
        }
    }
    let files = files_of(app.dir.path());
    assert!(files.iter().any(|(name, bytes)| name.ends_with("db-wal") && !bytes.is_empty()));
    for (name, bytes) in files {
        for secret in [PASSWORD, USER] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{name} holds {secret}");
        }
    }
}

fn files_of(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.display().to_string(), std::fs::read(&path).unwrap())).collect()
}

#[tokio::test]
async fn by_hand_a_purchase_is_promised_and_told_once_it_is_filled_in() {
    let app = TestApp::start(MANUAL).await;
    let body = purchase("CS1");
    let id = body["businessId"].as_str().unwrap().to_owned();
    // Out of order: the renewal comes first and waits.
    assert_eq!(app.call(renewal(&id, "CS2")).await.code(), "000003");
    let reply = app.call(body).await;
    assert_eq!((reply.code(), reply.instance_id()), ("000004", id.clone()));
    assert_eq!(app.call(question(&id)).await.code(), "000004");
    let message = app.message("newInstance").await;
    assert_eq!(app.state(&message), MessageState::InProgress);
    assert_eq!(message.exception, Some(Exception::WaitsForOperator));
    for change in ["UNFREEZE", "FREEZE"] {
        assert_eq!(app.call(status(&id, change)).await.code(), "000005", "there is nothing to freeze yet");
    }

    let done = app.desk.fulfil(World::Live, InstanceId::new(&id), app_info()).await.unwrap();
    assert_eq!(done, message.id);
    assert_told(&app, &id).await;
    let message = app.message("newInstance").await;
    assert_eq!((app.state(&message), message.exception), (MessageState::Succeeded, None));
    let reply = app.call(purchase("CS1")).await;
    assert_eq!(
        (reply.code(), reply.instance_id()),
        ("000000", id.clone()),
        "KooGallery's next call is answered from it"
    );
    // What came too early is done, in the order in which it came.
    assert_eq!(app.state(&app.message("refreshInstance").await), MessageState::Succeeded);
    let (instance, _) = app.desk.instance(World::Live, InstanceId::new(&id)).await.unwrap().unwrap();
    assert_eq!(instance.status.name(), "frozen");
    assert_eq!(app.call(status(&id, "FREEZE")).await.code(), "000000");
    assert_sealed(&app).await;
}

#[tokio::test]
async fn by_hand_what_is_wrong_is_told_and_nothing_changes() {
    let app = TestApp::start(MANUAL).await;
    let id = app.call(purchase("CS1")).await.instance_id();
    let fulfil = async |id: &str, info| app.desk.fulfil(World::Live, InstanceId::new(id), info).await;
    assert!(matches!(fulfil("nobody", app_info()).await, Err(DeskError::NoSuchInstance(_))));
    let long = AppInfo { front_end_url: "x".repeat(513), ..app_info() };
    let error = fulfil(&id, long).await.unwrap_err().to_string();
    assert!(error.contains("`frontEndUrl` has 513 characters"), "{error}");
    assert_eq!(app.call(question(&id)).await.code(), "000004");

    // Refunded while it waited.
    assert_eq!(app.call(release(&id)).await.code(), "000000");
    assert!(matches!(fulfil(&id, app_info()).await, Err(DeskError::NotFulfilled { .. })));
    let reply = app.call(purchase("CS1")).await;
    assert_eq!(reply.code(), "000005", "{}", reply.text);
    let (instance, _) = app.desk.instance(World::Live, InstanceId::new(&id)).await.unwrap().unwrap();
    assert_eq!(instance.status.name(), "released");
}

#[tokio::test]
async fn a_backend_is_asked_about_everything_and_tells_the_access_data() {
    let backend = Backend::start([told(200, granted()), told(200, "")]).await;
    let app = TestApp::start(&backend.config(3_500)).await;
    let body = with(purchase("CS1"), "customerName", "华为");
    let reply = app.call(body.clone()).await;
    assert_eq!(reply.code(), "000000", "{}", reply.text);
    let id = reply.instance_id();
    assert_told(&app, &id).await;
    for body in [renewal(&id, "CS2"), status(&id, "FREEZE"), release(&id)] {
        assert_eq!(app.call(body).await.code(), "000000");
    }
    let asked = backend.asked();
    let types: Vec<Value> = asked.iter().map(|asked| asked.json()["type"].clone()).collect();
    assert_eq!(types, ["newInstance", "refreshInstance", "updateInstanceStatus", "releaseInstance"]);
    let first = asked[0].json();
    assert_eq!(first["data"], with(body, "instanceId", id), "the call's fields and the instance");
    assert!(first["timestamp"].is_string());
    assert_sealed(&app).await;
}

#[tokio::test]
async fn a_backend_can_tell_our_requests_from_a_strangers() {
    let backend = Backend::start([told(500, ""), told(200, "")]).await;
    let app = TestApp::start(&backend.config(3_500)).await;
    for code in ["000005", "000000"] {
        assert_eq!(app.call(purchase("CS1")).await.code(), code);
    }
    assert_eq!(app.call(purchase("CS2")).await.code(), "000000");
    let secret = app.desk.keys().webhook_secret("main").unwrap();
    let secret = STANDARD.decode(secret.expose().strip_prefix("whsec_").unwrap()).unwrap();
    let asked = backend.asked();
    for asked in &asked {
        verify_standard_webhook(&secret, asked);
        let age = app.desk.now().0 / 1000 - asked.header("webhook-timestamp").parse::<i64>().unwrap();
        assert!((0..20).contains(&age));
    }
    let ids: Vec<&str> = asked.iter().map(|asked| asked.header("webhook-id")).collect();
    assert_eq!(ids[0], ids[1], "the same business has the same id");
    assert_ne!(ids[0], ids[2]);
}

/// As the convention's text has it, on another implementation of HMAC than ours.
pub fn verify_standard_webhook(secret: &[u8], asked: &Asked) {
    let mut content = format!("{}.{}.", asked.header("webhook-id"), asked.header("webhook-timestamp")).into_bytes();
    content.extend_from_slice(&asked.body);
    let signature = asked.header("webhook-signature").strip_prefix("v1,").unwrap();
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
    ring::hmac::verify(&key, &content, &STANDARD.decode(signature).unwrap()).unwrap();
}

#[tokio::test]
async fn a_backend_that_takes_its_time_is_asked_again_until_it_is_done() {
    let backend = Backend::start([told(202, ""), told(200, granted())]).await;
    let mut app = TestApp::start(&backend.config(3_500)).await;
    let reply = app.call(purchase("CS1")).await;
    assert_eq!(reply.code(), "000004");
    let id = reply.instance_id();
    assert_eq!(app.call(question(&id)).await.code(), "000004");
    assert_eq!(app.message("newInstance").await.exception, Some(Exception::WebhookWorking));
    app.advance(Duration::from_secs(10));
    app.work_in_background();
    until("the second asking", async || (app.call(question(&id)).await.code() == "000000").then_some(())).await;
    assert_told(&app, &id).await;
    assert_eq!(backend.asked().len(), 2);
}

#[tokio::test]
async fn a_backend_that_failed_is_tried_again_by_the_operator_and_the_next_call_finds_the_result() {
    let backend = Backend::start([told(500, "database is down"), told(503, "")]).await;
    let app = TestApp::start(&backend.config(3_500)).await;
    let first = app.call(purchase("CS1")).await;
    assert_eq!(first.code(), "000005");
    let message = app.message("newInstance").await;
    assert_eq!(app.state(&message), MessageState::Failing);
    assert_eq!(message.exception, Some(Exception::WebhookStatus { status: 500, excerpt: "database is down".into() }));
    assert!(matches!(app.desk.retry(message.id).await.unwrap(), RetryResult::Failed { .. }));

    backend.now_tells([told(200, granted())]);
    assert_eq!(app.desk.retry(message.id).await.unwrap(), RetryResult::Succeeded);
    assert_eq!(app.desk.retry(message.id).await.unwrap(), RetryResult::AlreadySucceeded);
    let asked = backend.asked().len();
    let reply = app.call(purchase("CS1")).await;
    assert_eq!((reply.code(), reply.instance_id()), ("000000", first.instance_id()));
    assert_told(&app, &reply.instance_id()).await;
    assert_eq!(backend.asked().len(), asked, "nobody was asked for it");

    let attempts = app.attempts(&app.message("newInstance").await).await;
    let told: Vec<(&str, &str)> = attempts
        .iter()
        .map(|attempt| (attempt.origin.name(), attempt.result_code.as_ref().unwrap().as_str()))
        .collect();
    let expected = [("koogallery", "000005"), ("operator", "000005"), ("operator", "000000"), ("koogallery", "000000")];
    assert_eq!(told, expected);
    assert!(attempts.iter().all(|attempt| attempt.ended_at.is_some() && attempt.answer.is_some()));
    assert_sealed(&app).await;
}

#[tokio::test]
async fn a_backend_may_refuse_with_a_code_of_its_own() {
    let no = json!({ "resultCode": "000106", "resultMsg": "no seats are left" });
    let backend = Backend::start([told(200, no)]).await;
    let app = TestApp::start(&backend.config(3_500)).await;
    let reply = app.call(purchase("CS1")).await;
    assert_eq!((reply.code(), &reply.json["resultMsg"]), ("000106", &json!("no seats are left")));
    assert_eq!(app.call(question(&reply.instance_id())).await.code(), "000104");
    let message = app.message("newInstance").await;
    assert!(matches!(message.exception, Some(Exception::Refused { .. })));
    backend.now_tells([told(200, granted())]);
    assert_eq!(app.desk.retry(message.id).await.unwrap(), RetryResult::Succeeded);
    assert_told(&app, &reply.instance_id()).await;
}

#[tokio::test]
async fn a_slow_backend_goes_on_in_the_background_and_the_question_finds_its_word() {
    let backend = Backend::start([told(200, granted()).after(900)]).await;
    let app = TestApp::start(&backend.config(200)).await;
    let reply = app.call(purchase("CS1")).await;
    assert_eq!(reply.code(), "000004");
    let id = reply.instance_id();
    assert_eq!(app.call(question(&id)).await.code(), "000004");
    until("the slow word", async || (app.call(question(&id)).await.code() == "000000").then_some(())).await;
    assert_told(&app, &id).await;
    // Only a purchase may be promised; the rest has to be called again, and is then answered from the result.
    assert_eq!(app.call(renewal(&id, "CS2")).await.code(), "000005");
    until("the slow renewal", async || {
        Some(app.message("refreshInstance").await).filter(|message| app.state(message) == MessageState::Succeeded)
    })
    .await;
    assert_eq!(app.call(renewal(&id, "CS2")).await.code(), "000000");
    assert_eq!(backend.asked().len(), 2);
}

#[tokio::test]
async fn a_promise_that_a_slow_backend_breaks_is_kept_by_asking_again() {
    let backend = Backend::start([told(500, "").after(500), told(200, granted())]).await;
    let mut app = TestApp::start(&backend.config(200)).await;
    let id = app.call(purchase("CS1")).await.instance_id();
    until("the failure", async || {
        Some(app.message("newInstance").await).filter(|message| app.state(message) == MessageState::Failing)
    })
    .await;
    app.advance(Duration::from_secs(10));
    app.work_in_background();
    until("the second asking", async || (app.call(question(&id)).await.code() == "000000").then_some(())).await;
}

#[tokio::test]
async fn equal_calls_at_the_same_time_ask_the_backend_once() {
    let backend = Backend::start([told(200, granted()).after(400)]).await;
    let app = TestApp::start(&backend.config(3_500)).await;
    let (first, second) = tokio::join!(app.call(purchase("CS1")), app.call(purchase("CS1")));
    assert_eq!((first.code(), second.code()), ("000000", "000000"));
    assert_eq!(first.instance_id(), second.instance_id());
    assert_eq!(backend.asked().len(), 1);
    let message = app.message("newInstance").await;
    assert_eq!((message.attempts, app.attempts(&message).await.len()), (2, 2));
}

#[tokio::test]
async fn refunded_while_the_backend_works_an_instance_stays_released() {
    let backend = Backend::start([told(200, granted()).after(600), told(200, "")]).await;
    let app = TestApp::start(&backend.config(200)).await;
    let id = app.call(purchase("CS1")).await.instance_id();
    assert_eq!(app.call(release(&id)).await.code(), "000000");
    let message = until("the backend's word", async || {
        Some(app.message("newInstance").await).filter(|message| app.state(message) == MessageState::Failing)
    })
    .await;
    assert_eq!(message.exception, Some(Exception::InstanceReleased { instance_id: InstanceId::new(&id) }));
    let (instance, _) = app.desk.instance(World::Live, InstanceId::new(&id)).await.unwrap().unwrap();
    assert_eq!((instance.status.name(), instance.app_info), ("released", None));
}

#[tokio::test]
async fn a_word_that_cannot_be_read_is_an_exception() {
    let other = json!({ "instanceId": "another" });
    let long = json!({ "appInfo": { "frontEndUrl": "x".repeat(513) } });
    for (word, part) in [
        ("<html>".to_owned(), "cannot be read"),
        (json!({ "appInfo": { "password": PASSWORD } }).to_string(), "frontEndUrl"),
        (json!({ "resultCode": "no" }).to_string(), "not six digits"),
        (other.to_string(), "asked was"),
        (long.to_string(), "513 characters"),
        ("x".repeat(70_000), "longer than"),
    ] {
        let backend = Backend::start([told(200, word)]).await;
        let app = TestApp::start(&backend.config(3_500)).await;
        assert_eq!(app.call(purchase("CS1")).await.code(), "000005", "{part}");
        let message = app.message("newInstance").await;
        assert_eq!(app.state(&message), MessageState::Failing);
        let sentence = message.exception.unwrap().to_string();
        assert!(sentence.contains(part) && !sentence.contains(PASSWORD), "{sentence}");
    }
}

#[tokio::test]
async fn a_backend_that_is_not_there_is_an_exception() {
    let backend = Backend::start([told(200, "")]).await;
    let config = backend.config(3_500).replace(&backend.url, "http://127.0.0.1:9/koogallery");
    let app = TestApp::start(&config).await;
    assert_eq!(app.call(purchase("CS1")).await.code(), "000005");
    let exception = app.message("newInstance").await.exception.unwrap();
    assert!(matches!(exception, Exception::WebhookUnreachable { .. }), "{exception}");
}

#[tokio::test]
async fn what_was_parked_is_asked_of_the_backend_once_the_instance_is_there() {
    let backend = Backend::start([told(500, "")]).await;
    let app = TestApp::start(&backend.config(3_500)).await;
    let body = purchase("CS1");
    let id = body["businessId"].as_str().unwrap().to_owned();
    assert_eq!(app.call(renewal(&id, "CS2")).await.code(), "000003");
    assert_eq!(app.call(body).await.code(), "000005");
    backend.now_tells([told(200, granted()), told(200, "")]);
    let message = app.message("newInstance").await;
    assert_eq!(app.desk.retry(message.id).await.unwrap(), RetryResult::Succeeded);
    until("the parked renewal", async || {
        Some(app.message("refreshInstance").await).filter(|message| app.state(message) == MessageState::Succeeded)
    })
    .await;
    assert_eq!(backend.asked().last().unwrap().json()["type"], "refreshInstance");
}
