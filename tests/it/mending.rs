//! What orders, calls, instances and codes say against each other, and that each button mends it: over real sockets, on the
//! command line, and in the window.

use std::time::Duration;

use egui_kittest::kittest::Queryable as _;
use sellerdesk::{
    desk::RetryResult,
    domain::{
        InstanceStatus, LicenseStatus, Origin, World,
        reconcile::{Mend, Mismatch, Remedy},
        settlement::{ProductType, Terms},
        supervision::{Supervised, SupervisionFacts},
    },
    protocol::{
        UnixMillis,
        id::{InstanceId, LicenseCode, OrderId},
    },
};
use serde_json::json;

use crate::support::{
    app::{TEMPLATE, TestApp, purchase, release, status, with},
    backend::{Backend, told},
    program,
    trade::{Trade, customer, product},
    window::{Stage, Window},
};

const HOUR: Duration = Duration::from_secs(3_600);

async fn mismatches(app: &TestApp) -> Vec<Mismatch> {
    app.desk.reconcile().await.unwrap().findings.iter().map(|finding| finding.mismatch).collect()
}

async fn standing(app: &TestApp, id: &InstanceId) -> InstanceStatus {
    app.desk.instance(World::Live, id.clone()).await.unwrap().unwrap().0.status
}

#[tokio::test]
async fn what_outlived_its_time_is_frozen_as_the_call_would_have_and_the_call_finds_it_done() {
    let app = TestApp::start(TEMPLATE).await;
    let bought = app.call(purchase("CS1")).await;
    let id = InstanceId::new(bought.instance_id());
    let renewal = json!({
        "activity": "refreshInstance", "scene": "RENEWAL", "instanceId": id, "orderId": "CS2",
        "orderLineId": "CS2-000001", "expireTime": "20270101000000",
    });
    app.call(renewal).await;
    let now = app.desk.now();
    let to_2027 = UnixMillis::from_iso("2027-01-20T00:00:00Z").unwrap().millis_since(now);
    if to_2027 > 0 {
        app.advance(Duration::from_millis(u64::try_from(to_2027).unwrap()));
    }
    assert_eq!(mismatches(&app).await, [Mismatch::ExpiredRunning]);
    let mended = app.desk.mend_instance(World::Live, id.clone(), Mend::Freeze).await.unwrap();
    assert_eq!(mended, RetryResult::Succeeded);
    assert_eq!(standing(&app, &id).await, InstanceStatus::Frozen);
    assert_eq!(mismatches(&app).await, []);
    let message = app.message("updateInstanceStatus").await;
    let attempts = app.attempts(&message).await;
    assert_eq!(attempts[0].origin, Origin::Operator, "nobody takes it for KooGallery's call");
    // KooGallery calls after all.
    assert_eq!(app.call(status(id.as_str(), "FREEZE")).await.code(), "000000");
    assert_eq!(standing(&app, &id).await, InstanceStatus::Frozen);
}

#[tokio::test]
async fn releasing_asks_the_product_once_though_koogallery_calls_too() {
    let answers = vec![told(200, json!({ "appInfo": { "frontEndUrl": "https://x" } })), told(200, json!({}))];
    let backend = Backend::start(answers).await;
    let app = TestApp::start(&backend.config(3_000)).await;
    let id = InstanceId::new(app.call(purchase("CS1")).await.instance_id());
    let mended = app.desk.mend_instance(World::Live, id.clone(), Mend::Release).await.unwrap();
    assert_eq!(mended, RetryResult::Succeeded);
    assert_eq!(standing(&app, &id).await, InstanceStatus::Released);
    assert_eq!(app.call(release(id.as_str())).await.code(), "000000");
    let asked: Vec<_> = backend.asked().iter().map(|asked| asked.json()["type"].clone()).collect();
    assert_eq!(asked, ["newInstance", "releaseInstance"]);
    let unknown = app.desk.mend_instance(World::Live, InstanceId::new("nobody"), Mend::Release).await;
    assert!(unknown.is_err());
}

