//! Which row of a table holds the headings, and which column is which. Found by names and aliases, or set by hand, and
//! remembered by the headings, so that next month's file fits although its columns stand elsewhere.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Sheet;

/// Titles, notes and blank rows may stand above the headings, but not more.
const LOOKED_AT: usize = 20;

/// A column that somebody needs.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    pub name: &'a str,
    /// What else it is called, in any language.
    pub aliases: &'a [&'a str],
    pub required: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct HeaderFinder<'a> {
    wanted: &'a [Wanted<'a>],
}

/// Where the headings are and which column stands for which name. Everything is counted from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ColumnMapping {
    /// `None` where the first row is data already.
    pub header_row: Option<usize>,
    /// All headings, known and unknown, as they stand there.
    pub headings: Vec<String>,
    pub columns: BTreeMap<String, usize>,
}

impl<'a> HeaderFinder<'a> {
    pub const fn new(wanted: &'a [Wanted<'a>]) -> Self {
        Self { wanted }
    }

    /// The row that names most of the wanted columns, of several the first; `None` where no row names any.
    pub fn find(&self, sheet: &Sheet) -> Option<ColumnMapping> {
        let mut best: Option<ColumnMapping> = None;
        for (number, row) in sheet.rows.iter().enumerate().take(LOOKED_AT) {
            let columns = self.named_in(row);
            if columns.len() > best.as_ref().map_or(0, |best| best.columns.len()) {
                best = Some(ColumnMapping { header_row: Some(number), headings: headings(row), columns });
            }
        }
        best
    }

    /// What that row names, where somebody says that it holds the headings; nothing where there are none.
    pub fn in_row(&self, sheet: &Sheet, header_row: Option<usize>) -> ColumnMapping {
        let row = header_row.and_then(|row| sheet.rows.get(row)).map_or(&[][..], Vec::as_slice);
        ColumnMapping { header_row, headings: headings(row), columns: self.named_in(row) }
    }

    /// Wanted columns that nothing stands for and that nobody can do without.
    pub fn missing(&self, mapping: &ColumnMapping) -> Vec<&'a str> {
        let required = self.wanted.iter().filter(|wanted| wanted.required);
        required.map(|wanted| wanted.name).filter(|name| !mapping.columns.contains_key(*name)).collect()
    }

    /// A heading that says the name itself comes before one with a note in brackets, and a left one before a right one.
    fn named_in(&self, row: &[String]) -> BTreeMap<String, usize> {
        let mut columns = BTreeMap::new();
        for (says, heading) in [(bare as fn(&str) -> String, row), (without_note, row)] {
            for (column, heading) in heading.iter().enumerate() {
                let heading = says(heading);
                let named = self.wanted.iter().find(|wanted| wanted.is_called(&heading));
                if let Some(wanted) = named.filter(|wanted| !columns.contains_key(wanted.name))
                    && !columns.values().any(|taken| *taken == column)
                {
                    columns.insert(wanted.name.to_owned(), column);
                }
            }
        }
        columns
    }
}

impl Wanted<'_> {
    fn is_called(&self, bare_heading: &str) -> bool {
        !bare_heading.is_empty() && self.aliases.iter().chain([&self.name]).any(|name| bare(name) == bare_heading)
    }
}

impl ColumnMapping {
    /// Set by hand.
    pub fn by_hand<'a>(
        sheet: &Sheet,
        header_row: Option<usize>,
        columns: impl IntoIterator<Item = (&'a str, usize)>,
    ) -> Self {
        let row = header_row.and_then(|row| sheet.rows.get(row));
        let columns = columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect();
        Self { header_row, headings: row.map(|row| headings(row)).unwrap_or_default(), columns }
    }

