//! Authorization codes are activated in batches; whichever cannot be is found and told apart.

use std::collections::BTreeMap;

use sellerdesk::{
    desk::{Cancel, RetryResult},
    domain::{
        Exception, LicenseStatus, Message, Origin, World,
        license_use::{UseKind, UseReport},
        message::Progress,
    },
    marketplace::{AccessKey, ApiKeys, MarketplaceClient, MarketplaceSettings},
    protocol::{
        Secret, UnixMillis,
        id::LicenseCode,
        open_api::{code::CodeMeaning, license::ActivateLicenseV1},
    },
    simulator::{
        license::Clients,
        open_api::{Api, Fault, FaultRule, ReceivedRequest},
    },
};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::support::{
    app::MANUAL,
    open_api::{AK, SK},
    trade::{Trade, fault},
    waiting::until,
};

/// How often a code was in an activation that was taken.
fn times_activated(trade: &Trade) -> BTreeMap<String, usize> {
    let mut times = BTreeMap::new();
    let taken = |request: &ReceivedRequest| request.verdict.code == "92020000";
    for request in
        [trade.requests(Api::ActivateV1), trade.requests(Api::ActivateV2)].concat().iter().filter(|r| taken(r))
    {
        let body: Value = serde_json::from_str(&request.body).unwrap();
        let one = body["license"].as_str().into_iter();
        for code in one.chain(body["license_list"].as_array().into_iter().flatten().filter_map(Value::as_str)) {
            *times.entry(code.to_owned()).or_default() += 1;
        }
    }
    times
}

/// By another program of the same seller; when.
async fn activated_elsewhere(trade: &Trade, code: &LicenseCode) -> UnixMillis {
    let settings = MarketplaceSettings {
        hosts: vec![trade.server.url()],
        timeout: std::time::Duration::from_secs(15),
        ca_certificate: None,
    };
    let access = AccessKey { ak: AK.into(), sk: Secret::new(SK), security_token: None };
    let keys = ApiKeys { access: Some(access), base: None };
    let api = ActivateLicenseV1 { license: code.clone(), real_effect_time: None };
    MarketplaceClient::new(settings).unwrap().call(&keys, &api, || trade.app.desk.now()).await.outcome.unwrap();
    trade.marketplace.license(code).unwrap().activated_at.unwrap()
}

fn of<'a>(messages: &'a [Message], code: &LicenseCode) -> &'a Message {
    messages.iter().find(|message| message.license.as_ref() == Some(code)).unwrap()
}

#[tokio::test]
async fn a_pasted_list_is_activated_in_one_batch() {
    let trade = Trade::open("", MANUAL).await;
    let codes = trade.received(3);
    let text = format!("{}\tfirst\r\n\n{}\n{}\n{}\nno code\n", codes[0], codes[1], codes[0], codes[2]);
    let checks = trade.app.desk.check_activation(World::Live, &text).await.unwrap();
    assert_eq!((&checks.ready, &checks.repeated), (&codes, &vec![codes[0].clone()]));
    assert_eq!(checks.malformed, ["no code"]);

    let messages = trade.activate(&checks.ready).await;
    assert_eq!(trade.called(), [Api::ActivateV2]);
    for code in &codes {
        let message = of(&messages, code);
        assert_eq!((message.progress, message.activity.as_str()), (Progress::Succeeded, "license/activate"));
        assert_eq!(message.result_code.as_ref().unwrap().as_str(), "92020000");
        let (license, theirs) = (trade.license(code).await, trade.marketplace.license(code).unwrap());
        assert_eq!(license.status, LicenseStatus::Active);
        let apart = license.activate_time.unwrap().millis_since(theirs.activated_at.unwrap());
        assert!((0..5_000).contains(&apart), "{apart}");
    }

    // Once more: nothing is sent.
    let checks = trade.app.desk.check_activation(World::Live, &text).await.unwrap();
    assert_eq!((checks.ready.len(), &checks.active), (0, &codes));
    let again = trade.activate(&codes).await;
    assert!(again.iter().all(|message| message.progress == Progress::Succeeded && message.attempts == 1));
    assert_eq!(trade.called(), [Api::ActivateV2]);
}

