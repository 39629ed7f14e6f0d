//! Points in time as the wire writes them. Knows no clock: `now` is always an argument.

use std::fmt;

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// `yyyyMMddHHmmss` or `yyyyMMddHHmmssSSS` in UTC. The pages name the first form and show the second
    /// (zh-cn_topic_0070649429), so both are taken.
    pub fn from_compact_utc(text: &str) -> Result<Self, MalformedTime> {
        let malformed = || MalformedTime(text.chars().take(32).collect());
        if !matches!(text.len(), 14 | 17) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(malformed());
        }
        let digits = |from: usize, to: usize| {
            text.get(from..to).and_then(|digits| digits.parse::<i16>().ok()).ok_or_else(malformed)
        };
        let small = |from: usize, to: usize| digits(from, to).and_then(|n| i8::try_from(n).map_err(|_| malformed()));
        let millis = if text.len() == 17 { i32::from(digits(14, 17)?) } else { 0 };
        let civil = DateTime::new(
            digits(0, 4)?,
            small(4, 6)?,
            small(6, 8)?,
            small(8, 10)?,
            small(10, 12)?,
            small(12, 14)?,
            millis * 1_000_000,
        )
        .map_err(|_| malformed())?;
        TimeZone::UTC.to_timestamp(civil).map(|time| Self(time.as_millisecond())).map_err(|_| malformed())
    }

    /// ISO 8601 with its offset, as people write it: `2026-01-31T08:00:00+08:00`.
    pub fn from_iso(text: &str) -> Option<Self> {
        text.parse::<Timestamp>().ok().map(|time| Self(time.as_millisecond()))
    }

    /// `yyyyMMddHHmmss` in UTC.
    pub fn to_compact_utc(self) -> String {
        self.strftime("%Y%m%d%H%M%S")
    }

    /// `yyyyMMddHHmmssSSS` in UTC.
    pub fn to_compact_utc_millis(self) -> String {
        format!("{}{:03}", self.to_compact_utc(), self.0.rem_euclid(1000))
    }

    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Positive where `self` is later.
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    fn strftime(self, format: &str) -> String {
        Timestamp::from_millisecond(self.0)
            .map_or_else(|_| self.0.to_string(), |time| time.strftime(format).to_string())
    }
}

/// RFC 3339 in UTC with milliseconds, for logs and JSON.
impl fmt::Display for UnixMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}Z", self.strftime("%Y-%m-%dT%H:%M:%S"), self.0.rem_euclid(1000))
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time of the form yyyyMMddHHmmss or yyyyMMddHHmmssSSS")]
pub struct MalformedTime(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lengths_of_an_expire_time_are_read() {
        let short = UnixMillis::from_compact_utc("20221124023618").unwrap();
        let long = UnixMillis::from_compact_utc("20221124023618256").unwrap();
        assert_eq!(short, UnixMillis(1_669_257_378_000));
        assert_eq!(long.millis_since(short), 256);
        assert_eq!(long.to_compact_utc_millis(), "20221124023618256");
        assert_eq!(long.to_string(), "2022-11-24T02:36:18.256Z");
    }

    #[test]
    fn a_time_that_people_write_names_its_offset() {
        let time = UnixMillis::from_iso("2022-11-24T10:36:18+08:00").unwrap();
        assert_eq!(time, UnixMillis::from_compact_utc("20221124023618").unwrap());
        assert_eq!(UnixMillis::from_iso("2022-11-24T10:36:18"), None);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in
            ["", "2022", "20221324023618", "20221124023618.56", "２０２２1124", "202211240236182", "99999999999999"]
        {
            assert!(UnixMillis::from_compact_utc(text).is_err(), "{text}");
        }
    }
}
