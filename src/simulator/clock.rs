//! What time the marketplace believes it is. Knows nothing of what is done with it.

use std::{fmt, sync::Arc};

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};

use crate::protocol::UnixMillis;

/// A source of `now`. Cheap to clone.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> UnixMillis + Send + Sync>);

impl Clock {
    pub fn new(now: impl Fn() -> UnixMillis + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// This computer's clock.
    #[expect(clippy::disallowed_methods, reason = "the marketplace's time is not the desk's")]
    pub fn system() -> Self {
        Self::new(|| UnixMillis(Timestamp::now().as_millisecond()))
    }

    /// This computer's clock, off by `millis`: a marketplace whose clock is wrong, or one that has a seller's is.
    pub fn system_off_by(millis: i64) -> Self {
        let system = Self::system();
        Self::new(move || system.now().plus_millis(millis))
    }

    pub fn fixed(now: UnixMillis) -> Self {
        Self::new(move || now)
    }

    pub fn now(&self) -> UnixMillis {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}

/// The same day and time some months later, or the last day of a shorter month. Unchanged where the calendar ends.
pub(super) fn plus_months(time: UnixMillis, months: u16) -> UnixMillis {
    Timestamp::from_millisecond(time.0)
        .and_then(|time| time.to_zoned_datetime(TimeZone::UTC).checked_add(i64::from(months).months()))
        .map_or(time, |later| UnixMillis(later.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_a_calendar_month() {
        let time = UnixMillis::from_compact_utc("20270131101112").unwrap();
        assert_eq!(plus_months(time, 1).to_compact_utc(), "20270228101112");
        assert_eq!(plus_months(time, 12).to_compact_utc(), "20280131101112");
    }

    #[test]
    fn where_the_calendar_ends_nothing_is_added() {
        assert_eq!(plus_months(UnixMillis(i64::MAX), 1), UnixMillis(i64::MAX));
        let last = UnixMillis::from_compact_utc("99991201000000").unwrap();
        assert_eq!(plus_months(last, 12), last);
    }
}
