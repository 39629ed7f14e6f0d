//! What comes after a purchase: renewals, freezing, upgrades, the release; of known instances and of unknown ones.

use serde_json::json;

use super::{
    case::Outcome,
    examiner::{Bought, Examiner, OtherCode, Rule, all_of, done, done_if_known, left_open, refused, told},
    lifecycle::{NOTHING_BOUGHT, PRODUCT, SKU, ask, page},
    speaker::{Flaw, Speaker},
};
use crate::{
    protocol::{
        ResultCode,
        callback::{Activity, Scene, StatusChange},
        id::{InstanceId, OrderLine},
    },
    simulator::{Failure, Verdict, call::Exchange, clock::plus_months},
};

const REPEATED: &str = "What comes again as the same business is answered 000000 and done once";
const UNKNOWN_ID: &str = "zh-cn_topic_0070649421";

pub(super) async fn examine(examiner: &mut Examiner, speaker: &Speaker, bought: &Bought) {
    refreshes(examiner, speaker, &bought.instance_id).await;
    statuses(examiner, speaker, bought).await;
    if speaker.license {
        return;
    }
    let upgrade = upgrade(examiner, &bought.instance_id);
    let word = speaker.word(&upgrade);
    let rule = "An upgrade is answered 000000; a product that cannot be upgraded needs none";
    let taken = twice(examiner, speaker, &upgrade, &word, rule, true).await;
    if taken && !speaker.is_v1() {
        let mut members = speaker.members(&upgrade).unwrap_or_default();
        members.insert("aNewMember".into(), "1".into());
        let exchange = examiner.tell(speaker, "", members, &Flaw::None).await;
        let outcome = left_open(done(&speaker.judge(&upgrade, &exchange).verdict));
        let rule = "Members that the seller does not know do no harm";
        examiner.close(Rule::new("unknown member", rule, "zh-cn_topic_0070649414"), &[exchange], outcome);
    }
    if !taken {
        let skipped =
            if speaker.is_v1() { format!("{word} repeated") } else { format!("{word} repeated, unknown member") };
        examiner.skip(skipped, format!("the seller did not take {word}, which is optional"));
    }
    if !speaker.is_v1() {
        change_check(examiner, speaker, &bought.instance_id).await;
    }
}

pub(super) fn upgrade(examiner: &mut Examiner, instance_id: &InstanceId) -> Activity {
    Activity::UpgradeInstance {
        instance_id: instance_id.clone(),
        order: examiner.order(),
        sku_code: Some(SKU.into()),
        product_id: Some(PRODUCT.into()),
    }
}

pub(super) fn check(instance_id: &InstanceId) -> Activity {
    let product_info = json!({ "productId": PRODUCT, "skuCode": SKU });
    Activity::ChangeInstanceCheck { instance_id: instance_id.clone(), product_info }
}

pub(super) fn renewal(examiner: &mut Examiner, instance_id: &InstanceId) -> Activity {
    refresh(examiner, instance_id, Scene::Renewal, None)
}

fn refresh(examiner: &mut Examiner, instance_id: &InstanceId, scene: Scene, product_id: Option<&str>) -> Activity {
    Activity::RefreshInstance {
        instance_id: instance_id.clone(),
        order: examiner.order(),
        scene,
        product_id: product_id.map(str::to_owned),
        expire_time: plus_months(examiner.now(), 2),
    }
}

/// A freeze; of V1 an expiry, which names the order.
pub(super) fn status(speaker: &Speaker, instance_id: &InstanceId, order: &OrderLine, freezes: bool) -> Activity {
    Activity::UpdateInstanceStatus {
        instance_id: instance_id.clone(),
        order: (speaker.is_v1() && freezes).then(|| order.clone()),
        status: if freezes { StatusChange::Freeze } else { StatusChange::Unfreeze },
    }
}

