//! Usage records that come in by themselves: files in the watched folder, and a backend that is asked, over real files and
//! sockets to the simulated marketplace.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sellerdesk::{
    cli::open::system_time,
    config::Config,
    desk::{UsageCame, UsageFlaw},
    protocol::{KeyClass, Secret, id::InstanceId},
};
use serde_json::json;

use crate::{
    fulfilment::verify_standard_webhook,
    support::{
        app::{TestApp, purchase},
        backend::{Backend, told},
        open_api::{BASE_KEY, Market, USAGE_PUSH},
        waiting::until,
    },
};

const FOLDER: &str = "folder = \"usage\"\nzone = \"Asia/Shanghai\"\n";

/// A marketplace at the desk's time with an instance that was bought three hours ago, and a desk that has the key.
async fn start(usage: &str) -> (TestApp, Market, InstanceId) {
    let market = Market::open().await;
    market.pass(system_time().millis_since(market.now()) / 1000 - 3 * 3600);
    let instance = market.metered().await;
    market.pass(3 * 3600);
    let config = format!("[marketplace]\nbase_url = \"{}\"\n[usage]\n{usage}", market.server.url());
    let app = TestApp::start(&config).await;
    app.desk.set_key(KeyClass::Base, None, Secret::new(BASE_KEY)).await.unwrap();
    (app, market, instance)
}

/// So many hours ago, as the clock on a wall in Beijing shows it.
fn hours_ago(hours: i64) -> String {
    system_time().plus_millis((8 - hours) * 3_600_000).to_string()[..19].replace('T', " ")
}

fn table(rows: &[(&InstanceId, i64, &str)]) -> String {
    let rows = rows
        .iter()
        .map(|(instance, hours, value)| format!("{instance},{},{},{value}\n", hours_ago(*hours), hours_ago(hours - 1)));
    format!("instanceId,beginTime,endTime,usageValue\n{}", rows.collect::<String>())
}

fn folder(app: &TestApp) -> PathBuf {
    app.dir.path().join("usage")
}

/// As if it had been written a minute ago.
fn put(folder: &Path, name: &str, content: impl AsRef<[u8]>) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(name), content).unwrap();
    changed(&folder.join(name), -60_000);
}

/// Says that the file was written to at another time, by milliseconds from now.
fn changed(file: &Path, at: i64) {
    let since_epoch = Duration::from_millis(u64::try_from(system_time().plus_millis(at).0).unwrap());
    fs::File::options().write(true).open(file).unwrap().set_modified(SystemTime::UNIX_EPOCH + since_epoch).unwrap();
}

fn pushes(market: &Market) -> usize {
    market.server.requests().iter().filter(|request| request.path == USAGE_PUSH).count()
}

fn billed(market: &Market) -> Vec<String> {
    let mut values: Vec<String> =
        market.marketplace.usage_bills().iter().map(|bill| bill.record.usage_value.clone()).collect();
    values.sort();
    values
}

#[tokio::test]
async fn a_good_file_is_sent_once_and_a_bad_one_not_at_all() {
    let (mut app, market, instance) = start(FOLDER).await;
    let folder = folder(&app);
    put(&folder, "good.csv", table(&[(&instance, 3, "1.5"), (&instance, 2, "2.5")]));
    put(&folder, "bad.csv", table(&[(&instance, 3, "7"), (&instance, 2, "2,5")]));
    put(&folder, "none.xlsx", "this is no table");
    put(&folder, "~$good.xlsx", "somebody has it open");
    put(&folder, "readme.txt", "not mine");
    app.work_in_background();
    until("all three are moved", async || folder.join("refused/none.xlsx").exists().then_some(())).await;
    assert_eq!(billed(&market), ["1.5", "2.5"]);
    assert_eq!(pushes(&market), 1);
    assert!(folder.join("done/good.csv").exists() && !folder.join("good.csv").exists());
    assert!(folder.join("refused/bad.csv").exists() && !folder.join("bad.csv").exists());
    let problems = fs::read_to_string(folder.join("refused/bad.csv.problems.txt")).unwrap();
    assert!(problems.contains("row 3: `5` stands in a column without a heading"), "{problems}");
    assert!(!problems.contains("row 2:"), "{problems}");
    assert!(folder.join("refused/none.xlsx.problems.txt").exists());
    assert!(folder.join("~$good.xlsx").exists() && folder.join("readme.txt").exists());
    let told = app.desk.watch_usage_sources().borrow().folder.clone().unwrap();
    assert!(matches!(told.came, UsageCame::Wrong { problems: 1, .. }) && told.from == "none.xlsx", "{told:?}");

    // The same file again, after the program was started again, beside a new one.
    put(&folder, "good.csv", fs::read(folder.join("done/good.csv")).unwrap());
    put(&folder, "more.csv", table(&[(&instance, 1, "4")]));
    let mut app = TestApp::start_on(app.stop().await).await;
    app.work_in_background();
    until("both are moved", async || folder.join("done/more.csv").exists().then_some(())).await;
    assert!(folder.join("done/good-2.csv").exists());
    assert_eq!(billed(&market), ["1.5", "2.5", "4"]);
    assert_eq!(pushes(&market), 2, "nothing of the old file was sent");
}

