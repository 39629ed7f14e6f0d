//! Scenarios whose seller calls the open APIs meanwhile, played as commands against a real `serve`: two programs and the
//! seller's backend, which know of each other by address alone.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Write as _,
    net::TcpListener,
    path::Path,
    process::Command,
    time::{Duration, SystemTime},
};

use sellerdesk::{
    cli::open::system_time,
    simulator::scenario::{Scenario, library},
};
use serde_json::json;

use crate::support::{
    app::KEY,
    backend::{Backend, told},
    open_api::{AK, SK},
    program::{self, Serving, command},
    trade::LICENSE_KEY,
    waiting::until,
};

/// Scenarios that want such a seller, each played by a test below.
const PLAYED: [&str; 3] = ["license-codes-activated", "online-license", "pay-per-use"];

#[test]
fn every_scenario_that_wants_a_seller_who_calls_is_played() {
    let wants = |name: &String| Scenario::read(&library::text(name).unwrap()).unwrap().open_apis;
    assert_eq!(library::names().into_iter().filter(wants).collect::<Vec<_>>(), PLAYED);
}

/// Both programs have to know the other's address before it is there.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

fn with_keys(mut command: Command) -> Command {
    for (name, key) in [("KEY_BASE", KEY), ("KEY_LICENSE", LICENSE_KEY), ("AK", AK), ("SK", SK)] {
        command.env(format!("SELLERDESK_{name}"), key);
    }
    command
}

/// A seller with `serve`, and the play that calls it.
struct Played {
    _seller: Serving,
    play: Serving,
    dir: tempfile::TempDir,
}

impl Played {
    fn begin(scenario: &str, config: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let open_apis = free_address();
        let marketplace = format!("[marketplace]\nbase_url = \"http://{open_apis}\"\n");
        fs::write(dir.path().join("config.toml"), format!("{marketplace}{config}")).unwrap();
        let seller = Serving::start_with(with_keys(command(dir.path(), &["--listen", "127.0.0.1:0", "serve"])));
        let elsewhere = tempfile::tempdir().unwrap();
        let arguments =
            ["simulate", "play", scenario, "--target", &seller.url, "--open-apis", &open_apis, "--wait", "60"];
        let mut play = Serving::start_saying(with_keys(command(elsewhere.path(), &arguments)), "");
        assert!(play.url.starts_with(&Scenario::read(&library::text(scenario).unwrap()).unwrap().name), "{}", play.url);
        assert_eq!(play.line().trim(), format!("open APIs http://{open_apis}"));
        Self { _seller: seller, play, dir }
    }

    /// What the next steps have made, until there are so many of that name.
    fn made(&mut self, name: &str, count: usize) -> Vec<String> {
        let mut found = BTreeMap::new();
        while found.len() < count {
            let line = self.play.line();
            assert!(!line.is_empty() && !line.starts_with("FAILED"), "{line}");
            let Some(made) = line.trim().strip_prefix("= ") else { continue };
            let words: Vec<&str> = made.split_whitespace().collect();
            for pair in words.chunks(2).filter(|pair| pair[0] == name) {
                found.insert(pair[1].to_owned(), ());
            }
        }
        found.into_keys().collect()
    }

    /// The rest of the story has to go well.
    fn ends_well(&mut self) {
        let mut story = String::new();
        loop {
            let line = self.play.line();
            assert!(!line.is_empty(), "it did not end: {story}");
            story.push_str(&line);
            if line.contains(" steps, ") {
                assert!(line.trim().ends_with(" 0 failed"), "{story}");
                return;
            }
        }
    }
}

fn template() -> &'static str {
    crate::support::app::TEMPLATE
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_online_license_is_asked_about_and_uploaded_by_the_seller_itself() {
    let backend = Backend::start([told(200, json!({ "license": "LIC-0001" }))]).await;
    let mut played = Played::begin("online-license", &backend.config(3_000));
    tokio::task::spawn_blocking(move || played.ends_well()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_are_activated_by_the_seller_and_expire_by_themselves() {
    let mut played = Played::begin("license-codes-activated", template());
    let codes = played.made("license", 2);
    let mut arguments = vec!["license", "activate", "--json"];
    arguments.extend(codes.iter().map(String::as_str));
    // The buyer receives them a moment after they were issued.
    until("the activation", async || {
        let output = with_keys(command(played.dir.path(), &arguments)).output().unwrap();
        output.status.success().then_some(())
    })
    .await;
    played.ends_well();
    let licenses = program::json(played.dir.path(), &["list", "licenses", "--json"]);
    for license in licenses.as_array().unwrap() {
        assert_eq!(license["status"], "released", "{license}");
    }
}

#[test]
fn usage_is_pushed_by_the_seller_and_billed() {
    let config = format!("[usage]\nfolder = \"usage\"\n{}", template());
    let mut played = Played::begin("pay-per-use", &config);
    let instance = played.made("instanceId", 1).remove(0);
    put_usage(&played.dir.path().join("usage"), &instance);
    played.ends_well();
}

/// Two hours, written down a minute ago.
fn put_usage(folder: &Path, instance: &str) {
    fs::create_dir_all(folder).unwrap();
    let at = |hours: i64| format!("{}Z", &system_time().plus_millis(-hours * 3_600_000 + 600_000).to_string()[..19]);
    let rows = format!("{instance},{},{},1.5\n{instance},{},{},2.5\n", at(3), at(2), at(2), at(1));
    let mut file = File::create(folder.join("usage.csv")).unwrap();
    file.write_all(format!("instanceId,beginTime,endTime,usageValue\n{rows}").as_bytes()).unwrap();
    let minute_ago = u64::try_from(system_time().plus_millis(-60_000).0).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_millis(minute_ago)).unwrap();
}
