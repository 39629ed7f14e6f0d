//! The console's order export on its way into the orders: joined with what calls and the order query told, which it never
//! overwrites, and taken back. Over the desk, on the command line, and in the window in both languages.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use sellerdesk::{
    desk::{
        Cancel,
        files::TableSource,
        import::{Fate, ImportError, ImportKind, ImportWatch, RowProblem, TableOrder},
        rows,
    },
    domain::{Order, OrderStatus, World, workdays::beijing},
    protocol::{id::OrderId, open_api::order::OrderType},
    sheet::{Cell, write_xlsx},
};
use serde_json::json;

use crate::support::{
    app::{MANUAL, TEMPLATE, TestApp, purchase},
    program,
    trade::{Trade, customer, product},
    window::Stage,
};

/// As the console might write it, under a title and with a column that nobody asked for.
const EXPORT: &str = "云商店订单列表,,,,,,,\n导出时间,2026-11-24 10:00:00,,,,,,\n\
    订单号,订单类型,订单状态,创建时间,客户名称,商品名称,购买时长,运营经理\n\
    CS1,新购,已完成,2026-11-01 08:00:00,远山科技,云账本,1年,李\n\
    CS-NEW,续费,处理中,2026-11-02 09:30:00,海川,云账本,12个月,李\n";

fn file(dir: &Path, name: &str, text: &str) -> PathBuf {
    let file = dir.join(name);
    std::fs::write(&file, encoding_rs::GBK.encode(text).0).unwrap();
    file
}

async fn order(app: &TestApp, file: &Path) -> TableOrder {
    let source = TableSource::File(file.to_owned());
    let table = app.desk.read_table(ImportKind::Orders, source).await.unwrap();
    let mapping = table.mapping.clone();
    TableOrder { world: World::Live, table: Arc::new(table), mapping, zone: Some(beijing()), replace: false }
}

async fn line(app: &TestApp, id: &str) -> Order {
    app.desk.order(World::Live, OrderId::new(id)).await.unwrap().0.remove(0)
}

async fn lines(app: &TestApp, id: &str) -> usize {
    app.desk.order(World::Live, OrderId::new(id)).await.unwrap().0.len()
}

#[tokio::test]
async fn a_table_adds_what_calls_left_out_and_makes_other_orders_known() {
    let app = TestApp::start(TEMPLATE).await;
    app.call(purchase("CS1")).await;
    app.desk.reconcile().await.unwrap();
    let before = line(&app, "CS1").await;
    let wanted = order(&app, &file(app.dir.path(), "orders.csv", EXPORT)).await;
    assert_eq!(wanted.mapping.header_row, Some(2), "titles stand above");
    let check = app.desk.check_table(wanted.clone()).await.unwrap();
    assert_eq!((check.rows, check.ready, check.wrong()), (2, 2, 0));
    let Fate::Joins { fills, differs } = &check.first[0].1 else { panic!("{check:?}") };
    assert!(fills.contains(&"customerName") && !fills.contains(&"orderType") && differs.is_empty(), "{fills:?}");
    assert_eq!(check.first[1], (5, Fate::New));
    let imported = app.desk.import_table(wanted, false).await.unwrap();
    assert_eq!(imported.entered, ["CS1", "CS-NEW"]);
    let known = line(&app, "CS1").await;
    assert_eq!(known.order, before.order, "it is the line of the call");
    assert_eq!(
        (known.customer_name.as_deref(), known.order_status.as_ref().map(OrderStatus::word)),
        (Some("远山科技"), Some("已完成"))
    );
    assert_eq!(known.called_at, before.called_at);
    let told = rows::order(&app.desk.with_status(vec![line(&app, "CS-NEW").await]).await.unwrap()[0]);
    assert_eq!((&told["orderStatus"], &told["computedStatus"]), (&json!("处理中"), &json!("processing")));
    assert_eq!(told["orderType"], "RENEW");
    assert_eq!(told["createTime"], "2026-11-02T01:30:00.000Z", "Beijing's clock");
    assert_eq!((&told["periodNumber"], &told["periodType"]), (&json!(12), &json!("month")));
    assert!(told["importedAt"].is_string() && told["calledAt"].is_null());

    // Taken back, it is as if it never was.
    app.desk.take_back_import(imported.batch.unwrap()).await.unwrap();
    let after = line(&app, "CS1").await;
    assert_eq!(Order { changed_at: before.changed_at, ..after }, before);
    assert_eq!(lines(&app, "CS-NEW").await, 0);
    let again = app.desk.take_back_import(imported.batch.unwrap()).await.unwrap_err();
    assert!(matches!(again, ImportError::TakenBack(_)), "{again}");
    let batches = app.desk.imports(ImportKind::Orders).await.unwrap();
    assert_eq!((batches.len(), batches[0].source.as_str(), batches[0].entered), (1, "orders.csv", 2));
    assert!(batches[0].taken_back_at.is_some());
}

