//! Usage records in the window, in both languages: refused ones are put right from the list and from beside it, what is about
//! to be too old is warned of, and the list is written to a file that is chosen, typed, or not written after all.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
    time::Duration,
};

use egui_kittest::kittest::{NodeT as _, Queryable as _};
use sellerdesk::{
    desk::Cancel,
    domain::{
        Origin, World,
        action::UsageApi,
        usage::{RecordCode, UsageEvent, UsageRecord, UsageState, UsageValue, derived_metering_sn},
    },
    protocol::{UnixMillis, id::InstanceId},
    ui::FileDialog,
};

use crate::{
    support::window::{Stage, Window},
    usage_window::{is_disabled, records, retype, stage_in},
};

struct Words {
    language: &'static str,
    theme: &'static str,
    usage: &'static str,
    overview: &'static str,
    correct: &'static str,
    title: &'static str,
    refused: &'static str,
    nothing_yet: &'static str,
    keeps_id: &'static str,
    new_id: &'static str,
    correct_and_send: &'static str,
    correct_only: &'static str,
    refused_row: &'static str,
    sent: &'static str,
    replaced: &'static str,
    was: &'static str,
    closing: &'static str,
    closed: &'static str,
    owed_closing: &'static str,
    owed_too_old: &'static str,
    due_soon: &'static str,
    export: &'static str,
    export_file: &'static str,
    browse: &'static str,
    no_dialog: &'static str,
    write_file: &'static str,
    written: &'static str,
    close: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    theme: "light",
    usage: "Usage",
    overview: "Overview",
    correct: "Correct…",
    title: "Correct the record sd-",
    refused: "KooGallery refused it with 001",
    nothing_yet: "Nothing is changed yet",
    keeps_id: "It keeps its id",
    new_id: "It goes under the id",
    correct_and_send: "Correct and send",
    correct_only: "Correct",
    refused_row: "Refused: ",
    sent: "instance-0 Sent",
    replaced: "nobody Replaced: ",
    was: "What it was before",
    closing: "Too old after 2026-12-15 08:00",
    closed: "Too old since 2026-12-15 08:00",
    owed_closing: "1 record was not sent and soon is too old, at 2026-12-15 08:00",
    owed_too_old: "1 record is too old",
    due_soon: "Due at 11:00, later it is billed later",
    export: "Export…",
    export_file: "To the file (.csv or .xlsx)",
    browse: "Browse…",
    no_dialog: "No file was chosen. Where this system shows no dialog, type the path.",
    write_file: "Write file",
    written: "1 rows written to",
    close: "Close",
};

const CHINESE: Words = Words {
    language: "zh-CN",
    theme: "dark",
    usage: "话单",
    overview: "概览",
    correct: "更正…",
    title: "更正话单 sd-",
    refused: "云商店以 001 拒绝",
    nothing_yet: "尚未修改任何内容",
    keeps_id: "保留其唯一标识",
    new_id: "以唯一标识",
    correct_and_send: "更正并上报",
    correct_only: "更正",
    refused_row: "被拒绝: ",
    sent: "instance-0 已上报",
    replaced: "nobody 已被替代: ",
    was: "更正前的内容",
    closing: "云商店仅接收至 2026-12-15 08:00",
    closed: "已过期：云商店仅接收至 2026-12-15 08:00",
    owed_closing: "1 条话单未上报且即将过期，最早的于 2026-12-15 08:00 过期",
    owed_too_old: "1 条话单已过期",
    due_soon: "请在 11:00 前上报，否则延后计费",
    export: "导出…",
    export_file: "导出到文件（.csv 或 .xlsx）",
    browse: "浏览…",
    no_dialog: "没有选择文件。如果系统没有显示对话框，请直接输入路径。",
    write_file: "写入文件",
    written: "已将 1 行写入",
    close: "关闭",
};

const BOTH: [&Words; 2] = [&ENGLISH, &CHINESE];

