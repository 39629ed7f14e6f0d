//! The window as its user meets it, in both languages, through the accessibility tree; and pictures of every view, which
//! somebody has looked at.

use std::time::Duration;

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use sellerdesk::{
    desk::{NewRejection, ReceiverState, ReceiverTrouble},
    domain::{Rejection, World},
    protocol::{KeyClass, Secret},
};
use serde_json::{Value, json};

use crate::support::{
    app::{MANUAL, TEMPLATE, question, release, renewal, status, with},
    backend::{Backend, told},
    window::{Stage, Window},
};

const APP_INFO: &str =
    r#"{"appInfo": {"frontEndUrl": "https://app.example.com/1", "userName": "admin", "password": "p"}}"#;

/// What a test clicks, as the window calls it.
struct Words {
    language: &'static str,
    theme: &'static str,
    overview: &'static str,
    messages: &'static str,
    instances: &'static str,
    refused: &'static str,
    settings: &'static str,
    failing: &'static str,
    retry: &'static str,
    retry_all: &'static str,
    succeeded: &'static str,
    waits: &'static str,
    fill_in: &'static str,
    fulfil: &'static str,
    active: &'static str,
    test_world: &'static str,
    no_key: &'static str,
    save_key: &'static str,
    key_set: &'static str,
    base_key: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    theme: "light",
    overview: "Overview",
    messages: "Messages",
    instances: "Instances",
    refused: "Refused calls",
    settings: "Settings",
    failing: "Failing",
    retry: "Retry",
    retry_all: "Retry all shown",
    succeeded: "Succeeded",
    waits: "Waits for you to fill in the access data.",
    fill_in: "Fill in access data",
    fulfil: "Provision",
    active: "Active",
    test_world: "Test",
    no_key: "No access key is set",
    save_key: "Save key",
    key_set: "Set: ",
    base_key: "Basic interfaces (base)",
};

const CHINESE: Words = Words {
    language: "zh-CN",
    theme: "dark",
    overview: "概览",
    messages: "消息",
    instances: "实例",
    refused: "被拒绝的调用",
    settings: "设置",
    failing: "失败",
    retry: "重试",
    retry_all: "重试所列全部",
    succeeded: "成功",
    waits: "等待您填写应用信息。",
    fill_in: "填写应用信息",
    fulfil: "开通",
    active: "使用中",
    test_world: "调测",
    no_key: "尚未设置接入密钥",
    save_key: "保存密钥",
    key_set: "已设置：",
    base_key: "基础接口（base）",
};

const BOTH: [&Words; 2] = [&ENGLISH, &CHINESE];

fn purchase(number: u32) -> Value {
    json!({
        "activity": "newInstance",
        "businessId": format!("3c1a7d00-0000-4000-8000-{number:012}"),
        "orderId": format!("CS26112402{number:06}"),
        "orderLineId": format!("CS26112402{number:06}-000001"),
    })
}

/// A desk whose backend gives the answers in turn.
fn with_backend(words: &Words, answers: &[(u16, &str)]) -> (Stage, Backend) {
    let answers = answers.iter().map(|(status, body)| told(*status, body)).collect();
    let (stage, backend) = Stage::with_backend(words.language, words.theme, answers);
    (stage.with_key(), backend)
}

#[test]
fn a_failing_purchase_is_seen_opened_and_retried() {
    for words in BOTH {
        let (stage, backend) = with_backend(words, &[(503, "down for maintenance"), (200, APP_INFO)]);
        assert_eq!(stage.call("main", &purchase(1)), "000005");
        stage.advance(Duration::from_secs(60));
        let mut window = stage.open();
        window.wait_for("down for maintenance");
        window.click(words.messages);
        window.click_row("newInstance CS26112402000001");
        window.wait_for(words.failing);
        window.click(words.retry);
        window.wait_for(&format!("newInstance CS26112402000001 {}", words.succeeded));
        window.wait_until("the pane still offers a retry", |window| {
            window.harness.query_all_by_label(words.retry).next().is_none()
        });
        assert_eq!(backend.asked().len(), 2);
        let overview = window.runtime().block_on(window.desk.overview(World::Live)).unwrap();
        assert_eq!((overview.failing, overview.needs_a_person.len()), (0, 0));
    }
}

