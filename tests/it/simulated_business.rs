//! What the simulated marketplace lets its buyers and operators do, and what becomes of business that later business has
//! overtaken.

use std::time::Duration;

use sellerdesk::{
    protocol::{
        KeyClass, Secret,
        id::{InstanceId, OrderId},
        signature::url::UrlSignature,
    },
    simulator::{
        Action, CallFault, CallFaultRule, InstanceStatus, Lifecycle, Marketplace, Message, MessageState, Outcome, Pace,
        SimulatorError, When,
    },
};
use serde_json::{Value, json};

use crate::{
    generations::GENERAL_KEY,
    support::seller::{Seller, code, made},
};

const DAY: i64 = 86_400_000;
const TWENTY_MINUTES: i64 = 20 * 60_000;

async fn open(lifecycle: Lifecycle) -> (Seller, Marketplace) {
    let (seller, setup) = Seller::start(vec![made("000000")]).await;
    let setup = setup.with_key(KeyClass::License, Secret::new("license-key"));
    (seller, Marketplace::open(setup.with_pace(Pace::jumping()).with_seed(5).with_lifecycle(lifecycle)).unwrap())
}

async fn tries(marketplace: &Marketplace, action: &Value) -> Result<Outcome, SimulatorError> {
    let action: Action = serde_json::from_value(action.clone()).unwrap();
    marketplace.perform(action).await
}

async fn does(marketplace: &Marketplace, action: Value) -> Message {
    let outcome = tries(marketplace, &action).await.unwrap_or_else(|error| panic!("{action}: {error}"));
    outcome.message().unwrap().clone()
}

async fn on(marketplace: &Marketplace, name: &str) -> Message {
    does(marketplace, json!({ "action": name, "instanceId": "i-1" })).await
}

fn standing(marketplace: &Marketplace) -> InstanceStatus {
    marketplace.instance(&InstanceId::new("i-1")).unwrap().status
}

/// V2's words of what the seller was called with, a change of the status by what it says.
fn words(seller: &Seller) -> Vec<String> {
    let word = |call: Value| call["status"].as_str().or(call["activity"].as_str()).unwrap().to_owned();
    seller.calls().iter().map(|call| word(call.json())).collect()
}

#[tokio::test]
async fn what_cannot_be_done_with_an_instance_is_refused_in_a_sentence() {
    let product = json!({ "productId": "OTHER", "skuCode": "s", "name": "n", "months": 0 });
    let (one_time, on_demand, package) = ("bought ONE_TIME", "bought ON_DEMAND", "bought ON_DEMAND_PKG");
    for (bought, then, refused, why) in [
        ("SAAS-ONE-TIME", "", "renew", one_time),
        ("SAAS-ONE-TIME", "", "cancel-renewal", one_time),
        ("SAAS-ONE-TIME", "", "change", one_time),
        ("SAAS-ONE-TIME", "", "upgrade", one_time),
        ("SAAS-ONE-TIME", "", "expire", one_time),
        ("SAAS-ON-DEMAND", "", "renew", on_demand),
        ("SAAS-ON-DEMAND", "", "expire", on_demand),
        ("SAAS-PACKAGE", "", "renew", package),
        ("SAAS-MONTH", "", "formalise", "it is no trial"),
        ("SAAS-MONTH", "", "change", "OTHER is not sold for a period"),
        ("trial", "", "renew", "it is a trial"),
        ("trial", "", "formalise", "OTHER is not sold for a period"),
        ("SAAS-MONTH", "unsubscribe", "renew", "it is released"),
        ("SAAS-MONTH", "unsubscribe", "change", "it is released"),
        ("SAAS-MONTH", "unsubscribe", "upgrade", "it is released"),
        ("SAAS-MONTH", "unsubscribe", "freeze", "it is released"),
        ("SAAS-MONTH", "release", "unfreeze", "it is released"),
        ("SAAS-MONTH", "release", "expire", "it is released"),
        ("SAAS-MONTH", "release", "release", "it is released"),
        ("SAAS-MONTH", "release", "unsubscribe", "it is released"),
        ("SAAS-MONTH", "release", "apply", "it is released"),
        ("trial", "release", "formalise", "it is released"),
    ] {
        let (seller, marketplace) = open(Lifecycle::default()).await;
        let buy = match bought {
            "trial" => json!({ "action": "try", "productId": "SAAS-MONTH" }),
            product_id => json!({ "action": "buy", "productId": product_id }),
        };
        does(&marketplace, buy).await;
        if !then.is_empty() {
            on(&marketplace, then).await;
        }
        let before = (marketplace.orders(), marketplace.instances(), seller.calls().len());
        let mut action = json!({ "action": refused, "instanceId": "i-1" });
        if matches!(refused, "change" | "upgrade" | "formalise") {
            action["product"] = product.clone();
        }
        let told = tries(&marketplace, &action).await.unwrap_err().to_string();
        assert!(told.contains("instance i-1 cannot ") && told.contains(why), "{bought} {then} {refused}: {told}");
        assert_eq!((marketplace.orders(), marketplace.instances(), seller.calls().len()), before, "{refused}");
    }
}

