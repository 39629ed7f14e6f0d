//! The authToken of the access guide V1.0: a query parameter of the base interfaces (GET, KooGallery pages
//! zh-cn_topic_0070649156 and zh-cn_topic_0070649061) and a header of the kit interfaces (POST, zh-cn_topic_0070649135 and
//! zh-cn_topic_0070649159). Knows no clock: V1 states no freshness window, so none is checked.
//!
//! ```text
//! text      = name=value pairs, without authToken, ascending by name, joined with &
//! authToken = base64(HMAC-SHA256(Key + timeStamp, text))
//! ```
//!
//! The pair `timeStamp` (`yyyyMMddHHmmssSSS`, UTC in base calls, UTC+8 in kit calls) is part of the text and of the key.

use std::borrow::Cow;

use ::url::form_urlencoded;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

use super::mac::{constant_time_eq, hmac_sha256, java_order};
use crate::protocol::Secret;

/// Name of the query parameter (base interfaces) and of the header (kit interfaces).
pub const AUTH_TOKEN: &str = "authToken";
pub const TIME_STAMP: &str = "timeStamp";

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the call has no `{0}`")]
    Missing(&'static str),
    #[error("the body is no JSON object")]
    NotAnObject,
    /// An unescaped `+` of a query is read as a blank, and base64 has no blanks.
    #[error("`authToken` holds a blank: its `+` was not written as %2B")]
    LostPlus,
    #[error("`authToken` does not match the Key")]
    Mismatch,
}

/// The fields of one call in the form in which they are signed.
///
/// What was verified is what [`Signable::get`] and [`Signable::fields`] return: read a call's values there, so that a
/// repeated name cannot mean one thing to the signature and another to the reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signable {
    /// Ascending by name, each name once, without authToken.
    fields: Vec<(String, String)>,
    time_stamp: String,
}

impl Signable {
    /// A base call: form-decoded (`+` is a blank), empty values kept.
    pub fn from_query(query: &str) -> Result<Self, Refusal> {
        Self::from_params(form_urlencoded::parse(query.as_bytes()))
    }

    /// A base call whose parameters are decoded already. Of a repeated name the first value counts.
    pub fn from_params<N, V>(params: impl IntoIterator<Item = (N, V)>) -> Result<Self, Refusal>
    where
        N: Into<String>,
        V: Into<String>,
    {
        let mut fields: Vec<(String, String)> = params
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .filter(|(name, _)| name != AUTH_TOKEN)
            .collect();
        // Stable, so the first of a repeated name stays first.
        fields.sort_by(|(left, _), (right, _)| java_order(left, right));
        fields.dedup_by(|(later, _), (first, _)| later == first);
        let time_stamp = fields
            .iter()
            .find(|(name, value)| name == TIME_STAMP && !value.is_empty())
            .map(|(_, value)| value.clone())
            .ok_or(Refusal::Missing(TIME_STAMP))?;
        Ok(Self { fields, time_stamp })
    }

    /// A kit call: the top-level members of the body, those that are null or blank skipped. Texts are taken verbatim (V1
    /// writes structured members as JSON texts), numbers as they print. Of a repeated name the last value counts, as in
    /// every reader of JSON that the samples use.
    pub fn from_kit_body(body: &[u8]) -> Result<Self, Refusal> {
        let members: Map<String, Value> = serde_json::from_slice(body).map_err(|_| Refusal::NotAnObject)?;
        Self::from_params(members.into_iter().filter_map(|(name, value)| {
            let text = match value {
                Value::Null => return None,
                Value::String(text) => text,
                other => other.to_string(),
            };
            (!is_blank(&text)).then_some((name, text))
        }))
    }

    /// The text that is signed. The Key is no part of it.
    pub fn string_to_sign(&self) -> String {
        let mut text = String::new();
        for (name, value) in &self.fields {
            if !text.is_empty() {
                text.push('&');
            }
            text.push_str(name);
            text.push('=');
            text.push_str(value);
        }
        text
    }

    pub fn time_stamp(&self) -> &str {
        &self.time_stamp
    }

    pub fn fields(&self) -> &[(String, String)] {
        &self.fields
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The authToken: standard base64 with padding, 44 characters, not yet URL-encoded.
    pub fn sign(&self, key: &Secret) -> String {
        let keyed = zeroize::Zeroizing::new([key.expose(), self.time_stamp.as_str()].concat());
        STANDARD.encode(hmac_sha256(keyed.as_bytes(), &[self.string_to_sign().as_bytes()]))
    }

    pub fn verify(&self, key: &Secret, auth_token: &str) -> Result<(), Refusal> {
        if constant_time_eq(auth_token.as_bytes(), self.sign(key).as_bytes()) {
            Ok(())
        } else if auth_token.contains(' ') {
            Err(Refusal::LostPlus)
        } else {
            Err(Refusal::Mismatch)
        }
    }
}

/// The authToken of a base call, as it came.
pub fn of_query(query: &str) -> Result<String, Refusal> {
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == AUTH_TOKEN)
        .map(|(_, value)| value.into_owned())
        .filter(|token| !token.is_empty())
        .ok_or(Refusal::Missing(AUTH_TOKEN))
}

/// Verifies a base call by its query string.
pub fn verify_query(key: &Secret, query: &str) -> Result<Signable, Refusal> {
    let token = of_query(query)?;
    let signable = Signable::from_query(query)?;
    signable.verify(key, &token)?;
    Ok(signable)
}

/// Verifies a kit call by its header `authToken` (without quotes) and its body.
pub fn verify_kit(key: &Secret, auth_token: Option<&str>, body: &[u8]) -> Result<Signable, Refusal> {
    let token = auth_token.filter(|token| !token.is_empty()).ok_or(Refusal::Missing(AUTH_TOKEN))?;
    let signable = Signable::from_kit_body(body)?;
    signable.verify(key, token)?;
    Ok(signable)
}

/// The query string of a signed base call: `params` in the order given, authToken last. The names must differ.
pub fn sign_query(key: &Secret, params: &[(&str, Cow<'_, str>)]) -> Result<String, Refusal> {
    let token = Signable::from_params(params.iter().map(|(name, value)| (*name, value.as_ref())))?.sign(key);
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in params.iter().filter(|(name, _)| *name != AUTH_TOKEN) {
        query.append_pair(name, value);
    }
    Ok(query.append_pair(AUTH_TOKEN, &token).finish())
}

/// The header `authToken` of a kit call.
pub fn sign_kit(key: &Secret, body: &[u8]) -> Result<String, Refusal> {
    Ok(Signable::from_kit_body(body)?.sign(key))
}

/// Blank in Java's sense, which counts the separators U+001C to U+001F but no no-break space.
fn is_blank(text: &str) -> bool {
    text.chars().all(|c| match c {
        '\u{1c}'..='\u{1f}' => true,
        '\u{85}' | '\u{a0}' | '\u{2007}' | '\u{202f}' => false,
        other => other.is_whitespace(),
    })
}
