//! Why a call was refused before it became a message, as data: told in two languages by the window. Never holds a key.

use serde::{Deserialize, Serialize};

use crate::protocol::{
    KeyClass, ResultCode, UnixMillis,
    callback::ParseError,
    signature::{auth_token, kit_header, url::Refusal},
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Rejection {
    #[error("the call has no `{parameter}`")]
    MissingParameter { parameter: String },
    #[error("`timestamp` is no number of milliseconds")]
    MalformedTimestamp,
    #[error("the call's clock is {} s {} this computer's; at most 60 s are allowed", .skew_millis.abs() / 1000, if *.skew_millis < 0 { "behind" } else { "ahead of" })]
    Stale { skew_millis: i64 },
    #[error("no access key of the class `{class}` is set; set it with `sellerdesk key set {class}` or in Settings")]
    NoKey { class: String },
    #[error("the signature does not match the access key of the class `{class}`")]
    Mismatch { class: String },
    #[error(
        "`{activity}` was signed with the access key of the class `{used}`, it needs the one of the class `{wanted}`"
    )]
    WrongKeyClass { activity: String, used: String, wanted: String },
    #[error("the nonce was used before: the call is a replay")]
    Replayed,
    #[error("the call cannot be understood: {reason}")]
    Malformed { reason: String },
    /// Written by another version; kept and shown as it is.
    #[error("{text}")]
    #[serde(untagged)]
    Other { text: String },
}

impl Rejection {
    pub fn result_code(&self) -> ResultCode {
        match self {
            Self::NoKey { .. } | Self::Mismatch { .. } | Self::WrongKeyClass { .. } | Self::Replayed => {
                ResultCode::AUTHENTICATION_FAILED
            }
            Self::MissingParameter { .. }
            | Self::MalformedTimestamp
            | Self::Stale { .. }
            | Self::Malformed { .. }
            | Self::Other { .. } => ResultCode::INVALID_PARAMETER,
        }
    }

    /// What a refused caller may know: nothing that helps it to guess a key.
    pub fn told_to_caller(&self) -> String {
        match self {
            Self::NoKey { .. } | Self::Mismatch { .. } | Self::WrongKeyClass { .. } | Self::Replayed => {
                ResultCode::AUTHENTICATION_FAILED.message().to_owned()
            }
            other => other.to_string(),
        }
    }

    pub fn of_signature(refusal: &Refusal, class: KeyClass) -> Self {
        match refusal {
            Refusal::Missing(parameter) => Self::MissingParameter { parameter: (*parameter).to_owned() },
            Refusal::MalformedTimestamp => Self::MalformedTimestamp,
            Refusal::Stale { skew_millis } => Self::Stale { skew_millis: *skew_millis },
            Refusal::NoKey => Self::NoKey { class: class.name().to_owned() },
            Refusal::Mismatch => Self::Mismatch { class: class.name().to_owned() },
        }
    }
}

impl Rejection {
    pub fn of_kit_headers(refusal: &kit_header::Refusal, class: KeyClass) -> Self {
        match refusal {
            kit_header::Refusal::Missing(header) => Self::MissingParameter { parameter: (*header).to_owned() },
            kit_header::Refusal::MalformedTimestamp => Self::MalformedTimestamp,
            kit_header::Refusal::Stale { skew_millis } => Self::Stale { skew_millis: *skew_millis },
            kit_header::Refusal::Mismatch => Self::Mismatch { class: class.name().to_owned() },
        }
    }

    pub fn of_auth_token(refusal: &auth_token::Refusal, class: KeyClass) -> Self {
        match refusal {
            auth_token::Refusal::Missing(name) => Self::MissingParameter { parameter: (*name).to_owned() },
            auth_token::Refusal::NotAnObject => Self::Malformed { reason: refusal.to_string() },
            auth_token::Refusal::LostPlus | auth_token::Refusal::Mismatch => {
                Self::Mismatch { class: class.name().to_owned() }
            }
        }
    }
}

impl From<&ParseError> for Rejection {
    fn from(error: &ParseError) -> Self {
        Self::Malformed { reason: error.to_string() }
    }
}

/// One refused call, as it is kept in the bounded list.
#[derive(Clone, Debug, PartialEq)]
pub struct RejectedCall {
    pub id: i64,
    pub received_at: UnixMillis,
    pub endpoint: String,
    /// The caller's address, without port.
    pub peer: String,
    pub rejection: Rejection,
    pub request_query: String,
    /// At most the first 4 KiB.
    pub request_body: String,
    /// What the signature was computed over, with the key masked; empty where none was computed.
    pub computed: String,
}