#[test]
fn what_is_new_in_a_call_is_seen() {
    for (words, new, says) in
        [(&ENGLISH, "new to this version", "What the call says"), (&CHINESE, "本版本未知", "调用内容")]
    {
        let stage = Stage::new(words.language, words.theme, TEMPLATE).with_key();
        stage.call("main", &purchase(1));
        let gift = with(with(renewal("3c1a7d00-0000-4000-8000-000000000001", "CS2"), "scene", "GIFT"), "seats", 7);
        assert_eq!(stage.call("main", &gift), "000000");
        let mut window = stage.open();
        window.click(words.messages);
        window.click_row("refreshInstance CS2");
        window.wait_for(says);
        window.wait_for("GIFT");
        window.wait_for(new);
        // Where nothing is new it is opened by hand.
        window.click_row("newInstance CS26112402000001");
        window.wait_until("the purchase is shown", |window| window.harness.query_all_by_label(new).next().is_none());
        window.click(says);
        window.wait_for("businessId");
    }
}

#[test]
fn a_purchase_is_fulfilled_by_hand() {
    for words in BOTH {
        let stage = Stage::new(words.language, words.theme, MANUAL).with_key();
        assert_eq!(stage.call("main", &purchase(7)), "000004");
        let mut window = stage.open();
        window.wait_for(words.waits);
        window.click(words.fill_in);
        window.wait_for("frontEndUrl");
        window.fill_in("frontEndUrl", "https://app.example.com/7");
        window.fill_in("userName", "seven");
        window.fill_in("password", "secret-of-seven");
        window.click(words.fulfil);
        window.wait_for(&format!("newInstance CS26112402000007 {}", words.succeeded));
        window.click(words.instances);
        window.wait_for(words.active);
        let id = sellerdesk::protocol::id::InstanceId::new("3c1a7d00-0000-4000-8000-000000000007");
        let (instance, _) = window.runtime().block_on(window.desk.instance(World::Live, id)).unwrap().unwrap();
        let app_info = instance.app_info.unwrap();
        assert_eq!(app_info.front_end_url, "https://app.example.com/7");
        assert_eq!(app_info.password.unwrap().expose(), "secret-of-seven");
    }
}

#[test]
fn all_that_is_shown_is_retried_after_a_question() {
    for words in BOTH {
        let (stage, backend) = with_backend(words, &[(503, ""), (503, ""), (503, ""), (200, APP_INFO)]);
        for number in 1..=3 {
            stage.call("main", &purchase(number));
        }
        let mut window = stage.open();
        window.click(words.messages);
        window.wait_for("CS26112402000003");
        window.click(words.retry_all);
        assert_eq!(backend.asked().len(), 3, "nothing before the answer");
        window.click(words.retry);
        window.wait_until("not all are retried", |window| {
            let overview = window.runtime().block_on(window.desk.overview(World::Live)).unwrap();
            overview.failing == 0
        });
        assert_eq!(backend.asked().len(), 6);
        window.wait_for(words.succeeded);
    }
}

#[test]
fn a_question_can_be_answered_with_no() {
    let (stage, backend) = with_backend(&ENGLISH, &[(503, "")]);
    stage.call("main", &purchase(1));
    let mut window = stage.open();
    window.click("Messages");
    window.click("Retry all shown");
    window.wait_for("Retry every failing message of this list?");
    window.press(Modifiers::NONE, Key::Escape);
    window.wait_until("the question stays", |window| !window.sees("Retry every failing"));
    assert_eq!(backend.asked().len(), 1);
}

