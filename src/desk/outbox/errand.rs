//! One errand of many actions: whether it goes on, what was told of it already, and what was not sent because it did not.

use std::{collections::HashSet, time::Duration};

use tokio::{sync::mpsc, time::Instant};

use super::{AT_ONCE, LOOK, claims::Claims};
use crate::{
    desk::Desk,
    domain::{Action, ActionOutcome, ApiFault, Exception, Message, MessageId, Origin},
    protocol::{UnixMillis, open_api::Signing},
    store::{Cancel, ClaimedAction, StoreError},
};

/// Where KooGallery takes no more calls and does not say for how long.
const PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// After an outage the next look is no sooner.
const OUTAGE: Duration = Duration::from_secs(10);
/// So many in a row, and it is no use to wait for the next.
pub(in crate::desk) const MOST_OUTAGES: u32 = 3;

pub(super) struct Errand<'a> {
    desk: &'a Desk,
    pub(super) origin: Origin,
    pub(super) claims: Claims,
    cancel: &'a Cancel,
    tell: Option<&'a mpsc::Sender<Message>>,
    /// Of which nothing more is to be told.
    told: HashSet<MessageId>,
    not_sent: usize,
    /// Nothing more that is signed like this is sent.
    stopped: Vec<Signing>,
    /// In a row.
    outages: u32,
    pauses_until: Option<Instant>,
}

/// What becomes of an action that is not sent.
struct Unsent {
    /// `None`: as it stood before.
    why: Option<Exception>,
    /// `None`: somebody has to try it again.
    again_at: Option<UnixMillis>,
}

impl<'a> Errand<'a> {
    pub(super) fn new(
        desk: &'a Desk,
        origin: Origin,
        cancel: &'a Cancel,
        tell: Option<&'a mpsc::Sender<Message>>,
    ) -> Self {
        Self {
            desk,
            origin,
            claims: Claims::new(desk.lease(desk.now()).until),
            cancel,
            tell,
            told: HashSet::new(),
            not_sent: 0,
            stopped: Vec::new(),
            outages: 0,
            pauses_until: None,
        }
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    pub(super) const fn not_sent(&self) -> usize {
        self.not_sent
    }

    /// What came of an action says how the errand goes on.
    pub(super) fn learn(&mut self, action: &Action, outcome: &ActionOutcome) {
        let fault = match &outcome.exception {
            Some(Exception::OpenApi { fault }) => Some(fault),
            _ => None,
        };
        self.met(action.signing(), fault);
    }

    /// The same of a call.
    pub(super) fn met(&mut self, signing: Signing, fault: Option<&ApiFault>) {
        let Some(fault) = fault else { return self.outages = 0 };
        self.outages = if fault.is_outage() { self.outages + 1 } else { 0 };
        self.stopped.extend(fault.ends(signing));
        let pause = match fault {
            ApiFault::Throttled { .. } => {
                fault.retry_after_secs().map_or(PAUSE, Duration::from_secs).min(LONGEST_PAUSE)
            }
            _ if fault.is_outage() => OUTAGE,
            _ => return,
        };
        self.desk.keep_silent(millis(pause));
        if !self.is_automatic() && !fault.is_outage() {
            self.pauses_until = self.pauses_until.max(Some(Instant::now() + pause));
        }
    }

    fn is_automatic(&self) -> bool {
        self.origin == Origin::Automatic
    }

    /// `None` where what is signed like this may be sent. Nobody waits for what the desk does by itself, so it does not wait
    /// either: other work has its turn.
    fn unsent(&self, signing: Signing) -> Option<Unsent> {
        if self.is_automatic() {
            return self.desk.silent_until(signing).map(|until| Unsent { why: None, again_at: Some(until) });
        }
        if self.stopped.contains(&signing) {
            return Some(Unsent { why: Some(Exception::NotSent), again_at: None });
        }
        let again_at = self.desk.now().plus_millis(millis(OUTAGE));
        let is_vain = self.outages >= MOST_OUTAGES;
        is_vain.then_some(Unsent { why: Some(Exception::PutOff), again_at: Some(again_at) })
    }

    /// How many may be on their way at the same time: the first goes alone, because its key may be wrong.
    pub(super) fn at_once(&self, next: &Action) -> usize {
        match self.pauses_until {
            Some(_) => 0,
            None if self.desk.is_trusted(next.signing()) => AT_ONCE,
            None => 1,
        }
    }

    /// Waits for as long as KooGallery wants nothing. Cancelling ends it.
    pub(super) async fn pause(&mut self) {
        while let Some(until) = self.pauses_until
            && !self.is_cancelled()
        {
            if until <= Instant::now() {
                self.pauses_until = None;
            } else {
                tokio::time::sleep_until(until.min(Instant::now() + LOOK)).await;
            }
        }
    }

    /// Gives back claims that nothing was sent for. Told of as a number only.
    pub(super) async fn give_back(&mut self, claimed: Vec<ClaimedAction>) -> Result<(), StoreError> {
        if claimed.is_empty() {
            return Ok(());
        }
        self.not_sent += claimed.len();
        for one in &claimed {
            self.claims.forget(one.message_id);
            self.told.insert(one.message_id);
        }
        self.desk.inner.store.withdraw_claimed(claimed, self.desk.now()).await
    }

    /// The same for what was not claimed.
    pub(super) async fn withdraw(&mut self, ids: Vec<MessageId>) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        self.not_sent += ids.len();
        self.told.extend(&ids);
        self.desk.inner.store.withdraw_actions(ids, self.desk.now()).await
    }

