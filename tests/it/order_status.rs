//! 订单状态 of orders: worked out from calls and supervision or told by a table, in lists, filters, exports and the window; and that
//! an order which never took effect is billed by nobody.

use std::path::{Path, PathBuf};

use sellerdesk::{
    domain::{World, supervision::SupervisionFacts},
    protocol::id::OrderId,
};
use serde_json::{Value, json};

use crate::support::{
    app::{TEMPLATE, TestApp, purchase},
    program,
    window::Stage,
};

/// As the console might write it: one of each status that no call tells, and one that is not paid.
const TABLE: &str = "订单号,订单类型,订单状态,付费状态,创建时间,客户名称,商品名称,订单金额\n\
    CS-CANCELLED,新购,已取消,,2026-11-01 08:00:00,远山,云账本,100\n\
    CS-UNPAID,新购,待支付,,2026-11-01 08:00:00,远山,云账本,100\n\
    CS-REVIEW,新购,待审核,,2026-11-01 08:00:00,远山,云账本,100\n\
    CS-OWED,新购,已完成,未付费,2026-11-01 08:00:00,远山,云账本,100\n\
    CS-DONE,新购,已完成,已完成,2026-11-01 08:00:00,远山,云账本,100\n\
    CS-BACK,新购,退款中,,2026-11-01 08:00:00,远山,云账本,100\n";

fn file(dir: &Path, text: &str) -> PathBuf {
    let file = dir.join("orders.csv");
    std::fs::write(&file, encoding_rs::GBK.encode(text).0).unwrap();
    file
}

/// Sorted, each with its status.
fn told(orders: &Value) -> Vec<(String, Option<String>)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let of = |order: &Value| (text(&order["orderId"]).unwrap(), text(&order["computedStatus"]));
    let mut told: Vec<_> = orders.as_array().unwrap().iter().map(of).collect();
    told.sort();
    told
}

#[tokio::test]
async fn statuses_are_worked_out_filtered_and_exported() {
    let app = TestApp::start(TEMPLATE).await;
    for id in ["CS1", "CS2"] {
        app.call(purchase(id)).await;
    }
    app.desk.reconcile().await.unwrap();
    let facts = SupervisionFacts { requested_at: Some(app.desk.now()), ..SupervisionFacts::default() };
    app.desk.note_supervision(World::Live, OrderId::new("CS2"), Some(facts)).await.unwrap();
    let dir = app.dir.path();
    let table = file(dir, TABLE).display().to_string();
    program::json(dir, &["order", "import", &table, "--json"]);
    let some = |id: &str, status: &str| (id.to_owned(), Some(status.to_owned()));
    let expected = [
        some("CS-BACK", "退款中"),
        some("CS-CANCELLED", "cancelled"),
        some("CS-DONE", "completed"),
        some("CS-OWED", "completed"),
        some("CS-REVIEW", "under-review"),
        some("CS-UNPAID", "unpaid"),
        some("CS1", "completed"),
        some("CS2", "processing"),
    ];
    assert_eq!(told(&program::json(dir, &["list", "orders", "--json"])), expected);
    for (status, count) in [("completed", 3), ("处理中", 1), ("unpaid", 1), ("退款中", 1)] {
        let found = program::json(dir, &["list", "orders", "--status", status, "--json"]);
        assert_eq!(found.as_array().unwrap().len(), count, "{status}");
    }
    let misspelt = program::run(dir, &["list", "orders", "--status", "proccessing", "--json"]);
    let told = program::stderr(&misspelt);
    assert!(!misspelt.status.success() && told.contains("`proccessing`; there are processing, completed, "), "{told}");
    assert!(told.contains("退款中"), "what a table told of is one as well: {told}");
    let out = dir.join("out.csv").display().to_string();
    program::json(dir, &["list", "orders", "--status", "unpaid", "--export", &out, "--json"]);
    let exported = std::fs::read_to_string(&out).unwrap();
    assert!(
        exported.contains("computedStatus") && exported.contains("unpaid") && !exported.contains("CS1"),
        "{exported}"
    );
    let refused = program::run(dir, &["list", "usage", "--status", "unpaid"]);
    assert!(program::stderr(&refused).contains("--status is for orders"));
    let shown = program::json(dir, &["show", "order", "CS2", "--json"]);
    assert_eq!(shown["orderLine"][0]["computedStatus"], "processing");

    // What never took effect is billed by nobody, and what is owed waits.
    let standing = |id: &str| program::json(dir, &["settlement", "order", id, "--json"]);
    let of = |id: &str| {
        let order = standing(id);
        (order["lines"][0]["state"].clone(), order["lines"][0]["blocks"].clone())
    };
    assert_eq!(of("CS-CANCELLED"), (json!("never"), json!(["cancelled"])));
    assert_eq!(of("CS-UNPAID"), (json!("blocked"), json!(["unpaid"])));
    assert_eq!(of("CS-REVIEW"), (json!("blocked"), json!(["under-review"])));
    assert_eq!(of("CS-OWED"), (json!("blocked"), json!(["unpaid"])));
    assert_eq!(of("CS-DONE").0, "enters");
    assert_eq!(standing("CS-UNPAID")["unsubscription"]["why"], "nothing-paid");
    let findings = app.desk.reconcile().await.unwrap().findings;
    assert!(findings.is_empty(), "{findings:?}");
}

struct Words {
    language: &'static str,
    orders: &'static str,
    status: &'static str,
    unpaid: &'static str,
    review: &'static str,
    none: &'static str,
}

const BOTH: [Words; 2] = [
    Words {
        language: "en",
        orders: "Orders",
        status: "Status",
        unpaid: "Unpaid",
        review: "Under review",
        none: "No order has this status",
    },
    Words {
        language: "zh-CN",
        orders: "订单",
        status: "订单状态",
        unpaid: "待支付",
        review: "待审核",
        none: "没有该状态的订单",
    },
];

#[test]
fn the_window_shows_statuses_and_filters_by_them() {
    for words in &BOTH {
        let stage = Stage::new(words.language, "light", TEMPLATE).with_key();
        let dir = tempfile::tempdir().unwrap();
        stage.call("main", &purchase("CS1"));
        let table = "订单号,订单类型,订单状态,创建时间\nCS-UNPAID,新购,待支付,2026-11-01 08:00:00\n";
        let table = file(dir.path(), table);
        stage.runtime().block_on(async {
            stage.desk.reconcile().await.unwrap();
            import(&stage.desk, &table).await;
        });
        let mut window = stage.open();
        window.click(words.orders);
        window.wait_for("CS1");
        window.wait_for("CS-UNPAID");
        // A word that stands in no row is the choice's alone.
        window.choose(words.status, words.review);
        window.wait_for(words.none);
        assert!(!window.sees("CS-UNPAID") && !window.sees("CS1"));
        window.choose(words.status, words.unpaid);
        window.click_row("CS-UNPAID");
        assert!(!window.sees("CS1"), "the paid order is left out");
    }
}

async fn import(desk: &sellerdesk::desk::Desk, file: &Path) {
    use sellerdesk::{
        desk::{
            files::TableSource,
            import::{ImportKind, TableOrder},
        },
        domain::workdays::beijing,
    };
    let table = desk.read_table(ImportKind::Orders, TableSource::File(file.to_owned())).await.unwrap();
    let mapping = table.mapping.clone();
    let order = TableOrder {
        world: World::Live,
        table: std::sync::Arc::new(table),
        mapping,
        zone: Some(beijing()),
        replace: false,
    };
    desk.import_table(order, false).await.unwrap();
}
