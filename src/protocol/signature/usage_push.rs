//! The headers `signature`, `ts`, `nonce` of the new usage push (KooGallery pages zh-cn_topic_0070649410 and
//! zh-cn_topic_0070649406). The key is the access key bound to the base interfaces, not an AK/SK pair. Knows no clock: the
//! pages name no freshness window.
//!
//! ```text
//! text      = ts=<ms>&nonce=<nonce>&body=<body>
//! signature = base64(HMAC-SHA256(key, text))
//! ```
//!
//! The pages want the body "sorted naturally" and leave open how deep. [`canonical_body`] sorts at every level, which
//! satisfies either reading: send and sign exactly that text.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

use super::mac::{constant_time_eq, hmac_sha256, java_order};
use crate::protocol::Secret;

pub const SIGNATURE: &str = "signature";
pub const TS: &str = "ts";
pub const NONCE: &str = "nonce";

/// Longest `ts`, in characters.
pub const MAX_TS: usize = 20;
/// Longest `nonce`, in characters.
pub const MAX_NONCE: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the header `{0}` is missing")]
    Missing(&'static str),
    #[error("`ts` is no number of milliseconds of at most {MAX_TS} digits")]
    MalformedTs,
    /// `&` is refused because it separates the parts of the signed text.
    #[error("`nonce` is empty, longer than {MAX_NONCE} characters, or holds a `&`")]
    MalformedNonce,
    #[error("`signature` does not match the access key")]
    Mismatch,
}

/// Which form of the body was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedForm {
    /// The bytes as sent.
    Raw,
    /// [`canonical_body`] of what was sent.
    Canonical,
}

/// The three headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushHeaders {
    /// Standard base64 with padding.
    pub signature: String,
    /// Milliseconds since 1970, decimal.
    pub ts: String,
    pub nonce: String,
}

impl PushHeaders {
    /// Reads the headers through `header`, which looks a lower-case name up.
    pub fn from_headers<'a>(header: impl Fn(&'static str) -> Option<&'a str>) -> Result<Self, Refusal> {
        let find =
            |name| header(name).filter(|value| !value.is_empty()).map(str::to_owned).ok_or(Refusal::Missing(name));
        Ok(Self { signature: find(SIGNATURE)?, ts: find(TS)?, nonce: find(NONCE)? })
    }

    /// Signs `body`, which should be a [`canonical_body`]; send exactly these bytes.
    pub fn sign(key: &Secret, ts: &str, nonce: &str, body: &[u8]) -> Result<Self, Refusal> {
        check_form(ts, nonce)?;
        Ok(Self { signature: STANDARD.encode(mac(key, ts, nonce, body)), ts: ts.to_owned(), nonce: nonce.to_owned() })
    }

    /// Name and value of each header to send.
    pub fn to_headers(&self) -> [(&'static str, &str); 3] {
        [(SIGNATURE, &self.signature), (TS, &self.ts), (NONCE, &self.nonce)]
    }

    /// Whether somebody who knows `key` signed `body`.
    pub fn verify(&self, key: &Secret, body: &[u8]) -> Result<SignedForm, Refusal> {
        check_form(&self.ts, &self.nonce)?;
        let matches = |body: &[u8]| {
            let expected = STANDARD.encode(mac(key, &self.ts, &self.nonce, body));
            constant_time_eq(self.signature.as_bytes(), expected.as_bytes())
        };
        if matches(body) {
            return Ok(SignedForm::Raw);
        }
        match serde_json::from_slice::<Value>(body).map(|body| canonical_body(&body)) {
            Ok(canonical) if matches(canonical.as_bytes()) => Ok(SignedForm::Canonical),
            _ => Err(Refusal::Mismatch),
        }
    }

    /// The signed text over `body`. The key is no part of it, so it is safe to keep and to show.
    pub fn string_to_sign(&self, body: &[u8]) -> String {
        format!("ts={}&nonce={}&body={}", self.ts, self.nonce, String::from_utf8_lossy(body))
    }
}

/// Compact JSON with names ascending at every level; the order of arrays is kept, non-ASCII and `/` are not escaped.
pub fn canonical_body(body: &Value) -> String {
    sorted(body).to_string()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(&String, &Value)> = members.iter().collect();
            members.sort_by(|(left, _), (right, _)| java_order(left, right));
            Value::Object(members.into_iter().map(|(name, value)| (name.clone(), sorted(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

fn check_form(ts: &str, nonce: &str) -> Result<(), Refusal> {
    if ts.is_empty() || ts.len() > MAX_TS || !ts.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::MalformedTs);
    }
    if nonce.is_empty() || nonce.chars().count() > MAX_NONCE || nonce.contains('&') {
        return Err(Refusal::MalformedNonce);
    }
    Ok(())
}

fn mac(key: &Secret, ts: &str, nonce: &str, body: &[u8]) -> [u8; 32] {
    let parts: [&[u8]; 6] = [b"ts=", ts.as_bytes(), b"&nonce=", nonce.as_bytes(), b"&body=", body];
    hmac_sha256(key.expose().as_bytes(), &parts)
}
