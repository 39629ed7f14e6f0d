//! Refused calls: how many an address may make before it is told no more, and the bounded list of them. Calls that are
//! signed right are never held up by it.

use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
};

use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Refused calls a minute and address that are answered and kept.
const PER_MINUTE: NonZeroU32 = NonZeroU32::new(120).expect("120 is not 0");
/// Refused calls a second, of all addresses together, whose signature is looked into: each costs some milliseconds.
const EXPLAINED_PER_SECOND: NonZeroU32 = NonZeroU32::new(50).expect("50 is not 0");
/// Addresses that have been quiet are forgotten after this many refusals.
const TIDY_EVERY: u32 = 1_000;

pub(super) struct Refusals {
    limiter: DefaultKeyedRateLimiter<IpAddr>,
    since_tidy: AtomicU32,
    explained: DefaultDirectRateLimiter,
}

impl Refusals {
    pub(super) fn new() -> Self {
        Self {
            limiter: RateLimiter::keyed(Quota::per_minute(PER_MINUTE)),
            since_tidy: AtomicU32::new(0),
            explained: RateLimiter::direct(Quota::per_second(EXPLAINED_PER_SECOND)),
        }
    }

    /// Whether one more refused call of the address is answered and kept.
    pub(super) fn admit(&self, address: IpAddr) -> bool {
        if self.since_tidy.fetch_add(1, Ordering::Relaxed) >= TIDY_EVERY {
            self.since_tidy.store(0, Ordering::Relaxed);
            self.limiter.retain_recent();
        }
        self.limiter.check_key(&address).is_ok()
    }

    /// Whether one more refused call is looked into.
    pub(super) fn may_explain(&self) -> bool {
        self.explained.check().is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_told_no_more_and_the_others_are_not_concerned() {
        let refusals = Refusals::new();
        let (noisy, quiet) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        assert!((0..PER_MINUTE.get()).all(|_| refusals.admit(noisy)));
        assert!(!refusals.admit(noisy));
        assert!(refusals.admit(quiet));
    }

    #[test]
    fn many_addresses_together_do_not_have_everything_looked_into() {
        let refusals = Refusals::new();
        let explained = (0..1_000).filter(|_| refusals.may_explain()).count();
        assert!((50..500).contains(&explained), "{explained}");
    }
}
