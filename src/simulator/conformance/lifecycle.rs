//! An instance from its purchase to its release, in the words of V2.0, V1.0 and License 1.0.

use super::{
    case::Outcome,
    changes,
    examiner::{Bought, Examiner, OtherCode, Rule, refused},
    limits, notices, questions, refusals,
    speaker::{Flaw, Members, Speaker},
};
use crate::{
    protocol::{
        ResultCode,
        callback::{Activity, ChargingMode, Delivers, OrderDetails, Wire},
        id::{InstanceId, OrderLine},
    },
    simulator::{Failure, Verdict, call::Exchange, clock::plus_months, verdict::Judgement},
};

pub(super) const PRODUCT: &str = "00301-666666-0--0";
pub(super) const NOTHING_BOUGHT: &str = "no purchase was answered as it has to be";
pub(super) const SKU: &str = "d0abcd12-1234-5678-ab78-90ab7d9d9d9d";

pub(super) async fn examine(examiner: &mut Examiner, speaker: &Speaker) {
    let bought = purchases(examiner, speaker).await;
    match bought.first() {
        Some(first) => {
            if !speaker.license {
                questions::examine(examiner, speaker, &bought).await;
            }
            changes::examine(examiner, speaker, first).await;
        }
        None => examiner.skip("queries and changes of an instance", NOTHING_BOUGHT),
    }
    if speaker.wire == Wire::V2 {
        notices::examine(examiner, speaker).await;
    }
    changes::of_unknown(examiner, speaker).await;
    refusals::examine(examiner, speaker, "", &mut |examiner: &mut Examiner| {
        let order = examiner.order();
        speaker.members(&buying(examiner, speaker, order)).unwrap_or_default()
    })
    .await;
    incomplete(examiner, speaker).await;
    limits::examine(examiner, speaker).await;
    if speaker.is_v1() {
        limits::private_values(examiner, speaker).await;
    }
    changes::releases(examiner, speaker).await;
}

/// The name of the page of an activity, by KooGallery's word for it.
pub(super) fn page(speaker: &Speaker, word: &str) -> &'static str {
    match (speaker.is_v1(), word) {
        (false, "newInstance") => "zh-cn_topic_0070649427",
        (false, "queryInstance") => "zh-cn_topic_0070649428",
        (false, "refreshInstance") => "zh-cn_topic_0070649429",
        (false, "updateInstanceStatus") => "zh-cn_topic_0070649430",
        (false, "releaseInstance") => "zh-cn_topic_0070649431",
        (false, "upgradeInstance") => "zh-cn_topic_0070649432",
        (false, "changeInstanceCheck") => "zh-cn_topic_0000002411753620",
        (false, "orderNotify") => "zh-cn_topic_0000002091799153",
        (false, "getLicenseAsync") => "zh-cn_topic_0070649255",
        (true, "newInstance") => "zh-cn_topic_0070649013",
        (true, "queryInstance") => "topic_0070649081",
        (true, "refreshInstance") => "en-us_topic_0070649014",
        (true, "expireInstance") => "en-us_topic_0070649055",
        (true, "instanceStatus") => "en-us_topic_0070649069",
        (true, "releaseInstance") => "zh-cn_topic_0070649056",
        (true, "upgrade") => "zh-cn_topic_0000001297828992",
        (true, "getLicense") => "zh-cn_topic_0000001353181669",
        (true, "refreshLicense") => "zh-cn_topic_0000001353381237",
        (true, "releaseLicense") => "zh-cn_topic_0000001353261785",
        (true, "expireLicense") => "zh-cn_topic_0070649153",
        (true, _) => "saas_topic_0000001",
        (false, _) => "zh-cn_topic_0070649414",
    }
}