#[tokio::test]
async fn what_koogallery_tells_before_or_after_is_never_overwritten() {
    let trade = Trade::open("", TEMPLATE).await;
    trade.marketplace.buy(&product(), &customer()).await.unwrap();
    let bought = trade.marketplace.orders().remove(0);
    let id = bought.line.order_id.as_str().to_owned();
    let app = &trade.app;
    // The table comes first and knows the order alone, not its line.
    let text = format!("订单号,订单类型,客户名称,商品名称,订单状态\n{id},退订,Somebody else,Another,处理中\n");
    let imported = app.desk.import_table(order(app, &file(app.dir.path(), "a.csv", &text)).await, false).await.unwrap();
    assert_eq!(imported.entered, [id.as_str()]);
    app.desk.reconcile().await.unwrap();
    let called = line(app, &id).await;
    assert_eq!((lines(app, &id).await, &called.order), (1, &bought.line), "the call names the line of the table");
    assert_eq!(called.order_type, Some(OrderType::New));
    trade.query_order(&id).await;
    let queried = line(app, &id).await;
    assert_eq!(queried.customer_name.as_deref(), Some(customer().customer_name.as_str()));
    assert_eq!(queried.order_status.as_ref().map(OrderStatus::word), Some("处理中"), "which no interface tells");
    // And once more afterwards: nothing but that it says otherwise.
    let text = format!("订单号,客户名称,订单状态\n{id},Nobody,处理中\n");
    let order = order(app, &file(app.dir.path(), "b.csv", &text)).await;
    let check = app.desk.check_table(order.clone()).await.unwrap();
    let differs = RowProblem::Differs { text: id.clone(), columns: "customerName".into() };
    assert_eq!((check.ready, check.wrong(), check.problems), (0, 0, vec![(2, differs)]));
    app.desk.import_table(order, false).await.unwrap();
    assert_eq!(line(app, &id).await, queried);
    app.desk.take_back_import(imported.batch.unwrap()).await.unwrap();
    let after = line(app, &id).await;
    assert_eq!((after.order_status, after.imported_at, after.customer_name), (None, None, queried.customer_name));
}

#[tokio::test]
async fn of_two_tables_the_newer_is_believed_and_taking_it_back_leaves_the_older() {
    let app = TestApp::start(TEMPLATE).await;
    let (older, newer) = ("订单号,订单状态\nCS1,处理中\n", "订单号,订单状态,客户名称\nCS1,已完成,远山\n");
    let older = order(&app, &file(app.dir.path(), "older.csv", older)).await;
    app.desk.import_table(older, false).await.unwrap();
    let newer = order(&app, &file(app.dir.path(), "newer.csv", newer)).await;
    let newer = app.desk.import_table(newer, false).await.unwrap();
    let both = line(&app, "CS1").await;
    assert_eq!(
        (both.order_status.as_ref().map(OrderStatus::word), both.customer_name.as_deref()),
        (Some("已完成"), Some("远山"))
    );
    app.desk.take_back_import(newer.batch.unwrap()).await.unwrap();
    let older = line(&app, "CS1").await;
    assert_eq!(
        (older.order_status.as_ref().map(OrderStatus::word), older.customer_name.as_deref()),
        (Some("处理中"), None)
    );
}