#[tokio::test]
async fn an_activation_needs_its_code_and_adding_it_mends_that() {
    let trade = Trade::open("", TEMPLATE).await;
    let app = &trade.app;
    let code = trade.received(1).remove(0);
    let order = OrderId::new("CS-CODE");
    let facts = SupervisionFacts {
        kind: Supervised::LicenseCode,
        activated_at: Some(app.desk.now()),
        ..SupervisionFacts::default()
    };
    app.desk.note_supervision(World::Live, order.clone(), Some(facts)).await.unwrap();
    let findings = app.desk.reconcile().await.unwrap().findings;
    assert_eq!(findings.iter().map(|finding| finding.mismatch).collect::<Vec<_>>(), [Mismatch::ActivationWithoutCode]);
    assert_eq!(findings[0].remedies[0], Remedy::AddLicense);
    let list = format!("授权码,订单号\n{code},CS-CODE\n");
    app.desk.add_licenses(World::Live, &list).await.unwrap();
    let file = app.dir.path().join("codes.csv");
    std::fs::write(&file, list.replace(code.as_str(), "PL-OTHER")).unwrap();
    trade.activate(std::slice::from_ref(&code)).await;
    assert_eq!(trade.license(&code).await.status, LicenseStatus::Active);
    let left = mismatches(app).await;
    // The code is known to belong to the order only where KooGallery or a list tells it.
    let known = trade.license(&code).await.order.is_some();
    assert_eq!(left.is_empty(), known, "{left:?}");
}

#[tokio::test]
async fn a_purchase_known_from_the_console_alone_is_asked_about_first() {
    let trade = Trade::open("", TEMPLATE).await;
    let app = &trade.app;
    trade.marketplace.set_target("http://127.0.0.1:1/elsewhere");
    drop(trade.marketplace.buy(&product(), &customer()).await);
    let lost = trade.marketplace.orders().pop().unwrap().line.order_id;
    let file = app.dir.path().join("orders.csv");
    std::fs::write(&file, format!("订单号,订单类型,创建时间\n{lost},新购,2020-01-01 08:00:00\n")).unwrap();
    let source = sellerdesk::desk::files::TableSource::File(file);
    let table = app.desk.read_table(sellerdesk::desk::import::ImportKind::Orders, source).await.unwrap();
    let order = sellerdesk::desk::import::TableOrder {
        world: World::Live,
        mapping: table.mapping.clone(),
        table: std::sync::Arc::new(table),
        zone: Some(sellerdesk::domain::workdays::beijing()),
        replace: false,
    };
    app.desk.import_table(order, false).await.unwrap();
    app.advance(4 * HOUR);
    let findings = app.desk.reconcile().await.unwrap().findings;
    assert_eq!((findings[0].mismatch, findings[0].remedies[0]), (Mismatch::BoughtNeverCalled, Remedy::QueryOrder));
    trade.query_order(lost.as_str()).await;
    assert_eq!(mismatches(app).await, [], "no call of this product ever came");
    let terms = Terms { product_type: Some(ProductType::Saas), ..Terms::new(product().product_id) };
    app.desk.put_settlement_terms(vec![terms]).await.unwrap();
    let findings = app.desk.reconcile().await.unwrap().findings;
    assert_eq!(
        (findings[0].mismatch, findings[0].remedies[0]),
        (Mismatch::BoughtNeverCalled, Remedy::RestartInConsole),
        "KooGallery knows it and gave up calling"
    );
}

