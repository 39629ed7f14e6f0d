//! Probes that fail, are turned away or do not come are told without a window too: in the log of `serve` and by `list probes`.

use rusqlite::Connection;
use sellerdesk::{
    domain::{
        Rejection,
        debugging::{CaseId, Target},
        probe::ProbeFinding,
    },
    protocol::{
        Secret,
        debugging::{DebugCall, Generation},
    },
};
use serde_json::{Value, json};

use crate::support::{
    app::{TEMPLATE, TestApp},
    program::{self, Serving},
};

const TWO_DAYS: i64 = 2 * 24 * 3_600_000;

async fn keep(app: &TestApp, name: &str, activity: &str) -> CaseId {
    let call = DebugCall::preset(Generation::V2, activity);
    app.desk.keep_debug_case(name.to_owned(), Target::Endpoint("main".into()), call).await.unwrap()
}

/// As KooGallery replays it.
fn probe(activity: &str) -> Value {
    let mut body = json!({ "activity": activity, "testFlag": "1" });
    for (name, value) in DebugCall::preset(Generation::V2, activity).fields {
        body[name] = json!(value);
    }
    if activity == "newInstance" {
        body["businessId"] = json!("another-each-time");
    }
    body
}

#[tokio::test]
async fn one_with_a_wrong_signature_came_and_was_refused() {
    let app = TestApp::start(TEMPLATE).await;
    let id = keep(&app, "release", "releaseInstance").await;
    // What is tried out from here with a wrong key is no probe.
    let tried = sellerdesk::desk::debugging::DebugRequest {
        target: Target::Endpoint("main".into()),
        call: DebugCall::preset(Generation::V2, "releaseInstance"),
        key: Some(Secret::new("not-the-sellers-key")),
        case: Some(id),
    };
    assert!(app.desk.send_debug_call(tried).await.unwrap().verdict.is_failed());
    assert_eq!(app.rejected().await.len(), 1);
    let report = app.desk.debugging().await.unwrap().probes;
    assert_eq!((report.cases[0].count, report.findings.as_slice()), (0, &[][..]));

    assert_eq!(app.call_signed_with("not-the-sellers-key", probe("releaseInstance")).await.code(), "000001");
    // Business in earnest is none either.
    let mut in_earnest = probe("releaseInstance");
    in_earnest["testFlag"] = json!("0");
    app.call_signed_with("not-the-sellers-key", in_earnest).await;
    let report = app.desk.debugging().await.unwrap().probes;
    let [ProbeFinding::Failing { case, refused: Some(Rejection::Mismatch { class }), .. }] = report.findings.as_slice()
    else {
        panic!("{report:?}")
    };
    assert_eq!((case.unwrap(), class.as_str(), report.cases[0].count), (id, "base", 1));
    assert_eq!(app.call(probe("releaseInstance")).await.code(), "000000");
    assert_eq!(app.desk.debugging().await.unwrap().probes.findings, [], "the next one is right");
}

#[test]
fn serve_alone_tells_in_its_log_and_the_command_line_tells_it_too() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let dir = runtime.block_on(async {
        let app = TestApp::start(&TEMPLATE.replace("{instanceId}", &"{instanceId}".repeat(100))).await;
        for (name, activity) in [("purchase", "newInstance"), ("release", "releaseInstance"), ("look", "queryInstance")]
        {
            keep(&app, name, activity).await;
        }
        assert_eq!(app.call(probe("newInstance")).await.code(), "000005");
        app.call_signed_with("not-the-sellers-key", probe("releaseInstance")).await;
        assert_eq!(app.call(probe("queryInstance")).await.code(), "000000");
        app.stop().await
    });
    let database = Connection::open(dir.path().join("sellerdesk.db")).unwrap();
    for (table, column) in [("attempt", "started_at"), ("rejected", "received_at")] {
        let changed = database.execute(&format!("UPDATE {table} SET {column} = {column} - ?"), [TWO_DAYS]).unwrap();
        assert!(changed > 0, "{table}");
    }
    drop(database);

    let mut serving = Serving::start(dir.path());
    let alarms: Vec<String> = serving.complaints().filter(|line| line.contains("probe alarm")).take(3).collect();
    let told = |part: &str| alarms.iter().filter(|line| line.contains(part) && line.contains("WARN")).count();
    assert_eq!(told("`purchase` (newInstance) fails, day 3 of 5"), 1, "{alarms:?}");
    assert_eq!(told("`release` (releaseInstance) came but was refused: the signature does not match"), 1, "{alarms:?}");
    assert_eq!(told("probed no saved case for 48 hours"), 1, "{alarms:?}");

    let rows = program::json(dir.path(), &["list", "probes", "--json"]);
    let alarm = |at: usize| (rows[at]["name"].as_str().unwrap(), rows[at]["alarm"].as_str().unwrap());
    assert_eq!([alarm(0), alarm(1), alarm(2)], [("purchase", "failing"), ("release", "refused"), ("look", "missing")]);
    assert_eq!((&rows[0]["resultCode"], &rows[1]["resultCode"]), (&json!("000005"), &json!("000001")));
    assert!(rows[1]["exception"].as_str().unwrap().contains("signature"), "{rows}");
    let output = program::run(dir.path(), &["list", "probes"]);
    let lines = String::from_utf8(output.stdout).unwrap();
    assert!(lines.contains("came but was refused") && lines.lines().count() == 3, "{lines}");
}
