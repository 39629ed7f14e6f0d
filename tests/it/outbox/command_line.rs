//! The commands for the open APIs, beside a running `serve` on the same directory.

use std::{io::Write as _, path::Path, process::Stdio};

use sellerdesk::{
    cli::open::system_time,
    protocol::{KeyClass, Secret, UnixMillis, callback::Activity, id::LicenseCode},
    simulator::{
        Charging, Marketplace, OpenApiServer, Setup, Terms,
        open_api::{Api, Fault, FaultRule, OpenApiSetup},
    },
};
use serde_json::Value;

use crate::support::{
    app::{KEY, TEMPLATE},
    open_api::{AK, SK},
    program::{Serving, command, json, run, set_key, stderr},
    trade::{config, customer, product, setup},
    waiting::until,
};

struct Seller {
    dir: tempfile::TempDir,
    marketplace: Marketplace,
    server: OpenApiServer,
    _serving: Serving,
}

fn open() -> Seller {
    open_with("")
}

/// `more` are lines of `[marketplace]`.
fn open_with(more: &str) -> Seller {
    let dir = tempfile::tempdir().unwrap();
    let market = Setup::new("http://127.0.0.1:1").with_key(KeyClass::Base, Secret::new(KEY));
    let marketplace = Marketplace::open(market).unwrap();
    let setup = OpenApiSetup { names_abnormal_records: true, ..setup() };
    let server = OpenApiServer::start(&marketplace, setup).unwrap();
    std::fs::write(dir.path().join("config.toml"), config(&server.url(), more, TEMPLATE)).unwrap();
    set_key(dir.path());
    let said = with_input(dir.path(), &["key", "set-aksk"], &format!("{AK}\n{SK}\n"));
    assert!(said.status.success(), "{}", stderr(&said));
    let serving = Serving::start(dir.path());
    marketplace.set_target(serving.url.clone());
    Seller { dir, marketplace, server, _serving: serving }
}

