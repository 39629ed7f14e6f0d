//! The top of a table before it is entered: its cells, what each column is taken for, and what will happen to each row.

use egui::{Color32, Grid, Label, RichText, ScrollArea, Ui};

use crate::{
    desk::{
        files::ColumnMapping,
        import::{Fate, ReadTable, TableCheck},
    },
    ui::{context::ViewContext, text, theme::Palette},
};

/// Rows and columns that are shown of the file, and characters of a cell.
const ROWS: usize = 6;
const COLUMNS: usize = 24;
const CHARACTERS: usize = 22;
/// And of what will happen to a row.
const FATE: usize = 40;
/// As far down as headings are looked for.
pub(super) const HEADINGS: usize = 20;

/// The first rows as they stand in the file, and over each column what it is taken for.
pub(super) fn preview(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    table: &ReadTable,
    mapping: &ColumnMapping,
    check: Option<&TableCheck>,
) {
    let palette = Palette::of(ui.visuals());
    let columns = width(table).min(COLUMNS);
    let first = mapping.header_row.unwrap_or(0);
    let cell = |ui: &mut Ui, text: &str, color: Color32| {
        ui.add(Label::new(RichText::new(shortened(text, CHARACTERS)).color(color)).extend());
    };
    ScrollArea::horizontal().id_salt("import-preview").show(ui, |ui| {
        Grid::new("import-preview").striped(true).spacing([14.0, 3.0]).show(ui, |ui| {
            ui.label("");
            ui.label("");
            for column in 0..columns {
                let name = mapping.columns.iter().find(|(_, mapped)| **mapped == column).map(|(name, _)| name.as_str());
                match name {
                    Some(name) => cell(ui, &format!("{} = {name}", letters(column)), palette.good),
                    None => cell(ui, &letters(column), palette.muted),
                }
            }
            ui.end_row();
            for row in (first..table.sheet.rows.len()).take(ROWS) {
                cell(ui, &(row + 1).to_string(), palette.muted);
                let (words, color) = check.map_or_else(Default::default, |check| fate(cx, palette, check, row + 1));
                let shown = RichText::new(shortened(&words, FATE)).color(color);
                let label = ui.add(Label::new(shown).extend());
                if words.chars().count() > FATE {
                    label.on_hover_text(words);
                }
                for column in 0..columns {
                    let is_heading = mapping.header_row == Some(row);
                    let color = if is_heading { palette.busy } else { ui.visuals().text_color() };
                    cell(ui, table.sheet.cell(row, column), color);
                }
                ui.end_row();
            }
        });
    });
}

fn shortened(text: &str, most: usize) -> String {
    let mut shown: String = text.chars().take(most).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

/// What will happen to the row, counted from 1.
fn fate(cx: &ViewContext<'_>, palette: Palette, check: &TableCheck, row: usize) -> (String, Color32) {
    if let Some((_, fate)) = check.first.iter().find(|(number, _)| *number == row) {
        return match fate {
            Fate::New => (text!(cx.texts, "import-fate-new"), palette.good),
            Fate::Joins { fills, differs } if differs.is_empty() => {
                (text!(cx.texts, "import-fate-fills", columns = fills.join(", ")), palette.good)
            }
            Fate::Joins { fills, differs } => {
                let (fills, differs) = (fills.join(", "), differs.join(", "));
                (text!(cx.texts, "import-fate-differs", columns = fills, differs = differs), palette.busy)
            }
        };
    }
    match check.problems.iter().find(|(number, _)| *number == row) {
        Some((_, problem)) if problem.is_harmless() => (text!(cx.texts, "import-fate-nothing"), palette.muted),
        Some(_) => (text!(cx.texts, "import-fate-wrong"), palette.bad),
        None => Default::default(),
    }
}

/// Of the widest row near the top.
pub(super) fn width(table: &ReadTable) -> usize {
    table.sheet.rows.iter().take(HEADINGS + ROWS).map(Vec::len).max().unwrap_or(0)
}

pub(super) fn column_name(mapping: &ColumnMapping, column: usize) -> String {
    match mapping.headings.get(column).map(String::as_str) {
        None | Some("") => letters(column),
        Some(heading) => format!("{} {heading}", letters(column)),
    }
}

/// As a spreadsheet names its columns.
fn letters(column: usize) -> String {
    let letter = |place: usize| u8::try_from(place % 26).map_or('?', |place| char::from(b'A' + place));
    let mut name = vec![letter(column)];
    let mut rest = column / 26;
    while rest > 0 {
        name.push(letter(rest - 1));
        rest = (rest - 1) / 26;
    }
    name.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::letters;

    #[test]
    fn columns_are_named_as_in_a_spreadsheet() {
        let names = [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")];
        for (column, name) in names {
            assert_eq!(letters(column), name);
        }
    }
}
