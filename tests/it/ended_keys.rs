//! Keys that are valid no more: a call that is signed with one is refused like any other, and the operator alone is told
//! that it was an old key.

use std::collections::BTreeSet;

use egui::{Key, Modifiers};
use reqwest::Method;
use sellerdesk::{
    config::OlderKey,
    domain::Rejection,
    protocol::{
        KeyClass, Secret,
        signature::{auth_token, diagnosis::Hypothesis, kit_header::KitHeaders},
    },
};

use crate::{
    generations::{GENERAL_KEY, KIT_KEY, V1_KEY, start},
    support::{
        app::{KEY, MANUAL, Reply, TEMPLATE, TestApp, purchase, unique},
        program::{self, Serving, json, run, set_key, stderr},
        window::Stage,
    },
};

const NEXT: &str = "demo-key-for-tests-next";
const THIRD: &str = "demo-key-for-tests-third";

fn told_to_caller(reply: &Reply) -> String {
    let names: Vec<&str> = reply.headers.keys().map(reqwest::header::HeaderName::as_str).collect();
    format!("{} {names:?} {}", reply.status, reply.text)
}

/// The likely cause of the newest refused call, in which no key can be read.
async fn likely(app: &TestApp) -> Option<Hypothesis> {
    let call = app.rejected().await.remove(0);
    assert!(matches!(call.rejection, Rejection::Mismatch { .. }), "{:?}", call.rejection);
    let told = format!("{call:?} {}", call.computed.write().unwrap());
    assert!([KEY, NEXT, THIRD].iter().all(|key| !told.contains(key)), "{told}");
    call.computed.diagnosis().unwrap().likely().cloned()
}

fn ended(class: &str, endpoint: Option<&str>) -> Hypothesis {
    Hypothesis::EndedKey { class: class.into(), endpoint: endpoint.map(str::to_owned) }
}

#[tokio::test]
async fn a_key_that_was_ended_or_replaced_is_told_as_an_old_one_and_accepted_by_nothing() {
    let app = start(TEMPLATE).await;
    app.desk.rotate_key(KeyClass::Base, None, Secret::new(NEXT), OlderKey::Refuse).await.unwrap();
    assert_eq!(app.call_signed_with(KEY, purchase("CS1")).await.code(), "000000");
    let mut answers = BTreeSet::new();
    answers.insert(told_to_caller(&app.call_signed_with("a stranger's", purchase("CS2")).await));
    assert_eq!(likely(&app).await, None);

    app.desk.end_old_key(KeyClass::Base, None).await.unwrap();
    answers.insert(told_to_caller(&app.call_signed_with(KEY, purchase("CS2")).await));
    assert_eq!(likely(&app).await, Some(ended("base", None)));

    app.desk.set_key(KeyClass::Base, None, Secret::new(THIRD)).await.unwrap();
    answers.insert(told_to_caller(&app.call_signed_with(NEXT, purchase("CS2")).await));
    assert_eq!(likely(&app).await, Some(ended("base", None)));

    // Of other classes and generations too.
    app.desk.set_key(KeyClass::V1, None, Secret::new("demo-key-for-tests-v1-next")).await.unwrap();
    app.desk.set_key(KeyClass::Kit, None, Secret::new("demo-key-for-tests-kit-next")).await.unwrap();
    let client = app.client();
    let params =
        [("activity", "queryInstance".into()), ("instanceId", "i".into()), ("timeStamp", "20260420114117642".into())];
    let query = auth_token::sign_query(&Secret::new(V1_KEY), &params).unwrap();
    assert_eq!(client.send(Method::GET, &format!("/produce?{query}"), &[], "").await.code(), "000001");
    assert_eq!(likely(&app).await, Some(ended("v1", None)));
    let now = client.now().0.to_string();
    let headers = KitHeaders::sign(&Secret::new(KIT_KEY), &unique("nonce"), &now, b"{}");
    let path = "/produce/produceAPI/v2/tenantSync";
    assert_eq!(client.send(Method::POST, path, &headers.to_headers(), "{}").await.code(), "000001");
    assert_eq!(likely(&app).await, Some(ended("kit", None)));
    app.desk.set_key(KeyClass::General, None, Secret::new("demo-key-for-tests-general-next")).await.unwrap();
    answers.insert(told_to_caller(&app.call_signed_with(GENERAL_KEY, purchase("CS2")).await));
    assert_eq!(likely(&app).await, Some(ended("general", None)));
    assert_eq!(answers.len(), 1, "the caller learns nothing: {answers:#?}");
    assert_eq!(app.call_signed_with(THIRD, purchase("CS2")).await.code(), "000000");
}

