//! Scenarios, as they are played against a seller's address.

use std::{collections::BTreeMap, time::Duration};

use sellerdesk::{
    protocol::{KeyClass, Secret, site::Site},
    simulator::{
        certificates::Authority,
        scenario::{PlayReport, Player, Scenario, Stage, library, play},
    },
};
use serde_json::Value;

use crate::{
    generations::{GENERAL_KEY, KIT_KEY, LICENSE_KEY, TEMPLATES, V1_KEY, start},
    kit::{RSA_KEY, RSA_PUBLIC_KEY},
    support::{
        app::KEY,
        program::{Serving, command, run, set_key, stderr},
        trade,
        wrong_seller::{self, SELLER_KEY, Wrong},
    },
};

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

fn stage(target: String) -> Stage {
    Stage {
        target,
        keys: keys(),
        seed: None,
        begins_at: None,
        kit_key: Some(Secret::new(RSA_PUBLIC_KEY)),
        site: None,
        speed: 0.0,
        patience: Duration::from_secs(20),
        open_apis: trade::setup(),
    }
}

fn wrong(report: &PlayReport) -> Vec<String> {
    let told = |step: &sellerdesk::simulator::scenario::StepReport| {
        Some(format!("{}. {}: {}", step.number, step.what, step.why.as_ref()?))
    };
    report.steps.iter().filter_map(told).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sellerdesk_plays_every_scenario_that_wants_no_more_than_answers() {
    let names = library::names();
    assert!(names.len() >= 8, "{names:?}");
    for name in names {
        let scenario = Scenario::read(&library::text(&name).unwrap()).unwrap();
        if scenario.open_apis {
            continue;
        }
        let app = start(TEMPLATES).await;
        app.desk.keys().set_rsa_key(None, &Secret::new(RSA_KEY)).unwrap();
        let report = play(&scenario, stage(format!("http://{}/produce", app.address)), |_| {}).await.unwrap();
        assert_eq!(wrong(&report), Vec::<String>::new(), "{name}");
        assert!(report.steps.iter().any(|step| !step.calls.is_empty()), "{name} calls the seller");
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_seller_fails_the_step_that_shows_it() {
    for (name, seller, words) in [
        ("first-purchase", Wrong::RefusesAll, "000005"),
        ("hostile-calls", Wrong::SignatureUnchecked, "it was answered 000000, not 000001"),
        ("seller-down", Wrong::LongId, "字段instanceId长度不合法"),
    ] {
        let scenario = Scenario::read(&library::text(name).unwrap()).unwrap();
        let seller = wrong_seller::open(seller);
        let keys = [(KeyClass::Base, Secret::new(SELLER_KEY))].into();
        let report = play(&scenario, Stage { keys, ..stage(seller.url.clone()) }, |_| {}).await.unwrap();
        let wrong = wrong(&report);
        assert!(wrong.iter().any(|why| why.contains(words)), "{name}: {wrong:?}");
    }
}

/// Played with nobody at the seller's address.
async fn alone(text: &str, site: Option<Site>) -> Vec<String> {
    let scenario = Scenario::read(text).unwrap();
    let stage = Stage { site, ..stage("http://127.0.0.1:1/produce".into()) };
    wrong(&play(&scenario, stage, |_| {}).await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scenario_says_how_often_is_tried_and_at_which_site() {
    let tried = |head: &str, after: &str, attempts: u32, order: &str| {
        format!(
            "name = \"Tried\"\nabout = \"How often\"\n{head}\n[[steps]]\nseller = \"down\"\n[[steps]]\nbuy = {{}}\n\
             as = \"office\"\nexpect = {{ state = \"failing\" }}\n[[steps]]\nadvance = \"{after}\"\n\
             expect = {{ of = \"office\", state = \"{order}\", attempts = {attempts} }}\n"
        )
    };
    let changed = "[retryPolicy]\npollMinutes = 1\n[[retryPolicy.rules]]\nactivity = \"newInstance\"\n\
                   everyMinutes = 5\nforMinutes = 20\natTheEnd = \"refund\"\n";
    let v1 = "generation = \"v1\"";
    let international = format!("{v1}\nsite = \"international\"");
    for (text, site) in [
        (tried("", "1h", 2, "failing"), None),
        (tried(changed, "11m", 3, "failing"), None),
        (tried(changed, "21m", 5, "refunded"), None),
        (tried(v1, "1h", 2, "failing"), None),
        (tried(&international, "1h", 21, "failing"), None),
        (tried(&international, "1h", 2, "failing"), Some(Site::China)),
        (tried(v1, "1h", 21, "failing"), Some(Site::International)),
    ] {
        assert_eq!(alone(&text, site).await, Vec::<String>::new(), "{text} {site:?}");
        let again = Scenario::read(&Scenario::read(&text).unwrap().write().unwrap()).unwrap();
        assert_eq!(again, Scenario::read(&text).unwrap(), "it is written as it is read");
    }
    let nowhere = Scenario::read(&tried("site = \"mars\"", "1h", 2, "failing")).unwrap_err().to_string();
    assert!(nowhere.contains("mars"), "{nowhere}");
}

const CERTIFICATES: &str = r#"
    name = "Certificates"
    about = "What the open APIs show"
    [[steps]]
    open-apis = "wrong-certificate"
    [[steps]]
    open-apis = "up"
    [[steps]]
    open-apis = "down"
    [[steps]]
    open-apis = "wrong-certificate"
    [[steps]]
    open-apis = "up"
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_open_apis_show_a_certificate_that_is_wrong_and_the_right_one_again() {
    let authority = Authority::new("of a play").unwrap();
    let scenario = Scenario::read(CERTIFICATES).unwrap();
    let mut stage = stage("http://127.0.0.1:1/produce".into());
    stage.open_apis.tls = Some(authority.certify(&["127.0.0.1".to_owned()]).unwrap());
    let player = Player::open(&scenario, stage).unwrap();
    let url = player.open_apis();
    assert!(url.starts_with("https://127.0.0.1:"), "{url}");
    let trusting = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([reqwest::Certificate::from_pem(authority.pem().as_bytes()).unwrap()])
        .build()
        .unwrap();
    let mut seen = Vec::new();
    let report = player
        .play(|_| {
            let asked = tokio::task::block_in_place(|| {
                tokio::runtime::Handle::current().block_on(async { trusting.get(&url).send().await })
            });
            seen.push(asked.map(drop).map_err(|error| format!("{error:?}").contains("InvalidCertificate")));
        })
        .await;
    assert_eq!(wrong(&report), Vec::<String>::new());
    assert_eq!(seen, [Err(true), Ok(()), Err(false), Err(true), Ok(())]);

    let in_clear = alone(CERTIFICATES, None).await;
    assert!(in_clear[0].ends_with("the open APIs are served in clear and show no certificate"), "{in_clear:?}");
}

#[test]
fn calls_that_were_kept_are_played_again_elsewhere() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), TEMPLATES).unwrap();
    set_key(dir.path());
    let seller = Serving::start(dir.path());
    let played = run(dir.path(), &["simulate", "play", "trial-to-formal", "--target", &seller.url]);
    assert!(played.status.success(), "{}", String::from_utf8_lossy(&played.stdout));
    let file = dir.path().join("recorded.toml");
    let recorded = command(dir.path(), &["simulate", "record"]).arg(&file).output().unwrap();
    assert!(recorded.status.success(), "{}", stderr(&recorded));
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains("signature") && !text.contains("nonce"), "{text}");

    // By another seller, who has never heard of these orders and instances, with another key.
    let other = tempfile::tempdir().unwrap();
    std::fs::write(other.path().join("config.toml"), TEMPLATES).unwrap();
    set_key(other.path());
    let elsewhere = Serving::start(other.path());
    let mut arguments = command(other.path(), &["simulate", "play", "--speed", "100", "--json"]);
    let output = arguments.arg(&file).args(["--target", &elsewhere.url]).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success(), "{report:#}");
    assert_eq!(report["steps"].as_array().unwrap().len(), 5, "{report:#}");
    let listed = run(other.path(), &["list", "instances", "--json"]);
    let instances: Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(instances[0]["status"], "released", "{instances}");
}

