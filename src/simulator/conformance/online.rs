//! Online License: an instance for which Licenses are applied for. The License itself is uploaded to the marketplace
//! afterwards, so that an answer says only whether there will be one.

use super::{
    changes,
    examiner::{Bought, Examiner, Rule, all_of, left_open},
    lifecycle::{self, NOTHING_BOUGHT, ask, bought, lacking, page},
    notices, refusals,
    speaker::{Flaw, Speaker},
};
use crate::{
    protocol::{
        callback::{Activity, LicenseApplication},
        id::{EventId, InstanceId},
    },
    simulator::{applications::page_time, clock::plus_months, ids},
};

const ASYNC: &str = "zh-cn_topic_0070649255";
const CODES: &str = "zh-cn_topic_0070649288";
const LONGEST_FINGERPRINT: usize = 1024;

pub(super) async fn examine(examiner: &mut Examiner, speaker: &Speaker) {
    let all = lifecycle::purchases(examiner, speaker).await;
    match all.first() {
        None => examiner.skip("applications, changes and refusals", NOTHING_BOUGHT),
        Some(first) => {
            applications(examiner, speaker, first).await;
            changes::examine(examiner, speaker, first).await;
            let instance_id = first.instance_id.clone();
            refusals::examine(examiner, speaker, "", &mut |examiner: &mut Examiner| {
                speaker.members(&applying(examiner, &instance_id)).unwrap_or_default()
            })
            .await;
        }
    }
    notices::examine(examiner, speaker).await;
    let unknown = examiner.unknown_instance();
    let activity = applying(examiner, &unknown);
    let (exchange, _) = ask(examiner, speaker, &activity).await;
    let outcome = changes::not_found(speaker, &exchange);
    let rule = "An application for a License of an instance that the seller does not know is answered 000003; as a debugging \
        call, 000000 too";
    examiner.close(Rule::new("getLicenseAsync of an unknown instance", rule, CODES), &[exchange], outcome);
    for missing in ["instanceId", "eventId", "effectiveTime"] {
        let mut members = speaker.members(&activity).unwrap_or_default();
        members.shift_remove(missing);
        lacking(examiner, speaker, "", "getLicenseAsync", members, missing).await;
    }
    changes::releases(examiner, speaker).await;
}

fn applying(examiner: &Examiner, instance_id: &InstanceId) -> Activity {
    let now = examiner.now();
    Activity::GetLicenseAsync(LicenseApplication {
        instance_id: instance_id.clone(),
        event_id: EventId::new(ids::nonce()),
        effective_time: page_time(now),
        expire_time: Some(page_time(plus_months(now, 12))),
        device_fingerprint: Some("00-16-3E-00-00-01|DISK-1|BOARD-1|CPU-1".into()),
    })
}

async fn applications(examiner: &mut Examiner, speaker: &Speaker, of: &Bought) {
    let first = applying(examiner, &of.instance_id);
    let (told, judgement) = ask(examiner, speaker, &first).await;
    let rule = "An application for a License is answered 000000, or 000004 where the License is uploaded later";
    examiner.close(Rule::new("getLicenseAsync", rule, ASYNC), std::slice::from_ref(&told), bought(&judgement));

    let (again, judgement) = ask(examiner, speaker, &first).await;
    let rule = "eventId and deviceFingerprint are one application: what comes again is answered as before and makes no other License";
    examiner.close(Rule::new("getLicenseAsync repeated", rule, ASYNC), &[told, again], bought(&judgement));

    let another = applying(examiner, &of.instance_id);
    let members = |_: &mut Examiner| speaker.members(&another).unwrap_or_default();
    let exchanges = examiner.tell_at_once(speaker, "", members).await;
    let outcome = all_of(exchanges.iter().map(|exchange| bought(&speaker.judge(&another, exchange))));
    let rule = "The same application comes several times at one moment: every call is answered 000000 or 000004";
    examiner.close(Rule::new("getLicenseAsync concurrent", rule, ASYNC), &exchanges, outcome);

    for (name, member, value, rule) in [
        (
            "getLicenseAsync without deviceFingerprint",
            "deviceFingerprint",
            None,
            "deviceFingerprint is optional; a product whose Licenses need one answers 000903",
        ),
        (
            "getLicenseAsync with the longest deviceFingerprint",
            "deviceFingerprint",
            Some("A".repeat(LONGEST_FINGERPRINT)),
            "deviceFingerprint has up to 1024 characters",
        ),
    ] {
        let activity = applying(examiner, &of.instance_id);
        let mut members = speaker.members(&activity).unwrap_or_default();
        members.shift_remove(member);
        let needs_one = value.is_none();
        members.extend(value.map(|value| (member.to_owned(), value.into())));
        let exchange = examiner.tell(speaker, "", members, &Flaw::None).await;
        let outcome = bought(&speaker.judge(&activity, &exchange));
        let outcome = if needs_one { left_open(outcome) } else { outcome };
        examiner.close(Rule::new(name, rule, page(speaker, "getLicenseAsync")), &[exchange], outcome);
    }
}
