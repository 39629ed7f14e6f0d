//! `queryInstance`: what became of purchases, of several and of unknown ones.

use tokio::time::{Duration, Instant, sleep};

use super::{
    case::Outcome,
    changes::not_found,
    examiner::{Bought, Examiner, Rule, done, left_open, told},
    lifecycle::{ask, page},
    speaker::Speaker,
};
use crate::{
    protocol::{
        ResultCode,
        callback::{Activity, v2::MAX_QUERIED},
        id::InstanceId,
    },
    simulator::{Failure, Verdict, call::Exchange, verdict::Judgement},
};

/// How long the marketplace waits before it asks again for a purchase that was answered 000004.
const BETWEEN: Duration = Duration::from_secs(1);

pub(super) async fn examine(examiner: &mut Examiner, speaker: &Speaker, bought: &[Bought]) {
    let source = page(speaker, "queryInstance");
    let ids: Vec<InstanceId> = bought.iter().map(|bought| bought.instance_id.clone()).collect();
    let first = ids.get(..1).unwrap_or_default().to_vec();
    let (exchanges, judgement) = ask_until_told(examiner, speaker, first).await;
    let is_optional = speaker.is_v1();
    let refused_as_unknown = matches!(
        &judgement.verdict,
        Verdict::Failed(Failure::ResultCode { code, .. }) if *code == ResultCode::INVALID_PARAMETER
    );
    let outcome = if is_optional { left_open(done(&judgement.verdict)) } else { done(&judgement.verdict) };
    let rule = "queryInstance tells the access data of an instance, at the latest some time after its purchase was answered 000004; where there is appInfo there is frontEndUrl";
    examiner.close(Rule::new("queryInstance", rule, source), &exchanges, outcome);
    if is_optional && refused_as_unknown {
        examiner.skip(
            "queryInstance of several, of 100 and of unknown ids",
            "the seller does not take queryInstance, which is optional",
        );
        return;
    }
    if ids.len() > 1 {
        let (exchanges, judgement) = ask_until_told(examiner, speaker, ids.clone()).await;
        let outcome = if is_optional { left_open(done(&judgement.verdict)) } else { done(&judgement.verdict) };
        let rule = "queryInstance names several instances, separated by commas, and is told all of them";
        examiner.close(Rule::new("queryInstance of several ids", rule, source), &exchanges, outcome);
    }
    of_a_hundred(examiner, speaker, ids).await;
    of_unknown(examiner, speaker).await;
}

async fn of_a_hundred(examiner: &mut Examiner, speaker: &Speaker, known: Vec<InstanceId>) {
    let mut ids = known.clone();
    while ids.len() < MAX_QUERIED {
        ids.push(examiner.unknown_instance());
    }
    let (exchange, judgement) = ask(examiner, speaker, &Activity::QueryInstance { instance_ids: ids }).await;
    let is_told = |id: &InstanceId| judgement.info.iter().any(|info| info.instance_id == *id);
    let outcome = match judgement.verdict {
        Verdict::Failed(Failure::ResultCode { code, .. }) if code == ResultCode::INSTANCE_NOT_FOUND => {
            Outcome::Warned("one unknown id among the hundred hides the known ones (000003)".into())
        }
        Verdict::Failed(failure) => Outcome::Failed(failure.to_string()),
        Verdict::Accepted | Verdict::InProgress if known.iter().all(is_told) => Outcome::Passed,
        Verdict::Accepted | Verdict::InProgress => {
            Outcome::Warned("unknown ids among the hundred hide the known ones".into())
        }
    };
    let rule = "queryInstance names up to 100 instances, whatever the page says of 100 characters";
    examiner.close(Rule::new("queryInstance of 100 ids", rule, page(speaker, "queryInstance")), &[exchange], outcome);
}

async fn of_unknown(examiner: &mut Examiner, speaker: &Speaker) {
    let activity = Activity::QueryInstance { instance_ids: vec![examiner.unknown_instance()] };
    let (exchange, judgement) = ask(examiner, speaker, &activity).await;
    let outcome = match judgement.verdict {
        Verdict::Accepted if !speaker.test => {
            Outcome::Failed("access data were told of an instance that nobody bought".into())
        }
        Verdict::InProgress if told(&exchange) == Ok(ResultCode::SUCCESS) => {
            Outcome::Warned("it was answered 000000 without the instance; 000003 says that there is none".into())
        }
        _ => not_found(speaker, &exchange),
    };
    let rule =
        "queryInstance of an id that the seller does not know is answered 000003; as a debugging call, 000000 too";
    examiner.close(Rule::new("queryInstance of an unknown id", rule, "zh-cn_topic_0070649421"), &[exchange], outcome);
}

/// The first and the last try.
async fn ask_until_told(
    examiner: &mut Examiner,
    speaker: &Speaker,
    instance_ids: Vec<InstanceId>,
) -> (Vec<Exchange>, Judgement) {
    let activity = Activity::QueryInstance { instance_ids };
    let deadline = Instant::now() + examiner.plan.patience;
    let (first, mut judgement) = ask(examiner, speaker, &activity).await;
    let mut exchanges = vec![first];
    // V1 tells with the purchase and puts nothing off.
    while judgement.verdict == Verdict::InProgress && !speaker.is_v1() && Instant::now() < deadline {
        sleep(BETWEEN.min(examiner.plan.patience)).await;
        let (last, judged) = ask(examiner, speaker, &activity).await;
        exchanges.truncate(1);
        exchanges.push(last);
        judgement = judged;
    }
    (exchanges, judgement)
}
