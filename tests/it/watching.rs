//! The guards over real calls: failed orders against delisting, supervision that was noted, and what orders, calls and
//! instances say against each other.

use std::time::Duration;

use egui::accesskit::Role;
use egui_kittest::kittest::{By, Queryable as _};
use sellerdesk::{
    desk::session::SettingsChange,
    domain::{
        World,
        delisting::{DelistingLevel, start_of_month},
        reconcile::Mismatch,
        supervision::{Actor, Step, SupervisionFacts},
        unsubscription::UnsubscriptionRequest,
    },
    protocol::id::OrderId,
};
use serde_json::json;

use crate::support::{
    app::{TEMPLATE, TestApp, purchase},
    program,
    trade::{Trade, customer, product},
    window::{Stage, Window},
};

const HOUR: Duration = Duration::from_secs(3_600);

/// A product behind an address at which nobody is.
const BROKEN: &str = r#"
[[endpoint]]
name = "main"
path = "/produce"
fulfilment = "webhook"
[endpoint.webhook]
url = "http://127.0.0.1:1/koogallery"
"#;

#[tokio::test]
async fn failed_orders_of_a_month_are_held_against_five() {
    let app = TestApp::start(BROKEN).await;
    // To the tenth of a month or so: no month may end meanwhile.
    let into_the_month = app.desk.now().millis_since(start_of_month(app.desk.now()));
    app.advance(40 * 24 * HOUR - Duration::from_millis(u64::try_from(into_the_month).unwrap()));
    for number in 0..4 {
        assert_eq!(app.call(purchase(&format!("CS{number}"))).await.code(), "000005");
    }
    let standings = async || app.desk.product_standings(World::Live).await.unwrap();
    let products = standings().await;
    assert_eq!((products[0].level, products[0].failing.len()), (DelistingLevel::Fine, 4));
    app.advance(4 * HOUR);
    for number in 4..6 {
        app.call(purchase(&format!("CS{number}"))).await;
    }
    let products = standings().await;
    let standing = &products[0];
    assert_eq!((standing.failed.len(), standing.failing.len()), (4, 2));
    assert_eq!(standing.level, DelistingLevel::Imminent);
    app.advance(4 * HOUR);
    assert_eq!(standings().await[0].level, DelistingLevel::Exceeded);
}

#[tokio::test]
async fn what_was_noted_of_a_supervised_order_says_whose_turn_it_is() {
    let app = TestApp::start(TEMPLATE).await;
    app.call(purchase("CS1")).await;
    let order = OrderId::new("CS1");
    assert!(app.desk.supervised().await.unwrap().is_empty());
    let mut facts = SupervisionFacts { requested_at: Some(app.desk.now()), ..SupervisionFacts::default() };
    app.desk.note_supervision(World::Live, order.clone(), Some(facts.clone())).await.unwrap();
    let supervised = app.desk.supervised().await.unwrap();
    assert_eq!(supervised[0].facts, facts);
    let next = supervised[0].supervision.next.unwrap();
    assert_eq!((next.step, next.actor), (Step::Confirm, Actor::Seller));
    facts.accepted_at = Some(app.desk.now());
    app.desk.note_supervision(World::Live, order.clone(), Some(facts)).await.unwrap();
    assert!(
        app.desk.supervised().await.unwrap()[0].supervision.next.is_none(),
        "its status follows within three hours"
    );
    app.advance(3 * HOUR);
    assert!(app.desk.supervised().await.unwrap().is_empty(), "it is done");
    app.desk.note_supervision(World::Live, order.clone(), None).await.unwrap();
    assert_eq!(app.desk.supervision(World::Live, order).await.unwrap(), None);
}

#[tokio::test]
async fn holidays_of_the_data_directory_are_laid_over_those_built_in() {
    let app = TestApp::start(TEMPLATE).await;
    let day = "2026-11-25".parse().unwrap();
    assert!(app.desk.workdays().await.is_workday(day));
    std::fs::write(app.dir.path().join("workdays.txt"), "2026-11-25 off\n").unwrap();
    assert!(!app.desk.workdays().await.is_workday(day));
    std::fs::write(app.dir.path().join("workdays.txt"), "tomorrow off\n").unwrap();
    assert!(app.desk.workdays().await.is_workday(day), "a file that says nothing changes nothing");
}

