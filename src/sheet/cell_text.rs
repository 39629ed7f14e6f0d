//! Numbers and dates of a spreadsheet as text, as a person would type them.

use calamine::ExcelDateTime;

/// All digits that a spreadsheet keeps of a number.
const DIGITS: usize = 15;
/// Above this not every whole number has a form of its own.
const EXACT_UP_TO: f64 = 9_007_199_254_740_992.0;

/// Without an exponent, and rounded as the spreadsheet shows it: 0.1 + 0.2 is `0.3`.
pub(super) fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".into();
    }
    if is_whole_and_exact(value) {
        return value.to_string();
    }
    let rounded = format!("{value:.*e}", DIGITS - 1);
    rounded.parse::<f64>().map_or_else(|_| value.to_string(), |rounded| rounded.to_string())
}

/// Whether digits are lost: a whole number of more than the spreadsheet keeps.
pub(super) fn is_rounded(value: f64) -> bool {
    value.fract() == 0.0 && value.abs() >= 1e15 && !is_whole_and_exact(value)
}

/// What a spreadsheet makes of a long number in a text file: `1.23457E+18`.
pub(super) fn looks_rounded(text: &str) -> bool {
    let Some((digits, power)) = text.trim().split_once("E+") else { return false };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_number(digits) && !power.is_empty() && power.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_whole_and_exact(value: f64) -> bool {
    value.fract() == 0.0 && value.abs() < EXACT_UP_TO
}

/// `YYYY-MM-DD HH:MM:SS`, with milliseconds where there are some; a time of day alone as `HH:MM:SS`, a span of time as
/// `HH:MM:SS` with as many hours as it has.
pub(super) fn moment(value: &ExcelDateTime) -> String {
    let days = value.as_f64();
    if value.is_duration() {
        return span(days);
    }
    let (year, month, day, hour, minute, second, millis) = value.to_ymd_hms_milli();
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    let time = if millis == 0 { time } else { format!("{time}.{millis:03}") };
    if (0.0..1.0).contains(&days) { time } else { format!("{year:04}-{month:02}-{day:02} {time}") }
}

fn span(days: f64) -> String {
    let seconds = (days.abs() * 86_400.0).round();
    let sign = if days < 0.0 && seconds > 0.0 { "-" } else { "" };
    let (hours, rest) = ((seconds / 3_600.0).floor(), seconds % 3_600.0);
    let (minutes, seconds) = ((rest / 60.0).floor(), rest % 60.0);
    format!("{sign}{hours:02}:{minutes:02}:{seconds:02}")
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType;

    use super::*;

    #[test]
    fn numbers_are_told_as_typed() {
        let table = [
            (0.0, "0"),
            (-0.0, "0"),
            (99.0, "99"),
            (-12.5, "-12.5"),
            (0.1 + 0.2, "0.3"),
            (1.1, "1.1"),
            (12.3456, "12.3456"),
            (0.0001, "0.0001"),
            (1e-9, "0.000000001"),
            (123_456_789_012_345.0, "123456789012345"),
            (9_007_199_254_740_991.0, "9007199254740991"),
            (1e21, "1000000000000000000000"),
            (1_234_567_890_123_456_789.0, "1234567890123460000"),
            (99.999_999_999_999_99, "100"),
        ];
        for (value, text) in table {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn lost_digits_are_noticed() {
        for value in [1_234_567_890_123_456_789.0, 1e21, 9_007_199_254_740_992.0, -1e18] {
            assert!(is_rounded(value), "{value}");
        }
        for value in [0.0, 123_456_789_012_345.0, 9_007_199_254_740_991.0, 0.1, 1234.5] {
            assert!(!is_rounded(value), "{value}");
        }
        for text in ["1.23457E+18", " 1E+21 ", "1.2E+05"] {
            assert!(looks_rounded(text), "{text}");
        }
        for text in ["", "E+", "1.5", "CODE+18", "1E+", "E+18", "7f14E+1", "1e+18x"] {
            assert!(!looks_rounded(text), "{text}");
        }
    }

    #[test]
    fn dates_are_told_in_full() {
        let date = |value| moment(&ExcelDateTime::new(value, ExcelDateTimeType::DateTime, false));
        assert_eq!(date(45_943.541), "2025-10-13 12:59:02.400");
        assert_eq!(date(45_943.0), "2025-10-13 00:00:00");
        assert_eq!(date(44_782.333_333_333_336), "2022-08-09 08:00:00");
        assert_eq!(date(0.5), "12:00:00");
        assert_eq!(date(f64::MAX).len(), "9999-12-31 00:00:00".len());
        let from_1904 = ExcelDateTime::new(0.0, ExcelDateTimeType::DateTime, true);
        assert_eq!(moment(&from_1904), "00:00:00");
        let span = |value| moment(&ExcelDateTime::new(value, ExcelDateTimeType::TimeDelta, false));
        assert_eq!(span(1.5), "36:00:00");
        assert_eq!(span(-0.25), "-06:00:00");
        assert_eq!(span(f64::NAN), "NaN:NaN:NaN");
    }
}