async fn refreshes(examiner: &mut Examiner, speaker: &Speaker, instance_id: &InstanceId) {
    let renewal = renewal(examiner, instance_id);
    let word = speaker.word(&renewal);
    twice(examiner, speaker, &renewal, &word, "A renewal is answered 000000", false).await;
    concurrent_renewal(examiner, speaker, instance_id, &word).await;
    if speaker.license {
        return;
    }
    let source = page(speaker, &word);
    for (scene, product_id, name) in [
        (Scene::TrialToFormal, Some(PRODUCT), "trial to formal"),
        (Scene::Renewal, Some(PRODUCT), "with productId"),
        (Scene::UnsubscribeRenewalPeriod, None, "cancelling a renewal"),
    ] {
        let activity = refresh(examiner, instance_id, scene, product_id);
        let rule = "Every scene of a change of the period is answered 000000, productId filled or empty";
        twice(examiner, speaker, &activity, &format!("{word} {name}"), rule, false).await;
    }
    if speaker.is_v1() {
        return;
    }
    let activity = refresh(examiner, instance_id, Scene::RenewalChange, Some(PRODUCT));
    let rule = "The scene RENEWAL_CHANGE, of newer pages alone, is answered 000000";
    twice(examiner, speaker, &activity, &format!("{word} RENEWAL_CHANGE"), rule, true).await;

    let activity = self::renewal(examiner, instance_id);
    let mut members = speaker.members(&activity).unwrap_or_default();
    members.insert("expireTime".into(), plus_months(examiner.now(), 3).to_compact_utc_millis().into());
    let exchange = examiner.tell(speaker, "", members, &Flaw::None).await;
    let outcome = done(&speaker.judge(&activity, &exchange).verdict);
    let rule = "expireTime comes with 14 digits, as the table says, and with 17, as the example shows";
    examiner.close(Rule::new(format!("{word} with 17 digits"), rule, source), &[exchange], outcome);
}

/// One renewal, by several callers at one moment.
async fn concurrent_renewal(examiner: &mut Examiner, speaker: &Speaker, instance_id: &InstanceId, word: &str) {
    let activity = renewal(examiner, instance_id);
    let members = |_: &mut Examiner| speaker.members(&activity).unwrap_or_default();
    let exchanges = examiner.tell_at_once(speaker, "", members).await;
    let outcome = all_of(exchanges.iter().map(|exchange| done(&speaker.judge(&activity, exchange).verdict)));
    let rule = "The same renewal comes several times at one moment: every call is answered 000000, and it is done once";
    examiner.close(Rule::new(format!("{word} concurrent"), rule, page(speaker, word)), &exchanges, outcome);
}

async fn statuses(examiner: &mut Examiner, speaker: &Speaker, bought: &Bought) {
    let freeze = status(speaker, &bought.instance_id, &bought.order, true);
    let word = speaker.word(&freeze);
    let unfreeze = status(speaker, &bought.instance_id, &bought.order, false);
    if !speaker.is_v1() {
        let rule = "Freezing and unfreezing are answered 000000";
        twice(examiner, speaker, &freeze, &format!("{word} FREEZE"), rule, false).await;
        twice(examiner, speaker, &unfreeze, &format!("{word} UNFREEZE"), rule, false).await;
        let activity = Activity::UpdateInstanceStatus {
            instance_id: bought.instance_id.clone(),
            order: None,
            status: StatusChange::Unknown("THAW".into()),
        };
        let (exchange, _) = ask(examiner, speaker, &activity).await;
        let outcome = left_open(refused(&exchange, &[ResultCode::INVALID_PARAMETER], OtherCode::Warns));
        let rule = "A status that the seller does not know is refused with 000002";
        examiner.close(Rule::new(format!("{word} of an unknown status"), rule, UNKNOWN_ID), &[exchange], outcome);
        return;
    }
    twice(examiner, speaker, &freeze, &word, "An expiry is answered 000000; nothing is deleted", false).await;
    if !speaker.license {
        let rule = "NORMAL and FREEZE of pay-per-use instances are answered 000000";
        twice(examiner, speaker, &unfreeze, &format!("{} NORMAL", speaker.word(&unfreeze)), rule, true).await;
    }
}

/// It, and the same again. Whether the seller took it.
pub(super) async fn twice(
    examiner: &mut Examiner,
    speaker: &Speaker,
    activity: &Activity,
    name: &str,
    rule: &'static str,
    optional: bool,
) -> bool {
    let source = page(speaker, &speaker.word(activity));
    let judged = if optional { done_if_known } else { done };
    let (first, judgement) = ask(examiner, speaker, activity).await;
    let taken = judgement.verdict == Verdict::Accepted;
    examiner.close(Rule::new(name, rule, source), std::slice::from_ref(&first), judged(&judgement.verdict));
    if taken || !optional {
        let (second, judgement) = ask(examiner, speaker, activity).await;
        let outcome = judged(&judgement.verdict);
        examiner.close(Rule::new(format!("{name} repeated"), REPEATED, source), &[first, second], outcome);
    }
    taken
}

