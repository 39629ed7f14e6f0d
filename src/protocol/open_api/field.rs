//! Members of an answer, whatever type they come in: numbers as text and text as numbers are both seen in the samples.

use serde_json::Value;

use crate::protocol::UnixMillis;

pub(super) fn text(object: &Value, name: &str) -> Option<String> {
    match object.get(name)? {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

pub(super) fn number(object: &Value, name: &str) -> Option<i64> {
    let member = object.get(name)?;
    member.as_i64().or_else(|| member.as_str().and_then(|text| text.trim().parse().ok()))
}

/// What is no time is as good as absent.
pub(super) fn time(object: &Value, name: &str) -> Option<UnixMillis> {
    UnixMillis::from_compact_utc(text(object, name)?.trim()).ok()
}

/// The entries of a list; a lone object stands for a list of one.
pub(super) fn list<'v>(object: &'v Value, name: &str) -> Vec<&'v Value> {
    match object.get(name) {
        Some(Value::Array(entries)) => entries.iter().collect(),
        Some(entry @ Value::Object(_)) => vec![entry],
        _ => Vec::new(),
    }
}
