//! The V1 activities of the pages, and what is wrong with some.

use proptest::prelude::*;

use super::*;
use crate::protocol::{UnixMillis, callback::ChargingMode};

const BOUGHT: &str = "businessId=b&customerId=c&orderId=CS1&productId=p&timeStamp=20261123080910123";

fn check(query: &str) -> Result<Callback, String> {
    parse(&format!("{query}&timeStamp=20261123080910123")).map_err(|error| error.to_string())
}

#[test]
fn every_activity_of_the_pages_is_read() {
    let table = [
        (format!("activity=newInstance&{BOUGHT}"), "newInstance"),
        (format!("activity=getLicense&{BOUGHT}"), "newInstance"),
        ("activity=refreshInstance&instanceId=i&orderId=o&expireTime=20270101000000".into(), "refreshInstance"),
        ("activity=refreshLicense&instanceId=i&orderId=o&expireTime=20270101000000".into(), "refreshInstance"),
        ("activity=expireInstance&instanceId=i&orderId=o".into(), "updateInstanceStatus"),
        ("activity=expireLicense&instanceId=i".into(), "updateInstanceStatus"),
        ("activity=instanceStatus&instanceId=i&instanceStatus=NORMAL".into(), "updateInstanceStatus"),
        ("activity=releaseInstance&instanceId=i&orderId=o&orderAmount=1.5".into(), "releaseInstance"),
        ("activity=releaseLicense&instanceId=i&orderId=o".into(), "releaseInstance"),
        ("activity=upgrade&instanceId=i&orderId=o&skuCode=s&productId=p&amount=7".into(), "upgradeInstance"),
        ("activity=queryInstance&instanceId=a%2Cb".into(), "queryInstance"),
        ("activity=paintInstance&colour=red".into(), "paintInstance"),
    ];
    for (query, meaning) in table {
        let call = check(&query).unwrap();
        assert_eq!(call.activity.name(), meaning);
        assert!(query.contains(&format!("activity={}&", call.name)), "KooGallery's own word stays");
        assert!(call.unknown.len() <= usize::from(meaning == "paintInstance"), "{:?}", call.unknown);
    }
}

#[test]
fn a_purchase_tells_its_order() {
    // [{"name":"seats","value":10}]
    let query = format!(
        "activity=newInstance&{BOUGHT}&customerName=hw+01&chargingMode=1&periodType=year&periodNumber=1&skuCode=s\
         &expireTime=20270727153156&testFlag=1&saasExtendParams=W3sibmFtZSI6InNlYXRzIiwidmFsdWUiOjEwfV0%3D"
    );
    let call = check(&query).unwrap();
    assert!(call.test && call.unknown.is_empty());
    let Activity::NewInstance { order, details, .. } = call.activity else { panic!() };
    let details = details.unwrap();
    assert_eq!((order.order_id.as_str(), order.order_line_id.as_str()), ("CS1", ""));
    assert_eq!(details.customer_name.as_deref(), Some("hw 01"));
    assert_eq!(details.charging_mode, Some(ChargingMode::Period));
    assert_eq!(details.expire_time, Some(UnixMillis::from_compact_utc("20270727153156").unwrap()));
    assert_eq!((details.extend_params[0].name.as_str(), details.extend_params[0].value.as_str()), ("seats", "10"));
}

#[test]
fn pay_per_use_is_told_apart_by_product() {
    let Activity::NewInstance { order, .. } =
        check(&format!("activity=newInstance&{BOUGHT}&chargingMode=0")).unwrap().activity
    else {
        panic!()
    };
    assert_eq!(order.order_line_id.as_str(), "p");
}

#[test]
fn extend_params_that_cannot_be_read_fail_nothing_and_stay() {
    let call = check(&format!("activity=newInstance&{BOUGHT}&saasExtendParams=%25%25")).unwrap();
    assert_eq!(call.unknown["saasExtendParams"], "%%");
}

#[test]
fn renewal_its_cancellation_and_trial_to_formal_are_scenes() {
    let refresh = "activity=refreshInstance&instanceId=i&orderId=o&expireTime=20270101000000";
    for (more, scene) in [
        ("", Scene::Renewal),
        ("&orderAmount=12.78", Scene::Renewal),
        ("&orderAmount=-12.78", Scene::UnsubscribeRenewalPeriod),
        ("&trialToFormal=1&orderAmount=5", Scene::TrialToFormal),
    ] {
        let Activity::RefreshInstance { scene: read, .. } = check(&format!("{refresh}{more}")).unwrap().activity else {
            panic!()
        };
        assert_eq!(read, scene, "{more}");
    }
}

#[test]
fn every_fault_is_told_in_a_sentence() {
    let long = "x".repeat(101);
    let table = [
        ("colour=red".to_owned(), "`activity` is missing"),
        ("activity=newInstance&orderId=o&businessId=b&productId=p".into(), "`customerId` is missing"),
        (format!("activity=newInstance&orderId=o&businessId=b&customerId={long}"), "`customerId` has 101 characters"),
        ("activity=releaseInstance&orderId=o".into(), "`instanceId` is missing"),
        ("activity=refreshInstance&instanceId=i&orderId=o".into(), "`expireTime` is missing"),
        ("activity=upgrade&instanceId=i&orderId=o&productId=p".into(), "`skuCode` is missing"),
    ];
    for (query, sentence) in table {
        let error = check(&query).unwrap_err();
        assert!(error.contains(sentence), "{error}");
    }
    assert_eq!(parse("activity=newInstance").unwrap_err().to_string(), "`timeStamp` is missing");
}

proptest! {
    #[test]
    fn arbitrary_queries_never_panic(query in ".{0,300}") {
        let _ = parse(&query);
        let _ = check(&query);
    }
}
