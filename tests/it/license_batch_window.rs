//! Many codes at once in the window, in both languages, before the simulated marketplace: a pasted batch of which KooGallery
//! refuses one code, and reports of who used codes, of which it refuses one too.

use egui::{Event, Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use sellerdesk::{
    config::AccessKeyPair,
    desk::Cancel,
    domain::{LicenseStatus, Origin, World},
    protocol::{Secret, id::LicenseCode},
    simulator::{LicenseState, license::Clients, open_api::Api},
};

use crate::support::{
    app::MANUAL,
    open_api::{AK, Market, SK, customer, product},
    window::{Stage, Window},
};

/// From the simulated marketplace's noon to the window's morning.
const SECONDS_BETWEEN: i64 = 52_200;

struct Words {
    language: &'static str,
    theme: &'static str,
    activate_codes: &'static str,
    one_a_line: &'static str,
    check: &'static str,
    ready: &'static str,
    activate_five: &'static str,
    active: &'static str,
    not_activated: &'static str,
    not_received: &'static str,
    divided: &'static str,
    retry: &'static str,
    report: &'static str,
    use_one_a_line: &'static str,
    number_of_rest: &'static str,
    left_out: &'static str,
    no_number: &'static str,
    send_three: &'static str,
    taken: &'static str,
    not_taken: &'static str,
    not_active: &'static str,
    more: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    theme: "light",
    activate_codes: "Activate codes…",
    one_a_line: "Codes, one a line; of a line with several columns the first counts",
    check: "Check, then activate…",
    ready: "Ready to be activated: 5",
    activate_five: "Activate 5 codes",
    active: "Active",
    not_activated: "Not activated",
    not_received: "press “Receive” (领取)",
    divided: "it is divided and sent again",
    retry: "Retry",
    report: "Report use…",
    use_one_a_line: "Codes, one a line; what is reported of a code may stand behind a tab, as a spreadsheet pastes it",
    number_of_rest: "Number, for codes without one",
    left_out: "Left out: 1",
    no_number: "“many” is no number",
    send_three: "Send 3 reports",
    taken: "Taken: 2",
    not_taken: "Not taken: 1",
    not_active: "The code is not activated yet",
    more: "Report more",
};

const CHINESE: Words = Words {
    language: "zh-CN",
    theme: "dark",
    activate_codes: "激活授权码…",
    one_a_line: "授权码，每行一个；一行有多列时取第一列",
    check: "先检查，再激活…",
    ready: "可以激活：5",
    activate_five: "激活 5 个授权码",
    active: "使用中",
    not_activated: "未激活",
    not_received: "请买家在“服务监管”中点击“领取”",
    divided: "正在拆分后重新发送",
    retry: "重试",
    report: "上报使用…",
    use_one_a_line: "授权码，每行一个；上报内容可用制表符隔开写在其后，与从表格粘贴时一样",
    number_of_rest: "其余授权码的数量",
    left_out: "不发送：1",
    no_number: "“many”不是",
    send_three: "发送 3 条上报",
    taken: "已受理：2",
    not_taken: "未受理：1",
    not_active: "授权码尚未激活",
    more: "继续上报",
};

const BOTH: [&Words; 2] = [&ENGLISH, &CHINESE];

fn beside_a_market(words: &Words) -> (Stage, Market) {
    let (stage, market) = Stage::beside(words.language, words.theme, MANUAL, Market::open());
    market.pass(SECONDS_BETWEEN);
    let pair = AccessKeyPair { ak: AK.into(), sk: Secret::new(SK), security_token: None };
    stage.runtime().block_on(stage.desk.set_access_key(pair)).unwrap();
    (stage, market)
}

/// Codes of one order; all but the last are received.
fn bought(market: &Market, number: u16) -> Vec<LicenseCode> {
    let codes = market.marketplace.buy_licenses(&customer(), &product(), number);
    let received = codes.iter().take(codes.len() - 1);
    received.for_each(|code| market.marketplace.receive_license(code).unwrap());
    codes
}

/// Puts a text into a dialog's field as Ctrl+V does.
fn paste(window: &mut Window, field: &str, text: &str) {
    window.wait_for(field);
    window.harness.get_all_by_label(field).last().unwrap().focus();
    window.harness.run_steps(2);
    window.harness.event(Event::Paste(text.to_owned()));
    window.harness.run_steps(3);
}

fn status(window: &Window, code: &LicenseCode) -> Option<LicenseStatus> {
    let found = window.runtime().block_on(window.desk.license(World::Live, code.clone())).unwrap();
    found.map(|(license, _)| license.status)
}

fn is_alive(market: &Market, code: &LicenseCode) -> bool {
    market.marketplace.license(code).unwrap().state(market.now()) == LicenseState::Alive
}

#[test]
fn a_pasted_batch_is_divided_for_one_bad_code_which_is_retried_once_it_is_mended() {
    for words in BOTH {
        let (stage, market) = beside_a_market(words);
        let codes = bought(&market, 5);
        let (good, bad) = (&codes[..4], &codes[4]);
        let mut window = stage.open();
        window.press(Modifiers::COMMAND, Key::Num5);
        window.click(words.activate_codes);
        let pasted: String = codes.iter().map(|code| format!("{code}\tfrom a sheet\r\n")).collect();
        paste(&mut window, words.one_a_line, &pasted);
        window.click(words.check);
        window.wait_for(words.ready);
        window.click(words.activate_five);
        for code in good {
            window.wait_for(&format!("{code} {}", words.active));
        }
        window.wait_for(&format!("{bad} {}", words.not_activated));
        let requests = market.server.requests();
        let first = requests.iter().find(|request| request.api == Some(Api::ActivateV2)).unwrap();
        assert_eq!(first.verdict.code, "92020020", "the whole batch is refused");
        assert!(codes.iter().all(|code| first.body.contains(code.as_str())), "{}", first.body);
        let taken = requests.iter().filter(|request| request.verdict.code == "92020000");
        assert!(taken.clone().count() > 1, "it went in parts");
        for code in good {
            let times = taken.clone().filter(|request| request.body.contains(code.as_str())).count();
            assert_eq!((times, is_alive(&market, code)), (1, true), "{code}");
        }

        window.press(Modifiers::COMMAND, Key::Num2);
        window.click_row(bad.as_str());
        window.wait_for(words.not_received);
        window.wait_for(words.divided);
        market.marketplace.receive_license(bad).unwrap();
        window.click(words.retry);
        window.wait_until("the bad code is not active", |window| status(window, bad) == Some(LicenseStatus::Active));
        assert!(is_alive(&market, bad));
        window.press(Modifiers::COMMAND, Key::Num5);
        window.wait_for(&format!("{bad} {}", words.active));
    }
}

#[test]
fn who_used_codes_is_reported_together_and_told_code_by_code() {
    for words in BOTH {
        let (stage, market) = beside_a_market(words);
        let codes = bought(&market, 3);
        let active = codes[..2].to_vec();
        stage.runtime().block_on(async {
            let kept = stage.desk.keep_activations(World::Live, active.clone(), None).await.unwrap();
            stage.desk.carry_out(kept, Origin::Operator, &Cancel::default(), None).await.unwrap();
        });
        market.server.forget_requests();
        let mut window = stage.open();
        window.press(Modifiers::COMMAND, Key::Num5);
        window.click(words.report);
        let pasted = format!("{}\t7\n{}\n{}\n{}\tmany\n", codes[0], codes[1], codes[2], codes[0]);
        paste(&mut window, words.use_one_a_line, &pasted);
        window.harness.get_all_by_label(words.number_of_rest).last().unwrap().focus();
        window.harness.run_steps(2);
        window.harness.event(Event::Text("5".into()));
        for seen in [words.left_out, words.no_number, words.send_three] {
            window.wait_for(seen);
        }
        window.snapshot(&format!("license-use-{}", words.language));
        assert!(market.server.requests().is_empty(), "nothing before the button");
        window.click(words.send_three);
        for seen in [words.taken, words.not_taken, words.not_active] {
            window.wait_for(seen);
        }
        window.advance(std::time::Duration::from_secs(20));
        window.snapshot(&format!("license-use-told-{}", words.language));
        let reported = |code: &LicenseCode| {
            let usage = market.marketplace.license(code).unwrap().usage;
            usage.into_iter().map(|usage| usage.clients).collect::<Vec<_>>()
        };
        assert_eq!((reported(&codes[0]), reported(&codes[1])), (vec![Clients::Number(7)], vec![Clients::Number(5)]));
        assert_eq!(market.server.requests().len(), 2, "together, and once more without the code that was named");
        window.click(words.more);
        window.wait_until("what was sent stays in the field", |window| !window.sees(words.send_three));
    }
}
