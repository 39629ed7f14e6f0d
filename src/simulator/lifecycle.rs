//! What happens at the marketplace by itself: a try that is due, an expiry at its time, a release after the retention
//! (保留期), an unfreeze after a late renewal, the same for authorization codes, probes, the bill job.

use std::sync::Arc;

use super::{
    Generation,
    delivery::{Shared, lock},
    ledger::{Instance, InstanceStatus, Ledger},
    license::License,
    message::{Message, MessageId, MessageState},
    orderable::Deed,
    overtaking::Subject,
    probes,
    timeline::Due,
};
use crate::protocol::{
    UnixMillis,
    callback::{Activity, LicenseChange, Scene, StatusChange},
    id::{InstanceId, LicenseCode},
};

const DAY_MILLIS: i64 = 86_400_000;

/// What the marketplace does by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    /// Whether what expires is frozen and released. Without it only buyers and operators do things.
    pub expires: bool,
    /// How long after its expiry something is released. The pages say at most 15 days, depending on the customer's level.
    pub retention_days: u16,
    /// Whether saved cases are replayed every morning and afternoon.
    pub probes: bool,
    /// How long metering records wait for the bill job. `None`: no longer than the answer takes.
    pub bill_minutes: Option<u16>,
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self { expires: false, retention_days: 15, probes: false, bill_minutes: None }
    }
}

impl Lifecycle {
    /// As the real marketplace.
    pub const fn whole() -> Self {
        Self { expires: true, retention_days: 15, probes: true, bill_minutes: Some(60) }
    }

    const fn retention_millis(self) -> i64 {
        self.retention_days as i64 * DAY_MILLIS
    }
}

/// What has to happen later because of a message that was judged now.
pub(super) fn consequences(
    lifecycle: &Lifecycle,
    generation: Generation,
    ledger: &mut Ledger,
    message: &Message,
    now: UnixMillis,
) -> Vec<(UnixMillis, Due)> {
    if message.test || message.look || message.state != MessageState::Succeeded {
        return vec![];
    }
    let mut due: Vec<_> = thaw_instance(generation, ledger, message, now).into_iter().collect();
    if !lifecycle.expires {
        return due;
    }
    if let Activity::License { license, change: LicenseChange::Refresh { .. } } = &message.activity {
        due.extend(thaw_license(ledger, license, now));
    }
    let id = match &message.activity {
        Activity::NewInstance { order, .. } => {
            ledger.orders.get(&order.order_id).and_then(|order| order.instance_id.clone())
        }
        Activity::RefreshInstance { instance_id, .. } => Some(instance_id.clone()),
        _ => None,
    };
    let instance = id.and_then(|id| ledger.instances.get(&id));
    due.extend(instance.and_then(|it| Some((it.expiry()?, Due::Expiry(it.instance_id.clone())))));
    due
}

/// After a late renewal, which a cancelled one is not, however much time is left.
fn thaw_instance(
    generation: Generation,
    ledger: &mut Ledger,
    message: &Message,
    now: UnixMillis,
) -> Option<(UnixMillis, Due)> {
    let Activity::RefreshInstance { instance_id, scene, .. } = &message.activity else { return None };
    let runs = |instance: &&mut Instance| instance.expired && instance.expiry().is_some_and(|time| time > now);
    let instance = ledger.instances.get_mut(instance_id).filter(runs);
    let instance = instance.filter(|_| *scene != Scene::UnsubscribeRenewalPeriod)?;
    instance.expired = false;
    // Whatever was to be said of the period that was over is said no more.
    if generation == Generation::V1 {
        // The renewal itself says it.
        (instance.status, instance.closed_at) = (InstanceStatus::Active, None);
        ledger.overtake_by_renewal(message.id, &message.activity, now);
        return None;
    }
    let (instance_id, status) = (instance_id.clone(), StatusChange::Unfreeze);
    let message = ledger.open(Activity::UpdateInstanceStatus { instance_id, order: None, status }, false, now);
    Some((now, planned(ledger, message, now)))
}

/// A late renewal.
fn thaw_license(ledger: &mut Ledger, code: &LicenseCode, now: UnixMillis) -> Option<(UnixMillis, Due)> {
    let runs = |license: &&mut License| license.expire_time.is_some_and(|time| time > now) && !license.released;
    let license = ledger.licenses.get_mut(code).filter(|license| license.expiry_told).filter(runs)?;
    license.expiry_told = false;
    let change = LicenseChange::Status(StatusChange::Unfreeze);
    let message = ledger.open(Activity::License { license: code.clone(), change }, false, now);
    Some((now, planned(ledger, message, now)))
}

fn planned(ledger: &mut Ledger, id: MessageId, at: UnixMillis) -> Due {
    if let Some(entry) = ledger.messages.get_mut(&id) {
        entry.due = Some(at);
    }
    Due::Try(id)
}

