//! Settlement over real calls, files and the command line: an order falls into its month, a price gives it an amount, a bill comes in
//! from a console's export, and what differs is told.

use std::path::Path;

use encoding_rs::GBK;
use sellerdesk::{
    desk::session::SettingsChange,
    domain::{World, settlement::BillingMonth, supervision::SupervisionFacts},
    protocol::id::OrderId,
};
use serde_json::{Value, json};

use crate::support::{
    app::{MANUAL, TEMPLATE},
    program::{self, stderr},
    trade::{Trade, customer, product},
};

fn write(dir: &Path, name: &str, text: impl AsRef<[u8]>) -> String {
    let file = dir.join(name);
    std::fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

fn run(dir: &Path, arguments: &[&str]) -> Value {
    program::json(dir, &[&["settlement"], arguments, &["--json"]].concat())
}

async fn bought(trade: &Trade) -> String {
    trade.marketplace.buy(&product(), &customer()).await.unwrap();
    let order_id = trade.marketplace.orders().last().unwrap().line.order_id.to_string();
    trade.query_order(&order_id).await;
    order_id
}

#[tokio::test]
async fn an_order_is_estimated_billed_and_compared() {
    let trade = Trade::open("", TEMPLATE).await;
    let (first, second) = (bought(&trade).await, bought(&trade).await);
    let dir = trade.dir();
    let month = trade.app.desk.this_month().unwrap().to_string();
    let estimate = run(dir, &["estimate"]);
    assert_eq!((&estimate["month"], &estimate["total"]["withoutAmount"]), (&json!(month), &json!(2)), "{estimate:#}");
    assert_eq!(estimate["billed"][0]["basis"], "no-price");

    let bought_product = product().product_id;
    let set =
        run(dir, &["prices", "set", &bought_product, "--price", "1,200.50", "--type", "saas", "--category", "general"]);
    assert_eq!((&set["price"], &set["per"]), (&json!("1200.50"), &json!("once")));
    let estimate = run(dir, &["estimate", "--month", &month]);
    let total = &estimate["total"];
    assert_eq!(
        (&total["lines"], &total["amount"], &total["settlementAmount"]),
        (&json!(2), &json!("2401.00"), &json!("2280.94"))
    );
    let line = &estimate["billed"][0];
    assert_eq!(
        (&line["orderId"], &line["rule"], &line["fee"]),
        (&json!(first), &json!("instance-opened"), &json!("60.03"))
    );

    let fee = SettingsChange::Settlement { key: "platform_fee", text: "10".into() };
    trade.app.desk.change_settings(fee).await.unwrap();
    assert_eq!(run(dir, &["estimate"])["total"]["settlementAmount"], "2160.90");
    let fee = SettingsChange::Settlement { key: "platform_fee", text: "5".into() };
    trade.app.desk.change_settings(fee).await.unwrap();

    // As the console may export it: a title, its own words, in GBK.
    let text = format!(
        "账单明细\n账期,订单号,商品名称,交易金额,结算金额\n{bare},{first},x,\"1,200.50\",1140.47\n{bare},CS-OTHER,x,10.00,9.50\n{bare},{second},x,abc,\n",
        bare = month.replace('-', "")
    );
    let bill = write(dir, "bill.csv", GBK.encode(&text).0);
    let refused = program::run(dir, &["settlement", "import-bill", &bill]);
    let told = String::from_utf8_lossy(&refused.stdout).into_owned();
    assert!(!refused.status.success() && told.contains("row 5: amount: `abc`"), "{told}");
    let imported = program::run(dir, &["settlement", "import-bill", &bill, "--leave-out", "--json"]);
    let imported: Value = serde_json::from_slice(&imported.stdout).unwrap();
    assert_eq!((&imported["rows"], &imported["entered"]), (&json!(3), &json!([first, "CS-OTHER"])));
    let again = program::run(dir, &["settlement", "import-bill", &bill, "--leave-out", "--json"]);
    let again: Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(again["entered"], json!([]), "a bill that comes twice is there once");

    let compared = run(dir, &["reconcile"]);
    let verdicts: Vec<(&str, &str)> = compared["orders"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["orderId"].as_str().unwrap(), one["verdict"].as_str().unwrap()))
        .collect();
    assert_eq!(verdicts, [(second.as_str(), "missing"), ("CS-OTHER", "not-known"), (first.as_str(), "agrees")]);
    for (command, rows) in [("estimate", 2), ("reconcile", 3)] {
        let out = dir.join(format!("{command}.xlsx")).to_str().unwrap().to_owned();
        assert_eq!(run(dir, &[command, "--month", &month, "--export", &out])["rows"], rows);
    }
    let imports = run(dir, &["bill-imports"]);
    let entered: Vec<&Value> = imports.as_array().unwrap().iter().map(|one| &one["entered"]).collect();
    assert_eq!(entered, [&json!(0), &json!(2)], "newest first");
    let first_import = imports[1]["batch"].to_string();
    assert_eq!(run(dir, &["take-back-bill", &first_import])["batch"], imports[1]["batch"]);
    assert!(!program::run(dir, &["settlement", "reconcile"]).status.success(), "nothing of the bill is left");
    assert!(!program::run(dir, &["settlement", "take-back-bill", &first_import]).status.success(), "once is enough");
    assert!(!program::run(dir, &["settlement", "import-bill", &bill, "--leave-out", "--json"]).stdout.is_empty());
    assert_eq!(run(dir, &["forget-bill", "--month", &month])["lines"], 2);
    // What was forgotten is not taken back from another bill.
    assert!(!program::run(dir, &["settlement", "import-bill", &bill, "--leave-out", "--json"]).stdout.is_empty());
    let forgotten = run(dir, &["bill-imports"])[1]["batch"].to_string();
    run(dir, &["take-back-bill", &forgotten]);
    assert_eq!(run(dir, &["forget-bill", "--month", &month])["lines"], 2);
    let none = program::run(dir, &["settlement", "reconcile"]);
    assert!(!none.status.success() && stderr(&none).contains("no bill was imported yet"), "{}", stderr(&none));
}

