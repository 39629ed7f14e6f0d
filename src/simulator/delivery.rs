//! The work behind a message: call, judge, plan the next try, until it is done or its window is over. One try at a time of
//! one message, whoever asks for it.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use reqwest::Client;
use tokio::{
    sync::{RwLock, broadcast},
    task::JoinSet,
};

use super::{
    Clock,
    call::Exchange,
    call_faults::CallFaults,
    envelope::Envelope,
    ids::Ids,
    ledger::{Ledger, Next},
    lifecycle::{self, Lifecycle},
    message::{CallRecord, Message, MessageId, MessageState},
    open_api::Condition,
    policy::{Called, Plan, RetryPolicy},
    setup::Generation,
    timeline::{Due, Timeline},
    verdict::{self, Judgement},
};
use crate::protocol::{
    KeyClass, Secret, UnixMillis,
    callback::{Activity, KitVersion},
    id::InstanceId,
    site::Site,
};

/// What the marketplace's own methods and its background work share.
pub(super) struct Shared {
    pub(super) client: Client,
    pub(super) target: Mutex<String>,
    pub(super) keys: BTreeMap<KeyClass, Secret>,
    /// What a seller checks against a real clock is signed with.
    pub(super) clock: Clock,
    /// How long an answer is waited for.
    pub(super) timeout: Duration,
    pub(super) call_faults: CallFaults,
    /// Calls that arrive after the next one.
    pub(super) held_up: Mutex<Vec<Envelope>>,
    /// Everything else.
    pub(super) timeline: Timeline,
    pub(super) policy: Mutex<RetryPolicy>,
    pub(super) lifecycle: Lifecycle,
    pub(super) site: Site,
    pub(super) generation: Generation,
    pub(super) notifies_orders: bool,
    pub(super) kit_key: Option<Secret>,
    /// What is wrong with the open APIs for a while.
    pub(super) open_apis: Condition,
    pub(super) ids: Mutex<Ids>,
    pub(super) debugging: AtomicBool,
    pub(super) ledger: Mutex<Ledger>,
    pub(super) calls: broadcast::Sender<CallRecord>,
    /// Held shared by every call that is under way; who puts the time forward waits for all of them.
    pub(super) under_way: RwLock<()>,
    /// `None` once the marketplace is closed.
    pub(super) tasks: Mutex<Option<JoinSet<()>>>,
}

/// Nothing panics while it holds one of the locks, so what a poisoned one guards is whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn tasks() -> Mutex<Option<JoinSet<()>>> {
    Mutex::new(Some(JoinSet::new()))
}

impl Shared {
    pub(super) fn is_debugging(&self) -> bool {
        self.debugging.load(Ordering::Relaxed)
    }

