//! The signature of the Standard Webhooks convention, so that a seller's backend can tell our requests from a stranger's:
//! `webhook-id`, `webhook-timestamp` (seconds), `webhook-signature: v1,<base64>` over `id.timestamp.body`.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::protocol::{Secret, signature::mac::hmac_sha256};

const PREFIX: &str = "whsec_";

/// The shared secret: `whsec_` and base64 of 24 to 64 random bytes.
pub struct SigningSecret(Zeroizing<Vec<u8>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a webhook secret is `whsec_` and the base64 of 24 to 64 bytes")]
pub struct MalformedSecret;

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(***)")
    }
}

impl SigningSecret {
    pub fn parse(text: &Secret) -> Result<Self, MalformedSecret> {
        let encoded = text.expose().strip_prefix(PREFIX).ok_or(MalformedSecret)?;
        let bytes = Zeroizing::new(STANDARD.decode(encoded).map_err(|_| MalformedSecret)?);
        if !(24..=64).contains(&bytes.len()) {
            return Err(MalformedSecret);
        }
        Ok(Self(bytes))
    }

    /// The value of `webhook-signature`.
    pub fn sign(&self, id: &str, timestamp_secs: i64, body: &[u8]) -> String {
        let head = format!("{id}.{timestamp_secs}.");
        format!("v1,{}", STANDARD.encode(hmac_sha256(&self.0, &[head.as_bytes(), body])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_conventions_own_example_is_reproduced() {
        // From the specification of Standard Webhooks.
        let secret = SigningSecret::parse(&Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).unwrap();
        let signature = secret.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn what_is_no_secret_is_refused() {
        for text in ["", "whsec_", "whsec_!!!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ="] {
            assert_eq!(SigningSecret::parse(&Secret::new(text)).unwrap_err(), MalformedSecret, "{text}");
        }
    }
}
