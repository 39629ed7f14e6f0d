//! The header `Body-Sign` of an answer (KooGallery pages zh-cn_topic_0070649157, zh-cn_topic_0070649475).

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::mac::hmac_sha256;
use crate::protocol::Secret;

/// The header's value over the exact bytes of the answer.
pub fn header(key: &Secret, body: &[u8]) -> String {
    let signature = STANDARD.encode(hmac_sha256(key.expose().as_bytes(), &[body]));
    format!(r#"sign_type="HMAC-SHA256", signature="{signature}""#)
}