#[tokio::test]
async fn a_file_that_changes_what_was_sent_is_refused_as_a_whole() {
    let (mut app, market, instance) = start(FOLDER).await;
    let folder = folder(&app);
    let first = table(&[(&instance, 3, "1.5")]);
    put(&folder, "1.csv", &first);
    put(
        &folder,
        "2.csv",
        first.replace(",1.5\n", &format!(",9.5\n{instance},{},{},2.5\n", hours_ago(2), hours_ago(1))),
    );
    app.work_in_background();
    until("both are moved", async || folder.join("refused/2.csv").exists().then_some(())).await;
    assert_eq!(billed(&market), ["1.5"]);
    let problems = fs::read_to_string(folder.join("refused/2.csv.problems.txt")).unwrap();
    assert!(problems.contains("row 2 (sd-") && problems.contains("was sent and taken"), "{problems}");
}

#[tokio::test]
async fn a_file_that_is_being_written_is_left_alone() {
    let (mut app, market, instance) = start(FOLDER).await;
    let folder = folder(&app);
    put(&folder, "a.csv", table(&[(&instance, 3, "1.5")]));
    put(&folder, "b.csv", table(&[(&instance, 2, "2.5")]));
    // Written to at this moment.
    changed(&folder.join("a.csv"), 3_600_000);
    app.work_in_background();
    until("the quiet one is moved", async || folder.join("done/b.csv").exists().then_some(())).await;
    assert!(folder.join("a.csv").exists());
    assert_eq!(billed(&market), ["2.5"]);
}

#[tokio::test]
async fn the_backend_is_asked_and_what_it_tells_is_sent_once() {
    let backend = Backend::start([told(503, "not now")]).await;
    let usage = format!("pull_url = \"{}\"\npull_minutes = 1\n", backend.url);
    let (mut app, market, instance) = start(&usage).await;
    let hour = |ago: i64| market.now().plus_millis(-ago * 3_600_000).to_string().replace(".000Z", "Z");
    let record = |begin: i64, value: serde_json::Value| {
        let (begin, end) = (&hour(begin)[..19], &hour(begin - 1)[..19]);
        json!({
            "instanceId": instance, "beginTime": format!("{begin}Z"), "endTime": format!("{end}Z"),
            "usageValue": value, "note": "mine",
        })
    };
    app.work_in_background();
    let mut news = app.desk.watch_usage_sources();
    let seen = news.wait_for(|told| told.pull.is_some()).await.unwrap().pull.clone().unwrap();
    assert!(matches!(&seen.came, UsageCame::Trouble(trouble) if trouble.to_string().contains("503")), "{seen:?}");
    assert_eq!(pushes(&market), 0);

    let good = [record(3, json!("1.5")), record(2, json!(2.5))];
    let mixed = json!({ "usage": [good[0], good[1], record(1, json!("-1"))] });
    backend.now_tells([told(200, mixed), told(200, json!({ "usage": good })), told(204, "")]);
    app.advance(Duration::from_secs(61));
    let wrong = |told: &UsageCame| matches!(told, UsageCame::Wrong { problems: 1, first } if matches!(first[..], [UsageFlaw::Row { row: 3, .. }]));
    news.wait_for(|told| told.pull.as_ref().is_some_and(|news| wrong(&news.came))).await.unwrap();
    assert_eq!(billed(&market), ["1.5", "2.5"], "one that is wrong holds up no other");

    app.advance(Duration::from_secs(61));
    let again = |told: &UsageCame| matches!(told, UsageCame::Entered { new: 0, known: 2 });
    news.wait_for(|told| told.pull.as_ref().is_some_and(|news| again(&news.came))).await.unwrap();
    assert_eq!((billed(&market).len(), pushes(&market)), (2, 1), "nothing is sent twice");

    // What was wrong was asked for again; what is well is not.
    app.advance(Duration::from_secs(61));
    until("the fourth question", async || (backend.asked().len() == 4).then_some(())).await;
    let since: Vec<String> =
        backend.asked().iter().map(|asked| asked.json()["data"]["since"].as_str().unwrap().to_owned()).collect();
    let weeks_ago = system_time().plus_millis(-20 * 86_400_000).to_string();
    assert!(since[..3].iter().all(|since| *since < weeks_ago) && since[3] > weeks_ago, "{since:?}");

    let secret = app.desk.webhook_secret("main".into()).await.unwrap();
    let secret = STANDARD.decode(secret.expose().strip_prefix("whsec_").unwrap()).unwrap();
    for asked in backend.asked() {
        let body = asked.json();
        assert_eq!(body["type"], "usage");
        verify_standard_webhook(&secret, &asked);
    }
}