    /// Those of what older messages hold up that are to be looked at again. The desk by itself does not wait: they are due
    /// once those have ended. Cancelling ends it.
    pub(super) async fn wait_for(&mut self, held_up: Vec<MessageId>) -> Result<Vec<MessageId>, StoreError> {
        if held_up.is_empty() || self.is_automatic() {
            return Ok(Vec::new());
        }
        if self.is_cancelled() {
            self.withdraw(held_up).await?;
            return Ok(Vec::new());
        }
        tokio::time::sleep(LOOK).await;
        Ok(held_up)
    }

    /// Those that may be sent now: waits for as long as KooGallery wants nothing, and gives back what is not to be sent.
    pub(super) async fn ready(&mut self, claimed: Vec<ClaimedAction>) -> Result<Vec<ClaimedAction>, StoreError> {
        self.pause().await;
        if self.is_cancelled() {
            self.give_back(claimed).await?;
            return Ok(Vec::new());
        }
        let claimed = self.leave_unsent(claimed).await?;
        self.desk.still_claimed(&self.claims, claimed).await
    }

    /// Those that the errand holds up before they are sent are told of as such; the rest is returned.
    pub(super) async fn leave_unsent(
        &mut self,
        mut claimed: Vec<ClaimedAction>,
    ) -> Result<Vec<ClaimedAction>, StoreError> {
        for signing in [Signing::AkSk, Signing::UsagePush] {
            let Some(Unsent { why, again_at }) = self.unsent(signing) else { continue };
            let (unsent, rest): (Vec<_>, Vec<_>) = claimed.into_iter().partition(|one| one.action.signing() == signing);
            claimed = rest;
            if !unsent.is_empty() {
                let ids: Vec<MessageId> = unsent.iter().map(|one| one.message_id).collect();
                ids.iter().for_each(|id| self.claims.forget(*id));
                self.desk.inner.store.leave_unsent(unsent, why, again_at).await?;
                self.tell_rest_of(&ids).await?;
            }
        }
        Ok(claimed)
    }

    /// The result of a message is on disk.
    pub(super) async fn ended(&mut self, id: MessageId) -> Result<(), StoreError> {
        self.claims.forget(id);
        if self.told.insert(id)
            && let Some(tell) = self.tell
            && let Some(message) = self.desk.settled(id).await?
        {
            // Whoever asked may have stopped listening; the rest is done all the same.
            drop(tell.send(message).await);
        }
        Ok(())
    }

    pub(super) async fn tell_rest_of(&mut self, batch: &[MessageId]) -> Result<(), StoreError> {
        for id in batch {
            self.ended(*id).await?;
        }
        Ok(())
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
