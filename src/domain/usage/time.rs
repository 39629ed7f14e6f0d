//! Times as people write them into tables. The wire says UTC and the seller's people type what their clock shows, so a time
//! without an offset means nothing unless somebody says for which zone it was written.

use jiff::{
    civil::DateTime,
    fmt::strtime,
    tz::{Offset, TimeZone},
};

use super::UsageProblem;
use crate::protocol::UnixMillis;

/// With `-` for `/` and `T` for a blank, which the parser would do without. Hours and the like may have one digit.
const FORMS: [&str; 4] = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y%m%dT%H%M%S", "%Y-%m-%d"];
const LONGEST: usize = 64;

/// ISO 8601 (`2022-08-09T16:00:00+08:00`, `2022-08-09 08:00Z`), the wire's own `20220809T080000Z`, and what a spreadsheet
/// makes of a date (`2022/8/9 16:00`). `zone` is for those without an offset.
pub fn parse_time(column: &str, text: &str, zone: Option<&TimeZone>) -> Result<UnixMillis, UsageProblem> {
    let told = || text.chars().take(LONGEST).collect::<String>();
    let no_time = || UsageProblem::NoTime { column: column.to_owned(), text: told() };
    let (local, offset) = split_offset(text.trim()).ok_or_else(no_time)?;
    let local = local.trim_end().replace('/', "-").replacen([' ', 't'], "T", 1);
    let time = FORMS.iter().find_map(|form| parse(form, &local)).ok_or_else(no_time)?;
    let timestamp = match (offset, zone) {
        (Some(offset), _) => offset.to_timestamp(time).map_err(|_| no_time())?,
        (None, Some(zone)) => {
            zone.to_ambiguous_timestamp(time).unambiguous().map_err(|_| UsageProblem::AmbiguousTime {
                column: column.to_owned(),
                text: told(),
                zone: zone.iana_name().unwrap_or("the chosen zone").to_owned(),
            })?
        }
        (None, None) => return Err(UsageProblem::NoZone { column: column.to_owned(), text: told() }),
    };
    if timestamp.subsec_nanosecond() != 0 {
        return Err(UsageProblem::FractionOfSecond { column: column.to_owned() });
    }
    Ok(UnixMillis(timestamp.as_millisecond()))
}

fn parse(form: &str, text: &str) -> Option<DateTime> {
    strtime::parse(form, text).ok()?.to_datetime().ok()
}

/// The time, and the offset behind it if there is one. `None` where what stands there is none.
fn split_offset(text: &str) -> Option<(&str, Option<Offset>)> {
    if let Some(time) = text.strip_suffix(['Z', 'z']).or_else(|| text.strip_suffix("UTC")) {
        return Some((time, Some(Offset::UTC)));
    }
    // The sign of an offset comes behind the hours, those of a date before.
    let clock = text.find(['T', 't', ' ']).unwrap_or(text.len());
    let Some(at) = text.rfind(['+', '-']).filter(|at| *at > clock) else { return Some((text, None)) };
    let (time, offset) = text.split_at_checked(at)?;
    let digits: String = offset.chars().skip(1).filter(|c| *c != ':').collect();
    if !matches!(digits.len(), 2 | 4) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let hours: i32 = digits.get(..2)?.parse().ok()?;
    let minutes: i32 = digits.get(2..).filter(|minutes| !minutes.is_empty()).map_or(Ok(0), str::parse).ok()?;
    let seconds = (hours * 60 + minutes) * 60;
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    Some((time, Some(Offset::from_seconds(sign * seconds).ok()?)))
}

#[cfg(test)]
mod tests {
    use jiff::tz;

    use super::*;

    /// 2022-08-09T08:00:00Z.
    const EIGHT: UnixMillis = UnixMillis(1_660_032_000_000);

    #[test]
    fn every_form_of_one_moment_is_read() {
        for text in [
            "20220809T080000Z",
            "2022-08-09T08:00:00Z",
            "2022-08-09T08:00:00.000Z",
            "2022-08-09 08:00Z",
            " 2022-08-09 08:00:00 UTC ",
            "2022-08-09t08:00:00z",
            "2022-08-09T16:00:00+08:00",
            "2022-08-09T16:00+0800",
            "2022/8/9 16:00 +08",
            "2022-08-09T02:30:00-05:30",
            "20220809T160000+0800",
        ] {
            assert_eq!(parse_time("beginTime", text, None), Ok(EIGHT), "{text}");
        }
    }

    #[test]
    fn a_time_without_an_offset_needs_a_zone() {
        let beijing = TimeZone::fixed(tz::offset(8));
        for text in
            ["2022-08-09 16:00:00", "2022-08-09T16:00", "2022/8/9 16:00", "2022/08/09 16:00:00", "20220809T160000"]
        {
            let refused = UsageProblem::NoZone { column: "endTime".into(), text: text.into() };
            assert_eq!(parse_time("endTime", text, None), Err(refused), "{text}");
            assert_eq!(parse_time("endTime", text, Some(&beijing)), Ok(EIGHT), "{text}");
        }
        assert_eq!(parse_time("endTime", "2022-08-09", Some(&beijing)), Ok(EIGHT.plus_millis(-16 * 3_600_000)));
        assert_eq!(parse_time("endTime", "2022-08-09T08:00:00Z", Some(&beijing)), Ok(EIGHT), "what it says holds");
    }

    #[test]
    fn what_is_no_time_is_named() {
        let beijing = TimeZone::fixed(tz::offset(8));
        for text in [
            "",
            "x",
            "08:00",
            "2022",
            "2022-13-01 00:00",
            "2022-02-29 00:00",
            "09.08.2022 16:00",
            "2022-08-09 25:00",
            "2022-08-09T08:00:00+8",
            "2022-08-09T08:00:00+99:00",
            "2022-08-09T08:00:00+08:00:00",
            "2022-08-09 08:00 AM",
            "44782.33",
            "1660032000000",
            "２０２２-08-09 16:00",
            "2022-08-09T",
        ] {
            let expected = UsageProblem::NoTime { column: "beginTime".into(), text: text.into() };
            assert_eq!(parse_time("beginTime", text, Some(&beijing)), Err(expected), "{text}");
        }
        let fraction = UsageProblem::FractionOfSecond { column: "beginTime".into() };
        assert_eq!(parse_time("beginTime", "2022-08-09T08:00:00.5Z", None), Err(fraction));
    }

    #[test]
    fn an_hour_that_is_there_twice_is_not_guessed() {
        let berlin = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        for text in ["2026-10-25 02:30", "2026-03-29 02:30"] {
            let refused = parse_time("beginTime", text, Some(&berlin));
            assert!(matches!(refused, Err(UsageProblem::AmbiguousTime { .. })), "{text}: {refused:?}");
        }
        assert!(parse_time("beginTime", "2026-10-25 02:30+02:00", Some(&berlin)).is_ok());
    }
}