/// 2026-11-24 08:00 in Beijing.
const EIGHT: UnixMillis = UnixMillis(1_795_478_400_000);
const HOUR: i64 = 3_600_000;
const DAY: Duration = Duration::from_secs(86_400);

fn record(instance: &str) -> UsageRecord {
    let (instance_id, end_time) = (InstanceId::new(instance), EIGHT.plus_millis(HOUR));
    UsageRecord {
        metering_sn: derived_metering_sn(&instance_id, EIGHT, end_time),
        instance_id,
        begin_time: EIGHT,
        end_time,
        usage_value: UsageValue::parse("1.5").unwrap(),
        relate_pkg_instance: None,
        product_id: None,
    }
}

/// Sent, and shown as failed in 话单管理 since.
fn refused(stage: &Stage, record: &UsageRecord, code: RecordCode) {
    stage.runtime().block_on(async {
        let (desk, sn) = (&stage.desk, record.metering_sn.clone());
        desk.enter_usage(World::Live, vec![record.clone()], true).await.unwrap();
        let kept = desk.keep_pushes(World::Live, vec![sn.clone()], UsageApi::New).await.unwrap().pushes;
        let left = desk.carry_out(kept, Origin::Operator, &Cancel::default(), None).await.unwrap();
        assert_eq!(left, 0);
        desk.change_usage(World::Live, sn, UsageEvent::FailedLater { code }).await.unwrap().unwrap().unwrap();
    });
}

#[test]
fn a_refused_record_is_corrected_from_the_list_and_the_old_one_shown_as_replaced() {
    for words in BOTH {
        let (stage, market, instance, _runtime) = stage_in(words.language, words.theme, "");
        refused(&stage, &record("nobody"), RecordCode::InstanceUnknown);
        let mut window = stage.open();
        window.click(words.usage);
        window.wait_for(words.refused_row);
        window.click(words.correct);
        window.wait_for(words.title);
        assert!(window.sees(words.refused) && window.sees(words.nothing_yet));
        assert!(is_disabled(&window, words.correct_and_send) && is_disabled(&window, words.correct_only));
        retype(&mut window, "usageValue", "0");
        assert!(is_disabled(&window, words.correct_and_send), "it is checked before it is sent");
        retype(&mut window, "usageValue", "2.5");
        assert!(window.sees(words.keeps_id));
        retype(&mut window, "instanceId", instance.as_str());
        assert!(window.sees(words.new_id));
        window.snapshot(&format!("usage-correct-{}", words.language));

        let before = market.server.requests().len();
        window.click(words.correct_and_send);
        window.wait_for(words.sent);
        window.wait_for(words.replaced);
        window.wait_for(words.was);
        assert_eq!(market.server.requests().len(), before + 1);
        let bills = market.marketplace.usage_bills();
        let sent = &bills.last().unwrap().record;
        assert_eq!((sent.instance_id.as_str(), sent.usage_value.as_str()), (instance.as_str(), "2.5"));
        // What was told of it is gone by then.
        window.advance(Duration::from_secs(60));
        window.snapshot(&format!("usage-corrected-{}", words.language));
    }
}

#[test]
fn a_refused_record_is_corrected_from_beside_the_list_and_sent_later() {
    for words in BOTH {
        let (stage, market, instance, _runtime) = stage_in(words.language, words.theme, "");
        refused(&stage, &record(instance.as_str()), RecordCode::Usage);
        let mut window = stage.open();
        window.click(words.usage);
        window.click_row(words.refused_row);
        window.wait_for("usageValue");
        let pushed = market.server.requests().len();
        // One in the row, one beside the list.
        window.wait_until("no button beside the list", |window| {
            window.harness.get_all_by_label(words.correct).count() == 2
        });
        window.harness.get_all_by_label(words.correct).next().unwrap().click();
        window.wait_for(words.title);
        // What stands beside it has the same names.
        window.click(words.close);
        retype(&mut window, "usageValue", "2.5");
        window.click(words.correct_only);
        window.wait_for(words.was);
        let kept = records(&window);
        assert_eq!((kept.len(), &kept[0].state), (1, &UsageState::Entered), "the id is kept, so it is one record");
        assert_eq!(kept[0].record.usage_value.as_str(), "2.5");
        assert_eq!(market.server.requests().len(), pushed, "nothing is sent before it is said");
    }
}

