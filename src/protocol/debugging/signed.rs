//! A debugging call, signed: what leaves, and the same as a line for a shell. The key is in neither; a signature holds for
//! some minutes and for this call alone.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{DebugCall, DebugError};
use crate::protocol::{
    Secret, UnixMillis,
    callback::{
        KitVersion, Wire,
        kit::{Interface, sub_path},
    },
    open_api::bench::quoted,
    signature::{
        auth_token::{self, AUTH_TOKEN, TIME_STAMP},
        kit_header::KitHeaders,
        url::UrlSignature,
    },
};

pub const CONTENT_TYPE: (&str, &str) = ("Content-Type", "application/json;charset=utf8");
pub const ACCEPT: (&str, &str) = ("Accept", "application/json");

/// The kit writes its times in UTC+8.
const CHINA_MILLIS: i64 = 8 * 3_600_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCall {
    /// GET or POST.
    pub method: &'static str,
    /// With the query.
    pub url: String,
    pub headers: Vec<(String, String)>,
    /// Empty where everything stands in the query.
    pub body: String,
    /// Where the url's host is, as curl's `--resolve` says it, where its name alone does not tell.
    pub resolve: Option<String>,
}

impl SignedCall {
    pub fn query(&self) -> &str {
        self.url.split_once('?').map_or("", |(_, query)| query)
    }

    pub fn curl(&self) -> String {
        let mut command = format!("curl -X {} {}", self.method, quoted(&self.url));
        if let Some(resolve) = &self.resolve {
            command.push_str(&format!(" \\\n  --resolve {}", quoted(resolve)));
        }
        for (name, value) in &self.headers {
            command.push_str(&format!(" \\\n  -H {}", quoted(&format!("{name}: {value}"))));
        }
        if !self.body.is_empty() {
            command.push_str(&format!(" \\\n  --data-binary {}", quoted(&self.body)));
        }
        command
    }
}

impl DebugCall {
    /// `address` is the production address, without what the kit appends.
    pub fn sign(&self, address: &str, key: &Secret, now: UnixMillis, nonce: &str) -> Result<SignedCall, DebugError> {
        let address = production_address(address)?;
        let members = self.members()?;
        let accept = (ACCEPT.0.to_owned(), ACCEPT.1.to_owned());
        let content_type = (CONTENT_TYPE.0.to_owned(), CONTENT_TYPE.1.to_owned());
        let (method, url, headers, body) = match self.generation.wire() {
            Wire::V1 => {
                let url = with_query(&address, &v1_query(members, key, now));
                ("GET", url, vec![accept], String::new())
            }
            Wire::V2 => {
                let body = sorted(members);
                let signature = UrlSignature::sign(key, nonce, &now.0.to_string(), body.as_bytes());
                let url = with_query(&address, &signature.to_query());
                ("POST", url, vec![accept, content_type], body)
            }
            Wire::Kit(version) => {
                let interface =
                    Interface::of_name(&self.activity).ok_or_else(|| DebugError::NoInterface(self.activity.clone()))?;
                let url = format!("{}{}", address.trim_end_matches('/'), sub_path(version, interface));
                let (body, signature) = kit(version, members, key, now, nonce);
                let mut headers = vec![accept, content_type];
                headers.extend(signature);
                ("POST", url, headers, body)
            }
        };
        Ok(SignedCall { method, url, headers, body, resolve: None })
    }
}

fn production_address(text: &str) -> Result<String, DebugError> {
    let text = text.trim();
    let none = || DebugError::NoAddress(text.to_owned());
    let url = url::Url::parse(text).map_err(|_| none())?;
    (matches!(url.scheme(), "http" | "https") && url.host().is_some()).then(|| text.to_owned()).ok_or_else(none)
}

fn with_query(address: &str, query: &str) -> String {
    format!("{address}{}{query}", if address.contains('?') { '&' } else { '?' })
}

fn v1_query(members: Map<String, Value>, key: &Secret, now: UnixMillis) -> String {
    let mut params: Vec<(String, String)> =
        members.into_iter().map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned())).collect();
    // What was filled in under that name would be signed instead.
    params.retain(|(name, _)| name != TIME_STAMP);
    params.push((TIME_STAMP.to_owned(), now.to_compact_utc_millis()));
    let params: Vec<(&str, Cow<'_, str>)> =
        params.iter().map(|(name, value)| (name.as_str(), Cow::from(value.as_str()))).collect();
    // Fails only without a time.
    auth_token::sign_query(key, &params).unwrap_or_default()
}

fn kit(
    version: KitVersion,
    mut members: Map<String, Value>,
    key: &Secret,
    now: UnixMillis,
    nonce: &str,
) -> (String, Vec<(String, String)>) {
    members.insert(TIME_STAMP.into(), now.plus_millis(CHINA_MILLIS).to_compact_utc_millis().into());
    let body = sorted(members);
    let headers = match version {
        // Fails only without a time.
        KitVersion::V1 => {
            let token = auth_token::sign_kit(key, body.as_bytes()).unwrap_or_default();
            vec![(AUTH_TOKEN.to_owned(), token)]
        }
        KitVersion::V2 => {
            let signed = KitHeaders::sign(key, nonce, &now.0.to_string(), body.as_bytes());
            signed.to_headers().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
        }
    };
    (body, headers)
}

fn sorted(mut members: Map<String, Value>) -> String {
    members.sort_keys();
    Value::Object(members).to_string()
}
