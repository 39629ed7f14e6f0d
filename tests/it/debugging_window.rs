//! Debugging in the window: a call filled in and sent, what is wrong with its answer, cases, probes; and what a retry would
//! change. The window's own receiver answers over a real socket.

use std::time::Duration;

use egui::{Key, Modifiers};
use sellerdesk::{
    desk::{NewRejection, ReceivedCall, ReceiverState},
    domain::{Computed, MessageId, Rejection, World, debugging::Target, listing::MessageQuery},
    protocol::{
        callback::{
            KitVersion,
            kit::{self, Interface},
        },
        debugging::{DebugCall, Generation},
        id::TenantId,
    },
    receiver,
};
use serde_json::json;

use crate::support::{
    app::{MANUAL, TEMPLATE, purchase, release, unique, with},
    backend::told,
    window::{Stage, Window},
};

struct Words {
    language: &'static str,
    theme: &'static str,
    place: &'static str,
    send: &'static str,
    passed: &'static str,
    failed: &'static str,
    kept: &'static str,
    save: &'static str,
    saved: &'static str,
    run_all: &'static str,
    ran: &'static str,
    test_flag: &'static str,
    live_question: &'static str,
    cancel: &'static str,
    delete_case: &'static str,
    delete_question: &'static str,
    delete: &'static str,
    deleted: &'static str,
    no_cases: &'static str,
    no_key: &'static str,
    copy: &'static str,
    copied: &'static str,
    probed: &'static str,
    probe_failing: &'static str,
    probe_missing: &'static str,
    probe_refused: &'static str,
    never: &'static str,
    overview: &'static str,
    address: &'static str,
    elsewhere: &'static str,
    foresee: &'static str,
    removed: &'static str,
    department: &'static str,
    asks_nobody: &'static str,
    asks_product: &'static str,
    answered: &'static str,
    new_field: &'static str,
    add_field: &'static str,
    remove_field: &'static str,
    without_case: &'static str,
    no_kit_key: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    theme: "light",
    place: "Debugging",
    send: "Sign and call",
    passed: "Passed",
    failed: "Failed",
    kept: "The HTTP status is 200",
    save: "Save as case",
    saved: "Case “newInstance” saved",
    run_all: "Run all",
    ran: "1 passed, 0 failed, 0 not called",
    test_flag: "testFlag 1: a debugging call",
    live_question: "Without testFlag this newInstance is real business",
    cancel: "Cancel",
    delete_case: "Delete newInstance",
    delete_question: "Delete the case “newInstance”",
    delete: "Delete",
    deleted: "Case deleted",
    no_cases: "None is saved yet.",
    no_key: "No key is set for",
    copy: "Copy as curl",
    copied: "Copied: curl",
    probed: "Probed once:",
    probe_failing: "KooGallery's probe of “purchase” (newInstance) fails, day 1.",
    probe_missing: "KooGallery has probed no saved case for 25 hours.",
    probe_refused: "A probe of “release” (releaseInstance) came but was refused: The signature does not match",
    never: "never",
    overview: "Probes (拨测)",
    address: "Address",
    elsewhere: "Another address…",
    foresee: "What would change",
    removed: "Removed",
    department: "Department",
    asks_nobody: "A retry would ask nobody.",
    asks_product: "A retry would call the webhook URL.",
    answered: "KooGallery would be answered",
    new_field: "Another field",
    add_field: "Add field",
    remove_field: "Remove provisionType",
    without_case: "Calls outside a case (1)",
    no_kit_key: "No key is set for Joint-operation SaaS",
};

const CHINESE: Words = Words {
    language: "zh-CN",
    theme: "dark",
    place: "接口调试",
    send: "签名并调测",
    passed: "调测成功",
    failed: "调测失败",
    kept: "接口响应 httpCode 为 200",
    save: "保存用例",
    saved: "用例“newInstance”已保存",
    run_all: "全部调测",
    ran: "成功 1 个，失败 0 个，未调用 0 个",
    test_flag: "testFlag 1：调试调用",
    live_question: "不带 testFlag 的 newInstance",
    cancel: "取消",
    delete_case: "删除 newInstance",
    delete_question: "删除用例“newInstance”",
    delete: "删除",
    deleted: "用例已删除",
    no_cases: "还没有保存用例。",
    no_key: "未设置密钥：",
    copy: "复制 curl 命令",
    copied: "已复制：curl",
    probed: "已拨测 1 次，最近：",
    probe_failing: "云商店对用例“purchase”（newInstance）的拨测失败，第 1 天。",
    probe_missing: "云商店已 25 小时没有拨测任何已保存的用例。",
    probe_refused: "对用例“release”（releaseInstance）的拨测已到达，但被拒绝：",
    never: "从不",
    overview: "拨测",
    address: "地址",
    elsewhere: "其他地址…",
    foresee: "预览变更",
    removed: "移除",
    department: "部门",
    asks_nobody: "重试不会调用任何外部系统。",
    asks_product: "重试将调用 Webhook URL。",
    answered: "将响应云商店",
    new_field: "其他字段",
    add_field: "添加字段",
    remove_field: "移除 provisionType",
    without_case: "不属于用例的调测（1）",
    no_kit_key: "未设置密钥：联营",
};

