//! The calendar of authorization codes, in the window in both languages and on the command line: what happens next to each,
//! by day in the zone of whoever looks.

use egui::{Key, Modifiers, accesskit::Role};
use egui_kittest::kittest::{By, NodeT as _, Queryable as _};
use sellerdesk::{
    config::{Config, LicenseApi, LicenseSetting},
    desk::session::SettingsChange,
    domain::{World, license_calendar::CalendarQuery},
    protocol::{UnixMillis, id::LicenseCode},
};
use serde_json::{Value, json};

use crate::support::{
    app::{MANUAL, TestApp},
    program::{command, json, run, stderr},
    window::{Stage, Window},
};

struct Words {
    language: &'static str,
    theme: &'static str,
    calendar: &'static str,
    codes: &'static str,
    spans: [&'static str; 4],
    nothing: &'static str,
    nothing_soon: &'static str,
    show_all: &'static str,
    to_codes: &'static str,
    add_codes: &'static str,
    timeline: &'static str,
    /// What the rows say, but for their code, in the order in which they stand.
    rows: [&'static str; 7],
    daily: &'static str,
    grace: &'static str,
    save: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    theme: "light",
    calendar: "Calendar",
    codes: "Codes",
    spans: ["7 days", "30 days", "90 days", "All"],
    nothing: "Nothing is to come",
    nothing_soon: "Nothing within 30 days",
    show_all: "Show all",
    to_codes: "To the codes",
    add_codes: "Add codes…",
    timeline: "Timeline",
    rows: [
        "PL-LATE End of grace 2026-11-16 8 days overdue",
        "PL-TODAY Expiry 2026-11-24 today",
        "PL-SOON Expiry 2026-11-30 in 6 days",
        "PL-NEXT Expiry 2026-12-01 in 7 days",
        "PL-GRACE End of grace 2026-12-05 in 11 days",
        "PL-FROZEN Release 2026-12-06 in 12 days",
        "PL-FAR Expiry 2027-04-01 in 128 days",
    ],
    daily: "Query codes in use once a day",
    grace: "Grace after the expiry, days",
    save: "Save",
};

const CHINESE: Words = Words {
    language: "zh-CN",
    theme: "dark",
    calendar: "到期日历",
    codes: "授权码列表",
    spans: ["7 天", "30 天", "90 天", "全部"],
    nothing: "没有将要发生的事项",
    nothing_soon: "30 天内没有事项",
    show_all: "显示全部",
    to_codes: "前往授权码列表",
    add_codes: "添加授权码…",
    timeline: "时间线",
    rows: [
        "PL-LATE 宽限期结束 2026-11-16 已逾期 8 天",
        "PL-TODAY 到期 2026-11-24 今天",
        "PL-SOON 到期 2026-11-30 6 天后",
        "PL-NEXT 到期 2026-12-01 7 天后",
        "PL-GRACE 宽限期结束 2026-12-05 11 天后",
        "PL-FROZEN 释放 2026-12-06 12 天后",
        "PL-FAR 到期 2027-04-01 128 天后",
    ],
    daily: "每天查询一次使用中的授权码",
    grace: "到期后的宽限期（天）",
    save: "保存",
};

const BOTH: [&Words; 2] = [&ENGLISH, &CHINESE];
/// The code and its `expireTime`: in Beijing the last second of November and a second later.
const EXPIRE: [(&str, &str); 7] = [
    ("PL-LATE", "20261101000000"),
    ("PL-TODAY", "20261124120000"),
    ("PL-SOON", "20261130155959"),
    ("PL-NEXT", "20261130160000"),
    ("PL-GRACE", "20261120000000"),
    ("PL-FROZEN", "20261106000000"),
    ("PL-FAR", "20270401000000"),
];

fn renewal(code: &str, expires: &str) -> Value {
    json!({
        "activity": "refreshLicenseCode", "scene": "RENEWAL", "license": code, "orderId": format!("CS-{code}"),
        "orderLineId": format!("CS-{code}-000001"), "productId": "OFFI1", "expireTime": expires,
    })
}

/// A desk that calls told all of these.
fn told(words: &Words) -> Stage {
    let stage = Stage::new(words.language, words.theme, MANUAL).with_key();
    for (code, expires) in EXPIRE {
        assert_eq!(stage.call("main", &renewal(code, expires)), "000000");
    }
    let freeze = json!({ "activity": "updateLicenseCodeStatus", "license": "PL-FROZEN", "status": "FREEZE" });
    assert_eq!(stage.call("main", &freeze), "000000");
    // Known, and nothing is to come.
    assert_eq!(stage.call("main", &renewal("PL-GONE", "20261201000000")), "000000");
    assert_eq!(stage.call("main", &json!({ "activity": "releaseLicenseCode", "license": "PL-GONE" })), "000000");
    stage.runtime().block_on(stage.desk.add_licenses(World::Live, "PL-UNDATED")).unwrap();
    stage
}

/// The names of the rows, from top to bottom.
fn rows(window: &Window) -> Vec<String> {
    let mut rows: Vec<(i64, String)> = window
        .harness
        .query_all(By::new().role(Role::Row))
        .map(|row| {
            #[expect(clippy::cast_possible_truncation, reason = "whole pixels")]
            let top = row.rect().top() as i64;
            (top, row.accesskit_node().label().unwrap_or_default())
        })
        .collect();
    rows.sort();
    rows.into_iter().map(|(_, name)| name).collect()
}

fn wait_for_rows(window: &mut Window, expected: &[&str]) {
    window.wait_until(&format!("not {expected:?}"), |window| rows(window) == expected);
}

fn open_calendar(stage: Stage, words: &Words) -> Window {
    let mut window = stage.open();
    window.press(Modifiers::COMMAND, Key::Num5);
    window.click(words.calendar);
    window
}

#[test]
fn it_tells_by_day_what_is_next_and_leads_to_the_code() {
    for words in BOTH {
        let mut window = open_calendar(told(words), words);
        wait_for_rows(&mut window, &words.rows[..6]);
        for (span, shown) in words.spans.into_iter().zip([4, 6, 6, 7]) {
            window.click(span);
            wait_for_rows(&mut window, &words.rows[..shown]);
        }
        window.click_row("PL-FROZEN");
        window.wait_for(words.timeline);
        window.wait_for("CS-PL-FROZEN-000001");
        window.press(Modifiers::NONE, Key::ArrowDown);
        window.wait_for("CS-PL-FAR-000001");
        window.press(Modifiers::NONE, Key::Home);
        window.wait_for("CS-PL-LATE-000001");
        window.press(Modifiers::NONE, Key::Escape);

        // What was overdue is not any more once its end is told.
        let mut renewed = renewal("PL-LATE", "20270101000000");
        renewed["orderId"] = "CS-ANOTHER".into();
        let late = LicenseCode::new("PL-LATE");
        tell(&window, &renewed);
        window.wait_until("the renewal is not seen", |window| {
            rows(window).first().is_some_and(|first| first == words.rows[1])
        });
        let (license, _) = window.runtime().block_on(window.desk.license(World::Live, late)).unwrap().unwrap();
        assert_eq!(license.expire_time, UnixMillis::from_compact_utc("20270101000000").ok());
        window.click(words.codes);
        window.wait_for(words.add_codes);
    }
}

/// A call that comes while the window is open.
fn tell(window: &Window, body: &Value) {
    let callback = sellerdesk::protocol::callback::v2::parse(body.to_string().as_bytes()).unwrap();
    let received = sellerdesk::desk::ReceivedCall {
        callback,
        nonce: Some("a-nonce-of-its-own".into()),
        query: "signature=…".into(),
        body: body.to_string(),
    };
    let config = window.desk.config();
    let answered = window.runtime().block_on(window.desk.answer(config.endpoint("main").unwrap(), received)).unwrap();
    assert_eq!(answered.result_code.as_str(), "000000");
}

#[test]
fn an_empty_calendar_says_what_to_do() {
    for words in BOTH {
        let stage = Stage::new(words.language, words.theme, MANUAL).with_key();
        stage.runtime().block_on(stage.desk.add_licenses(World::Live, "PL-UNDATED")).unwrap();
        let mut window = open_calendar(stage, words);
        window.wait_for(words.nothing_soon);
        window.click(words.show_all);
        window.wait_for(words.nothing);
        window.snapshot(&format!("no-calendar-{}", words.language));
        window.click(words.to_codes);
        window.wait_for(words.add_codes);
    }
}

#[test]
fn pictures_of_the_calendar() {
    for words in BOTH {
        let mut window = open_calendar(told(words), words);
        window.click(words.spans[3]);
        wait_for_rows(&mut window, &words.rows);
        window.snapshot(&format!("license-calendar-{}", words.language));
        window.click_row("PL-GRACE");
        window.wait_for(words.timeline);
        window.snapshot(&format!("license-calendar-detail-{}", words.language));
    }
}

#[test]
fn days_and_the_daily_query_are_set_in_the_window() {
    for words in BOTH {
        let mut window = told(words).open();
        window.press(Modifiers::COMMAND, Key::Num0);
        window.wait_for(words.daily);
        window.harness.get_by_label(words.daily).scroll_to_me();
        window.harness.run_steps(3);
        window.click(words.daily);
        window.wait_until("it is not daily", |window| window.desk.config().marketplace.query_licenses_daily);
        window.harness.get_all_by_label(words.grace).last().unwrap().focus();
        window.harness.run_steps(2);
        window.press(Modifiers::COMMAND, Key::A);
        window.harness.event(egui::Event::Text("3".into()));
        window.harness.run_steps(3);
        window.click(words.save);
        window.wait_until("grace is not 3 days", |window| window.desk.config().licenses.grace_days == 3);
        assert_eq!(window.desk.config().licenses.retention_days, 15);
        window.press(Modifiers::COMMAND, Key::Num5);
        window.click(words.calendar);
        window.wait_until("the calendar does not reckon with it", |window| {
            rows(window).iter().any(|row| row.contains("PL-GRACE") && row.contains("2026-11-23"))
        });
    }
}

#[tokio::test]
async fn settings_of_codes_are_kept_in_the_file() {
    let app = TestApp::start(MANUAL).await;
    for setting in [
        LicenseSetting::Api(LicenseApi::V1),
        LicenseSetting::QueryApi(LicenseApi::V2),
        LicenseSetting::QueryDaily(true),
        LicenseSetting::GraceDays(0),
        LicenseSetting::RetentionDays(7),
    ] {
        app.desk.change_settings(SettingsChange::License(setting)).await.unwrap();
    }
    let config = Config::load(app.dir.path()).unwrap();
    let marketplace = &config.marketplace;
    assert_eq!(
        (marketplace.license_api, marketplace.license_query_api, marketplace.query_licenses_daily),
        (LicenseApi::V1, LicenseApi::V2, true)
    );
    assert_eq!((config.licenses.grace_days, config.licenses.retention_days), (0, 7));
    let wrong = Config::parse("[licenses]\ngrace_days = 366\n").unwrap_err().to_string();
    assert!(wrong.contains("line 2") && wrong.contains("grace_days") && wrong.contains("365"), "{wrong}");
    let refused = app.desk.change_settings(SettingsChange::License(LicenseSetting::GraceDays(400))).await;
    assert!(refused.unwrap_err().to_string().contains("grace_days"));
    assert_eq!(app.desk.config().licenses.grace_days, 0);
}

/// A file tells no fractions of a second.
const fn to_second(time: UnixMillis) -> UnixMillis {
    UnixMillis(time.0 - time.0.rem_euclid(1_000))
}

#[tokio::test]
async fn the_soonest_of_many_are_told_and_that_there_are_more() {
    let app = TestApp::start(MANUAL).await;
    let csv: String = (0..500)
        .map(|number| {
            let expires = to_second(app.desk.now().plus_millis((500 - number) * 3_600_000));
            format!("PL-{number:04},{expires}\n")
        })
        .collect();
    let file = app.dir.path().join("codes.csv");
    std::fs::write(&file, format!("license,expireTime\n{csv}")).unwrap();
    let added = run(app.dir.path(), &["license", "add", "--file", file.to_str().unwrap()]);
    assert!(added.status.success(), "{}", stderr(&added));
    let query = CalendarQuery { world: World::Live, until: None };
    let calendar = app.desk.license_calendar(query, 100).await.unwrap();
    let names: Vec<&str> = calendar.entries.iter().map(|entry| entry.license.license.as_str()).collect();
    assert_eq!((names.len(), names[0], names[99], calendar.more), (100, "PL-0499", "PL-0400", true));
    let all = app.desk.license_calendar(query, 500).await.unwrap();
    assert_eq!((all.entries.len(), all.more), (500, false));
    let test = CalendarQuery { world: World::Test, until: None };
    assert!(app.desk.license_calendar(test, 100).await.unwrap().entries.is_empty());
}

#[test]
fn the_command_line_tells_it_too() {
    let dir = tempfile::tempdir().unwrap();
    let now = sellerdesk::cli::open::system_time();
    let file = dir.path().join("codes.csv");
    let day = 24 * 3_600_000;
    let rows: String = [("PL-SOON", 6), ("PL-LATER", 60), ("PL-OVER", -20)]
        .into_iter()
        .map(|(code, days)| format!("{code},{}\n", to_second(now.plus_millis(days * day))))
        .collect();
    std::fs::write(&file, format!("license,expireTime\n{rows}")).unwrap();
    let nothing = run(dir.path(), &["license", "calendar"]);
    assert!(nothing.status.success() && nothing.stdout.starts_with(b"nothing is to come"), "{}", stderr(&nothing));
    let added = run(dir.path(), &["license", "add", "--file", file.to_str().unwrap()]);
    assert!(added.status.success(), "{}", stderr(&added));

    let all = json(dir.path(), &["license", "calendar", "--json"]);
    let told = |value: &Value| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        value.as_array().unwrap().iter().map(|one| (text(&one["license"]), text(&one["next"]))).collect()
    };
    let pair = |code: &str, next: &str| (code.to_owned(), next.to_owned());
    let expected = [pair("PL-OVER", "grace-end"), pair("PL-SOON", "expiry"), pair("PL-LATER", "expiry")];
    assert_eq!(told(&all), expected);
    assert_eq!((&all[0]["overdue"], &all[0]["inDays"]), (&json!(true), &json!(-5)));
    assert_eq!((&all[1]["overdue"], &all[1]["inDays"]), (&json!(false), &json!(6)));
    let soon = json(dir.path(), &["license", "calendar", "--json", "--days", "6"]);
    assert_eq!(told(&soon), expected[..2]);

    // A day further east or west is another day; the moment is the same.
    let days: Vec<String> = ["UTC", "Pacific/Kiritimati"]
        .into_iter()
        .map(|zone| {
            let told = command(dir.path(), &["license", "calendar", "--json"]).env("TZ", zone).output().unwrap();
            let value: Value = serde_json::from_slice(&told.stdout).unwrap();
            assert_eq!(value[1]["nextTime"], all[1]["nextTime"]);
            value[1]["day"].as_str().unwrap().to_owned()
        })
        .collect();
    assert!(days[0] <= days[1], "{days:?}");
    let text = run(dir.path(), &["license", "calendar"]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.lines().next().unwrap().contains("5 days overdue"), "{text}");
}