#[tokio::test]
async fn a_purchase_that_was_never_called_for_and_one_that_outlived_its_time_are_found() {
    let trade = Trade::open("", TEMPLATE).await;
    trade.marketplace.buy(&product(), &customer()).await.unwrap();
    let bought = trade.marketplace.orders().remove(0);
    trade.query_order(bought.line.order_id.as_str()).await;
    assert_eq!(trade.app.desk.reconcile().await.unwrap().findings, [], "all is well");
    trade.marketplace.set_target("http://127.0.0.1:1/elsewhere");
    drop(trade.marketplace.buy(&product(), &customer()).await);
    let lost = trade.marketplace.orders().pop().unwrap();
    trade.query_order(lost.line.order_id.as_str()).await;
    trade.app.advance(4 * HOUR);
    let findings = trade.app.desk.reconcile().await.unwrap().findings;
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].mismatch, Mismatch::BoughtNeverCalled);
    assert_eq!(findings[0].order.as_ref(), Some(&lost.line));
    trade.app.advance(400 * 24 * HOUR);
    let findings = trade.app.desk.reconcile().await.unwrap().findings;
    let expired = findings.iter().find(|finding| finding.mismatch == Mismatch::ExpiredRunning).unwrap();
    assert_eq!(expired.instance_id, bought.instance_id);
}

#[test]
fn the_command_line_tells_findings_as_json() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(program::json(dir.path(), &["reconcile", "--json"]), json!([]));
    let output = program::run(dir.path(), &["reconcile"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("agree"));
}

struct Words {
    language: &'static str,
    theme: &'static str,
    near: &'static str,
    orders: &'static str,
    begin: &'static str,
    request: &'static str,
    your_turn: &'static str,
    compare: &'static str,
    agree: &'static str,
    overview: &'static str,
    alarm: &'static str,
    write: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    theme: "light",
    near: "4 of 5 failed orders this month",
    orders: "Orders",
    begin: "This order is supervised",
    request: "Happened: 提交需求 (request)",
    your_turn: "Happened: 确认需求 (confirm the request)",
    compare: "Compare now",
    agree: "They agree.",
    overview: "Overview",
    alarm: "4 of 5 failed orders this month, 1 more are failing",
    write: "Write mail",
};

const CHINESE: Words = Words {
    language: "zh-CN",
    theme: "dark",
    near: "本月失败订单 4 / 5",
    orders: "订单",
    begin: "此订单涉及服务监管",
    request: "已发生：提交需求",
    your_turn: "已发生：确认需求",
    compare: "立即核对",
    agree: "全部一致。",
    overview: "概览",
    alarm: "本月失败订单 4 / 5，另有 1 单正在失败",
    write: "写邮件",
};

fn call(stage: &Stage, order: &str) {
    let line = format!("{order}-000001");
    let body = json!({
        "activity": "newInstance", "businessId": order, "orderId": order, "orderLineId": line,
    });
    stage.call("main", &body);
}

/// Four orders that are refunded, and one that still may be saved; the newest is put under supervision.
fn broken(words: &Words) -> Window {
    let stage = Stage::new(words.language, words.theme, BROKEN).with_key();
    for number in 1..=4 {
        call(&stage, &format!("CS261124020{number}"));
    }
    stage.advance(4 * HOUR);
    call(&stage, "CS2611240205");
    // Orders are put together from the calls.
    stage.runtime().block_on(stage.desk.reconcile()).unwrap();
    stage.open()
}

#[test]
fn a_near_delisting_and_a_supervised_order_are_told_in_the_window() {
    for words in [&ENGLISH, &CHINESE] {
        let mut window = broken(words);
        window.wait_for(words.alarm);
        // Until nobody has to be told any more.
        window.advance(Duration::from_secs(20));
        window.wait_until("the alarm stays", |window| !window.sees(words.alarm));
        window.wait_for(words.near);
        // Those that failed for good are led to as well.
        window.wait_for("CS2611240204");
        window.click(words.orders);
        window.click_row("CS2611240205");
        window.wait_for(words.begin);
        window.settle();
        window.click(words.begin);
        window.click(words.request);
        window.wait_for(words.your_turn);
        window.snapshot(&format!("supervision-{}", words.language));
        window.click(words.overview);
        window.click(words.compare);
        window.wait_for(words.agree);
        window.snapshot(&format!("watching-{}", words.language));
    }
}

/// When the service really began is seen before anything is accepted, and no second click replaces it.
#[test]
fn the_actual_opening_stands_as_it_was_noted_until_it_is_cleared() {
    for (words, clear) in [(&ENGLISH, "Did not happen: 服务实际开通时间"), (&CHINESE, "未发生：服务实际开通时间")]
    {
        let stage = Stage::new(words.language, words.theme, TEMPLATE).with_key();
        let order = || OrderId::new("CS2611240201");
        call(&stage, order().as_str());
        stage.runtime().block_on(async {
            stage.desk.reconcile().await.unwrap();
            let facts = SupervisionFacts { requested_at: Some(stage.desk.now()), ..SupervisionFacts::default() };
            stage.desk.note_supervision(World::Live, order(), Some(facts)).await.unwrap();
        });
        let mut window = stage.open();
        let button = || By::new().role(Role::Button).label("服务实际开通时间");
        let offered = |window: &Window| window.harness.query_all(button()).next().is_some();
        window.click(words.orders);
        window.click_row(order().as_str());
        window.wait_until("it cannot be noted", offered);
        window.settle();
        window.harness.get(button()).click();
        window.wait_for(clear);
        assert!(!offered(&window), "it stands");
        let noted = |window: &Window| {
            let facts = window.runtime().block_on(window.desk.supervision(World::Live, order()));
            facts.unwrap().unwrap().opened_at
        };
        assert_eq!(noted(&window), Some(window.desk.now()));
        window.click(clear);
        window.wait_until("it cannot be noted anew", offered);
        assert_eq!(noted(&window), None);
    }
}

