//! What Sellerdesk asks of KooGallery: kept first, then carried out in batches, each with a result of its own. One path for
//! the operator's actions, their retries, and the desk's own. Knows no HTTP: the marketplace's client does the talking.

mod carry;
mod claims;
mod divided_push;
mod errand;
mod own;
mod send;
mod trust;
mod usage;
mod use_reports;

use std::time::Duration;

use tokio::sync::mpsc;

use self::{carry::concluded, errand::Errand};
pub(super) use self::{
    errand::MOST_OUTAGES,
    trust::{Trust, in_turn},
};
use super::{Desk, retry::RetryResult};
use crate::{
    domain::{ActionOutcome, Message, MessageId, NewAction, Origin, message::Progress},
    protocol::{ResultCode, Secret},
    store::{Cancel, ClaimedAction, KeptAction, StoreError},
};

/// As many codes as a request may name (zh-cn_topic_0070649244).
const BATCH: usize = 100;
/// Of what goes out one by one, this much at the same time.
const AT_ONCE: usize = 4;
/// How often a message that another process carries out is looked at.
const LOOK: Duration = Duration::from_millis(150);

impl Desk {
    /// Keeps actions as messages, to be carried out by the caller. Whoever does not is relieved of it by the background
    /// work a lease later.
    pub async fn keep_actions(&self, actions: Vec<NewAction>) -> Result<Vec<KeptAction>, StoreError> {
        self.keep_with(actions.into_iter().map(|action| (action, None)).collect()).await
    }

    pub(super) async fn keep_with(
        &self,
        actions: Vec<(NewAction, Option<Secret>)>,
    ) -> Result<Vec<KeptAction>, StoreError> {
        let now = self.now();
        self.inner.store.keep_actions(actions, self.lease(now).until, now).await
    }

    /// Carries out kept actions, a batch at a time, and tells of every message once its result is on disk. Cancelling takes
    /// effect before the next request: what was not sent by then is withdrawn. Returns how many were. Where the key, the
    /// clock or the certificate is wrong nothing more is sent, and the rest is told of as not sent. What the desk does by
    /// itself is left for later then, and where KooGallery wants no calls; where nobody answers, so is the rest of any errand.
    pub async fn carry_out(
        &self,
        ids: Vec<MessageId>,
        origin: Origin,
        cancel: &Cancel,
        tell: Option<&mpsc::Sender<Message>>,
    ) -> Result<usize, StoreError> {
        let mut errand = Errand::new(self, origin, cancel, tell);
        let mut batches = ids.chunks(BATCH);
        let mut done = 0;
        while !errand.is_cancelled()
            && let Some(batch) = batches.next()
        {
            done += batch.len();
            let keeping = self.keep_claims(errand.claims.clone(), ids[done..].to_vec());
            tokio::select! {
                biased;
                carried = self.carry_out_batch(batch, &mut errand) => carried?,
                never = keeping => match never {},
            }
        }
        errand.withdraw(ids[done..].to_vec()).await?;
        Ok(errand.not_sent())
    }

    async fn carry_out_batch(&self, batch: &[MessageId], errand: &mut Errand<'_>) -> Result<(), StoreError> {
        let mut left = batch.to_vec();
        while !left.is_empty() {
            let held_up = self.inner.store.held_up(left.clone(), self.now()).await?;
            left.retain(|id| !held_up.contains(id));
            if !left.is_empty() {
                let claimed = self.claim(left, errand.origin, &errand.claims).await?;
                let claimed = self.leave_to_the_operator(claimed, errand.origin).await?;
                self.send_claimed(claimed, errand).await?;
            }
            left = errand.wait_for(held_up).await?;
        }
        errand.tell_rest_of(batch).await
    }

    /// What may have arrived, would do harm if it came twice, and cannot be asked about, is not sent again by itself.
    async fn leave_to_the_operator(
        &self,
        claimed: Vec<ClaimedAction>,
        origin: Origin,
    ) -> Result<Vec<ClaimedAction>, StoreError> {
        let is_left = |one: &ClaimedAction| {
            let action = &one.action;
            origin == Origin::Automatic && one.unsettled && !action.is_repeatable() && !action.can_be_looked_up()
        };
        let (left, claimed): (Vec<_>, Vec<_>) = claimed.into_iter().partition(is_left);
        if !left.is_empty() {
            let told = |one| concluded(one, send::Texts::default(), ActionOutcome::maybe_done());
            self.inner.store.conclude_actions(left.iter().map(told).collect(), self.now()).await?;
        }
        Ok(claimed)
    }

    /// The message once nobody works on it: another process may have claimed it before.
    async fn settled(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        let started = self.now();
        loop {
            let message = self.inner.store.message(id).await?;
            let Some(found) = &message else { return Ok(None) };
            let waited_long = self.now().millis_since(started) > self.lease(started).until.millis_since(started);
            if found.progress != Progress::InProgress || waited_long {
                return Ok(message);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// An action's retry.
    pub(super) async fn carry_out_again(&self, message: &Message, origin: Origin) -> Result<RetryResult, StoreError> {
        let asks_again = self.inner.store.action(message.id).await?.is_some_and(|action| action.is_question());
        if message.progress == Progress::Succeeded && !asks_again {
            return Ok(RetryResult::AlreadySucceeded);
        }
        if asks_again {
            self.inner.store.reopen_question(message.id).await?;
        }
        self.carry_out(vec![message.id], origin, &Cancel::default(), None).await?;
        Ok(self.inner.store.message(message.id).await?.map_or(RetryResult::Gone, result_of))
    }
}

pub(in crate::desk) fn result_of(message: Message) -> RetryResult {
    match message.progress {
        Progress::Succeeded => RetryResult::Succeeded,
        Progress::InProgress => RetryResult::InProgress(message.exception),
        Progress::Failing => RetryResult::Failed {
            result_code: message.result_code.unwrap_or(ResultCode::INTERNAL_ERROR),
            exception: message.exception,
        },
    }
}
