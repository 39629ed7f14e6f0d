//! Money and percentages: exact decimals, read as people write them. No float comes near them, and what is shown is rounded to
//! the cent only when it is shown or summed.

use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, de};

/// Longest text that is looked at.
const LONGEST: usize = 32;
/// Beyond this nothing is an amount of money: products of three such numbers still fit.
const LARGEST: i64 = 1_000_000_000;
/// Decimals that are kept of what is read.
const DECIMALS: u32 = 10;

/// An amount as a bill or a person writes it: `1,234.50`, `¥1234.5`, `-3.00 元`, `(3.00)` for minus three. Separators of thousands
/// stand where they belong or the text is none.
pub fn read_amount(text: &str) -> Option<Decimal> {
    let narrow = |c: char| match u32::from(c) {
        wide @ 0xFF01..=0xFF5E => char::from_u32(wide - 0xFEE0).unwrap_or(c),
        0x2212 => '-',
        _ => c,
    };
    let text: String = text.trim().chars().take(LONGEST + 1).map(narrow).collect();
    if text.chars().count() > LONGEST {
        return None;
    }
    let (bracketed, text) = match text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => (true, inner.trim().to_owned()),
        None => (false, text),
    };
    let bare = without_currency(&text);
    let (minus, bare) = match bare.strip_prefix('-') {
        Some(rest) => (true, without_currency(rest)),
        None => (false, bare.strip_prefix('+').unwrap_or(bare)),
    };
    let (whole, part) = bare.split_once('.').map_or((bare, None), |(whole, part)| (whole, Some(part)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let grouped = groups.clone().next().is_some();
    if !digits(first) || (grouped && first.len() > 3) || !groups.all(|group| group.len() == 3 && digits(group)) {
        return None;
    }
    if !part.is_none_or(digits) || (bracketed && minus) {
        return None;
    }
    let number: Decimal = bare.replace(',', "").parse().ok()?;
    let negative = (minus || bracketed) && !number.is_zero();
    let fits = number <= Decimal::from(LARGEST) && number.normalize().scale() <= DECIMALS;
    fits.then(|| if negative { -number } else { number })
}

fn without_currency(text: &str) -> &str {
    let marks = ["CNY", "RMB", "USD", "EUR", "¥", "￥", "$", "€", "元"];
    let mut bare = text.trim();
    for mark in marks {
        bare = bare.strip_prefix(mark).or_else(|| bare.strip_suffix(mark)).unwrap_or(bare).trim();
    }
    bare
}

/// To the cent, halves away from zero.
pub fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero)
}

/// As it is told: with two decimals at least.
pub fn money(amount: Decimal) -> String {
    let mut rounded = cents(amount);
    rounded.rescale(2);
    // No minus before nothing.
    if rounded.is_zero() { "0.00".to_owned() } else { rounded.to_string() }
}

/// The same where it may not be known.
pub fn told_amount(amount: Option<Decimal>) -> String {
    amount.map_or_else(|| "–".to_owned(), money)
}

/// From nothing to a hundred, in hundredths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(Decimal);

impl Percent {
    pub fn parse(text: &str) -> Option<Self> {
        let bare = text.trim().trim_end_matches(['%', '％']);
        let number = read_amount(bare)?;
        (number >= Decimal::ZERO && number <= Decimal::ONE_HUNDRED).then_some(Self(number))
    }

    pub fn of_whole(number: u8) -> Self {
        Self(Decimal::from(number.min(100)))
    }

    pub fn of(self, amount: Decimal) -> Decimal {
        amount * self.0 / Decimal::ONE_HUNDRED
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.normalize().fmt(f)
    }
}

/// In quotation marks, as `"5"` or `"4.5"`: a bare 4.5 would be a float.
impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(format!("`{text}` is no percentage from 0 to 100")))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, told) in [
            ("1234.5", "1234.50"),
            ("1,234,567.891", "1234567.89"),
            ("¥ 0.10", "0.10"),
            ("￥-3", "-3.00"),
            ("-¥3.005", "-3.01"),
            ("（2.00）", "-2.00"),
            ("100元", "100.00"),
            ("CNY 7", "7.00"),
            ("-0.00", "0.00"),
            ("−5", "-5.00"),
            ("１２．５", "12.50"),
        ] {
            assert_eq!(read_amount(text).map(money).as_deref(), Some(told), "{text}");
        }
        for text in [
            "",
            "x",
            "1.2.3",
            "1,23",
            "1234,567",
            ",1",
            "1,",
            "1e3",
            "--1",
            "(-1)",
            "0x1",
            ".5",
            "5.",
            "NaN",
            "99999999999",
        ] {
            assert_eq!(read_amount(text), None, "{text}");
        }
    }

    #[test]
    fn percentages_are_between_nothing_and_a_hundred() {
        assert_eq!(Percent::parse("5 %").map(|percent| percent.of(Decimal::from(999))), Some(Decimal::new(4995, 2)));
        assert_eq!(Percent::parse("100").map(|percent| percent.to_string()).as_deref(), Some("100"));
        for text in ["-1", "100.1", "x", ""] {
            assert_eq!(Percent::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_told_is_read_again(cents in -100_000_000_000_i64..100_000_000_000) {
            let amount = Decimal::new(cents, 2);
            prop_assert_eq!(read_amount(&money(amount)), Some(amount));
        }

        #[test]
        fn nothing_that_is_typed_brings_it_down(text in ".{0,40}") {
            let _ = read_amount(&text);
        }
    }
}
