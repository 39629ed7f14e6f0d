//! Tables written as CSV and XLSX. Rows come one after another and are not kept, and whoever waits is told how many there
//! are so far, and may stop it.
//!
//! CSV is UTF-8 with a byte order mark, without which Excel takes Chinese for something else, with lines that end as
//! RFC 4180 says, and guarded against formulas. XLSX holds texts as texts: no id loses its zeros or its last digits.

use std::{
    borrow::Cow,
    io::{self, Write},
    ops::ControlFlow,
};

use csv::{QuoteStyle, Terminator, WriterBuilder};
use rust_xlsxwriter::{Format, Workbook, Worksheet};

use super::guard::guard;

/// Rows between two words to who waits.
const EVERY: usize = 1_000;
/// With the header, what fits on a worksheet.
pub const MAX_XLSX_ROWS: usize = 1_048_575;
/// What fits into a cell of a worksheet.
const MAX_XLSX_TEXT: usize = 32_767;
/// Rows by which the width of a column is measured.
const MEASURED: usize = 100;
/// In characters.
const NARROWEST: usize = 8;
const WIDEST: usize = 60;
/// A whole number of more digits would be rounded.
const MAX_EXACT: i64 = 999_999_999_999_999;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cell {
    #[default]
    Empty,
    Text(String),
    Number(i64),
}

#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("it was cancelled")]
    Cancelled,
    #[error("a worksheet takes at most {MAX_XLSX_ROWS} rows; write CSV instead")]
    TooManyRows,
    #[error("the table cannot be written: {0}")]
    Io(#[from] io::Error),
    #[error("the workbook cannot be written: {0}")]
    Workbook(String),
}

impl Cell {
    fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Number(number) => Cow::Owned(number.to_string()),
        }
    }
}

/// Writes a header and rows, and tells how many rows there were. `progress` hears every now and then how many there are so
/// far, and at the end; what was written when it breaks off is of no use.
pub fn write_csv(
    mut out: impl Write,
    header: &[&str],
    rows: impl IntoIterator<Item = Vec<Cell>>,
    progress: impl FnMut(usize) -> ControlFlow<()>,
) -> Result<usize, WriteError> {
    out.write_all("\u{feff}".as_bytes())?;
    // Texts are quoted, needed or not: a `;` within one must not be taken for a separator by who guesses.
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .quote_style(QuoteStyle::NonNumeric)
        .flexible(true)
        .from_writer(out);
    writer.write_record(header.iter().map(|name| guard(name).into_owned())).map_err(of_csv)?;
    let mut counted = Counted::new(progress);
    for row in rows {
        for at in 0..row.len().max(header.len()) {
            match row.get(at).unwrap_or(&Cell::Empty) {
                Cell::Text(text) => writer.write_field(guard(text).as_bytes()),
                cell => writer.write_field(cell.text().as_bytes()),
            }
            .map_err(of_csv)?;
        }
        writer.write_record(None::<&[u8]>).map_err(of_csv)?;
        counted.one_more()?;
    }
    writer.flush()?;
    counted.finish()
}

/// The same as a workbook with one worksheet. Texts are cells of text, and those too long for a cell say that they were cut.
pub fn write_xlsx(
    out: impl Write + Send,
    header: &[&str],
    rows: impl IntoIterator<Item = Vec<Cell>>,
    progress: impl FnMut(usize) -> ControlFlow<()>,
) -> Result<usize, WriteError> {
    let mut workbook = Workbook::new();
    let bold = Format::new().set_bold();
    let mut rows = rows.into_iter();
    // The first rows are held back until the columns have their widths, which come before them.
    let first: Vec<Vec<Cell>> = rows.by_ref().take(MEASURED).collect();
    let worksheet = workbook.add_worksheet_with_constant_memory().map_err(of_workbook)?;
    worksheet.set_freeze_panes(1, 0).map_err(of_workbook)?;
    for (column, name) in (0..).zip(header) {
        let cells = first.iter().filter_map(|row| row.get(usize::from(column)));
        let longest = cells.map(|cell| width(&cell.text())).chain([width(name)]).max().unwrap_or_default();
        let width = u16::try_from(longest.clamp(NARROWEST, WIDEST) + 2).unwrap_or_default();
        worksheet.set_column_width(column, width).map_err(of_workbook)?;
        worksheet.write_string_with_format(0, column, *name, &bold).map_err(of_workbook)?;
    }
    let mut counted = Counted::new(progress);
    for row in first.into_iter().chain(rows) {
        let number = counted.rows + 1;
        if number > MAX_XLSX_ROWS {
            return Err(WriteError::TooManyRows);
        }
        let number = u32::try_from(number).map_err(|_| WriteError::TooManyRows)?;
        for (column, cell) in (0..).zip(row) {
            write_cell(worksheet, number, column, cell).map_err(of_workbook)?;
        }
        counted.one_more()?;
    }
    workbook.save_to_writer(out).map_err(of_workbook)?;
    counted.finish()
}

fn write_cell(worksheet: &mut Worksheet, row: u32, column: u16, cell: Cell) -> Result<(), rust_xlsxwriter::XlsxError> {
    match cell {
        Cell::Empty => {}
        Cell::Number(number) if (-MAX_EXACT..=MAX_EXACT).contains(&number) => {
            #[expect(clippy::cast_precision_loss, reason = "it has at most 15 digits")]
            worksheet.write_number(row, column, number as f64)?;
        }
        Cell::Number(number) => {
            worksheet.write_string(row, column, number.to_string())?;
        }
        Cell::Text(text) => {
            worksheet.write_string(row, column, cut(text))?;
        }
    }
    Ok(())
}

/// Excel counts in units of UTF-16; what is cut here has no more of them than characters twice.
fn cut(text: String) -> String {
    let length = text.encode_utf16().count();
    if length <= MAX_XLSX_TEXT {
        return text;
    }
    let mut note = format!(" … ({length} characters, cut)");
    let room = MAX_XLSX_TEXT - note.encode_utf16().count();
    let mut units = 0;
    let kept: String = text
        .chars()
        .take_while(|c| {
            units += c.len_utf16();
            units <= room
        })
        .collect();
    note.insert_str(0, &kept);
    note
}

/// Columns on a screen; Chinese characters take two.
fn width(text: &str) -> usize {
    text.chars().take(WIDEST).map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

/// Says how many rows there are, every now and then.
struct Counted<P> {
    rows: usize,
    progress: P,
}

impl<P: FnMut(usize) -> ControlFlow<()>> Counted<P> {
    const fn new(progress: P) -> Self {
        Self { rows: 0, progress }
    }

    fn one_more(&mut self) -> Result<(), WriteError> {
        self.rows += 1;
        if self.rows.is_multiple_of(EVERY) { self.tell() } else { Ok(()) }
    }

    fn finish(mut self) -> Result<usize, WriteError> {
        self.tell()?;
        Ok(self.rows)
    }

    fn tell(&mut self) -> Result<(), WriteError> {
        match (self.progress)(self.rows) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(WriteError::Cancelled),
        }
    }
}

fn of_csv(error: csv::Error) -> WriteError {
    WriteError::Io(error.into())
}

fn of_workbook(error: rust_xlsxwriter::XlsxError) -> WriteError {
    match error {
        rust_xlsxwriter::XlsxError::IoError(error) => WriteError::Io(error),
        error => WriteError::Workbook(error.to_string()),
    }
}
