//! The URL signature of the base interfaces of the access guide V2.0 (KooGallery page zh-cn_topic_0070649476):
//! `?signature=<hex>&timestamp=<ms>&nonce=<text>` over a JSON body.
//!
//! ```text
//! inner     = lowerHex(HMAC-SHA256(accessKey, payload))
//! canonical = accessKey + nonce + timestamp + inner
//! signature = hex(HMAC-SHA256(accessKey, canonical))
//! ```

use serde_json::{Map, Value};

use super::mac::{constant_time_eq, hmac_sha256};
use crate::protocol::{Secret, UnixMillis};

/// How far a call's timestamp may lie from now, either way.
pub const MAX_SKEW_MILLIS: i64 = 60_000;

/// The three parameters of the URL, as received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UrlSignature {
    pub signature: String,
    /// Signed exactly as it was written.
    pub timestamp: String,
    pub nonce: String,
}

/// Which form of the body the caller signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignedForm {
    /// The bytes as sent.
    Raw,
    /// Compact JSON, top-level names ascending, null members dropped.
    SortedCompact,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the URL has no `{0}`")]
    Missing(&'static str),
    #[error("`timestamp` is no number of milliseconds")]
    MalformedTimestamp,
    #[error("`timestamp` is {} s {} this computer's clock; at most {} s are allowed", .skew_millis.abs() / 1000, if *.skew_millis < 0 { "behind" } else { "ahead of" }, MAX_SKEW_MILLIS / 1000)]
    Stale {
        /// Positive where the caller's clock is ahead.
        skew_millis: i64,
    },
    #[error("no access key of this class is set")]
    NoKey,
    #[error("the signature does not match the access key")]
    Mismatch,
}

impl UrlSignature {
    /// Reads the three parameters from a query string; form-decoded, first value of a repeated name.
    pub fn from_query(query: &str) -> Result<Self, Refusal> {
        let find = |name: &'static str| {
            url::form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
                .filter(|value| !value.is_empty())
                .ok_or(Refusal::Missing(name))
        };
        Ok(Self { timestamp: find("timestamp")?, nonce: find("nonce")?, signature: find("signature")? })
    }

    /// Signs `body`; upper-case hex, as most published examples have it.
    pub fn sign(key: &Secret, nonce: &str, timestamp: &str, body: &[u8]) -> Self {
        Self {
            signature: hex::encode_upper(mac(key, nonce, timestamp, body)),
            timestamp: timestamp.to_owned(),
            nonce: nonce.to_owned(),
        }
    }

    pub fn to_query(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new())
            .append_pair("signature", &self.signature)
            .append_pair("timestamp", &self.timestamp)
            .append_pair("nonce", &self.nonce)
            .finish()
    }

    /// Whether the call is of now.
    pub fn check_freshness(&self, now: UnixMillis) -> Result<(), Refusal> {
        let sent = plain_millis(&self.timestamp).ok_or(Refusal::MalformedTimestamp)?;
        let skew_millis = sent.saturating_sub(now.0);
        if skew_millis.saturating_abs() > MAX_SKEW_MILLIS {
            return Err(Refusal::Stale { skew_millis });
        }
        Ok(())
    }

    /// Whether somebody who knows `key` signed `body`. Freshness is checked apart, so that a mismatch of an old call can
    /// still be told.
    pub fn verify(&self, key: &Secret, body: &[u8]) -> Result<SignedForm, Refusal> {
        let Ok(given) = hex::decode(&self.signature) else { return Err(Refusal::Mismatch) };
        let matches = |payload: &[u8]| constant_time_eq(&given, &mac(key, &self.nonce, &self.timestamp, payload));
        if matches(body) {
            return Ok(SignedForm::Raw);
        }
        match sorted_compact(body) {
            Some(sorted) if matches(&sorted) => Ok(SignedForm::SortedCompact),
            _ => Err(Refusal::Mismatch),
        }
    }
}

/// A timestamp, written in the one plain way. Nonce and timestamp are signed with nothing between them: otherwise a nonce
/// ending in `0` or `+` could hand that character over, and a replayed call would carry a new nonce.
pub(super) fn plain_millis(timestamp: &str) -> Option<i64> {
    let plain = timestamp.bytes().all(|byte| byte.is_ascii_digit()) && !timestamp.starts_with('0');
    timestamp.parse().ok().filter(|_| plain)
}

/// The body as the marketplace's own sample serialises it. `None` where it is no JSON object.
pub fn sorted_compact(body: &[u8]) -> Option<Vec<u8>> {
    let members: Map<String, Value> = serde_json::from_slice(body).ok()?;
    let mut members: Vec<(String, Value)> = members.into_iter().filter(|(_, value)| !value.is_null()).collect();
    members.sort_by(|(left, _), (right, _)| left.encode_utf16().cmp(right.encode_utf16()));
    serde_json::to_vec(&Map::from_iter(members)).ok()
}

fn mac(key: &Secret, nonce: &str, timestamp: &str, payload: &[u8]) -> [u8; 32] {
    let key = key.expose().as_bytes();
    let inner = hex::encode(hmac_sha256(key, &[payload]));
    hmac_sha256(key, &[key, nonce.as_bytes(), timestamp.as_bytes(), inner.as_bytes()])
}

#[cfg(test)]
mod tests;
