//! What a list shows as a table for the clipboard, which a spreadsheet takes: tabs between cells, a line for each entry.

use super::list::value_of;
use crate::{
    domain::register::{Judged, RegisterKind, STATE},
    ui::{context::ViewContext, text},
};

pub(super) fn of(cx: &ViewContext<'_>, kind: RegisterKind, rows: &[&Judged]) -> String {
    let fields = kind.register().fields;
    let mut headings: Vec<String> = [STATE]
        .into_iter()
        .chain(fields.iter().map(|field| field.name))
        .map(|name| cx.texts.field_or_name(name))
        .collect();
    headings.extend([text!(cx.texts, "registers-due"), text!(cx.texts, "registers-finding")]);
    let row = |judged: &&Judged| {
        let entry = &judged.kept.entry;
        let mut cells = vec![cx.texts.choice_or_name(&entry.state)];
        cells.extend(
            fields
                .iter()
                .map(|field| entry.get(field.name).map_or_else(String::new, |value| value_of(cx, field, value))),
        );
        cells.push(judged.due.map_or_else(String::new, |due| due.to_string()));
        let told: Vec<String> = judged.findings.iter().map(|finding| cx.texts.register_rule(&finding.rule)).collect();
        cells.push(told.join("; "));
        line(&cells)
    };
    let lines: Vec<String> = [line(&headings)].into_iter().chain(rows.iter().map(row)).collect();
    lines.join("\n")
}

/// A cell that begins as a formula does would become one.
fn line(cells: &[String]) -> String {
    let cell = |cell: &String| {
        let cell = cell.replace(['\t', '\r', '\n'], " ");
        if cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell }
    };
    cells.iter().map(cell).collect::<Vec<_>>().join("\t")
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn cells_stay_cells_and_no_text_becomes_a_formula() {
        let cells = ["a\tb", "=1+1", "好\n评", "2026-11-24"].map(str::to_owned);
        assert_eq!(line(&cells), "a b\t'=1+1\t好 评\t2026-11-24");
    }
}
