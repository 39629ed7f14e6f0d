//! One push of usage: which of its records go, and what the answer means for each. None that was taken goes again.

use std::collections::{HashMap, HashSet};

use super::send::{Sent, Texts};
use crate::{
    desk::Desk,
    domain::{
        ActionEffect, ActionOutcome, ApiFault, Exception,
        action::UsageApi,
        message::Progress,
        usage::{RecordCode, UsageEvent, UsageState},
    },
    protocol::open_api::usage::{AbnormalRecord, PushUsage, PushUsageOld, WireUsageRecord},
    store::{ClaimedAction, PushBegun, StoreError, UsageToSend},
};

pub(super) const SUCCESS: &str = "MKT.0000";

impl Desk {
    pub(super) async fn push_usage(
        &self,
        one: &ClaimedAction,
        api: UsageApi,
    ) -> Result<Sent<ActionOutcome>, StoreError> {
        let now = self.now();
        let PushBegun { ready, refused, unsettled } = self.inner.store.begin_push(one.message_id, now).await?;
        // It may have waited long since it was kept; one record that is too old would have all refused.
        let (too_old, ready): (Vec<_>, Vec<_>) = ready.into_iter().partition(|it| it.record.is_too_old(now));
        let too_old: Vec<String> = too_old.into_iter().map(|it| it.record.metering_sn).collect();
        let not_sent = too_old.iter().map(|sn| (sn.clone(), UsageEvent::NothingTaken)).collect();
        self.inner.store.settle_usage(one.world, not_sent, now).await?;
        let sent = if ready.is_empty() {
            // Every record was taken, is nobody's business any more, or can't be sent as it is.
            Sent { texts: Texts::default(), outcome: Ok(ActionOutcome::nothing_to_send()) }
        } else {
            self.push_in_parts(one, api, ready).await?
        };
        let left_open = |outcome| leaving_open(leaving_out(outcome, too_old), &refused, unsettled);
        Ok(Sent { texts: sent.texts, outcome: sent.outcome.map(left_open) })
    }

    /// One call.
    pub(super) async fn push_part(&self, part: &[UsageToSend], api: UsageApi) -> Sent<Vec<AbnormalRecord>> {
        let records: Vec<WireUsageRecord> = part.iter().map(to_wire).collect();
        match api {
            UsageApi::New => self.call(&PushUsage { records }).await,
            UsageApi::Old => {
                let sent = self.call(&PushUsageOld { records }).await;
                Sent { texts: sent.texts, outcome: sent.outcome.map(|()| Vec::new()) }
            }
        }
    }
}

/// A push is not done while records are left that KooGallery takes no more: somebody has to discard them.
fn leaving_out(outcome: ActionOutcome, too_old: Vec<String>) -> ActionOutcome {
    let (count, first) = (too_old.len(), too_old.into_iter().next());
    match (outcome.exception.is_none(), first) {
        (true, Some(metering_sn)) => ActionOutcome {
            progress: Progress::Failing,
            exception: Some(Exception::UsageTooOld { count, metering_sn }),
            ..outcome
        },
        _ => outcome,
    }
}

/// Nor while it has records that were refused before, or that left it and are not with KooGallery yet.
fn leaving_open(
    outcome: ActionOutcome,
    refused: &[(String, RecordCode)],
    unsettled: Option<Exception>,
) -> ActionOutcome {
    let before = refused.first().map(|(metering_sn, code)| Exception::UsageRefused {
        count: refused.len(),
        metering_sn: metering_sn.clone(),
        code: code.clone(),
    });
    let exception = match outcome.exception {
        Some(Exception::UsageRefused { count, metering_sn, code }) => {
            Some(Exception::UsageRefused { count: count + refused.len(), metering_sn, code })
        }
        other => other.or(before).or(unsettled),
    };
    let progress = if exception.is_none() { outcome.progress } else { Progress::Failing };
    ActionOutcome { progress, exception, ..outcome }
}

fn to_wire(ready: &UsageToSend) -> WireUsageRecord {
    let record = &ready.record;
    WireUsageRecord {
        instance_id: record.instance_id.as_str().to_owned(),
        // The same on every try: the record is one and the same.
        record_time: ready.entered_at.max(record.end_time),
        begin_time: record.begin_time,
        end_time: record.end_time,
        usage_value: record.usage_value.as_str().to_owned(),
        metering_sn: record.metering_sn.clone(),
        relate_pkg_instance: record.relate_pkg_instance.clone(),
        product_id: record.product_id.clone(),
    }
}

