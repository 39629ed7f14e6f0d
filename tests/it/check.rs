//! Conformance runs: a right seller passes every case, one that is wrong in one way fails the case that names it.

use std::{collections::BTreeMap, time::Duration};

use sellerdesk::{
    desk::Cancel,
    domain::{InstanceStatus, World, listing::InstanceQuery},
    protocol::{KeyClass, Secret},
    simulator::conformance::{self, Family, Plan, Report},
};
use serde_json::{Value, json};

use crate::{
    generations::{GENERAL_KEY, KIT_KEY, LICENSE_KEY, TEMPLATES, V1_KEY, start},
    support::{
        app::{KEY, MANUAL},
        backend::{Backend, told as told_status},
        certificates::Ca,
        program::{Serving, command, set_key},
        wrong_seller::{self, SELLER_GENERAL_KEY, SELLER_KEY, Wrong},
    },
};

const EVERY_FAMILY: [(Family, &str); 7] = [
    (Family::Saas, "/produce"),
    (Family::SaasV1, "/produce"),
    (Family::Kit, "/produce"),
    (Family::KitV1, "/produce"),
    (Family::Codes, "/produce"),
    (Family::LicenseV1, "/license"),
    (Family::OnlineLicense, "/produce"),
];

/// Longer than the 5 s that a seller has, because the machines of a test are busy with others.
const UNHURRIED: Duration = Duration::from_secs(20);

fn keys() -> BTreeMap<KeyClass, Secret> {
    let keys = [
        (KeyClass::Base, KEY),
        (KeyClass::V1, V1_KEY),
        (KeyClass::Kit, KIT_KEY),
        (KeyClass::License, LICENSE_KEY),
        (KeyClass::General, GENERAL_KEY),
    ];
    keys.into_iter().map(|(class, key)| (class, Secret::new(key))).collect()
}

fn told(report: &Report) -> Vec<String> {
    report.cases.iter().filter_map(|case| Some(format!("{}: {}", case.name, case.why()?))).collect()
}

fn skipped(report: &Report) -> Vec<&str> {
    report.skipped.iter().map(|skipped| skipped.name.as_str()).collect()
}

