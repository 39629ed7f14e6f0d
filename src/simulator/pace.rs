//! How fast the marketplace's time goes by. Pure; knows no clock.

use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

/// How fast the marketplace's hours go by. Only its own time is scaled: the timeout of a call is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// `None`: time stands still, and goes from one due thing to the next where somebody asks for it.
    hour: Option<Duration>,
}

impl Pace {
    pub const fn real() -> Self {
        Self { hour: Some(HOUR) }
    }

    /// An hour takes this long. Where it takes no time at all, time jumps.
    pub const fn with_hour(hour: Duration) -> Self {
        if hour.is_zero() { Self::jumping() } else { Self { hour: Some(hour) } }
    }

    pub const fn jumping() -> Self {
        Self { hour: None }
    }

    pub const fn jumps(self) -> bool {
        self.hour.is_none()
    }

    /// What goes by at the marketplace while `millis` go by here.
    pub(super) fn passes(self, millis: i64) -> i64 {
        self.hour.map_or(0, |hour| scaled(millis, HOUR, hour))
    }

    /// How long one waits here until `millis` have gone by at the marketplace, and not a bit less.
    pub(super) fn wait(self, millis: i64) -> Duration {
        let here = self.hour.map_or(0, |hour| scaled(millis.max(0), hour, HOUR));
        Duration::from_millis(u64::try_from(here).unwrap_or_default().saturating_add(1))
    }
}

/// Through nanoseconds, because an hour may take less than a second.
fn scaled(millis: i64, factor: Duration, of: Duration) -> i64 {
    let whole = |duration: Duration| i128::try_from(duration.as_nanos()).unwrap_or(i128::MAX).max(1);
    let scaled = i128::from(millis).saturating_mul(whole(factor)) / whole(of);
    i64::try_from(scaled).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scaled_hour_scales_every_wait() {
        let pace = Pace::with_hour(Duration::from_secs(2));
        assert_eq!(pace.passes(2_000), 3_600_000);
        assert_eq!(pace.wait(3_600_000), Duration::from_millis(2_001));
        assert_eq!((Pace::real().passes(77), Pace::real().wait(77)), (77, Duration::from_millis(78)));
    }

    #[test]
    fn where_an_hour_takes_no_time_nothing_goes_by_by_itself() {
        let pace = Pace::with_hour(Duration::ZERO);
        assert!(pace.jumps());
        assert_eq!(pace.passes(1_000_000), 0);
    }
}
