//! An old key beside the new one, over real sockets: what is accepted, and with which key the answer is signed.

use std::process::Stdio;

use sellerdesk::{
    config::{Endpoint, OlderKey},
    desk::session::SettingsChange,
    protocol::{
        KeyClass, Secret,
        signature::body_sign::{BODY_SIGN, BodySign},
    },
};

use crate::support::{
    app::{Client, KEY, MANUAL, Reply, TEMPLATE, TestApp, purchase},
    program::{self, Serving, json, run, set_key, stderr},
};

const NEXT: &str = "demo-key-for-tests-0002";
const OWN: &str = "demo-key-for-tests-0003";
const OWN_NEXT: &str = "demo-key-for-tests-0004";

/// Whether the answer is signed with that key and with none of the others.
fn is_signed_with(reply: &Reply, key: &str) -> bool {
    let sign = BodySign::parse(reply.headers[BODY_SIGN].to_str().unwrap()).unwrap();
    let holds = |key: &str| sign.verify(&Secret::new(key), reply.text.as_bytes()).is_ok();
    [KEY, NEXT, OWN, OWN_NEXT].into_iter().all(|other| holds(other) == (other == key))
}

async fn rotate(app: &TestApp, endpoint: Option<&str>, key: &str) {
    let endpoint = endpoint.map(str::to_owned);
    app.desk.rotate_key(KeyClass::Base, endpoint, Secret::new(key), OlderKey::Refuse).await.unwrap();
}

#[tokio::test]
async fn both_keys_hold_until_the_old_one_is_ended() {
    let app = TestApp::start(TEMPLATE).await;
    rotate(&app, None, NEXT).await;
    let mut number = 0;
    for key in [KEY, NEXT, KEY, NEXT] {
        number += 1;
        let reply = app.call_signed_with(key, purchase(&format!("CS{number}"))).await;
        assert_eq!(reply.code(), "000000");
        assert!(is_signed_with(&reply, key), "{key}");
    }
    let reply = app.call_signed_with(OWN, purchase("CS9")).await;
    assert_eq!(reply.code(), "000001");
    app.desk.end_old_key(KeyClass::Base, None).await.unwrap();
    let refused = app.call_signed_with(KEY, purchase("CS10")).await;
    assert_eq!(refused.code(), "000001");
    assert!(!refused.headers.contains_key(BODY_SIGN));
    let reply = app.call_signed_with(NEXT, purchase("CS11")).await;
    assert_eq!(reply.code(), "000000");
    assert!(is_signed_with(&reply, NEXT));
    assert_eq!(app.rejected().await.len(), 2);
}

#[tokio::test]
async fn what_is_kept_of_a_refused_call_names_no_key() {
    let app = TestApp::start(TEMPLATE).await;
    rotate(&app, None, NEXT).await;
    app.call_signed_with(OWN, purchase("CS1")).await;
    let kept = format!("{:?}", app.rejected().await);
    assert!(!kept.contains(KEY) && !kept.contains(NEXT), "{kept}");
}

#[tokio::test]
async fn an_endpoints_own_keys_are_rotated_apart_and_go_where_it_goes() {
    let two = format!("{TEMPLATE}{}", MANUAL.replace("main", "second").replace("/produce", "/second"));
    let app = TestApp::start(&two).await;
    app.desk.set_key(KeyClass::Base, Some("main".into()), Secret::new(OWN)).await.unwrap();
    rotate(&app, Some("main"), OWN_NEXT).await;
    let second = Client::new(&format!("http://{}/second", app.address));
    for key in [OWN, OWN_NEXT] {
        let reply = app.call_signed_with(key, purchase(&format!("CS-{key}"))).await;
        assert_eq!(reply.code(), "000000");
        assert!(is_signed_with(&reply, key));
        assert_eq!(second.call_signed_with(key, purchase("CS1")).await.code(), "000001");
    }
    assert_eq!(app.call(purchase("CS2")).await.code(), "000001");
    assert_eq!(second.call(purchase("CS3")).await.code(), "000004");

    let shop = Endpoint { name: "shop".into(), ..app.desk.config().endpoint("main").unwrap().clone() };
    let renamed = SettingsChange::Endpoint { replaces: Some("main".into()), endpoint: shop };
    app.desk.change_settings(renamed).await.unwrap();
    assert_eq!(app.call_signed_with(OWN, purchase("CS4")).await.code(), "000000");

    let shop = app.desk.config().endpoint("shop").unwrap().clone();
    app.desk.change_settings(SettingsChange::RemoveEndpoint("shop".into())).await.unwrap();
    app.desk.change_settings(SettingsChange::Endpoint { replaces: None, endpoint: shop }).await.unwrap();
    for key in [OWN, OWN_NEXT] {
        assert_eq!(app.call_signed_with(key, purchase("CS5")).await.code(), "000001", "nobody inherits a key");
    }
    assert_eq!(app.call(purchase("CS6")).await.code(), "000000");
}

/// Runs the program with the key on its standard input.
fn type_key(dir: &std::path::Path, arguments: &[&str], key: &str) -> std::process::Output {
    let mut command = program::command(dir, arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), key.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_rotated_on_the_command_line_beside_a_running_receiver() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), TEMPLATE).unwrap();
    set_key(dir.path());
    let serving = Serving::start(dir.path());
    let client = Client::new(&serving.url);
    let rotated = type_key(dir.path(), &["key", "set", "base", "--keep-old"], NEXT);
    assert!(rotated.status.success(), "{}", stderr(&rotated));
    for key in [KEY, NEXT] {
        let reply = client.call_signed_with(key, purchase(&format!("CS-{key}"))).await;
        assert_eq!(reply.code(), "000000");
        assert!(is_signed_with(&reply, key));
    }
    let listed = json(dir.path(), &["key", "list", "--json"]);
    assert_eq!(listed[0]["old"], true);
    assert!(listed[0]["oldSince"].as_str().unwrap().ends_with('Z'));
    let again = type_key(dir.path(), &["key", "set", "base", "--keep-old"], OWN);
    assert!(!again.status.success());
    assert!(stderr(&again).contains("end it before another becomes old"), "{}", stderr(&again));
    assert!(run(dir.path(), &["key", "end-old", "base"]).status.success());
    assert!(!run(dir.path(), &["key", "end-old", "base"]).status.success());
    assert_eq!(client.call_signed_with(KEY, purchase("CS1")).await.code(), "000001");
    assert_eq!(client.call_signed_with(NEXT, purchase("CS2")).await.code(), "000000");
    assert_eq!(json(dir.path(), &["key", "list", "--json"])[0]["old"], false);
}