#[tokio::test]
async fn a_supervised_order_waits_and_is_billed_in_the_month_of_its_acceptance() {
    let trade = Trade::open("", TEMPLATE).await;
    let order = bought(&trade).await;
    let desk = &trade.app.desk;
    let id = OrderId::new(&order);
    let mut facts = SupervisionFacts { requested_at: Some(desk.now()), ..SupervisionFacts::default() };
    desk.note_supervision(World::Live, id.clone(), Some(facts.clone())).await.unwrap();
    let told = run(trade.dir(), &["order", &order]);
    assert_eq!(
        (&told["lines"][0]["state"], &told["lines"][0]["blocks"]),
        (&json!("blocked"), &json!(["supervision-not-done"]))
    );
    assert_eq!(
        (&told["unsubscription"]["may"], &told["unsubscription"]["rule"]),
        (&json!("yes"), &json!("negotiated"))
    );
    let estimate = run(trade.dir(), &["estimate"]);
    assert_eq!(estimate["waiting"][0]["blocks"], json!(["supervision-not-done"]));
    facts.accepted_at = Some(desk.now());
    desk.note_supervision(World::Live, id.clone(), Some(facts)).await.unwrap();
    let told = run(trade.dir(), &["order", &order]);
    assert_eq!(told["lines"][0]["rule"], "supervision-done");
    assert_eq!(told["lines"][0]["month"], json!(BillingMonth::of(desk.now()).unwrap().to_string()));
    assert_eq!(told["unsubscription"]["why"], "supervision-done");
}

#[tokio::test]
async fn a_paid_renewal_is_foreseen_in_the_month_in_which_it_takes_effect() {
    let trade = Trade::open("", TEMPLATE).await;
    bought(&trade).await;
    let instance = trade.marketplace.orders()[0].instance_id.clone().unwrap();
    trade.marketplace.renew(&instance).await.unwrap();
    let renewal = trade.marketplace.orders().last().unwrap().line.order_id.to_string();
    trade.query_order(&renewal).await;
    let now = run(trade.dir(), &["estimate"]);
    assert_eq!(now["waiting"][0]["blocks"], json!(["not-effective"]), "{now:#}");
    let line = run(trade.dir(), &["order", &renewal])["lines"][0].clone();
    assert_eq!((&line["state"], &line["rule"]), (&json!("enters"), &json!("renewal-effective")));
    let marked = |line: &Value| line["assumptions"].as_array().unwrap().contains(&json!("not-yet-effective"));
    let month = line["month"].as_str().unwrap();
    let estimate = run(trade.dir(), &["estimate", "--month", month]);
    let billed = &estimate["billed"][0];
    assert!(billed["orderId"] == json!(renewal) && marked(billed), "{estimate:#}");
    let told = program::run(trade.dir(), &["settlement", "estimate", "--month", month]);
    assert!(String::from_utf8_lossy(&told.stdout).contains("not yet in effect"));
}

