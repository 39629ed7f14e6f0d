//! Cells that a spreadsheet would run as a formula (CSV injection). Text with separators has no types, so what begins like
//! a formula gets an apostrophe before it, which a spreadsheet takes for “this is text”; [`strip`] takes it off again. XLSX
//! needs none of this, because there a text says that it is one.
//!
//! Negative numbers are let through: nothing runs in them, and they are to be added up. A `+` is guarded even before digits,
//! because a spreadsheet would make a number of a telephone's.

use std::borrow::Cow;

const APOSTROPHE: char = '\'';
/// The wide forms count as the others in Chinese spreadsheets.
const BEGINNINGS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

pub(super) fn guard(text: &str) -> Cow<'_, str> {
    if is_dangerous(text) { Cow::Owned(format!("{APOSTROPHE}{text}")) } else { Cow::Borrowed(text) }
}

pub(super) fn strip(text: &str) -> &str {
    text.strip_prefix(APOSTROPHE).filter(|bare| is_dangerous(bare)).unwrap_or(text)
}

/// Apostrophes before it do not count: one that stood there already gets another, and so both ways meet.
fn is_dangerous(text: &str) -> bool {
    let bare = text.trim_start_matches(APOSTROPHE);
    bare.starts_with(BEGINNINGS) && !is_negative_number(bare)
}

fn is_negative_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.strip_prefix('-').is_some_and(|number| match number.split_once('.') {
        Some((whole, part)) => digits(whole) && digits(part),
        None => digits(number),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_run_is_text_and_comes_back_as_it_was() {
        let table = [
            ("=1+1", "'=1+1"),
            ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
            ("+8613800000000", "'+8613800000000"),
            ("-1+cmd|' /C calc'!A0", "'-1+cmd|' /C calc'!A0"),
            ("-", "'-"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("＝1", "'＝1"),
            ("'=1", "''=1"),
            ("", ""),
            ("-12.50", "-12.50"),
            ("'quoted'", "'quoted'"),
            ("a=b", "a=b"),
            ("CS2403", "CS2403"),
        ];
        for (text, guarded) in table {
            assert_eq!(guard(text), guarded, "{text:?}");
            assert_eq!(strip(guarded), text, "{guarded:?}");
        }
    }
}