    /// This mapping for another file: the columns under the same headings, wherever they stand there. `None` where one of
    /// them is missing, and where there were no headings to go by.
    pub fn fit(&self, sheet: &Sheet) -> Option<Self> {
        self.header_row?;
        sheet.rows.iter().enumerate().take(LOOKED_AT).find_map(|(number, row)| {
            let there: Vec<String> = row.iter().map(|heading| bare(heading)).collect();
            let place = |column: &usize| {
                let heading = bare(self.headings.get(*column)?);
                there.iter().position(|other| *other == heading && !heading.is_empty())
            };
            let columns: Option<BTreeMap<String, usize>> =
                self.columns.iter().map(|(name, column)| Some((name.clone(), place(column)?))).collect();
            let columns = columns.filter(|columns| !columns.is_empty())?;
            Some(Self { header_row: Some(number), headings: headings(row), columns })
        })
    }

    pub const fn of<'a>(&'a self, sheet: &'a Sheet) -> Mapped<'a> {
        Mapped { sheet, mapping: self }
    }
}

/// A table with names for its columns.
#[derive(Clone, Copy, Debug)]
pub struct Mapped<'a> {
    sheet: &'a Sheet,
    mapping: &'a ColumnMapping,
}

#[derive(Clone, Copy, Debug)]
pub struct MappedRow<'a> {
    /// As a spreadsheet counts: from 1, headings and blank rows too.
    pub number: usize,
    cells: &'a [String],
    mapping: &'a ColumnMapping,
}

impl<'a> Mapped<'a> {
    /// Everything below the headings, blank rows left out.
    pub fn rows(&self) -> impl Iterator<Item = MappedRow<'a>> + use<'a> {
        let mapping = self.mapping;
        let first = mapping.header_row.map_or(0, |row| row + 1);
        let rows = self.sheet.rows.iter().enumerate().skip(first);
        rows.map(move |(row, cells)| MappedRow { number: row + 1, cells, mapping })
            .filter(|row| row.cells.iter().any(|cell| !trim(cell).is_empty()))
    }

    /// The first rows, to look at before anything is done with them.
    pub fn preview(&self, rows: usize) -> Vec<MappedRow<'a>> {
        self.rows().take(rows).collect()
    }
}

impl<'a> MappedRow<'a> {
    /// What stands in the column of that name, without blanks round it; `None` where nothing does.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.cell(*self.mapping.columns.get(name)?)
    }

    /// What stands in columns that stand for nothing, with their headings.
    pub fn unknown(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let Self { cells, mapping, .. } = *self;
        (0..cells.len()).filter(move |column| !mapping.columns.values().any(|mapped| mapped == column)).filter_map(
            move |column| {
                let heading = mapping.headings.get(column).map_or("", String::as_str);
                cells.get(column).map(|cell| trim(cell)).filter(|cell| !cell.is_empty()).map(|cell| (heading, cell))
            },
        )
    }

    fn cell(&self, column: usize) -> Option<&'a str> {
        self.cells.get(column).map(|cell| trim(cell)).filter(|cell| !cell.is_empty())
    }
}

fn headings(row: &[String]) -> Vec<String> {
    row.iter().map(|heading| trim(heading).to_owned()).collect()
}

/// Without blanks of any kind, the tab by which some systems keep an id from becoming a number, and the shell `="…"` that
/// does the same.
fn trim(cell: &str) -> &str {
    let blank = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}');
    let cell = cell.trim_matches(blank);
    let shelled = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    shelled.map_or(cell, |inner| inner.trim_matches(blank))
}

/// A heading without what people write differently: case, blanks, marks, wide letters.
fn bare(heading: &str) -> String {
    heading
        .chars()
        .map(narrow)
        .filter(|c| c.is_alphanumeric() || "()[]【】".contains(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

/// The same without what stands in brackets, such as a unit or a zone.
fn without_note(heading: &str) -> String {
    let bare = bare(heading);
    bare.split(['(', '[', '【']).next().unwrap_or_default().to_owned()
}

/// Wide Latin letters, digits and brackets as plain ones.
fn narrow(c: char) -> char {
    match u32::from(c) {
        wide @ 0xFF01..=0xFF5E => char::from_u32(wide - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests;
