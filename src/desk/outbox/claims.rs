//! The claims of one errand: kept from everybody else for as long as it works, however long its calls take, and looked at
//! again before anything is sent, because a computer may sleep for longer than any lease.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    desk::Desk,
    domain::{AttemptId, MessageId, Origin},
    protocol::UnixMillis,
    store::{ClaimedAction, StoreError},
};

/// Between two looks at how long the claims hold.
const LOOK: Duration = Duration::from_secs(1);

/// Clones share it.
#[derive(Clone)]
pub(super) struct Claims(Arc<Mutex<Held>>);

struct Held {
    claims: HashMap<MessageId, Claim>,
    /// Until then nobody else begins what waits to be claimed.
    waiting_until: UnixMillis,
}

#[derive(Clone, Copy)]
struct Claim {
    attempt: AttemptId,
    until: UnixMillis,
}

impl Claims {
    /// What was kept for the errand just now is held already.
    pub(super) fn new(waiting_until: UnixMillis) -> Self {
        Self(Arc::new(Mutex::new(Held { claims: HashMap::new(), waiting_until })))
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn forget(&self, id: MessageId) {
        self.lock().claims.remove(&id);
    }

    fn all(&self) -> Vec<(MessageId, AttemptId)> {
        self.lock().claims.iter().map(|(id, claim)| (*id, claim.attempt)).collect()
    }

    fn first_end(&self) -> Option<UnixMillis> {
        self.lock().claims.values().map(|claim| claim.until).min()
    }
}

impl Desk {
    pub(super) async fn claim(
        &self,
        ids: Vec<MessageId>,
        origin: Origin,
        claims: &Claims,
    ) -> Result<Vec<ClaimedAction>, StoreError> {
        let now = self.now();
        let lease = self.lease(now);
        let until = lease.until;
        let claimed = self.inner.store.claim_actions(ids, origin, lease, now).await?;
        let held = claimed.iter().map(|one| (one.message_id, Claim { attempt: one.attempt_id, until }));
        claims.lock().claims.extend(held);
        Ok(claimed)
    }

    /// Keeps claims, and what waits to be claimed, from the background work and from other processes. Never ends.
    pub(super) async fn keep_claims(&self, claims: Claims, waiting: Vec<MessageId>) -> std::convert::Infallible {
        loop {
            let now = self.now();
            let lease = self.lease(now);
            let length = lease.until.millis_since(now);
            let is_short = |until: UnixMillis| until.millis_since(now) < length * 2 / 3;
            let waiting_until = claims.lock().waiting_until;
            if !waiting.is_empty() && is_short(waiting_until) {
                match self.inner.store.hold_actions(waiting.clone(), lease.until).await {
                    Ok(()) => claims.lock().waiting_until = lease.until,
                    Err(error) => tracing::error!(%error, "what waits to be sent cannot be held"),
                }
            }
            if claims.first_end().is_some_and(is_short)
                && let Err(error) = self.renew(&claims).await
            {
                tracing::error!(%error, "claims cannot be renewed");
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Those of the actions that may be sent now: nobody else has begun them.
    pub(super) async fn still_claimed(
        &self,
        claims: &Claims,
        claimed: Vec<ClaimedAction>,
    ) -> Result<Vec<ClaimedAction>, StoreError> {
        if claims.first_end().is_some_and(|until| until <= self.now()) {
            self.renew(claims).await?;
        }
        let held = claims.lock();
        let is_held =
            |one: &ClaimedAction| held.claims.get(&one.message_id).is_some_and(|it| it.attempt == one.attempt_id);
        Ok(claimed.into_iter().filter(is_held).collect())
    }

    async fn renew(&self, claims: &Claims) -> Result<(), StoreError> {
        let lease = self.lease(self.now());
        let until = lease.until;
        let all = claims.all();
        let held = self.inner.store.renew_claims(all.clone(), lease).await?;
        let mut known = claims.lock();
        for (id, attempt) in all {
            let is_held = held.contains(&id);
            if let Some(claim) = known.claims.get_mut(&id).filter(|claim| claim.attempt == attempt) {
                if is_held {
                    claim.until = until;
                } else {
                    known.claims.remove(&id);
                }
            }
        }
        Ok(())
    }
}
