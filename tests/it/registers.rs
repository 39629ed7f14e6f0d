//! Registers on the command line: added, changed, imported as a whole or not at all, exported and taken back.

use std::path::Path;

use serde_json::Value;

use crate::support::program::{json, run, stderr};

fn rules(row: &Value) -> Vec<&str> {
    row["findings"].as_array().unwrap().iter().map(|finding| finding["rule"].as_str().unwrap()).collect()
}

fn listed(dir: &Path, kind: &str) -> Vec<Value> {
    json(dir, &["register", "list", kind, "--json"]).as_array().unwrap().clone()
}

fn add(dir: &Path, kind: &str, values: &[&str]) -> i64 {
    let arguments: Vec<&str> = [&["register", "add", kind][..], values, &["--json"]].concat();
    json(dir, &arguments)["id"].as_i64().unwrap()
}

#[test]
fn a_voucher_lapses_when_its_product_changes_category_and_every_change_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let voucher = add(dir, "vouchers", &["name=双十一", "category=通用商品", "product=p-1", "issued=10"]);
    let product = add(dir, "checklists", &["product=p-1", "productKind=saas", "category=general", "state=在售"]);
    assert!(rules(&listed(dir, "vouchers")[0]).is_empty());

    let id = product.to_string();
    assert!(run(dir, &["register", "set", "checklists", &id, "category=联营商品"]).status.success());
    let row = &listed(dir, "vouchers")[0];
    assert_eq!(rules(row), ["voucher-lapsed"]);
    let finding = &row["findings"][0];
    assert_eq!((finding["weight"].as_str(), finding["page"].as_str()), (Some("due"), Some("销售管理 > 代金券管理")));
    let due = json(dir, &["register", "list", "vouchers", "--due", "--json"]);
    assert_eq!(due.as_array().unwrap().len(), 1);

    let history = json(dir, &["register", "history", "checklists", &id, "--json"]);
    assert_eq!(history[0]["before"]["category"], "general");
    assert_eq!(history[0]["after"]["category"], "joint");
    assert_eq!(history[1]["before"], Value::Null);

    let voucher = voucher.to_string();
    assert!(run(dir, &["register", "remove", "vouchers", &voucher]).status.success());
    assert!(listed(dir, "vouchers").is_empty());
    assert!(run(dir, &["register", "remove", "vouchers", &voucher, "--undo"]).status.success());
    assert_eq!(listed(dir, "vouchers")[0]["id"].to_string(), voucher);
    let out = dir.join("changes.csv");
    let export = ["register", "export", "vouchers", out.to_str().unwrap(), "--changes"];
    assert!(run(dir, &export).status.success());
    let changes = std::fs::read_to_string(&out).unwrap();
    assert_eq!(changes.lines().count(), 4, "headings, added, removed, added again: {changes}");
    let wrong = run(dir, &["register", "set", "reviews", &voucher, "text=x"]);
    assert!(stderr(&wrong).contains("reviews have no entry"), "{}", stderr(&wrong));
}

#[test]
fn templates_are_kept_from_the_command_line_with_who_changed_them() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let set = |arguments: &[&str]| json(dir, &[&["register", "templates", "set"], arguments, &["--json"]].concat());
    assert_eq!(set(&["谢谢", "--text", "尊敬的{买家}，谢谢"])["result"], "added");
    assert_eq!(set(&["谢谢", "--text", "{买家}，谢谢"])["result"], "changed");
    assert_eq!(set(&["谢谢", "--rename", "致谢"])["result"], "changed");
    let listed = json(dir, &["register", "templates", "list", "--json"]);
    assert_eq!(listed, serde_json::json!([{ "name": "致谢", "text": "{买家}，谢谢" }]));
    let refused = run(dir, &["register", "templates", "set", "空", "--text", " "]);
    assert!(stderr(&refused).contains("has no text"), "{}", stderr(&refused));
    assert_eq!(json(dir, &["register", "templates", "remove", "致谢", "--json"])["removed"], true);
    let history = json(dir, &["register", "templates", "history", "--json"]);
    let names = |side: &str| -> Vec<Value> {
        history.as_array().unwrap().iter().map(|change| change[side]["name"].clone()).collect()
    };
    assert_eq!(
        names("before"),
        ["致谢", "谢谢", "谢谢"].map(Value::from).into_iter().chain([Value::Null]).collect::<Vec<_>>()
    );
    assert_eq!(names("after")[0], Value::Null);
    assert_eq!(history[2]["after"]["text"], "{买家}，谢谢");
    assert!(!run(dir, &["register", "templates", "remove", "致谢"]).status.success());
}

/// 商品,电话,接待日 in GBK, as Excel saves CSV in China.
const GBK_HEADINGS: &[u8] =
    &[0xC9, 0xCC, 0xC6, 0xB7, b',', 0xB5, 0xE7, 0xBB, 0xB0, b',', 0xBD, 0xD3, 0xB4, 0xFD, 0xC8, 0xD5, b'\r', b'\n'];

#[test]
fn a_table_is_taken_as_a_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let (dir, file) = (dir.path(), dir.path().join("contacts.csv"));
    let path = file.to_str().unwrap();
    std::fs::write(&file, [GBK_HEADINGS, b"p-1,400-1,1-5\r\np-2,400-2,often\r\np-1,400-3,1-5\r\n"].concat()).unwrap();
    let refused = run(dir, &["register", "import", "contacts", path]);
    let told = String::from_utf8_lossy(&refused.stdout).into_owned();
    assert!(!refused.status.success());
    assert!(told.contains("line 3: `days` is `often`; write it as 1-5"), "{told}");
    assert!(told.contains("line 4: the same entry stands in line 2 already"), "{told}");
    assert!(listed(dir, "contacts").is_empty());

    std::fs::write(&file, [GBK_HEADINGS, b"p-1,400-1,1-5\r\np-2,400-2,1-5\r\n"].concat()).unwrap();
    let put = json(dir, &["register", "import", "contacts", path, "--json"]);
    assert_eq!((put["added"].as_i64(), put["changed"].as_i64()), (Some(2), Some(0)));
    let put = json(dir, &["register", "import", "contacts", path, "--json"]);
    assert_eq!((put["added"].as_i64(), put["same"].as_i64()), (Some(0), Some(2)), "the same again");
}

#[test]
fn what_is_exported_is_taken_back() {
    let from = tempfile::tempdir().unwrap();
    add(from.path(), "reviews", &["product=p", "date=2026-11-20", "text=好, “很好”\n=1+1", "reply=谢谢"]);
    for name in ["reviews.csv", "reviews.xlsx"] {
        let file = from.path().join(name);
        let path = file.to_str().unwrap();
        assert!(run(from.path(), &["register", "export", "reviews", path]).status.success());
        let put = json(from.path(), &["register", "import", "reviews", path, "--json"]);
        assert_eq!((put["same"].as_i64(), put["changed"].as_i64()), (Some(1), Some(0)), "{name}");
    }
}