async fn run(plan: Plan) -> Report {
    conformance::run(plan, Box::new(|_| {})).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sellerdesk_passes_every_case_of_every_generation() {
    for (family, path) in EVERY_FAMILY {
        for test in [true, false] {
            // One each, because an address may have so many refused calls a minute and no more.
            let app = start(TEMPLATES).await;
            let plan = Plan {
                keys: keys(),
                families: vec![family],
                test,
                limit: UNHURRIED,
                ..Plan::new(format!("http://{}{path}", app.address))
            };
            let report = run(plan).await;
            assert_eq!(report.failed(), 0, "{}: {:?}", family.name(), told(&report));
            assert!(report.passed() > 20, "{}: {:?}", family.name(), told(&report));
            let open = ["Body-Sign", "applicationSync", "HTTPS", "domain name"];
            let unexpected: Vec<String> =
                told(&report).into_iter().filter(|told| !open.iter().any(|name| told.starts_with(name))).collect();
            assert!(unexpected.is_empty(), "{}: {unexpected:?}", family.name());
            assert_eq!(skipped(&report), ["TLS"], "{}: with every key nothing is left out", family.name());
            let mut names: Vec<&str> = report.cases.iter().map(|case| case.name.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), report.cases.len(), "no two cases have one name");
            app.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_releases_whatever_it_bought() {
    for (family, path) in [
        (Family::Saas, "/produce"),
        (Family::SaasV1, "/produce"),
        (Family::LicenseV1, "/license"),
        (Family::OnlineLicense, "/produce"),
    ] {
        let app = start(TEMPLATES).await;
        let plan = Plan {
            keys: keys(),
            families: vec![family],
            test: false,
            limit: UNHURRIED,
            ..Plan::new(format!("http://{}{path}", app.address))
        };
        run(plan).await;
        let query = InstanceQuery { world: World::Live, ..InstanceQuery::default() };
        let ids = app.desk.instance_ids(query, Cancel::default()).await.unwrap();
        let instances = app.desk.instances(ids).await.unwrap();
        assert!(instances.len() > 1, "{}", family.name());
        let left: Vec<_> = instances.iter().filter(|(_, it)| it.status != InstanceStatus::Released).collect();
        assert!(left.is_empty(), "{}: {left:?}", family.name());
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_looked_at_is_told_with_its_reason() {
    let seller = wrong_seller::open(Wrong::RefusesAll);
    let alone = |family: Family| Plan {
        keys: [(family.key_class(), Secret::new(SELLER_KEY))].into(),
        families: vec![family],
        limit: UNHURRIED,
        ..Plan::new(seller.url.as_str())
    };
    let saas = run(alone(Family::Saas)).await;
    assert_eq!(
        skipped(&saas),
        ["TLS", "queries and changes of an instance", "orderNotify", "key of another class", "releases"]
    );
    assert!(saas.skipped.iter().all(|skipped| !skipped.why.is_empty()), "{:?}", saas.skipped);
    assert_eq!(skipped(&run(alone(Family::Kit)).await), ["TLS", "key of another class"]);
}

/// Of the seller's one key for everything but order notifications.
async fn examined(wrong: Wrong, family: Family) -> Report {
    let seller = wrong_seller::open(wrong);
    let keys = [(family.key_class(), SELLER_KEY), (KeyClass::General, SELLER_GENERAL_KEY)];
    let keys = keys.map(|(class, key)| (class, Secret::new(key))).into();
    let limit = match wrong {
        Wrong::NeverAnswers => Duration::from_secs(1),
        Wrong::Slow => Duration::from_secs(4),
        _ => UNHURRIED,
    };
    let tells_all = !matches!(wrong, Wrong::NeverProvisions | Wrong::NoBatch);
    let plan = Plan {
        keys,
        families: vec![family],
        limit,
        // Debugging cases name made-up instances and have to succeed.
        test: !matches!(wrong, Wrong::UnknownTaken | Wrong::UnknownTold | Wrong::TakesAll),
        patience: if tells_all { UNHURRIED } else { Duration::ZERO },
        ..Plan::new(seller.url.as_str())
    };
    run(plan).await
}

fn failed(report: &Report) -> Vec<&str> {
    report.cases.iter().filter(|case| case.is_failed()).map(|case| case.name.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_seller_that_is_right_passes() {
    for (family, _) in EVERY_FAMILY {
        let report = examined(Wrong::Nothing, family).await;
        assert_eq!(report.failed(), 0, "{:?}", told(&report));
        assert_eq!(skipped(&report), ["TLS"], "{}", family.name());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seller_that_answers_debugging_calls_about_made_up_instances_in_full_passes() {
    for wrong in [Wrong::UnknownTaken, Wrong::UnknownTold] {
        let seller = wrong_seller::open(wrong);
        let keys = [(Family::Saas.key_class(), Secret::new(SELLER_KEY))].into();
        let report =
            run(Plan { keys, families: vec![Family::Saas], limit: UNHURRIED, ..Plan::new(seller.url.as_str()) }).await;
        assert_eq!(report.failed(), 0, "{wrong:?}: {:?}", told(&report));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_seller_does_wrong_fails_the_case_that_names_it() {
    for (wrong, family, name, why) in [
        (Wrong::SignatureUnchecked, Family::Saas, "signature wrong", "has to be refused with 000001"),
        (Wrong::SignatureUnchecked, Family::Saas, "key unknown", "has to be refused with 000001"),
        (Wrong::SignatureUnchecked, Family::Kit, "signature wrong", "has to be refused with 000001"),
        (Wrong::SignatureUnchecked, Family::SaasV1, "changed after it was signed", "has to be refused with 000001"),
        (Wrong::OtherCodeForSignature, Family::Saas, "signature wrong", "the code for it is 000001"),
        (Wrong::StaleTaken, Family::Saas, "timestamp 10 minutes old", "it was answered 000000"),
        (Wrong::NewIdOnRetry, Family::Saas, "newInstance repeated", "a second instance was made"),
        (Wrong::NewIdForConcurrent, Family::Saas, "newInstance concurrent", "one order became 8 instances"),
        (Wrong::OneIdForAll, Family::Saas, "newInstance of another order", "已被其他订单使用"),
        (Wrong::LongId, Family::Saas, "field lengths", "调测失败,字段instanceId长度不合法"),
        (Wrong::Status500, Family::Saas, "HTTP 200", "调测失败,接口响应httpCode=500"),
        (Wrong::NumberCode, Family::Saas, "resultCode and resultMsg", "调测失败,解析响应体失败"),
        (Wrong::NoCode, Family::Saas, "resultCode and resultMsg", "调测失败,解析响应体失败"),
        (Wrong::ContentType, Family::Saas, "Content-Type", "返回的格式为text/html"),
        (Wrong::NeverAnswers, Family::Saas, "answered in time", "调测失败,调用接口超时1s"),
        (Wrong::BodySign, Family::Saas, "Body-Sign", "does not match"),
        (Wrong::NoBodySign, Family::SaasV1, "Body-Sign", "调测失败,生产接口响应头缺少Body-Sign"),
        (Wrong::PlainCredentials, Family::SaasV1, "newInstance", "userName解密失败"),
        (Wrong::UnknownTaken, Family::Saas, "refreshInstance of an unknown instance", "it was answered 000000"),
        (Wrong::UnknownTold, Family::Saas, "queryInstance of an unknown id", "that nobody bought"),
        (Wrong::UnknownActivityTaken, Family::Saas, "unknown activity", "it was answered 000000"),
        (Wrong::MissingTaken, Family::Saas, "newInstance without orderId", "it was answered 000000"),
        (Wrong::MalformedTaken, Family::Saas, "malformed JSON", "it was answered 000000"),
        (Wrong::LongFrontEndUrl, Family::Saas, "field lengths", "调测失败,字段frontEndUrl长度不合法"),
        (Wrong::NoFrontEndUrl, Family::Saas, "queryInstance", "调测失败,接口响应缺少frontEndUrl"),
        (Wrong::NeverProvisions, Family::Saas, "queryInstance", "实例未在规定时间内开通"),
        (Wrong::NoBatch, Family::Saas, "queryInstance of several ids", "实例未在规定时间内开通"),
        (Wrong::ReleasedOnce, Family::Saas, "releaseInstance repeated", "000003"),
        (Wrong::DeletionNeedsExistence, Family::Kit, "tenantSync deleting what is not there", "000003"),
        (Wrong::RefusesRepeated, Family::Saas, "refreshInstance trial to formal repeated", "000005"),
        (Wrong::RefusesRepeated, Family::Saas, "updateInstanceStatus FREEZE repeated", "000005"),
        (Wrong::RefusesRepeated, Family::Kit, "authSync repeated", "000005"),
        (Wrong::RefusesRepeated, Family::Codes, "releaseLicenseCode repeated", "000005"),
        (Wrong::RefusesRepeated, Family::LicenseV1, "getLicense repeated", "000005"),
        (Wrong::RefusesRepeated, Family::OnlineLicense, "getLicenseAsync repeated", "000005"),
        (Wrong::RefusesConcurrent, Family::Saas, "refreshInstance concurrent", "000005"),
        (Wrong::RefusesConcurrent, Family::OnlineLicense, "getLicenseAsync concurrent", "000005"),
        (Wrong::TakesAll, Family::OnlineLicense, "getLicenseAsync of an unknown instance", "it was answered 000000"),
        (Wrong::EncryptType, Family::SaasV1, "encryptType", "userName解密失败"),
        (Wrong::PrivateValuesRefused, Family::SaasV1, "newInstance with mobilePhone and email in AES256", "000001"),
        (Wrong::LongIdsRefused, Family::Saas, "newInstance with the longest ids", "000002"),
        (
            Wrong::LongFingerprintRefused,
            Family::OnlineLicense,
            "getLicenseAsync with the longest deviceFingerprint",
            "000002",
        ),
        (Wrong::ManyUsersRefused, Family::Kit, "authSync of 500 users", "000002"),
        (Wrong::ManyUsersRefused, Family::KitV1, "authSync of 500 users", "000002"),
        (Wrong::RefusesChanges, Family::Saas, "upgradeInstance", "000005"),
        (Wrong::NoStatisticalTime, Family::Saas, "queryInstance", "调测失败,接口响应缺少statisticalTime"),
        (Wrong::RefusesChanges, Family::Saas, "orderNotify", "000005"),
        (Wrong::RefusesConcurrent, Family::Saas, "orderNotify concurrent", "000005"),
        (Wrong::SignatureUnchecked, Family::Saas, "orderNotify signature wrong", "has to be refused with 000001"),
        (Wrong::MissingTaken, Family::Saas, "orderNotify without orderId", "it was answered 000000"),
        (Wrong::MissingTaken, Family::Saas, "upgradeInstance without orderId", "it was answered 000000"),
        (Wrong::MissingTaken, Family::Saas, "changeInstanceCheck without instanceId", "it was answered 000000"),
        (Wrong::MissingTaken, Family::SaasV1, "upgrade without skuCode", "it was answered 000000"),
        (Wrong::MissingTaken, Family::Kit, "applicationSync without appId", "it was answered 000000"),
        (Wrong::MissingTaken, Family::Kit, "singleOrgSync without orgCode", "it was answered 000000"),
        (Wrong::MissingTaken, Family::Kit, "allOrgSync without orgInfoList", "it was answered 000000"),
        (Wrong::MissingTaken, Family::KitV1, "allOrgSync without orgInfo", "it was answered 000000"),
        (Wrong::MalformedTaken, Family::Kit, "malformed JSON", "it was answered 000000"),
        (Wrong::RefusesConcurrent, Family::Kit, "tenantSync concurrent", "000005"),
        (Wrong::RefusesConcurrent, Family::KitV1, "authSync concurrent", "000005"),
        (Wrong::RefusesConcurrent, Family::Codes, "refreshLicenseCode concurrent", "000005"),
        (Wrong::RefusesConcurrent, Family::LicenseV1, "refreshLicense concurrent", "000005"),
        (Wrong::KeyOfOtherClassTaken, Family::Saas, "key of another class", "has to be refused with 000001"),
        (Wrong::KeyOfOtherClassTaken, Family::Kit, "key of another class", "has to be refused with 000001"),
        (
            Wrong::KeyOfOtherClassTaken,
            Family::Saas,
            "orderNotify with the key of the basic interfaces",
            "has to be refused with 000001",
        ),
        (Wrong::HeaderCase, Family::SaasV1, "Body-Sign as it is written", "it is written body-sign"),
        (Wrong::HeaderCase, Family::KitV1, "Body-Sign as it is written", "it is written body-sign"),
    ] {
        let report = examined(wrong, family).await;
        let case = report.cases.iter().find(|case| case.name == name).unwrap();
        assert!(case.is_failed(), "{wrong:?}, {name}: {case:?}\n{:?}", told(&report));
        assert!(case.why().unwrap().contains(why), "{wrong:?}, {name}: {:?}", case.why());
        assert!(!case.sent.is_empty() && !case.answer.is_empty() && !case.source.is_empty(), "{case:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_documents_leave_open_is_a_warning() {
    let on_loopback = ["HTTPS", "domain name"];
    for (wrong, family, open) in [
        (Wrong::NoBodySign, Family::Saas, ["nonce replayed", "Body-Sign"]),
        (Wrong::HeaderCase, Family::Saas, ["nonce replayed", "Body-Sign as it is written"]),
    ] {
        let report = examined(wrong, family).await;
        let warnings: Vec<&str> =
            report.cases.iter().filter(|case| case.is_warning()).map(|case| case.name.as_str()).collect();
        assert_eq!((failed(&report), warnings), (vec![], [on_loopback, open].concat()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_nobody_vouches_for_is_told() {
    let report = examined(Wrong::Certificate, Family::Saas).await;
    let named = |name: &str| report.cases.iter().find(|case| case.name == name).unwrap();
    assert!(!named("HTTPS").is_failed());
    let why = named("TLS").why().unwrap();
    assert!(why.starts_with("its certificate is not to be trusted"), "{why}");
    let why = named("newInstance").why().unwrap();
    assert!(why.starts_with("调测失败,生产地址不可达"), "{why}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_as_koogallery_wants_it_is_not_warned_of() {
    let ca = Ca::new();
    let certified = ca.issue("localhost");
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str| dir.path().join(name);
    std::fs::write(file("ca.pem"), ca.pem()).unwrap();
    std::fs::write(file("cert.pem"), certified.certificate).unwrap();
    std::fs::write(file("key.pem"), certified.key).unwrap();
    let config = format!("[receiver.tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n{TEMPLATES}");
    std::fs::write(file("config.toml"), config).unwrap();
    set_key(dir.path());
    let serving = Serving::start(dir.path());
    let url = serving.url.replace("127.0.0.1", "localhost");
    let output = command(dir.path(), &["check", &url, "--json"]).env("SSL_CERT_FILE", file("ca.pem")).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success(), "{report}");
    for name in ["HTTPS", "domain name", "TLS", "Body-Sign as it is written"] {
        let case = report["cases"].as_array().unwrap().iter().find(|case| case["name"] == name).unwrap();
        assert_eq!((&case["ok"], &case["warning"]), (&Value::Bool(true), &Value::Bool(false)), "{case}");
    }
}

/// So that no rule is one that cannot be broken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_rule_has_a_seller_who_breaks_it() {
    let everywhere =
        [Wrong::RefusesAll, Wrong::RefusesChanges, Wrong::TakesAll, Wrong::RefusesRepeated, Wrong::SignatureUnchecked];
    let mut runs: Vec<(Wrong, Family)> =
        EVERY_FAMILY.iter().flat_map(|(family, _)| everywhere.map(|wrong| (wrong, *family))).collect();
    runs.extend(EVERY_FAMILY.map(|(family, _)| (Wrong::BodySign, family)));
    runs.extend([
        (Wrong::Status500, Family::Saas),
        (Wrong::ContentType, Family::Saas),
        (Wrong::NoCode, Family::Saas),
        (Wrong::NeverAnswers, Family::Saas),
        (Wrong::Slow, Family::Saas),
        (Wrong::HeaderCase, Family::Saas),
        (Wrong::RefusesConcurrent, Family::Kit),
        (Wrong::RefusesConcurrent, Family::Codes),
        (Wrong::LongId, Family::Saas),
        (Wrong::StaleTaken, Family::Saas),
        (Wrong::OneIdForAll, Family::Saas),
        (Wrong::RefusesConcurrent, Family::Saas),
        (Wrong::RefusesConcurrent, Family::OnlineLicense),
        (Wrong::LongIdsRefused, Family::Saas),
        (Wrong::CheckRefused, Family::Saas),
        (Wrong::ShuffledRefused, Family::Saas),
        (Wrong::LowerCaseRefused, Family::Saas),
        (Wrong::UnknownMembersRefused, Family::Saas),
        (Wrong::PrivateValuesRefused, Family::SaasV1),
        (Wrong::EncryptType, Family::SaasV1),
        (Wrong::ManyUsersRefused, Family::Kit),
        (Wrong::OtherFormRefused, Family::Kit),
        (Wrong::NeedsFingerprint, Family::OnlineLicense),
        (Wrong::LongFingerprintRefused, Family::OnlineLicense),
    ]);
    let mut broken = std::collections::BTreeSet::new();
    for (wrong, family) in runs {
        let cases = examined(wrong, family).await.cases;
        broken.extend(cases.into_iter().filter(|case| case.is_failed() || case.is_warning()).map(|case| case.rule));
    }
    let mut unbroken = vec![];
    for (family, _) in EVERY_FAMILY {
        let cases = examined(Wrong::Nothing, family).await.cases;
        unbroken
            .extend(cases.into_iter().filter(|case| !broken.contains(case.rule)).map(|case| (case.name, case.rule)));
    }
    assert_eq!(unbroken, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_there_is_told_at_once() {
    let keys = keys();
    let plan = Plan { keys, families: vec![Family::Saas], ..Plan::new("http://127.0.0.1:1/produce") };
    let report = run(plan).await;
    let purchase = report.cases.iter().find(|case| case.name == "newInstance").unwrap();
    assert!(purchase.why().unwrap().contains("调测失败,生产地址不可达"), "{purchase:?}");
    assert!(failed(&report).contains(&"HTTP 200"), "{:?}", told(&report));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_tells_cases_as_text_json_and_junit_and_fails_where_one_does() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), TEMPLATES).unwrap();
    set_key(dir.path());
    let serving = Serving::start(dir.path());
    let junit = dir.path().join("report.xml");
    let output = command(dir.path(), &["check", &serving.url, "--json", "--junit"]).arg(&junit).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success(), "{report}");
    let cases = report["cases"].as_array().unwrap();
    let counted = ["passed", "failed", "warnings"].map(|name| report[name].as_u64().unwrap());
    assert_eq!((counted[1], counted.iter().sum::<u64>()), (0, u64::try_from(cases.len()).unwrap()));
    for name in ["name", "family", "ok", "why", "warning", "sent", "answer", "rule", "source"] {
        assert!(cases.iter().all(|case| case.get(name).is_some()), "{name}");
    }
    let bought = cases.iter().find(|case| case["name"] == "newInstance").unwrap();
    assert!(bought["sent"].as_str().unwrap().contains(r#""testFlag":"1""#), "{bought}");
    let left_out: Vec<&str> =
        report["skipped"].as_array().unwrap().iter().map(|skipped| skipped["name"].as_str().unwrap()).collect();
    assert_eq!(left_out, ["TLS", "orderNotify", "key of another class"], "of one key");
    assert!(!String::from_utf8_lossy(&output.stdout).contains("Passw0rd!"), "access data are masked");
    let junit = std::fs::read_to_string(&junit).unwrap();
    assert!(junit.contains(r#"<testcase classname="SaaS V2.0" name="newInstance">"#));
    assert!(junit.contains(r#"<testcase classname="SaaS V2.0" name="orderNotify"><skipped message="there is no key"#));

    let refused =
        command(dir.path(), &["check", &serving.url]).env("SELLERDESK_KEY_BASE", "another-key").output().unwrap();
    let text = String::from_utf8_lossy(&refused.stdout);
    assert_eq!(refused.status.code(), Some(1), "{text}");
    assert!(text.contains("FAILED   SaaS V2.0, newInstance: 调用失败,生产接口resultCode返回错误 (000001"), "{text}");
    assert!(text.contains("skipped  SaaS V2.0, orderNotify: there is no key of the class general"), "{text}");

    for (arguments, words) in [
        (["check", "ftp://x", "--json"], "is no address"),
        (["check", "http://127.0.0.1:1", "--kit"], "no key of the class kit is set"),
    ] {
        let output = command(dir.path(), &arguments).output().unwrap();
        assert!(!output.status.success());
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(complaint.contains(words), "{complaint}");
    }
}

/// What `check` tells as JSON, of a run that passes.
fn checked(dir: &std::path::Path, arguments: &[&str]) -> Value {
    let output = command(dir, arguments)
        .env("SELLERDESK_KEY_BASE", KEY)
        .env("SELLERDESK_KEY_LICENSE", LICENSE_KEY)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success(), "{arguments:?}: {report}");
    report
}

fn named<'a>(report: &'a Value, name: &str) -> &'a Value {
    report["cases"].as_array().unwrap().iter().find(|case| case["name"] == name).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_looks_at_licenses_in_debugging_and_in_earnest() {
    let app = start(TEMPLATES).await;
    let url = format!("http://{}/produce", app.address);
    let dir = tempfile::tempdir().unwrap();

    let online = checked(dir.path(), &["check", &url, "--online-license", "--live", "--json"]);
    let applied = named(&online, "getLicenseAsync");
    assert_eq!(applied["family"], "online License");
    assert!(!applied["sent"].as_str().unwrap().contains("testFlag"), "{applied}");
    assert_ne!(app.instances(World::Live).await, 0);

    let codes = checked(dir.path(), &["check", &url, "--license", "--code", "PL-OF-MINE", "--json"]);
    let released = named(&codes, "releaseLicenseCode");
    assert!(released["sent"].as_str().unwrap().contains("PL-OF-MINE"), "{released}");
    assert!(released["sent"].as_str().unwrap().contains(r#""testFlag":"1""#), "{released}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_waits_for_what_is_provisioned_as_long_as_it_is_told() {
    let app = start(MANUAL).await;
    let url = format!("http://{}/produce", app.address);
    let dir = tempfile::tempdir().unwrap();
    let begun = std::time::Instant::now();
    let output = command(dir.path(), &["check", &url, "--live", "--wait", "1", "--json"])
        .env("SELLERDESK_KEY_BASE", KEY)
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{report}");
    assert!(begun.elapsed() < Duration::from_secs(50), "it waits for a minute otherwise");
    let why = named(&report, "queryInstance")["why"].as_str().unwrap();
    assert!(why.contains("实例未在规定时间内开通"), "{why}");
    app.stop().await;
}

#[tokio::test]
async fn a_seller_that_wants_fewer_calls_at_a_time_hears_the_same_one_later() {
    let backend = Backend::start([told_status(429, json!({})), told_status(200, json!({}))]).await;
    let plan = Plan { keys: keys(), families: vec![Family::Saas], ..Plan::new(backend.url.as_str()) };
    run(plan).await;
    let asked = backend.asked();
    assert_eq!(asked[0].body, asked[1].body);
    assert_ne!(asked[1].body, asked[2].body, "an answer is an answer");
}
