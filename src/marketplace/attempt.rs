//! One request to one host: built, signed for that host, sent, its answer read.

use std::time::Duration;

use reqwest::{
    StatusCode, Url,
    header::{CONTENT_TYPE, HeaderMap},
    multipart,
};
use serde_json::Value;

use super::{AccessKey, ApiKeys, Exchange, KEPT_ANSWER, MarketplaceClient, fault};
use crate::{
    domain::{ApiFault, Obstacle},
    protocol::{
        Secret, UnixMillis,
        open_api::{ApiBody, ApiRequest, Part, ReadError, Signing, encoded},
        signature::{
            sdk_hmac::{self, AUTHORIZATION, UNSIGNED_PAYLOAD, X_SDK_CONTENT_SHA256, X_SDK_DATE},
            usage_push::PushHeaders,
        },
    },
};

/// Longer answers are none of these interfaces'.
const MAX_ANSWER: usize = 4 * 1024 * 1024;
const JSON: &str = "application/json";
const X_SECURITY_TOKEN: &str = "X-Security-Token";

pub(super) struct Attempt<'a, N> {
    pub(super) client: &'a MarketplaceClient,
    pub(super) keys: &'a ApiKeys,
    pub(super) request: &'a ApiRequest,
    pub(super) now: &'a N,
}

pub(super) struct Failed {
    pub(super) exchange: Exchange,
    pub(super) fault: ApiFault,
    pub(super) retry_after: Option<Duration>,
}

impl Failed {
    fn before_sending(exchange: Exchange, fault: ApiFault) -> Self {
        Self { exchange, fault, retry_after: None }
    }

    pub(super) fn without_host() -> Self {
        let fault = ApiFault::Unreachable { host: "-".into(), reason: Obstacle::NoHost };
        Self::before_sending(Exchange::default(), fault)
    }
}

/// What arrived.
pub(super) struct Arrived {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl<N: Fn() -> UnixMillis> Attempt<'_, N> {
    pub(super) async fn send<A>(
        &self,
        base: &str,
        read: impl Fn(u16, &[u8]) -> Result<A, ReadError>,
    ) -> Result<(Exchange, A), Failed> {
        let url = match self.url(base) {
            Ok(url) => url,
            Err(fault) => return Err(Failed::before_sending(Exchange::default(), fault)),
        };
        let mut exchange = Exchange {
            request: format!("{} {url}", self.request.method.name()),
            request_body: shown_body(&self.request.body),
            ..Exchange::default()
        };
        let host = host_of(&url);
        let ready = match self.signed(&url, &host) {
            Ok(ready) => ready,
            Err(fault) => return Err(Failed::before_sending(exchange, fault)),
        };
        let timeout = self.client.settings.timeout;
        let arrived = match receive(ready).await {
            Ok(arrived) => arrived,
            Err(error) => {
                let fault = fault::of_transport(&error, &host, timeout);
                return Err(Failed { exchange, fault, retry_after: None });
            }
        };
        exchange.status = Some(arrived.status.as_u16());
        exchange.answer = shown_answer(&arrived.body);
        match read(arrived.status.as_u16(), &arrived.body) {
            Ok(answer) => Ok((exchange, answer)),
            Err(error) => {
                let Arrived { status, headers, .. } = &arrived;
                let excerpt = exchange.answer.as_bytes();
                let fault = fault::of_answer(*status, headers, excerpt, error, self.request.signing, (self.now)());
                Err(Failed { exchange, fault, retry_after: fault::retry_after(&arrived.headers) })
            }
        }
    }

    fn url(&self, base: &str) -> Result<Url, ApiFault> {
        let text = format!("{}{}", base.trim_end_matches('/'), self.request.path);
        let mut url = Url::parse(&text).map_err(|error| ApiFault::Unreachable {
            host: base.to_owned(),
            reason: Obstacle::Other(error.to_string()),
        })?;
        if !self.request.query.is_empty() {
            let pairs = self.request.query.iter().map(|(name, value)| (*name, value.as_str()));
            let query: Vec<String> =
                pairs.map(|(name, value)| sdk_hmac::canonical_query(&format!("{name}={}", encoded(value)))).collect();
            url.set_query(Some(&query.join("&")));
        }
        Ok(url)
    }

    fn signed(&self, url: &Url, host: &str) -> Result<reqwest::RequestBuilder, ApiFault> {
        match self.request.signing {
            Signing::AkSk => {
                let access = self.keys.access.as_ref().ok_or_else(|| missing("AK/SK"))?;
                self.with_ak_sk(url, host, access)
            }
            Signing::UsagePush => {
                let key = self.keys.base.as_ref().ok_or_else(|| missing("the access key of the class base"))?;
                self.with_usage_signature(url, key)
            }
        }
    }

