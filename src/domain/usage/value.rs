//! The amount that was used: a decimal number, kept as it was written. No float comes near it.

use std::fmt;

use super::UsageProblem;

pub const MAX_DECIMALS: usize = 4;
/// In characters.
pub const MAX_VALUE: usize = 20;

/// Greater than 0, with at most [`MAX_DECIMALS`] decimals and [`MAX_VALUE`] characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UsageValue(String);

impl UsageValue {
    /// Digits, and a point with digits behind it: no sign, exponent or separator of thousands, which are read differently in
    /// different places.
    pub fn parse(text: &str) -> Result<Self, UsageProblem> {
        let told = || text.chars().take(64).collect::<String>();
        let length = text.chars().count();
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, decimals) = unsigned.split_once('.').map_or((unsigned, None), |(whole, part)| (whole, Some(part)));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole) || !decimals.is_none_or(digits) {
            return Err(UsageProblem::NoNumber { text: told() });
        }
        if unsigned != text || unsigned.bytes().all(|byte| matches!(byte, b'0' | b'.')) {
            return Err(UsageProblem::NotPositive { text: told() });
        }
        if length > MAX_VALUE {
            return Err(UsageProblem::TooLong { column: "usageValue".into(), length, max: MAX_VALUE });
        }
        if decimals.is_some_and(|decimals| decimals.len() > MAX_DECIMALS) {
            return Err(UsageProblem::TooPrecise { text: told() });
        }
        Ok(Self(text.to_owned()))
    }

    /// What was checked before it was kept.
    pub fn of_stored(text: String) -> Self {
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UsageValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_kept_as_written() {
        for text in ["99", "0.0001", "12.3456", "1.50", "007", "99999999999999999999", "999999999999999.9999"] {
            assert_eq!(UsageValue::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn what_koogallery_would_not_take_is_named() {
        let no_number =
            ["", "x", "1,5", "1,000", "1.", ".5", "+1", "1e3", "1.2.3", " 1", "９９", "0x1", "-", "1-", "∞"];
        for text in no_number {
            assert_eq!(UsageValue::parse(text), Err(UsageProblem::NoNumber { text: text.into() }), "{text}");
        }
        for text in ["0", "0.0000", "000", "-1", "-0.5", "-0"] {
            assert_eq!(UsageValue::parse(text), Err(UsageProblem::NotPositive { text: text.into() }), "{text}");
        }
        for text in ["1.00000", "0.12345"] {
            assert_eq!(UsageValue::parse(text), Err(UsageProblem::TooPrecise { text: text.into() }), "{text}");
        }
        for text in ["999999999999999999999", "9999999999999999.9999"] {
            let expected = UsageProblem::TooLong { column: "usageValue".into(), length: 21, max: 20 };
            assert_eq!(UsageValue::parse(text), Err(expected), "{text}");
        }
    }
}
