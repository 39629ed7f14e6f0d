//! Sales targets and trial whitelists from the command line: the mirror comes in from a table, all or nothing, goes out again, and
//! tells whose order came through against it.

use std::{fs, path::Path};

use sellerdesk::{
    domain::limit::{TargetKind, TargetLevel},
    simulator::{Customer, Generation, Product},
};
use serde_json::{Value, json};

use crate::support::{
    app::TEMPLATE,
    program::{json, run, stderr},
    trade::{Trade, customer, product, setup},
};

fn write(dir: &Path, name: &str, text: &str) -> String {
    let file = dir.join(name);
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

fn listed(dir: &Path) -> Vec<String> {
    let rows = json(dir, &["list", "targets", "--json"]);
    let row = |row: &Value| format!("{} {} {} {}", row["productId"], row["skuCode"], row["level"], row["customers"]);
    rows.as_array().unwrap().iter().map(row).map(|row| row.replace('"', "")).collect()
}

#[test]
fn a_list_of_accounts_may_be_one_cell_or_many_lines_and_comes_out_as_it_went_in() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let text = "商品ID,规格,销售对象,华为云账号ID,关联商品\nOFFI1,,指定用户,c2;c1,\nOFFI2,,已购买关联商品用户,,OFFI1\n\
                OFFI3,,trial-whitelist,t1,\nOFFI3,,trial-whitelist,t2,\n";
    let told = json(dir, &["targets", "import", &write(dir, "targets.csv", text), "--json"]);
    assert_eq!(told, json!({ "added": 3, "changed": 0, "unchanged": 0, "removed": 0 }));
    let all = ["OFFI1 null named c1 c2", "OFFI2 null linked-product ", "OFFI3 null trial-whitelist t1 t2"];
    assert_eq!(listed(dir), all);
    for name in ["out.csv", "out.xlsx"] {
        let out = dir.join(name).to_str().unwrap().to_owned();
        assert_eq!(json(dir, &["targets", "export", &out, "--json"])["rows"], 3);
        let told = json(dir, &["targets", "import", &out, "--json"]);
        assert_eq!(told, json!({ "added": 0, "changed": 0, "unchanged": 3, "removed": 0 }), "{name}");
    }
    // A whitelist tells nothing of who may buy.
    let file = write(dir, "trial.csv", "productId,level,customers\nOFFI4,trial-whitelist,t9\n");
    let told = json(dir, &["targets", "import", &file, "--replace", "--json"]);
    assert_eq!(told, json!({ "added": 1, "changed": 0, "unchanged": 0, "removed": 1 }));
    assert_eq!(listed(dir), [all[0], all[1], "OFFI4 null trial-whitelist t9"]);
}

#[test]
fn one_wrong_line_and_nothing_is_taken() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let text = "productId,skuCode,level,customers,linkedProduct\nOFFI1,,enterprise,,\nOFFI1,sku-1,individual,,\n\
                OFFI2,,named,,\nOFFI3,,linked-product,,\nOFFI4,,everyone,c1,\nOFFI5,,some,,\n,,everyone,,\n\
                OFFI6,,named,c1,\nOFFI6,,enterprise,,\n";
    let output = run(dir, &["targets", "import", &write(dir, "targets.csv", text)]);
    assert!(!output.status.success());
    let lines: Vec<String> = String::from_utf8(output.stdout.clone()).unwrap().lines().map(str::to_owned).collect();
    let expected = [
        "line 3: a specification may not be `individual` under a product that is `enterprise`",
        "line 4: level `named` needs the accounts",
        "line 5: level linked-product needs a linkedProduct",
        "line 6: customers says something, which level `everyone` does not take",
        "line 7: level is `some`",
        "line 8: productId is missing",
        "line 10: the same product and specification stand in line 9",
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, text) in lines.iter().zip(expected) {
        assert!(line.starts_with(text), "{line}");
    }
    assert!(stderr(&output).contains("nothing was imported: 7 problems"), "{}", stderr(&output));
    assert_eq!(listed(dir), [""; 0]);
}

#[tokio::test]
async fn whose_order_came_through_against_a_target_is_told() {
    let trade = Trade::open_with(setup(), Generation::V1, "", TEMPLATE).await;
    let named = customer();
    let stranger = Customer { customer_id: "stranger".into(), customer_name: "Stranger".into() };
    let open = Product { product_id: "OFFI9".into(), ..product() };
    for (product, customer) in [(product(), &named), (product(), &stranger), (open, &stranger)] {
        trade.marketplace.buy(&product, customer).await.unwrap();
    }
    let ids: Vec<String> = trade.marketplace.orders().iter().map(|order| order.line.order_id.to_string()).collect();
    let dir = trade.dir();
    let text = format!(
        "productId,skuCode,level,customers\nOFFI1,,named,{}\nOFFI9,,enterprise,\nOFFI1,,trial-whitelist,nobody\n",
        named.customer_id
    );
    json(dir, &["targets", "import", &write(dir, "targets.csv", &text), "--json"]);
    let rows = json(dir, &["targets", "review", "--json"]);
    let row = |customer: &str, product: &str| {
        let rows = rows.as_array().unwrap();
        rows.iter().find(|row| row["customerId"] == customer && row["productId"] == product).unwrap().clone()
    };
    assert_eq!(rows.as_array().unwrap().len(), 3, "{rows:#}");
    assert_eq!(row(&named.customer_id, "OFFI1")["verdict"], "entitled");
    let wrong = row("stranger", "OFFI1");
    assert_eq!((&wrong["verdict"], &wrong["reason"]), (&json!("not-entitled"), &json!("not-named")));
    assert_eq!(wrong["notEntitled"], json!([ids[1]]));
    assert_eq!(row("stranger", "OFFI9")["verdict"], "unknown", "no order tells whether an account is an enterprise's");
    let lines = String::from_utf8(run(dir, &["targets", "review", "--not-entitled"]).stdout).unwrap();
    assert!(lines.contains(&format!("{}  came through, although not-named", ids[1])), "{lines}");
    assert!(!lines.contains("OFFI9"), "{lines}");
}

#[tokio::test]
async fn who_changed_a_target_and_when_is_remembered() {
    let trade = Trade::open("", TEMPLATE).await;
    let desk = &trade.app.desk;
    let parse = |fields: [&str; 5]| sellerdesk::domain::limit::SalesTarget::parse(fields.map(Some)).unwrap();
    let target = parse(["OFFI1", "", "named", "c1", ""]);
    desk.put_sales_targets(vec![target.clone()], false, "first").await.unwrap();
    let changed = parse(["OFFI1", "", "enterprise", "", ""]);
    desk.put_sales_targets(vec![changed.clone()], false, "second").await.unwrap();
    desk.put_sales_targets(vec![changed.clone()], false, "nobody, because nothing changes").await.unwrap();
    assert_eq!(desk.remove_sales_target(target.key.clone(), TargetKind::Trial, "nobody").await.unwrap(), None);
    let gone = desk.remove_sales_target(target.key, TargetKind::Sale, "third").await.unwrap();
    assert_eq!(gone, Some(changed));
    let changes = desk.sales_target_changes(10).await.unwrap();
    let level = |target: &Option<sellerdesk::domain::limit::SalesTarget>| target.as_ref().map(|target| target.level);
    let told: Vec<_> = changes
        .iter()
        .map(|change| (change.changed_by.as_str(), level(&change.before), level(&change.after)))
        .collect();
    let (named, enterprise) = (Some(TargetLevel::Named), Some(TargetLevel::Enterprise));
    assert_eq!(told, [("third", enterprise, None), ("second", named, enterprise), ("first", None, named)]);
}