#[tokio::test]
async fn an_ended_key_that_is_sent_along_is_not_kept() {
    let app = TestApp::start(TEMPLATE).await;
    app.desk.set_key(KeyClass::Base, None, Secret::new(NEXT)).await.unwrap();
    let body = format!(r#"{{"accessKey":"{KEY}"}}"#);
    let query = format!("{}&key={KEY}", app.client().signed("a stranger's", body.as_bytes()).to_query());
    app.raw(&query, body).await;
    let call = app.rejected().await.remove(0);
    assert!(call.request_query.ends_with("&key=<accessKey>"), "{}", call.request_query);
    assert_eq!(call.request_body, r#"{"accessKey":"<accessKey>"}"#);
    assert!(!call.computed.write().unwrap().contains(KEY));
}

#[tokio::test]
async fn what_is_forgotten_explains_nothing_more() {
    let app = TestApp::start(TEMPLATE).await;
    app.desk.set_key(KeyClass::Base, None, Secret::new(NEXT)).await.unwrap();
    app.call_signed_with(KEY, purchase("CS1")).await;
    assert_eq!(likely(&app).await, Some(ended("base", None)));
    app.desk.forget_ended_keys(KeyClass::Base, None).await.unwrap();
    app.call_signed_with(KEY, purchase("CS1")).await;
    assert_eq!(likely(&app).await, None);

    app.desk.set_key(KeyClass::Base, None, Secret::new(THIRD)).await.unwrap();
    app.desk.remove_key(KeyClass::Base, None).await.unwrap();
    app.desk.set_key(KeyClass::Base, None, Secret::new(KEY)).await.unwrap();
    app.call_signed_with(NEXT, purchase("CS1")).await;
    assert_eq!(likely(&app).await, None, "removed with the key that came after it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_tells_an_old_key_and_writes_none() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), TEMPLATE).unwrap();
    set_key(dir.path());
    let serving = Serving::start(dir.path());
    let mut replace = program::command(dir.path(), &["key", "set", "base"]);
    let mut child = replace.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), NEXT.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    let client = crate::support::app::Client::new(&serving.url);
    assert_eq!(client.call_signed_with(KEY, purchase("CS1")).await.code(), "000001");
    let id = json(dir.path(), &["list", "rejected", "--json"])[0]["id"].to_string();
    let shown = run(dir.path(), &["show", "rejected", &id]);
    let told = stdout(&shown);
    assert!(told.contains("an old key of the class `base`, one that was replaced or ended"), "{told}");
    assert!(told.contains("The caller holds on to an old key"), "{told}");
    for text in [told, stderr(&shown), stdout(&run(dir.path(), &["key", "list", "--json"]))] {
        assert!(!text.contains(KEY) && !text.contains(NEXT), "{text}");
    }
    let forgotten = run(dir.path(), &["key", "forget-ended", "base"]);
    assert_eq!(stdout(&forgotten), "ended keys of the class base forgotten: 1\n");
}

fn stdout(output: &std::process::Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

struct Words {
    language: &'static str,
    base_key: &'static str,
    kept: &'static str,
    forget: &'static str,
    forget_base: &'static str,
    forgotten: &'static str,
    refused: &'static str,
    messages: &'static str,
    cause: &'static str,
    remedy: &'static str,
}

const WORDS: [Words; 2] = [
    Words {
        language: "en",
        base_key: "Basic interfaces (base)",
        kept: "Ended keys kept to explain refused calls: 1",
        forget: "Forget them",
        forget_base: "Forget the ended keys: Basic interfaces (base)",
        forgotten: "The ended keys are forgotten",
        refused: "Refused calls",
        messages: "Messages",
        cause: "Likely cause: an old key “Basic interfaces (base)” that was replaced or ended",
        remedy: "The caller holds on to an old key",
    },
    Words {
        language: "zh-CN",
        base_key: "基础接口（base）",
        kept: "为解释被拒绝的调用而保留的已停用密钥：1 个",
        forget: "清除",
        forget_base: "清除已停用的密钥：基础接口（base）",
        forgotten: "已停用的密钥已清除",
        refused: "被拒绝的调用",
        messages: "消息",
        cause: "可能原因：已被替换或停用的旧密钥“基础接口（base）”",
        remedy: "调用方仍在使用旧密钥",
    },
];

#[test]
fn the_window_tells_an_old_key_and_forgets_those_that_ended() {
    for words in &WORDS {
        let stage = Stage::new(words.language, "dark", MANUAL).with_key();
        stage.runtime().block_on(stage.desk.set_key(KeyClass::Base, None, Secret::new(NEXT))).unwrap();
        let mut window = stage.open();
        window.press(Modifiers::COMMAND, Key::Num0);
        window.wait_for(words.base_key);
        window.wait_for(words.kept);
        let dir = window.desk.data_dir().display().to_string();
        window.snapshot_without(&format!("keys-ended-{}", words.language), Some(&dir));
        window.click(words.forget_base);
        assert_eq!(window.desk.keys().every_ended().len(), 1, "nothing before the answer");
        window.click(words.forget);
        window.wait_for(words.forgotten);
        window.wait_until("still told", |window| !window.sees(words.kept));
        assert!(window.desk.keys().every_ended().is_empty());
        assert!(!window.sees("demo-key"), "a key is never shown");
    }
}

#[test]
fn the_window_tells_the_likely_cause_in_both_languages() {
    use sellerdesk::{
        desk::NewRejection,
        domain::Computed,
        protocol::signature::{
            diagnosis::{Call, KeyAge, Keys, OtherKey, diagnose},
            url::UrlSignature,
        },
    };
    for words in &WORDS {
        let stage = Stage::new(words.language, "dark", MANUAL).with_key();
        let (now, body) = (stage.desk.now(), "{}");
        let query = UrlSignature::sign(&Secret::new(NEXT), "RLLUammMSInlrNWb", &now.0.to_string(), b"{}").to_query();
        let other = OtherKey { class: KeyClass::Base, endpoint: None, age: KeyAge::Ended, key: Secret::new(NEXT) };
        let keys = Keys { own: &[Secret::new(KEY)], others: &[other] };
        let diagnosis = diagnose(&Call::Url { query: &query, body: body.as_bytes() }, &keys, now);
        let refused = NewRejection {
            received_at: now,
            endpoint: "main".into(),
            peer: "203.0.113.9".into(),
            rejection: Rejection::Mismatch { class: "base".into() },
            request_query: query,
            request_body: body.into(),
            computed: Computed::Diagnosis(Box::new(diagnosis)),
        };
        stage.runtime().block_on(stage.desk.reject(refused)).unwrap();
        let mut window = stage.open();
        window.click(words.messages);
        window.click(words.refused);
        window.click_row("base");
        window.wait_for(words.cause);
        assert!(window.sees(words.remedy));
        window.snapshot(&format!("explained-ended-{}", words.language));
    }
}
