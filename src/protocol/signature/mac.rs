//! What the schemes share: HMAC, digest, comparison in constant time, and Java's order of names, by which the samples of the
//! KooGallery pages sort (access_topic_0000003, zh-cn_topic_0070649159). Knows no scheme.

use std::cmp::Ordering;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // Falls back to an empty MAC never: HMAC takes a key of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Lower-case hex of SHA-256.
pub fn sha256_hex(data: &[u8]) -> String {
    hex::encode(Sha256::digest(data))
}

pub fn constant_time_eq(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

/// Whether `text` writes `mac` in hex, of either case.
pub fn is_hex_of(text: &str, mac: &[u8; 32]) -> bool {
    hex::decode(text).is_ok_and(|given| constant_time_eq(&given, mac))
}

/// The order of Java's `String.compareTo`, by which the marketplace's samples sort names: UTF-16 code units, so upper case
/// before lower case, and U+1F600 before U+FF21.
pub fn java_order(left: &str, right: &str) -> Ordering {
    left.encode_utf16().cmp(right.encode_utf16())
}
