//! Usage records in the window, in both languages: a table is pasted, corrected, entered and sent to the simulated marketplace.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use egui::{DroppedFile, Event, Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use sellerdesk::{
    desk::Cancel,
    domain::{
        World,
        listing::UsageQuery,
        usage::{StoredUsage, UsageState},
    },
    protocol::{KeyClass, Secret, id::InstanceId},
};

use crate::support::{
    app::TEMPLATE,
    open_api::{BASE_KEY, Market},
    window::{Stage, Window},
};

/// What a test clicks, as the window calls it.
struct Words {
    language: &'static str,
    theme: &'static str,
    usage: &'static str,
    nothing_yet: &'static str,
    wrong_row: &'static str,
    one_of_two: &'static str,
    enter_one: &'static str,
    enter_two: &'static str,
    enter_and_send: &'static str,
    pasted: &'static str,
    entered: &'static str,
    send_all: &'static str,
    send: &'static str,
    sent: &'static str,
    add: &'static str,
    no_zone: &'static str,
    not_positive: &'static str,
    export: &'static str,
    export_file: &'static str,
    write_file: &'static str,
    written: &'static str,
    choose_code: &'static str,
    failed_code: &'static str,
    note_failure: &'static str,
    discard: &'static str,
    discarded: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    theme: "light",
    usage: "Usage",
    nothing_yet: "No usage records yet",
    wrong_row: "Row 3: usageValue is “2,5”",
    one_of_two: "1 of 2 rows cannot be entered",
    enter_one: "Enter 1 record",
    enter_two: "Enter 2 records",
    enter_and_send: "Enter and send",
    pasted: "Or rows from a spreadsheet, with their headings",
    entered: "instance-0 Entered",
    send_all: "Send all unsent",
    send: "Send",
    sent: "instance-0 Sent",
    add: "Add record…",
    no_zone: "does not say in which time zone",
    not_positive: "it has to be greater than 0",
    export: "Export…",
    export_file: "To the file (.csv or .xlsx)",
    write_file: "Write file",
    written: "2 rows written to",
    choose_code: "Code",
    failed_code: "012 the instance is not billed by use",
    note_failure: "Note the failure",
    discard: "Discard",
    discarded: "instance-0 Discarded",
};

const CHINESE: Words = Words {
    language: "zh-CN",
    theme: "dark",
    usage: "话单",
    nothing_yet: "还没有话单",
    wrong_row: "行 3: usageValue 为“2,5”",
    one_of_two: "2 行中有 1 行无法录入",
    enter_one: "录入 1 条",
    enter_two: "录入 2 条",
    enter_and_send: "录入并上报",
    pasted: "或粘贴电子表格中的行（含表头）",
    entered: "instance-0 已录入",
    send_all: "上报全部未上报的",
    send: "上报",
    sent: "instance-0 已上报",
    add: "添加话单…",
    no_zone: "，没有时区",
    not_positive: "必须大于 0",
    export: "导出…",
    export_file: "导出到文件（.csv 或 .xlsx）",
    write_file: "写入文件",
    written: "已将 2 行写入",
    choose_code: "错误码",
    failed_code: "012 该实例不是按需资源",
    note_failure: "记录失败",
    discard: "作废",
    discarded: "instance-0 已作废",
};

const BOTH: [&Words; 2] = [&ENGLISH, &CHINESE];

/// 2026-11-23 20:00 in Beijing, when the instance was bought; the window's operator sits there at 10:30 of the next day.
const HALF_A_DAY: i64 = 14 * 3600 + 1800;

/// The desk's marketplace has one instance that is billed by use.
fn stage(words: &Words) -> (Stage, Market, InstanceId, tokio::runtime::Runtime) {
    stage_in(words.language, words.theme, "")
}

/// `more` is the rest of the configuration.
pub fn stage_in(language: &str, theme: &str, more: &str) -> (Stage, Market, InstanceId, tokio::runtime::Runtime) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    drop(rustls::crypto::ring::default_provider().install_default());
    let (market, instance) = runtime.block_on(async {
        let market = Market::open().await;
        let instance = market.metered().await;
        market.pass(HALF_A_DAY);
        (market, instance)
    });
    let config = format!("{TEMPLATE}\n[marketplace]\nbase_url = \"{}\"\n{more}", market.server.url());
    let stage = Stage::new(language, theme, &config);
    stage.runtime().block_on(stage.desk.set_key(KeyClass::Base, None, Secret::new(BASE_KEY))).unwrap();
    (stage, market, instance, runtime)
}

pub fn pasted(instance: &InstanceId, second: &str) -> String {
    format!(
        "instanceId\tbeginTime\tendTime\tusageValue\n\
         {instance}\t2026-11-24T08:00:00+08:00\t2026-11-24T09:00:00+08:00\t1.5\n\
         {instance}\t2026-11-24T09:00:00+08:00\t2026-11-24T10:00:00+08:00\t{second}\n"
    )
}

pub fn records(window: &Window) -> Vec<StoredUsage> {
    window.runtime().block_on(async {
        let query = UsageQuery { world: World::Live, ascending: true, ..UsageQuery::default() };
        let ids = window.desk.usage_ids(query, Cancel::default()).await.unwrap();
        window.desk.usage(ids).await.unwrap().into_iter().map(|(_, stored)| stored).collect()
    })
}

fn billed(market: &Market) -> Vec<String> {
    market.marketplace.usage_bills().iter().map(|bill| bill.record.usage_value.clone()).collect()
}

