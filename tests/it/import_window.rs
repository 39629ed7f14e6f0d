//! A list of codes from a file, in the window and on the command line: the columns are found or chosen, what is wrong is told by
//! row, and the next file of that kind fits by itself.

use std::path::{Path, PathBuf};

use egui_kittest::kittest::{NodeT as _, Queryable as _};
use sellerdesk::{
    domain::{LicenseStatus, World},
    protocol::{UnixMillis, id::LicenseCode},
};
use serde_json::json;

use crate::support::{
    app::MANUAL,
    program,
    window::{Stage, Window},
};

struct Words {
    language: &'static str,
    theme: &'static str,
    import: &'static str,
    file: &'static str,
    read: &'static str,
    missing: &'static str,
    column: &'static str,
    ready: &'static str,
    harmless: &'static str,
    wrong: &'static str,
    malformed: &'static str,
    no_zone: &'static str,
    zone: &'static str,
    leave_out: &'static str,
    enter: &'static str,
    done: &'static str,
    skipped: &'static str,
    close: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    theme: "light",
    import: "Import…",
    file: "File (.csv or .xlsx)",
    read: "Read file",
    missing: "Choose which column of the file is license.",
    column: "B 内部编号",
    ready: "of 9961 rows",
    harmless: "37 repeated or known already",
    wrong: "2 wrong",
    malformed: "row 4: license: “no code” is none",
    no_zone: "does not say in which time zone",
    zone: "Times without an offset",
    leave_out: "Leave wrong rows out",
    enter: "Import 9923 rows",
    done: "9923 of 9961 rows were imported",
    skipped: "38 were left out:",
    close: "Close",
};

const CHINESE: Words = Words {
    language: "zh-CN",
    theme: "dark",
    import: "导入…",
    file: "文件（.csv 或 .xlsx）",
    read: "读取文件",
    missing: "请选择文件中的哪一列是 license。",
    column: "B 内部编号",
    ready: "共 9961 行",
    harmless: "37 行重复或已有",
    wrong: "2 行有误",
    malformed: "第 4 行: license：“no code”格式不正确",
    no_zone: "，没有时区",
    zone: "没有时区的时间",
    leave_out: "忽略有误的行",
    enter: "导入 9923 行",
    done: "已导入 9961 行中的 9923 行",
    skipped: "38 行未导入：",
    close: "关闭",
};

const BOTH: [&Words; 2] = [&ENGLISH, &CHINESE];

/// As Excel saves it in China: a title, headings that nobody could guess, 37 codes that stand there twice, one that is none, and
/// one whose time is of no zone.
fn in_gbk(dir: &Path) -> PathBuf {
    let mut text =
        "授权码清单 2026-11,,\r\n序号,内部编号,到期时间\r\n1,PL-000000,2027-11-24T00:00:00+08:00\r\n2,no code,\r\n"
            .to_owned();
    text.push_str("3,PL-TIME,2027/1/2 3:04\r\n");
    for number in 1..9922 {
        text.push_str(&format!("{number},PL-{number:06},\r\n"));
    }
    for number in 0..37 {
        text.push_str(&format!("x,PL-{:06},\r\n", number * 100));
    }
    let file = dir.join("codes.csv");
    std::fs::write(&file, encoding_rs::GBK.encode(&text).0).unwrap();
    file
}

fn read(window: &mut Window, words: &Words, file: &Path) {
    window.click(words.import);
    window.fill_in(words.file, &file.display().to_string());
    window.click(words.read);
}

#[test]
fn a_list_from_excel_is_imported_after_its_column_was_chosen() {
    for words in BOTH {
        let dir = tempfile::tempdir().unwrap();
        let stage = Stage::new(words.language, words.theme, MANUAL);
        let mut window = stage.open();
        window.press(egui::Modifiers::COMMAND, egui::Key::Num5);
        read(&mut window, words, &in_gbk(dir.path()));
        window.wait_for(words.missing);
        window.snapshot_without(&format!("import-columns-{}", words.language), Some(words.file));
        window.choose("license *", words.column);
        window.wait_for(words.harmless);
        for seen in [words.ready, words.wrong, words.malformed, words.no_zone] {
            window.wait_for(seen);
        }
        window.snapshot_without(&format!("import-checked-{}", words.language), Some(words.file));
        window.choose(words.zone, "UTC+08");
        window.wait_until("the time is read still", |window| !window.sees(words.no_zone));
        let enter = |window: &Window| window.harness.get_by_label(words.enter).accesskit_node().is_disabled();
        window.wait_for(words.enter);
        assert!(enter(&window), "nothing while a row is wrong");
        window.click(words.leave_out);
        assert!(!enter(&window));
        window.click(words.enter);
        window.wait_for(words.done);
        window.wait_for(words.skipped);
        window.advance(std::time::Duration::from_secs(60));
        window.snapshot_without(&format!("import-done-{}", words.language), Some(words.file));
        window.click(words.close);
        let license = |code: &str| {
            let found = window.desk.license(World::Live, LicenseCode::new(code));
            window.runtime().block_on(found).unwrap().unwrap().0
        };
        assert_eq!(license("PL-000000").expire_time, UnixMillis::from_iso("2027-11-24T00:00:00+08:00"));
        assert_eq!(license("PL-TIME").expire_time, UnixMillis::from_iso("2027-01-02T03:04:00+08:00"));
        assert_eq!(license("PL-009921").status, LicenseStatus::Added);

        // Next month's file fits, although its columns stand elsewhere.
        let next = dir.path().join("next.csv");
        std::fs::write(&next, "到期时间,备注,内部编号\n,,PL-NEXT\n,,PL-000007\n").unwrap();
        read(&mut window, words, &next);
        window.wait_for("C = license");
        window.wait_for("PL-000007");
        window.click(&words.enter.replace("9923 rows", "1 row").replace("9923", "1"));
        window.wait_until("it is added", |window| {
            let found = window.desk.license(World::Live, LicenseCode::new("PL-NEXT"));
            window.runtime().block_on(found).unwrap().is_some()
        });
    }
}

#[test]
fn the_command_line_adds_the_codes_of_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("codes.csv");
    std::fs::write(&file, "Serial,授权码\nS-1,PL-1\nS-2,PL-2\nS-3,PL-1\n").unwrap();
    program::set_key(dir.path());
    let file = file.display().to_string();
    let added = program::json(dir.path(), &["license", "add", "--file", &file, "--json"]);
    assert_eq!(added["added"], json!(["PL-1", "PL-2"]));
    assert_eq!(added["skipped"][0]["row"], 4);
    assert_eq!((&added["rows"], &added["skipped"][0]["wrong"]), (&json!(3), &json!(false)));
    let added = program::json(dir.path(), &["license", "add", "--file", &file, "--column", "serial", "--json"]);
    assert_eq!(added["added"], json!(["S-1", "S-2", "S-3"]));
    let refused = program::run(dir.path(), &["license", "add", "--file", &file, "--column", "nothing"]);
    assert!(!refused.status.success());
    let refused = program::stderr(&refused);
    assert!(refused.contains("no column of the file is called `nothing`"), "{refused}");
}