#[test]
fn the_command_plays_by_name_and_by_file_and_fails_where_a_step_does() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), TEMPLATES).unwrap();
    set_key(dir.path());
    let seller = Serving::start(dir.path());
    let output = run(dir.path(), &["simulate", "play", "first-purchase", "--target", &seller.url, "--json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(output.status.success(), "{report}{}", stderr(&output));
    assert_eq!((&report["failed"], report["steps"].as_array().unwrap().len()), (&0.into(), 3), "{report}");
    let call = &report["steps"][0]["calls"][0];
    assert!(call["body"].as_str().unwrap().contains(r#""activity":"newInstance""#), "{call}");
    assert_eq!(call["verdict"], "succeeded", "{call}");

    let file = dir.path().join("own.toml");
    let own = "name = \"Own\"\nabout = \"x\"\n[[steps]]\nbuy = { productId = \"SAAS-MONTH\" }\nas = \"a\"\n\
               expect = { instance = \"frozen\" }\n";
    std::fs::write(&file, own).unwrap();
    let output =
        command(dir.path(), &["simulate", "play"]).arg(&file).args(["--target", &seller.url]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("because the instance is active, not frozen"), "{text}");

    let listed = run(dir.path(), &["simulate", "play"]);
    assert!(String::from_utf8_lossy(&listed.stdout).contains("hostile-calls"));
    let unknown = run(dir.path(), &["simulate", "play", "no-such-story"]);
    assert!(stderr(&unknown).contains("there is no scenario `no-such-story`"), "{}", stderr(&unknown));
}
