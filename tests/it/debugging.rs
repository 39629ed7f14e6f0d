//! Debugging: calls to an own and to a foreign address, cases and their history, and KooGallery's probes among what comes in.

use std::{sync::Arc, time::Duration};

use sellerdesk::{
    desk::{
        debugging::{DebugRefused, DebugRequest},
        session::{Command, DebugCommand, Event, Session, SettingsChange},
    },
    domain::{
        World,
        debugging::{CaseId, DebugRun, RunVerdict, Target},
        probe::{ProbeFinding, Watch},
    },
    protocol::{
        KeyClass, Secret,
        debugging::{DebugCall, Generation, Rule},
    },
};
use serde_json::json;
use tokio::time::timeout;

use crate::support::{
    app::{KEY, MANUAL, TEMPLATE, TestApp, purchase, release},
    certificates::Ca,
    wrong_seller::{self, SELLER_KEY, Wrong},
};

const DAY: Duration = Duration::from_secs(24 * 3_600);

fn own(generation: Generation, activity: &str) -> DebugRequest {
    let call = DebugCall::preset(generation, activity);
    DebugRequest { target: Target::Endpoint("main".into()), call, key: None, case: None }
}

async fn verdict(app: &TestApp, request: DebugRequest) -> RunVerdict {
    app.desk.send_debug_call(request).await.unwrap().verdict
}

async fn keep(app: &TestApp, request: &DebugRequest) -> CaseId {
    let DebugRequest { target, call, .. } = request.clone();
    app.desk.keep_debug_case(call.activity.clone(), target, call).await.unwrap()
}

/// An endpoint whose purchases fail, because the access data is longer than KooGallery takes.
fn too_long() -> String {
    TEMPLATE.replace("{instanceId}", &"{instanceId}".repeat(100))
}

/// With a key of every class.
async fn app() -> TestApp {
    let app = TestApp::start(&format!("{TEMPLATE}license = \"LICENSE-TEXT\"\n")).await;
    for class in KeyClass::ALL {
        // No two classes may share a key; the base's is the one that calls are signed with here.
        let key = if class == KeyClass::Base { KEY.to_owned() } else { format!("{KEY}-{class}") };
        app.desk.set_key(class, None, Secret::new(key)).await.unwrap();
    }
    app
}

#[tokio::test]
async fn every_preset_passes_on_an_own_address_in_the_order_of_the_form() {
    for generation in Generation::ALL {
        let app = app().await;
        for activity in generation.activities() {
            let run = app.desk.send_debug_call(own(generation, activity)).await.unwrap();
            assert_eq!(run.verdict, RunVerdict::Accepted, "{generation:?} {activity}: {}", run.answer);
            assert_eq!((run.status, run.test), (Some(200), true));
        }
        assert!(app.messages(World::Live).await.is_empty(), "{generation:?}: nothing of it is business");
        assert!(app.rejected().await.is_empty(), "{generation:?}");
    }
}

#[tokio::test]
async fn a_foreign_address_is_told_in_the_consoles_words_what_is_wrong() {
    let app = TestApp::start(MANUAL).await;
    for (wrong, activity, rule, words) in [
        (Wrong::Status500, "newInstance", Rule::HttpStatus, "调测失败,接口响应httpCode=500"),
        (Wrong::ContentType, "newInstance", Rule::ContentType, "调测失败,响应content-type格式错误"),
        (Wrong::NoCode, "newInstance", Rule::Readable, "调测失败,解析响应体失败"),
        (Wrong::LongId, "newInstance", Rule::Lengths, "调测失败,字段instanceId长度不合法"),
        (Wrong::Nothing, "releaseInstance", Rule::ResultCode, "调用失败,生产接口resultCode返回错误"),
    ] {
        let seller = wrong_seller::open(wrong);
        let mut request = own(Generation::V2, activity);
        request.target = Target::Address(seller.url.clone());
        request.key = Some(Secret::new(SELLER_KEY));
        let RunVerdict::Failed { rule: broken, words: told } = verdict(&app, request).await else {
            panic!("{wrong:?} was taken")
        };
        assert_eq!(broken, rule, "{told}");
        assert!(told.starts_with(words), "{told}");
    }
    let seller = wrong_seller::open(Wrong::Nothing);
    let mut request = own(Generation::V2, "newInstance");
    request.target = Target::Address(seller.url.clone());
    request.key = Some(Secret::new(SELLER_KEY));
    assert!(!verdict(&app, request.clone()).await.is_failed(), "a right seller");
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    request.target = Target::Address(format!("http://{nobody}/produce"));
    assert_eq!(verdict(&app, request).await.broken(), Some(Rule::Reachable));
}

