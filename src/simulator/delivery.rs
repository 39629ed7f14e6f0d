//! The background work behind a message: call, judge, wait, call again, until it is done or its window is over.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use reqwest::Client;
use tokio::{
    sync::broadcast,
    time::{Instant, sleep_until},
};

use super::{
    Clock, Pace, body,
    call::{self, Exchange},
    ids::Ids,
    ledger::{Ledger, Next},
    message::{CallRecord, Message, MessageId, MessageState},
    pace::Plan,
    query,
    setup::Generation,
    verdict::{self, Judgement},
};
use crate::protocol::{KeyClass, Secret, UnixMillis, callback::Activity, id::InstanceId};

/// What the marketplace's own methods and its background work share.
pub(super) struct Shared {
    pub(super) client: Client,
    pub(super) target: Mutex<String>,
    pub(super) keys: BTreeMap<KeyClass, Secret>,
    pub(super) clock: Clock,
    pub(super) pace: Pace,
    pub(super) generation: Generation,
    pub(super) seed: Option<u64>,
    pub(super) ids: Mutex<Ids>,
    pub(super) debugging: AtomicBool,
    pub(super) ledger: Mutex<Ledger>,
    pub(super) calls: broadcast::Sender<CallRecord>,
}

/// Nothing panics while it holds one of the locks, so what a poisoned one guards is whole.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(super) fn is_debugging(&self) -> bool {
        self.debugging.load(Ordering::Relaxed)
    }

    /// The class of key that signs an activity.
    pub(super) fn key_class(&self, activity: &Activity) -> KeyClass {
        match self.generation {
            Generation::V1 => KeyClass::V1,
            Generation::V2 => activity.key_class(),
        }
    }

    /// Makes the call and judges what comes back.
    async fn exchange(&self, activity: &Activity, test: bool) -> Option<(Exchange, Judgement)> {
        let key = self.keys.get(&self.key_class(activity))?;
        let target = lock(&self.target).clone();
        Some(match self.generation {
            Generation::V1 => {
                let params = query::encode(activity, test)?;
                let exchange = call::v1_call(&self.client, &target, key, params, &self.clock).await;
                let judgement = verdict::judge_v1(activity, key, &exchange.reply);
                (exchange, judgement)
            }
            Generation::V2 => {
                let body = body::encode(activity, test);
                let exchange = call::signed_call(&self.client, &target, key, body.as_bytes(), &self.clock).await;
                let judgement = verdict::judge(activity, &exchange.reply);
                (exchange, judgement)
            }
        })
    }

    async fn attempt(&self, id: MessageId, plan: Plan, begun: Instant) -> Option<MessageState> {
        let mut message = lock(&self.ledger).message(id).filter(|message| !message.state.is_final())?;
        if let Activity::NewInstance { business_id, .. } = &mut message.activity
            && message.attempts > 0
        {
            *business_id = lock(&self.ids).business();
        }
        let at = self.clock.now();
        let (exchange, judgement) = self.exchange(&message.activity, message.test).await?;
        let next = plan.next_after(begun.elapsed()).map_or(Next::End(plan.at_the_end), |_| Next::Retry);
        let mut ledger = lock(&self.ledger);
        if is_over(&ledger, id) {
            return None;
        }
        let message = ledger.judged(message, judgement, next, self.clock.now());
        let activity = message.activity.clone();
        Some(self.tell(&ledger, message, CallParts { activity: &activity, at, exchange: &exchange }))
    }

    async fn poll(&self, id: MessageId, plan: Plan, begun: Instant) -> Option<MessageState> {
        let (message, instance_id) = {
            let ledger = lock(&self.ledger);
            let message = ledger.message(id)?;
            let instance_id = being_made(&ledger, &message)?;
            (message, instance_id)
        };
        let activity = Activity::QueryInstance { instance_ids: vec![instance_id] };
        let at = self.clock.now();
        let (exchange, judgement) = self.exchange(&activity, message.test).await?;
        let again = begun.elapsed().saturating_add(self.pace.poll_interval()) <= plan.window;
        let next = if again { Next::Retry } else { Next::End(plan.at_the_end) };
        let mut ledger = lock(&self.ledger);
        if is_over(&ledger, id) {
            return None;
        }
        let message = ledger.polled(message, judgement, next, self.clock.now());
        Some(self.tell(&ledger, message, CallParts { activity: &activity, at, exchange: &exchange }))
    }

    /// The record first, so that whoever waited for the message finds it.
    fn tell(&self, ledger: &Ledger, message: Message, parts: CallParts<'_>) -> MessageState {
        let state = message.state;
        // Fails where nobody listens, which is fine.
        self.calls.send(CallRecord::new(&message, parts.activity, parts.at, parts.exchange)).ok();
        ledger.publish(message);
        state
    }
}

/// Somebody has ended it meanwhile.
fn is_over(ledger: &Ledger, id: MessageId) -> bool {
    ledger.message(id).is_none_or(|message| message.state.is_final())
}

struct CallParts<'a> {
    activity: &'a Activity,
    at: UnixMillis,
    exchange: &'a Exchange,
}

fn being_made(ledger: &Ledger, message: &Message) -> Option<InstanceId> {
    ledger.orders.get(&message.order()?.order_id)?.instance_id.clone()
}

/// Works on a message until nothing more happens by itself.
pub(super) async fn deliver(shared: Arc<Shared>, id: MessageId) {
    let begun = Instant::now();
    let (message, wake) = {
        let ledger = lock(&shared.ledger);
        let Some(entry) = ledger.messages.get(&id) else { return };
        (entry.message.borrow().clone(), Arc::clone(&entry.wake))
    };
    let whole = shared.pace.plan(&message.activity);
    let plan = if message.test { whole.once() } else { whole };
    let poll_plan = Plan { window: whole.window, ..plan };
    let mut state = message.state;
    loop {
        let told = match state {
            MessageState::InProgress => shared.poll(id, poll_plan, begun).await,
            _ => shared.attempt(id, plan, begun).await,
        };
        let Some(told) = told.filter(|state| !state.is_final()) else { return };
        state = told;
        let due = match state {
            MessageState::InProgress => Instant::now() + shared.pace.poll_interval().max(Duration::from_millis(1)),
            // `attempt` saw a next one within the window; between then and now it can only have come nearer.
            _ => begun + plan.next_after(begun.elapsed()).unwrap_or_default(),
        };
        tokio::select! {
            () = sleep_until(due) => {}
            () = wake.notified() => {}
        }
    }
}