#[test]
fn without_a_key_the_window_says_what_to_do_and_takes_one() {
    for words in BOTH {
        let mut window = Stage::new(words.language, words.theme, TEMPLATE).open();
        window.wait_for(words.no_key);
        window.click(words.settings);
        window.fill_in(words.base_key, "demo-key-for-tests-0001");
        let first = window.harness.get_all_by_label(words.save_key).next().unwrap();
        first.click();
        window.wait_for(words.key_set);
        assert!(!window.sees("demo-key-for-tests-0001"), "a key is never shown");
        let keys = window.runtime().block_on(window.desk.list_keys());
        assert_eq!(keys.len(), 1);
        // A seller of licenses alone needs no other key.
        window.runtime().block_on(async {
            window.desk.remove_key(KeyClass::Base, None).await.unwrap();
            window.desk.set_key(KeyClass::License, None, Secret::new("demo-key-for-tests-0002")).await.unwrap();
        });
        window.click(words.overview);
        assert!(!window.sees(words.no_key));
    }
}

#[test]
fn the_language_changes_at_once_and_stays() {
    let mut window = Stage::new("en", "light", TEMPLATE).with_key().open();
    window.click("Settings");
    window.click("Language");
    window.click("中文");
    window.wait_for("接入密钥");
    assert_eq!(window.desk.config().window.language, "zh-CN");
    let text = std::fs::read_to_string(window.desk.data_dir().join("config.toml")).unwrap();
    assert!(text.contains(r#"language = "zh-CN""#));
}

#[test]
fn live_and_debugging_calls_are_never_in_one_list() {
    for words in BOTH {
        let stage = Stage::new(words.language, words.theme, TEMPLATE).with_key();
        stage.call("main", &purchase(1));
        stage.call("main", &with(purchase(2), "testFlag", "1"));
        let mut window = stage.open();
        window.click(words.messages);
        window.wait_for("CS26112402000001");
        assert!(!window.sees("CS26112402000002"));
        window.click(words.test_world);
        window.wait_for("CS26112402000002");
        assert!(!window.sees("CS26112402000001"));
    }
}

#[test]
fn the_search_finds_orders_and_says_when_there_is_nothing() {
    let stage = Stage::new("en", "light", TEMPLATE).with_key();
    for number in 1..=30 {
        stage.call("main", &purchase(number));
    }
    let mut window = stage.open();
    window.press(Modifiers::COMMAND, Key::F);
    window.harness.event(egui::Event::Text("CS26112402000017".into()));
    window.wait_for("1 message");
    assert!(window.sees("newInstance CS26112402000017"));
    window.harness.event(egui::Event::Text("9".into()));
    window.wait_for("Nothing found for “CS261124020000179”");
    window.click("Clear search");
    window.wait_for("30 messages");
}

#[test]
fn the_keyboard_is_enough() {
    let stage = Stage::new("en", "light", TEMPLATE).with_key();
    for number in 1..=3 {
        stage.call("main", &purchase(number));
        stage.advance(Duration::from_secs(1));
    }
    let mut window = stage.open();
    window.press(Modifiers::COMMAND, Key::Num2);
    window.wait_for("newInstance CS26112402000003");
    window.press(Modifiers::NONE, Key::ArrowDown);
    window.press(Modifiers::NONE, Key::ArrowDown);
    window.wait_for("CS26112402000002-000001");
    window.press(Modifiers::NONE, Key::End);
    window.wait_for("CS26112402000001-000001");
    window.press(Modifiers::NONE, Key::Space);
    window.wait_for("Retry 1 marked");
    window.press(Modifiers::COMMAND, Key::A);
    window.wait_for("Retry 3 marked");
    window.press(Modifiers::NONE, Key::Escape);
    window.wait_until("the pane stays open", |window| !window.sees("Timeline"));
    window.press(Modifiers::COMMAND, Key::Num0);
    window.wait_for("Access keys");
}

#[test]
fn a_second_window_says_that_the_receiver_runs_elsewhere() {
    let stage = Stage::new("en", "light", TEMPLATE).with_key();
    stage.desk.report_receiver(ReceiverState::Elsewhere { address: "127.0.0.1:8480".into() });
    let mut window = stage.open();
    window.wait_for("Received by another Sellerdesk (127.0.0.1:8480)");
    let reason = std::io::Error::from(std::io::ErrorKind::AddrInUse).into();
    let taken = ReceiverTrouble::Bind { address: "127.0.0.1:8480".parse().unwrap(), reason };
    window.desk.report_receiver(ReceiverState::Failed(taken));
    window.wait_for("No calls are received: 127.0.0.1:8480 cannot be listened on: another program listens there");
}

#[test]
fn a_message_whose_window_closes_is_shown_as_stopped() {
    let (stage, _backend) = with_backend(&ENGLISH, &[(503, "")]);
    stage.call("main", &purchase(1));
    let mut window = stage.open();
    window.wait_for("KooGallery calls again until 13:30");
    window.advance(Duration::from_secs(3 * 3600 + 1));
    window.wait_for("KooGallery stopped calling at 13:30");
    window.click("Messages");
    window.click_row("newInstance CS26112402000001");
    window.wait_for("press 重新启动");
}

/// A day in a seller's life: purchases, a renewal, a freeze, a product that was down, a stranger at the door.
fn a_day(words: &Words) -> Window {
    let answers =
        [(200, APP_INFO), (200, APP_INFO), (200, "{}"), (200, "{}"), (503, "down for maintenance"), (202, "{}")];
    let (stage, _backend) = with_backend(words, &answers);
    stage.call("main", &purchase(1));
    stage.advance(Duration::from_secs(3_700));
    stage.call("main", &purchase(2));
    stage.advance(Duration::from_secs(61));
    stage.call("main", &renewal("3c1a7d00-0000-4000-8000-000000000001", "CS26112402000003"));
    stage.call("main", &status("3c1a7d00-0000-4000-8000-000000000002", "FREEZE"));
    stage.advance(Duration::from_secs(5_400));
    stage.call("main", &purchase(4));
    stage.advance(Duration::from_secs(30));
    stage.call("main", &purchase(5));
    stage.call("main", &release("3c1a7d00-0000-4000-8000-00000000f00d"));
    stage.call("main", &question("3c1a7d00-0000-4000-8000-000000000001"));
    let refused = NewRejection {
        received_at: stage.desk.now(),
        endpoint: "main".into(),
        peer: "203.0.113.9".into(),
        rejection: Rejection::Mismatch { class: "base".into() },
        request_query: "signature=4d…&timestamp=1795487400000&nonce=RLLUammMSInlrNWb".into(),
        request_body: purchase(6).to_string(),
        computed: "<accessKey>RLLUammMSInlrNWb1795487400000…".into(),
    };
    stage.runtime().block_on(stage.desk.reject(refused)).unwrap();
    stage.open()
}

fn pictures(words: &Words) {
    let name = |view: &str| format!("{view}-{}", words.language);
    let mut window = Stage::new(words.language, words.theme, MANUAL).open();
    window.wait_for(words.no_key);
    window.click(words.messages);
    window.snapshot(&name("no-messages"));

    let mut window = a_day(words);
    window.wait_for("HTTP 503");
    window.snapshot(&name("overview"));
    window.click(words.messages);
    window.click_row("newInstance CS26112402000004");
    window.wait_for("CS26112402000004-000001");
    window.snapshot(&name("messages"));
    window.click(words.instances);
    window.click_row("3c1a7d00-0000-4000-8000-000000000001");
    window.wait_for("frontEndUrl");
    window.snapshot(&name("instances"));
    window.click(words.refused);
    window.click_row("base");
    window.snapshot(&name("refused"));
    window.click(words.settings);
    // Another directory in every run.
    let dir = window.desk.data_dir().display().to_string();
    window.wait_for(&dir);
    window.snapshot_without(&name("settings"), Some(&dir));
}

#[test]
fn pictures_of_every_view_in_english() {
    pictures(&ENGLISH);
}

#[test]
fn pictures_of_every_view_in_chinese() {
    pictures(&CHINESE);
}