#[tokio::test]
async fn what_cannot_be_called_is_refused_before_anything_is_sent() {
    let app = TestApp::start(TEMPLATE).await;
    let refused = async |request| app.desk.send_debug_call(request).await.unwrap_err();
    assert!(matches!(refused(own(Generation::Kit, "tenantSync")).await, DebugRefused::NoKey(KeyClass::Kit)));
    let elsewhere = DebugRequest { target: Target::Endpoint("gone".into()), ..own(Generation::V2, "newInstance") };
    assert!(matches!(refused(elsewhere).await, DebugRefused::NoEndpoint(_)));
    assert!(app.desk.debugging().await.unwrap().runs.is_empty());
}

#[tokio::test]
async fn an_own_address_with_a_domains_certificate_is_called_by_that_domain() {
    let certified = Ca::new().issue("seller.example.com");
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("cert.pem"), certified.certificate).unwrap();
    std::fs::write(dir.path().join("key.pem"), certified.key).unwrap();
    let config = format!("[receiver.tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n{TEMPLATE}");
    std::fs::write(dir.path().join("config.toml"), config).unwrap();
    let app = TestApp::start_on(dir).await;
    app.desk.set_key(KeyClass::Base, None, Secret::new(KEY)).await.unwrap();
    let request = own(Generation::V2, "newInstance");
    let signed = app.desk.sign_debug_call(&request).unwrap();
    let port = app.address.port();
    assert!(signed.url.starts_with(&format!("https://seller.example.com:{port}/produce?")), "{}", signed.url);
    let curl = signed.curl();
    assert!(curl.contains(&format!("--resolve 'seller.example.com:{port}:127.0.0.1'")), "{curl}");
    // Nobody trusts its authority here; that the name is right is seen before.
    let RunVerdict::Failed { rule, words } = verdict(&app, request).await else { panic!("it is trusted") };
    assert_eq!(rule, Rule::Reachable);
    assert!(words.contains("nobody whom this computer trusts"), "{words}");
}

