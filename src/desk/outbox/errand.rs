//! One errand of many actions: whether it goes on, what was told of it already, and what was not sent because it did not.

use std::{collections::HashSet, time::Duration};

use tokio::{sync::mpsc, time::Instant};

use super::{AT_ONCE, LOOK, claims::Claims};
use crate::{
    desk::Desk,
    domain::{Action, ActionOutcome, ApiFault, Exception, Message, MessageId, Origin},
    protocol::open_api::Signing,
    store::{Cancel, ClaimedAction, StoreError},
};

/// Where KooGallery takes no more calls and does not say for how long.
const PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

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
    /// KooGallery accepted signatures like these.
    proven: Vec<Signing>,
    pauses_until: Option<Instant>,
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
            proven: Vec::new(),
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
        match &outcome.exception {
            Some(Exception::OpenApi { fault }) => self.met(action.signing(), fault),
            _ if outcome.result_code.is_some() => self.prove(action.signing()),
            _ => {}
        }
    }

    pub(super) fn met(&mut self, signing: Signing, fault: &ApiFault) {
        let ended = fault.ends(signing);
        self.stopped.extend(ended);
        if ended.contains(&Signing::AkSk) {
            self.desk.rest();
        }
        match fault {
            ApiFault::Throttled { .. } => {
                let pause = fault.retry_after_secs().map_or(PAUSE, Duration::from_secs).min(LONGEST_PAUSE);
                self.pauses_until = self.pauses_until.max(Some(Instant::now() + pause));
            }
            ApiFault::Refused { .. } => self.prove(signing),
            _ => {}
        }
    }

    fn prove(&mut self, signing: Signing) {
        if !self.proven.contains(&signing) {
            self.proven.push(signing);
        }
    }

    pub(super) fn is_stopped(&self, action: &Action) -> bool {
        self.stopped.contains(&action.signing())
    }

    /// How many may be on their way at the same time: the first goes alone, because its key may be wrong.
    pub(super) fn at_once(&self, next: &Action) -> usize {
        match self.pauses_until {
            Some(_) => 0,
            None if self.proven.contains(&next.signing()) => AT_ONCE,
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

    /// Those that the errand stops before they are sent are told of as such; the rest is returned.
    pub(super) async fn leave_stopped(
        &mut self,
        claimed: Vec<ClaimedAction>,
    ) -> Result<Vec<ClaimedAction>, StoreError> {
        let (stopped, rest): (Vec<_>, Vec<_>) = claimed.into_iter().partition(|one| self.is_stopped(&one.action));
        if !stopped.is_empty() {
            let ids: Vec<MessageId> = stopped.iter().map(|one| one.message_id).collect();
            ids.iter().for_each(|id| self.claims.forget(*id));
            self.desk.inner.store.leave_unsent(stopped).await?;
            self.tell_rest_of(&ids).await?;
        }
        Ok(rest)
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