/// A purchase of the order, with a businessId of its own.
pub(super) fn buying(examiner: &mut Examiner, speaker: &Speaker, order: OrderLine) -> Activity {
    let business_id = examiner.business();
    if !speaker.is_v1() {
        return Activity::purchase(order, business_id);
    }
    let details = OrderDetails {
        customer_id: Some("68cbc86abc2018ab880d92f36422fa0e".into()),
        customer_name: Some("hwtest".into()),
        product_id: Some(PRODUCT.into()),
        sku_code: Some(SKU.into()),
        expire_time: Some(plus_months(examiner.now(), 1)),
        charging_mode: Some(ChargingMode::Period),
        period_type: Some("month".into()),
        period_number: Some("1".into()),
        order_amount: Some("12.78".into()),
        ..OrderDetails::default()
    };
    let delivers = if speaker.license { Delivers::License } else { Delivers::AppInfo };
    Activity::NewInstance { order, business_id, delivers, details: Some(Box::new(details)) }
}

pub(super) async fn purchases(examiner: &mut Examiner, speaker: &Speaker) -> Vec<Bought> {
    let order = examiner.order();
    let activity = buying(examiner, speaker, order.clone());
    let word = speaker.word(&activity);
    let source = page(speaker, &word);
    let (exchange, judgement) = ask(examiner, speaker, &activity).await;
    let said = if speaker.license {
        "A purchase is answered 000000 with instanceId and license"
    } else if speaker.is_v1() {
        "A purchase is answered 000000 with instanceId and appInfo, userName and password encrypted with the Key"
    } else {
        "A purchase is answered 000000, or 000004 while it is provisioned, with an instanceId either way"
    };
    let outcome = bought(&judgement);
    examiner.close(Rule::new(word.as_str(), said, source), std::slice::from_ref(&exchange), outcome);
    if speaker.is_v1() && !speaker.license {
        limits::encrypt_type(examiner, &exchange, &judgement);
    }
    let first = judgement.instance_id;

    let again = buying(examiner, speaker, order.clone());
    let (repeat, judgement) = ask(examiner, speaker, &again).await;
    let outcome = match (bought(&judgement), &first, &judgement.instance_id) {
        (Outcome::Passed, Some(first), Some(second)) if first != second => Outcome::Failed(format!(
            "a second instance was made: the repeated purchase was answered instanceId {second} instead of {first}"
        )),
        (outcome, ..) => outcome,
    };
    let rule = "The same order comes again with another businessId, timestamp and nonce: it gets the same instanceId";
    examiner.close(Rule::new(format!("{word} repeated"), rule, source), &[exchange, repeat], outcome);
    let second = concurrent(examiner, speaker, &word, first.as_ref()).await;
    first.map(|instance_id| Bought { instance_id, order }).into_iter().chain(second).collect()
}

/// Another order, by several callers at one moment.
async fn concurrent(
    examiner: &mut Examiner,
    speaker: &Speaker,
    word: &str,
    first: Option<&InstanceId>,
) -> Option<Bought> {
    let order = examiner.order();
    let activity = buying(examiner, speaker, order.clone());
    let members =
        |examiner: &mut Examiner| speaker.members(&buying(examiner, speaker, order.clone())).unwrap_or_default();
    let exchanges = examiner.tell_at_once(speaker, "", members).await;
    let judged: Vec<Judgement> = exchanges.iter().map(|exchange| speaker.judge(&activity, exchange)).collect();
    let mut ids: Vec<InstanceId> = judged.iter().filter_map(|judgement| judgement.instance_id.clone()).collect();
    ids.sort();
    ids.dedup();
    let failed = judged.iter().map(bought).find(|outcome| *outcome != Outcome::Passed);
    let outcome = failed.unwrap_or_else(|| match ids.as_slice() {
        [_] => Outcome::Passed,
        ids => Outcome::Failed(format!("one order became {} instances", ids.len())),
    });
    let source = page(speaker, word);
    let rule = "The same order comes several times at one moment: every call gets the same instanceId";
    examiner.close(Rule::new(format!("{word} concurrent"), rule, source), &exchanges, outcome);

    let second = ids.first()?;
    let outcome = match first {
        Some(first) if first == second => Outcome::Failed(Failure::InstanceIdTaken(first.clone()).to_string()),
        _ => Outcome::Passed,
    };
    let rule = "Another order gets another instanceId, which is unique over all of a seller's";
    let shown = exchanges.get(..1).unwrap_or_default();
    examiner.close(Rule::new(format!("{word} of another order"), rule, source), shown, outcome);
    Some(Bought { instance_id: second.clone(), order })
}