const BOTH: [&Words; 2] = [&ENGLISH, &CHINESE];

/// With a receiver that listens in earnest, on some port.
fn listening(words: &Words, config: &str) -> Stage {
    let stage = Stage::new(words.language, words.theme, config).with_key();
    stage.desk.report_receiver(ReceiverState::Starting);
    let (desk, mut state) = (stage.desk.clone(), stage.desk.watch_receiver());
    stage.runtime().spawn(async move {
        receiver::serve(&desk, ([127, 0, 0, 1], 0).into(), std::future::pending()).await.unwrap();
    });
    let is_up = |state: &std::sync::Arc<ReceiverState>| matches!(**state, ReceiverState::Listening { .. });
    stage.runtime().block_on(async { drop(state.wait_for(is_up).await.unwrap()) });
    stage
}

/// As the top bar says it, with a port that is another one each time.
fn address(window: &Window) -> String {
    let state = window.desk.watch_receiver().borrow().clone();
    let ReceiverState::Listening { address, .. } = *state else { panic!("{state:?}") };
    if window.sees("Receiving") {
        format!("Receiving at http://{address}")
    } else {
        format!("正在接收：http://{address}")
    }
}

fn debugging(stage: Stage) -> Window {
    let mut window = stage.open();
    window.press(Modifiers::COMMAND, Key::Num9);
    window
}

#[test]
fn a_call_is_sent_judged_kept_run_again_and_deleted() {
    for words in BOTH {
        let mut window = debugging(listening(words, TEMPLATE));
        window.wait_for("orderLineId");
        window.click(words.send);
        window.wait_for(words.passed);
        assert!(window.sees(words.kept) && window.sees("HTTP 200"));
        window.click(words.copy);
        window.wait_for(words.copied);
        window.click(words.save);
        window.wait_for(words.saved);
        window.wait_for(words.delete_case);
        window.click(words.run_all);
        window.wait_for(words.ran);
        window.click(words.delete_case);
        window.wait_for(words.delete_question);
        window.click(words.delete);
        window.wait_for(words.deleted);
        window.wait_for(words.no_cases);
    }
}

#[test]
fn what_is_wrong_with_an_answer_stands_beside_its_rule() {
    for words in BOTH {
        let mut window = debugging(listening(words, TEMPLATE));
        window.fill_in("businessId", "");
        window.press(Modifiers::COMMAND, Key::A);
        window.press(Modifiers::NONE, Key::Delete);
        window.click(words.send);
        window.wait_for(words.failed);
        window.wait_for("调用失败,生产接口resultCode返回错误 (000002");
        let address = address(&window);
        window.snapshot_without(&format!("debugging_failed_{}", words.language), Some(&address));
    }
}

#[test]
fn an_address_elsewhere_is_called_and_what_was_filled_in_is_there_again() {
    for words in BOTH {
        let mut window = debugging(listening(words, TEMPLATE));
        window.wait_for("orderLineId");
        window.click(words.address);
        window.click(words.elsewhere);
        // Nobody is there.
        window.fill_in("URL", "http://127.0.0.1:1/produce");
        window.fill_in("businessId", "-of-mine");
        window.click(words.send);
        window.wait_for("调测失败,生产地址不可达");
        let desk = window.desk.clone();
        let kept = window.runtime().block_on(desk.debugging()).unwrap();
        assert!(kept.runs[0].url.starts_with("http://127.0.0.1:1/produce?"), "{:?}", kept.runs);
        let form = kept.forms.iter().find(|form| form.activity == "newInstance").unwrap();
        let (_, business) = form.fields.iter().find(|(name, _)| name == "businessId").unwrap();
        assert!(business.contains("-of-mine"), "{business}");
    }
}