#[tokio::test]
async fn what_is_bought_for_ever_stays() {
    let (seller, marketplace) = open(Lifecycle::whole()).await;
    does(&marketplace, json!({ "action": "buy", "productId": "SAAS-ONE-TIME" })).await;
    tries(&marketplace, &json!({ "action": "renew", "instanceId": "i-1" })).await.unwrap_err();
    marketplace.advance_by(1_000 * DAY).await;
    assert_eq!((standing(&marketplace), words(&seller)), (InstanceStatus::Active, vec!["newInstance".to_owned()]));
}

#[tokio::test]
async fn how_many_were_bought_is_kept_by_a_renewal_and_changed_by_an_upgrade() {
    let (_seller, marketplace) = open(Lifecycle::default()).await;
    does(&marketplace, json!({ "action": "buy", "productId": "SAAS-MONTH", "linearValue": 5 })).await;
    let number = |message: Message| marketplace.order(&message.order().unwrap().order_id).unwrap().terms.linear_value;
    assert_eq!(number(on(&marketplace, "renew").await), Some(5));
    let larger = |name: &str| json!({ "action": name, "instanceId": "i-1", "linearValue": 8 });
    assert_eq!(number(does(&marketplace, larger("upgrade")).await), Some(8));
    let instance = marketplace.instance(&InstanceId::new("i-1")).unwrap();
    assert_eq!((instance.terms.linear_value, instance.product.product_id.as_str()), (Some(8), "SAAS-MONTH"));
    assert_eq!(number(on(&marketplace, "renew").await), Some(8));
    let smaller = json!({ "action": "change", "instanceId": "i-1", "linearValue": 2 });
    assert_eq!(number(does(&marketplace, smaller).await), Some(2));
}

#[tokio::test]
async fn a_freeze_that_a_renewal_has_overtaken_is_not_tried_again() {
    let (seller, marketplace) = open(Lifecycle { expires: true, ..Lifecycle::default() }).await;
    does(&marketplace, json!({ "action": "buy", "productId": "SAAS-MONTH" })).await;
    seller.now_answers(code("000005"));
    marketplace.advance_by(30 * DAY).await;
    let freeze = marketplace.messages().pop().unwrap();
    assert_eq!((freeze.state, freeze.activity.name()), (MessageState::Failing, "updateInstanceStatus"));
    seller.now_answers(made("000000"));
    on(&marketplace, "renew").await;
    marketplace.advance_by(TWENTY_MINUTES).await;
    assert_eq!(words(&seller), ["newInstance", "FREEZE", "refreshInstance", "UNFREEZE"]);
    assert_eq!(standing(&marketplace), InstanceStatus::Active);
    assert_eq!(marketplace.message(freeze.id).unwrap().state, MessageState::Overtaken);
    assert!(matches!(marketplace.restart(freeze.id).await, Err(SimulatorError::Overtaken(_))));
    assert!(matches!(marketplace.stop(freeze.id), Err(SimulatorError::Overtaken(_))));
}

/// Each is ordered while the seller fails; what comes after it goes well.
#[tokio::test]
async fn a_status_is_overtaken_by_a_later_one_and_by_a_release() {
    for (first, then, expected, end) in [
        ("freeze", "unfreeze", vec!["FREEZE", "UNFREEZE"], InstanceStatus::Active),
        ("freeze", "release", vec!["FREEZE", "releaseInstance"], InstanceStatus::Released),
        ("expire", "unsubscribe", vec!["FREEZE", "releaseInstance"], InstanceStatus::Released),
        ("expire", "renew", vec!["FREEZE", "refreshInstance", "UNFREEZE"], InstanceStatus::Active),
        // What the operator has frozen for another reason, no renewal thaws.
        ("freeze", "renew", vec!["FREEZE", "refreshInstance", "FREEZE"], InstanceStatus::Frozen),
    ] {
        let (seller, marketplace) = open(Lifecycle::default()).await;
        does(&marketplace, json!({ "action": "buy", "productId": "SAAS-MONTH" })).await;
        seller.now_answers(code("000005"));
        on(&marketplace, first).await;
        seller.now_answers(made("000000"));
        on(&marketplace, then).await;
        marketplace.advance_by(DAY).await;
        assert_eq!(words(&seller)[1..], expected[..], "{first}, {then}");
        assert_eq!(standing(&marketplace), end, "{first}, {then}");
    }
}

