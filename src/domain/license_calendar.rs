//! What happens next to each authorization code, and on which day of whose zone. KooGallery tells the expiry alone: grace
//! (宽限期, the code is usable still) and retention (保留期, frozen, the buyer's data is kept) last «at most 15 days by the
//! customer's level» (zh-cn_topic_0070649173), so what comes after the expiry is told for the latest day. Knows no clock.

use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{License, LicenseStatus, World};
use crate::protocol::UnixMillis;

const DAY_MILLIS: i64 = 24 * 3_600_000;
/// More days than any level has.
pub const MAX_DAYS: u16 = 365;

/// `[licenses]` of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GracePolicy {
    /// From the expiry until the code is frozen.
    pub grace_days: u16,
    /// From then until it is released.
    pub retention_days: u16,
}

impl Default for GracePolicy {
    fn default() -> Self {
        Self { grace_days: 15, retention_days: 15 }
    }
}

impl GracePolicy {
    pub fn grace_ends(self, expire_time: UnixMillis) -> UnixMillis {
        expire_time.plus_millis(i64::from(self.grace_days) * DAY_MILLIS)
    }

    pub fn released_at(self, expire_time: UnixMillis) -> UnixMillis {
        self.grace_ends(expire_time).plus_millis(i64::from(self.retention_days) * DAY_MILLIS)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NextStep {
    Expiry,
    /// KooGallery freezes it, unless it is renewed.
    GraceEnd,
    /// KooGallery releases it, unless it is renewed.
    Release,
}

impl NextStep {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Expiry => "expiry",
            Self::GraceEnd => "grace-end",
            Self::Release => "release",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Next {
    pub step: NextStep,
    pub at: UnixMillis,
}

/// `None` where nothing is to come, or where nobody told when it expires. A step that is over and of which no call told is
/// overdue, and stays the next.
pub fn next(license: &License, policy: GracePolicy, now: UnixMillis) -> Option<Next> {
    let expires = license.expire_time?;
    let (step, at) = match license.status {
        LicenseStatus::Released => return None,
        _ if now < expires => (NextStep::Expiry, expires),
        LicenseStatus::Frozen => (NextStep::Release, policy.released_at(expires)),
        LicenseStatus::Added | LicenseStatus::Active | LicenseStatus::Expired => {
            (NextStep::GraceEnd, policy.grace_ends(expires))
        }
    };
    Some(Next { step, at })
}

/// Which codes, and how far ahead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct CalendarQuery {
    pub world: World,
    /// `None` for everything that is to come.
    pub until: Option<UnixMillis>,
}

/// Codes whose next step is the same one. Among them the next step is the later, the later they expire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    pub statuses: &'static [LicenseStatus],
    /// Of `expire_time`, exclusive.
    pub after: UnixMillis,
    /// Of `expire_time`, inclusive.
    pub until: UnixMillis,
}

/// All codes that something happens to next until then, overdue ones included.
pub fn reaches(policy: GracePolicy, now: UnixMillis, until: Option<UnixMillis>) -> [Reach; 3] {
    use LicenseStatus::{Active, Added, Expired, Frozen};
    let until = until.unwrap_or(UnixMillis(i64::MAX));
    let earliest = UnixMillis(i64::MIN);
    // `released_at` of nothing is how long both last.
    let before = |millis: i64| UnixMillis(until.plus_millis(-millis).0.min(now.0));
    let (grace, both) = (policy.grace_ends(UnixMillis(0)).0, policy.released_at(UnixMillis(0)).0);
    // What expires at this moment has expired.
    [
        Reach { statuses: &[Added, Active, Expired, Frozen], after: now, until },
        Reach { statuses: &[Added, Active, Expired], after: earliest, until: before(grace) },
        Reach { statuses: &[Frozen], after: earliest, until: before(both) },
    ]
}

#[derive(Clone, Debug, PartialEq)]
pub struct CalendarEntry {
    pub license: License,
    pub next: Next,
}

/// Soonest first, so that what is overdue comes before all else.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LicenseCalendar {
    pub entries: Vec<CalendarEntry>,
    /// There are later ones.
    pub more: bool,
}

impl LicenseCalendar {
    pub fn of(licenses: Vec<License>, policy: GracePolicy, now: UnixMillis, limit: usize) -> Self {
        let entry = |license: License| next(&license, policy, now).map(|next| CalendarEntry { license, next });
        let mut entries: Vec<CalendarEntry> = licenses.into_iter().filter_map(entry).collect();
        entries.sort_by(|one, other| {
            (one.next.at, one.license.license.as_str()).cmp(&(other.next.at, other.license.license.as_str()))
        });
        let more = entries.len() > limit;
        entries.truncate(limit);
        Self { entries, more }
    }
}

pub fn day(at: UnixMillis, zone: &TimeZone) -> Option<Date> {
    Timestamp::from_millisecond(at.0).ok().map(|time| time.to_zoned_datetime(zone.clone()).date())
}

/// Midnights between the two in that zone; negative where `at` is the earlier.
pub fn days_until(at: UnixMillis, now: UnixMillis, zone: &TimeZone) -> Option<i64> {
    let (at, now) = (day(at, zone)?, day(now, zone)?);
    Some(now.duration_until(at).as_hours() / 24)
}

/// The last millisecond of the day so many days after today. `None` where no calendar reaches.
pub fn end_of_day(now: UnixMillis, days: u32, zone: &TimeZone) -> Option<UnixMillis> {
    let after = day(now, zone)?.checked_add((i64::from(days) + 1).days()).ok()?;
    let midnight = after.to_zoned_datetime(zone.clone()).ok()?;
    Some(UnixMillis(midnight.timestamp().as_millisecond() - 1))
}

#[cfg(test)]
mod tests;