    fn with_ak_sk(&self, url: &Url, host: &str, access: &AccessKey) -> Result<reqwest::RequestBuilder, ApiFault> {
        let (content_type, body): (String, &[u8]) = match &self.request.body {
            ApiBody::Json(text) => (JSON.to_owned(), text.as_bytes()),
            ApiBody::Empty => (JSON.to_owned(), b""),
            // Its bytes are left unsigned, as the official SDK does; any that are not none will do.
            ApiBody::Multipart(_) => (String::new(), b"multipart"),
        };
        let form = match &self.request.body {
            ApiBody::Multipart(parts) => Some(form(parts)?),
            _ => None,
        };
        let content_type = match &form {
            Some(form) => format!("multipart/form-data; boundary={}", form.boundary()),
            None => content_type,
        };
        let token = access.security_token.as_ref().map(Secret::expose);
        let mut headers = vec![("Host", host), ("Content-Type", content_type.as_str())];
        headers.extend(token.map(|token| (X_SECURITY_TOKEN, token)));
        if form.is_some() {
            headers.push((X_SDK_CONTENT_SHA256, UNSIGNED_PAYLOAD));
        }
        let request = sdk_hmac::Request {
            method: self.request.method.name(),
            path: url.path(),
            query: url.query().unwrap_or_default(),
            headers: &headers,
            body,
        };
        let signed = request
            .sign(&access.ak, &access.sk, &sdk_hmac::format_date((self.now)()))
            .map_err(|error| self.unusable(&error.to_string()))?;
        let mut builder =
            self.builder(url).header(X_SDK_DATE, &signed.date).header(AUTHORIZATION, &signed.authorization);
        if let Some(token) = token {
            builder = builder.header(X_SECURITY_TOKEN, token);
        }
        Ok(match (form, &self.request.body) {
            (Some(form), _) => builder.header(X_SDK_CONTENT_SHA256, UNSIGNED_PAYLOAD).multipart(form),
            (None, ApiBody::Json(text)) => builder.header(CONTENT_TYPE, JSON).body(text.clone()),
            (None, _) => builder.header(CONTENT_TYPE, JSON),
        })
    }

    fn with_usage_signature(&self, url: &Url, key: &Secret) -> Result<reqwest::RequestBuilder, ApiFault> {
        let ApiBody::Json(body) = &self.request.body else {
            return Err(ApiFault::Other { text: "usage is pushed as JSON".to_owned() });
        };
        let nonce = uuid::Uuid::new_v4().to_string();
        let headers = PushHeaders::sign(key, &(self.now)().0.to_string(), &nonce, body.as_bytes())
            .map_err(|error| self.unusable(&error.to_string()))?;
        let mut builder = self.builder(url).header(CONTENT_TYPE, JSON);
        for (name, value) in headers.to_headers() {
            builder = builder.header(name, value);
        }
        Ok(builder.body(body.clone()))
    }

    /// The key is none.
    fn unusable(&self, message: &str) -> ApiFault {
        ApiFault::CredentialsRefused { code: "-".into(), message: message.to_owned(), signing: self.request.signing }
    }

    fn builder(&self, url: &Url) -> reqwest::RequestBuilder {
        let method = match self.request.method {
            crate::protocol::open_api::Method::Get => reqwest::Method::GET,
            crate::protocol::open_api::Method::Post => reqwest::Method::POST,
        };
        self.client.http.request(method, url.clone())
    }
}

pub(super) async fn receive(ready: reqwest::RequestBuilder) -> Result<Arrived, reqwest::Error> {
    let mut response = ready.send().await?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER {
            break;
        }
    }
    Ok(Arrived { status, headers, body })
}

fn form(parts: &[Part]) -> Result<multipart::Form, ApiFault> {
    parts.iter().try_fold(multipart::Form::new(), |form, part| {
        let new = multipart::Part::bytes(part.bytes.clone());
        let new = match &part.file_name {
            Some(name) => new.file_name(name.clone()),
            None => new,
        };
        let new = new
            .mime_str(part.content_type)
            .map_err(|error| ApiFault::Other { text: format!("the part {} is none: {error}", part.name) })?;
        Ok(form.part(part.name, new))
    })
}

/// With what is secret left out.
fn shown_body(body: &ApiBody) -> String {
    match body {
        ApiBody::Empty => String::new(),
        ApiBody::Json(text) => text.clone(),
        ApiBody::Multipart(parts) => {
            let shown = |part: &Part| match (&part.file_name, part.secret) {
                (Some(name), _) => format!("{}: file {name}, {} bytes", part.name, part.bytes.len()),
                (None, true) => format!("{}: ***", part.name),
                (None, false) => format!("{}: {}", part.name, String::from_utf8_lossy(&part.bytes)),
            };
            parts.iter().map(shown).collect::<Vec<_>>().join("\n")
        }
    }
}

/// With the buyer's telephone number and mail address left out: they are nobody's business but the buyer's.
fn shown_answer(body: &[u8]) -> String {
    let masked = serde_json::from_slice::<Value>(body).ok().and_then(|mut answer| mask(&mut answer).then_some(answer));
    let shown = masked.map_or_else(|| String::from_utf8_lossy(body).into_owned(), |answer| answer.to_string());
    shown.chars().take(KEPT_ANSWER).collect()
}

/// Whether something was masked.
fn mask(value: &mut Value) -> bool {
    match value {
        Value::Array(entries) => entries.iter_mut().filter_map(|entry| mask(entry).then_some(())).count() > 0,
        Value::Object(members) => members.iter_mut().fold(false, |masked, (name, member)| {
            if matches!(name.as_str(), "mobilePhone" | "email") && !member.is_null() {
                *member = Value::from("***");
                return true;
            }
            mask(member) || masked
        }),
        _ => false,
    }
}

/// As `Host` has it, with a port that is not the scheme's own.
fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn missing(needed: &str) -> ApiFault {
    ApiFault::NoCredentials { needed: needed.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_shown_as_it_came_but_for_how_to_reach_the_buyer() {
        let plain = br#"{"resultCode" : "MKT.0000"}"#;
        assert_eq!(shown_answer(plain).as_bytes(), plain);
        let told = shown_answer(
            br#"{"orderInfo":{"buyerInfo":{"mobilePhone":"13900000000","email":"a@b.c","customerId":"c"}}}"#,
        );
        assert_eq!(told, r#"{"orderInfo":{"buyerInfo":{"mobilePhone":"***","email":"***","customerId":"c"}}}"#);
        assert_eq!(shown_answer(b"<html>"), "<html>");
    }
}