#[tokio::test]
async fn the_activated_are_asked_about_by_itself() {
    let mut trade = Trade::open("", MANUAL).await;
    let codes = trade.received(2);
    trade.activate(&codes).await;
    trade.app.work_in_background();
    for code in &codes {
        let license = until("the answer", async || {
            Some(trade.license(code).await).filter(|license| license.queried_at.is_some())
        })
        .await;
        let theirs = trade.marketplace.license(code).unwrap();
        let seconds = |time: Option<UnixMillis>| time.unwrap().to_compact_utc();
        assert_eq!(seconds(license.expire_time), seconds(theirs.expire_time));
        assert_eq!(license.order.unwrap().order_id, theirs.order.order_id);
        assert_eq!(license.product_id.as_deref(), Some("OFFI1"));
    }
}

#[tokio::test]
async fn a_batch_is_divided_until_it_is_found_what_it_was_refused_for() {
    let trade = Trade::open("", MANUAL).await;
    let mut codes = trade.received(98);
    let not_received = trade.issued(1).remove(0);
    let unknown = LicenseCode::new("PLNOBODYKNOWSIT");
    codes.insert(37, not_received.clone());
    codes.insert(81, unknown.clone());
    let messages = trade.activate(&codes).await;

    let first = trade.server.requests().remove(0);
    assert_eq!((first.api, first.verdict.code.as_str()), (Some(Api::ActivateV2), "92020020"));
    for (code, told, meaning) in [
        (&not_received, "92020004", CodeMeaning::LicenseNotReceived),
        (&unknown, "92020005", CodeMeaning::LicenseUnknown),
    ] {
        let message = of(&messages, code);
        assert_eq!(message.progress, Progress::Failing);
        assert_eq!((fault(message).code(), fault(message).meaning()), (Some(told), Some(meaning)));
        assert_eq!(trade.license(code).await.status, LicenseStatus::Added);
    }
    let good: Vec<&LicenseCode> = codes.iter().filter(|code| ![&not_received, &unknown].contains(code)).collect();
    for code in &good {
        assert_eq!(of(&messages, code).progress, Progress::Succeeded);
        assert!(trade.is_alive(code) && trade.license(code).await.status == LicenseStatus::Active);
    }
    let times = times_activated(&trade);
    assert_eq!(times.len(), 98);
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    assert!(trade.called().len() < 35, "{}", trade.called().len());

    let id = of(&messages, &not_received).id;
    trade.marketplace.receive_license(&not_received).unwrap();
    assert_eq!(trade.app.desk.retry(id).await.unwrap(), RetryResult::Succeeded);
    assert!(trade.is_alive(&not_received));
    assert_eq!(trade.license(&not_received).await.status, LicenseStatus::Active);
    assert_eq!(trade.app.desk.retry(id).await.unwrap(), RetryResult::AlreadySucceeded);
    assert!(times_activated(&trade).values().all(|times| *times == 1));
}

#[tokio::test]
async fn what_was_activated_elsewhere_is_no_failure() {
    for api in ["v2", "v1"] {
        let trade = Trade::open(&format!("license_api = \"{api}\""), MANUAL).await;
        let codes = trade.received(2);
        let elsewhere = activated_elsewhere(&trade, &codes[0]).await;
        let messages = trade.activate(&codes).await;
        assert!(messages.iter().all(|message| message.progress == Progress::Succeeded), "{messages:?}");
        let license = trade.license(&codes[0]).await;
        let at = license.activate_time.map(UnixMillis::to_compact_utc);
        assert_eq!((license.status, at), (LicenseStatus::Active, Some(elsewhere.to_compact_utc())));
        assert!(times_activated(&trade).values().all(|times| *times == 1), "{api}");
    }
}

#[tokio::test]
async fn one_at_a_time_tells_order_and_expiry_at_once() {
    let trade = Trade::open("license_api = \"v1\"", MANUAL).await;
    let codes = trade.received(2);
    let not_received = trade.issued(1).remove(0);
    let messages = trade.activate(&[codes.clone(), vec![not_received.clone()]].concat()).await;
    assert_eq!(trade.called(), [Api::ActivateV1; 3]);
    let license = trade.license(&codes[1]).await;
    assert!(license.expire_time.is_some() && license.order.is_some());
    assert_eq!(fault(of(&messages, &not_received)).code(), Some("92020004"));
}

