//! Purchase limits from the command line: the mirror comes in from a table, all or nothing, goes out again, and is reviewed
//! with the orders that KooGallery's calls told of.

use std::{
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

use encoding_rs::GBK;
use sellerdesk::{
    desk::{
        Cancel,
        files::TableSource,
        import::{ImportError, ImportKind, ImportWatch, TableOrder},
    },
    domain::{
        World,
        limit::{Limit, LimitKey, Times},
    },
    simulator::{Customer, Generation, Product},
};
use serde_json::{Value, json};

use crate::support::{
    app::{TEMPLATE, TestApp, purchase},
    program::{json, run, stderr},
    trade::{Trade, customer, product, setup},
};

fn write(dir: &Path, name: &str, text: impl AsRef<[u8]>) -> String {
    let file = dir.join(name);
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

fn listed(dir: &Path) -> Vec<String> {
    let rows = json(dir, &["list", "limits", "--json"]);
    let row = |row: &Value| format!("{} {} {} {}", row["productId"], row["skuCode"], row["times"], row["quantity"]);
    rows.as_array().unwrap().iter().map(row).map(|row| row.replace('"', "")).collect()
}

#[test]
fn a_table_is_taken_whole_and_comes_out_as_it_went_in() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let file = write(dir, "limits.csv", "productId,skuCode,times,quantity\nOFFI1,sku-1,once,\nOFFI1,,until-expiry,5\n");
    let told = json(dir, &["limits", "import", &file, "--json"]);
    assert_eq!(told, json!({ "added": 2, "changed": 0, "unchanged": 0, "removed": 0 }));
    assert_eq!(listed(dir), ["OFFI1 null until-expiry 5", "OFFI1 sku-1 once null"]);
    for name in ["out.csv", "out.xlsx"] {
        let out = dir.join(name).to_str().unwrap().to_owned();
        assert_eq!(json(dir, &["limits", "export", &out, "--json"])["rows"], 2);
        let told = json(dir, &["limits", "import", &out, "--json"]);
        assert_eq!(told, json!({ "added": 0, "changed": 0, "unchanged": 2, "removed": 0 }), "{name}");
    }
    // As a Chinese spreadsheet saves it, with the console's words.
    let (text, _, _) = GBK.encode("限购配置\n商品ID,规格,限购次数,数量属性限制\nOFFI1,sku-1,资源到期前限购,3\n");
    let file = write(dir, "gbk.csv", &text);
    let told = json(dir, &["limits", "import", &file, "--replace", "--json"]);
    assert_eq!(told, json!({ "added": 0, "changed": 1, "unchanged": 0, "removed": 1 }));
    assert_eq!(listed(dir), ["OFFI1 sku-1 until-expiry 3"]);
    let out = dir.join("changes.csv").to_str().unwrap().to_owned();
    assert_eq!(json(dir, &["list", "limit-changes", "--export", &out, "--json"])["rows"], 4);
    let text = fs::read_to_string(&out).unwrap();
    assert!(text.contains(r#""OFFI1","sku-1","once","","until-expiry",3"#), "{text}");
    let changes = json(dir, &["list", "limit-changes", "--json"]);
    assert_eq!((changes.as_array().unwrap().len(), &changes[0]["timesAfter"]), (4, &Value::Null), "newest first");
}

#[test]
fn one_wrong_line_and_nothing_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let text = "productId,skuCode,times,quantity\nOFFI1,sku-1,once,\nOFFI2,,twice,\n,,once,-3\nOFFI1,sku-1,none,1\n";
    let file = write(dir, "limits.csv", text);
    let output = run(dir, &["limits", "import", &file]);
    assert!(!output.status.success());
    let lines: Vec<String> = String::from_utf8(output.stdout.clone()).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    for (line, text) in lines.iter().zip([
        "line 3: times is `twice`",
        "line 4: productId",
        "line 4: quantity is `-3`",
        "line 5: the same",
    ]) {
        assert!(line.starts_with(text), "{line}");
    }
    assert!(stderr(&output).contains("nothing was imported: 4 problems"), "{}", stderr(&output));
    assert_eq!(listed(dir), [""; 0]);
    for (name, text, reason) in [
        ("no-headings.csv", "a,b\n1,2\n", "the table has no column productId"),
        ("no-product.csv", "times,quantity\nonce,\n", "no column productId"),
        ("empty.csv", "productId,times\n", "no rows below its headings"),
    ] {
        let output = run(dir, &["limits", "import", &write(dir, name, text)]);
        assert!(!output.status.success() && stderr(&output).contains(reason), "{name}: {}", stderr(&output));
    }
}

#[test]
fn columns_that_nobody_could_guess_are_named_and_remembered() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let (text, _, _) = GBK.encode("限购,,\n内部编号,规格,限购次数,份数\nOFFI1,sku-1,仅能购买1次,3\n");
    let file = write(dir, "gbk.csv", &text);
    let output = run(dir, &["limits", "import", &file]);
    assert!(stderr(&output).contains("no column productId"), "{}", stderr(&output));
    let named = ["limits", "import", &file, "--column", "productId=内部编号", "--column", "quantity=份数", "--json"];
    assert_eq!(json(dir, &named)["added"], 1);
    assert_eq!(listed(dir), ["OFFI1 sku-1 once 3"]);
    let next = write(dir, "next.csv", "份数,备注,规格,内部编号,限购次数\n4,,sku-2,OFFI2,不限\n");
    assert_eq!(json(dir, &["limits", "import", &next, "--json"])["added"], 1);
    assert_eq!(listed(dir), ["OFFI1 sku-1 once 3", "OFFI2 sku-2 none 4"]);
    for (column, reason) in [
        ("productId=nowhere", "no column of the file is called"),
        ("colour=备注", "`colour` is none of the columns"),
        ("productId", "write NAME=HEADING"),
    ] {
        let output = run(dir, &["limits", "import", &next, "--column", column]);
        assert!(!output.status.success() && stderr(&output).contains(reason), "{}", stderr(&output));
    }
}

#[tokio::test]
async fn a_review_tells_who_may_buy_again_and_which_orders_count() {
    let trade = Trade::open_with(setup(), Generation::V1, "", TEMPLATE).await;
    let buyer = customer();
    let other = Customer { customer_id: "other".into(), customer_name: "Other".into() };
    let unlimited = Product { product_id: "OFFI9".into(), ..product() };
    let mut bought = Vec::new();
    for (product, customer) in [(product(), &buyer), (product(), &buyer), (product(), &other), (unlimited, &buyer)] {
        trade.marketplace.buy(&product, customer).await.unwrap();
        bought.push(trade.marketplace.orders().last().unwrap().clone());
    }
    let dir = trade.dir();
    let file = write(dir, "limits.csv", "productId,skuCode,times,quantity\nOFFI1,,until-expiry,9\n");
    json(dir, &["limits", "import", &file, "--json"]);

    let rows = json(dir, &["limits", "review", "--json"]);
    let row = |rows: &Value, customer: &str, rule: &str| {
        let rows = rows.as_array().unwrap();
        rows.iter().find(|row| row["customerId"] == customer && row["rule"] == rule).unwrap().clone()
    };
    assert_eq!(rows.as_array().unwrap().len(), 4, "{rows:#}");
    let breach = row(&rows, &buyer.customer_id, "until-expiry");
    assert_eq!(breach["productId"], "OFFI1");
    assert_eq!((&breach["used"], &breach["limit"], &breach["verdict"]), (&json!(2), &json!(1), &json!("breached")));
    let ids: Vec<String> = bought.iter().map(|order| order.line.order_id.to_string()).collect();
    assert_eq!(breach["orders"], json!(ids[..2]));
    assert_eq!(breach["cameThrough"], json!([ids[1]]), "the second should have been stopped");
    assert!(breach["allowedAgainAt"].is_string(), "{breach:#}");
    assert_eq!(row(&rows, "other", "until-expiry")["verdict"], "at-limit");
    assert_eq!(row(&rows, "other", "quantity")["verdict"], "allowed");

    // What is given back is not counted any more.
    let instance = bought[1].instance_id.clone().unwrap();
    trade.marketplace.unsubscribe(&instance).await.unwrap();
    let rows = json(dir, &["limits", "review", "--json", "--customer", &buyer.customer_id, "--what-if", "9"]);
    assert_eq!(rows.as_array().unwrap().len(), 2, "{rows:#}");
    let row_now = row(&rows, &buyer.customer_id, "until-expiry");
    assert_eq!((&row_now["used"], &row_now["verdict"]), (&json!(1), &json!("at-limit")));
    assert_eq!(row_now["notCounted"][0]["orderId"], json!(ids[1]));
    assert_eq!(row_now["notCounted"][0]["reason"], "unsubscribed");
    assert_eq!(row_now["whatIf"]["allowed"], false);
    let lines = String::from_utf8(run(dir, &["limits", "review", "--exhausted"]).stdout).unwrap();
    assert!(lines.contains("at-limit") && !lines.contains("allowed "), "{lines}");
    assert!(lines.contains(&format!("{}  does not count: unsubscribed", ids[1])), "{lines}");
}

/// A call of V2 names neither product nor customer, and there is no AK to ask with.
#[tokio::test]
async fn an_order_that_names_no_product_is_told_beside_the_rows() {
    let app = TestApp::start(TEMPLATE).await;
    app.call(purchase("CS1")).await;
    let dir = app.dir.path();
    assert_eq!(json(dir, &["limits", "review", "--json"]), json!([]), "there is no limit");
    let file = write(dir, "limits.csv", "productId,skuCode,times,quantity\nOFFI1,,once,\n");
    json(dir, &["limits", "import", &file, "--json"]);
    let rows = json(dir, &["limits", "review", "--json"]);
    assert_eq!(rows, json!([{ "verdict": "no-product", "orders": ["CS1"] }]));
    assert_eq!(json(dir, &["limits", "review", "--exhausted", "--json"]), json!([]));
    let lines = String::from_utf8(run(dir, &["limits", "review"]).stdout).unwrap();
    assert!(lines.contains("1 order names no product and is in no row"), "{lines}");
}

#[tokio::test]
async fn an_import_tells_how_far_it_is_and_what_is_cancelled_leaves_nothing() {
    let trade = Trade::open("", TEMPLATE).await;
    let desk = &trade.app.desk;
    let rows: Vec<String> = (0..300).map(|row| format!("OFFI{row},,once,{}", row + 1)).collect();
    let text = format!("productId,skuCode,times,quantity\n{}\n", rows.join("\n"));
    let order = async || {
        let read = desk.read_table(ImportKind::PurchaseLimits, TableSource::Pasted(text.clone())).await.unwrap();
        let mapping = read.mapping.clone();
        TableOrder { world: World::Live, table: Arc::new(read), mapping, zone: None, replace: false }
    };
    let cancel = Cancel::default();
    let stop = cancel.clone();
    let progress = move |done: usize, _: usize| {
        if done >= 100 {
            stop.cancel();
        }
    };
    let watch = ImportWatch { cancel, progress: Some(Arc::new(progress)) };
    let ended = desk.import_watched(order().await, false, &watch).await;
    assert!(matches!(ended, Err(ImportError::Cancelled)), "{ended:?}");
    assert!(desk.limits().await.unwrap().is_empty(), "all or nothing");
    let told = Arc::new(Mutex::new(Vec::new()));
    let hear = told.clone();
    let progress = move |done: usize, all: usize| hear.lock().unwrap().push((done, all));
    let watch = ImportWatch { progress: Some(Arc::new(progress)), ..ImportWatch::default() };
    desk.import_watched(order().await, false, &watch).await.unwrap();
    assert_eq!(desk.limits().await.unwrap().len(), 300);
    assert_eq!(told.lock().unwrap().last(), Some(&(300, 300)));
}

#[tokio::test]
async fn who_changed_a_limit_and_when_is_remembered() {
    let trade = Trade::open("", TEMPLATE).await;
    let desk = &trade.app.desk;
    let key = LimitKey { product_id: "OFFI1".into(), sku_code: None };
    let mut limit = Limit { key, times: Times::Once, quantity: None };
    desk.put_limits(vec![limit.clone()], false, "first").await.unwrap();
    limit.quantity = Some(3);
    desk.put_limits(vec![limit.clone()], false, "second").await.unwrap();
    desk.put_limits(vec![limit.clone()], false, "nobody, because nothing changes").await.unwrap();
    desk.remove_limit(limit.key.clone(), "third").await.unwrap().unwrap();
    let changes = desk.limit_changes(Some(limit.key), 10).await.unwrap();
    let told: Vec<_> = changes
        .iter()
        .map(|change| {
            let quantity = |limit: &Option<Limit>| limit.as_ref().map(|limit| limit.quantity);
            (change.changed_by.as_str(), quantity(&change.before), quantity(&change.after))
        })
        .collect();
    assert_eq!(
        told,
        [("third", Some(Some(3)), None), ("second", Some(None), Some(Some(3))), ("first", None, Some(None))]
    );
    assert!(changes.windows(2).all(|pair| pair[0].changed_at >= pair[1].changed_at));
    assert!(trade.app.messages(World::Live).await.is_empty());
}