/// Another text in the place of what stands in the field.
pub fn retype(window: &mut Window, label: &str, text: &str) {
    window.fill_in(label, "");
    window.press(Modifiers::COMMAND, Key::A);
    window.harness.get_by_label(label).type_text(text);
    window.harness.run_steps(2);
}

pub fn is_disabled(window: &Window, label: &str) -> bool {
    window.harness.get_by_label(label).accesskit_node().is_disabled()
}

#[test]
fn a_pasted_table_is_corrected_entered_and_sent() {
    for words in BOTH {
        let (stage, market, instance, _runtime) = stage(words);
        let mut window = stage.open();
        window.click(words.usage);
        window.wait_for(words.nothing_yet);
        window.snapshot(&format!("usage-empty-{}", words.language));

        window.harness.event(Event::Paste(pasted(&instance, "2,5")));
        window.wait_for(words.wrong_row);
        assert!(window.sees(words.one_of_two));
        assert!(is_disabled(&window, words.enter_one) && is_disabled(&window, words.enter_and_send));
        window.snapshot(&format!("usage-import-{}", words.language));

        retype(&mut window, words.pasted, &pasted(&instance, "2.5"));
        window.wait_until("the row stays wrong", |window| !window.sees(words.wrong_row));
        window.click(words.enter_two);
        window.wait_for(words.entered);
        assert!(records(&window).iter().all(|stored| stored.state == UsageState::Entered));
        assert_eq!(billed(&market).len(), 0, "nothing is sent before it is said");

        window.click(words.send_all);
        window.click(words.send);
        window.wait_for(words.sent);
        window.wait_until("not both are sent", |window| {
            records(window).iter().all(|stored| stored.state == UsageState::Sent)
        });
        assert_eq!(billed(&market), ["1.5", "2.5"]);
        let pushed = market.server.requests().len();

        // Another time nothing is left to send.
        window.click(words.send_all);
        window.click(words.send);
        window.settle();
        assert_eq!(market.server.requests().len(), pushed);
        window.advance(Duration::from_secs(60));
        window.harness.get_all_by_label_contains(words.sent).next().unwrap().click();
        window.wait_for("endTime");
        window.snapshot(&format!("usage-{}", words.language));
    }
}

#[test]
fn what_koogallery_shows_as_failed_is_noted() {
    for words in BOTH {
        let (stage, _market, instance, _runtime) = stage(words);
        let mut window = stage.open();
        window.click(words.usage);
        window.wait_for(words.nothing_yet);
        window.harness.event(Event::Paste(pasted(&instance, "2.5").lines().take(2).collect::<Vec<_>>().join("\n")));
        window.wait_for(words.enter_one);
        window.click(words.enter_and_send);
        window.wait_for(words.sent);
        window.click_row(words.sent);
        window.click(words.choose_code);
        window.click(words.failed_code);
        window.click(words.note_failure);
        window.wait_until(
            "the failure is not noted",
            |window| matches!(&records(window)[0].state, UsageState::Refused { code } if code.as_wire() == "012"),
        );
        window.wait_for(&words.failed_code[4..]);
        // It can only be let go now.
        window.click(words.discard);
        window.harness.get_all_by_label(words.discard).last().unwrap().click();
        window.wait_for(words.discarded);
    }
}

#[test]
fn a_record_is_typed_in_and_checked_meanwhile() {
    for words in BOTH {
        let (stage, market, instance, _runtime) = stage(words);
        let mut window = stage.open();
        window.click(words.usage);
        window.click(words.add);
        window.fill_in("instanceId", instance.as_str());
        window.fill_in("beginTime", "2026-11-24 08:00");
        assert!(window.sees(words.no_zone));
        window.fill_in("usageValue", "0");
        assert!(window.sees(words.not_positive) && is_disabled(&window, words.enter_and_send));
        window.snapshot(&format!("usage-form-{}", words.language));
        retype(&mut window, "usageValue", "0.5");
        retype(&mut window, "beginTime", "2026-11-24 08:00+08:00");
        window.fill_in("endTime", "2026-11-24T01:00:00Z");
        window.wait_until("something is wrong still", |window| {
            !window.sees(words.no_zone) && !window.sees(words.not_positive)
        });
        window.click(words.enter_and_send);
        window.wait_for(words.sent);
        assert_eq!(billed(&market), ["0.5"]);
    }
}

#[derive(Debug)]
struct OnDisk(PathBuf);

impl DroppedFile for OnDisk {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        panic!("the window reads no file itself")
    }
}

#[test]
fn a_dropped_file_is_entered_and_the_list_written_to_another() {
    for words in BOTH {
        let (stage, _market, instance, _runtime) = stage(words);
        let dir = tempfile::tempdir().unwrap();
        let (file, out) = (dir.path().join("june.csv"), dir.path().join("out.csv"));
        std::fs::write(&file, pasted(&instance, "2.5").replace('\t', ",")).unwrap();
        let mut window = stage.open();
        window.click(words.usage);
        window.wait_for(words.nothing_yet);
        window.harness.input_mut().dropped_files.push(Arc::new(OnDisk(file)));
        window.harness.run_steps(1);
        window.harness.input_mut().dropped_files.clear();
        window.click(words.enter_two);
        window.wait_for(words.entered);
        window.click(words.export);
        window.fill_in(words.export_file, &out.display().to_string());
        window.click(words.write_file);
        window.wait_for(words.written);
        let written = std::fs::read_to_string(&out).unwrap();
        assert!(written.contains("meteringSn") && written.lines().count() == 3, "{written}");
    }
}
