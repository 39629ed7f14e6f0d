//! The same body, written anew as programs do that read and write JSON between the caller's signature and the call.

use serde::{Deserialize, Serialize};
use serde_json::{
    Map, Value,
    ser::{PrettyFormatter, Serializer},
};

use crate::protocol::signature::{mac::java_order, usage_push::canonical_body};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BodyForm {
    /// White space or a line break at its ends, which the call lacks, or the other way round.
    Ends,
    Compact,
    /// Names ascending at every level.
    Sorted,
    Descending,
    /// With line breaks and indentation.
    Pretty,
    /// A blank behind each comma and colon.
    Spaced,
    /// `\uXXXX` for what is not ASCII.
    Escaped,
    /// `\/` for `/`.
    EscapedSlashes,
}

pub(super) fn written_anew(body: &[u8]) -> Vec<(BodyForm, Vec<u8>)> {
    let mut forms = vec![
        (BodyForm::Ends, body.trim_ascii().to_vec()),
        (BodyForm::Ends, [body, b"\n"].concat()),
        (BodyForm::Ends, [body, b"\r\n"].concat()),
    ];
    if let Ok(value) = serde_json::from_slice::<Value>(body) {
        let compact = value.to_string();
        let sorted = canonical_body(&value);
        let (spaced, sorted_spaced) = (spaced(&compact), spaced(&sorted));
        let slashes = compact.replace('/', "\\/");
        forms.extend([
            (BodyForm::Escaped, escaped(&compact)),
            (BodyForm::Escaped, escaped(&sorted)),
            (BodyForm::EscapedSlashes, escaped(&slashes)),
            (BodyForm::EscapedSlashes, slashes.into_bytes()),
            (BodyForm::Descending, descending(&value)),
            (BodyForm::Pretty, indented(&value, b"  ")),
            (BodyForm::Pretty, indented(&value, b"    ")),
            (BodyForm::Spaced, escaped(&spaced)),
            (BodyForm::Spaced, spaced.into_bytes()),
            (BodyForm::Spaced, escaped(&sorted_spaced)),
            (BodyForm::Sorted, sorted.into_bytes()),
            (BodyForm::Compact, compact.into_bytes()),
        ]);
    }
    forms.retain(|(_, form)| form != body);
    // Where two are the same bytes, the simpler one is told.
    forms.reverse();
    forms
}

fn indented(value: &Value, indent: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let formatter = PrettyFormatter::with_indent(indent);
    let written = value.serialize(&mut Serializer::with_formatter(&mut bytes, formatter));
    written.map(|()| bytes).unwrap_or_default()
}

fn descending(value: &Value) -> Vec<u8> {
    let Value::Object(members) = value else { return Vec::new() };
    let mut members: Vec<(&String, &Value)> = members.iter().collect();
    members.sort_by(|(left, _), (right, _)| java_order(right, left));
    let members = members.into_iter().map(|(name, value)| (name.clone(), value.clone()));
    Value::Object(members.collect::<Map<_, _>>()).to_string().into_bytes()
}

/// In JSON, what is not ASCII stands in texts only.
fn escaped(text: &str) -> Vec<u8> {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii() {
            escaped.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    escaped.into_bytes()
}

/// A blank behind each comma and colon that stands in no text.
fn spaced(compact: &str) -> String {
    let mut spaced = String::with_capacity(compact.len() * 2);
    let (mut in_text, mut is_escaped) = (false, false);
    for c in compact.chars() {
        spaced.push(c);
        match c {
            '"' if !is_escaped => in_text = !in_text,
            ',' | ':' if !in_text => spaced.push(' '),
            _ => {}
        }
        is_escaped = c == '\\' && !is_escaped;
    }
    spaced
}
