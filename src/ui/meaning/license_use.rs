//! What reports of use have wrong with them, in words.

use crate::{
    domain::license_use::{MAX_ACTIVE, MAX_CLIENT, UseProblem},
    ui::{text, texts::Texts},
};

impl Texts {
    pub(in crate::ui) fn use_problem(&self, problem: &UseProblem) -> String {
        match problem {
            UseProblem::NoCode => text!(self, "use-no-code"),
            UseProblem::Nothing => text!(self, "use-nothing"),
            UseProblem::NoNumber { text } => {
                text!(self, "use-no-number", text = text.as_str(), max = MAX_ACTIVE.to_string())
            }
            UseProblem::IdTooLong { length } => {
                text!(self, "use-id-too-long", length = length.to_string(), max = MAX_CLIENT.to_string())
            }
            UseProblem::TwoNumbers => text!(self, "use-two-numbers"),
        }
    }
}
