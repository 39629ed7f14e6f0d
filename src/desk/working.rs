//! Who in this process waits for which message. Between processes the lease in the store does the same, found by looking.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;

use crate::domain::MessageId;

#[derive(Default)]
pub(super) struct Working {
    messages: Mutex<HashMap<MessageId, Arc<Notify>>>,
}

impl Working {
    /// Something that is told when the work on `message` ends.
    pub(super) fn end_of(&self, message: MessageId) -> Arc<Notify> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).entry(message).or_default().clone()
    }

    pub(super) fn ended(&self, message: MessageId) {
        if let Some(waiting) = self.messages.lock().unwrap_or_else(PoisonError::into_inner).remove(&message) {
            waiting.notify_waiters();
        }
    }
}
