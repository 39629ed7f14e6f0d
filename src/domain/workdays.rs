//! Working days in China, by which KooGallery counts its deadlines: weekends, the holidays that are announced year by year,
//! and the weekends that are worked for them. The table is data; a newer one can be laid over the one that is built in. Knows
//! no file and no clock.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, Weekday},
    tz::{Offset, TimeZone},
};

use crate::protocol::UnixMillis;

const BUILT_IN: &str = include_str!("../../assets/workdays/china.txt");
/// A span longer than this is a slip of the pen.
const LONGEST_SPAN: usize = 31;
/// Deadlines are a few working days; more is not counted.
const FARTHEST: u32 = 1_000;

/// The zone of KooGallery's working days and calendar months.
pub fn beijing() -> TimeZone {
    Offset::from_seconds(8 * 3_600).map_or(TimeZone::UTC, TimeZone::fixed)
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workdays {
    /// Days that are not as their weekday says: true where they are worked.
    exceptions: BTreeMap<Date, bool>,
    /// Years that the table tells of.
    years: BTreeSet<i16>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: `{text}`; a line is `2026-10-01..2026-10-07 off` or `2026-10-10 work`")]
pub struct MalformedWorkdays {
    pub line: usize,
    pub text: String,
}

impl Workdays {
    pub fn built_in() -> Self {
        Self::parse(BUILT_IN).unwrap_or_default()
    }

    /// Lines of a day or `first..last`, then `off` or `work`, then anything. `#` begins a comment.
    pub fn parse(text: &str) -> Result<Self, MalformedWorkdays> {
        let mut table = Self::default();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim_start_matches('\u{feff}').trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let malformed = || MalformedWorkdays { line: number, text: line.chars().take(80).collect() };
            let mut words = line.split_whitespace();
            let (days, kind) = words.next().zip(words.next()).ok_or_else(malformed)?;
            let works = match kind {
                "off" => false,
                "work" => true,
                _ => return Err(malformed()),
            };
            let (first, last) = days.split_once("..").unwrap_or((days, days));
            let (Ok(first), Ok(last)) = (first.parse::<Date>(), last.parse::<Date>()) else { return Err(malformed()) };
            let span = first.series(1.day()).take_while(|day| *day <= last).take(LONGEST_SPAN + 1);
            let days: Vec<Date> = span.collect();
            if days.is_empty() || days.len() > LONGEST_SPAN {
                return Err(malformed());
            }
            table.years.extend(days.iter().map(|day| day.year()));
            table.exceptions.extend(days.into_iter().map(|day| (day, works)));
        }
        Ok(table)
    }

    /// With the years of a newer table in the place of its own.
    #[must_use]
    pub fn updated(mut self, newer: Self) -> Self {
        self.exceptions.retain(|day, _| !newer.years.contains(&day.year()));
        self.exceptions.extend(newer.exceptions);
        self.years.extend(newer.years);
        self
    }

    pub fn is_workday(&self, day: Date) -> bool {
        let weekday = !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        self.exceptions.get(&day).copied().unwrap_or(weekday)
    }

    /// Whether it is a public holiday, on whatever weekday.
    pub fn is_holiday(&self, day: Date) -> bool {
        self.exceptions.get(&day) == Some(&false)
    }

    /// Whether it is a day of a weekend that is worked for a holiday.
    pub fn is_made_up(&self, day: Date) -> bool {
        self.exceptions.get(&day) == Some(&true)
    }

    /// Whether the table tells of the year; else only weekends are known.
    pub fn covers(&self, year: i16) -> bool {
        self.years.contains(&year)
    }

    /// The end of the working day that is so many after this day; the day itself does not count.
    pub fn after(&self, day: Date, workdays: u32) -> Date {
        let mut left = workdays.min(FARTHEST);
        let mut at = day;
        while left > 0 {
            let Ok(next) = at.tomorrow() else { break };
            at = next;
            if self.is_workday(at) {
                left -= 1;
            }
        }
        at
    }

    /// The same of a moment: it ends with that day in Beijing.
    pub fn deadline(&self, from: UnixMillis, workdays: u32) -> UnixMillis {
        let zone = beijing();
        let Some(day) = date(from) else { return from };
        let end = self.after(day, workdays).tomorrow().ok().and_then(|next| next.to_zoned_datetime(zone).ok());
        end.map_or(from, |end| UnixMillis(end.timestamp().as_millisecond()))
    }
}

/// The day in Beijing.
pub fn date(time: UnixMillis) -> Option<Date> {
    Some(beijing().to_datetime(Timestamp::from_millisecond(time.0).ok()?).date())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn the_built_in_table_is_read_and_tells_of_whole_years() {
        let table = Workdays::parse(BUILT_IN).unwrap();
        // Days that are worked from Monday to Friday, and not, in what the State Council announced.
        for (year, expected) in [(2024, 251), (2025, 248), (2026, 248)] {
            assert!(table.covers(year));
            let days = Date::constant(year, 1, 1).series(1.day()).take_while(|day| day.year() == year);
            assert_eq!(days.filter(|day| table.is_workday(*day)).count(), expected, "{year}");
        }
        assert!(!table.covers(2027));
    }

    #[test]
    fn holidays_are_skipped_and_worked_weekends_are_not() {
        let table = Workdays::built_in();
        for (from, workdays, expected) in [
            ("2026-11-24", 3, "2026-11-27"),
            ("2026-11-26", 3, "2026-12-01"),
            // National day, and the Saturday that is worked for it.
            ("2026-09-30", 3, "2026-10-10"),
            ("2026-02-13", 1, "2026-02-14"),
            ("2026-02-13", 3, "2026-02-25"),
            ("2026-11-24", 0, "2026-11-24"),
        ] {
            assert_eq!(table.after(day(from), workdays), day(expected), "{workdays} after {from}");
        }
    }

    #[test]
    fn holidays_and_the_days_made_up_for_them_are_told_from_weekends() {
        let table = Workdays::built_in();
        for (text, holiday, made_up) in [
            ("2026-10-03", true, false),
            ("2026-10-05", true, false),
            ("2026-10-10", false, true),
            ("2026-10-11", false, false),
            ("2026-10-12", false, false),
        ] {
            assert_eq!((table.is_holiday(day(text)), table.is_made_up(day(text))), (holiday, made_up), "{text}");
        }
    }

    #[test]
    fn a_deadline_ends_with_the_day_in_beijing() {
        // 2026-11-24 23:30 in Beijing.
        let from = UnixMillis::from_iso("2026-11-24T15:30:00Z").unwrap();
        let deadline = Workdays::built_in().deadline(from, 3);
        assert_eq!(deadline, UnixMillis::from_iso("2026-11-28T00:00:00+08:00").unwrap());
    }

    #[test]
    fn a_newer_table_takes_the_place_of_its_years() {
        let newer = Workdays::parse("# announced later\n2026-10-01..2026-10-02 off\n2027-01-01 off 元旦\n").unwrap();
        let table = Workdays::built_in().updated(newer);
        assert!(table.is_workday(day("2026-10-05")) && !table.is_workday(day("2026-10-01")));
        assert!(!table.is_workday(day("2025-10-06")), "other years stay");
        assert!(table.covers(2027) && !table.is_workday(day("2027-01-01")));
    }

    #[test]
    fn a_line_that_says_nothing_is_named() {
        for text in [
            "2026-13-01 off",
            "2026-01-01",
            "2026-01-01 maybe",
            "2026-01-02..2026-01-01 off",
            "2026-01-01..2027-01-01 off",
        ] {
            let refused = Workdays::parse(&format!("# table\n{text}\n")).unwrap_err();
            assert_eq!((refused.line, refused.text.as_str()), (2, text));
        }
    }
}
