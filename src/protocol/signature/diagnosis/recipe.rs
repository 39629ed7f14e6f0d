//! How a signature may have been made: by the rules, or otherwise. Each tells its text with the key masked.

use std::borrow::Cow;

use super::mask::MASKED;
use crate::protocol::signature::mac::{hmac_sha256, sha256_hex};

pub(super) enum Recipe<'a> {
    Callback(Callback<'a>),
    Token(Token),
}

/// Access key, nonce, timestamp and body, with nothing between them.
#[derive(Clone)]
pub(super) struct Callback<'a> {
    pub(super) with_key: bool,
    pub(super) nonce: String,
    pub(super) timestamp: String,
    pub(super) timestamp_first: bool,
    pub(super) payload: Cow<'a, [u8]>,
    pub(super) inner: Inner,
}

/// In which form the body stands in the text.
#[derive(Clone, Copy)]
pub(super) enum Inner {
    /// As it is.
    Raw,
    LowerHex,
    UpperHex,
    WithoutKey,
}

/// `name=value` pairs, under the key and what follows it.
pub(super) struct Token {
    pub(super) text: String,
    pub(super) behind_key: String,
}

impl Recipe<'_> {
    pub(super) fn mac(&self, key: &str) -> [u8; 32] {
        match self {
            Self::Callback(callback) => callback.mac(key.as_bytes()),
            Self::Token(Token { text, behind_key }) => {
                let keyed = zeroize::Zeroizing::new([key, behind_key].concat());
                hmac_sha256(keyed.as_bytes(), &[text.as_bytes()])
            }
        }
    }

    /// The digest of a body is left as a formula, because it is the `Body-Sign` of that body.
    pub(super) fn canonical(&self) -> String {
        match self {
            Self::Callback(callback) => callback.canonical(),
            Self::Token(Token { text, behind_key }) => format!("{MASKED}{behind_key}\n{text}"),
        }
    }
}

impl Callback<'_> {
    fn mac(&self, key: &[u8]) -> [u8; 32] {
        let inner: Cow<'_, [u8]> = match self.inner {
            Inner::Raw => Cow::Borrowed(&*self.payload),
            Inner::LowerHex => Cow::Owned(hex::encode(hmac_sha256(key, &[&self.payload])).into_bytes()),
            Inner::UpperHex => Cow::Owned(hex::encode_upper(hmac_sha256(key, &[&self.payload])).into_bytes()),
            Inner::WithoutKey => Cow::Owned(sha256_hex(&self.payload).into_bytes()),
        };
        let front: &[u8] = if self.with_key { key } else { &[] };
        let (first, second) = self.in_order();
        hmac_sha256(key, &[front, first.as_bytes(), second.as_bytes(), &inner])
    }

    fn canonical(&self) -> String {
        let body = String::from_utf8_lossy(&self.payload);
        let body = match self.inner {
            Inner::Raw => body.into_owned(),
            Inner::LowerHex => format!("hex(HMAC-SHA256({MASKED}, {body}))"),
            Inner::UpperHex => format!("HEX(HMAC-SHA256({MASKED}, {body}))"),
            Inner::WithoutKey => format!("hex(SHA-256({body}))"),
        };
        let (first, second) = self.in_order();
        format!("{}{first}{second}{body}", if self.with_key { MASKED } else { "" })
    }

    fn in_order(&self) -> (&str, &str) {
        if self.timestamp_first { (&self.timestamp, &self.nonce) } else { (&self.nonce, &self.timestamp) }
    }
}