#[tokio::test]
async fn a_cancelled_import_leaves_nothing_and_tells_how_far_it_was() {
    let app = TestApp::start(TEMPLATE).await;
    let mut text = "订单号,客户名称\n".to_owned();
    (0..1_000).for_each(|number| text.push_str(&format!("CS{number:04},远山\n")));
    let order = order(&app, &file(app.dir.path(), "many.csv", &text)).await;
    let cancel = Cancel::default();
    let raised = cancel.clone();
    let progress = move |done: usize, all: usize| {
        assert_eq!(all, 1_000);
        if done >= 500 {
            raised.cancel();
        }
    };
    let watch = ImportWatch { cancel, progress: Some(Arc::new(progress)) };
    let cancelled = app.desk.import_watched(order.clone(), false, &watch).await.unwrap_err();
    assert!(matches!(cancelled, ImportError::Cancelled), "{cancelled}");
    assert_eq!(lines(&app, "CS0000").await, 0);
    assert_eq!(app.desk.import_table(order, false).await.unwrap().entered.len(), 1_000);
    assert_eq!(lines(&app, "CS0999").await, 1);
}

#[tokio::test]
async fn imported_orders_are_not_asked_about_by_themselves() {
    let trade = Trade::open("", TEMPLATE).await;
    let file = file(trade.dir(), "orders.csv", EXPORT);
    trade.app.desk.import_table(order(&trade.app, &file).await, false).await.unwrap();
    let mut trade = trade;
    trade.app.work_in_background();
    trade.marketplace.buy(&product(), &customer()).await.unwrap();
    let bought = trade.marketplace.orders().remove(0).line.order_id;
    // The one that was called for is asked about; by then the others would have been too.
    while line_of(&trade, &bought).await.is_none_or(|line| line.queried_at.is_none()) {
        tokio::task::yield_now().await;
    }
    assert_eq!(line(&trade.app, "CS-NEW").await.queried_at, None);
}

async fn line_of(trade: &Trade, id: &OrderId) -> Option<Order> {
    trade.app.desk.order(World::Live, id.clone()).await.unwrap().0.pop()
}

#[test]
fn the_command_line_imports_tells_and_takes_back() {
    let dir = tempfile::tempdir().unwrap();
    let xlsx = dir.path().join("orders.xlsx");
    let row = |cells: [&str; 3]| cells.map(|cell| Cell::Text(cell.to_owned())).to_vec();
    let rows =
        [row(["CS1", "2026-11-01 08:00", "新购"]), row(["", "2026-11-01 08:00", "新购"]), row(["CS2", "soon", "试用"])];
    let out = std::fs::File::create(&xlsx).unwrap();
    write_xlsx(out, &["编号", "何时", "Type"], rows, |_| std::ops::ControlFlow::Continue(())).unwrap();
    let xlsx = xlsx.display().to_string();
    let import = ["order", "import", &xlsx, "--column", "orderId=编号", "--column", "createTime=何时", "--json"];
    let refused = program::run(dir.path(), &import);
    assert!(!refused.status.success());
    let told: serde_json::Value = serde_json::from_slice(&refused.stdout).unwrap();
    assert_eq!((&told["ready"], &told["rows"]), (&json!(1), &json!(3)));
    let reasons = ["orderId is empty", "createTime: `soon` is no time"];
    for (at, reason) in reasons.iter().enumerate() {
        assert_eq!((&told["skipped"][at]["row"], &told["skipped"][at]["reason"]), (&json!(at + 3), &json!(reason)));
    }
    assert!(program::stderr(&refused).contains("2 rows are wrong"), "{}", program::stderr(&refused));
    let tried = program::run(dir.path(), &[&import[..], &["--dry-run"]].concat());
    let tried: serde_json::Value = serde_json::from_slice(&tried.stdout).unwrap();
    assert_eq!(tried["first"], json!([{ "row": 2, "fate": "new" }]));
    let output = program::run(dir.path(), &[&import[..], &["--leave-out"]].concat());
    assert!(!output.status.success(), "not everything was done");
    let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&told["entered"], &told["batch"]), (&json!(["CS1"]), &json!(1)));
    let orders = program::json(dir.path(), &["list", "orders", "--json"]);
    assert_eq!((&orders[0]["orderId"], &orders[0]["orderType"]), (&json!("CS1"), &json!("NEW")));
    assert_eq!(orders[0]["createTime"], "2026-11-01T00:00:00.000Z");
    assert_eq!(orders[0]["importedFields"], json!(["orderType", "createTime"]));
    // The columns are remembered.
    let again = program::run(dir.path(), &["order", "import", &xlsx, "--dry-run", "--json"]);
    let again: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(
        (&again["rows"], &again["skipped"][0]["reason"]),
        (&json!(3), &json!("`CS1` is known; nothing was changed"))
    );
    program::json(dir.path(), &["order", "take-back", "1", "--json"]);
    assert_eq!(program::json(dir.path(), &["list", "orders", "--json"]), json!([]));
    let batches = program::json(dir.path(), &["order", "imports", "--json"]);
    assert!(batches[0]["takenBackAt"].is_string() && batches[0]["source"] == "orders.xlsx", "{batches}");
    for (columns, complaint) in [("x=编号", "`x` is none of the columns"), ("orderId=nothing", "no column of the file")]
    {
        let refused = program::run(dir.path(), &["order", "import", &xlsx, "--column", columns]);
        assert!(program::stderr(&refused).contains(complaint), "{}", program::stderr(&refused));
    }
}