#[tokio::test]
async fn no_key_and_no_credential_is_shown_or_kept() {
    let config = format!("{TEMPLATE}user_name = \"admin-of-buyer\"\npassword = \"Passw0rd-of-buyer\"\n");
    let app = TestApp::start(&config).await;
    assert_eq!(verdict(&app, own(Generation::V2, "newInstance")).await, RunVerdict::Accepted);
    let run = app.desk.send_debug_call(own(Generation::V2, "queryInstance")).await.unwrap();
    assert!(run.answer.contains("frontEndUrl") && run.answer.contains("***"), "{}", run.answer);
    let curl = app.desk.sign_debug_call(&own(Generation::V2, "newInstance")).unwrap().curl();
    assert!(curl.contains("signature=") && !curl.contains(KEY), "{curl}");
    let typed = DebugRequest { key: Some(Secret::new("typed-key-0001")), ..own(Generation::V2, "queryInstance") };
    assert!(!format!("{typed:?}").contains("typed-key-0001"));
    assert_eq!(verdict(&app, typed).await.broken(), Some(Rule::ResultCode), "another key is refused");
    let dir = app.stop().await;
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for secret in [KEY, "Passw0rd-of-buyer", "typed-key-0001"] {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            // The template is the operator's own file.
            assert!(!found || secret.starts_with("Passw0rd"), "{secret} lies there in clear");
        }
    }
    let database = rusqlite::Connection::open(dir.path().join("sellerdesk.db")).unwrap();
    let kept: i64 = database
        .query_row(
            "SELECT count(*) FROM debug_run WHERE answer LIKE '%Passw0rd%' OR answer LIKE '%admin-of%'",
            (),
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn a_case_is_run_again_remembers_how_it_went_and_goes_with_its_history() {
    let dir = {
        let app = TestApp::start(&too_long()).await;
        let request = own(Generation::V2, "newInstance");
        let id = keep(&app, &request).await;
        assert!(app.desk.run_debug_case(id).await.unwrap().verdict.is_failed());
        let mut endpoint = app.desk.config().endpoint("main").unwrap().clone();
        endpoint.template.as_mut().unwrap().front_end_url = "https://app.example.com/{instanceId}".into();
        let change = SettingsChange::Endpoint { replaces: Some("main".into()), endpoint };
        app.desk.change_settings(change).await.unwrap();
        assert_eq!(app.desk.run_debug_case(id).await.unwrap().verdict, RunVerdict::Accepted);
        app.stop().await
    };
    let app = TestApp::start_on(dir).await;
    let known = app.desk.debugging().await.unwrap();
    let case = &known.cases[0];
    let runs: Vec<&DebugRun> = known.runs.iter().filter(|run| run.case == Some(case.id)).collect();
    assert_eq!((case.name.as_str(), runs.len()), ("newInstance", 2));
    assert!(!runs[0].verdict.is_failed() && runs[1].verdict.is_failed(), "newest first");
    assert!(
        matches!(&runs[1].verdict, RunVerdict::Failed { rule: Rule::ResultCode, words } if words.contains("000005"))
    );
    let form = known.forms.iter().find(|form| form.activity == "newInstance").unwrap();
    assert_eq!(form.fields, case.call.fields, "what was filled in last is remembered");
    assert!(app.desk.delete_debug_case(case.id).await.unwrap());
    let known = app.desk.debugging().await.unwrap();
    assert_eq!((known.cases.len(), known.runs.len()), (0, 0));
    assert!(matches!(app.desk.run_debug_case(runs_of_nobody()).await, Err(DebugRefused::NoCase)));
}

const fn runs_of_nobody() -> CaseId {
    CaseId(4_711)
}

#[tokio::test]
async fn what_others_call_is_a_probe_and_what_is_sent_from_here_is_none() {
    let app = app().await;
    let query = own(Generation::V2, "queryInstance");
    for request in [&own(Generation::V2, "newInstance"), &query, &own(Generation::V1, "queryInstance")] {
        let id = keep(&app, request).await;
        app.desk.run_debug_case(id).await.unwrap();
    }
    for activity in ["tenantSync", "authSync"] {
        let id = keep(&app, &own(Generation::Kit, activity)).await;
        app.desk.run_debug_case(id).await.unwrap();
    }
    let report = app.desk.debugging().await.unwrap().probes;
    assert_eq!(report.cases.len(), 5);
    assert!(report.cases.iter().all(|probes| probes.count == 0), "{report:?}");

    let test = |mut body: serde_json::Value| {
        body["testFlag"] = json!("1");
        body
    };
    let probe = json!({ "activity": "queryInstance", "instanceId": "123456789" });
    assert_eq!(app.call(test(probe.clone())).await.code(), "000000");
    // Business in earnest, and other business, are no probes.
    app.call(probe).await;
    app.call(test(json!({ "activity": "queryInstance", "instanceId": "another" }))).await;
    let report = app.desk.debugging().await.unwrap().probes;
    let counts: Vec<usize> = report.cases.iter().map(|probes| probes.count).collect();
    assert_eq!(counts, [0, 1, 0, 0, 0]);
    assert!(report.cases[1].last.as_ref().unwrap().succeeded());
    assert!(report.findings.is_empty());

    let bought = test(json!({
        "activity": "newInstance", "businessId": "new-each-time", "orderId": "CS1234567890ABCDE",
        "orderLineId": "CS1234567890ABCDE-000001",
    }));
    assert_eq!(app.call(bought).await.code(), "000000");
    assert_eq!(app.desk.debugging().await.unwrap().probes.cases[0].count, 1, "whatever businessId it brings");
}

#[tokio::test]
async fn a_refused_probe_is_known_however_long_it_is() {
    let app = app().await;
    let user = |number| json!({ "userName": format!("u-{number}"), "name": "张三", "orgCode": "d-1", "role": "user", "enable": "true" });
    let mut request = own(Generation::Kit, "authSync");
    let users = json!((0..200).map(user).collect::<Vec<_>>()).to_string();
    assert!(users.len() > 8 * 1024);
    request.call.fields.iter_mut().find(|(name, _)| name == "userList").unwrap().1 = users;
    keep(&app, &request).await;
    // As KooGallery sends it, with a key that is not the one set here.
    let now = app.desk.now();
    let signed =
        request.call.sign(&format!("http://{}/produce", app.address), &Secret::new("other"), now, "n-1").unwrap();
    let headers: Vec<(&str, &str)> =
        signed.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let path = "/produce/produceAPI/v2/authSync";
    let reply = app.client().send(reqwest::Method::POST, path, &headers, &signed.body).await;
    assert_eq!(reply.code(), "000001");
    let probes = app.desk.debugging().await.unwrap().probes;
    let last = probes.cases[0].last.as_ref().unwrap();
    assert!(last.refused.is_some(), "{last:?}");
    assert!(app.rejected().await[0].request_body.chars().count() <= 4 * 1024);
}

#[tokio::test]
async fn a_probe_that_fails_and_one_that_does_not_come_are_told_once() {
    let app = TestApp::start(&too_long()).await;
    let request = own(Generation::V2, "newInstance");
    let id = keep(&app, &request).await;
    let mut session = Session::start(app.desk.clone(), Arc::new(|| {})).await;
    let mut alarm = async || {
        let next = async {
            loop {
                if let Event::ProbeAlarm { finding, case } = session.events.recv().await.unwrap() {
                    return (finding, case);
                }
            }
        };
        timeout(Duration::from_secs(20), next).await.unwrap()
    };
    let mut probe = json!({ "activity": "newInstance", "testFlag": "1" });
    for (name, value) in &request.call.fields {
        probe[name] = json!(value);
    }
    probe["businessId"] = json!("another-each-time");
    assert_eq!(app.call(probe).await.code(), "000005");
    let (finding, case) = alarm().await;
    assert!(matches!(finding, ProbeFinding::Failing { case, days: 1, .. } if case == Some(id)), "{finding:?}");
    assert_eq!(case, "newInstance");
    app.advance(DAY);
    // Whatever is written makes the session look again.
    app.call(purchase("CS7")).await;
    let (finding, _) = alarm().await;
    assert!(matches!(finding, ProbeFinding::Missing { .. }), "the failing one was told already: {finding:?}");
    app.desk.watch_probes(Some(false)).await.unwrap();
    assert!(app.desk.debugging().await.unwrap().probes.findings.is_empty());
    app.desk.watch_probes(Some(true)).await.unwrap();
    let report = app.desk.debugging().await.unwrap().probes;
    assert!(matches!(report.watch, Watch::On(_)));
    assert_eq!(report.findings.len(), 1, "it still fails; the day begins anew");
}

#[tokio::test]
async fn all_cases_are_run_one_after_the_other_and_counted() {
    let app = TestApp::start(TEMPLATE).await;
    // Without the order that it is for.
    let mut wrong = own(Generation::V2, "upgradeInstance");
    wrong.call.fields = vec![("instanceId".into(), "nobody-knows-it".into())];
    let mut ids = Vec::new();
    for request in [&own(Generation::V2, "newInstance"), &own(Generation::V2, "queryInstance"), &wrong] {
        ids.push(keep(&app, request).await);
    }
    let mut session = Session::start(app.desk.clone(), Arc::new(|| {})).await;
    session.commands.send(Command::Debug(DebugCommand::RunCases(ids))).await.unwrap();
    let next = async {
        loop {
            if let Event::CasesRan { passed, failed, left } = session.events.recv().await.unwrap() {
                return (passed, failed, left);
            }
        }
    };
    assert_eq!(timeout(Duration::from_secs(20), next).await.unwrap(), (2, 1, 0));
    let seen = session
        .snapshots
        .wait_for(|snapshot| snapshot.debugging.running.is_none() && snapshot.debugging.known.runs.len() == 3);
    let seen = timeout(Duration::from_secs(20), seen).await.unwrap().unwrap().debugging.clone();
    assert!(seen.last.as_ref().unwrap().verdict.is_failed());
    assert!(seen.known.probes.findings.is_empty(), "what is sent from here raises no alarm");
    assert_eq!(app.call(release("x")).await.code(), "000003");
}
