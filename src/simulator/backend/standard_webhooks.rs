//! The check of the Standard Webhooks convention, as a receiver of webhooks makes it. Pure; `now` is an argument.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::protocol::{
    Secret, UnixMillis,
    signature::mac::{constant_time_eq, hmac_sha256},
};

/// How far a webhook's timestamp may lie from now, either way.
const MAX_SKEW_SECONDS: i64 = 300;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    #[error("the secret is not of the form whsec_<base64>")]
    Secret,
    #[error("the header `{0}` is missing")]
    Missing(&'static str),
    #[error("`webhook-timestamp` is not of now")]
    Stale,
    #[error("no signature matches")]
    Mismatch,
}

/// The three headers, as received.
#[derive(Clone, Copy, Debug)]
pub struct Headers<'a> {
    pub id: &'a str,
    /// Seconds since 1970.
    pub timestamp: &'a str,
    /// One or more of `v1,<base64>`, with blanks between.
    pub signature: &'a str,
}

/// The bytes behind `whsec_<base64>`.
pub fn key(secret: &Secret) -> Result<Vec<u8>, WebhookError> {
    let encoded = secret.expose().strip_prefix("whsec_").ok_or(WebhookError::Secret)?;
    STANDARD.decode(encoded).ok().filter(|key| !key.is_empty()).ok_or(WebhookError::Secret)
}

pub fn verify(key: &[u8], headers: Headers<'_>, body: &[u8], now: UnixMillis) -> Result<(), WebhookError> {
    let sent: i64 = headers.timestamp.parse().map_err(|_| WebhookError::Stale)?;
    if (now.0 / 1000).saturating_sub(sent).saturating_abs() > MAX_SKEW_SECONDS {
        return Err(WebhookError::Stale);
    }
    let mac = hmac_sha256(key, &[headers.id.as_bytes(), b".", headers.timestamp.as_bytes(), b".", body]);
    let matches = |text: &str| {
        let given = text.strip_prefix("v1,").and_then(|encoded| STANDARD.decode(encoded).ok());
        given.is_some_and(|given| constant_time_eq(&given, &mac))
    };
    if headers.signature.split_ascii_whitespace().any(matches) { Ok(()) } else { Err(WebhookError::Mismatch) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the convention's own documentation.
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const TIMESTAMP: &str = "1614265330";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    const NOW: UnixMillis = UnixMillis(1_614_265_331_500);

    fn check(timestamp: &str, signature: &str, now: UnixMillis) -> Result<(), WebhookError> {
        let key = key(&Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))?;
        verify(&key, Headers { id: ID, timestamp, signature }, BODY, now)
    }

    #[test]
    fn the_published_example_verifies() {
        assert_eq!(check(TIMESTAMP, SIGNATURE, NOW), Ok(()));
        assert_eq!(check(TIMESTAMP, &format!("v1,AAAA v2,x {SIGNATURE}"), NOW), Ok(()));
    }

    #[test]
    fn anything_else_does_not() {
        assert_eq!(check("1614265331", SIGNATURE, NOW), Err(WebhookError::Mismatch));
        assert_eq!(check(TIMESTAMP, SIGNATURE.trim_start_matches("v1,"), NOW), Err(WebhookError::Mismatch));
        assert_eq!(check(TIMESTAMP, SIGNATURE, NOW.plus_millis(300_000)), Err(WebhookError::Stale));
        assert_eq!(check("soon", SIGNATURE, NOW), Err(WebhookError::Stale));
        for secret in ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_!"] {
            assert_eq!(key(&Secret::new(secret)), Err(WebhookError::Secret));
        }
    }
}
