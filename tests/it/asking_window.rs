//! What the window asks of KooGallery: AK and SK set, orders queried, a failed activation retried, a License handed over, and
//! the bench for API products. The simulated marketplace answers over real sockets.

use egui::{Key, Modifiers};
use sellerdesk::{
    config::AccessKeyPair,
    desk::{Cancel, Desk, LicenseContent},
    domain::{
        LicenseStatus, Origin, World,
        listing::{InstanceQuery, LicenseQuery},
    },
    protocol::{
        Secret,
        callback::Activity,
        id::{InstanceId, LicenseCode},
    },
};
use serde_json::json;

use crate::support::{
    app::{TEMPLATE, purchase, with},
    open_api::{AK, Market, SK, customer, product},
    window::{Stage, Window},
};

/// From the simulated marketplace's noon to the window's morning.
const SECONDS_BETWEEN: i64 = 52_200;

struct Words {
    language: &'static str,
    theme: &'static str,
    set: &'static str,
    save: &'static str,
    query_order: &'static str,
    trial: &'static str,
    not_received: &'static str,
    retry: &'static str,
    upload_text: &'static str,
    send_text: &'static str,
    application_invalid: &'static str,
    bench: &'static str,
    bench_send: &'static str,
    not_authenticated: &'static str,
    succeeded: &'static str,
    handed_over_before: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    theme: "light",
    set: "Set AK and SK",
    save: "Save AK and SK",
    query_order: "Query order",
    trial: "Trial",
    not_received: "press “Receive” (领取)",
    retry: "Retry",
    upload_text: "License text",
    send_text: "Upload text",
    application_invalid: "is not valid any more",
    bench: "API bench",
    bench_send: "Sign and send",
    not_authenticated: "The gateway does not accept AppKey",
    succeeded: "Succeeded",
    handed_over_before: "A License was handed over for this application at 10:30:00 already",
};

const CHINESE: Words = Words {
    language: "zh-CN",
    theme: "dark",
    set: "设置 AK 和 SK",
    save: "保存 AK 和 SK",
    query_order: "查询订单",
    trial: "试用",
    not_received: "请买家在“服务监管”中点击“领取”",
    retry: "重试",
    upload_text: "License 文本",
    send_text: "上传文本",
    application_invalid: "该 License 申请已失效",
    bench: "API 调试",
    bench_send: "签名并发送",
    not_authenticated: "网关不接受该 AppKey",
    succeeded: "成功",
    handed_over_before: "该申请已于 10:30:00 提交过 License",
};

const BOTH: [&Words; 2] = [&ENGLISH, &CHINESE];

/// A window beside a marketplace that has the same time.
fn beside_a_market(words: &Words) -> (Stage, Market) {
    let (stage, market) = Stage::beside(words.language, words.theme, TEMPLATE, Market::open());
    market.pass(SECONDS_BETWEEN);
    (stage, market)
}

fn with_keys(stage: Stage) -> Stage {
    let pair = AccessKeyPair { ak: AK.into(), sk: Secret::new(SK), security_token: None };
    stage.runtime().block_on(stage.desk.set_access_key(pair)).unwrap();
    stage
}

fn statuses(window: &Window) -> Vec<(LicenseCode, LicenseStatus)> {
    window.runtime().block_on(async {
        let query = LicenseQuery { world: World::Live, ascending: true, ..LicenseQuery::default() };
        let ids = window.desk.license_ids(query, Cancel::default()).await.unwrap();
        let rows = window.desk.licenses(ids).await.unwrap();
        rows.into_iter().map(|(_, license)| (license.license, license.status)).collect()
    })
}

#[test]
fn ak_and_sk_are_set_and_an_order_is_queried_with_them() {
    for words in BOTH {
        let (stage, _market) = beside_a_market(words);
        let bought = with(purchase("MOCKPERIODDAYTRIAL"), "businessId", "i-trial");
        assert_eq!(stage.call("main", &bought), "000000");
        let mut window = stage.open();
        window.press(Modifiers::COMMAND, Key::Num0);
        window.click(words.set);
        window.fill_in("AK", AK);
        window.fill_in("SK", SK);
        window.click(words.save);
        window.wait_for("***KOOG");
        assert!(!window.sees(SK), "the SK is never shown");
        window.press(Modifiers::COMMAND, Key::Num2);
        window.click_row("MOCKPERIODDAYTRIAL");
        window.settle();
        window.click(if words.language == "en" { "Open order" } else { "打开订单" });
        window.click(words.query_order);
        window.wait_for(words.trial);
        window.press(Modifiers::COMMAND, Key::Num4);
        window.click_row("MOCKPERIODDAYTRIAL");
        window.wait_for("i-trial");
        window.snapshot_without(&format!("orders-{}", words.language), None);
    }
}