async fn change_check(examiner: &mut Examiner, speaker: &Speaker, instance_id: &InstanceId) {
    let activity = check(instance_id);
    let (exchange, judgement) = ask(examiner, speaker, &activity).await;
    let judged = |verdict: &Verdict| match verdict {
        // Another code says no, which is an answer.
        Verdict::Failed(Failure::ResultCode { code, .. }) if *code != ResultCode::INVALID_PARAMETER => Outcome::Passed,
        verdict => done_if_known(verdict),
    };
    let outcome = judged(&judgement.verdict);
    let rule = "The question whether an instance may change is answered 000000, or another code that says no";
    let source = page(speaker, "changeInstanceCheck");
    examiner.close(Rule::new("changeInstanceCheck", rule, source), std::slice::from_ref(&exchange), outcome);
    let first = told(&exchange);
    let (again, judgement) = ask(examiner, speaker, &activity).await;
    let outcome = match judged(&judgement.verdict) {
        Outcome::Passed if told(&again) != first => Outcome::Failed("the second answer is another one".into()),
        outcome => outcome,
    };
    let rule = "The question whether an instance may change changes nothing: what is asked again is answered the same";
    examiner.close(Rule::new("changeInstanceCheck repeated", rule, source), &[exchange, again], outcome);
}

/// Cases of the debugging page name instances that it makes up, and have to be answered with success.
pub(super) fn not_found(speaker: &Speaker, exchange: &Exchange) -> Outcome {
    match told(exchange) {
        Ok(code) if code.is_success() && speaker.test => Outcome::Passed,
        _ => refused(exchange, &[ResultCode::INSTANCE_NOT_FOUND], OtherCode::Warns),
    }
}

/// Changes of an instance that nobody bought.
pub(super) async fn of_unknown(examiner: &mut Examiner, speaker: &Speaker) {
    let instance_id = examiner.unknown_instance();
    let order = examiner.order();
    let rule =
        "A change of an instance that the seller does not know is answered 000003; as a debugging call, 000000 too";
    let mut changes = vec![renewal(examiner, &instance_id), status(speaker, &instance_id, &order, true)];
    if !speaker.is_v1() {
        let (sku_code, product_id) = (None, None);
        changes.push(Activity::UpgradeInstance {
            instance_id: instance_id.clone(),
            order: order.clone(),
            sku_code,
            product_id,
        });
    }
    if !speaker.is_v1() {
        let (exchange, _) = ask(examiner, speaker, &check(&instance_id)).await;
        let outcome = left_open(not_found(speaker, &exchange));
        let name = "changeInstanceCheck of an unknown instance";
        examiner.close(Rule::new(name, rule, UNKNOWN_ID), &[exchange], outcome);
    }
    for activity in changes {
        let name = format!("{} of an unknown instance", speaker.word(&activity));
        let (exchange, _) = ask(examiner, speaker, &activity).await;
        let outcome = not_found(speaker, &exchange);
        examiner.close(Rule::new(name, rule, UNKNOWN_ID), &[exchange], outcome);
    }
    let order = speaker.is_v1().then_some(order);
    let release = Activity::ReleaseInstance { instance_id, order };
    let (exchange, _) = ask(examiner, speaker, &release).await;
    let outcome = match told(&exchange) {
        Ok(code) if code.is_success() && !speaker.test => {
            Outcome::Warned("it was answered 000000; 000003 says that there is none".into())
        }
        _ => not_found(speaker, &exchange),
    };
    let name = format!("{} of an unknown instance", speaker.word(&release));
    examiner.close(Rule::new(name, rule, UNKNOWN_ID), &[exchange], outcome);
}

/// Everything that the run bought, by whichever call; the first as an unsubscription, which names its order.
pub(super) async fn releases(examiner: &mut Examiner, speaker: &Speaker) {
    let bought = examiner.take_bought();
    if bought.is_empty() {
        examiner.skip("releases", NOTHING_BOUGHT);
    }
    for (position, Bought { instance_id, order }) in bought.into_iter().enumerate() {
        let names_order = speaker.is_v1() || position == 0;
        let is_its_own = speaker.is_v1() && !order.order_id.as_str().is_empty();
        let order = names_order.then(|| if is_its_own { order } else { examiner.order() });
        let release = Activity::ReleaseInstance { instance_id, order };
        let word = speaker.word(&release);
        let name = match position {
            0 => word,
            1 => format!("{word} at the end"),
            position => format!("{word} at the end, of purchase {}", position + 1),
        };
        twice(examiner, speaker, &release, &name, "A release is answered 000000", false).await;
    }
}
