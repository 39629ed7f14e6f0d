//! The interfaces that the seller calls: requests as values, answers read tolerantly. While the version in the path is
//! unchanged KooGallery may add members and codes (接口兼容性说明), so unknown members are ignored and unknown codes survive.
//! Knows no HTTP client and no clock.

pub mod bench;
pub mod code;
mod field;
pub mod license;
pub mod order;
pub mod upload;
pub mod usage;

pub use code::{ApiCode, CodeMeaning};
use serde::{Deserialize, Serialize};
use serde_json::Value;

const GLOBAL: &str = "/api/mkp-openapi-public/global";

/// One interface, called with certain parameters.
pub trait OpenApi {
    type Answer;

    /// As its path names it, without the version: `license/activate`. What messages have as their activity.
    const NAME: &'static str;
    /// Whether it may be sent twice without harm, where nobody knows whether the first arrived.
    const REPEATABLE: bool;
    const SIGNING: Signing = Signing::AkSk;

    fn request(&self) -> ApiRequest;

    /// What KooGallery answered. The code in the body decides, never the HTTP status alone.
    fn read(&self, status: u16, body: &[u8]) -> Result<Self::Answer, ReadError>;
}

#[derive(Clone, Debug, PartialEq)]
pub struct ApiRequest {
    pub method: Method,
    pub path: String,
    pub query: Vec<(&'static str, String)>,
    pub body: ApiBody,
    pub signing: Signing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
}

impl Method {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum ApiBody {
    Empty,
    Json(String),
    Multipart(Vec<Part>),
}

/// One part of a multipart body.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    pub name: &'static str,
    pub file_name: Option<String>,
    pub content_type: &'static str,
    pub bytes: Vec<u8>,
    /// Not to be kept or shown.
    pub secret: bool,
}

/// How a request is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Signing {
    /// `SDK-HMAC-SHA256` with the seller's AK and SK.
    #[default]
    AkSk,
    /// The headers `signature`, `ts`, `nonce` with the access key of the base interfaces.
    UsagePush,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// KooGallery says no.
    #[error("{0}")]
    Refused(ApiCode),
    /// It is no answer of this interface.
    #[error("{0}")]
    NotUnderstood(String),
}

impl ApiRequest {
    fn post(path: String, body: String) -> Self {
        Self { method: Method::Post, path, query: Vec::new(), body: ApiBody::Json(body), signing: Signing::AkSk }
    }
}

/// As it stands in one part of a path, or as a value of the query.
pub fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

/// The JSON object in the body, if its code says success. `code` and `message` are its members' names.
fn read_object(body: &[u8], code: &str, message: &str) -> Result<Value, ReadError> {
    let not_understood = |reason: String| ReadError::NotUnderstood(reason);
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(not_understood("the answer is empty".to_owned()));
    }
    let value: Value =
        serde_json::from_slice(body).map_err(|error| not_understood(format!("the answer is no JSON: {error}")))?;
    if !value.is_object() {
        return Err(not_understood("the answer is no JSON object".to_owned()));
    }
    // The gateway in front of every interface has its own names for them.
    let told = [code, "error_code", "resultCode"].iter().find_map(|name| field::text(&value, name));
    let Some(told) = told else {
        return Err(not_understood(format!("the answer has no `{code}`")));
    };
    let words = [message, "error_msg", "resultMsg"].iter().find_map(|name| field::text(&value, name));
    let told = ApiCode::new(told, words.unwrap_or_default());
    if told.is_success() { Ok(value) } else { Err(ReadError::Refused(told)) }
}
