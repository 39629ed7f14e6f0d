//! Taking members out of a call's body with the documented limits. Tolerant of numbers and booleans where a text is
//! documented, because the marketplace's pages contradict each other on the types: `testFlag` is a number in
//! zh-cn_topic_0070649013 and a text in zh-cn_topic_0070649427, `expireTime` has 14 digits by the table of
//! zh-cn_topic_0070649429 and 17 in its example.

use serde_json::{Map, Value};

use crate::protocol::{UnixMillis, timestamp::MalformedTime};

/// Longest point in time, in characters.
const TIME: usize = 20;

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

    /// `1` in any type, or `true`; absent and everything else is a real call.
    pub(super) fn test_flag(&mut self) -> Result<bool, FieldError> {
        Ok(self.optional("testFlag", 8)?.is_some_and(|flag| flag == "1" || flag.eq_ignore_ascii_case("true")))
    }

    pub(super) fn time(&mut self, name: &'static str) -> Result<UnixMillis, FieldError> {
        self.optional_time(name)?.ok_or(FieldError::Missing(name))
    }

    pub(super) fn optional_time(&mut self, name: &'static str) -> Result<Option<UnixMillis>, FieldError> {
        let Some(text) = self.optional(name, TIME)? else { return Ok(None) };
        let malformed = |error: MalformedTime| FieldError::Malformed { name, reason: error.to_string() };
        UnixMillis::from_compact_utc(&text).map(Some).map_err(malformed)
    }

    pub(super) fn mandatory(&mut self, name: &'static str, max: usize) -> Result<String, FieldError> {
        self.optional(name, max)?.ok_or(FieldError::Missing(name))
    }
}
