//! The marketplace's own time, and what is due in it.
//!
//! Two times are kept apart. What a seller checks against a real clock is real: the `timestamp` of a signature, V1's
//! `timeStamp`, the gateway's freshness of `X-Sdk-Date`. Everything else is the marketplace's time: when an order is placed
//! and expires, when something is tried again, what the order query and the bill job say. It goes as the pace says: with the
//! real clock, faster, or from one due thing to the next; and it can be put forward, which leaves out nothing that was due in
//! between.

use std::{collections::BTreeMap, sync::Mutex, time::Duration};

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::{Clock, MessageId, Pace, delivery::lock};
use crate::protocol::{
    UnixMillis,
    id::{InstanceId, LicenseCode},
};

/// A clock that is put forward, and a computer that sleeps, are noticed after this at the latest.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// Something that happens by itself. Whether it still has to is looked at when it is due.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Due {
    /// The next try, or the next query for what is being made.
    Try(MessageId),
    Expiry(InstanceId),
    EndOfRetention(InstanceId),
    LicenseExpiry(LicenseCode),
    LicenseEndOfRetention(LicenseCode),
    /// 自动化拨测.
    Probe,
    BillJob,
}

#[derive(Debug)]
pub(super) struct Timeline {
    clock: Clock,
    pace: Pace,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug)]
struct State {
    /// The marketplace's time when `clock` said `since`.
    base: UnixMillis,
    since: UnixMillis,
    /// By time, and in the order of planning.
    due: BTreeMap<(UnixMillis, u64), Due>,
    planned: u64,
}

impl Timeline {
    pub(super) fn new(clock: Clock, pace: Pace, begins_at: Option<UnixMillis>) -> Self {
        let since = clock.now();
        let state = State { base: begins_at.unwrap_or(since), since, due: BTreeMap::new(), planned: 0 };
        Self { clock, pace, state: Mutex::new(state), changed: Notify::new() }
    }

    pub(super) const fn jumps(&self) -> bool {
        self.pace.jumps()
    }

    pub(super) fn now(&self) -> UnixMillis {
        self.now_in(&lock(&self.state))
    }

    fn now_in(&self, state: &State) -> UnixMillis {
        state.base.plus_millis(self.pace.passes(self.clock.now().millis_since(state.since)))
    }

    pub(super) fn plan(&self, at: UnixMillis, due: Due) {
        let mut state = lock(&self.state);
        state.planned += 1;
        let number = state.planned;
        state.due.insert((at, number), due);
        drop(state);
        self.changed.notify_one();
    }

    /// What has become due by now.
    pub(super) fn take_due(&self) -> Option<Due> {
        let mut state = lock(&self.state);
        let now = self.now_in(&state);
        let entry = state.due.first_entry().filter(|entry| entry.key().0 <= now)?;
        Some(entry.remove())
    }

    /// Goes on to the first thing that is due until then, and takes it; without one, nothing moves.
    pub(super) fn jump_to_next(&self, until: UnixMillis) -> Option<Due> {
        let mut state = lock(&self.state);
        let entry = state.due.first_entry().filter(|entry| entry.key().0 <= until)?;
        let ((at, _), due) = entry.remove_entry();
        self.put(&mut state, at);
        Some(due)
    }

    /// Time never goes back.
    pub(super) fn jump_to(&self, time: UnixMillis) {
        self.put(&mut lock(&self.state), time);
        self.changed.notify_one();
    }

    fn put(&self, state: &mut State, time: UnixMillis) {
        let now = self.now_in(state);
        (state.base, state.since) = (now.max(time), self.clock.now());
    }

    /// Until something is due, as well as can be told.
    pub(super) async fn wait(&self) {
        let next = {
            let state = lock(&self.state);
            let now = self.now_in(&state);
            state.due.first_key_value().map(|((at, _), _)| self.pace.wait(at.millis_since(now)))
        };
        let sleep = next.unwrap_or(LONGEST_SLEEP).min(LONGEST_SLEEP);
        tokio::select! {
            () = tokio::time::sleep(sleep), if next.is_some() => {}
            () = self.changed.notified() => {}
        }
    }

    /// For the file in which a marketplace is kept.
    pub(super) fn agenda(&self) -> (UnixMillis, Vec<(UnixMillis, Due)>) {
        let state = lock(&self.state);
        (self.now_in(&state), state.due.iter().map(|((at, _), due)| (*at, due.clone())).collect())
    }

    /// As it was when it was kept; what should have happened meanwhile happens now.
    pub(super) fn resume(&self, now: UnixMillis, agenda: Vec<(UnixMillis, Due)>) {
        let mut state = lock(&self.state);
        (state.base, state.since) = (now, self.clock.now());
        state.due = agenda.into_iter().zip(1..).map(|((at, due), number)| ((at, number), due)).collect();
        state.planned = u64::try_from(state.due.len()).unwrap_or(u64::MAX);
        drop(state);
        self.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: UnixMillis = UnixMillis(1_795_435_200_000);

    #[test]
    fn time_jumps_from_one_due_thing_to_the_next_and_never_back() {
        let timeline = Timeline::new(Clock::fixed(UnixMillis(5)), Pace::jumping(), Some(BEGIN));
        assert_eq!(timeline.now(), BEGIN);
        let of = |id| Due::Try(MessageId(id));
        timeline.plan(BEGIN.plus_millis(2_000), of(2));
        timeline.plan(BEGIN.plus_millis(1_000), of(1));
        timeline.plan(BEGIN.plus_millis(2_000), of(3));
        assert_eq!(timeline.take_due(), None, "nothing is due yet");
        assert_eq!(timeline.jump_to_next(BEGIN.plus_millis(999)), None);
        for (due, at) in [(1, 1_000), (2, 2_000), (3, 2_000)] {
            assert_eq!(timeline.jump_to_next(BEGIN.plus_millis(9_000)), Some(of(due)));
            assert_eq!(timeline.now(), BEGIN.plus_millis(at));
        }
        timeline.jump_to(BEGIN);
        assert_eq!(timeline.now(), BEGIN.plus_millis(2_000));
    }

    #[test]
    fn a_faster_clock_runs_on_from_where_it_was_put() {
        let here = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(0));
        let told = std::sync::Arc::clone(&here);
        let clock = Clock::new(move || UnixMillis(told.load(std::sync::atomic::Ordering::Relaxed)));
        let timeline = Timeline::new(clock, Pace::with_hour(Duration::from_secs(1)), Some(BEGIN));
        here.store(10, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(timeline.now(), BEGIN.plus_millis(36_000));
        timeline.jump_to(BEGIN.plus_millis(100_000));
        here.store(20, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(timeline.now(), BEGIN.plus_millis(136_000));
    }
}
