//! Sends a debugging call to a seller's production address, once, and tells what came back: no proxy in front of this machine,
//! no redirects, nothing tried again, as KooGallery calls.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use reqwest::{header::CONTENT_TYPE, redirect::Policy};

use super::fault;
use crate::protocol::{
    callback::{MAX_REPLY, NoReply, Reply},
    debugging::SignedCall,
    signature::body_sign::BODY_SIGN,
};

/// As long as the console's page waits (zh-cn_topic_0070649300).
const PATIENCE: Duration = Duration::from_secs(20);

pub struct DebugCaller(reqwest::Client);

/// Where a host is, whatever others say of its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    pub host: String,
    pub address: SocketAddr,
}

impl Resolved {
    /// As `--resolve` wants it.
    pub fn for_curl(&self) -> String {
        format!("{}:{}:{}", self.host, self.address.port(), self.address.ip())
    }
}

impl DebugCaller {
    /// For calls to `address`.
    pub fn new(address: &str, resolved: Option<&Resolved>) -> Result<Self, reqwest::Error> {
        let mut builder = reqwest::Client::builder().timeout(PATIENCE).redirect(Policy::none());
        // What runs on this machine is behind no proxy.
        if resolved.is_some() || address.trim_start().starts_with("http://") {
            builder = builder.no_proxy();
        }
        if let Some(Resolved { host, address }) = resolved {
            builder = builder.resolve(host, *address);
        }
        builder.build().map(Self)
    }

    pub async fn send(&self, call: &SignedCall) -> Result<Reply, NoReply> {
        let begun = Instant::now();
        let method = if call.method == "GET" { reqwest::Method::GET } else { reqwest::Method::POST };
        let mut request = self.0.request(method, &call.url);
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        let lost = |error: reqwest::Error| {
            if error.is_timeout() && !error.is_connect() {
                NoReply::Timeout(u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX))
            } else {
                NoReply::Unreachable(fault::reason_of(&error))
            }
        };
        let mut response = request.body(call.body.clone()).send().await.map_err(lost)?;
        let status = response.status().as_u16();
        let header = |name: &str| {
            response.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let (content_type, body_sign) = (header(CONTENT_TYPE.as_str()), header(BODY_SIGN));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            if body.len() + chunk.len() > MAX_REPLY {
                return Err(NoReply::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, content_type, body_sign, body })
    }
}
