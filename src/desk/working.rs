//! Who in this process waits for which message. Between processes the lease in the store does the same, found by looking.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use crate::domain::MessageId;

#[derive(Default)]
pub(super) struct Working {
    messages: Mutex<HashMap<MessageId, Arc<Notify>>>,
}

/// One who waits for the end of the work on a message. With the last of them the message is forgotten, also where another
/// process ended it.
pub(super) struct Waiting<'working> {
    working: &'working Working,
    message: MessageId,
    pub(super) ended: Arc<Notify>,
}

impl Working {
    pub(super) fn wait_for(&self, message: MessageId) -> Waiting<'_> {
        let ended = self.messages().entry(message).or_default().clone();
        Waiting { working: self, message, ended }
    }

    pub(super) fn ended(&self, message: MessageId) {
        if let Some(waiting) = self.messages().remove(&message) {
            waiting.notify_waiters();
        }
    }

    fn messages(&self) -> MutexGuard<'_, HashMap<MessageId, Arc<Notify>>> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut messages = self.working.messages();
        // The map and this one.
        let is_last = Arc::strong_count(&self.ended) == 2;
        if is_last && messages.get(&self.message).is_some_and(|known| Arc::ptr_eq(known, &self.ended)) {
            messages.remove(&self.message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_the_last_who_waits_the_message_is_forgotten() {
        let working = Working::default();
        let (first, second) = (working.wait_for(MessageId(1)), working.wait_for(MessageId(1)));
        assert!(Arc::ptr_eq(&first.ended, &second.ended));
        drop(first);
        assert_eq!(working.messages().len(), 1);
        drop(second);
        assert!(working.messages().is_empty());
    }

    #[test]
    fn who_waits_for_work_that_ended_does_not_take_away_who_waits_for_the_next() {
        let working = Working::default();
        let first = working.wait_for(MessageId(1));
        working.ended(MessageId(1));
        let next = working.wait_for(MessageId(1));
        drop(first);
        assert_eq!(working.messages().len(), 1);
        drop(next);
        assert!(working.messages().is_empty());
    }
}
