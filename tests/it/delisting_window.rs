//! The guard against delisting in the window: how long KooGallery calls is a choice that everything follows, what it has not
//! heard of is told, and so are probes that fail, by the desktop too.

use std::time::Duration;

use egui_kittest::kittest::Queryable as _;
use sellerdesk::{
    desk::ReceivedCall,
    domain::{RetryRow, debugging::Target},
    protocol::{
        callback::v1,
        debugging::{DebugCall, Generation},
    },
};
use serde_json::json;

use crate::support::{
    app::{MANUAL, TEMPLATE, purchase},
    window::{Stage, Window},
};

const HOUR: Duration = Duration::from_secs(3_600);

const BROKEN: &str = r#"
[[endpoint]]
name = "main"
path = "/produce"
fulfilment = "webhook"
[endpoint.webhook]
url = "http://127.0.0.1:1/koogallery"
"#;

struct Words {
    language: &'static str,
    theme: &'static str,
    near: &'static str,
    settings: &'static str,
    overview: &'static str,
    new_order: &'static str,
    two_hours: &'static str,
    renewal: &'static str,
    once: &'static str,
    worked_on: &'static str,
    stays_open: &'static str,
    probes: &'static str,
    day_one: &'static str,
    day_three: &'static str,
    messages: &'static str,
    of_product: &'static str,
}

const BOTH: [Words; 2] = [
    Words {
        language: "en",
        theme: "light",
        near: "4 of 5 failed orders this month",
        settings: "Settings",
        overview: "Overview",
        new_order: "New order",
        two_hours: "2 h (online License)",
        renewal: "Renewal",
        once: "once (older pages)",
        worked_on: "being worked on here; refunded at",
        stays_open: "then open and to be delivered by hand, unless it succeeds before",
        probes: "Probes (拨测)",
        day_one: "probe of “purchase” (newInstance) fails, day 1",
        day_three: "probe of “purchase” (newInstance) fails, day 3",
        messages: "Messages",
        of_product: "2 of 5 failed orders of this product this month",
    },
    Words {
        language: "zh-CN",
        theme: "dark",
        near: "本月失败订单 4 / 5",
        settings: "设置",
        overview: "概览",
        new_order: "新购",
        two_hours: "2 小时（在线 License）",
        renewal: "续费",
        once: "仅调用一次（旧版页面）",
        worked_on: "此处处理中；若云商店此前未获知成功",
        stays_open: "订单保留，可人工交付",
        probes: "拨测",
        day_one: "对用例“purchase”（newInstance）的拨测失败，第 1 天",
        day_three: "对用例“purchase”（newInstance）的拨测失败，第 3 天",
        messages: "消息",
        of_product: "该商品本月失败订单 2 / 5",
    },
];

/// A purchase by V1, which names the product.
fn buy(stage: &Stage, order: &str, product: &str) {
    let query = format!(
        "activity=newInstance&businessId={order}&customerId=c-1&orderId={order}&productId={product}&chargingMode=1\
         &timeStamp=20261124023000000"
    );
    let received = ReceivedCall { callback: v1::parse(&query).unwrap(), nonce: None, query, body: String::new() };
    let config = stage.desk.config();
    stage.runtime().block_on(stage.desk.answer(config.endpoint("main").unwrap(), received)).unwrap();
}

/// Six failed orders are not too many where no product has more than two.
#[test]
fn five_failed_orders_are_allowed_of_each_product() {
    for words in &BOTH {
        let stage = Stage::new(words.language, words.theme, BROKEN).with_key();
        for (number, product) in ["OFFI1", "OFFI1", "OFFI2", "OFFI2", "OFFI3", "OFFI3"].into_iter().enumerate() {
            buy(&stage, &format!("CS{number}"), product);
        }
        stage.advance(4 * HOUR);
        stage.runtime().block_on(stage.desk.reconcile()).unwrap();
        let mut window = stage.open();
        window.wait_for("2 / 5");
        assert!(!window.sees("6 / 5"));
        window.harness.get_all_by_label(words.messages).next().unwrap().click();
        window.click_row("CS3");
        window.wait_for(words.of_product);
    }
}

fn choose(window: &mut Window, of: &str, choice: &str) {
    window.wait_for(of);
    window.harness.get_by_label(of).scroll_to_me();
    window.settle();
    window.choose(of, choice);
}

