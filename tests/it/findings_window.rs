//! The buttons beside what orders, calls, instances and codes say against each other: each is clicked, and mends.

use std::time::Duration;

use egui_kittest::kittest::Queryable as _;
use sellerdesk::{
    config::AccessKeyPair,
    domain::{
        LicenseStatus, World,
        supervision::{Supervised, SupervisionFacts},
    },
    protocol::{
        Secret,
        id::{LicenseCode, OrderId},
    },
    simulator::open_api::Api,
};
use serde_json::json;

use crate::support::{
    app::{TEMPLATE, purchase, with},
    open_api::{AK, Market, SK, customer, product},
    window::{Stage, Window},
};

/// From the simulated marketplace's noon to the window's morning.
const SECONDS_BETWEEN: i64 = 52_200;
const DAY: Duration = Duration::from_secs(24 * 3_600);

struct Words {
    language: &'static str,
    theme: &'static str,
    compare: &'static str,
    agree: &'static str,
    unknown: &'static str,
    query: &'static str,
    activate: &'static str,
    without_code: &'static str,
    add: &'static str,
    paste: &'static str,
    in_grace: &'static str,
    assumed: &'static str,
    freeze: &'static str,
}

const BOTH: [Words; 2] = [
    Words {
        language: "en",
        theme: "light",
        compare: "Compare now",
        agree: "They agree.",
        unknown: "Activation unknown",
        query: "Ask about the code",
        activate: "Activate",
        without_code: "Activation without a code",
        add: "Add codes…",
        paste: "Codes, one a line; of a line with several columns the first counts",
        in_grace: "Expired, in its grace",
        assumed: "Assumed: a grace of 15 days",
        freeze: "Freeze here",
    },
    Words {
        language: "zh-CN",
        theme: "dark",
        compare: "立即核对",
        agree: "全部一致。",
        unknown: "激活情况不明",
        query: "查询授权码",
        activate: "激活",
        without_code: "有激活，无授权码",
        add: "添加授权码…",
        paste: "授权码，每行一个；一行有多列时取第一列",
        in_grace: "已到期，宽限期内",
        assumed: "前提：宽限期 15 天",
        freeze: "在此冻结",
    },
];

/// A code of the marketplace that a call thawed, and of which nobody told the activation.
fn beside_a_market(words: &Words) -> (Window, Market, LicenseCode) {
    let (stage, market) = Stage::beside(words.language, words.theme, TEMPLATE, Market::open());
    market.pass(SECONDS_BETWEEN);
    let pair = AccessKeyPair { ak: AK.into(), sk: Secret::new(SK), security_token: None };
    stage.runtime().block_on(stage.desk.set_access_key(pair)).unwrap();
    let code = market.marketplace.buy_licenses(&customer(), &product(), 1).remove(0);
    market.marketplace.receive_license(&code).unwrap();
    let thawed = json!({ "activity": "updateLicenseCodeStatus", "license": code, "status": "UNFREEZE" });
    assert_eq!(stage.call("main", &thawed), "000000");
    (stage.open(), market, code)
}

fn asked(market: &Market, apis: &[Api]) -> usize {
    market.server.requests().iter().filter(|request| request.api.is_some_and(|api| apis.contains(&api))).count()
}

#[test]
fn a_code_whose_activation_nobody_told_is_asked_about_and_activated() {
    for words in &BOTH {
        let (mut window, market, code) = beside_a_market(words);
        window.click(words.compare);
        window.wait_for(words.unknown);
        window.click(words.query);
        window.wait_until("KooGallery is not asked", |_| asked(&market, &[Api::HeartbeatV1, Api::HeartbeatV2]) > 0);
        window.settle();
        window.click(words.activate);
        window.wait_until("nothing is activated", |window| {
            let found = window.runtime().block_on(window.desk.license(World::Live, code.clone())).unwrap().unwrap().0;
            found.activate_time.is_some() && found.status == LicenseStatus::Active
        });
        // It is compared again by itself.
        window.wait_for(words.agree);
    }
}

#[test]
fn an_activation_without_a_code_leads_to_where_codes_are_added() {
    for words in &BOTH {
        let stage = Stage::new(words.language, words.theme, TEMPLATE).with_key();
        let facts = SupervisionFacts {
            kind: Supervised::LicenseCode,
            activated_at: Some(stage.desk.now()),
            ..SupervisionFacts::default()
        };
        let noted = stage.desk.note_supervision(World::Live, OrderId::new("CS-CODE"), Some(facts));
        stage.runtime().block_on(noted).unwrap();
        let mut window = stage.open();
        window.click(words.compare);
        window.wait_for(words.without_code);
        window.click(words.add);
        window.wait_for(words.paste);
        assert!(!window.sees(words.without_code), "beside the codes");
    }
}

#[test]
fn what_expired_is_not_to_be_frozen_within_its_grace() {
    for words in &BOTH {
        let stage = Stage::new(words.language, words.theme, TEMPLATE).with_key();
        stage.call("main", &with(purchase("CS1"), "businessId", "i-1"));
        let expired = stage.desk.now().plus_millis(-3 * 24 * 3_600_000).to_compact_utc();
        let renewal = json!({
            "activity": "refreshInstance", "scene": "RENEWAL", "instanceId": "i-1", "orderId": "CS2",
            "orderLineId": "CS2-000001", "expireTime": expired,
        });
        assert_eq!(stage.call("main", &renewal), "000000");
        let mut window = stage.open();
        window.click(words.compare);
        window.wait_for(words.in_grace);
        assert!(window.sees(words.assumed) && window.harness.query_by_label(words.freeze).is_none());
        window.advance(13 * DAY);
        window.click(words.compare);
        window.wait_until("the grace does not end", |window| {
            window.harness.query_by_label(words.freeze).is_some() && !window.sees(words.in_grace)
        });
    }
}
