//! Which orders KooGallery refunds and counts towards delisting: what its own calls heard decides, not what was done here
//! since. And what the command line tells of it.

use std::time::Duration;

use sellerdesk::{
    config::FulfilmentMode,
    desk::session::SettingsChange,
    domain::{
        World,
        delisting::{DelistingLevel, start_of_month},
        limit::Ended,
        message::Progress,
        settlement::{Block, Never, Standing},
    },
    protocol::{
        Secret,
        callback::AppInfo,
        id::{InstanceId, OrderId},
    },
    simulator::Generation,
};
use serde_json::json;

use crate::{
    generations::{self, bought, v1},
    support::{
        app::{MANUAL, TEMPLATE, TestApp, purchase, question, renewal, with},
        backend::{Backend, told},
        program,
        trade::{Trade, customer, product, setup},
    },
};

const HOUR: Duration = Duration::from_secs(3_600);

/// Nobody is there.
const BROKEN: &str = r#"
[[endpoint]]
name = "main"
path = "/produce"
fulfilment = "webhook"
[endpoint.webhook]
url = "http://127.0.0.1:1/koogallery"
"#;

/// To the tenth of a month or so: no month may end meanwhile.
async fn open(config: &str) -> TestApp {
    let app = TestApp::start(config).await;
    let into_the_month = app.desk.now().millis_since(start_of_month(app.desk.now()));
    app.advance(40 * 24 * HOUR - Duration::from_millis(u64::try_from(into_the_month).unwrap()));
    app
}

/// Orders that failed; and those that still can be saved, with how far each has come here and whether it is in danger.
async fn standing(app: &TestApp) -> (Vec<String>, Vec<(String, Progress, bool)>) {
    let products = app.desk.product_standings(World::Live).await.unwrap();
    let failed = products.iter().flat_map(|product| &product.failed).map(ToString::to_string).collect();
    let failing = products.iter().flat_map(|product| &product.failing);
    let failing = failing.map(|one| (one.order.order.order_id.to_string(), one.order.progress, one.endangered));
    (failed, failing.collect())
}

/// From now on the product is there.
async fn mend(app: &TestApp) {
    let mut endpoint = app.desk.config().endpoint("main").unwrap().clone();
    endpoint.fulfilment = FulfilmentMode::Template;
    endpoint.template = Some(sellerdesk::config::Template {
        front_end_url: "https://app.example.com/{instanceId}".into(),
        license: Some(Secret::new("LIC-{orderId}")),
        ..Default::default()
    });
    let change = SettingsChange::Endpoint { replaces: Some("main".into()), endpoint };
    app.desk.change_settings(change).await.unwrap();
}

async fn retry(app: &TestApp) {
    let message = app.message("newInstance").await;
    app.desk.retry(message.id).await.unwrap();
    assert_eq!(app.message("newInstance").await.progress, Progress::Succeeded);
}

#[tokio::test]
async fn an_order_that_is_mended_after_its_refund_has_failed_all_the_same() {
    let app = open(BROKEN).await;
    app.call(purchase("CS1")).await;
    assert_eq!(standing(&app).await, (vec![], vec![("CS1".into(), Progress::Failing, true)]));
    app.advance(4 * HOUR);
    mend(&app).await;
    retry(&app).await;
    assert_eq!(standing(&app).await, (vec!["CS1".to_owned()], vec![]));
    // 重新启动 by hand comes too late as well.
    assert_eq!(app.call(purchase("CS1")).await.code(), "000000");
    assert_eq!(standing(&app).await, (vec!["CS1".to_owned()], vec![]));
    let purchases = app.desk.review_material().await.unwrap().purchases;
    assert_eq!(purchases[0].ended, Some(Ended::Refunded), "and no purchase limit counts it");
}

