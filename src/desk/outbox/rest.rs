//! After a key was refused, the desk asks nothing by itself for as long as a key may be locked, unless the keys are others.

use std::sync::{Mutex, PoisonError};

use crate::{desk::Desk, marketplace::ApiKeys, protocol::UnixMillis};

/// As long as several wrong signatures lock a key.
const REST_MILLIS: i64 = 5 * 60_000;

#[derive(Default)]
pub(in crate::desk) struct Rest(Mutex<Option<(UnixMillis, ApiKeys)>>);

impl Desk {
    pub(super) fn rest(&self) {
        let rest = (self.now(), self.api_keys());
        *self.inner.rest.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(rest);
    }

    pub(in crate::desk) fn rests(&self) -> bool {
        let rest = self.inner.rest.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // A clock that was put right may have been put back.
        rest.is_some_and(|(since, keys)| {
            (0..REST_MILLIS).contains(&self.now().millis_since(since)) && keys == self.api_keys()
        })
    }
}