#[test]
fn a_failed_activation_says_what_to_do_and_is_retried_by_the_same_button() {
    for words in BOTH {
        let (stage, market) = beside_a_market(words);
        let stage = with_keys(stage);
        let code = market.marketplace.buy_licenses(&customer(), &product(), 1).remove(0);
        let kept =
            stage.runtime().block_on(stage.desk.keep_activations(World::Live, vec![code.clone()], None)).unwrap();
        let cancel = Cancel::default();
        let origin = Origin::Operator;
        stage.runtime().block_on(stage.desk.carry_out(kept, origin, &cancel, None)).unwrap();
        let mut window = stage.open();
        window.press(Modifiers::COMMAND, Key::Num2);
        window.click_row(code.as_str());
        window.wait_for(words.not_received);
        market.marketplace.receive_license(&code).unwrap();
        window.click(words.retry);
        window
            .wait_until("the code is not active", |window| statuses(window) == [(code.clone(), LicenseStatus::Active)]);
        window.wait_for(words.succeeded);
    }
}

#[test]
fn a_license_that_was_applied_for_is_handed_over_by_hand() {
    for words in BOTH {
        let (stage, _market) = beside_a_market(words);
        let stage = with_keys(stage);
        let purchase = with(purchase("CS1"), "businessId", "3c1a7d00-0000-4000-8000-000000000001");
        assert_eq!(stage.call("main", &purchase), "000000");
        let instance_id = stage.runtime().block_on(only_instance(&stage.desk));
        let application = json!({
            "activity": "getLicenseAsync", "instanceId": instance_id, "eventId": "e-unknown-there",
            "effectiveTime": "2026-11-24 00:00:00 z", "testFlag": "0",
        });
        assert_eq!(stage.call("main", &application), "000004");
        let mut window = stage.open();
        window.press(Modifiers::COMMAND, Key::Num2);
        window.click_row("getLicenseAsync");
        window.wait_for(words.upload_text);
        window.snapshot(&format!("upload-{}", words.language));
        window.fill_in(words.upload_text, "LICENSE-0001");
        window.click(words.send_text);
        // The marketplace knows no such application, and says so beside the upload.
        window.click_row("market-event/file");
        window.wait_for(words.application_invalid);
        assert!(!window.sees("LICENSE-0001"), "a License is shown nowhere once it was handed over");
    }
}

#[test]
fn a_second_license_for_one_application_is_not_said_to_be_handed_over() {
    for words in BOTH {
        let (stage, market) = beside_a_market(words);
        let stage = with_keys(stage);
        assert_eq!(stage.call("main", &purchase("CS1")), "000000");
        let instance_id = stage.runtime().block_on(only_instance(&stage.desk));
        let event_id = stage.runtime().block_on(async {
            let bought = market.marketplace.buy(&product(), &customer()).await.unwrap();
            let theirs = market.marketplace.instance_of(&bought).unwrap().instance_id;
            let applied = market.marketplace.apply_for_license(&theirs, None).await.unwrap();
            let Activity::GetLicenseAsync(application) = applied.activity else { panic!("{applied:?}") };
            let content = LicenseContent::Text(Secret::new("LICENSE-0002"));
            let kept = stage.desk.keep_upload(World::Live, application.event_id.clone(), content).await.unwrap();
            stage.desk.carry_out(vec![kept], Origin::Operator, &Cancel::default(), None).await.unwrap();
            application.event_id
        });
        let again = json!({
            "activity": "getLicenseAsync", "instanceId": instance_id, "eventId": event_id,
            "effectiveTime": "2026-11-24 00:00:00 z", "testFlag": "0",
        });
        assert_eq!(stage.call("main", &again), "000004");
        market.server.forget_requests();
        let mut window = stage.open();
        window.press(Modifiers::COMMAND, Key::Num2);
        window.click_row("getLicenseAsync");
        window.wait_for(words.upload_text);
        window.fill_in(words.upload_text, "LICENSE-0003");
        window.click(words.send_text);
        window.wait_for(words.handed_over_before);
        assert!(market.server.requests().is_empty());
    }
}

async fn only_instance(desk: &Desk) -> InstanceId {
    let ids = desk.instance_ids(InstanceQuery::default(), Cancel::default()).await.unwrap();
    desk.instances(ids).await.unwrap().remove(0).1.instance_id
}

#[test]
fn the_bench_shows_what_was_signed_and_what_the_gateway_said() {
    for words in BOTH {
        let (stage, market) = beside_a_market(words);
        let url =
            format!("{}/api/mkp-openapi-public/global/v1/order/query?orderId=MOCKONETIMENEW", market.server.url());
        let mut window = stage.open();
        window.press(Modifiers::COMMAND, Key::Num9);
        window.click(words.bench);
        window.fill_in("URL", &url);
        window.fill_in("AppKey", AK);
        window.fill_in("AppSecret", "a-wrong-secret");
        window.click(words.bench_send);
        window.wait_for(words.not_authenticated);
        window.fill_in("AppSecret", "");
        window.press(Modifiers::COMMAND, Key::A);
        window.fill_in("AppSecret", SK);
        window.click(words.bench_send);
        window.wait_for("MKT.0000");
        assert!(window.sees("orderId=MOCKONETIMENEW"), "the canonical request");
        assert!(!window.sees(SK));
    }
}