#[test]
fn a_card_says_how_many_it_does_not_show_and_shows_them() {
    for (words, more, fewer) in [
        (&ENGLISH, "and 3 more: show all", "show only the first 20"),
        (&CHINESE, "另有 3 条：全部显示", "仅显示前 20 条"),
    ] {
        let stage = Stage::new(words.language, words.theme, TEMPLATE).with_key();
        stage.runtime().block_on(async {
            for number in 0..23 {
                let (order, at) = (OrderId::new(format!("CS-{number:02}")), stage.desk.now().plus_millis(number));
                let facts = SupervisionFacts { accepted_at: Some(at), ..SupervisionFacts::default() };
                stage.desk.note_supervision(World::Live, order.clone(), Some(facts)).await.unwrap();
                let request = UnsubscriptionRequest::new(at);
                stage.desk.note_unsubscription(order, Some(request)).await.unwrap();
            }
        });
        let mut window = stage.open();
        let last = |window: &Window| window.harness.query_all_by_label("CS-22").count();
        window.wait_for(more);
        assert_eq!(last(&window), 0);
        for shown in 1..=2 {
            let next = window.harness.query_all_by_label(more).next().unwrap();
            next.scroll_to_me();
            window.settle();
            window.harness.query_all_by_label(more).next().unwrap().click();
            window.wait_until("not all are shown", |window| last(window) == shown);
        }
        assert!(!window.sees(more));
        window.harness.query_all_by_label(fewer).next().unwrap().scroll_to_me();
        window.settle();
        window.harness.query_all_by_label(fewer).next().unwrap().click();
        window.wait_for(more);
    }
}

/// Four that are refunded bring a product near; the fifth, when its hours are over, one step away. Nothing comes in meanwhile.
#[test]
fn an_alarm_is_told_once_for_each_level_as_time_passes() {
    for words in [&ENGLISH, &CHINESE] {
        let mut window = broken(words);
        window.wait_for(words.alarm);
        window.wait_until("the desktop is not told", |window| window.notices().len() == 1);
        let near = window.notices().remove(0);
        assert!(near.body.contains(words.alarm), "{near:?}");
        window.advance(4 * HOUR);
        window.wait_for(&words.near.replace('4', "5"));
        window.wait_until("the next level is not told", |window| window.notices().len() == 2);
        // Neither a look more nor another window tells it again.
        let again = window.runtime().block_on(window.desk.tell_delisting(None, DelistingLevel::Near)).unwrap();
        assert!(!again, "it was told already");
        window.settle();
        assert_eq!(window.notices().len(), 2);
    }
}

#[test]
fn a_desktop_that_is_to_be_quiet_is_told_nothing() {
    let words = &ENGLISH;
    let stage = Stage::new(words.language, words.theme, BROKEN).with_key();
    let quiet = SettingsChange::Notifications(false);
    stage.runtime().block_on(stage.desk.change_settings(quiet)).unwrap();
    for number in 1..=4 {
        call(&stage, &format!("CS261124020{number}"));
    }
    stage.advance(4 * HOUR);
    call(&stage, "CS2611240205");
    let mut window = stage.open();
    window.wait_for(words.alarm);
    window.settle();
    assert_eq!(window.notices(), []);
}

#[test]
fn a_mail_to_the_partner_team_is_written_with_the_orders() {
    let mut window = broken(&ENGLISH);
    window.wait_for(ENGLISH.write);
    window.settle();
    window.harness.get_by_label(ENGLISH.write).click();
    // Of the frame in which it is clicked, and of no other.
    let written = (0..12).find_map(|_| {
        window.harness.step();
        let commands = &window.harness.output().platform_output.commands;
        commands.iter().find_map(|command| match command {
            egui::OutputCommand::OpenUrl(open) => Some(open.url.clone()),
            _ => None,
        })
    });
    let address = written.unwrap();
    assert!(address.starts_with("mailto:partner@huaweicloud.com?subject=Please%20call%20again"), "{address}");
    assert!(address.contains("CS2611240201%0ACS2611240202") && address.contains("CS2611240205"), "{address}");
}
