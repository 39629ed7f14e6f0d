//! What a retry would change is told before it is done: the truth, and nothing is written for it, asked or sent.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, types::Value as Cell};
use sellerdesk::{
    config::{Endpoint, FulfilmentMode},
    desk::{Foreseen, RetryResult, session::SettingsChange},
    domain::{
        Foresight, Message, MessageId,
        foreseen::{Changed, Effect, Entity},
        message::Progress,
    },
    protocol::id::InstanceId,
};
use serde_json::json;

use crate::support::{
    app::{Client, MANUAL, TestApp, purchase, release, status},
    backend::{Backend, told},
    program::{self, Serving},
};

/// Every row of every table, but how far those that read in the background are.
fn everything(dir: &Path) -> Vec<(String, Vec<Vec<Cell>>)> {
    let database = Connection::open_with_flags(dir.join("sellerdesk.db"), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'bookmark' ORDER BY name";
    let mut tables = database.prepare(tables).unwrap();
    let names: Vec<String> = tables.query_map((), |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    names
        .into_iter()
        .map(|name| {
            let mut all = database.prepare(&format!("SELECT * FROM \"{name}\"")).unwrap();
            let columns = all.column_count();
            let rows = all.query_map((), |row| (0..columns).map(|column| row.get(column)).collect()).unwrap();
            let rows = rows.map(Result::unwrap).collect();
            (name, rows)
        })
        .collect()
}

/// Asked for three times, with not a row changed.
async fn foresee(app: &TestApp, id: MessageId) -> Foreseen {
    let before = everything(app.dir.path());
    assert!(before.iter().any(|(name, rows)| name == "message" && !rows.is_empty()));
    let foreseen = app.desk.foresee_retry(id).await.unwrap();
    for _ in 0..2 {
        assert_eq!(app.desk.foresee_retry(id).await.unwrap(), foreseen);
    }
    assert_eq!(everything(app.dir.path()), before, "something was written");
    foreseen
}

fn decided(foreseen: Foreseen) -> Foresight {
    let Foreseen::Decided(foresight) = foreseen else { panic!("{foreseen:?}") };
    foresight
}

fn field<'a>(changed: &'a Changed, name: &str) -> (Option<&'a str>, Option<&'a str>) {
    let field = changed.fields.iter().find(|field| field.name == name).unwrap();
    (field.before.as_deref(), field.after.as_deref())
}

async fn provision_by_template(app: &TestApp) {
    let mut endpoint = app.desk.config().endpoint("main").unwrap().clone();
    endpoint.fulfilment = FulfilmentMode::Template;
    endpoint.template = Some(sellerdesk::config::Template {
        front_end_url: "https://app.example.com/{instanceId}".into(),
        password: Some(sellerdesk::protocol::Secret::new("Passw0rd!")),
        ..Default::default()
    });
    let change = SettingsChange::Endpoint { replaces: Some("main".into()), endpoint };
    app.desk.change_settings(change).await.unwrap();
}

#[tokio::test]
async fn what_is_foreseen_is_what_the_retry_then_does() {
    let app = TestApp::start(MANUAL).await;
    let reply = app.call(purchase("CS1")).await;
    let instance_id = InstanceId::new(reply.instance_id());
    assert_eq!(app.call(status(instance_id.as_str(), "FREEZE")).await.code(), "000005", "parked");
    let bought = app.message("newInstance").await;

    let waits = decided(foresee(&app, bought.id).await);
    assert_eq!((waits.progress, waits.result_code.as_str()), (Progress::InProgress, "000004"));
    assert_eq!(waits.changes, [], "it waits for the operator still");

    provision_by_template(&app).await;
    let foresight = decided(foresee(&app, bought.id).await);
    assert_eq!((foresight.progress, foresight.result_code.as_str()), (Progress::Succeeded, "000000"));
    assert_eq!(foresight.waiting, 1, "the freeze");
    let [changed] = foresight.changes.as_slice() else { panic!("{foresight:?}") };
    assert_eq!(
        (changed.what, changed.id.as_str(), changed.effect),
        (Entity::Instance, instance_id.as_str(), Effect::Changed)
    );
    assert_eq!(field(changed, "status"), (Some("provisioning"), Some("active")));
    let page = format!("https://app.example.com/{instance_id}");
    assert_eq!(field(changed, "frontEndUrl"), (None, Some(page.as_str())));
    assert_eq!(field(changed, "password"), (None, Some("***")));

    assert_eq!(app.desk.retry(bought.id).await.unwrap(), RetryResult::Succeeded);
    let (instance, _) = app.desk.instance(bought.world, instance_id).await.unwrap().unwrap();
    assert_eq!(instance.app_info.unwrap().front_end_url, page);
    assert_eq!(app.desk.foresee_retry(bought.id).await.unwrap(), Foreseen::AlreadySucceeded);
}

#[tokio::test]
async fn the_webhook_is_named_and_not_called() {
    let backend = Backend::start([told(500, "{}")]).await;
    let app = TestApp::start(&backend.config(3_500)).await;
    app.call(purchase("CS1")).await;
    let bought = app.message("newInstance").await;
    let asked = backend.asked().len();
    let Foreseen::AsksProduct { url, meanwhile, if_done: Some(foresight) } = foresee(&app, bought.id).await else {
        panic!("it would ask")
    };
    assert_eq!((url.as_str(), meanwhile.len()), (backend.url.as_str(), 0));
    assert_eq!(field(&foresight.changes[0], "status"), (Some("provisioning"), Some("active")));
    assert_eq!(backend.asked().len(), asked, "the product was asked");
}

#[tokio::test]
async fn what_will_fail_again_is_said_so() {
    let app = TestApp::start(MANUAL).await;
    assert_eq!(app.call(release("nobody-knows-it")).await.code(), "000003");
    let message = app.message("releaseInstance").await;
    let foresight = decided(foresee(&app, message.id).await);
    assert_eq!((foresight.progress, foresight.result_code.as_str()), (Progress::Failing, "000003"));
    assert!(foresight.exception.unwrap().to_string().contains("nobody-knows-it"));
    assert_eq!(foresight.changes, []);
    assert_eq!(app.desk.foresee_retry(MessageId(4_711)).await.unwrap(), Foreseen::Gone);
    let renamed = Endpoint { name: "other".into(), ..app.desk.config().endpoint("main").unwrap().clone() };
    let change = SettingsChange::Endpoint { replaces: Some("main".into()), endpoint: renamed };
    app.desk.change_settings(change).await.unwrap();
    assert!(matches!(foresee(&app, message.id).await, Foreseen::Impossible(_)));
}

#[tokio::test]
async fn what_koogallery_would_be_asked_is_named() {
    let app = TestApp::start(MANUAL).await;
    let world = sellerdesk::domain::World::Live;
    let order_ids = vec![sellerdesk::protocol::id::OrderId::new("CS1")];
    let kept: Vec<MessageId> = app.desk.keep_order_queries(world, order_ids).await.unwrap();
    let foreseen = foresee(&app, kept[0]).await;
    assert_eq!(foreseen, Foreseen::AsksKooGallery { interface: "order/query".into() });
    let message: Message = app.messages(world).await.remove(0);
    assert_eq!(message.attempts, 0, "nothing was asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_tells_it_and_leaves_everything_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), MANUAL).unwrap();
    program::set_key(dir.path());
    let serving = Serving::start(dir.path());
    let client = Client::new(&serving.url);
    client.call(release("nobody-knows-it")).await;
    let id = program::json(dir.path(), &["list", "messages", "--json"])[0]["id"].to_string();
    let before = everything(dir.path());
    let output = program::run(dir.path(), &["retry", &id, "--dry-run", "--json"]);
    assert!(output.status.success(), "{}", program::stderr(&output));
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told[0]["result"], "decided");
    assert_eq!((&told[0]["resultCode"], &told[0]["state"]), (&json!("000003"), &json!("failing")));
    assert_eq!((&told[0]["changes"], &told[0]["waiting"]), (&json!([]), &json!(0)));
    let output = program::run(dir.path(), &["retry", "--all", "--dry-run"]);
    let lines = String::from_utf8(output.stdout).unwrap();
    assert!(lines.contains("failing, answered 000003") && lines.contains("nothing would be changed"), "{lines}");
    assert_eq!(everything(dir.path()), before);
    assert!(!program::run(dir.path(), &["retry", "4711", "--dry-run"]).status.success(), "no such message");
}
