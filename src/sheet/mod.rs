//! Tables as files: CSV and XLSX read into rows of text and written from them. Bytes in, bytes out: knows no file, no clock,
//! nothing of KooGallery and no other room. What a column means is its caller's business.
//!
//! - [`read`], [`read_pasted`]: a [`Sheet`] from the content of a file, or from a spreadsheet's clipboard
//! - [`header`]: which row holds the headings, and which column is which
//! - [`write`]: the other way

mod archive;
mod cell_text;
mod delimited;
mod error;
mod guard;
pub mod header;
mod size;
mod text;
pub mod write;
mod xlsx;

pub use error::SheetError;
pub use header::{ColumnMapping, HeaderFinder, Mapped, MappedRow, Wanted};
pub use size::{MAX_BYTES, MAX_COLUMNS, MAX_ROWS};
pub use write::{Cell, WriteError, write_csv, write_xlsx};

/// Rows of cells as text. Blank rows keep their place, so that the first row of a spreadsheet is always `rows[0]`; blank
/// cells at a row's end and blank rows at the end are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sheet {
    pub rows: Vec<Vec<String>>,
    /// Numbers that a spreadsheet has rounded, first come first; no more than a few.
    pub rounded: Vec<Rounded>,
}

/// A cell in which the last digits of a long number are lost, such as an id that was no text when it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rounded {
    /// Both counted from 1.
    pub row: usize,
    pub column: usize,
    pub text: String,
}

impl Sheet {
    /// Empty where there is none. Both counted from 0.
    pub fn cell(&self, row: usize, column: usize) -> &str {
        self.rows.get(row).and_then(|row| row.get(column)).map_or("", String::as_str)
    }
}

/// Reads a file's content: XLSX where it is a zip archive, else text with separators (CSV, TSV). The name tells no more than
/// the separator of a `.tsv`.
///
/// Text is UTF-8 or UTF-16 with a byte order mark, UTF-8 without one, else GBK (GB 18030), in which Excel saves CSV in China.
pub fn read(bytes: &[u8], file_name: &str) -> Result<Sheet, SheetError> {
    if bytes.len() > MAX_BYTES {
        return Err(SheetError::TooLarge);
    }
    if archive::is_zip(bytes) {
        return xlsx::read(bytes);
    }
    if archive::is_compound_file(bytes) {
        return Err(archive::of_compound_file(bytes));
    }
    let text = text::decode(bytes)?;
    let name = file_name.to_ascii_lowercase();
    let separator = if name.ends_with(".tsv") || name.ends_with(".tab") { Some('\t') } else { None };
    delimited::read(&text, separator)
}

/// Reads what was copied from a spreadsheet: cells between tabs, one row a line. Text without any tab is taken for CSV.
pub fn read_pasted(text: &str) -> Result<Sheet, SheetError> {
    if text.len() > MAX_BYTES {
        return Err(SheetError::TooLarge);
    }
    if !text.contains('\t') {
        return delimited::read(text, None);
    }
    match delimited::read(text, Some('\t')) {
        // A spreadsheet quotes a cell only for the sake of breaks in it; a quotation mark that is never closed is one.
        Err(SheetError::OpenQuote { .. }) => delimited::read_unquoted(text, '\t'),
        read => read,
    }
}

#[cfg(test)]
mod tests;