#[tokio::test]
async fn what_was_not_begun_is_withdrawn() {
    let trade = Trade::open("", MANUAL).await;
    let codes = trade.received(150);
    let desk = trade.app.desk.clone();
    let ids = desk.keep_activations(World::Live, codes.clone(), None).await.unwrap();
    let (tell, mut told) = mpsc::channel(1);
    let cancel = Cancel::default();
    let cancelling = async {
        told.recv().await.unwrap();
        cancel.cancel();
        while told.recv().await.is_some() {}
    };
    let carrying = async {
        let withdrawn = desk.carry_out(ids.clone(), Origin::Operator, &cancel, Some(&tell)).await.unwrap();
        drop(tell);
        withdrawn
    };
    let (withdrawn, ()) = tokio::join!(carrying, cancelling);
    assert_eq!(withdrawn, 50);
    assert_eq!(trade.called(), [Api::ActivateV2]);
    for (id, code) in ids.iter().zip(&codes) {
        let message = desk.message(*id).await.unwrap();
        assert_eq!(message.is_some(), trade.is_alive(code));
    }
    assert_eq!(codes.iter().filter(|code| trade.is_alive(code)).count(), 100);
    // Nothing of it was lost: the rest can be activated still.
    let rest = trade.activate(&codes[100..]).await;
    assert!(rest.iter().all(|message| message.progress == Progress::Succeeded));
    assert!(codes.iter().all(|code| trade.is_alive(code)));
}

#[tokio::test]
async fn a_code_that_is_no_code_is_not_sent() {
    let trade = Trade::open("", MANUAL).await;
    let long = "x".repeat(65);
    let checks = trade.app.desk.check_activation(World::Live, &long).await.unwrap();
    assert_eq!((checks.ready.len(), checks.malformed.len()), (0, 1));
    // Even past the check KooGallery's own word is told.
    let message = trade.activate(&[LicenseCode::new(long)]).await.remove(0);
    assert_eq!((message.progress, fault(&message).code()), (Progress::Failing, Some("95000001")));
}

#[tokio::test]
async fn the_use_of_a_code_is_reported() {
    let trade = Trade::open("", MANUAL).await;
    let code = trade.received(1).remove(0);
    let report =
        async |kind, text: &str| report(&trade, &[UseReport::read(code.as_str(), kind, text).unwrap()]).await.remove(0);
    let early = report(UseKind::ActiveNum, "3").await;
    assert_eq!(fault(&early).code(), Some("92020011"));
    trade.activate(std::slice::from_ref(&code)).await;
    assert_eq!(trade.app.desk.retry(early.id).await.unwrap(), RetryResult::Succeeded);
    assert_eq!(report(UseKind::Id, "账号一").await.progress, Progress::Succeeded);
    let kept = trade.marketplace.license(&code).unwrap().usage;
    let kept: Vec<Clients> = kept.into_iter().map(|usage| usage.clients).collect();
    assert_eq!(kept, [Clients::Number(3), Clients::Id("账号一".into())]);
    // A client is counted once a day; of the number the newest holds.
    for (kind, text, calls) in [(UseKind::Id, "账号一", 0), (UseKind::ActiveNum, "5", 1), (UseKind::ActiveNum, "3", 1)]
    {
        trade.server.forget_requests();
        assert_eq!(report(kind, text).await.progress, Progress::Succeeded);
        assert_eq!(trade.requests(Api::SoftwareUsage).len(), calls, "{text}");
    }
}

async fn report(trade: &Trade, reports: &[UseReport]) -> Vec<Message> {
    let ids = trade.app.desk.keep_use_reports(World::Live, reports.to_vec()).await.unwrap();
    trade.carry_out(ids).await
}

fn numbers(codes: &[LicenseCode]) -> Vec<UseReport> {
    codes.iter().map(|code| UseReport::read(code.as_str(), UseKind::ActiveNum, "7").unwrap()).collect()
}