#[tokio::test]
async fn an_order_that_is_mended_in_time_is_saved_once_koogallery_asked_again() {
    let app = open(BROKEN).await;
    app.call(purchase("CS1")).await;
    app.advance(HOUR);
    mend(&app).await;
    retry(&app).await;
    assert_eq!(standing(&app).await, (vec![], vec![("CS1".into(), Progress::Succeeded, false)]));
    app.advance(HOUR);
    assert_eq!(app.call(purchase("CS1")).await.code(), "000000");
    assert_eq!(standing(&app).await, (vec![], vec![]));
    app.advance(4 * HOUR);
    assert_eq!(standing(&app).await, (vec![], vec![]));
    assert_eq!(app.desk.review_material().await.unwrap().purchases[0].ended, None);
}

#[tokio::test]
async fn an_order_by_hand_fails_where_koogallery_finds_nothing_within_its_window() {
    for (fulfilled, asked, failed) in [(false, false, true), (true, false, true), (true, true, false)] {
        let app = open(MANUAL).await;
        let reply = app.call(purchase("CS1")).await;
        assert_eq!(reply.code(), "000004");
        assert_eq!(standing(&app).await.1, [("CS1".into(), Progress::InProgress, false)]);
        app.advance(2 * HOUR);
        assert_eq!(standing(&app).await.1, [("CS1".into(), Progress::InProgress, true)]);
        let id = reply.instance_id();
        assert_eq!(app.call(question(&id)).await.code(), "000004", "not there yet");
        if fulfilled {
            let app_info = AppInfo { front_end_url: "https://app.example.com".into(), ..AppInfo::default() };
            app.desk.fulfil(World::Live, InstanceId::new(&id), app_info).await.unwrap();
        }
        if asked {
            assert_eq!(app.call(question(&id)).await.code(), "000000");
        }
        app.advance(2 * HOUR);
        let expected = if failed { vec!["CS1".to_owned()] } else { vec![] };
        assert_eq!(standing(&app).await, (expected, vec![]), "fulfilled {fulfilled}, asked {asked}");
        let ended = app.desk.review_material().await.unwrap().purchases[0].ended;
        assert_eq!(ended, failed.then_some(Ended::Refunded));
    }
}

/// How settlement sees each order, which is the same for one and for all.
async fn settled(app: &TestApp) -> Vec<(String, Standing)> {
    let mut lines = app.desk.settlement_material().await.unwrap().lines;
    lines.sort_by(|one, other| one.order.cmp(&other.order));
    for line in &lines {
        let alone = app.desk.settlement_of(World::Live, &line.order.order_id).await.unwrap().unwrap();
        assert_eq!(alone.lines[0].standing, line.standing, "{line:?}");
    }
    lines.into_iter().map(|line| (line.order.order_id.to_string(), line.standing)).collect()
}

/// It refunds purchases and upgrades alone: who renewed has paid, and a License can be delivered by hand.
#[tokio::test]
async fn settlement_takes_for_refunded_what_koogallery_refunds_and_nothing_else() {
    let app = generations::start(BROKEN).await;
    let ask_license = || bought("getLicense", "CS3", "b-3");
    app.call(purchase("CS1")).await;
    app.call(renewal("nobody", "CS2")).await;
    v1(&app, "/produce", &ask_license()).await;
    let order = |id: &str, standing| (id.to_owned(), standing);
    let not_opened = || Standing::Blocked(vec![Block::NotOpened]);
    assert_eq!(settled(&app).await, ["CS1", "CS2", "CS3"].map(|id| order(id, not_opened())));
    app.advance(4 * HOUR);
    let refunded = || order("CS1", Standing::Never(Never::Refunded));
    assert_eq!(settled(&app).await, [refunded(), order("CS2", not_opened()), order("CS3", not_opened())]);
    // 重新启动 by hand: too late for the purchase, not for the License.
    mend(&app).await;
    assert_eq!(app.call(purchase("CS1")).await.code(), "000000");
    assert_eq!(v1(&app, "/produce", &ask_license()).await.code(), "000000");
    let now = settled(&app).await;
    assert_eq!(now[..2], [refunded(), order("CS2", not_opened())]);
    assert!(matches!(now[2].1, Standing::Enters { .. }), "{now:?}");
    assert!(app.desk.settlement_of(World::Live, &OrderId::new("CS9")).await.unwrap().is_none());
}