#[test]
fn the_command_line_mends_and_exports() {
    let dir = tempfile::tempdir().unwrap();
    let refused = program::run(dir.path(), &["reconcile", "--release", "nobody"]);
    assert!(!refused.status.success());
    assert!(program::stderr(&refused).contains("nobody"), "{}", program::stderr(&refused));
    program::json(dir.path(), &["supervision", "note", "CS1", "activated", "--kind", "license-code", "--json"]);
    let findings = program::json(dir.path(), &["reconcile", "--json"]);
    assert_eq!(findings[0]["finding"], "activation-without-code");
    assert_eq!(findings[0]["remedies"], json!(["add-license", "query-order"]));
    for (what, rows) in [("findings", 1), ("supervised", 1), ("review", 0)] {
        for format in ["csv", "xlsx"] {
            let file = dir.path().join(format!("{what}.{format}"));
            let told = program::json(dir.path(), &["list", what, "--export", &file.display().to_string(), "--json"]);
            assert_eq!(told["rows"], rows, "{what}");
            let sheet = sellerdesk::sheet::read(&std::fs::read(&file).unwrap(), &file.to_string_lossy()).unwrap();
            assert_eq!(sheet.rows.len(), rows + 1);
            if rows == 1 {
                assert!(sheet.rows[1].iter().any(|cell| cell.contains("CS1")), "{:?}", sheet.rows);
            }
        }
        assert_eq!(program::json(dir.path(), &["list", what, "--json"]).as_array().unwrap().len(), rows);
    }
}

#[test]
fn supervision_and_working_days_are_noted_and_told_on_the_command_line() {
    let dir = tempfile::tempdir().unwrap();
    let note = |more: &[&str]| {
        let arguments = [&["supervision", "note", "CS1"], more, &["--json"]].concat();
        program::json(dir.path(), &arguments)
    };
    // The documents' example of an order that was accepted on 2020-03-01.
    let told = note(&["delivered", "--at", "2020-02-01 10:00", "--text", "papers are in the safe"]);
    assert_eq!((&told["nextStep"], &told["actor"]), (&json!("accept"), &json!("buyer")));
    let told = note(&["rejected", "--at", "2020-02-10"]);
    assert_eq!(
        (&told["nextStep"], &told["waitsForSeller"], &told["rejections"]),
        (&json!("deliver"), &json!(true), &json!(1))
    );
    note(&["opened", "--at", "2020-01-01"]);
    let told = note(&["accepted", "--at", "2020-03-01"]);
    assert_eq!(told["startsAt"], "2019-12-31T16:00:00.000Z", "newer rule: 服务实际开通时间, in Beijing");
    assert_eq!(told["startsAtOlderRule"], "2020-02-29T16:00:00.000Z", "older rule: the acceptance");
    assert_eq!((&told["due"], &told["note"]), (&json!("order-status"), &json!("papers are in the safe")));
    let told = note(&["appealed", "--at", "2026-12-30"]);
    assert_eq!(told["deadlines"][1]["withoutTable"], 2027);
    let known = program::json(dir.path(), &["workdays", "show", "--json"]);
    assert_eq!((&known["years"], &known["own"]), (&json!([2024, 2025, 2026]), &json!([])));
    let table = dir.path().join("2027.txt");
    std::fs::write(&table, "2027-01-01..2027-01-03 off 元旦\n").unwrap();
    let known = program::json(dir.path(), &["workdays", "import", &table.display().to_string(), "--json"]);
    assert_eq!((&known["years"], &known["own"]), (&json!([2024, 2025, 2026, 2027]), &json!([2027])));
    let told = program::json(dir.path(), &["supervision", "show", "CS1", "--json"]);
    assert_eq!(told["deadlines"][1]["withoutTable"], json!(null));
    assert_eq!(told["deadlines"][1]["at"], "2027-01-05T16:00:00.000Z", "31st, 4th, 5th");
    // For people in their zone, with the offset; and what is taken for granted is said.
    let mut shown = program::command(dir.path(), &["supervision", "show", "CS1"]);
    let shown = String::from_utf8(shown.env("TZ", "Asia/Shanghai").output().unwrap().stdout).unwrap();
    assert!(shown.contains("valid 2020-01-01 00:00:00 +08:00"), "{shown}");
    let assumed =
        |at: &str| program::stderr(&program::run(dir.path(), &["supervision", "note", "CS2", "requested", "--at", at]));
    let told = assumed("2026-11-24 10:00");
    assert!(told.contains("Asia/Shanghai: 2026-11-24 10:00:00 +08:00"), "{told}");
    assert_eq!(assumed("2026-11-24T10:00:00+01:00"), "");
    let wrong = dir.path().join("wrong.txt");
    std::fs::write(&wrong, "2027-13-01 off\n").unwrap();
    let refused = program::run(dir.path(), &["workdays", "import", &wrong.display().to_string()]);
    assert!(program::stderr(&refused).contains("line 1"), "{}", program::stderr(&refused));
}