#[tokio::test]
async fn a_restart_asks_for_what_came_since_the_last_answer_and_another_address_for_everything() {
    let backend = Backend::start([told(200, json!({ "usage": [] })), told(503, ""), told(204, "")]).await;
    let usage = format!("pull_url = \"{}?token=mine\"\npull_minutes = 60\n", backend.url);
    let (mut app, _market, _) = start(&usage).await;
    let asked = async |number: usize| {
        until("the question", async || (backend.asked().len() == number).then_some(())).await;
        let body = backend.asked()[number - 1].json();
        (body["timestamp"].as_str().unwrap().to_owned(), body["data"]["since"].as_str().unwrap().to_owned())
    };
    app.work_in_background();
    let (first, since) = asked(1).await;
    let days = |text: &str| text[..10].to_owned();
    assert_eq!(days(&since), days(&system_time().plus_millis(-21 * 86_400_000).to_string()));
    let mut news = app.desk.watch_usage_sources();
    news.wait_for(|told| told.pull.is_some()).await.unwrap();

    // What is not answered leaves it as it is.
    for number in [2, 3] {
        app = TestApp::start_on(app.stop().await).await;
        app.work_in_background();
        assert_eq!(asked(number).await.1, first, "question {number}");
        let mut news = app.desk.watch_usage_sources();
        news.wait_for(|told| told.pull.is_some()).await.unwrap();
    }

    let dir = app.stop().await;
    let config = fs::read_to_string(dir.path().join("config.toml")).unwrap();
    fs::write(dir.path().join("config.toml"), config.replace("token=mine", "token=other")).unwrap();
    app = TestApp::start_on(dir).await;
    app.work_in_background();
    assert_eq!(days(&asked(4).await.1), days(&since));
    let dir = app.stop().await;
    let bytes = fs::read(dir.path().join("sellerdesk.db")).unwrap();
    assert!(!bytes.windows(5).any(|window| window == b"token"), "the file holds what the address does");
}

#[tokio::test]
async fn what_is_no_list_is_told_and_holds_up_nothing() {
    let backend = Backend::start([told(200, "<html>maintenance</html>")]).await;
    let (mut app, market, _) = start(&format!("pull_url = \"{}\"\n", backend.url)).await;
    app.work_in_background();
    let mut news = app.desk.watch_usage_sources();
    let seen = news.wait_for(|told| told.pull.is_some()).await.unwrap().pull.clone().unwrap();
    assert!(
        matches!(&seen.came, UsageCame::Trouble(trouble) if trouble.to_string().contains("no list of usage")),
        "{seen:?}"
    );
    assert_eq!(app.call_signed_with(BASE_KEY, purchase("CS1")).await.code(), "000004");
    assert_eq!(pushes(&market), 0);
}

#[test]
fn what_the_configuration_cannot_mean_is_said_with_its_line() {
    for (text, line, says) in [
        ("[usage]\nfolder = \"u\"\nzone = \"Mars/Olympus\"\n", 3, "time zone such as"),
        ("[usage]\ninterface = \"v2\"\n", 2, "\"new\" or \"old\""),
        ("[usage]\npull_url = \"ftp://a\"\n", 2, "an http or https address"),
        ("[usage]\npull_minutes = 0\n", 2, "from 1 to 1440"),
        ("[usage]\nfolders = \"u\"\n", 2, "unknown key `folders`"),
    ] {
        let error = Config::parse(text).unwrap_err().to_string();
        assert!(error.contains(&format!("line {line}")) && error.contains(says), "{error}");
    }
}
