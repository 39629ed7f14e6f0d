//! The header `Body-Sign` of an answer (KooGallery pages zh-cn_topic_0070649157, zh-cn_topic_0070649475, FAQ
//! zh-cn_topic_0082027567). The key is the Key (V1) or the access key (V2) alone; what is signed are the exact bytes of the
//! body, white space at either end included.
//!
//! ```text
//! Body-Sign: sign_type="HMAC-SHA256", signature="<base64(HMAC-SHA256(key, body))>"
//! ```

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::mac::{constant_time_eq, hmac_sha256};
use crate::protocol::Secret;

/// The header's name. The FAQ warns that its case matters.
pub const BODY_SIGN: &str = "Body-Sign";
pub const SIGN_TYPE: &str = "HMAC-SHA256";

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(
        "`Body-Sign` is not of the form sign_type=\"HMAC-SHA256\", signature=\"...\" (both values in double quotes)"
    )]
    Malformed,
    #[error("`Body-Sign` has no `{0}`")]
    Missing(&'static str),
    #[error("the sign_type of `Body-Sign` is `{0}`, not HMAC-SHA256")]
    OtherSignType(String),
    #[error("the signature of `Body-Sign` does not match the key and the body")]
    Mismatch,
}

/// The header's value over the exact bytes of the answer.
pub fn header(key: &Secret, body: &[u8]) -> String {
    format!(r#"sign_type="{SIGN_TYPE}", signature="{}""#, signature(key, body))
}

/// The signature alone: standard base64 with padding.
pub fn signature(key: &Secret, body: &[u8]) -> String {
    STANDARD.encode(hmac_sha256(key.expose().as_bytes(), &[body]))
}

/// A header's value, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodySign {
    pub signature: String,
}

impl BodySign {
    /// Reads a header's value. The pages write `signature= "..."` and `signature="..."`, so blanks around `=` and `,` are
    /// taken; quotes are compulsory.
    pub fn parse(value: &str) -> Result<Self, Refusal> {
        let (mut sign_type, mut signature) = (None, None);
        let mut rest = value;
        loop {
            let (name, after) = rest.split_once('=').ok_or(Refusal::Malformed)?;
            let quoted = after.trim_start().strip_prefix('"').ok_or(Refusal::Malformed)?;
            let (text, after) = quoted.split_once('"').ok_or(Refusal::Malformed)?;
            let slot = match name.trim() {
                "sign_type" => &mut sign_type,
                "signature" => &mut signature,
                _ => return Err(Refusal::Malformed),
            };
            if slot.replace(text).is_some() {
                return Err(Refusal::Malformed);
            }
            match after.trim() {
                "" => break,
                after => rest = after.strip_prefix(',').ok_or(Refusal::Malformed)?,
            }
        }
        match sign_type {
            None => Err(Refusal::Missing("sign_type")),
            Some(SIGN_TYPE) => signature
                .filter(|text| !text.is_empty())
                .map(|text| Self { signature: text.to_owned() })
                .ok_or(Refusal::Missing("signature")),
            Some(other) => Err(Refusal::OtherSignType(other.chars().take(32).collect())),
        }
    }

    pub fn verify(&self, key: &Secret, body: &[u8]) -> Result<(), Refusal> {
        if constant_time_eq(self.signature.as_bytes(), signature(key, body).as_bytes()) {
            Ok(())
        } else {
            Err(Refusal::Mismatch)
        }
    }
}

/// Reads and verifies a header's value in one step.
pub fn verify(key: &Secret, value: &str, body: &[u8]) -> Result<(), Refusal> {
    BodySign::parse(value)?.verify(key, body)
}
