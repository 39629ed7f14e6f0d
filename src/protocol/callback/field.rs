//! Taking members out of a call's body with the documented limits. Tolerant of numbers and booleans where a text is
//! documented, because the marketplace's pages contradict each other on the types.

use serde_json::{Map, Value};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    #[error("`{0}` is missing")]
    Missing(&'static str),
    #[error("`{name}` has {length} characters, at most {max} are allowed")]
    TooLong { name: &'static str, length: usize, max: usize },
    #[error("`{name}` should be a text and is {found}")]
    WrongType { name: &'static str, found: &'static str },
    #[error("`{name}`: {reason}")]
    Malformed { name: &'static str, reason: String },
}

/// Members not yet taken out of a body. What is left in the end is unknown to this version.
pub(super) struct Fields(pub(super) Map<String, Value>);

impl Fields {
    /// A text of at most `max` characters, `None` where absent, null or empty.
    pub(super) fn optional(&mut self, name: &'static str, max: usize) -> Result<Option<String>, FieldError> {
        let text = match self.0.shift_remove(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) => text,
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::Bool(flag)) => flag.to_string(),
            Some(Value::Array(_)) => return Err(FieldError::WrongType { name, found: "a list" }),
            Some(Value::Object(_)) => return Err(FieldError::WrongType { name, found: "an object" }),
        };
        let length = text.chars().count();
        if length > max {
            return Err(FieldError::TooLong { name, length, max });
        }
        Ok(Some(text).filter(|text| !text.is_empty()))
    }

    pub(super) fn mandatory(&mut self, name: &'static str, max: usize) -> Result<String, FieldError> {
        self.optional(name, max)?.ok_or(FieldError::Missing(name))
    }
}
