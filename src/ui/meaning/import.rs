//! Why a row of a table is not entered, in words.

use crate::{
    desk::import::RowProblem,
    ui::{text, texts::Texts},
};

impl Texts {
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
