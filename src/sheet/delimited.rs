//! Text with separators: CSV, TSV and their relatives.

use csv::{ReaderBuilder, StringRecord};

use super::{Rounded, Sheet, SheetError, cell_text, guard, size::Growing, text::place_behind, xlsx::KEPT_ROUNDED};

/// In the order of preference where lines decide nothing.
const SEPARATORS: [char; 5] = [',', '\t', ';', '，', '|'];
/// Lines by which the separator is guessed.
const LOOKED_AT: usize = 20;
/// The reader takes separators of one byte only: this one, which is hardly part of any text, stands in for a wide comma.
const STAND_IN: char = '\u{1f}';
const WIDE_COMMA: char = '，';

pub(super) fn read(text: &str, separator: Option<char>) -> Result<Sheet, SheetError> {
    let (told, first_line) = told_separator(text);
    let separator = separator.or(told).unwrap_or_else(|| guess(text));
    if separator == WIDE_COMMA && !text.contains(STAND_IN) {
        return parse(&text.replace(WIDE_COMMA, &STAND_IN.to_string()), STAND_IN, first_line, true);
    }
    parse(text, separator, first_line, true)
}

/// The same where quotation marks are nothing special.
pub(super) fn read_unquoted(text: &str, separator: char) -> Result<Sheet, SheetError> {
    parse(text, separator, 0, false)
}

/// Excel's own `sep=;` in the first line, and how many lines that takes.
fn told_separator(text: &str) -> (Option<char>, usize) {
    let told = text.lines().next().and_then(|line| line.trim_end().strip_prefix("sep="));
    let mut chars = told.unwrap_or_default().chars();
    match (chars.next(), chars.next()) {
        (Some(separator), None) if SEPARATORS.contains(&separator) => (Some(separator), 1),
        _ => (None, 0),
    }
}

/// The one that cuts most of the first lines into equally many cells, more than one.
fn guess(text: &str) -> char {
    let lines = logical_lines(text);
    let mut best = (0, 0, ',');
    for separator in SEPARATORS {
        let counts: Vec<usize> = lines.iter().map(|line| count_outside_quotes(line, separator)).collect();
        for count in counts.iter().copied().filter(|count| *count > 0) {
            let agreeing = counts.iter().filter(|other| **other == count).count();
            if agreeing * 2 >= lines.len() && (agreeing, count) > (best.0, best.1) {
                best = (agreeing, count, separator);
            }
        }
    }
    best.2
}

/// The first lines that are not blank; a break between quotation marks ends none.
fn logical_lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '\n' if !quoted => {
                lines.extend(text.get(start..at).filter(|line| !line.trim().is_empty()));
                start = at + 1;
                if lines.len() == LOOKED_AT {
                    return lines;
                }
            }
            _ => {}
        }
    }
    lines.extend(text.get(start..).filter(|line| !line.trim().is_empty()));
    lines
}

fn count_outside_quotes(line: &str, separator: char) -> usize {
    line.split('"').step_by(2).map(|part| part.matches(separator).count()).sum()
}

fn parse(text: &str, separator: char, skipped: usize, quoting: bool) -> Result<Sheet, SheetError> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .quoting(quoting)
        .delimiter(u8::try_from(separator).unwrap_or(b','))
        .from_reader(text.as_bytes());
    let mut rows = Growing::default();
    let mut rounded = Vec::new();
    let mut record = StringRecord::new();
    let (mut row, mut start) = (0, 0);
    loop {
        let more = reader.read_record(&mut record).map_err(|error| SheetError::Broken { reason: error.to_string() })?;
        let end = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        let raw = text.get(start..end.min(text.len())).unwrap_or_default();
        if !more {
            break;
        }
        // The reader passes over blank lines in silence; here they count.
        row += blank_lines(raw, text.get(..start).unwrap_or_default().ends_with('\r'));
        if quoting && end >= text.len() {
            check_quotes(text, start, raw, separator)?;
        }
        if row >= skipped {
            for (column, cell) in record.iter().enumerate() {
                let cell = guard::strip(cell);
                if rounded.len() < KEPT_ROUNDED && cell_text::looks_rounded(cell) {
                    rounded.push(Rounded { row: row + 1, column: column + 1, text: cell.to_owned() });
                }
                let cell = if separator == STAND_IN { cell.replace(STAND_IN, "，") } else { cell.to_owned() };
                rows.put(row, column, cell)?;
            }
        }
        (row, start) = (row + 1, end);
    }
    Ok(Sheet { rows: rows.finish()?, rounded })
}

/// Breaks at the start of what was read for one record, other than the end of the one before.
fn blank_lines(raw: &str, behind_return: bool) -> usize {
    let raw = if behind_return { raw.strip_prefix('\n').unwrap_or(raw) } else { raw };
    let breaks = raw.len() - raw.trim_start_matches(['\r', '\n']).len();
    let breaks = raw.get(..breaks).unwrap_or_default();
    breaks.matches('\n').count() + breaks.replace("\r\n", "").matches('\r').count()
}

/// The reader takes an end of the file for the end of a quotation; whoever forgot the mark lost all rows behind it.
fn check_quotes(text: &str, start: usize, raw: &str, separator: char) -> Result<(), SheetError> {
    let mut open = None;
    let mut at_start = true;
    let mut chars = raw.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match open {
            // Two of them within a quotation are one of its characters.
            Some(_) if c == '"' => open = open.filter(|_| chars.next_if(|(_, next)| *next == '"').is_some()),
            None if c == '"' && at_start => open = Some(at),
            _ => {}
        }
        at_start = open.is_none() && (c == separator || c == '\n' || c == '\r');
    }
    let Some(at) = open else { return Ok(()) };
    let (line, column) = place_behind(text.get(..start + at).unwrap_or_default());
    Err(SheetError::OpenQuote { line, column })
}
