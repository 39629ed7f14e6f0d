//! The time on the stage: of the desk, of every marketplace and of the product alike, so that whatever is signed is fresh. It
//! begins in the past, so that there is something to tell of, is put forward through it, and is the wall clock's in the end;
//! it is never ahead of it.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use crate::{cli::open::system_time, desk, protocol::UnixMillis, simulator};

#[derive(Clone)]
pub(super) struct StageClock {
    /// Milliseconds behind the wall clock.
    behind: Arc<AtomicI64>,
}

impl StageClock {
    pub(super) fn beginning_before(millis: i64) -> Self {
        Self { behind: Arc::new(AtomicI64::new(millis.max(0))) }
    }

    pub(super) fn now(&self) -> UnixMillis {
        system_time().plus_millis(-self.behind.load(Ordering::Relaxed))
    }

    /// Goes back never.
    pub(super) fn put_forward_to(&self, time: UnixMillis) {
        let behind = system_time().millis_since(time).max(0);
        self.behind.fetch_min(behind, Ordering::Relaxed);
    }

    pub(super) fn of_desk(&self) -> desk::Clock {
        let clock = self.clone();
        Arc::new(move || clock.now())
    }

    pub(super) fn of_simulator(&self) -> simulator::Clock {
        let clock = self.clone();
        simulator::Clock::new(move || clock.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24 * 3_600_000;

    #[test]
    fn time_goes_forward_to_the_wall_clocks_and_no_further() {
        let clock = StageClock::beginning_before(DAY);
        let begin = clock.now();
        assert!((DAY..DAY + 60_000).contains(&system_time().millis_since(begin)));
        clock.put_forward_to(begin.plus_millis(DAY / 2));
        clock.put_forward_to(begin);
        assert!(clock.now().millis_since(begin) >= DAY / 2, "never back");
        clock.put_forward_to(begin.plus_millis(9 * DAY));
        assert!((0..60_000).contains(&system_time().millis_since(clock.now())));
    }
}
