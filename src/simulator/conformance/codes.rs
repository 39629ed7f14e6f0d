//! Authorization codes (License codes 2.0): the three callbacks. KooGallery makes the codes and tells of no purchase, so that a
//! seller need not know the code of a run.

use super::{
    case::Outcome,
    examiner::{Examiner, OtherCode, Rule, all_of, done, is_taken, refused, told},
    lifecycle::{PRODUCT, ask, lacking},
    refusals,
    speaker::{Flaw, Speaker},
};
use crate::{
    protocol::{
        ResultCode,
        callback::{Activity, LicenseChange, Scene, StatusChange},
        id::LicenseCode,
    },
    simulator::{Failure, Verdict, clock::plus_months},
};

const REFRESH: &str = "zh-cn_topic_0070649167";
const STATUS: &str = "zh-cn_topic_0070649168";
const RELEASE: &str = "zh-cn_topic_0070649169";
const REPEATED: &str = "What comes again as the same business is answered 000000 and done once";

pub(super) async fn examine(examiner: &mut Examiner, speaker: &Speaker) {
    let known = examiner.plan.license.clone();
    let is_known = known.is_some();
    let license = known.unwrap_or_else(|| examiner.license());
    let changes = [
        ("refreshLicenseCode", refresh(examiner, Scene::Renewal), REFRESH),
        ("refreshLicenseCode cancelling a renewal", refresh(examiner, Scene::UnsubscribeRenewalPeriod), REFRESH),
        ("updateLicenseCodeStatus FREEZE", LicenseChange::Status(StatusChange::Freeze), STATUS),
        ("updateLicenseCodeStatus UNFREEZE", LicenseChange::Status(StatusChange::Unfreeze), STATUS),
    ];
    for (name, change, source) in changes {
        twice(examiner, speaker, &license, change, (name, source), is_known).await;
    }
    concurrent(examiner, speaker, &license, is_known).await;
    of_unknown(examiner, speaker).await;
    let other = license.clone();
    refusals::examine(examiner, speaker, "", &mut |_: &mut Examiner| {
        let change = LicenseChange::Status(StatusChange::Unfreeze);
        speaker.members(&Activity::License { license: other.clone(), change }).unwrap_or_default()
    })
    .await;
    incomplete(examiner, speaker, &license).await;
    let order = Some(examiner.order());
    twice(examiner, speaker, &license, LicenseChange::Release { order }, ("releaseLicenseCode", RELEASE), is_known)
        .await;
}

fn refresh(examiner: &mut Examiner, scene: Scene) -> LicenseChange {
    LicenseChange::Refresh {
        order: examiner.order(),
        scene,
        product_id: Some(PRODUCT.into()),
        expire_time: plus_months(examiner.now(), 2),
    }
}

fn judged(verdict: &Verdict, is_known: bool) -> Outcome {
    match verdict {
        Verdict::Failed(Failure::ResultCode { code, .. }) if !is_known && *code == ResultCode::INSTANCE_NOT_FOUND => {
            Outcome::Warned("the seller does not know the code of this run (000003); name one that it knows".into())
        }
        verdict => done(verdict),
    }
}

async fn concurrent(examiner: &mut Examiner, speaker: &Speaker, license: &LicenseCode, is_known: bool) {
    let activity = Activity::License { license: license.clone(), change: refresh(examiner, Scene::Renewal) };
    let members = |_: &mut Examiner| speaker.members(&activity).unwrap_or_default();
    let exchanges = examiner.tell_at_once(speaker, "", members).await;
    let outcome =
        all_of(exchanges.iter().map(|exchange| judged(&speaker.judge(&activity, exchange).verdict, is_known)));
    let rule = "The same change of a code comes several times at one moment: every call is answered 000000, and it is done once";
    examiner.close(Rule::new("refreshLicenseCode concurrent", rule, REFRESH), &exchanges, outcome);
}

async fn of_unknown(examiner: &mut Examiner, speaker: &Speaker) {
    let activity =
        Activity::License { license: examiner.license(), change: LicenseChange::Status(StatusChange::Unfreeze) };
    let (exchange, _) = ask(examiner, speaker, &activity).await;
    let outcome = if is_taken(&told(&exchange)) {
        Outcome::Passed
    } else {
        refused(&exchange, &[ResultCode::INSTANCE_NOT_FOUND], OtherCode::Warns)
    };
    let rule = "A change of a code that the seller does not know is answered 000003, or 000000, because nobody tells a seller \
        of a code that is bought";
    let source = "zh-cn_topic_0070649172";
    examiner.close(Rule::new("updateLicenseCodeStatus of an unknown code", rule, source), &[exchange], outcome);
}

/// It, and the same again.
async fn twice(
    examiner: &mut Examiner,
    speaker: &Speaker,
    license: &LicenseCode,
    change: LicenseChange,
    (name, source): (&str, &'static str),
    is_known: bool,
) {
    let activity = Activity::License { license: license.clone(), change };
    let (first, judgement) = ask(examiner, speaker, &activity).await;
    let rule = "A change of an authorization code is answered 000000";
    examiner.close(Rule::new(name, rule, source), std::slice::from_ref(&first), judged(&judgement.verdict, is_known));
    let (second, judgement) = ask(examiner, speaker, &activity).await;
    let outcome = judged(&judgement.verdict, is_known);
    examiner.close(Rule::new(format!("{name} repeated"), REPEATED, source), &[first, second], outcome);
}

async fn incomplete(examiner: &mut Examiner, speaker: &Speaker, license: &LicenseCode) {
    for (change, missing) in [
        (refresh(examiner, Scene::Renewal), vec!["license", "orderId", "scene", "expireTime"]),
        (LicenseChange::Status(StatusChange::Unfreeze), vec!["license", "status"]),
        (LicenseChange::Release { order: None }, vec!["license"]),
    ] {
        let activity = Activity::License { license: license.clone(), change };
        for member in missing {
            let mut members = speaker.members(&activity).unwrap_or_default();
            members.shift_remove(member);
            lacking(examiner, speaker, "", activity.name(), members, member).await;
        }
    }
    let activity = Activity::License { license: license.clone(), change: LicenseChange::Release { order: None } };
    let mut members = speaker.members(&activity).unwrap_or_default();
    members.insert("activity".into(), "paintLicenseCode".into());
    let exchange = examiner.tell(speaker, "", members, &Flaw::None).await;
    // An unknown activity may be one of another class, for which the key is a wrong one.
    let codes = [ResultCode::INVALID_PARAMETER, ResultCode::AUTHENTICATION_FAILED];
    let outcome = refused(&exchange, &codes, OtherCode::Warns);
    let rule = "An activity that the seller does not know is not answered as if it were done";
    examiner.close(Rule::new("unknown activity", rule, "zh-cn_topic_0070649172"), &[exchange], outcome);
}