struct Words {
    language: &'static str,
    theme: &'static str,
    compare: &'static str,
    expired: &'static str,
    freeze: &'static str,
    never: &'static str,
    agree: &'static str,
    settings: &'static str,
    table: &'static str,
    taken: &'static str,
    unknown: &'static str,
}

const BOTH: [Words; 2] = [
    Words {
        language: "en",
        theme: "light",
        compare: "Compare now",
        expired: "Expired, still running",
        freeze: "Freeze here",
        never: "Activation without a code",
        agree: "They agree.",
        settings: "Settings",
        table: "Table of holidays",
        taken: "Holidays of 2030 taken",
        unknown: "A deadline counts working days of 2030",
    },
    Words {
        language: "zh-CN",
        theme: "dark",
        compare: "立即核对",
        expired: "已到期，仍在运行",
        freeze: "在此冻结",
        never: "有激活，无授权码",
        agree: "全部一致。",
        settings: "设置",
        table: "节假日表",
        taken: "已导入 2030 年节假日",
        unknown: "有时限按 2030 年的工作日计算",
    },
];

/// An instance that expired, a supervised order whose appeal goes into a year without holidays.
fn stage(words: &Words) -> Stage {
    let stage = Stage::new(words.language, words.theme, TEMPLATE).with_key();
    stage.call("main", &with(with(purchase("CS1"), "businessId", "i-1"), "orderLineId", "CS1-000001"));
    stage.call(
        "main",
        &json!({
            "activity": "refreshInstance", "scene": "RENEWAL", "instanceId": "i-1", "orderId": "CS2",
            "orderLineId": "CS2-000001", "expireTime": "20200101000000",
        }),
    );
    let facts = SupervisionFacts {
        kind: Supervised::LicenseCode,
        activated_at: Some(stage.desk.now()),
        appealed_at: UnixMillis::from_iso("2030-01-01T10:00:00+08:00"),
        note: "papers are in the safe".into(),
        ..SupervisionFacts::default()
    };
    let noted = stage.desk.note_supervision(World::Live, OrderId::new("CS1"), Some(facts));
    stage.runtime().block_on(noted).unwrap();
    stage
}

fn confirm(window: &mut Window, label: &str) {
    window.settle();
    window.harness.get_all_by_label(label).last().unwrap().click();
    window.harness.run_steps(3);
}

#[test]
fn the_window_mends_what_was_found_and_takes_a_table_of_holidays() {
    for words in &BOTH {
        let dir = tempfile::tempdir().unwrap();
        let mut window = stage(words).open();
        window.wait_for(words.unknown);
        window.click(words.compare);
        window.wait_for(words.expired);
        window.wait_for(words.never);
        window.snapshot(&format!("findings-{}", words.language));
        window.click(words.freeze);
        confirm(&mut window, words.freeze);
        window.wait_until("it is frozen", |window| !window.sees(words.expired));
        let frozen = window.runtime().block_on(window.desk.instance(World::Live, InstanceId::new("i-1"))).unwrap();
        assert_eq!(frozen.unwrap().0.status, InstanceStatus::Frozen);
        // Forgetting the activation mends the other.
        let forgotten = window.desk.note_supervision(World::Live, OrderId::new("CS1"), None);
        window.runtime().block_on(forgotten).unwrap();
        window.click(words.compare);
        window.wait_for(words.agree);
        let table = dir.path().join("2030.txt");
        std::fs::write(&table, "2030-01-01 off\n").unwrap();
        window.click(words.settings);
        window.wait_for(words.table);
        window.fill_in(words.table, &table.display().to_string());
        window.press(egui::Modifiers::NONE, egui::Key::Enter);
        window.wait_for(words.taken);
        window.wait_for("2030");
        let _ = LicenseCode::new("");
    }
}