struct Words {
    language: &'static str,
    theme: &'static str,
    orders: &'static str,
    import: &'static str,
    file: &'static str,
    read: &'static str,
    adds: &'static str,
    new: &'static str,
    enter: &'static str,
    done: &'static str,
    take_back: &'static str,
    taken_back: &'static str,
    close: &'static str,
    imported: &'static str,
}

const BOTH: [Words; 2] = [
    Words {
        language: "en",
        theme: "light",
        orders: "Orders",
        import: "Import…",
        file: "File (.csv or .xlsx)",
        read: "Read file",
        adds: "adds createTime, periodType, per",
        new: "new",
        enter: "Import 2 rows",
        done: "2 of 2 rows were imported",
        take_back: "Take back",
        taken_back: "taken back",
        close: "Close",
        imported: "Added by an import",
    },
    Words {
        language: "zh-CN",
        theme: "dark",
        orders: "订单",
        import: "导入…",
        file: "文件（.csv 或 .xlsx）",
        read: "读取文件",
        adds: "补充 createTime, periodType, per",
        new: "新增",
        enter: "导入 2 行",
        done: "已导入 2 行中的 2 行",
        take_back: "撤回",
        taken_back: "已于",
        close: "关闭",
        imported: "的导入补充",
    },
];

#[test]
fn the_window_shows_what_will_happen_to_each_row_and_takes_an_import_back() {
    for words in &BOTH {
        let stage = Stage::new(words.language, words.theme, MANUAL).with_key();
        stage.call(
            "main",
            &json!({
                "activity": "newInstance", "businessId": "b", "orderId": "CS1", "orderLineId": "CS1-000001",
            }),
        );
        stage.runtime().block_on(stage.desk.reconcile()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let file = file(dir.path(), "orders.csv", EXPORT);
        let mut window = stage.open();
        window.click(words.orders);
        window.click(words.import);
        window.fill_in(words.file, &file.display().to_string());
        window.click(words.read);
        window.wait_for(words.adds);
        window.wait_for(words.new);
        window.snapshot_without(&format!("order-import-{}", words.language), Some(words.file));
        window.click(words.enter);
        window.wait_for(words.done);
        window.advance(std::time::Duration::from_secs(60));
        window.snapshot_without(&format!("order-import-done-{}", words.language), Some(words.file));
        window.click(words.close);
        window.wait_for("CS-NEW");
        window.click_row("CS1 ");
        window.wait_for(words.imported);
        window.snapshot(&format!("order-imported-{}", words.language));
        window.click(words.import);
        window.click(words.take_back);
        // The dialog's own button says the same.
        window.settle();
        confirm(&mut window, words.take_back);
        window.wait_for(words.taken_back);
        let gone = window.desk.order(World::Live, OrderId::new("CS-NEW"));
        assert!(window.runtime().block_on(gone).unwrap().0.is_empty());
    }
}

/// The topmost of the buttons of that name.
fn confirm(window: &mut crate::support::window::Window, label: &str) {
    use egui_kittest::kittest::Queryable as _;
    window.harness.get_all_by_label(label).last().unwrap().click();
    window.harness.run_steps(3);
}