#[tokio::test]
async fn a_late_renewal_thaws_whether_or_not_anything_expires_by_itself() {
    for expires in [true, false] {
        let (seller, marketplace) = open(Lifecycle { expires, ..Lifecycle::default() }).await;
        does(&marketplace, json!({ "action": "buy", "productId": "SAAS-MONTH" })).await;
        on(&marketplace, "expire").await;
        assert_eq!(standing(&marketplace), InstanceStatus::Frozen);
        on(&marketplace, "renew").await;
        marketplace.advance_by(TWENTY_MINUTES).await;
        assert_eq!(words(&seller), ["newInstance", "FREEZE", "refreshInstance", "UNFREEZE"], "{expires}");
        assert_eq!(standing(&marketplace), InstanceStatus::Active, "{expires}");
    }
}

#[tokio::test]
async fn only_a_renewal_of_what_has_really_expired_thaws() {
    for expires in [true, false] {
        let (seller, marketplace) = open(Lifecycle { expires, ..Lifecycle::default() }).await;
        does(&marketplace, json!({ "action": "buy", "productId": "SAAS-MONTH" })).await;
        for name in ["renew", "expire", "cancel-renewal"] {
            on(&marketplace, name).await;
        }
        marketplace.advance_by(TWENTY_MINUTES).await;
        assert_eq!(words(&seller), ["newInstance", "refreshInstance", "FREEZE", "refreshInstance"], "{expires}");
        assert_eq!(standing(&marketplace), InstanceStatus::Frozen, "{expires}");
    }
    let (seller, marketplace) = open(Lifecycle::default()).await;
    does(&marketplace, json!({ "action": "buy", "productId": "SAAS-MONTH" })).await;
    marketplace.set_debugging(true);
    on(&marketplace, "expire").await;
    marketplace.set_debugging(false);
    on(&marketplace, "renew").await;
    marketplace.advance_by(TWENTY_MINUTES).await;
    assert_eq!(words(&seller), ["newInstance", "FREEZE", "refreshInstance"]);
}

#[tokio::test]
async fn nothing_more_is_done_with_what_is_released() {
    let (seller, marketplace) = open(Lifecycle::default()).await;
    does(&marketplace, json!({ "action": "buy", "productId": "SAAS-MONTH" })).await;
    seller.now_answers(code("000005"));
    let renewal = on(&marketplace, "renew").await;
    marketplace.stop(renewal.id).unwrap();
    seller.now_answers(made("000000"));
    on(&marketplace, "release").await;
    assert_eq!(marketplace.message(renewal.id).unwrap().state, MessageState::Overtaken);
    marketplace.advance_by(DAY).await;
    assert_eq!(words(&seller), ["newInstance", "refreshInstance", "releaseInstance"]);
}

#[tokio::test]
async fn a_second_change_waits_for_the_first() {
    let (seller, marketplace) = open(Lifecycle::default()).await;
    does(&marketplace, json!({ "action": "buy", "productId": "SAAS-MONTH" })).await;
    seller.now_answers(code("000005"));
    let renewal = on(&marketplace, "renew").await;
    for name in ["renew", "upgrade", "unsubscribe", "release"] {
        let told = tries(&marketplace, &json!({ "action": name, "instanceId": "i-1" })).await.unwrap_err().to_string();
        assert!(told.contains(&format!("{} is under way", renewal.id)), "{name}: {told}");
    }
    assert_eq!(marketplace.orders().len(), 2);
    on(&marketplace, "freeze").await;
    seller.now_answers(made("000000"));
    marketplace.settled(renewal.id).await.unwrap();
    assert_eq!(on(&marketplace, "renew").await.state, MessageState::Succeeded);
}

#[tokio::test]
async fn a_code_is_told_the_latest_and_nothing_once_it_is_released() {
    let (seller, marketplace) = open(Lifecycle::default()).await;
    let Outcome::Licenses(codes) = tries(&marketplace, &json!({ "action": "licenses" })).await.unwrap() else {
        panic!("no codes")
    };
    let of = |name: &str| json!({ "action": name, "license": codes[0] });
    seller.now_answers(code("000005"));
    does(&marketplace, of("freeze")).await;
    seller.now_answers(code("000000"));
    does(&marketplace, of("unfreeze")).await;
    marketplace.advance_by(DAY).await;
    assert_eq!(words(&seller), ["FREEZE", "UNFREEZE"]);
    does(&marketplace, of("unsubscribe")).await;
    for name in ["renew", "freeze", "unfreeze", "release", "unsubscribe", "cancel-renewal"] {
        let told = tries(&marketplace, &of(name)).await.unwrap_err().to_string();
        assert!(told.contains("authorization code") && told.contains("it is released"), "{name}: {told}");
    }
}