/// The call succeeded; records that its answer names are another matter.
pub(super) fn taken(part: &[UsageToSend], abnormal: Vec<AbnormalRecord>) -> ActionOutcome {
    let told = Told::of(part, abnormal);
    let (mut named, mut refused, mut in_doubt) = (Vec::new(), Vec::new(), false);
    for ready in part {
        let sn = &ready.record.metering_sn;
        let event = match told.codes.get(sn) {
            Some(code) => {
                let event = UsageEvent::Named { code: code.clone() };
                // A code may say no more than that the record is there.
                if matches!(ready.state.after(&event), Ok(UsageState::Refused { .. })) {
                    refused.push((sn.clone(), code.clone()));
                }
                event
            }
            None if told.may_mean(ready) => {
                in_doubt = true;
                UsageEvent::LostTrack
            }
            None => continue,
        };
        named.push((sn.clone(), event));
    }
    let count = refused.len();
    let refused = refused.into_iter().next();
    let refused = refused.map(|(metering_sn, code)| Exception::UsageRefused { count, metering_sn, code });
    let unmatched = told.unmatched.first().filter(|_| in_doubt).map(|first| Exception::UsageUnmatched {
        count: told.unmatched.len(),
        code: RecordCode::from_wire(&first.code),
    });
    let exception = unmatched.or(refused);
    let progress = if exception.is_none() { Progress::Succeeded } else { Progress::Failing };
    let effect = ActionEffect::UsagePushed { named, others: UsageEvent::Taken };
    ActionOutcome { progress, exception, ..ActionOutcome::succeeded(SUCCESS, vec![effect]) }
}

/// What an answer says of the records that were not taken.
struct Told {
    /// By `meteringSn`.
    codes: HashMap<String, RecordCode>,
    /// It does not say which.
    unmatched: Vec<AbnormalRecord>,
    /// Of these, those that were sent and that the unmatched name; `None` where one of them names none.
    instances: Option<HashSet<String>>,
}

impl Told {
    fn of(ready: &[UsageToSend], abnormal: Vec<AbnormalRecord>) -> Self {
        let mut told = Self { codes: HashMap::new(), unmatched: Vec::new(), instances: Some(HashSet::new()) };
        for record in abnormal {
            let sn = match &record.metering_sn {
                Some(sn) => ready.iter().find(|ready| ready.record.metering_sn == *sn).map(|_| sn.clone()),
                None => only_of_instance(ready, record.instance_id.as_deref()),
            };
            match sn {
                Some(sn) => drop(told.codes.insert(sn, RecordCode::from_wire(&record.code))),
                None => told.leave(ready, record),
            }
        }
        told
    }

    fn leave(&mut self, ready: &[UsageToSend], record: AbnormalRecord) {
        let is_sent = |instance: &&String| ready.iter().any(|ready| ready.record.instance_id.as_str() == *instance);
        match record.instance_id.as_ref().filter(is_sent) {
            Some(instance) => drop(self.instances.as_mut().map(|known| known.insert(instance.clone()))),
            None => self.instances = None,
        }
        self.unmatched.push(record);
    }

    /// Whether the record may be one of those that it does not say which they are.
    fn may_mean(&self, ready: &UsageToSend) -> bool {
        self.instances.as_ref().is_none_or(|instances| instances.contains(ready.record.instance_id.as_str()))
    }
}

/// An answer may name the instance alone.
fn only_of_instance(ready: &[UsageToSend], instance_id: Option<&str>) -> Option<String> {
    let mut of_it = ready.iter().filter(|ready| Some(ready.record.instance_id.as_str()) == instance_id);
    match (of_it.next(), of_it.next()) {
        (Some(only), None) => Some(only.record.metering_sn.clone()),
        _ => None,
    }
}

pub(super) fn failed(one: &ClaimedAction, fault: ApiFault, now: crate::protocol::UnixMillis) -> ActionOutcome {
    let others = if fault.may_have_arrived() { UsageEvent::LostTrack } else { UsageEvent::NothingTaken };
    let outcome = ActionOutcome::failed(&one.action, fault, one.attempts, one.kept_at, now);
    ActionOutcome { effects: vec![ActionEffect::UsagePushed { named: Vec::new(), others }], ..outcome }
}