fn with_input(dir: &Path, arguments: &[&str], input: &str) -> std::process::Output {
    let mut piped = command(dir, arguments);
    piped.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn results(output: &std::process::Output) -> Vec<(String, String)> {
    let value: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", stderr(output)));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = value.as_array().unwrap();
    list.iter().map(|one| (text(&one["license"]), text(&one["result"]))).collect()
}

fn pair(code: &LicenseCode, result: &str) -> (String, String) {
    (code.to_string(), result.to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_are_activated_beside_a_running_receiver() {
    let seller = open();
    let codes = seller.marketplace.buy_licenses(&customer(), &product(), 3);
    codes[..2].iter().for_each(|code| seller.marketplace.receive_license(code).unwrap());
    let dir = seller.dir.path();
    let good = with_input(dir, &["license", "activate", "--json"], &format!("{}\n{}\n", codes[0], codes[1]));
    assert_eq!(good.status.code(), Some(0), "{}", stderr(&good));
    assert_eq!(results(&good), [pair(&codes[0], "succeeded"), pair(&codes[1], "succeeded")]);

    let third = codes[2].to_string();
    let mixed = run(dir, &["license", "activate", "--json", &third, codes[0].as_str()]);
    assert_ne!(mixed.status.code(), Some(0));
    assert_eq!(results(&mixed), [pair(&codes[2], "failed"), pair(&codes[0], "already-active")]);
    let twice = run(dir, &["license", "activate", "--json", codes[0].as_str(), codes[0].as_str()]);
    assert_eq!(results(&twice), [pair(&codes[0], "already-active"), pair(&codes[0], "repeated")]);
    let failed: Value = serde_json::from_slice(&mixed.stdout).unwrap();
    assert_eq!(failed[0]["resultCode"], "92020004");

    seller.marketplace.receive_license(&codes[2]).unwrap();
    let id = failed[0]["id"].to_string();
    assert!(run(dir, &["retry", &id]).status.success());
    let listed = json(dir, &["list", "licenses", "--json"]);
    assert!(listed.as_array().unwrap().iter().all(|license| license["status"] == "active"), "{listed}");
    let told = json(dir, &["license", "query", "--json", &third]);
    assert_eq!(told[0]["result"], "succeeded");
    assert!(told[0]["standing"]["expireTime"].is_string(), "{told}");
    let long = "x".repeat(65);
    let wrong = run(dir, &["license", "query", "--json", &third, &long, &third]);
    assert_ne!(wrong.status.code(), Some(0));
    let told: Value = serde_json::from_slice(&wrong.stdout).unwrap();
    let told: Vec<_> = told.as_array().unwrap().iter().map(|it| it["result"].as_str().unwrap()).collect();
    assert_eq!(told, ["succeeded", "malformed", "repeated"]);
    let said = run(dir, &["license", "query", &long]);
    assert!(String::from_utf8_lossy(&said.stdout).contains("malformed, not sent"), "{}", stderr(&said));
    assert!(run(dir, &["license", "stats", &third, "--active-num", "5"]).status.success());
    assert!(!run(dir, &["license", "query", "PLNOBODY"]).status.success());
    assert!(!run(dir, &["license", "activate", &"x".repeat(65)]).status.success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_are_queried_beside_a_running_receiver() {
    let seller = open();
    let dir = seller.dir.path();
    let told = json(dir, &["order", "query", "--json", "MOCKPERIODYEARNEW", "MOCKONDEMAND"]);
    assert_eq!(told.as_array().unwrap().len(), 2);
    assert_eq!((&told[0]["result"], &told[0]["orderLine"][0]["chargingMode"]), (&"succeeded".into(), &"PERIOD".into()));
    let unknown = run(dir, &["order", "query", "--json", "MOCKONDEMAND", "CS-NOBODYS"]);
    assert_ne!(unknown.status.code(), Some(0));
    let told: Value = serde_json::from_slice(&unknown.stdout).unwrap();
    assert_eq!((&told[0]["result"], &told[1]["result"]), (&"succeeded".into(), &"failed".into()));

    let wrong = run(dir, &["order", "query", "MOCKONDEMAND", "CS 1"]);
    assert!(stderr(&wrong).contains("`CS 1` is no order id"), "{}", stderr(&wrong));
    let twice = json(dir, &["order", "query", "--json", "MOCKONDEMAND", "MOCKONDEMAND"]);
    assert_eq!(twice.as_array().unwrap().len(), 1, "asked once: {twice}");

    // The running program asks about what was bought by itself.
    seller.marketplace.buy(&product(), &customer()).await.unwrap();
    until("the order", async || {
        let orders = json(dir, &["list", "orders", "--json", "--search", "Cloud office"]);
        (!orders.as_array().unwrap().is_empty()).then_some(())
    })
    .await;
    seller.server.go_down().await.unwrap();
    let down = run(dir, &["order", "query", "MOCKONETIMENEW"]);
    assert_ne!(down.status.code(), Some(0));
    let told = String::from_utf8_lossy(&down.stdout);
    assert!(told.contains("cannot be reached"), "{told}{}", stderr(&down));
}

fn iso(time: UnixMillis) -> String {
    let text = time.to_string();
    format!("{}Z", text.split(['.', 'Z']).next().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn usage_is_pushed_all_or_nothing() {
    let seller = open();
    let dir = seller.dir.path();
    let bought = seller.marketplace.buy_on(&product(), &customer(), Terms::new(Charging::OnDemand)).await.unwrap();
    let instance = seller.marketplace.instance_of(&bought).unwrap().instance_id;
    let now = UnixMillis(system_time().0 / 1000 * 1000);
    let row = |begin: UnixMillis, value: &str| format!("{instance},{},{},{value}\n", iso(begin), iso(now));
    let path = dir.join("usage.csv");
    let file = path.to_str().unwrap();
    let head = "instanceId,beginTime,endTime,usageValue\n";
    std::fs::write(&path, format!("{head}{}{}", row(now, "1"), row(now.plus_millis(-1000), "none"))).unwrap();
    let wrong = run(dir, &["usage", "push", file]);
    assert_ne!(wrong.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&wrong.stdout).contains("row 3: "), "{}", stderr(&wrong));
    assert_eq!(seller.marketplace.usage_bills().len(), 0);

    std::fs::write(&path, format!("{head}{}", row(now, "1.5"))).unwrap();
    assert!(run(dir, &["usage", "push", "--dry-run", file]).status.success());
    let checked = json(dir, &["usage", "push", "--dry-run", "--json", file]);
    assert_eq!((&checked["records"], &checked["problems"]), (&1.into(), &serde_json::json!([])));
    assert_eq!(seller.marketplace.usage_bills().len(), 0);
    for (new, known, pushes) in [(1, 0, 1), (0, 1, 0)] {
        let told = json(dir, &["usage", "push", "--json", file]);
        let counts = (&told["new"], &told["known"], told["pushes"].as_array().unwrap().len());
        assert_eq!(counts, (&new.into(), &known.into(), pushes), "{told}");
    }
    assert_eq!(seller.marketplace.usage_bills().len(), 1);
    let listed = json(dir, &["list", "usage", "--json"]);
    assert_eq!(listed[0]["state"], "sent", "{listed}");

    // A record in doubt that the file tells otherwise now is not changed, and not sent as it was.
    let before = now.plus_millis(-60_000);
    std::fs::write(&path, format!("{head}{}", row(before, "1.5"))).unwrap();
    seller.server.faults().add(FaultRule::next(1, Fault::Reset).at(Api::UsagePush).after_the_deed());
    assert!(!run(dir, &["usage", "push", file]).status.success());
    std::fs::write(&path, format!("{head}{}", row(before, "2.5"))).unwrap();
    let changed = run(dir, &["usage", "push", "--json", file]);
    assert_ne!(changed.status.code(), Some(0));
    let told: Value = serde_json::from_slice(&changed.stdout).unwrap();
    let counts = (told["refused"].as_array().unwrap().len(), told["pushes"].as_array().unwrap().len());
    assert_eq!(counts, (1, 0), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_versions_of_the_license_interfaces_tell_the_same_json() {
    for (version, activated, asked) in
        [("v1", Api::ActivateV1, Api::HeartbeatV1), ("v2", Api::ActivateV2, Api::HeartbeatV2)]
    {
        let seller = open_with(&format!("license_api = \"{version}\"\nlicense_query_api = \"{version}\""));
        let dir = seller.dir.path();
        let codes = seller.marketplace.buy_licenses(&customer(), &product(), 3);
        codes[..2].iter().for_each(|code| seller.marketplace.receive_license(code).unwrap());
        let (one, two, late) = (codes[0].as_str(), codes[1].as_str(), codes[2].as_str());
        let time = iso(UnixMillis(system_time().0 / 1000 * 1000));
        let done = json(dir, &["license", "activate", "--json", "--real-effect-time", &time, one, two]);
        let pairs: Vec<_> = done.as_array().unwrap().iter().map(|it| (&it["license"], &it["result"])).collect();
        assert_eq!(pairs, [(&one.into(), &"succeeded".into()), (&two.into(), &"succeeded".into())], "{version}");
        let refused = run(dir, &["license", "activate", "--json", late]);
        assert_ne!(refused.status.code(), Some(0));
        let told: Value = serde_json::from_slice(&refused.stdout).unwrap();
        assert_eq!((&told[0]["result"], &told[0]["resultCode"]), (&"failed".into(), &"92020004".into()), "{told}");
        assert!(told[0]["exception"].as_str().unwrap().contains("领取"), "{told}");

        let told = json(dir, &["license", "query", "--json", one, two]);
        assert!(
            told.as_array().unwrap().iter().all(|it| it["standing"]["expireTime"].is_string()),
            "{version}: {told}"
        );
        let told = json(dir, &["license", "stats", "--json", one, "--id", "device-1"]);
        assert_eq!((&told[0]["result"], &told[0]["license"]), (&"succeeded".into(), &one.into()), "{told}");
        assert_eq!(told[0]["clientId"], "device-1");
        let lines = format!("{one}\t7\n{two}\t9\n{late}\t1\n{one}\t7\n{two}\tmany\n");
        let stats = with_input(dir, &["license", "stats", "--column", "active-num", "--json"], &lines);
        assert_ne!(stats.status.code(), Some(0));
        let expected =
            [(one, "succeeded"), (two, "succeeded"), (late, "failed"), (two, "malformed"), (one, "repeated")];
        assert_eq!(results(&stats), expected.map(|(code, result)| (code.to_owned(), result.to_owned())));
        let told: Value = serde_json::from_slice(&stats.stdout).unwrap();
        assert_eq!((&told[1]["activeNum"], &told[2]["resultCode"]), (&9.into(), &"92020011".into()), "{told}");
        let called: Vec<Api> = seller.server.requests().into_iter().filter_map(|request| request.api).collect();
        for api in [activated, asked, Api::SoftwareUsage] {
            assert!(called.contains(&api), "{version}: {api:?} of {called:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_license_is_handed_over_and_told_as_json() {
    let seller = open();
    let dir = seller.dir.path();
    let bought = seller.marketplace.buy(&product(), &customer()).await.unwrap();
    let instance = seller.marketplace.instance_of(&bought).unwrap().instance_id;
    let message = seller.marketplace.apply_for_license(&instance, Some("MAC|DISK")).await.unwrap();
    let Activity::GetLicenseAsync(application) = message.activity else { panic!("{message:?}") };
    let event = application.event_id.to_string();
    let done = with_input(dir, &["upload", &event, "--json"], "LICENSE-1\n");
    assert!(done.status.success(), "{}", stderr(&done));
    let told: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!((&told[0]["result"], &told[0]["resultCode"]), (&"succeeded".into(), &"CBC.0000".into()), "{told}");
    let again = with_input(dir, &["upload", &event, "--json"], "ANOTHER-LICENSE\n");
    assert_ne!(again.status.code(), Some(0));
    let told_again: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!((&told_again[0]["result"], &told_again[0]["id"]), (&"handed-over-before".into(), &told[0]["id"]));
    assert!(told_again[0]["handedOverAt"].is_string(), "{told_again}");
    assert!(stderr(&again).contains("already handed over for this event at 20"), "{}", stderr(&again));
    let no_event = with_input(dir, &["upload", "e 1"], "LICENSE\n");
    assert!(stderr(&no_event).contains("`e 1` is no event id"), "{}", stderr(&no_event));
    let file = dir.join("license.dat");
    std::fs::write(&file, b"LICENSE-2").unwrap();
    let refused = run(dir, &["upload", "nobody", "--file", file.to_str().unwrap(), "--json"]);
    assert_ne!(refused.status.code(), Some(0));
    let told: Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert_eq!((&told[0]["result"], &told[0]["resultCode"]), (&"failed".into(), &"91381034".into()), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_record_is_put_right() {
    let seller = open();
    let dir = seller.dir.path();
    let bought = seller.marketplace.buy_on(&product(), &customer(), Terms::new(Charging::OnDemand)).await.unwrap();
    let instance = seller.marketplace.instance_of(&bought).unwrap().instance_id;
    let now = UnixMillis(system_time().0 / 1000 * 1000);
    let path = dir.join("usage.csv");
    std::fs::write(&path, format!("instanceId,beginTime,endTime,usageValue\nnobody,{},{},1.5\n", iso(now), iso(now)))
        .unwrap();
    let refused = run(dir, &["usage", "push", "--json", path.to_str().unwrap()]);
    assert_ne!(refused.status.code(), Some(0));
    let listed = json(dir, &["list", "usage", "--json"]);
    assert_eq!((&listed[0]["state"], &listed[0]["code"]), (&"refused".into(), &"001".into()), "{listed}");
    let sn = listed[0]["meteringSn"].as_str().unwrap();

    for (arguments, sentence) in [
        (vec!["usage", "correct", "nobody", "--value", "2"], "no usage record has the meteringSn nobody"),
        (vec!["usage", "correct", sn], "nothing was changed"),
        (vec!["usage", "correct", sn, "--value", "-2"], "nothing was changed: 1 problems"),
    ] {
        let told = run(dir, &arguments);
        assert_ne!(told.status.code(), Some(0));
        assert!(stderr(&told).contains(sentence), "{}", stderr(&told));
    }
    let told = json(dir, &["usage", "correct", sn, "--instance-id", instance.as_str(), "--json"]);
    assert_eq!((&told["was"], &told["pushes"][0]["result"]), (&sn.into(), &"succeeded".into()), "{told}");
    let new = told["meteringSn"].as_str().unwrap();
    assert_ne!(new, sn);
    let listed = json(dir, &["list", "usage", "--json"]);
    let state = |sn: &str| {
        let rows = listed.as_array().unwrap();
        rows.iter().find(|row| row["meteringSn"] == sn).unwrap()["state"].as_str().unwrap().to_owned()
    };
    assert_eq!((state(sn), state(new)), ("replaced".into(), "sent".into()), "{listed}");
    let again = run(dir, &["usage", "correct", new, "--value", "3"]);
    assert!(stderr(&again).contains("the record was sent and taken; it is not sent again"), "{}", stderr(&again));
    assert_eq!(seller.server.requests().iter().filter(|it| it.api == Some(Api::UsagePush)).count(), 2);
}
