//! How much a table may be, whatever its file says of itself. A file of some kilobytes can unfold to gigabytes.

use super::SheetError;

/// Of a file.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;
pub const MAX_ROWS: usize = 1_000_000;
pub const MAX_COLUMNS: usize = 1_024;

/// Memory that cells take, texts and all.
const MAX_MEMORY: usize = 1024 * 1024 * 1024;
const CELL: usize = size_of::<String>();

/// Rows that come in from the top, within bounds.
#[derive(Default)]
pub(super) struct Growing {
    rows: Vec<Vec<String>>,
    memory: usize,
}

impl Growing {
    /// Puts a cell; blank ones are put by leaving them out. `row` and `column` are counted from 0.
    pub(super) fn put(&mut self, row: usize, column: usize, text: String) -> Result<(), SheetError> {
        if text.is_empty() {
            return Ok(());
        }
        if row >= MAX_ROWS {
            return Err(SheetError::TooManyRows);
        }
        if column >= MAX_COLUMNS {
            return Err(SheetError::TooWide { row: row + 1 });
        }
        if row >= self.rows.len() {
            self.memory += (row + 1 - self.rows.len()) * size_of::<Vec<String>>();
            self.rows.resize_with(row + 1, Vec::new);
        }
        self.memory += text.len();
        if let Some(cells) = self.rows.get_mut(row) {
            if column >= cells.len() {
                self.memory += (column + 1 - cells.len()) * CELL;
                cells.resize_with(column + 1, String::new);
            }
            if let Some(cell) = cells.get_mut(column) {
                *cell = text;
            }
        }
        if self.memory > MAX_MEMORY {
            return Err(SheetError::TooMuch { row: row + 1 });
        }
        Ok(())
    }

    pub(super) fn finish(self) -> Result<Vec<Vec<String>>, SheetError> {
        if self.rows.is_empty() { Err(SheetError::Empty) } else { Ok(self.rows) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_at_their_edges() {
        let mut growing = Growing::default();
        growing.put(0, MAX_COLUMNS - 1, "x".into()).unwrap();
        assert_eq!(growing.put(0, MAX_COLUMNS, "x".into()), Err(SheetError::TooWide { row: 1 }));
        growing.put(MAX_ROWS - 1, 0, "x".into()).unwrap();
        assert_eq!(growing.put(MAX_ROWS, 0, "x".into()), Err(SheetError::TooManyRows));
        assert_eq!(growing.put(MAX_ROWS, MAX_COLUMNS, String::new()), Ok(()), "blank cells are no content");
        assert_eq!(growing.finish().unwrap().len(), MAX_ROWS);
    }

    #[test]
    fn one_long_text_in_many_cells_ends() {
        let long = "x".repeat(1024 * 1024);
        let mut growing = Growing::default();
        let refused = (0..2_000).find_map(|row| growing.put(row, 0, long.clone()).err());
        assert!(matches!(refused, Some(SheetError::TooMuch { row }) if (1_000..1_025).contains(&row)), "{refused:?}");
    }

    #[test]
    fn blank_rows_and_cells_keep_their_place() {
        let mut growing = Growing::default();
        growing.put(1, 2, "x".into()).unwrap();
        assert_eq!(growing.finish().unwrap(), [vec![], vec![String::new(), String::new(), "x".into()]]);
        assert_eq!(Growing::default().finish(), Err(SheetError::Empty));
    }
}
