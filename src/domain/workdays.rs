//! Working days in China, by which KooGallery counts its deadlines: weekends, the holidays that are announced year by year,
//! and the weekends that are worked for them. The table is data; a newer one can be laid over the one that is built in. Knows
//! no file and no clock.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{
    Timestamp, ToSpan as _,
    civil::{Date, Weekday},
    tz::{Offset, TimeZone},
};

use serde::Deserialize;

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
    /// Years that the table tells the whole of. Days of others, such as the last of December before a New Year, are no more
    /// than themselves.
    years: BTreeSet<i16>,
}

#[derive(Deserialize)]
struct PublicTable {
    year: Option<i16>,
    days: Vec<PublicDay>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PublicDay {
    date: String,
    is_off_day: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "line {line}: `{text}`; a line is `2026-10-01..2026-10-07 off`, `2026-10-10 work` or `2026 year`, and JSON has `days` with \
     `date` and `isOffDay`"
)]
pub struct MalformedWorkdays {
    pub line: usize,
    pub text: String,
}

impl Workdays {
    pub fn built_in() -> Self {
        Self::parse(BUILT_IN).unwrap_or_default()
    }

    /// Lines of a day or `first..last`, then `off` or `work`, then anything. `#` begins a comment. `2026 year` says that the
    /// table is of that year; where no line says so, it is of every year that it names. Or JSON as public tables have it:
    /// `{"year": 2026, "days": [{"date": "2026-10-01", "isOffDay": true}]}`; without `year` it is of the one with most days.
    pub fn parse(text: &str) -> Result<Self, MalformedWorkdays> {
        let text = text.trim_start_matches('\u{feff}');
        if text.trim_start().starts_with('{') {
            return Self::parse_json(text);
        }
        let (mut table, mut named) = (Self::default(), BTreeSet::new());
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
                "year" => {
                    table.years.insert(days.parse().map_err(|_| malformed())?);
                    continue;
                }
                _ => return Err(malformed()),
            };
            let (first, last) = days.split_once("..").unwrap_or((days, days));
            let (Ok(first), Ok(last)) = (first.parse::<Date>(), last.parse::<Date>()) else { return Err(malformed()) };
            let span = first.series(1.day()).take_while(|day| *day <= last).take(LONGEST_SPAN + 1);
            let days: Vec<Date> = span.collect();
            if days.is_empty() || days.len() > LONGEST_SPAN {
                return Err(malformed());
            }
            named.extend(days.iter().map(|day| day.year()));
            table.exceptions.extend(days.into_iter().map(|day| (day, works)));
        }
        if table.years.is_empty() {
            table.years = named;
        }
        Ok(table)
    }

    fn parse_json(text: &str) -> Result<Self, MalformedWorkdays> {
        let malformed = |line, text: String| MalformedWorkdays { line, text: text.chars().take(80).collect() };
        let table: PublicTable =
            serde_json::from_str(text).map_err(|error| malformed(error.line(), error.to_string()))?;
        let mut read = Self::default();
        for day in table.days {
            let date: Date = day.date.parse().map_err(|_| malformed(1, day.date.clone()))?;
            read.exceptions.insert(date, !day.is_off_day);
        }
        let days = |year: i16| read.exceptions.keys().filter(|day| day.year() == year).count();
        let named: BTreeSet<i16> = read.exceptions.keys().map(|day| day.year()).collect();
        read.years.extend(table.year.or_else(|| named.into_iter().max_by_key(|year| days(*year))));
        Ok(read)
    }

    /// As [`Self::parse`] reads it.
    pub fn to_text(&self) -> String {
        let mut lines: String = self.years.iter().map(|year| format!("{year} year\n")).collect();
        let mut days = self.exceptions.iter().peekable();
        while let Some((first, works)) = days.next() {
            let mut last = *first;
            let mut length = 1;
            while length < LONGEST_SPAN
                && let Some((next, same)) = days.peek()
                && same == &works
                && last.tomorrow().is_ok_and(|tomorrow| tomorrow == **next)
            {
                (last, length) = (**next, length + 1);
                days.next();
            }
            let span = if *first == last { first.to_string() } else { format!("{first}..{last}") };
            lines.push_str(&format!("{span} {}\n", if *works { "work" } else { "off" }));
        }
        lines
    }

    /// Years that the table tells of.
    pub const fn years(&self) -> &BTreeSet<i16> {
        &self.years
    }

    /// The first year of the working days counted that the table does not tell of: only its weekends are known.
    pub fn unknown_year(&self, from: UnixMillis, workdays: u32) -> Option<i16> {
        self.unknown_year_after(date(from)?, workdays)
    }

    /// The same from a day on.
    pub fn unknown_year_after(&self, first: Date, workdays: u32) -> Option<i16> {
        let last = self.after(first, workdays);
        (first.year()..=last.year()).find(|year| !self.covers(*year))
    }

    /// With the years of a newer table in the place of its own, and days of other years beside what is known of them.
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

    /// New Year's holidays begin in the old year.
    #[test]
    fn a_day_of_another_year_takes_no_other_year_away() {
        let newer = |text: &str| Workdays::built_in().updated(Workdays::parse(text).unwrap());
        let (eve, new_year) =
            (r#"{"date": "2026-12-31", "isOffDay": true}"#, r#"{"date": "2027-01-01", "isOffDay": true}"#);
        let second = r#"{"date": "2027-01-02", "isOffDay": true}"#;
        for text in [
            format!(r#"{{"year": 2027, "days": [{eve}, {new_year}]}}"#),
            format!(r#"{{"days": [{eve}, {new_year}, {second}]}}"#),
            "2027 year\n2026-12-31..2027-01-01 off\n".to_owned(),
        ] {
            let table = newer(&text);
            assert!(!table.is_workday(day("2026-10-05")), "National Day stays: {text}");
            assert!(!table.is_workday(day("2026-12-31")) && !table.is_workday(day("2027-01-01")), "{text}");
            assert_eq!(table.years().last(), Some(&2027), "{text}");
            let kept = Workdays::parse(&Workdays::parse(&text).unwrap().to_text()).unwrap();
            assert_eq!(Workdays::built_in().updated(kept), table, "and so it is kept");
        }
        let of_the_next = newer(r#"{"year": 2027, "days": [{"date": "2028-01-01", "isOffDay": true}]}"#);
        assert!(!of_the_next.covers(2028) && !of_the_next.is_workday(day("2028-01-01")));
    }

    #[test]
    fn a_table_is_written_as_it_is_read() {
        let table = Workdays::built_in();
        assert_eq!(Workdays::parse(&table.to_text()), Ok(table));
    }

    #[test]
    fn public_tables_are_read_too() {
        let json = r#"{"year": 2027, "days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": true},
            {"name": "元旦", "date": "2027-01-09", "isOffDay": false}]}"#;
        let table = Workdays::parse(json).unwrap();
        assert!(table.covers(2027) && !table.is_workday(day("2027-01-01")) && table.is_workday(day("2027-01-09")));
        for text in ["{", r#"{"days": [{"date": "soon", "isOffDay": true}]}"#, r#"{"days": [{"date": "2027-01-01"}]}"#]
        {
            assert!(Workdays::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_deadline_into_a_year_without_a_table_is_told() {
        let table = Workdays::built_in();
        for (from, workdays, unknown) in [
            ("2026-12-28T10:00:00+08:00", 3, None),
            ("2026-12-30T10:00:00+08:00", 3, Some(2027)),
            ("2027-03-01T10:00:00+08:00", 1, Some(2027)),
            ("2023-12-29T10:00:00+08:00", 3, Some(2023)),
        ] {
            assert_eq!(table.unknown_year(UnixMillis::from_iso(from).unwrap(), workdays), unknown, "{from}");
        }
    }

    #[test]
    fn a_line_that_says_nothing_is_named() {
        for text in [
            "2026-13-01 off",
            "2026-01-01",
            "2026-01-01 maybe",
            "2026-01-02..2026-01-01 off",
            "2026-01-01..2027-01-01 off",
            "soon year",
        ] {
            let refused = Workdays::parse(&format!("# table\n{text}\n")).unwrap_err();
            assert_eq!((refused.line, refused.text.as_str()), (2, text));
        }
    }
}
