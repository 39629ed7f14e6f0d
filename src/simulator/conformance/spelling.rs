//! In which case the header `Body-Sign` is written, which no other case can see.

use tokio::time::timeout;
use url::Url;

use super::{
    Family, bare_http,
    case::{self, Outcome},
    examiner::{Examiner, Rule},
    kit,
    speaker::{Flaw, Members, Speaker},
};
use crate::{
    protocol::{
        callback::{Activity, LicenseChange, StatusChange},
        signature::body_sign::BODY_SIGN,
    },
    simulator::call::with_query,
};

const NAME: &str = "Body-Sign as it is written";

pub(super) async fn examine(examiner: &mut Examiner, speaker: &Speaker, family: Family) {
    let (path, members) = harmless(examiner, speaker, family);
    let call = speaker.call(&path, members, &Flaw::None, examiner.now());
    let target = with_query(&format!("{}{}", examiner.plan.target, call.path), &call.query);
    let Ok(url) = Url::parse(&target) else { return };
    let head = match timeout(examiner.plan.limit, bare_http::head_of_answer(&url, &call)).await {
        Ok(Ok(head)) => head,
        Ok(Err(error)) => return examiner.skip(NAME, format!("there was no answer: {error}")),
        Err(_elapsed) => return examiner.skip(NAME, "there was no answer in time"),
    };
    let mut names = head.lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name.trim());
    let Some(written) = names.find(|name| name.eq_ignore_ascii_case(BODY_SIGN)) else {
        return examiner.skip(NAME, "the answer carries none");
    };
    let outcome = match written {
        BODY_SIGN => Outcome::Passed,
        other if speaker.is_v1() => Outcome::Failed(told(other)),
        other => Outcome::Warned(told(other)),
    };
    let rule = "The header is written Body-Sign, in exactly this case";
    let sent = case::request(url.as_str(), &call.body);
    examiner.close_told(Rule::new(NAME, rule, "zh-cn_topic_0082027567"), sent, head, outcome);
}

fn told(written: &str) -> String {
    format!("it is written {written}")
}

/// A call that is right, and does nothing to anybody.
fn harmless(examiner: &mut Examiner, speaker: &Speaker, family: Family) -> (String, Members) {
    let activity = match family {
        Family::Kit | Family::KitV1 => return kit::of_nobody(examiner, speaker),
        Family::Codes => {
            Activity::License { license: examiner.license(), change: LicenseChange::Status(StatusChange::Unfreeze) }
        }
        Family::Saas | Family::SaasV1 | Family::LicenseV1 | Family::OnlineLicense => {
            let instance_id = examiner.unknown_instance();
            Activity::ReleaseInstance { instance_id, order: Some(examiner.order()) }
        }
    };
    (String::new(), speaker.members(&activity).unwrap_or_default())
}