#[tokio::test]
async fn what_is_not_opened_is_in_no_bill() {
    let trade = Trade::open("", MANUAL).await;
    drop(trade.marketplace.buy(&product(), &customer()).await);
    let estimate = run(trade.dir(), &["estimate"]);
    assert_eq!(estimate["billed"], json!([]));
    assert_eq!(estimate["waiting"][0]["blocks"], json!(["not-opened"]), "{estimate:#}");
}

#[test]
fn prices_are_taken_whole_and_come_out_as_they_went_in() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let text = "商品ID,规格,商品类型,商品分类,价格,计价单位,分成比例\nOFFI1,,镜像,联营商品,1200,年,70%\nOFFI1,s-1,,,99.9,月,\n";
    let file = write(dir, "prices.csv", GBK.encode(text).0);
    assert_eq!(run(dir, &["prices", "import", &file])["entered"], json!(["OFFI1", "OFFI1 s-1"]));
    let listed = run(dir, &["prices", "list"]);
    let image = &listed[0];
    assert_eq!(
        (&image["productType"], &image["per"], &image["share"]),
        (&json!("image"), &json!("year"), &json!("70"))
    );
    for name in ["out.csv", "out.xlsx"] {
        let out = dir.join(name).to_str().unwrap().to_owned();
        assert_eq!(run(dir, &["prices", "export", &out])["rows"], 2);
        assert_eq!(run(dir, &["prices", "import", &out])["entered"], json!([]), "{name}: nothing is new");
    }
    let wrong = write(dir, "wrong.csv", "productId,price\nOFFI2,1\nOFFI3,cheap\n");
    let refused = program::run(dir, &["settlement", "prices", "import", &wrong]);
    let told = String::from_utf8_lossy(&refused.stdout).into_owned();
    assert!(!refused.status.success() && told.contains("row 3: price: `cheap`"), "{told}");
    assert_eq!(run(dir, &["prices", "remove", "OFFI1", "--sku", "s-1"])["removed"], true);
    assert_eq!(run(dir, &["prices", "list"]).as_array().unwrap().len(), 1);
}

#[test]
fn an_upgrade_is_calculated_by_the_documented_formula() {
    let dir = tempfile::tempdir().unwrap();
    let question =
        ["upgrade-price", "--old", "10000", "--new", "17500", "--on", "2023-04-18", "--expires", "2023-05-08"];
    let told = run(dir.path(), &question);
    assert_eq!((&told["price"], &told["remainingMonths"]), (&json!("4935.48"), &json!("0.65806452")));
    assert_eq!((&told["months"], &told["formula"]), (&json!(["12/30", "8/31"]), &json!("general")));
    std::fs::write(dir.path().join("config.toml"), "[settlement]\nupgrade_formula = \"international\"\n").unwrap();
    let told = run(dir.path(), &[&question[..], &["--discount", "0.9"]].concat());
    assert_eq!((&told["price"], &told["formula"]), (&json!("3783.87"), &json!("international")));
    let wrong = program::run(dir.path(), &[&["settlement"], &question[..], &["--discount", "9"]].concat());
    assert!(!wrong.status.success() && stderr(&wrong).contains("discount"), "{}", stderr(&wrong));
}

#[test]
fn rates_that_are_none_are_refused_with_their_line() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), "[settlement]\nplatform_fee = \"120\"\n").unwrap();
    let refused = program::run(dir.path(), &["settlement", "estimate"]);
    assert!(!refused.status.success() && stderr(&refused).contains("line 2"), "{}", stderr(&refused));
}
