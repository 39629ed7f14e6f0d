//! What comes next and on which day, at the edges of days, zones and spans.

use jiff::tz;

use super::*;
use crate::protocol::id::LicenseCode;

const POLICY: GracePolicy = GracePolicy { grace_days: 15, retention_days: 10 };

fn at(text: &str) -> UnixMillis {
    UnixMillis::from_iso(text).unwrap()
}

fn license(code: &str, status: LicenseStatus, expires: Option<UnixMillis>) -> License {
    let added = License::added(World::Live, LicenseCode::new(code), UnixMillis(0));
    License { status, expire_time: expires, ..added }
}

#[test]
fn what_comes_next_follows_from_status_and_expiry() {
    use LicenseStatus::{Active, Added, Expired, Frozen, Released};
    use NextStep::{Expiry, GraceEnd, Release};
    let expires = at("2026-11-30T08:00:00+08:00");
    let (grace_ends, released) = (at("2026-12-15T08:00:00+08:00"), at("2026-12-25T08:00:00+08:00"));
    let before = expires.plus_millis(-1);
    let long_after = at("2027-02-01T00:00:00+08:00");
    let table = [
        (Added, before, Some((Expiry, expires))),
        (Active, before, Some((Expiry, expires))),
        (Expired, before, Some((Expiry, expires))),
        (Frozen, before, Some((Expiry, expires))),
        (Released, before, None),
        (Added, expires, Some((GraceEnd, grace_ends))),
        (Active, expires, Some((GraceEnd, grace_ends))),
        (Expired, expires, Some((GraceEnd, grace_ends))),
        (Frozen, expires, Some((Release, released))),
        (Released, expires, None),
        // Overdue: no call told of it.
        (Active, long_after, Some((GraceEnd, grace_ends))),
        (Frozen, long_after, Some((Release, released))),
    ];
    for (status, now, expected) in table {
        let told = next(&license("PL1", status, Some(expires)), POLICY, now).map(|next| (next.step, next.at));
        assert_eq!(told, expected, "{status} at {now}");
    }
    assert_eq!(next(&license("PL1", Active, None), POLICY, expires), None);
}

#[test]
fn a_day_is_the_users_own() {
    let zone = |hours| TimeZone::fixed(tz::offset(hours));
    let table = [
        // 23:59 and a minute later are two days, in Beijing as in UTC, but not the same two.
        ("2026-11-24T15:59:59Z", "2026-11-24T16:00:00Z", 8, 1),
        ("2026-11-24T15:59:59Z", "2026-11-24T16:00:00Z", 0, 0),
        ("2026-11-24T23:59:59Z", "2026-11-25T00:00:00Z", 0, 1),
        ("2026-11-24T23:59:59Z", "2026-11-25T00:00:00Z", 8, 0),
        ("2026-11-24T02:30:00Z", "2026-11-24T02:29:00Z", 8, 0),
        ("2026-11-24T02:30:00Z", "2026-11-23T02:30:00Z", 8, -1),
        ("2026-11-24T02:30:00Z", "2026-12-01T02:30:00Z", 8, 7),
        ("2026-02-28T12:00:00Z", "2026-03-01T12:00:00Z", -11, 1),
        ("2028-02-28T12:00:00Z", "2028-03-01T12:00:00Z", -11, 2),
    ];
    for (now, then, hours, expected) in table {
        assert_eq!(days_until(at(then), at(now), &zone(hours)), Some(expected), "{now} to {then} at {hours}");
    }
    assert_eq!(days_until(UnixMillis(i64::MAX), UnixMillis(0), &zone(0)), None);
}

#[test]
fn a_day_ends_where_the_clock_is_put_back_too() {
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    // 25 hours long.
    let now = at("2026-10-25T00:30:00+02:00");
    assert_eq!(end_of_day(now, 0, &berlin), Some(at("2026-10-25T23:59:59.999+01:00")));
    assert_eq!(end_of_day(now, 7, &berlin), Some(at("2026-11-01T23:59:59.999+01:00")));
    assert_eq!(days_until(at("2026-10-26T00:00:00+01:00"), now, &berlin), Some(1));
    let beijing = TimeZone::fixed(tz::offset(8));
    assert_eq!(end_of_day(at("2026-11-24T23:59:59.999+08:00"), 7, &beijing), Some(at("2026-12-01T23:59:59.999+08:00")));
}

/// Whatever a reach finds is what `next` says, and nothing is left out, at each edge.
#[test]
fn the_reaches_are_exactly_what_happens_until_then() {
    let now = at("2026-11-24T10:30:00+08:00");
    for until in [None, Some(now), Some(now.plus_millis(7 * DAY_MILLIS)), Some(now.plus_millis(-DAY_MILLIS))] {
        let found = reaches(POLICY, now, until);
        let end = until.unwrap_or(UnixMillis(i64::MAX));
        for status in LicenseStatus::ALL {
            for base in [now, end, end.plus_millis(-15 * DAY_MILLIS), end.plus_millis(-25 * DAY_MILLIS)] {
                for off in [-1, 0, 1] {
                    let expires = base.plus_millis(off);
                    let times = found
                        .iter()
                        .filter(|reach| {
                            reach.statuses.contains(&status) && reach.after < expires && expires <= reach.until
                        })
                        .count();
                    let next = next(&license("PL1", status, Some(expires)), POLICY, now);
                    let expected = usize::from(next.is_some_and(|next| next.at <= end));
                    assert_eq!(times, expected, "{status} {expires} until {until:?}");
                }
            }
        }
    }
}

#[test]
fn the_soonest_come_first_and_overdue_ones_before_all() {
    use LicenseStatus::{Active, Frozen, Released};
    let now = at("2026-11-24T10:30:00+08:00");
    let days = |days: i64| Some(now.plus_millis(days * DAY_MILLIS));
    let licenses = vec![
        license("later", Active, days(9)),
        license("soon", Active, days(2)),
        license("also-soon", Active, days(2)),
        license("in-grace", Active, days(-12)),
        license("never-frozen", Active, days(-40)),
        license("frozen", Frozen, days(-20)),
        license("gone", Released, days(-40)),
        license("undated", Active, None),
    ];
    let names = |calendar: &LicenseCalendar| -> Vec<String> {
        calendar.entries.iter().map(|entry| entry.license.license.to_string()).collect()
    };
    let all = LicenseCalendar::of(licenses.clone(), POLICY, now, 10);
    assert_eq!(names(&all), ["never-frozen", "also-soon", "soon", "in-grace", "frozen", "later"]);
    assert!(!all.more && all.entries[0].next.at < now);
    let first = LicenseCalendar::of(licenses, POLICY, now, 2);
    assert_eq!((names(&first).len(), first.more), (2, true));
}
