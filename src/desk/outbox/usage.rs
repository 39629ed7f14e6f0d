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

const SUCCESS: &str = "MKT.0000";

impl Desk {
    pub(super) async fn push_usage(
        &self,
        one: &ClaimedAction,
        api: UsageApi,
    ) -> Result<Sent<ActionOutcome>, StoreError> {
        let push = self.inner.store.begin_push(one.message_id, self.now()).await?;
        if push.ready.is_empty() {
            // Every record was taken, is nobody's business any more, or can't be sent as it is.
            let outcome = Ok(ActionOutcome::nothing_to_send(left_open(&push, Vec::new())));
            return Ok(Sent { texts: Texts::default(), outcome });
        }
        let records: Vec<WireUsageRecord> = push.ready.iter().map(to_wire).collect();
        let Sent { texts, outcome } = match api {
            UsageApi::New => self.call(&PushUsage { records }).await,
            UsageApi::Old => {
                let sent = self.call(&PushUsageOld { records }).await;
                Sent { texts: sent.texts, outcome: sent.outcome.map(|()| Vec::new()) }
            }
        };
        let outcome = match outcome {
            Ok(abnormal) => taken(&push, abnormal),
            Err(fault) => failed(one, fault, self.now()),
        };
        Ok(Sent { texts, outcome: Ok(outcome) })
    }
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
fn taken(push: &PushBegun, abnormal: Vec<AbnormalRecord>) -> ActionOutcome {
    let told = Told::of(&push.ready, abnormal);
    let (mut named, mut refused, mut in_doubt) = (Vec::new(), Vec::new(), false);
    for ready in &push.ready {
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
    let unmatched = || {
        let first = told.unmatched.first().filter(|_| in_doubt)?;
        Some(Exception::UsageUnmatched { count: told.unmatched.len(), code: RecordCode::from_wire(&first.code) })
    };
    let exception = unmatched().or_else(|| left_open(push, refused));
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

/// Why the push is not done although its call was, or none was needed: what it was refused now, and before.
fn left_open(push: &PushBegun, mut refused: Vec<(String, RecordCode)>) -> Option<Exception> {
    refused.extend(push.refused.iter().cloned());
    let count = refused.len();
    match refused.into_iter().next() {
        Some((metering_sn, code)) => Some(Exception::UsageRefused { count, metering_sn, code }),
        None => push.unsettled.clone(),
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

fn failed(one: &ClaimedAction, fault: ApiFault, now: crate::protocol::UnixMillis) -> ActionOutcome {
    let others = if fault.may_have_arrived() { UsageEvent::LostTrack } else { UsageEvent::NothingTaken };
    let outcome = ActionOutcome::failed(&one.action, fault, one.attempts, one.kept_at, now);
    ActionOutcome { effects: vec![ActionEffect::UsagePushed { named: Vec::new(), others }], ..outcome }
}
