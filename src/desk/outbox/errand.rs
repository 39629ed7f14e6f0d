//! One errand of many actions: whether it was cancelled, what was told of it already, and what was not sent because of that.

use std::collections::HashSet;

use tokio::sync::mpsc;

use crate::{
    desk::Desk,
    domain::{Message, MessageId, Origin},
    store::{Cancel, ClaimedAction, StoreError},
};

pub(super) struct Errand<'a> {
    desk: &'a Desk,
    pub(super) origin: Origin,
    cancel: &'a Cancel,
    tell: Option<&'a mpsc::Sender<Message>>,
    /// Of which nothing more is to be told.
    told: HashSet<MessageId>,
    not_sent: usize,
}

impl<'a> Errand<'a> {
    pub(super) fn new(
        desk: &'a Desk,
        origin: Origin,
        cancel: &'a Cancel,
        tell: Option<&'a mpsc::Sender<Message>>,
    ) -> Self {
        Self { desk, origin, cancel, tell, told: HashSet::new(), not_sent: 0 }
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    pub(super) const fn not_sent(&self) -> usize {
        self.not_sent
    }

    /// Gives back claims that nothing was sent for. Told of as a number only.
    pub(super) async fn give_back(&mut self, claimed: Vec<ClaimedAction>) -> Result<(), StoreError> {
        if claimed.is_empty() {
            return Ok(());
        }
        self.not_sent += claimed.len();
        self.told.extend(claimed.iter().map(|one| one.message_id));
        self.desk.inner.store.withdraw_claimed(claimed, self.desk.now()).await
    }

    /// The result of a message is on disk.
    pub(super) async fn ended(&mut self, id: MessageId) -> Result<(), StoreError> {
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
