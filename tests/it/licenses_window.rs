//! Authorization codes in the window, in both languages: a pasted batch is added, looked through, and activated at KooGallery;
//! and pictures of the view, which somebody has looked at.

use egui::{
    Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, TouchPhase,
    accesskit::{Role, Toggled},
    vec2,
};
use egui_kittest::kittest::{By, NodeT as _, Queryable as _};
use sellerdesk::{
    config::AccessKeyPair,
    domain::{LicenseStatus, World},
    protocol::{Secret, UnixMillis, id::LicenseCode},
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::support::{
    app::MANUAL,
    backend::{Backend, told},
    window::{Stage, Window},
};

struct Words {
    language: &'static str,
    theme: &'static str,
    licenses: &'static str,
    nothing: &'static str,
    add_codes: &'static str,
    activate_codes: &'static str,
    one_a_line: &'static str,
    counts: [&'static str; 3],
    add: &'static str,
    added: &'static str,
    groups: [&'static str; 3],
    more: &'static str,
    check: &'static str,
    ready: &'static str,
    already_active: &'static str,
    effect_time: &'static str,
    no_time: &'static str,
    activate_three: &'static str,
    not_activated: &'static str,
    active: &'static str,
    timeline: &'static str,
    activate: &'static str,
    activate_selected: &'static str,
    query_selected: &'static str,
    marked: [&'static str; 2],
    question: &'static str,
    activate_one: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    theme: "light",
    licenses: "Licenses",
    nothing: "No authorization codes yet",
    add_codes: "Add codes…",
    activate_codes: "Activate codes…",
    one_a_line: "Codes, one a line; of a line with several columns the first counts",
    counts: ["4 codes", "1 repeated", "1 malformed"],
    add: "Add",
    added: "3 codes were added",
    groups: [
        "Known before, nothing changed: 1",
        "Named more than once, taken once: 1",
        "No codes (too long, or with blanks in them), left out: 1",
    ],
    more: "Add more",
    check: "Check, then activate…",
    ready: "Ready to be activated: 3",
    already_active: "Active already, left out: 1",
    effect_time: "real_effect_time (optional)",
    no_time: "No time with an offset",
    activate_three: "Activate 3 codes",
    not_activated: "Not activated",
    active: "Active",
    timeline: "Timeline",
    activate: "Activate",
    activate_selected: "Activate selected",
    query_selected: "Query selected",
    marked: ["Activate 301", "Query 301"],
    question: "That cannot be undone",
    activate_one: "Activate 1 code",
};

const CHINESE: Words = Words {
    language: "zh-CN",
    theme: "dark",
    licenses: "授权码",
    nothing: "还没有授权码",
    add_codes: "添加授权码…",
    activate_codes: "激活授权码…",
    one_a_line: "授权码，每行一个；一行有多列时取第一列",
    counts: ["4 个授权码", "1 个重复", "1 个格式错误"],
    add: "添加",
    added: "已添加 3 个授权码",
    groups: ["之前已有，未作更改：1", "多次出现，只取一次：1", "不是授权码（过长或含空白），已忽略：1"],
    more: "继续添加",
    check: "先检查，再激活…",
    ready: "可以激活：3",
    already_active: "已在使用，不发送：1",
    effect_time: "real_effect_time（可选）",
    no_time: "不是带时区偏移的时间",
    activate_three: "激活 3 个授权码",
    not_activated: "未激活",
    active: "使用中",
    timeline: "时间线",
    activate: "激活",
    activate_selected: "激活选中的授权码",
    query_selected: "查询选中的授权码",
    marked: ["激活 301 个", "查询 301 个"],
    question: "此操作无法撤销",
    activate_one: "激活 1 个授权码",
};

const BOTH: [&Words; 2] = [&ENGLISH, &CHINESE];
/// As it is copied out of a sheet: a column too many, blank lines, a code twice, and something that is none.
const PASTED: &str = "PL-0001\tfirst\n\nPL-0002\r\nPL-0003\nPL-0002\nno code\nPL-KNOWN\n";

/// A desk with AK and SK before a KooGallery that takes everything.
fn with_koogallery(words: &Words) -> (Stage, Backend, Runtime) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let koogallery = runtime.block_on(Backend::start([told(200, json!({ "error_code": "92020000" }))]));
    let address = koogallery.url.trim_end_matches("/koogallery");
    let config = format!("{MANUAL}\n[marketplace]\nbase_url = \"{address}\"\n");
    let stage = Stage::new(words.language, words.theme, &config).with_key();
    let pair = AccessKeyPair { ak: "AKFORTESTS0001".into(), sk: Secret::new("sk-for-tests"), security_token: None };
    stage.runtime().block_on(stage.desk.set_access_key(pair)).unwrap();
    stage.runtime().block_on(stage.desk.add_licenses(World::Live, "PL-KNOWN")).unwrap();
    (stage, koogallery, runtime)
}

/// Puts a text into the dialog as Ctrl+V does.
fn paste(window: &mut Window, words: &Words, text: &str) {
    window.wait_for(words.one_a_line);
    let field = |window: &Window| window.harness.get_all_by_label(words.one_a_line).last().unwrap().rect();
    assert!(field(window).height() > 100.0, "it is the field and not its label");
    window.harness.get_all_by_label(words.one_a_line).last().unwrap().focus();
    window.harness.run_steps(2);
    window.harness.event(Event::Paste(text.to_owned()));
    window.harness.run_steps(3);
}

fn fill_in_effect_time(window: &mut Window, words: &Words, text: &str) {
    window.harness.get_all_by_label(words.effect_time).last().unwrap().focus();
    window.harness.run_steps(2);
    window.harness.event(Event::Text(text.into()));
}

fn status(window: &Window, code: &str) -> Option<LicenseStatus> {
    let found = window.runtime().block_on(window.desk.license(World::Live, LicenseCode::new(code))).unwrap();
    found.map(|(license, _)| license.status)
}

#[test]
fn a_pasted_batch_is_counted_added_and_told_code_by_code() {
    for words in BOTH {
        let (stage, koogallery, _runtime) = with_koogallery(words);
        let mut window = stage.open();
        window.press(Modifiers::COMMAND, Key::Num5);
        window.click_row("PL-KNOWN");
        window.click(words.add_codes);
        paste(&mut window, words, PASTED);
        for count in words.counts {
            window.wait_for(count);
        }
        assert_eq!(status(&window, "PL-0001"), None, "nothing is added while it is typed");
        window.click(words.add);
        window.wait_for(words.added);
        for group in words.groups {
            window.wait_for(group);
        }
        window.wait_for("no code");
        window.click(words.more);
        window.wait_until("what was added stays in the field", |window| {
            window.harness.query_all_by_label(words.counts[2]).next().is_none()
        });
        window.press(Modifiers::NONE, Key::Escape);
        window.wait_for(&format!("PL-0003 {}", words.not_activated));
        for code in ["PL-0001", "PL-0002", "PL-0003"] {
            assert_eq!(status(&window, code), Some(LicenseStatus::Added));
        }
        assert!(koogallery.asked().is_empty());
    }
}

#[test]
fn a_pasted_batch_is_looked_through_before_it_is_activated() {
    for words in BOTH {
        let (stage, koogallery, _runtime) = with_koogallery(words);
        let mut window = stage.open();
        window.press(Modifiers::COMMAND, Key::Num5);
        // One of them is active by then.
        window.click_row("PL-KNOWN");
        window.wait_for(words.timeline);
        window.click(words.activate);
        window.wait_for(words.question);
        window.wait_for(words.effect_time);
        assert!(koogallery.asked().is_empty(), "nothing before the answer");
        window.click(words.activate_one);
        window.wait_for(&format!("PL-KNOWN {}", words.active));
        assert_eq!(koogallery.asked().len(), 1);

        window.click(words.activate_codes);
        paste(&mut window, words, PASTED);
        window.click(words.check);
        for seen in [words.ready, words.already_active, words.groups[1], words.groups[2]] {
            window.wait_for(seen);
        }
        assert_eq!(status(&window, "PL-0001"), None, "nothing is kept by looking");
        fill_in_effect_time(&mut window, words, "2026-11-20T08:00:00");
        window.wait_for(words.no_time);
        window.harness.event(Event::Text("+08:00".into()));
        window.wait_until("the time is taken", |window| !window.sees(words.no_time));
        assert_eq!(koogallery.asked().len(), 1);
        window.click(words.activate_three);
        for code in ["PL-0001", "PL-0002", "PL-0003"] {
            window.wait_until(code, |window| status(window, code) == Some(LicenseStatus::Active));
        }
        window.wait_for(&format!("PL-0002 {}", words.active));
        let asked = koogallery.asked();
        let told = asked[1].json();
        assert_eq!(told["license_list"], json!(["PL-0001", "PL-0002", "PL-0003"]));
        assert_eq!(told["real_effect_time"], "20261120000000");
        let at = UnixMillis::from_compact_utc("20261120000000").unwrap();
        let code = LicenseCode::new("PL-0001");
        let (license, messages) = window.runtime().block_on(window.desk.license(World::Live, code)).unwrap().unwrap();
        assert_eq!(license.activate_time, Some(at));
        assert_eq!(messages[0].activity, "license/activate");
    }
}

#[test]
fn marked_rows_are_looked_through_and_activated_and_those_in_use_left_out() {
    let (stage, koogallery, _runtime) = with_koogallery(&ENGLISH);
    let codes: String = (0..300).map(|number| format!("PL-{number:04}\n")).collect();
    stage.runtime().block_on(stage.desk.add_licenses(World::Live, &codes)).unwrap();
    let mut window = stage.open();
    window.click("Licenses");
    window.wait_for("301 codes");
    window.click("License");
    window.click("License ▼");
    window.wait_for("PL-0000 Not activated");
    window.press(Modifiers::NONE, Key::End);
    window.click_row("PL-KNOWN");
    window.wait_for(ENGLISH.timeline);
    window.click(ENGLISH.activate_selected);
    window.wait_for("Ready to be activated: 1");
    window.press(Modifiers::NONE, Key::Escape);
    assert!(koogallery.asked().is_empty());
    window.click(ENGLISH.activate);
    window.click(ENGLISH.activate_one);
    window.wait_for("PL-KNOWN Active");
    // Turned round, and to the other end: far more is marked than ever was in sight.
    window.click("License ▲");
    window.wait_for("PL-KNOWN Active");
    window.wait_for("301 codes");
    let list = window.harness.get_by_label("PL-KNOWN Active").rect().center();
    window.harness.event(Event::PointerMoved(list));
    window.harness.event(Event::MouseWheel {
        unit: MouseWheelUnit::Page,
        source: MouseWheelSource::Wheel,
        delta: vec2(0.0, -100.0),
        phase: TouchPhase::Move,
        modifiers: Modifiers::NONE,
    });
    window.wait_for("PL-0000 Not activated");
    window.harness.get_by_label("PL-0000 Not activated").click_modifiers(Modifiers::SHIFT);
    window.click("Activate 301");
    window.wait_for("Ready to be activated: 300");
    window.wait_for(ENGLISH.already_active);
    fill_in_effect_time(&mut window, &ENGLISH, "2026-11-20T08:00");
    window.wait_for(ENGLISH.no_time);
    window.harness.event(Event::Text(":00+08:00".into()));
    window.wait_until("the time is taken", |window| !window.sees(ENGLISH.no_time));
    assert_eq!(koogallery.asked().len(), 1, "nothing before the answer");
    window.click("Activate 300 codes");
    window.wait_for("At KooGallery: 300 done");
    assert_eq!(koogallery.asked()[1].json()["real_effect_time"], "20261120000000");
    let lists = koogallery.asked().into_iter().skip(1).map(|asked| asked.json()["license_list"].clone());
    let sent: Vec<Value> = lists.flat_map(|list| list.as_array().unwrap().clone()).collect();
    assert_eq!((sent.len(), sent.contains(&json!("PL-KNOWN"))), (300, false));
    window.click("Query 301");
    window.wait_for("Querying ");
    window.click("Stop");
}

#[test]
fn the_keyboard_goes_through_the_list_and_marks() {
    for words in BOTH {
        let (stage, koogallery, _runtime) = with_koogallery(words);
        let codes: String = (0..300).map(|number| format!("PL-{number:04}\n")).collect();
        stage.runtime().block_on(stage.desk.add_licenses(World::Live, &codes)).unwrap();
        let mut window = stage.open();
        window.press(Modifiers::COMMAND, Key::Num5);
        window.wait_for("PL-0299");
        let current = |window: &mut Window, code: &str| {
            let row = format!("{code} {}", words.not_activated);
            window.wait_until(&format!("{code} is not current"), |window| {
                let mut rows = window.harness.query_all(By::new().role(Role::Row).label(&row));
                rows.next().is_some_and(|row| row.accesskit_node().toggled() == Some(Toggled::True))
            });
        };
        let first = ["PL-0299", "PL-0298"];
        window.press(Modifiers::NONE, Key::ArrowDown);
        current(&mut window, first[0]);
        window.wait_for(words.timeline);
        window.press(Modifiers::NONE, Key::ArrowDown);
        current(&mut window, first[1]);
        window.press(Modifiers::NONE, Key::ArrowUp);
        current(&mut window, first[0]);
        // Far beyond what was fetched: it becomes current once it is there.
        window.press(Modifiers::NONE, Key::End);
        current(&mut window, "PL-KNOWN");
        window.press(Modifiers::NONE, Key::PageUp);
        window.press(Modifiers::NONE, Key::Home);
        current(&mut window, first[0]);
        let all_in_one_line = |window: &Window, selected: &[&str]| {
            let buttons = [words.add_codes, words.activate_codes].into_iter().chain(selected.iter().copied());
            let tops: Vec<f32> = buttons.map(|label| window.harness.get_by_label(label).rect().top()).collect();
            assert!(tops.iter().all(|top| (top - tops[0]).abs() < 1.0), "{tops:?}");
        };
        all_in_one_line(&window, &[words.activate_selected, words.query_selected]);
        window.press(Modifiers::COMMAND, Key::A);
        window.wait_for(words.marked[0]);
        all_in_one_line(&window, &words.marked);
        window.press(Modifiers::NONE, Key::Space);
        window.wait_for(&words.marked[0].replace("301", "300"));
        assert!(koogallery.asked().is_empty());
    }
}

#[test]
fn an_export_that_runs_is_stopped_by_its_button() {
    let words = &ENGLISH;
    let (stage, _koogallery, _runtime) = with_koogallery(words);
    // So many that it still runs when the button is there.
    let codes: String = (0..60_000).map(|number| format!("PL-{number:06}\n")).collect();
    stage.runtime().block_on(stage.desk.add_licenses(World::Live, &codes)).unwrap();
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("codes.xlsx");
    let mut window = stage.open();
    window.press(Modifiers::COMMAND, Key::Num5);
    window.wait_for("60001 codes");
    window.click("Export…");
    window.fill_in("To the file (.csv or .xlsx)", &file.display().to_string());
    window.click("Write file");
    window.click("Stop writing");
    window.wait_for("Stopped; ");
    window.wait_for("Write file");
    assert_eq!(std::fs::read_dir(out.path()).unwrap().count(), 0, "nothing is left of it");
}

fn pictures(words: &Words) {
    let name = |view: &str| format!("{view}-{}", words.language);
    let mut window = Stage::new(words.language, words.theme, MANUAL).open();
    window.press(Modifiers::COMMAND, Key::Num5);
    window.wait_for(words.nothing);
    window.snapshot(&name("no-licenses"));

    let (stage, _koogallery, _runtime) = with_koogallery(words);
    let mut window = stage.open();
    window.click(words.licenses);
    window.click_row("PL-KNOWN");
    window.click(words.activate);
    window.click(words.activate_one);
    window.wait_for(&format!("PL-KNOWN {}", words.active));
    window.click(words.add_codes);
    paste(&mut window, words, PASTED);
    window.snapshot(&name("license-codes"));
    window.click(words.check);
    window.wait_for(words.ready);
    window.snapshot(&name("license-checks"));
    window.press(Modifiers::NONE, Key::Escape);
    window.click(words.add_codes);
    window.wait_for(words.ready);
    window.press(Modifiers::NONE, Key::Escape);
    window.runtime().block_on(window.desk.add_licenses(World::Live, PASTED)).unwrap();
    window.wait_for(&format!("PL-0003 {}", words.not_activated));
    window.advance(std::time::Duration::from_secs(20));
    window.snapshot(&name("licenses"));
}

#[test]
fn pictures_of_the_licenses_in_english() {
    pictures(&ENGLISH);
}

#[test]
fn pictures_of_the_licenses_in_chinese() {
    pictures(&CHINESE);
}
