//! What an operator of the marketplace does with messages and with time.

use std::sync::Arc;

use tokio::sync::RwLockWriteGuard;

use super::{
    Marketplace, SimulatorError,
    delivery::lock,
    lifecycle,
    marketplace::wait,
    message::{Message, MessageId, MessageState},
    policy::RetryPolicy,
    timeline::Due,
};
use crate::protocol::{UnixMillis, callback::Activity};

const END_OF_TIME: UnixMillis = UnixMillis(i64::MAX);

impl Marketplace {
    /// 重新启动: tries at once, whether the message still tries by itself or rests. Answers after that try.
    pub async fn restart(&self, id: MessageId) -> Result<Message, SimulatorError> {
        let told = self.message(id).ok_or(SimulatorError::UnknownMessage(id))?;
        self.key(self.shared.key_class(&told.activity))?;
        let (seen, mut changes) = {
            let mut ledger = lock(&self.shared.ledger);
            let entry = ledger.messages.get_mut(&id).ok_or(SimulatorError::UnknownMessage(id))?;
            let seen = entry.message.borrow().clone();
            let changes = entry.message.subscribe();
            match seen.state {
                MessageState::Succeeded => return Err(SimulatorError::Done(id)),
                MessageState::Refunded => return Err(SimulatorError::Refunded(id)),
                MessageState::Overtaken => return Err(SimulatorError::Overtaken(id)),
                MessageState::Stopped => {
                    entry.window_from = self.now();
                    ledger.publish(Message { state: MessageState::Failing, ..seen.clone() });
                }
                MessageState::New | MessageState::Failing | MessageState::InProgress => {}
            }
            (seen, changes)
        };
        let shared = Arc::clone(&self.shared);
        self.shared.spawn(async move { shared.try_now(id).await });
        let is_over = |message: &Message| {
            // Somebody may end it during the call, whose answer counts no more then.
            (message.attempts, message.polls) != (seen.attempts, seen.polls) || message.state.is_final()
        };
        Ok(wait(&mut changes, is_over).await)
    }

    /// It rests from now on.
    pub fn stop(&self, id: MessageId) -> Result<Message, SimulatorError> {
        self.end(id, MessageState::Stopped)
    }

    /// The order is unsubscribed and paid back, as after a window that has closed.
    pub fn refund(&self, id: MessageId) -> Result<Message, SimulatorError> {
        let message = self.message(id).ok_or(SimulatorError::UnknownMessage(id))?;
        if message.look || !matches!(message.activity, Activity::NewInstance { .. } | Activity::UpgradeInstance { .. })
        {
            return Err(SimulatorError::NothingToRefund(id));
        }
        self.end(id, MessageState::Refunded)
    }

    fn end(&self, id: MessageId, state: MessageState) -> Result<Message, SimulatorError> {
        let mut ledger = lock(&self.shared.ledger);
        let message = ledger.message(id).ok_or(SimulatorError::UnknownMessage(id))?;
        match message.state {
            MessageState::Succeeded => return Err(SimulatorError::Done(id)),
            MessageState::Refunded => return Err(SimulatorError::Refunded(id)),
            MessageState::Overtaken => return Err(SimulatorError::Overtaken(id)),
            MessageState::New | MessageState::Failing | MessageState::InProgress | MessageState::Stopped => {}
        }
        let ended = Message { state, ..message };
        ledger.follow(&ended, self.now());
        ledger.publish(ended.clone());
        Ok(ended)
    }

    /// The message once nothing more happens to it by itself. Where time stands still, it goes on until then.
    pub async fn settled(&self, id: MessageId) -> Result<Message, SimulatorError> {
        let mut changes = self.changes(id)?;
        while self.shared.timeline.jumps() && !changes.borrow().state.is_final() && self.go_on(END_OF_TIME).await {}
        Ok(wait(&mut changes, |message| message.state.is_final()).await)
    }

    /// Puts the marketplace's time forward. What is due until then happens first, one after the other and each at its time,
    /// and each time all calls under way are waited for.
    pub async fn advance_to(&self, time: UnixMillis) {
        let _turn = self.advancing.lock().await;
        while self.go_on(time).await {}
        self.shared.timeline.jump_to(time);
    }

    pub async fn advance_by(&self, millis: i64) {
        self.advance_to(self.now().plus_millis(millis)).await;
    }

    /// The next thing that is due until then; whether there was one.
    async fn go_on(&self, until: UnixMillis) -> bool {
        // Those that began before it wait for nobody, so that nobody waits for ever.
        drop(self.rest().await);
        let Some(due) = self.shared.timeline.jump_to_next(until) else { return false };
        let shared = Arc::clone(&self.shared);
        // In a task of its own, for whoever asked may be gone before the answer comes.
        let happened = tokio::spawn(async move { lifecycle::happen(&shared, due).await });
        happened.await.is_ok()
    }

    /// Once no call is under way, and until the guard goes none begins. For whoever puts a clock forward that calls are signed
    /// and checked with: one that is under way meanwhile would come too late.
    pub async fn rest(&self) -> RwLockWriteGuard<'_, ()> {
        self.shared.under_way.write().await
    }

    /// The marketplace's time.
    pub fn now(&self) -> UnixMillis {
        self.shared.timeline.now()
    }

    /// Whether time stands still until somebody moves it.
    pub fn jumps(&self) -> bool {
        self.shared.timeline.jumps()
    }

    pub fn retry_policy(&self) -> RetryPolicy {
        lock(&self.shared.policy).clone()
    }

    /// For the tries that are planned from now on.
    pub fn set_retry_policy(&self, policy: RetryPolicy) {
        *lock(&self.shared.policy) = policy;
    }

    /// When something happens by itself next.
    pub fn next_due(&self) -> Option<UnixMillis> {
        self.shared.timeline.agenda().1.first().map(|(at, _)| *at)
    }

    pub(super) fn plan_probes(&self) {
        if self.shared.lifecycle.probes {
            self.shared.timeline.plan(super::probes::next_probe(self.now()), Due::Probe);
        }
    }
}
