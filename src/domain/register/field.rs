//! The fields of a register: what may stand in one, and how what people write becomes the one form that is kept.

use std::collections::BTreeSet;

use jiff::{
    civil::{Date, Time},
    fmt::strtime,
};

use super::EntryProblem;

/// Longest text of one line.
pub const MAX_LINE: usize = 200;
/// Longest text of several.
pub const MAX_LONG: usize = 8_000;
const LONGEST_TOLD: usize = 64;
const LARGEST: u64 = 999_999_999;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    Text,
    LongText,
    /// `2026-11-24`.
    Date,
    /// `09:00`.
    Time,
    /// Days of the week from 1, Monday: `1,2,3,4,5`.
    Days,
    /// From UTC: `+08:00`.
    Offset,
    /// Whole, from 0.
    Number,
    /// A productId.
    Product,
    Choice(&'static [Choice]),
}

/// One of the values that a choice offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    pub name: &'static str,
    /// The console's words.
    pub aliases: &'static [&'static str],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    /// What else the column of a table is called.
    pub aliases: &'static [&'static str],
    pub kind: FieldType,
    pub required: bool,
    /// Shown only where another field has one of these values.
    pub only_for: Option<(&'static str, &'static [&'static str])>,
    /// A step of a procedure, done once its evidence stands here.
    pub step: bool,
}

impl Choice {
    pub const fn new(name: &'static str, aliases: &'static [&'static str]) -> Self {
        Self { name, aliases }
    }

    fn is(&self, text: &str) -> bool {
        self.aliases.iter().chain([&self.name]).any(|known| known.eq_ignore_ascii_case(text))
    }
}

impl Field {
    pub const fn new(name: &'static str, kind: FieldType, aliases: &'static [&'static str]) -> Self {
        Self { name, aliases, kind, required: false, only_for: None, step: false }
    }

    #[must_use]
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// A step of those procedures.
    #[must_use]
    pub const fn step_of(self, field: &'static str, values: &'static [&'static str]) -> Self {
        Self { only_for: Some((field, values)), step: true, ..self }
    }

    /// As it is kept; an empty text is none.
    pub fn read(&self, text: &str) -> Result<Option<String>, EntryProblem> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let max = if self.kind == FieldType::LongText { MAX_LONG } else { MAX_LINE };
        let length = text.chars().count();
        if length > max {
            return Err(EntryProblem::TooLong { field: self.name.to_owned(), length, max });
        }
        let malformed = |form: &str| EntryProblem::Malformed {
            field: self.name.to_owned(),
            text: text.chars().take(LONGEST_TOLD).collect(),
            form: form.to_owned(),
        };
        let read = match self.kind {
            FieldType::LongText => text.to_owned(),
            FieldType::Text | FieldType::Product => text.split_whitespace().collect::<Vec<_>>().join(" "),
            FieldType::Date => read_date(text).ok_or_else(|| malformed("2026-11-24"))?.to_string(),
            FieldType::Time => {
                let time = read_time(text).ok_or_else(|| malformed("09:00"))?;
                format!("{:02}:{:02}", time.hour(), time.minute())
            }
            FieldType::Days => days_as_text(&read_days(text).ok_or_else(|| malformed("1-5"))?),
            FieldType::Offset => read_offset(text).ok_or_else(|| malformed("+08:00"))?,
            FieldType::Number => {
                let number = text.replace(',', "").parse::<u64>().ok().filter(|number| *number <= LARGEST);
                number.ok_or_else(|| malformed("12"))?.to_string()
            }
            FieldType::Choice(choices) => choice(self.name, choices, text)?.to_owned(),
        };
        Ok(Some(read))
    }
}

/// The choice that is meant.
pub(super) fn choice(field: &str, choices: &'static [Choice], text: &str) -> Result<&'static str, EntryProblem> {
    choices.iter().find(|choice| choice.is(text)).map(|choice| choice.name).ok_or_else(|| EntryProblem::NoChoice {
        field: field.to_owned(),
        text: text.chars().take(LONGEST_TOLD).collect(),
        choices: choices.iter().map(|choice| choice.name).collect::<Vec<_>>().join(", "),
    })
}

/// `2026-11-24`, `2026/11/24`, `20261124`, `2026年11月24日`, with a time behind it or without.
pub fn read_date(text: &str) -> Option<Date> {
    let text = text.split(['T', ' ']).next()?.trim_end_matches('日').replace(['/', '年', '月', '.'], "-");
    let form = if text.contains('-') { "%Y-%m-%d" } else { "%Y%m%d" };
    strtime::parse(form, &text).ok()?.to_date().ok()
}

fn read_time(text: &str) -> Option<Time> {
    strtime::parse("%H:%M", text.replace('：', ":").trim()).ok()?.to_time().ok()
}

/// `1-5`, `1,2,3`, `Mon-Fri`, `周一至周五`.
fn read_days(text: &str) -> Option<BTreeSet<i8>> {
    let text = text.to_lowercase().replace(['，', '、', ';'], ",").replace(['至', '到', '~', '–'], "-");
    let mut days = BTreeSet::new();
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (read_day(first)?, read_day(last)?);
        if first > last {
            return None;
        }
        days.extend(first..=last);
    }
    (!days.is_empty()).then_some(days)
}

fn read_day(text: &str) -> Option<i8> {
    const NAMES: [[&str; 4]; 7] = [
        ["1", "mon", "一", "monday"],
        ["2", "tue", "二", "tuesday"],
        ["3", "wed", "三", "wednesday"],
        ["4", "thu", "四", "thursday"],
        ["5", "fri", "五", "friday"],
        ["6", "sat", "六", "saturday"],
        ["7", "sun", "日", "sunday"],
    ];
    let text = text.trim().trim_start_matches(['周', '星', '期']);
    (1..).zip(NAMES).find(|(_, names)| names.contains(&text)).map(|(number, _)| number)
}

fn days_as_text(days: &BTreeSet<i8>) -> String {
    days.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

/// `+08:00`, `UTC+8`, `(GMT+08:00)`.
fn read_offset(text: &str) -> Option<String> {
    let text = text.trim_matches(['(', ')', '（', '）']).to_uppercase();
    let text = text.trim_start_matches("GMT").trim_start_matches("UTC").trim().trim_end_matches(')');
    if text.is_empty() || text == "Z" {
        return Some("+00:00".to_owned());
    }
    let sign = if text.starts_with('-') { '-' } else { '+' };
    let (hours, minutes) = text.get(1..)?.split_once(':').unwrap_or((text.get(1..)?, "0"));
    let (hours, minutes): (u8, u8) = (hours.parse().ok()?, minutes.parse().ok()?);
    (text.starts_with(['+', '-']) && hours <= 14 && minutes < 60).then(|| format!("{sign}{hours:02}:{minutes:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_becomes_one_form() {
        const CATEGORY: &[Choice] = &[Choice::new("joint", &["联营商品", "联营"])];
        let category = FieldType::Choice(CATEGORY);
        for (kind, text, kept) in [
            (FieldType::Date, "2026/11/24", Some("2026-11-24")),
            (FieldType::Date, "2026年1月4日", Some("2026-01-04")),
            (FieldType::Date, "20261124", Some("2026-11-24")),
            (FieldType::Date, "2026-11-24 08:00:00", Some("2026-11-24")),
            (FieldType::Date, "2026-02-30", None),
            (FieldType::Time, "9:00", Some("09:00")),
            (FieldType::Time, "18：30", Some("18:30")),
            (FieldType::Time, "25:00", None),
            (FieldType::Days, "1-5", Some("1,2,3,4,5")),
            (FieldType::Days, "周一至周五", Some("1,2,3,4,5")),
            (FieldType::Days, "Mon-Fri, Sun", Some("1,2,3,4,5,7")),
            (FieldType::Days, "5-1", None),
            (FieldType::Offset, "(GMT+08:00)", Some("+08:00")),
            (FieldType::Offset, "UTC-5", Some("-05:00")),
            (FieldType::Offset, "Beijing", None),
            (FieldType::Number, "1,000", Some("1000")),
            (FieldType::Number, "-1", None),
            (category, "联营", Some("joint")),
            (category, "other", None),
            (FieldType::Text, " a \n b ", Some("a b")),
        ] {
            let read = Field::new("f", kind, &[]).read(text);
            assert_eq!(read.ok().flatten().as_deref(), kept, "{kind:?} {text}");
        }
    }

    #[test]
    fn nothing_is_no_value_and_too_much_is_refused() {
        let field = Field::new("f", FieldType::Text, &[]);
        assert_eq!(field.read("  "), Ok(None));
        assert!(matches!(field.read(&"长".repeat(MAX_LINE + 1)), Err(EntryProblem::TooLong { .. })));
    }
}