#[test]
fn how_long_koogallery_calls_is_chosen_and_orders_are_counted_by_it_at_once() {
    for words in &BOTH {
        let stage = Stage::new(words.language, words.theme, BROKEN).with_key();
        for number in 1..=4 {
            stage.call("main", &purchase(&format!("CS{number}")));
        }
        stage.advance(2 * HOUR + HOUR / 2);
        let mut window = stage.open();
        window.settle();
        assert!(!window.sees(words.near), "after three hours, as most pages say");
        window.click(words.settings);
        choose(&mut window, words.new_order, words.two_hours);
        let hours = |window: &Window, row| window.desk.policy().millis(row) / 3_600_000;
        window.wait_until("it is not kept", |window| hours(window, RetryRow::NewOrder) == 2);
        choose(&mut window, words.renewal, words.once);
        window.wait_until("it is not kept", |window| hours(window, RetryRow::Renewal) == 0);
        assert_eq!(hours(&window, RetryRow::Upgrade), 3, "each row is for itself");
        window.click(words.overview);
        window.wait_for(words.near);
    }
}

#[test]
fn an_order_that_waits_for_the_operator_is_told_with_its_refund_before_it_is_too_late() {
    for words in &BOTH {
        let stage = Stage::new(words.language, words.theme, MANUAL).with_key();
        for number in 1..=6 {
            assert_eq!(stage.call("main", &purchase(&format!("CS{number}"))), "000004");
        }
        let mut window = stage.open();
        window.settle();
        assert!(!window.sees(words.worked_on), "there is time");
        // Nothing comes in meanwhile.
        window.advance(2 * HOUR);
        window.wait_for(words.worked_on);
        window.wait_until("the desktop is not told", |window| !window.notices().is_empty());
        window.snapshot(&format!("delisting-worked-on-{}", words.language));
    }
}

/// License 1.0: KooGallery gives up calling and refunds nothing.
#[test]
fn a_license_that_fails_is_said_to_stay_open() {
    for words in &BOTH {
        let stage = Stage::new(words.language, words.theme, BROKEN);
        let config = stage.desk.config();
        for number in 1..=6 {
            let query = format!(
                "activity=getLicense&businessId=b-{number}&customerId=c-1&orderId=CS{number}&productId=OFFI1\
                 &timeStamp=20261124023000000"
            );
            let callback = v1::parse(&query).unwrap();
            let received = ReceivedCall { callback, nonce: None, query, body: String::new() };
            let answered = stage.desk.answer(config.endpoint("main").unwrap(), received);
            assert_ne!(stage.runtime().block_on(answered).unwrap().result_code.to_string(), "000000");
        }
        let mut window = stage.open();
        window.wait_for(words.stays_open);
    }
}

#[test]
fn probes_that_fail_are_told_by_the_desktop_and_once_more_before_it_is_too_late() {
    for words in &BOTH {
        // Access data longer than KooGallery takes: purchases fail.
        let too_long = TEMPLATE.replace("{instanceId}", &"{instanceId}".repeat(100));
        let stage = Stage::new(words.language, words.theme, &too_long).with_key();
        let keep = |name: &str, activity: &str| {
            let (target, call) = (Target::Endpoint("main".into()), DebugCall::preset(Generation::V2, activity));
            stage.runtime().block_on(stage.desk.keep_debug_case(name.to_owned(), target, call)).unwrap();
        };
        keep("purchase", "newInstance");
        keep("look", "queryInstance");
        let probe = |activity: &str| {
            let mut body = json!({ "activity": activity, "testFlag": "1" });
            for (name, value) in DebugCall::preset(Generation::V2, activity).fields {
                body[name] = json!(value);
            }
            body["businessId"] = json!("another-each-time");
            body
        };
        assert_eq!(stage.call("main", &probe("newInstance")), "000005");
        // It passes, and hides nothing.
        assert_eq!(stage.call("main", &probe("queryInstance")), "000000");
        let mut window = stage.open();
        window.wait_for(words.day_one);
        window.wait_until("the desktop is not told", |window| window.notices().len() == 1);
        let told = window.notices().remove(0);
        assert_eq!(told.title, words.probes);
        assert!(told.body.contains(words.day_one), "{told:?}");
        window.advance(2 * 24 * HOUR + HOUR);
        window.wait_for(words.day_three);
        let is_told = |window: &Window| window.notices().iter().any(|notice| notice.body.contains(words.day_three));
        window.wait_until("the third day is not told", is_told);
    }
}