/// V1 calls for the order alone, and the query names its line.
#[tokio::test]
async fn a_purchase_of_v1_that_was_refunded_counts_for_no_limit_once_its_order_was_queried() {
    let trade = Trade::open_with(setup(), Generation::V1, "", BROKEN).await;
    drop(trade.marketplace.buy(&product(), &customer()).await);
    trade.app.advance(4 * HOUR);
    let order_id = trade.marketplace.orders().last().unwrap().line.order_id.to_string();
    for (asked, line) in [(false, String::new()), (true, format!("{order_id}-000001"))] {
        if asked {
            trade.query_order(&order_id).await;
        }
        let purchases = trade.app.desk.review_material().await.unwrap().purchases;
        let told: Vec<_> = purchases.iter().map(|one| (one.order.order_line_id.as_str(), one.ended)).collect();
        assert_eq!(told, [(line.as_str(), Some(Ended::Refunded))], "asked: {asked}");
    }
}

/// The product answers after KooGallery was told to wait.
#[tokio::test]
async fn what_koogallery_no_longer_waited_for_it_has_not_heard() {
    let backend = Backend::start([told(200, json!({ "appInfo": { "frontEndUrl": "https://x" } })).after(900)]).await;
    let app = open(&backend.config(300)).await;
    let reply = app.call(purchase("CS1")).await;
    assert_eq!(reply.code(), "000004");
    for _ in 0..200 {
        if app.message("newInstance").await.progress == Progress::Succeeded {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    assert_eq!(standing(&app).await.1, [("CS1".into(), Progress::Succeeded, false)]);
    assert_eq!(app.call(question(&reply.instance_id())).await.code(), "000000");
    assert_eq!(standing(&app).await, (vec![], vec![]));
}

#[tokio::test]
async fn debugging_calls_count_in_their_own_world_alone() {
    let app = open(&TEMPLATE.replace("{instanceId}", &"{instanceId}".repeat(100))).await;
    assert_eq!(app.call(with(purchase("CS1"), "testFlag", "1")).await.code(), "000005");
    app.advance(4 * HOUR);
    assert_eq!(standing(&app).await, (vec![], vec![]));
}

#[test]
fn the_command_line_tells_what_failed_what_can_be_saved_and_writes_the_mail() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let dir = runtime.block_on(async {
        let app = TestApp::start(BROKEN).await;
        app.call(purchase("CS1")).await;
        app.stop().await
    });
    let told = program::json(dir.path(), &["delisting", "--json"]);
    assert_eq!((&told["allowed"], &told["probeDaysAllowed"], &told["probes"]), (&json!(5), &json!(5), &json!([])));
    let product = &told["products"][0];
    assert_eq!((&product["productId"], &product["level"]), (&json!(null), &json!(DelistingLevel::Fine.name())));
    assert_eq!((&product["failed"], &product["failedOrders"]), (&json!(0), &json!([])));
    let failing = &product["failing"][0];
    assert_eq!((&failing["orderId"], &failing["state"]), (&json!("CS1"), &json!("failing")));
    assert_eq!(failing["refundedAt"], failing["callsUntil"], "{failing}");
    assert!(product["mail"]["body"].as_str().unwrap().contains("\n\nCS1\n\n"), "{product}");
    let lines = String::from_utf8(program::run(dir.path(), &["delisting"]).stdout).unwrap();
    assert!(lines.contains("0 of 5 failed orders") && lines.contains("CS1  newInstance  fails"), "{lines}");
    let mail = String::from_utf8(program::run(dir.path(), &["delisting", "--mail", "-"]).stdout).unwrap();
    assert!(mail.starts_with("To: partner@huaweicloud.com\nSubject: Please call again"), "{mail}");
    assert!(!program::run(dir.path(), &["delisting", "--mail", "NOBODY"]).status.success());
    let nothing = tempfile::tempdir().unwrap();
    let lines = String::from_utf8(program::run(nothing.path(), &["delisting"]).stdout).unwrap();
    assert!(lines.contains("no order of this month failed"), "{lines}");
}