    pub(super) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        if let Some(tasks) = &mut *lock(&self.tasks) {
            while tasks.try_join_next().is_some() {}
            tasks.spawn(work);
        }
    }

    pub(super) fn close(&self) {
        lock(&self.tasks).take();
    }

    /// The class of key that signs an activity.
    pub(super) fn key_class(&self, activity: &Activity) -> KeyClass {
        match self.generation {
            Generation::V1 => KeyClass::V1,
            Generation::V2 => activity.key_class(),
        }
    }

    pub(super) const fn kit_version(&self) -> KitVersion {
        match self.generation {
            Generation::V1 => KitVersion::V1,
            Generation::V2 => KitVersion::V2,
        }
    }

    pub(super) const fn kit_key_class(&self) -> KeyClass {
        match self.generation {
            Generation::V1 => KeyClass::V1,
            Generation::V2 => KeyClass::Kit,
        }
    }

    fn plan(&self, ledger: &Ledger, message: &Message) -> Plan {
        let called = Called { site: self.site, generation: self.generation, kind: ledger.kind_of(&message.activity) };
        let plan = lock(&self.policy).plan(&message.activity, called);
        if message.test || message.look { plan.once() } else { plan }
    }

    /// Makes the call and judges what comes back.
    async fn exchange(&self, activity: &Activity, test: bool) -> Option<(Exchange, Judgement)> {
        let exchange = self.call(activity, test).await?;
        let judgement = self.judge(activity, &exchange);
        Some((exchange, judgement))
    }

    pub(super) fn judge(&self, activity: &Activity, exchange: &Exchange) -> Judgement {
        match (self.generation, self.keys.get(&KeyClass::V1)) {
            (Generation::V1, Some(key)) => verdict::judge_v1(activity, key, &exchange.reply),
            _ => verdict::judge(activity, &exchange.reply),
        }
    }

    /// One call about a message, whatever it is waiting for. Does nothing where one is under way, or nothing is left to do.
    pub(super) async fn try_now(&self, id: MessageId) {
        let _under_way = self.under_way.read().await;
        let Some(begun) = self.begin_try(id) else { return };
        let exchanged = self.exchange(&begun.activity, begun.message.test).await;
        let now = self.timeline.now();
        let mut ledger = lock(&self.ledger);
        let Some(entry) = ledger.messages.get_mut(&id) else { return };
        entry.busy = false;
        let window_from = entry.window_from;
        let Some((exchange, judgement)) = exchanged else { return };
        if entry.message.borrow().state.is_final() {
            // Somebody has ended it meanwhile.
            return;
        }
        let plan = self.plan(&ledger, &begun.message);
        let elapsed = now.millis_since(window_from);
        let message = if begun.polls {
            let again = elapsed.saturating_add(plan.poll_millis) <= begun.window_millis;
            let next = if again { Next::Retry } else { Next::End(plan.at_the_end) };
            ledger.polled(begun.message, judgement, next, now)
        } else {
            let next = plan.next_after(elapsed).map_or(Next::End(plan.at_the_end), |_| Next::Retry);
            ledger.judged(begun.message, judgement, next, now)
        };
        let next = match message.state {
            MessageState::InProgress => Some(now.plus_millis(plan.poll_millis)),
            MessageState::Failing => plan.next_after(elapsed).map(|after| window_from.plus_millis(after)),
            _ => None,
        };
        if let Some(at) = next {
            self.plan_try(&mut ledger, id, at);
        }
        for (at, due) in lifecycle::consequences(&self.lifecycle, self.generation, &mut ledger, &message, now) {
            self.timeline.plan(at, due);
        }
        // The record first, so that whoever waited for the message finds it. Fails where nobody listens, which is fine.
        self.calls.send(CallRecord::new(&message, &begun.activity, begun.at, &exchange)).ok();
        ledger.publish(message);
    }

    /// Whoever comes first; a planned try that came too late is not made.
    pub(super) fn is_planned(&self, id: MessageId) -> bool {
        let mut ledger = lock(&self.ledger);
        let now = self.timeline.now();
        ledger.messages.get_mut(&id).is_some_and(|entry| entry.due.take_if(|at| *at <= now).is_some())
    }

    pub(super) fn plan_try(&self, ledger: &mut Ledger, id: MessageId, at: UnixMillis) {
        if let Some(entry) = ledger.messages.get_mut(&id) {
            entry.due = Some(at);
            self.timeline.plan(at, Due::Try(id));
        }
    }

    fn begin_try(&self, id: MessageId) -> Option<Begun> {
        let at = self.timeline.now();
        let mut ledger = lock(&self.ledger);
        let entry = ledger.messages.get_mut(&id)?;
        let mut message = entry.message.borrow().clone();
        if entry.busy || message.state.is_final() {
            return None;
        }
        (entry.busy, entry.due) = (true, None);
        let polls = message.state == MessageState::InProgress;
        if let Activity::NewInstance { business_id, .. } = &mut message.activity
            && message.attempts > 0
            && !polls
        {
            *business_id = lock(&self.ids).business();
        }
        let activity = match being_made(&ledger, &message).filter(|_| polls) {
            Some(instance_id) => Activity::QueryInstance { instance_ids: vec![instance_id] },
            None => message.activity.clone(),
        };
        // What is being made is asked for during the whole window, by a debugging call too.
        let called = Called { site: self.site, generation: self.generation, kind: ledger.kind_of(&message.activity) };
        let window_millis = lock(&self.policy).plan(&message.activity, called).window_millis;
        Some(Begun { message, activity, polls, at, window_millis })
    }
}

/// A try that is under way.
struct Begun {
    message: Message,
    /// What is called: the message's, or a query.
    activity: Activity,
    polls: bool,
    at: UnixMillis,
    window_millis: i64,
}

fn being_made(ledger: &Ledger, message: &Message) -> Option<InstanceId> {
    ledger.orders.get(&message.order()?.order_id)?.instance_id.clone()
}

/// Lets time pass by itself, and does what becomes due.
pub(super) async fn drive(shared: Arc<Shared>) {
    loop {
        while let Some(due) = shared.timeline.take_due() {
            let happening = Arc::clone(&shared);
            shared.spawn(async move { lifecycle::happen(&happening, due).await });
        }
        shared.timeline.wait().await;
    }
}
