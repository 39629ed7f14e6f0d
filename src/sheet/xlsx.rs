//! The first worksheet of an Excel workbook that holds anything.

use std::{
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
};

use calamine::{DataRef, Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};

use super::{Rounded, Sheet, SheetError, archive, cell_text, size::Growing};

/// More would be a list that nobody reads.
pub(super) const KEPT_ROUNDED: usize = 20;

type Workbook<'a> = Xlsx<Cursor<&'a [u8]>>;

pub(super) fn read(bytes: &[u8]) -> Result<Sheet, SheetError> {
    archive::check(bytes)?;
    // The reader trusts what a workbook says of itself, and counts beyond its numbers where that is nonsense.
    catch_unwind(AssertUnwindSafe(|| first_filled(bytes)))
        .unwrap_or_else(|_panic| Err(SheetError::Broken { reason: "a number in it makes no sense".into() }))
}

/// What the user sees comes first; hidden worksheets hold lists of choices and the like.
fn first_filled(bytes: &[u8]) -> Result<Sheet, SheetError> {
    let mut workbook: Workbook<'_> = Xlsx::new(Cursor::new(bytes)).map_err(told)?;
    let mut sheets = workbook.sheets_metadata().to_vec();
    sheets.retain(|sheet| sheet.typ == SheetType::WorkSheet);
    sheets.sort_by_key(|sheet| sheet.visible != SheetVisible::Visible);
    if sheets.is_empty() {
        return Err(SheetError::NoWorkbook);
    }
    for sheet in sheets {
        match read_sheet(&mut workbook, &sheet.name) {
            Err(SheetError::Empty) => {}
            read => return read,
        }
    }
    Err(SheetError::Empty)
}

fn read_sheet(workbook: &mut Workbook<'_>, name: &str) -> Result<Sheet, SheetError> {
    let mut cells = match workbook.worksheet_cells_reader(name) {
        Err(XlsxError::NotAWorksheet(_)) => return Err(SheetError::Empty),
        cells => cells.map_err(told)?,
    };
    let mut rows = Growing::default();
    let mut rounded = Vec::new();
    while let Some(cell) = cells.next_cell().map_err(told)? {
        let (row, column) = cell.get_position();
        let (row, column) = (usize::try_from(row).unwrap_or(usize::MAX), usize::try_from(column).unwrap_or(usize::MAX));
        let text = text(cell.get_value());
        if let DataRef::Float(value) = cell.get_value()
            && rounded.len() < KEPT_ROUNDED
            && cell_text::is_rounded(*value)
        {
            rounded.push(Rounded { row: row.saturating_add(1), column: column.saturating_add(1), text: text.clone() });
        }
        rows.put(row, column, text)?;
    }
    Ok(Sheet { rows: rows.finish()?, rounded })
}

fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => cell_text::number(*number),
        DataRef::Bool(yes) => if *yes { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::DateTime(moment) => cell_text::moment(moment),
        DataRef::Error(error) => error.to_string(),
    }
}

fn told(error: XlsxError) -> SheetError {
    match error {
        XlsxError::Password => SheetError::Password,
        XlsxError::FileNotFound(_) | XlsxError::RelationshipNotFound => SheetError::NoWorkbook,
        error => SheetError::Broken { reason: error.to_string() },
    }
}
