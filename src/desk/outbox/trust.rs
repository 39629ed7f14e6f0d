//! Whether KooGallery takes what the desk signs with. Several wrong signatures lock a key: the first one goes alone, whoever
//! sends it, and after a refusal the desk asks nothing by itself for as long as a key may be locked, unless the keys are others.
//! Nor does it while KooGallery wants no calls, or does not answer any.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::OwnedMutexGuard, time::timeout};

use crate::{
    desk::Desk,
    domain::ApiFault,
    marketplace::{ApiKeys, Called},
    protocol::{UnixMillis, open_api::Signing},
};

/// As long as several wrong signatures lock a key.
const REST_MILLIS: i64 = 5 * 60_000;
/// A key that is taken may end at any time.
const PROVEN_MILLIS: i64 = 60_000;
/// A wrong key is refused at once: what takes longer fails for another reason, and nobody has to wait for it.
const PROMPT: Duration = Duration::from_secs(2);

#[derive(Default)]
pub(in crate::desk) struct Trust {
    ak_sk: Trusted,
    usage_push: Trusted,
    silence: Mutex<Option<Span>>,
    /// Of those that calls bring.
    questions: Arc<tokio::sync::Mutex<()>>,
}

/// Of one kind of signature.
#[derive(Default)]
struct Trusted {
    learned: Mutex<Learned>,
    first: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Learned {
    /// When, with which keys, and why not.
    newest: Option<(UnixMillis, ApiKeys, Option<ApiFault>)>,
    refusals: u64,
}

/// A clock that is put right may be put back, so that both ends are needed.
#[derive(Clone, Copy)]
struct Span {
    since: UnixMillis,
    until: UnixMillis,
}

impl Span {
    fn of(since: UnixMillis, millis: i64) -> Self {
        Self { since, until: since.plus_millis(millis) }
    }

    fn has(self, now: UnixMillis) -> bool {
        (self.since..self.until).contains(&now)
    }
}

impl Trust {
    const fn of(&self, signing: Signing) -> &Trusted {
        match signing {
            Signing::AkSk => &self.ak_sk,
            Signing::UsagePush => &self.usage_push,
        }
    }

    fn silence(&self) -> MutexGuard<'_, Option<Span>> {
        self.silence.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trusted {
    fn learned(&self) -> MutexGuard<'_, Learned> {
        self.learned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Since when it is known of these keys that they are taken, or why they are not.
    fn newest(&self, keys: &ApiKeys) -> Option<(UnixMillis, Option<ApiFault>)> {
        let learned = self.learned();
        let (at, of, refused) = learned.newest.as_ref()?;
        (of == keys).then(|| (*at, refused.clone()))
    }

    fn learn(&self, at: UnixMillis, keys: &ApiKeys, refused: Option<&ApiFault>) {
        let mut learned = self.learned();
        learned.newest = Some((at, keys.clone(), refused.cloned()));
        learned.refusals += u64::from(refused.is_some());
    }
}

impl Desk {
    /// Makes the call. While nothing is known of the key, those that come after it wait, and are told of a refusal as if it
    /// were their own.
    pub(super) async fn call_in_turn<A>(
        &self,
        signing: Signing,
        keys: &ApiKeys,
        call: impl Future<Output = Called<A>>,
    ) -> Result<Called<A>, ApiFault> {
        let trusted = self.inner.trust.of(signing);
        let mut turn = None;
        if !self.is_taken(signing, keys) {
            let refusals = trusted.learned().refusals;
            turn = Some(trusted.first.lock().await);
            match trusted.newest(keys) {
                Some((_, Some(refused))) if trusted.learned().refusals > refusals => return Err(refused),
                Some((_, None)) if self.is_taken(signing, keys) => turn = None,
                _ => {}
            }
        }
        let called = in_turn(&mut turn, call).await;
        match &called.outcome {
            Ok(_) | Err(ApiFault::Refused { .. }) => trusted.learn(self.now(), keys, None),
            Err(fault) => {
                for ended in fault.ends(signing) {
                    self.inner.trust.of(*ended).learn(self.now(), keys, Some(fault));
                }
            }
        }
        drop(turn);
        Ok(called)
    }

    /// Calls that come in crowds make the desk ask one question at a time while nothing is known of the key: the rest waits
    /// here for no longer than it is of use, and stands in nobody's way.
    pub(in crate::desk) async fn turn_to_ask(&self) -> Option<OwnedMutexGuard<()>> {
        if self.is_trusted(Signing::AkSk) {
            return None;
        }
        let turn = Arc::clone(&self.inner.trust.questions).lock_owned().await;
        (!self.is_trusted(Signing::AkSk)).then_some(turn)
    }

    /// Whether a signature of this kind was taken lately.
    fn is_taken(&self, signing: Signing, keys: &ApiKeys) -> bool {
        let newest = self.inner.trust.of(signing).newest(keys);
        newest.is_some_and(|(at, refused)| refused.is_none() && Span::of(at, PROVEN_MILLIS).has(self.now()))
    }

    pub(super) fn is_trusted(&self, signing: Signing) -> bool {
        self.is_taken(signing, &self.api_keys())
    }

    /// For so long from now on KooGallery is asked nothing that nobody waits for.
    pub(super) fn keep_silent(&self, millis: i64) {
        let span = Span::of(self.now(), millis);
        let mut silence = self.inner.trust.silence();
        if silence.is_none_or(|known| !known.has(span.since) || known.until < span.until) {
            *silence = Some(span);
        }
    }

    /// Until when the desk sends nothing by itself that is signed like this; `None` where it may.
    pub(in crate::desk) fn silent_until(&self, signing: Signing) -> Option<UnixMillis> {
        let refused = self.inner.trust.of(signing).newest(&self.api_keys()).filter(|(_, refused)| refused.is_some());
        let rest = refused.map(|(at, _)| Span::of(at, REST_MILLIS));
        let silence = *self.inner.trust.silence();
        rest.into_iter().chain(silence).filter(|span| span.has(self.now())).map(|span| span.until).max()
    }
}

/// Others have their turn once the key is not what it fails for.
pub(in crate::desk) async fn in_turn<T>(turn: &mut Option<impl Sized>, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    match timeout(PROMPT, work.as_mut()).await {
        Ok(done) => done,
        Err(_elapsed) => {
            drop(turn.take());
            work.await
        }
    }
}
