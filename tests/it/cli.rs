//! The command line beside a running receiver on the same directory.

use std::process::Stdio;

use serde_json::Value;

use crate::support::{
    app::{Client, KEY, MANUAL, purchase, release},
    program::{self, Serving, json, run, set_key, stderr},
};

const PASSWORD: &str = "a-password-for-tests-0001";

fn seller(config: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), config).unwrap();
    set_key(dir.path());
    dir
}

fn names(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_purchase_is_listed_fulfilled_and_shown_beside_a_running_receiver() {
    let dir = seller(MANUAL);
    let serving = Serving::start(dir.path());
    let client = Client::new(&serving.url);
    let reply = client.call(purchase("CS100")).await;
    assert_eq!(reply.code(), "000004");
    let instance_id = reply.instance_id();

    let messages = json(dir.path(), &["list", "messages", "--json"]);
    let message = &messages[0];
    for name in [
        "id",
        "activity",
        "orderId",
        "orderLineId",
        "instanceId",
        "license",
        "state",
        "resultCode",
        "exception",
        "attempts",
        "receivedAt",
    ] {
        assert!(names(message).contains(&name), "{name} in {message}");
    }
    assert_eq!((message["state"].as_str(), message["orderId"].as_str()), (Some("in-progress"), Some("CS100")));

    let mut fulfil = program::command(
        dir.path(),
        &[
            "fulfil",
            &instance_id,
            "--front-end-url",
            "https://app.example.com/1",
            "--user-name",
            "u",
            "--password-stdin",
        ],
    );
    fulfil.stdin(Stdio::piped());
    let mut child = fulfil.spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), PASSWORD.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());

    let told = client.call(crate::support::app::question(&instance_id)).await;
    assert_eq!(told.json["info"][0]["appInfo"]["password"], PASSWORD);
    let instances = json(dir.path(), &["list", "instances", "--json"]);
    for name in [
        "instanceId",
        "orderId",
        "orderLineId",
        "productId",
        "skuCode",
        "customerId",
        "customerName",
        "status",
        "expireTime",
        "endpoint",
    ] {
        assert!(names(&instances[0]).contains(&name), "{name}");
    }
    assert_eq!(instances[0]["status"], "active");

    // Neither key nor password anywhere in what the command line prints.
    let id = message["id"].to_string();
    for arguments in [
        &["show", "message", &id][..],
        &["show", "message", &id, "--json"],
        &["show", "instance", &instance_id],
        &["show", "instance", &instance_id, "--json"],
        &["list", "messages"],
        &["list", "endpoints", "--json"],
        &["key", "list", "--json"],
    ] {
        let output = run(dir.path(), arguments);
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        let printed = String::from_utf8_lossy(&output.stdout).into_owned() + &stderr(&output);
        assert!(!printed.contains(PASSWORD) && !printed.contains(KEY), "{arguments:?} prints a secret");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_retry_ends_with_success_only_where_everything_succeeded() {
    let dir = seller(MANUAL);
    let serving = Serving::start(dir.path());
    let client = Client::new(&serving.url);
    assert_eq!(client.call(release("nobody-knows-it")).await.code(), "000003");
    let failing = json(dir.path(), &["list", "messages", "--failing", "--json"]);
    let id = failing[0]["id"].to_string();
    let output = run(dir.path(), &["retry", &id]);
    assert!(!output.status.success());
    assert!(!run(dir.path(), &["retry", "--all"]).status.success());
    assert!(!run(dir.path(), &["retry", "4711"]).status.success(), "no such message");
    assert!(!run(dir.path(), &["show", "message", "4711"]).status.success());
}

#[test]
fn a_filter_that_filters_nothing_is_refused() {
    let dir = seller(MANUAL);
    for (arguments, sentence) in [
        (["list", "endpoints", "--failing"], "--failing is for messages"),
        (["list", "instances", "--failing"], "--failing is for messages"),
        (
            ["list", "rejected", "--search=CS1"],
            "--search is for messages, instances, orders, licenses, usage and tenants",
        ),
        (
            ["list", "endpoints", "--search=CS1"],
            "--search is for messages, instances, orders, licenses, usage and tenants",
        ),
    ] {
        let output = run(dir.path(), &arguments);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{arguments:?}");
        assert!(stderr(&output).contains(sentence), "{}", stderr(&output));
    }
}

#[test]
fn nothing_to_retry_is_a_success() {
    let dir = seller(MANUAL);
    assert!(run(dir.path(), &["retry", "--all"]).status.success());
}

#[test]
fn what_keeps_the_receiver_from_starting_is_said_in_a_sentence() {
    let dir = seller(MANUAL);
    let serving = Serving::start(dir.path());
    let address = serving.url.strip_prefix("http://").unwrap().strip_suffix("/produce").unwrap().to_owned();

    let second = run(dir.path(), &["--listen", "127.0.0.1:0", "serve"]);
    assert!(!second.status.success());
    assert!(
        stderr(&second).contains("another Sellerdesk already receives on this data directory"),
        "{}",
        stderr(&second)
    );
    assert!(stderr(&second).contains(&address));

    let elsewhere = seller(MANUAL);
    let taken = run(elsewhere.path(), &["--listen", &address, "serve"]);
    assert!(!taken.status.success());
    assert!(stderr(&taken).contains(&format!("cannot listen on {address}")), "{}", stderr(&taken));

    let wrong = tempfile::tempdir().unwrap();
    std::fs::write(wrong.path().join("config.toml"), "[receiver]\nlisten = \"127.0.0.1:8480\"\nprot = 1\n").unwrap();
    let output = run(wrong.path(), &["serve"]);
    assert!(!output.status.success());
    assert!(stderr(&output).contains("line 3") && stderr(&output).contains("prot"), "{}", stderr(&output));

    let without_certificate = seller("[receiver.tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n");
    let output = run(without_certificate.path(), &["--listen", "127.0.0.1:0", "serve"]);
    assert!(!output.status.success() && output.stdout.is_empty(), "nothing listens");
    assert!(stderr(&output).contains("cert.pem"), "{}", stderr(&output));

    let file = tempfile::NamedTempFile::new().unwrap();
    let output = run(&file.path().join("dir"), &["serve"]);
    assert!(!output.status.success());
    let complaint = stderr(&output);
    assert!(complaint.lines().count() == 1 && complaint.contains("data directory"), "{complaint}");
}

#[test]
fn a_window_without_a_display_says_what_to_do() {
    let dir = seller("[receiver]\nlisten = \"127.0.0.1:0\"\n");
    let output = run(dir.path(), &[]);
    assert!(!output.status.success());
    assert!(stderr(&output).contains("sellerdesk serve"), "{}", stderr(&output));
}

#[test]
fn the_demo_as_text_goes_as_told() {
    let dir = tempfile::tempdir().unwrap();
    let output = run(dir.path(), &["demo", "--text"]);
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}");
    assert!(told.ends_with("All of it went as told.\n"), "{told}");
    assert!(!told.contains("FAIL"));
    assert!(std::fs::read_dir(dir.path()).unwrap().next().is_none(), "the demo leaves the user's directory alone");
}

#[test]
fn who_stops_reading_is_no_panic() {
    let dir = seller(MANUAL);
    for arguments in [&["list", "endpoints"][..], &["list", "endpoints", "--json"], &["key", "list"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = program::command(dir.path(), arguments).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert_eq!((output.status.code(), stderr(&output)), (Some(1), String::new()), "{arguments:?}");
    }
}
