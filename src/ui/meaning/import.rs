//! Where a table came from and why a row of it is not entered, in words.

use crate::{
    desk::import::RowProblem,
    ui::{text, texts::Texts},
};

impl Texts {
    /// Where a table came from: the name of its file, if it had one.
    pub(in crate::ui) fn import_source(&self, name: &str) -> String {
        if name.is_empty() { text!(self, "import-source-pasted") } else { name.to_owned() }
    }

    pub fn row_problem(&self, problem: &RowProblem) -> String {
        match problem {
            RowProblem::Empty { column } => text!(self, "row-empty", column = column.as_str()),
            RowProblem::Malformed { column, text } => {
                text!(self, "row-malformed", column = column.as_str(), text = text.as_str())
            }
            RowProblem::Repeated { text, first } => {
                text!(self, "row-repeated", text = text.as_str(), first = first.to_string())
            }
            RowProblem::Known { text } => text!(self, "row-known", text = text.as_str()),
            RowProblem::Limit(problem) => self.limit_problem(problem),
            RowProblem::Target(problem) => self.target_problem(problem),
            RowProblem::SeveralLines { text, lines } => {
                text!(self, "row-several-lines", text = text.as_str(), lines = lines.to_string())
            }
            RowProblem::Differs { text, columns } => {
                text!(self, "row-differs", text = text.as_str(), columns = columns.as_str())
            }
            RowProblem::NoTime { column, text } => {
                text!(self, "usage-no-time", column = column.as_str(), text = text.as_str())
            }
            RowProblem::NoZone { column, text } => {
                text!(self, "usage-no-zone", column = column.as_str(), text = text.as_str())
            }
            RowProblem::Entry(problem) => self.entry_problem(problem),
        }
    }
}