pub(super) fn bought(judgement: &Judgement) -> Outcome {
    match &judgement.verdict {
        Verdict::Accepted | Verdict::InProgress => Outcome::Passed,
        Verdict::Failed(failure) => Outcome::Failed(failure.to_string()),
    }
}

/// Sends it as it should be, and judges the answer.
pub(super) async fn ask(examiner: &mut Examiner, speaker: &Speaker, activity: &Activity) -> (Exchange, Judgement) {
    let members = speaker.members(activity).unwrap_or_default();
    let exchange = examiner.tell(speaker, "", members, &Flaw::None).await;
    let judgement = speaker.judge(activity, &exchange);
    (exchange, judgement)
}

/// Activities that lack what they must have.
async fn incomplete(examiner: &mut Examiner, speaker: &Speaker) {
    let order = examiner.order();
    let purchase = buying(examiner, speaker, order.clone());
    let instance_id = examiner.unknown_instance();
    let mut calls = vec![
        (purchase.clone(), vec!["orderId", "businessId", "activity"]),
        (changes::renewal(examiner, &instance_id), vec!["instanceId", "expireTime"]),
        (changes::status(speaker, &instance_id, &order, true), vec!["instanceId"]),
        (Activity::ReleaseInstance { instance_id: instance_id.clone(), order: None }, vec!["instanceId"]),
    ];
    if !speaker.is_v1() {
        calls.push((Activity::QueryInstance { instance_ids: vec![instance_id.clone()] }, vec!["instanceId"]));
        calls.push((changes::status(speaker, &instance_id, &order, true), vec!["status"]));
        calls.push((changes::renewal(examiner, &instance_id), vec!["scene"]));
        // `productInfo` is mandatory by the page's table and missing in its example.
        calls.push((changes::check(&instance_id), vec!["instanceId"]));
    }
    if !speaker.license {
        let upgrade = changes::upgrade(examiner, &instance_id);
        let of_v1: &[&str] = if speaker.is_v1() { &["skuCode", "productId"] } else { &["orderLineId"] };
        calls.push((upgrade, [&["instanceId", "orderId"][..], of_v1].concat()));
    }
    for (activity, missing) in calls {
        let word = speaker.word(&activity);
        for member in missing {
            let mut members = speaker.members(&activity).unwrap_or_default();
            members.shift_remove(member);
            lacking(examiner, speaker, "", &word, members, member).await;
        }
    }
    let mut members: Members = speaker.members(&purchase).unwrap_or_default();
    members.insert("activity".into(), "paintInstance".into());
    let exchange = examiner.tell(speaker, "", members, &Flaw::None).await;
    let outcome = refused(&exchange, &[ResultCode::INVALID_PARAMETER], OtherCode::Warns);
    let rule = "An activity that the seller does not know is not answered as if it were done";
    examiner.close(Rule::new("unknown activity", rule, "zh-cn_topic_0070649421"), &[exchange], outcome);
}

/// A call without one mandatory member.
pub(super) async fn lacking(
    examiner: &mut Examiner,
    speaker: &Speaker,
    path: &str,
    word: &str,
    members: Members,
    member: &str,
) {
    let exchange = examiner.tell(speaker, path, members, &Flaw::None).await;
    let outcome = refused(&exchange, &[ResultCode::INVALID_PARAMETER], OtherCode::Warns);
    let rule = "A call without a mandatory parameter is refused with 000002";
    let source = if path.is_empty() { "zh-cn_topic_0070649421" } else { "zh-cn_topic_0070649114" };
    examiner.close(Rule::new(format!("{word} without {member}"), rule, source), &[exchange], outcome);
}
