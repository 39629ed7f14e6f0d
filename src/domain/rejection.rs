//! Why a call was refused before it became a message, as data: told in two languages by the window. Never holds a key.

use serde::{Deserialize, Serialize};

use crate::protocol::{
    KeyClass, ResultCode, UnixMillis,
    callback::ParseError,
    signature::{auth_token, diagnosis::Diagnosis, kit_header, url::Refusal},
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

    /// What to do next. For a signature that does not match, where no cause was found.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::MissingParameter { .. } => {
                "Look at the request as it came: a proxy may drop parameters or headers, or the caller calls by the rules of another version."
            }
            Self::MalformedTimestamp => "Send milliseconds since 1970, 13 digits.",
            Self::Stale { .. } => {
                "Set this computer's clock and the caller's by a time server, and compare their time zones."
            }
            Self::NoKey { .. } => "Copy the key from the seller console, set it here, then call again.",
            Self::Mismatch { .. } => {
                "Copy the key from the seller console again, and compare the text that the caller signed with the one told here."
            }
            Self::WrongKeyClass { .. } => {
                "In the seller console, bind the right key to this kind of interface, or set that key here for the class that is wanted."
            }
            Self::Replayed => "Nothing, if the call came once before; a caller who tries again takes a new nonce.",
            Self::Malformed { .. } => {
                "Compare the request with the interface's page; a program that is tested here must be mended there."
            }
            Self::Other { .. } => "Look at the request as it came.",
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
    pub computed: Computed,
}

/// What is known of a refused call's signature. Never a key, nor a signature that was made here.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Computed {
    #[default]
    Nothing,
    Diagnosis(Box<Diagnosis>),
    /// Written by another version; kept and shown as it is.
    Text(String),
}

impl Computed {
    pub fn read(kept: String) -> Self {
        match serde_json::from_str(&kept) {
            Ok(diagnosis) => Self::Diagnosis(Box::new(diagnosis)),
            Err(_) if kept.is_empty() => Self::Nothing,
            Err(_) => Self::Text(kept),
        }
    }

    /// How it is kept.
    pub fn write(&self) -> Result<String, serde_json::Error> {
        match self {
            Self::Nothing => Ok(String::new()),
            Self::Diagnosis(diagnosis) => serde_json::to_string(diagnosis),
            Self::Text(text) => Ok(text.clone()),
        }
    }

    pub fn diagnosis(&self) -> Option<&Diagnosis> {
        match self {
            Self::Diagnosis(diagnosis) => Some(diagnosis),
            Self::Nothing | Self::Text(_) => None,
        }
    }
}

impl From<&str> for Computed {
    fn from(kept: &str) -> Self {
        Self::read(kept.to_owned())
    }
}
