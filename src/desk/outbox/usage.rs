//! One push of usage: which of its records go, and what the answer means for each. None that was taken goes again.

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
    store::{ClaimedAction, StoreError, UsageToSend},
};

pub(super) const SUCCESS: &str = "MKT.0000";

impl Desk {
    pub(super) async fn push_usage(
        &self,
        one: &ClaimedAction,
        api: UsageApi,
    ) -> Result<Sent<ActionOutcome>, StoreError> {
        let now = self.now();
        let ready = self.inner.store.begin_push(one.message_id, now).await?;
        // It may have waited long since it was kept; one record that is too old would have all refused.
        let (too_old, ready): (Vec<_>, Vec<_>) = ready.into_iter().partition(|it| it.record.is_too_old(now));
        let too_old: Vec<String> = too_old.into_iter().map(|it| it.record.metering_sn).collect();
        let not_sent = too_old.iter().map(|sn| (sn.clone(), UsageEvent::NothingTaken)).collect();
        self.inner.store.settle_usage(one.world, not_sent, now).await?;
        let sent = if ready.is_empty() {
            // Every record was taken, or can't be sent as it is.
            Sent { texts: Texts::default(), outcome: Ok(ActionOutcome::succeeded(SUCCESS, Vec::new())) }
        } else {
            self.push_in_parts(one, api, ready).await?
        };
        Ok(Sent { texts: sent.texts, outcome: sent.outcome.map(|outcome| leaving_out(outcome, too_old)) })
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
pub(super) fn taken(ready: &[UsageToSend], abnormal: Vec<AbnormalRecord>) -> ActionOutcome {
    let named: Vec<(String, RecordCode)> = abnormal
        .into_iter()
        .filter_map(|record| {
            let sn = record.metering_sn.or_else(|| only_of_instance(ready, record.instance_id.as_deref()))?;
            Some((sn, RecordCode::from_wire(&record.code)))
        })
        .collect();
    let refused: Vec<&(String, RecordCode)> = named.iter().filter(|(sn, code)| is_refused(ready, sn, code)).collect();
    let exception = refused.first().map(|(metering_sn, code)| Exception::UsageRefused {
        count: refused.len(),
        metering_sn: metering_sn.clone(),
        code: code.clone(),
    });
    let progress = if exception.is_none() { Progress::Succeeded } else { Progress::Failing };
    let named = named.iter().map(|(sn, code)| (sn.clone(), UsageEvent::Named { code: code.clone() })).collect();
    let effect = ActionEffect::UsagePushed { named, others: UsageEvent::Taken };
    ActionOutcome { progress, exception, ..ActionOutcome::succeeded(SUCCESS, vec![effect]) }
}

/// A code may say no more than that the record is there.
fn is_refused(ready: &[UsageToSend], metering_sn: &str, code: &RecordCode) -> bool {
    let event = UsageEvent::Named { code: code.clone() };
    let of_it = ready.iter().find(|ready| ready.record.metering_sn == metering_sn);
    of_it.is_none_or(|ready| matches!(ready.state.after(&event), Ok(UsageState::Refused { .. })))
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