#[tokio::test]
async fn a_restart_ends_where_somebody_stops_the_message_during_its_call() {
    let (seller, marketplace) = open(Lifecycle::default()).await;
    let marketplace = std::sync::Arc::new(marketplace);
    seller.now_answers(code("000005"));
    let first = does(&marketplace, json!({ "action": "buy", "productId": "SAAS-MONTH" })).await;
    marketplace.stop(first.id).unwrap();
    let slow = CallFaultRule::new(CallFault::Slow { millis: 300 }, When::Requests { after: 0, count: 1 });
    marketplace.add_call_fault(slow);
    let restarting = tokio::spawn({
        let marketplace = std::sync::Arc::clone(&marketplace);
        async move { marketplace.restart(first.id).await }
    });
    let drawn = async || marketplace.call_faults().is_empty().then_some(());
    crate::support::waiting::until("the call", drawn).await;
    marketplace.stop(first.id).unwrap();
    let restarted = tokio::time::timeout(Duration::from_secs(5), restarting).await.unwrap().unwrap().unwrap();
    assert_eq!((restarted.state, restarted.attempts), (MessageState::Stopped, 1));
}

#[tokio::test]
async fn every_order_that_is_paid_is_told_where_that_is_configured() {
    for configured in [true, false] {
        let (seller, setup) = Seller::start(vec![made("000000")]).await;
        let mut setup = setup.with_key(KeyClass::General, Secret::new(GENERAL_KEY)).with_pace(Pace::jumping());
        setup.notifies_orders = configured;
        let marketplace = Marketplace::open(setup).unwrap();
        does(&marketplace, json!({ "action": "buy", "productId": "SAAS-MONTH" })).await;
        for name in ["renew", "upgrade", "cancel-renewal", "unsubscribe"] {
            on(&marketplace, name).await;
        }
        tries(&marketplace, &json!({ "action": "licenses", "number": 3 })).await.unwrap();
        tries(&marketplace, &json!({ "action": "test-codes" })).await.unwrap();
        marketplace.advance_by(0).await;
        let told: Vec<OrderId> = seller
            .calls()
            .iter()
            .filter(|call| call.json()["activity"] == "orderNotify")
            .map(|call| {
                let signature = UrlSignature::from_query(&call.query).unwrap();
                signature.verify(&Secret::new(GENERAL_KEY), &call.body).unwrap();
                assert_eq!(call.json()["testFlag"], "0");
                OrderId::new(call.json()["orderId"].as_str().unwrap())
            })
            .collect();
        let mut placed = marketplace.orders();
        placed.retain(|order| !order.test);
        placed.sort_by_key(|order| told.iter().position(|id| *id == order.line.order_id));
        let placed: Vec<OrderId> = placed.into_iter().map(|order| order.line.order_id).collect();
        assert_eq!(told, if configured { placed.clone() } else { vec![] });
        assert_eq!(placed.len(), 6, "purchase, renewal, upgrade, cancellation, unsubscription, codes");
    }
}

#[tokio::test]
async fn a_trial_and_a_debugging_order_are_not_told_and_a_notice_that_fails_is_told_for_three_hours() {
    let (seller, setup) = Seller::start(vec![made("000000")]).await;
    let setup = setup.with_key(KeyClass::General, Secret::new(GENERAL_KEY)).with_order_notices();
    let marketplace = Marketplace::open(setup.with_pace(Pace::jumping())).unwrap();
    does(&marketplace, json!({ "action": "try", "productId": "SAAS-MONTH" })).await;
    marketplace.set_debugging(true);
    on(&marketplace, "renew").await;
    marketplace.set_debugging(false);
    marketplace.advance_by(DAY).await;
    assert_eq!(words(&seller), ["newInstance", "refreshInstance"]);
    seller.now_answers(code("000005"));
    tries(&marketplace, &json!({ "action": "licenses" })).await.unwrap();
    marketplace.advance_by(DAY).await;
    assert_eq!(words(&seller)[2..], ["orderNotify"; 4]);
    let notice = marketplace.messages().pop().unwrap();
    assert_eq!(notice.state, MessageState::Stopped);
    assert_eq!(marketplace.failed_orders_this_month(), 0);
}
