//! Why KooGallery could not be asked, or said no, as data: told in two languages by the window. Holds no secret.

use serde::{Deserialize, Serialize};

use super::Obstacle;
use crate::protocol::open_api::{
    Signing,
    code::{self, CodeMeaning},
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ApiFault {
    #[error("{needed} is not set; set it with `sellerdesk key`, or in Settings")]
    NoCredentials {
        /// `AK/SK`, or the key of the base interfaces.
        needed: String,
    },
    #[error("{host} cannot be reached: {reason}")]
    Unreachable { host: String, reason: Obstacle },
    #[error("the certificate of {host} is not trusted, so nothing was sent: {reason}")]
    Certificate { host: String, reason: Obstacle },
    #[error("{host} did not answer within {millis} ms; whether it took the request is not known")]
    TimedOut { host: String, millis: u64 },
    #[error(
        "the connection to {host} broke off before its answer was complete; whether it took the request is not known"
    )]
    CutOff { host: String },
    #[error("what answered with HTTP {status} is not KooGallery, or it has changed ({reason}): {excerpt}")]
    NotUnderstood { status: u16, reason: String, excerpt: String },
    #[error("KooGallery takes no more calls for now ({code}: {message})")]
    Throttled {
        code: String,
        message: String,
        /// For so long, where it says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_secs: Option<u64>,
    },
    #[error("this computer's clock is {} minutes {} KooGallery's, so every signature is refused; set the clock", .seconds.unsigned_abs().div_ceil(60), if *.seconds < 0 { "behind" } else { "ahead of" })]
    ClockSkew {
        /// This computer's clock minus KooGallery's.
        seconds: i64,
    },
    #[error("KooGallery does not accept the key ({code}: {message}){}", key_advice(*.signing, .code, .message))]
    CredentialsRefused {
        code: String,
        message: String,
        /// Which key it was; AK and SK in what older versions wrote.
        #[serde(default)]
        signing: Signing,
    },
    #[error("KooGallery refused with {code}: {message}{}", advice(.code, .message))]
    Refused { code: String, message: String },
    #[error("KooGallery failed with HTTP {status} ({code}: {message}); whether it took the request is not known")]
    ServerError {
        status: u16,
        code: String,
        message: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after_secs: Option<u64>,
    },
    /// Written by another version; kept and shown as it is.
    #[error("{text}")]
    #[serde(untagged)]
    Other { text: String },
}

fn advice(code: &str, message: &str) -> String {
    code::meaning(code, message).advice().map(|advice| format!(" ({advice})")).unwrap_or_default()
}

fn key_advice(signing: Signing, code: &str, message: &str) -> String {
    match (signing, code::meaning(code, message)) {
        (Signing::UsagePush, CodeMeaning::NotAuthenticated) => {
            " (this call is signed with the access key of the base interfaces: copy it again from 密钥管理 and set it with \
             `sellerdesk key set base`)"
                .to_owned()
        }
        _ => advice(code, message),
    }
}

impl ApiFault {
    /// Nobody knows whether KooGallery did what it was asked.
    pub const fn may_have_arrived(&self) -> bool {
        matches!(
            self,
            Self::TimedOut { .. } | Self::CutOff { .. } | Self::NotUnderstood { .. } | Self::ServerError { .. }
        )
    }

    /// Nobody answers, whatever is asked.
    pub const fn is_outage(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::TimedOut { .. })
    }

    /// Worth another try by itself, later.
    pub const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::TimedOut { .. }
                | Self::CutOff { .. }
                | Self::NotUnderstood { .. }
                | Self::Throttled { .. }
                | Self::ServerError { .. }
        )
    }

    /// With which keys nothing more is to be sent, where a request signed with that one met it: it holds for all of them,
    /// and several wrong signatures lock a key.
    pub const fn ends(&self, signing: Signing) -> &'static [Signing] {
        match (self, signing) {
            (Self::ClockSkew { .. } | Self::Certificate { .. }, _) => &[Signing::AkSk, Signing::UsagePush],
            (Self::CredentialsRefused { .. }, Signing::AkSk) => &[Signing::AkSk],
            (Self::CredentialsRefused { .. }, Signing::UsagePush) => &[Signing::UsagePush],
            _ => &[],
        }
    }

    /// Before this is over KooGallery wants to hear nothing.
    pub const fn retry_after_secs(&self) -> Option<u64> {
        match self {
            Self::Throttled { retry_after_secs, .. } | Self::ServerError { retry_after_secs, .. } => *retry_after_secs,
            _ => None,
        }
    }

    /// KooGallery's code and words, where it told some.
    pub fn code_and_message(&self) -> Option<(&str, &str)> {
        match self {
            Self::Throttled { code, message, .. }
            | Self::CredentialsRefused { code, message, .. }
            | Self::Refused { code, message }
            | Self::ServerError { code, message, .. } => Some((code, message)),
            _ => None,
        }
    }

    pub fn code(&self) -> Option<&str> {
        self.code_and_message().map(|(code, _)| code)
    }

    /// What KooGallery's refusal means.
    pub fn meaning(&self) -> Option<CodeMeaning> {
        self.code_and_message().map(|(code, message)| code::meaning(code, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_told_in_words() {
        let fault = ApiFault::ClockSkew { seconds: -17 * 60 };
        assert!(fault.to_string().contains("17 minutes behind"), "{fault}");
        assert!(ApiFault::ClockSkew { seconds: 3600 }.to_string().contains("60 minutes ahead of"));
    }

    #[test]
    fn the_key_that_signed_is_the_one_to_be_copied_again() {
        for (signing, key) in
            [(Signing::AkSk, "copy AK and SK again"), (Signing::UsagePush, "`sellerdesk key set base`")]
        {
            let fault = ApiFault::CredentialsRefused { code: "94060002".into(), message: "no".into(), signing };
            assert!(fault.to_string().contains(key), "{fault}");
            let text = serde_json::to_string(&fault).unwrap();
            assert_eq!(serde_json::from_str::<ApiFault>(&text).unwrap(), fault);
        }
        let older = r#"{"kind":"credentialsRefused","code":"APIGW.0301","message":""}"#;
        let read: ApiFault = serde_json::from_str(older).unwrap();
        assert!(matches!(read, ApiFault::CredentialsRefused { signing: Signing::AkSk, .. }), "{read:?}");
    }

    #[test]
    fn what_another_version_wrote_is_kept() {
        let read: ApiFault = serde_json::from_str(r#"{"text":"new"}"#).unwrap();
        assert_eq!(read, ApiFault::Other { text: "new".into() });
        let fault =
            ApiFault::Refused { code: "92020004".into(), message: "can not active before user received.".into() };
        let text = serde_json::to_string(&fault).unwrap();
        assert_eq!(serde_json::from_str::<ApiFault>(&text).unwrap(), fault);
        assert_eq!(fault.meaning(), Some(CodeMeaning::LicenseNotReceived));
    }
}
