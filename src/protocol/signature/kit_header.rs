//! The headers `x-sign`, `x-timestamp`, `x-nonce` of the kit interfaces of the access guide V2.0 (KooGallery page
//! zh-cn_topic_0070649476). Unlike the URL signature, the payload itself is signed and not its digest, and the access key is
//! the kit's own. Knows no clock and remembers no nonce.
//!
//! ```text
//! canonical = accessKey + x-nonce + x-timestamp + payload
//! x-sign    = hex(HMAC-SHA256(accessKey, canonical))
//! ```

use super::{
    mac::{hmac_sha256, is_hex_of},
    url::{MAX_SKEW_MILLIS, SignedForm, plain_millis, sorted_compact},
};
use crate::protocol::{Secret, UnixMillis};

pub const X_SIGN: &str = "x-sign";
pub const X_TIMESTAMP: &str = "x-timestamp";
pub const X_NONCE: &str = "x-nonce";

/// The three headers, as received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KitHeaders {
    /// Hex, case ignored.
    pub sign: String,
    /// Milliseconds since 1970; signed exactly as it was written.
    pub timestamp: String,
    pub nonce: String,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the header `{0}` is missing")]
    Missing(&'static str),
    #[error("`x-timestamp` is no number of milliseconds")]
    MalformedTimestamp,
    #[error("`x-timestamp` is {} s {} this computer's clock; at most {} s are allowed", .skew_millis.unsigned_abs() / 1000, if *.skew_millis < 0 { "behind" } else { "ahead of" }, MAX_SKEW_MILLIS / 1000)]
    Stale {
        /// Positive where the caller's clock is ahead.
        skew_millis: i64,
    },
    #[error("`x-sign` does not match the access key")]
    Mismatch,
}

impl KitHeaders {
    /// Reads the headers through `header`, which looks a lower-case name up.
    pub fn from_headers<'a>(header: impl Fn(&'static str) -> Option<&'a str>) -> Result<Self, Refusal> {
        let find =
            |name| header(name).filter(|value| !value.is_empty()).map(str::to_owned).ok_or(Refusal::Missing(name));
        Ok(Self { timestamp: find(X_TIMESTAMP)?, nonce: find(X_NONCE)?, sign: find(X_SIGN)? })
    }

    /// Signs `body`; send exactly these bytes. Lower-case hex.
    pub fn sign(key: &Secret, nonce: &str, timestamp: &str, body: &[u8]) -> Self {
        Self {
            sign: hex::encode(mac(key, nonce, timestamp, body)),
            timestamp: timestamp.to_owned(),
            nonce: nonce.to_owned(),
        }
    }

    /// Name and value of each header to send.
    pub fn to_headers(&self) -> [(&'static str, &str); 3] {
        [(X_SIGN, &self.sign), (X_TIMESTAMP, &self.timestamp), (X_NONCE, &self.nonce)]
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

    /// Whether somebody who knows `key` signed `body`. Freshness is checked apart.
    pub fn verify(&self, key: &Secret, body: &[u8]) -> Result<SignedForm, Refusal> {
        let matches = |payload: &[u8]| is_hex_of(&self.sign, &mac(key, &self.nonce, &self.timestamp, payload));
        if matches(body) {
            return Ok(SignedForm::Raw);
        }
        match sorted_compact(body) {
            Some(sorted) if matches(&sorted) => Ok(SignedForm::SortedCompact),
            _ => Err(Refusal::Mismatch),
        }
    }
}

fn mac(key: &Secret, nonce: &str, timestamp: &str, payload: &[u8]) -> [u8; 32] {
    let key = key.expose().as_bytes();
    hmac_sha256(key, &[key, nonce.as_bytes(), timestamp.as_bytes(), payload])
}
