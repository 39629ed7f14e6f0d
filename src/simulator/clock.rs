//! What time the marketplace believes it is. Knows nothing of what is done with it.

use std::{fmt, sync::Arc};

use jiff::{Span, Timestamp, ToSpan as _, tz::TimeZone};

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

/// `30d`, `1mo 2h`, `P1Y` later, by the calendar. `None` where that is no time, or one before.
pub fn later(time: UnixMillis, by: &str) -> Option<UnixMillis> {
    let span: Span = by.trim().parse().ok().filter(|span: &Span| !span.is_negative())?;
    let time = Timestamp::from_millisecond(time.0).ok()?.to_zoned_datetime(TimeZone::UTC).checked_add(span).ok()?;
    Some(UnixMillis(time.timestamp().as_millisecond()))
}

/// The same before.
fn earlier(time: UnixMillis, by: &str) -> Option<UnixMillis> {
    let span: Span = by.trim().parse().ok().filter(|span: &Span| !span.is_negative())?;
    let time = Timestamp::from_millisecond(time.0).ok()?.to_zoned_datetime(TimeZone::UTC).checked_sub(span).ok()?;
    Some(UnixMillis(time.timestamp().as_millisecond()))
}

/// ISO 8601, or `3h ago`.
pub fn told_time(now: UnixMillis, text: &str) -> Option<UnixMillis> {
    match text.strip_suffix(" ago") {
        Some(before) => earlier(now, before),
        None => UnixMillis::from_iso(text),
    }
}

/// `yyyyMMdd'T'HHmmss'Z'`, the form of `X-Sdk-Date` and of metering records.
pub(super) fn from_basic_utc(text: &str) -> Option<UnixMillis> {
    let (day, time) = text.strip_suffix('Z')?.split_once('T')?;
    if (day.len(), time.len()) != (8, 6) {
        return None;
    }
    UnixMillis::from_compact_utc(&format!("{day}{time}")).ok()
}

pub(super) fn to_basic_utc(time: UnixMillis) -> String {
    let text = time.to_compact_utc();
    text.split_at_checked(8).map_or_else(|| text.clone(), |(day, time)| format!("{day}T{time}Z"))
}

/// As the header `Date` has it: `Mon, 12 Nov 2007 15:55:01 GMT`.
pub(super) fn to_http_date(time: UnixMillis) -> String {
    let written =
        Timestamp::from_millisecond(time.0).map(|time| time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
    written.unwrap_or_default()
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
    fn a_basic_time_is_read_as_it_is_written() {
        let time = from_basic_utc("20261123T120000Z").unwrap();
        assert_eq!(to_basic_utc(time), "20261123T120000Z");
        assert_eq!(to_http_date(time), "Mon, 23 Nov 2026 12:00:00 GMT");
        for text in ["20261123120000", "20261123T120000", "2026112T1200000Z", "20261323T120000Z", "TZ", ""] {
            assert_eq!(from_basic_utc(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_later_is_told_as_people_write_it() {
        let time = UnixMillis::from_compact_utc("20260131101112").unwrap();
        for (by, told) in [("30d", "20260302101112"), ("1mo", "20260228101112"), ("1 year 2h", "20270131121112")] {
            assert_eq!(later(time, by).unwrap().to_compact_utc(), told, "{by}");
        }
        assert_eq!((later(time, "soon"), later(time, "-1d")), (None, None));
        assert_eq!(earlier(time, "1mo 11m").unwrap().to_compact_utc(), "20251231100012");
    }

    #[test]
    fn where_the_calendar_ends_nothing_is_added() {
        assert_eq!(plus_months(UnixMillis(i64::MAX), 1), UnixMillis(i64::MAX));
        let last = UnixMillis::from_compact_utc("99991201000000").unwrap();
        assert_eq!(plus_months(last, 12), last);
    }
}
