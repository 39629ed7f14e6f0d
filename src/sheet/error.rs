//! Why a file is no table. Rows and columns are counted from 1, as a spreadsheet does.

use super::size::{MAX_BYTES, MAX_COLUMNS, MAX_ROWS};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SheetError {
    #[error("the file is larger than {} MiB; split it", MAX_BYTES / 1024 / 1024)]
    TooLarge,
    #[error("the file has more than {MAX_ROWS} rows; split it")]
    TooManyRows,
    #[error("row {row} has more than {MAX_COLUMNS} columns")]
    TooWide { row: usize },
    #[error("row {row}: the table holds more text than fits into memory; split it")]
    TooMuch { row: usize },
    #[error("the file is empty")]
    Empty,
    #[error("the workbook is protected with a password; save it without one")]
    Password,
    #[error("the file is an old Excel workbook (.xls); save it as .xlsx or CSV")]
    OldExcel,
    #[error("the file is a zip archive, but no Excel workbook; save the table as .xlsx or CSV")]
    NoWorkbook,
    #[error(
        "the file is a web page or XML, whatever its name says; open it in a spreadsheet and save it as .xlsx or CSV"
    )]
    Markup,
    #[error("the workbook is damaged: {reason}")]
    Broken { reason: String },
    #[error("line {line}, column {column}: neither UTF-8 nor GBK; save the file as CSV UTF-8 or .xlsx")]
    NoText { line: usize, column: usize },
    #[error("line {line}, column {column}: the quotation mark is never closed")]
    OpenQuote { line: usize, column: usize },
}
