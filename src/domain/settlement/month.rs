//! The months in which settlement happens: calendar months of Beijing, as KooGallery's account periods (账期) are, each billed on the
//! third of the next.

use std::fmt;

use jiff::civil::Date;

use crate::{
    domain::workdays::{Workdays, date},
    protocol::UnixMillis,
};

/// The day of the next month on which a bill is made.
const BILL_DAY: i8 = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BillingMonth {
    year: i16,
    month: i8,
}

impl BillingMonth {
    /// In which the moment lies in Beijing.
    pub fn of(time: UnixMillis) -> Option<Self> {
        date(time).map(|day| Self { year: day.year(), month: day.month() })
    }

    /// `2026-11`, or `202611` as account periods are written; `2026年11月` and a day behind it are understood too.
    pub fn parse(text: &str) -> Option<Self> {
        let mut digits = String::new();
        let mut parts: Vec<String> = Vec::new();
        for c in text.trim().chars().chain(['-']) {
            if c.is_ascii_digit() {
                digits.push(c);
            } else if !digits.is_empty() {
                parts.push(std::mem::take(&mut digits));
            } else if !matches!(c, '-' | '/' | '.' | '年' | '月' | '日' | ' ' | ':') {
                return None;
            }
        }
        let (year, month) = match parts.as_slice() {
            [joined] if joined.len() == 6 || joined.len() == 8 => (joined.get(..4)?, joined.get(4..6)?),
            [year, month, ..] if year.len() == 4 && month.len() <= 2 => (year.as_str(), month.as_str()),
            _ => return None,
        };
        let (year, month): (i16, i8) = (year.parse().ok()?, month.parse().ok()?);
        ((2000..=2199).contains(&year) && (1..=12).contains(&month)).then_some(Self { year, month })
    }

    #[must_use]
    pub const fn next(self) -> Self {
        if self.month == 12 { Self { year: self.year + 1, month: 1 } } else { Self { month: self.month + 1, ..self } }
    }

    #[must_use]
    pub const fn before(self) -> Self {
        if self.month == 1 { Self { year: self.year - 1, month: 12 } } else { Self { month: self.month - 1, ..self } }
    }

    /// The third of the next month, or the next working day.
    pub fn bill_day(self, workdays: &Workdays) -> Option<Date> {
        let next = self.next();
        let third = Date::new(next.year, next.month, BILL_DAY).ok()?;
        if workdays.is_workday(third) { Some(third) } else { Some(workdays.after(third, 1)) }
    }
}

impl fmt::Display for BillingMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> BillingMonth {
        BillingMonth::parse(text).unwrap()
    }

    #[test]
    fn months_are_those_of_beijing() {
        let of = |time: &str| BillingMonth::of(UnixMillis::from_iso(time).unwrap()).unwrap().to_string();
        assert_eq!(of("2026-11-30T15:59:59Z"), "2026-11");
        assert_eq!(of("2026-11-30T16:00:00Z"), "2026-12");
    }

    #[test]
    fn an_account_period_is_read_in_every_way_that_it_is_written() {
        for text in ["2026-11", "202611", "2026/11", "2026年11月", "2026-11-30 08:00:00", "20261130", " 2026-11 "] {
            assert_eq!(month(text).to_string(), "2026-11", "{text}");
        }
        for text in ["", "2026", "11-2026", "2026-13", "2026-00", "x", "26-11", "2026111"] {
            assert_eq!(BillingMonth::parse(text), None, "{text}");
        }
        assert_eq!((month("2026-12").next(), month("2026-01").before()), (month("2027-01"), month("2025-12")));
    }

    /// On the 3rd, or the next working day where that is a holiday.
    #[test]
    fn a_month_is_billed_on_the_third_of_the_next_or_the_working_day_after() {
        let workdays = Workdays::built_in();
        for (of, day) in [("2026-11", "2026-12-03"), ("2026-09", "2026-10-08"), ("2026-12", "2027-01-04")] {
            assert_eq!(month(of).bill_day(&workdays).unwrap().to_string(), day, "{of}");
        }
    }
}
