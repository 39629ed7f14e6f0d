//! Times as people read them: in their own zone, with what the wire says on hover. Knows `now` as it is told.

use jiff::{Timestamp, ZonedDateTime, tz::TimeZone};

use crate::protocol::UnixMillis;

/// The moment and the place in which times are told.
#[derive(Clone, Debug)]
pub struct Times {
    pub now: UnixMillis,
    pub zone: TimeZone,
}

impl Times {
    /// The hour alone where it is today, else with the date.
    pub fn short(&self, time: UnixMillis) -> String {
        let Some(zoned) = self.zoned(time) else { return time.to_string() };
        let today = self.zoned(self.now).is_some_and(|now| now.date() == zoned.date());
        zoned.strftime(if today { "%H:%M:%S" } else { "%Y-%m-%d %H:%M" }).to_string()
    }

    /// To the minute: for what lies ahead.
    pub fn minute(&self, time: UnixMillis) -> String {
        let Some(zoned) = self.zoned(time) else { return time.to_string() };
        let today = self.zoned(self.now).is_some_and(|now| now.date() == zoned.date());
        zoned.strftime(if today { "%H:%M" } else { "%Y-%m-%d %H:%M" }).to_string()
    }

    pub fn full(&self, time: UnixMillis) -> String {
        self.zoned(time)
            .map_or_else(|| time.to_string(), |zoned| zoned.strftime("%Y-%m-%d %H:%M:%S%.3f %Z").to_string())
    }

    /// As it is typed: with its offset, so that it means the same in every zone.
    pub fn typed(&self, time: UnixMillis) -> String {
        self.zoned(time).map_or_else(|| time.to_string(), |zoned| zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
    }

    pub fn hour(&self, time: UnixMillis) -> String {
        self.zoned(time).map_or_else(String::new, |zoned| zoned.strftime("%H:%M").to_string())
    }

    /// The whole time in the user's zone, and as KooGallery writes it: UTC without separators.
    pub fn hover(&self, time: UnixMillis) -> String {
        format!("{}\nUTC {}", self.full(time), time.to_compact_utc_millis())
    }

    fn zoned(&self, time: UnixMillis) -> Option<ZonedDateTime> {
        Timestamp::from_millisecond(time.0).ok().map(|timestamp| timestamp.to_zoned_datetime(self.zone.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times() -> Times {
        Times { now: UnixMillis(1_789_000_000_000), zone: TimeZone::fixed(jiff::tz::offset(8)) }
    }

    #[test]
    fn today_is_told_without_its_date() {
        let times = times();
        assert_eq!(times.short(times.now), "08:26:40");
        assert_eq!(times.short(times.now.plus_millis(-86_400_000)), "2026-09-09 08:26");
        assert_eq!(times.minute(times.now.plus_millis(60_000)), "08:27");
        assert_eq!(times.typed(times.now), "2026-09-10T08:26:40+08:00");
    }

    #[test]
    fn hovering_tells_what_the_wire_says() {
        let times = times();
        assert_eq!(times.hover(times.now), "2026-09-10 08:26:40.000 +08\nUTC 20260910002640000");
    }

    #[test]
    fn no_time_is_too_far() {
        assert!(!times().short(UnixMillis(i64::MAX)).is_empty());
    }
}