#[tokio::test]
async fn many_reports_go_together_and_codes_that_are_named_alone_fail() {
    let trade = Trade::open("", MANUAL).await;
    let mut codes = trade.received(130);
    trade.activate(&codes).await;
    let (idle, unknown) = (trade.received(1).remove(0), LicenseCode::new("PLNOBODYKNOWSIT"));
    codes.insert(7, idle.clone());
    codes.insert(31, unknown.clone());
    trade.server.forget_requests();
    let messages = report(&trade, &numbers(&codes)).await;
    assert_eq!(trade.requests(Api::SoftwareUsage).len(), 4, "two are divided by what the answers name");
    for (code, told) in [(&unknown, "92020020"), (&idle, "92020011")] {
        let message = of(&messages, code);
        assert_eq!((message.progress, fault(message).code()), (Progress::Failing, Some(told)), "{code}");
    }
    for code in codes.iter().filter(|code| ![&idle, &unknown].contains(code)) {
        assert_eq!(of(&messages, code).progress, Progress::Succeeded);
        assert_eq!(trade.marketplace.license(code).unwrap().usage.len(), 1);
    }
    trade.activate(std::slice::from_ref(&idle)).await;
    assert_eq!(trade.app.desk.retry(of(&messages, &idle).id).await.unwrap(), RetryResult::Succeeded);
}

/// Refuses a call for some of its codes, and does not say which.
fn nameless() -> Fault {
    Fault::Answer {
        status: 200,
        content_type: "application/json".into(),
        body: r#"{"error_code":"92020020","error_msg":"Invalid license code exists."}"#.into(),
    }
}

#[tokio::test]
async fn what_waits_after_a_call_was_divided_does_not_fail() {
    let trade = Trade::open("", MANUAL).await;
    let codes = trade.received(4);
    trade.activate(&codes).await;
    let throttled = Fault::TooManyRequests { retry_after: Some(60) };
    for rule in [FaultRule::next(1, nameless()), FaultRule::always(throttled)] {
        trade.server.faults().add(rule.at(Api::SoftwareUsage));
    }
    let desk = &trade.app.desk;
    let ids = desk.keep_use_reports(World::Live, numbers(&codes)).await.unwrap();
    desk.carry_out(ids.clone(), Origin::Automatic, &Cancel::default(), None).await.unwrap();
    assert_eq!(trade.requests(Api::SoftwareUsage).len(), 2);
    for (place, id) in ids.into_iter().enumerate() {
        let message = trade.message(id).await;
        let is_unsent = place >= 2;
        assert_eq!(message.progress, if is_unsent { Progress::InProgress } else { Progress::Failing }, "{message:?}");
        assert_eq!(message.exception.is_none(), is_unsent, "{message:?}");
    }
}

#[tokio::test]
async fn a_report_that_is_refused_without_a_name_is_divided() {
    let trade = Trade::open("", MANUAL).await;
    let codes = trade.received(4);
    trade.activate(&codes).await;
    trade.server.faults().add(FaultRule::next(1, nameless()).at(Api::SoftwareUsage));
    let messages = report(&trade, &numbers(&codes)).await;
    assert!(messages.iter().all(|message| message.progress == Progress::Succeeded), "{messages:?}");
    assert_eq!(trade.requests(Api::SoftwareUsage).len(), 3);
}

#[tokio::test]
async fn a_code_that_a_success_names_as_failed_is_told() {
    let trade = Trade::open("", MANUAL).await;
    let codes = trade.received(2);
    trade.activate(&codes).await;
    let named = Fault::Answer {
        status: 200,
        content_type: "application/json".into(),
        body: format!(r#"{{"error_code":"92020000","data":{{"check_fail_license":["{}"]}}}}"#, codes[1]),
    };
    trade.server.faults().add(FaultRule::next(1, named).at(Api::SoftwareUsage));
    let messages = report(&trade, &numbers(&codes)).await;
    assert_eq!((messages[0].progress, messages[1].progress), (Progress::Succeeded, Progress::Failing));
    assert_eq!(messages[1].exception, Some(Exception::UseNotCounted));
}