#[test]
fn what_is_not_sent_is_warned_of_in_the_list_and_in_the_overview() {
    for words in BOTH {
        let (stage, _market, instance, _runtime) =
            stage_in(words.language, words.theme, "[usage]\nbilling = \"hourly\"\n");
        let entered = vec![record(instance.as_str())];
        stage.runtime().block_on(stage.desk.enter_usage(World::Live, entered, true)).unwrap();
        let mut window = stage.open();
        window.click(words.usage);
        window.wait_for(words.due_soon);
        window.advance(19 * DAY);
        window.wait_for(words.closing);
        window.snapshot(&format!("usage-closing-{}", words.language));
        window.click(words.overview);
        look_again(&mut window);
        window.wait_for(words.owed_closing);
        window.snapshot(&format!("overview-usage-{}", words.language));
        window.advance(3 * DAY);
        look_again(&mut window);
        window.wait_for(words.owed_too_old);
        window.click(words.usage);
        window.wait_for(words.closed);
    }
}

/// Something is written, after which the desk looks at everything anew.
fn look_again(window: &mut Window) {
    let mut other = record("another");
    (other.begin_time, other.end_time) = (EIGHT.plus_millis(40 * 24 * HOUR), EIGHT.plus_millis(40 * 24 * HOUR));
    other.metering_sn = format!("later-{}", records(window).len());
    window.runtime().block_on(async {
        let sn = other.metering_sn.clone();
        window.desk.enter_usage(World::Live, vec![other], true).await.unwrap();
        window.desk.change_usage(World::Live, sn, UsageEvent::Discarded).await.unwrap().unwrap().unwrap();
    });
    window.settle();
}

/// With one record, and the form of the export open; dialogs give what is given, and are noted.
fn exporting(words: &Words, chosen: Option<PathBuf>) -> (Window, Arc<Mutex<Vec<FileDialog>>>, impl Sized) {
    let (stage, market, instance, runtime) = stage_in(words.language, words.theme, "");
    let entered = vec![record(instance.as_str())];
    stage.runtime().block_on(stage.desk.enter_usage(World::Live, entered, true)).unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = asked.clone();
    let mut window = stage.open_with(Arc::new(move |what| {
        noted.lock().unwrap().push(what);
        Box::pin(std::future::ready(chosen.clone()))
    }));
    window.click(words.usage);
    window.click(words.export);
    (window, asked, (market, runtime))
}

#[test]
fn where_no_dialog_is_there_the_path_is_typed() {
    for words in BOTH {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("out.xlsx");
        let (mut window, asked, _kept) = exporting(words, None);
        window.click(words.browse);
        window.wait_for(words.no_dialog);
        assert_eq!(*asked.lock().unwrap(), [FileDialog::Save { name: "usage.csv".into() }]);
        window.snapshot(&format!("export-no-dialog-{}", words.language));
        assert!(
            window.harness.get_by_label(words.export_file).accesskit_node().is_focused(),
            "it can be typed at once"
        );
        window.fill_in(words.export_file, &file.display().to_string());
        window.click(words.write_file);
        window.wait_for(words.written);
        assert!(file.exists());
    }
}

#[test]
fn a_file_that_is_chosen_in_the_dialog_is_written() {
    for words in BOTH {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("out.csv");
        let (mut window, _asked, _kept) = exporting(words, Some(file.clone()));
        window.click(words.browse);
        window.wait_for(words.written);
        assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 2);
    }
}