/// Something is due. Ends when all of its calls have been answered.
pub(super) async fn happen(shared: &Arc<Shared>, due: Due) {
    match due {
        Due::Try(id) => {
            if shared.is_planned(id) {
                shared.try_now(id).await;
            }
        }
        Due::Expiry(id) => expire(shared, id).await,
        Due::EndOfRetention(id) => {
            let lapsed = {
                let ledger = lock(&shared.ledger);
                let retention = shared.lifecycle.retention_millis();
                let is_leaving = ledger.under_way(&Subject::Instance(&id), Deed::Expire).is_some();
                ledger
                    .instances
                    .get(&id)
                    .filter(|instance| !is_leaving && is_lapsed(instance, retention, shared.timeline.now()))
                    .cloned()
            };
            if let Some(instance) = lapsed {
                call(shared, release(instance, shared.generation)).await;
            }
        }
        Due::LicenseExpiry(code) => expire_license(shared, code).await,
        Due::LicenseEndOfRetention(code) => {
            let lapsed = {
                let mut ledger = lock(&shared.ledger);
                let (now, retention) = (shared.timeline.now(), shared.lifecycle.retention_millis());
                let license = ledger.licenses.get_mut(&code).filter(|license| !license.released);
                let license = license
                    .filter(|license| license.expire_time.is_some_and(|time| time.plus_millis(retention) <= now));
                license.map(|license| license.released = true).is_some()
            };
            if lapsed {
                call(shared, Activity::License { license: code, change: LicenseChange::Release { order: None } }).await;
            }
        }
        Due::Probe => probes::probe_and_plan(shared).await,
        Due::BillJob => lock(&shared.ledger).bill_waiting(),
    }
}

/// V1 names the order of the purchase with an expiry and with a release.
pub(super) fn release(instance: Instance, generation: Generation) -> Activity {
    let order = (generation == Generation::V1).then_some(instance.order);
    Activity::ReleaseInstance { instance_id: instance.instance_id, order }
}

pub(super) fn expiry(instance: Instance, generation: Generation) -> Activity {
    let order = (generation == Generation::V1).then_some(instance.order);
    Activity::UpdateInstanceStatus { instance_id: instance.instance_id, order, status: StatusChange::Freeze }
}

fn is_lapsed(instance: &Instance, retention: i64, now: UnixMillis) -> bool {
    instance.status != InstanceStatus::Released
        && instance.expiry().is_some_and(|time| time.plus_millis(retention) <= now)
}

async fn expire(shared: &Arc<Shared>, id: InstanceId) {
    let now = shared.timeline.now();
    let (instance, is_told) = {
        let mut ledger = lock(&shared.ledger);
        let is_leaving = ledger.under_way(&Subject::Instance(&id), Deed::Expire).is_some();
        let may_be_thawed = ledger.has_undone_status(&Subject::Instance(&id));
        let expired = ledger.instances.get_mut(&id).filter(|instance| {
            instance.status != InstanceStatus::Released && instance.expiry().is_some_and(|time| time <= now)
        });
        let Some(instance) = expired else { return };
        instance.expired = true;
        let is_told = !is_leaving && (instance.status == InstanceStatus::Active || may_be_thawed);
        (instance.clone(), is_told)
    };
    let end = instance.expire_time().plus_millis(shared.lifecycle.retention_millis());
    shared.timeline.plan(end, Due::EndOfRetention(id));
    if is_told {
        call(shared, expiry(instance, shared.generation)).await;
    }
}

async fn expire_license(shared: &Arc<Shared>, code: LicenseCode) {
    let now = shared.timeline.now();
    let expired = {
        let mut ledger = lock(&shared.ledger);
        let license = ledger.licenses.get_mut(&code).filter(|license| !license.released);
        let expired = license.filter(|license| license.expire_time.is_some_and(|time| time <= now));
        expired.and_then(|license| Some((license.expire_time?, std::mem::replace(&mut license.expiry_told, true))))
    };
    let Some((time, was_told)) = expired else { return };
    let end = time.plus_millis(shared.lifecycle.retention_millis());
    shared.timeline.plan(end, Due::LicenseEndOfRetention(code.clone()));
    if !was_told {
        call(shared, Activity::License { license: code, change: LicenseChange::Status(StatusChange::Freeze) }).await;
    }
}

/// Where the marketplace has no key for it, nobody is called.
async fn call(shared: &Arc<Shared>, activity: Activity) {
    if shared.keys.contains_key(&shared.key_class(&activity)) {
        let id = lock(&shared.ledger).open(activity, false, shared.timeline.now());
        shared.try_now(id).await;
    }
}

impl Shared {
    /// The expiry of codes that were activated or renewed since the last time.
    pub(super) fn plan_license_expiries(&self) {
        if !self.lifecycle.expires {
            return;
        }
        for license in lock(&self.ledger).licenses.values_mut().filter(|license| license.planned != license.expire_time)
        {
            license.planned = license.expire_time;
            if let Some(at) = license.expire_time {
                self.timeline.plan(at, Due::LicenseExpiry(license.code.clone()));
            }
        }
    }

    /// Behind the caller's back, as the real one.
    pub(super) fn run_bill_job(self: &Arc<Self>) {
        match self.lifecycle.bill_minutes {
            Some(minutes) => {
                self.timeline.plan(self.timeline.now().plus_millis(i64::from(minutes) * 60_000), Due::BillJob);
            }
            None => {
                let shared = Arc::clone(self);
                tokio::spawn(async move { lock(&shared.ledger).bill_waiting() });
            }
        }
    }
}
