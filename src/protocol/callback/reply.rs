//! What comes back from a seller that is called, as it arrived, and nothing said about whether it is right.

use serde_json::Value;

use super::truncated;

/// Longer answers are none, in bytes.
pub const MAX_REPLY: usize = 1024 * 1024;
/// Of an answer this much is kept, in characters.
const MAX_KEPT: usize = 16 * 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    pub content_type: Option<String>,
    /// The header of that name.
    pub body_sign: Option<String>,
    pub body: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoReply {
    /// After so many milliseconds.
    #[error("no answer within {0} ms")]
    Timeout(u64),
    #[error("{0}")]
    Unreachable(String),
    #[error("the answer is longer than {MAX_REPLY} bytes")]
    TooLong,
}

impl Reply {
    /// The body without the credentials of buyers, to be kept and shown.
    pub fn masked_body(&self) -> String {
        let mut value = serde_json::from_slice(&self.body).unwrap_or(Value::Null);
        let text = if mask(&mut value) { value.to_string() } else { String::from_utf8_lossy(&self.body).into_owned() };
        truncated(&text, MAX_KEPT)
    }
}

/// Whether there was something to mask.
fn mask(value: &mut Value) -> bool {
    match value {
        Value::Object(members) => members.iter_mut().fold(false, |found, (name, member)| {
            if matches!(name.as_str(), "userName" | "password" | "license") {
                *member = Value::from("***");
                true
            } else {
                mask(member) || found
            }
        }),
        Value::Array(entries) => entries.iter_mut().filter_map(|entry| mask(entry).then_some(())).count() > 0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(body: &str) -> String {
        Reply { status: 200, content_type: None, body_sign: None, body: body.into() }.masked_body()
    }

    #[test]
    fn an_answer_is_kept_without_its_credentials() {
        let body = r#"{"resultCode":"000000","info":[{"appInfo":{"frontEndUrl":"u","userName":"admin","password":"Passw0rd!"}}]}"#;
        assert_eq!(
            masked(body),
            r#"{"resultCode":"000000","info":[{"appInfo":{"frontEndUrl":"u","userName":"***","password":"***"}}]}"#
        );
    }

    #[test]
    fn any_other_answer_is_kept_as_it_came() {
        for body in [r#"{ "resultCode": "000000" }"#, "<html>", ""] {
            assert_eq!(masked(body), body);
        }
    }
}
