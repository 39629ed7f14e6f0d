//! A load of purchases: the rate and the latencies are told, and a seller who loses or doubles one fails.

use std::time::{Duration, Instant};

use sellerdesk::{
    protocol::Secret,
    simulator::load::{self, LoadPlan, LoadReport},
};
use serde_json::Value;

use crate::support::{
    app::TEMPLATE,
    program::{Serving, command, run, set_key, stderr},
    wrong_seller::{self, SELLER_KEY, Wrong},
};

fn plan(target: &str) -> LoadPlan {
    LoadPlan {
        target: target.to_owned(),
        key: Secret::new(SELLER_KEY),
        rate: 200,
        count: 40,
        connections: 64,
        test: true,
        limit: Duration::from_secs(20),
        patience: Duration::ZERO,
    }
}

async fn loaded(wrong: Wrong) -> LoadReport {
    let seller = wrong_seller::open(wrong);
    load::run(plan(&seller.url), Box::new(|_, _, _| {})).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sellerdesk_loses_and_doubles_nothing() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), TEMPLATE).unwrap();
    set_key(dir.path());
    let seller = Serving::start(dir.path());
    let begun = Instant::now();
    let arguments = ["simulate", "load", "--rate", "100", "--count", "250", "--target", &seller.url, "--json"];
    let output = run(dir.path(), &arguments);
    assert!(begun.elapsed() > Duration::from_millis(2_490), "purchases leave when they are due and not before");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success(), "{report}{}", stderr(&output));
    for (name, number) in [("count", 250), ("rate", 100), ("verified", 250), ("failed", 0)] {
        assert_eq!(report[name], number, "{report}");
    }
    let [p50, p999, max] = ["p50", "p99.9", "max"].map(|name| report["millis"][name].as_f64().unwrap());
    assert!(0.0 < p50 && p50 <= p999 && p999 <= max, "{report}");
    assert!(report["achieved"].as_f64().unwrap() <= 101.0, "{report}");
    // Every order of the load is in the seller's books, once.
    let listed = run(dir.path(), &["list", "instances", "--test", "--json", "--limit", "1000"]);
    let instances: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(instances.as_array().unwrap().len(), 250);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_seller_loses_or_doubles_is_counted_by_kind() {
    for (wrong, kind, count) in [
        (Wrong::Status500, "HTTP 500", 40),
        (Wrong::ContentType, "content-type", 40),
        (Wrong::LongId, "instanceId too long", 40),
        (Wrong::OneIdForAll, "instanceId of another order", 39),
        (Wrong::NewIdOnRetry, "another instanceId for the same order", 40),
        (Wrong::NeverProvisions, "not told by queryInstance", 40),
        (Wrong::NoBatch, "not told by queryInstance", 39),
    ] {
        let report = loaded(wrong).await;
        let told = report.failures.get(kind).unwrap_or_else(|| panic!("{wrong:?}: {report:?}"));
        assert_eq!((told.count, report.count), (count, 40), "{wrong:?}: {report:?}");
        assert!(!told.example.is_empty());
        assert!(report.verified <= 1, "{report:?}");
    }
    let report = loaded(Wrong::Nothing).await;
    assert_eq!((report.failed(), report.verified), (0, 40), "{report:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_was_held_up_by_others_is_late() {
    // Whoever calls is connected, and never answered.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/produce", silent.local_addr().unwrap());
    let limit = Duration::from_millis(200);
    let plan = LoadPlan { connections: 1, count: 5, limit, ..plan(&url) };
    let report = load::run(plan, Box::new(|_, _, _| {})).await.unwrap();
    assert_eq!(report.failures["timeout"].count, 5, "{report:?}");
    assert!(report.latencies.max > limit * 4, "the last waited for four others: {:?}", report.latencies);
    assert!(report.latencies.p50 > limit * 2, "{:?}", report.latencies);
}

#[test]
fn a_load_that_fails_says_so_with_its_exit_code() {
    let dir = tempfile::tempdir().unwrap();
    let arguments = ["simulate", "load", "--count", "3", "--rate", "100", "--target", "http://127.0.0.1:1/produce"];
    let output = command(dir.path(), &arguments).env("SELLERDESK_KEY_BASE", SELLER_KEY).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("FAILED  unreachable: 3 times"), "{text}");
    for (wrong, words) in [(["--rate", "0"], "0 is not in 1.."), (["--target", "here"], "is no address")] {
        let output = command(dir.path(), &[&["simulate", "load"], &wrong[..]].concat()).output().unwrap();
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
}