#[test]
fn a_field_is_added_sent_remembered_and_taken_away() {
    for words in BOTH {
        let mut window = debugging(listening(words, TEMPLATE));
        window.wait_for("orderLineId");
        window.fill_in(words.new_field, "provisionType");
        window.click(words.add_field);
        window.fill_in("provisionType", "1");
        window.click(words.send);
        window.wait_for(words.passed);
        let desk = window.desk.clone();
        let kept = window.runtime().block_on(desk.debugging()).unwrap();
        assert!(kept.runs[0].body.contains(r#""provisionType":"1""#), "{:?}", kept.runs[0]);
        window.click(words.without_case);
        window.wait_for("newInstance");
        window.click(words.remove_field);
        window.click(words.send);
        let sent_without = |window: &Window| {
            let desk = window.desk.clone();
            let runs = window.runtime().block_on(desk.debugging()).unwrap().runs;
            runs.len() == 2 && !runs[0].body.contains("provisionType")
        };
        window.wait_until("the call without it", sent_without);
    }
}

#[test]
fn a_case_that_cannot_be_called_is_refused_in_the_windows_language() {
    for words in BOTH {
        let stage = Stage::new(words.language, words.theme, TEMPLATE).with_key();
        let call = DebugCall::preset(Generation::Kit, "tenantSync");
        let target = Target::Endpoint("main".into());
        stage.runtime().block_on(stage.desk.keep_debug_case("tenant".into(), target, call)).unwrap();
        let mut window = debugging(stage);
        window.wait_for("tenant");
        window.click(words.run_all);
        window.wait_for(words.no_kit_key);
    }
}

#[test]
fn real_business_is_asked_about_first() {
    for words in BOTH {
        let mut window = debugging(listening(words, TEMPLATE));
        window.click(words.test_flag);
        window.click(words.send);
        window.wait_for(words.live_question);
        window.click(words.cancel);
        window.settle();
        let live = MessageQuery { world: World::Live, ..MessageQuery::default() };
        let found = window.runtime().block_on(window.desk.message_ids(live, sellerdesk::desk::Cancel::default()));
        assert!(found.unwrap().is_empty(), "nothing was called");
    }
}

#[test]
fn a_key_that_is_missing_is_asked_for() {
    for words in BOTH {
        let mut window = debugging(Stage::new(words.language, words.theme, TEMPLATE));
        window.wait_for(words.no_key);
    }
}

#[test]
fn probes_are_shown_and_an_alarm_is_raised_in_the_overview_too() {
    for words in BOTH {
        // Access data longer than KooGallery takes: purchases fail.
        let too_long = TEMPLATE.replace("{instanceId}", &"{instanceId}".repeat(100));
        let stage = Stage::new(words.language, words.theme, &too_long).with_key();
        let keep = |name: &str, call: DebugCall| {
            let target = Target::Endpoint("main".into());
            stage.runtime().block_on(stage.desk.keep_debug_case(name.to_owned(), target, call)).unwrap();
        };
        let fields = vec![("instanceId".into(), "nobody-knows-it".into())];
        keep("purchase", DebugCall::preset(Generation::V2, "newInstance"));
        keep("release", DebugCall { fields, ..DebugCall::preset(Generation::V2, "releaseInstance") });
        let bought = json!({
            "activity": "newInstance", "businessId": "another-each-time", "orderId": "CS1234567890ABCDE",
            "orderLineId": "CS1234567890ABCDE-000001", "testFlag": "1",
        });
        assert_eq!(stage.call("main", &bought), "000005");
        assert_eq!(stage.call("main", &with(release("nobody-knows-it"), "testFlag", "1")), "000000");
        let mut window = debugging(stage);
        window.wait_for(words.probed);
        window.wait_for(words.probe_failing);
        window.snapshot(&format!("debugging_probes_{}", words.language));
        let refused = NewRejection {
            received_at: window.desk.now(),
            endpoint: "main".into(),
            peer: "192.0.2.1".into(),
            rejection: Rejection::Mismatch { class: "base".into() },
            request_query: "signature=x&timestamp=1&nonce=n".into(),
            request_body: with(release("nobody-knows-it"), "testFlag", "1").to_string(),
            computed: Computed::Nothing,
        };
        let desk = window.desk.clone();
        window.runtime().block_on(desk.reject(refused)).unwrap();
        window.wait_for(words.probe_refused);
        window.press(Modifiers::COMMAND, Key::Num1);
        window.wait_for(words.overview);
        window.wait_for(words.probe_failing);
        window.advance(Duration::from_secs(25 * 3_600));
        // Whatever is kept makes the desk look again.
        let desk = window.desk.clone();
        window.runtime().block_on(desk.watch_probes(None)).unwrap();
        window.wait_for(words.probe_missing);
        // Not the toast of it.
        window.advance(Duration::from_secs(60));
        window.press(Modifiers::COMMAND, Key::Num9);
        window.click(words.never);
        window.wait_until("the alarm stays", |window| !window.sees(words.probe_missing));
        assert!(window.sees(words.place));
    }
}

#[test]
fn what_a_retry_would_change_is_shown_before_it_is_done() {
    for words in BOTH {
        let stage = Stage::new(words.language, words.theme, MANUAL).with_key();
        assert_eq!(stage.call("main", &with(purchase("CS1"), "businessId", "b-1")), "000004");
        let change = {
            let mut endpoint = stage.desk.config().endpoint("main").unwrap().clone();
            endpoint.fulfilment = sellerdesk::config::FulfilmentMode::Template;
            endpoint.template = Some(sellerdesk::config::Template {
                front_end_url: "https://app.example.com/{instanceId}".into(),
                ..Default::default()
            });
            sellerdesk::desk::session::SettingsChange::Endpoint { replaces: Some("main".into()), endpoint }
        };
        stage.runtime().block_on(stage.desk.change_settings(change)).unwrap();
        let mut window = stage.open();
        window.press(Modifiers::COMMAND, Key::Num2);
        window.click_row("newInstance");
        window.click(words.foresee);
        window.wait_for(words.asks_nobody);
        assert!(window.sees(words.answered) && window.sees("https://app.example.com/b-1"));
        window.snapshot(&format!("retry_foreseen_{}", words.language));
        let desk = window.desk.clone();
        let (message, attempts, _) = window.runtime().block_on(desk.message(MessageId(1))).unwrap().unwrap();
        assert_eq!((message.attempts, attempts.len()), (1, 1), "nothing was done");
    }
}

/// As the kit tells it; the product answers.
fn told_by_kit(stage: &Stage, interface: Interface, body: &serde_json::Value) {
    let body = body.to_string();
    let callback = kit::parse(KitVersion::V2, interface, body.as_bytes()).unwrap();
    let endpoint = stage.desk.config().endpoint("main").unwrap().clone();
    let received = ReceivedCall { callback, nonce: Some(unique("nonce")), query: String::new(), body };
    stage.runtime().block_on(stage.desk.answer(&endpoint, received)).unwrap();
}

#[test]
fn what_a_retry_would_change_of_an_organisation_is_shown_row_by_row() {
    for words in BOTH {
        let answers = vec![told(200, "{}"), told(500, "{}")];
        let (stage, _backend) = Stage::with_backend(words.language, words.theme, answers);
        let of_tenant = |members: serde_json::Value| with(with(members, "tenantId", "t-1"), "instanceId", "i-1");
        let one = json!({ "orgCode": "d-1", "orgName": "总部", "parentCode": "", "flag": 1 });
        told_by_kit(&stage, Interface::SingleOrgSync, &of_tenant(one));
        let all = json!({ "orgInfoList": [{ "orgCode": "d-2", "orgName": "研发部", "parentCode": "" }] });
        told_by_kit(&stage, Interface::AllOrgSync, &of_tenant(all));
        let mut window = stage.open();
        window.press(Modifiers::COMMAND, Key::Num2);
        window.click_row("allOrgSync");
        window.click(words.foresee);
        window.wait_for(words.removed);
        for part in ["d-1", "d-2", "研发部", words.department] {
            assert!(window.sees(part), "{part}");
        }
        // Its port is another one each time.
        let webhook = window.desk.config().endpoint("main").unwrap().webhook.as_ref().unwrap().url.clone();
        let asks = words.asks_product.replace("URL", &webhook);
        window.snapshot_without(&format!("retry_foreseen_organisation_{}", words.language), Some(&asks));
        let desk = window.desk.clone();
        let known = window.runtime().block_on(desk.organisation(World::Live, TenantId::new("t-1"))).unwrap().unwrap();
        let codes: Vec<&str> = known.0.departments.iter().map(|it| it.department.org_code.as_str()).collect();
        assert_eq!(codes, ["d-1"], "nothing was done");
    }
}
