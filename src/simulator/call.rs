//! One call to the seller and what came back, unjudged. Tests that want a bad call sign it themselves and [`send`] it.

use std::time::{Duration, Instant};

use reqwest::{
    Client, Request, RequestBuilder,
    header::{ACCEPT, CONTENT_TYPE},
    redirect::Policy,
};

pub use crate::protocol::callback::{NoReply, Reply};
use crate::protocol::{callback::MAX_REPLY, signature::body_sign::BODY_SIGN};

/// How long the marketplace waits for an answer (KooGallery page zh-cn_topic_0070649475).
pub const TIMEOUT: Duration = Duration::from_secs(5);

/// A call as it left, and what came back.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// With the query string.
    pub url: String,
    pub body: Vec<u8>,
    pub reply: Result<Reply, NoReply>,
    pub duration: Duration,
}

/// A client as the marketplace's: no proxy, no redirects, [`TIMEOUT`].
pub fn client(timeout: Duration) -> Result<Client, reqwest::Error> {
    // Somebody else may have been first; there is one provider for the whole process either way.
    rustls::crypto::ring::default_provider().install_default().ok();
    Client::builder().timeout(timeout).no_proxy().redirect(Policy::none()).build()
}

/// Sends whatever it is given: the query string may be signed wrongly or not at all, the body may be no JSON.
pub async fn send(client: &Client, target: &str, query: &str, body: &[u8]) -> Exchange {
    exchange(client, client.post(with_query(target, query)), body).await
}

/// The same with headers, and by GET where there is no body.
pub async fn raw(client: &Client, target: &str, query: &str, headers: &[(&str, &str)], body: &[u8]) -> Exchange {
    let url = with_query(target, query);
    let mut request = if body.is_empty() { client.get(url) } else { client.post(url) };
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    exchange(client, request, body).await
}

pub(super) fn with_query(target: &str, query: &str) -> String {
    match query {
        "" => target.to_owned(),
        query => format!("{target}{}{query}", if target.contains('?') { '&' } else { '?' }),
    }
}

async fn exchange(client: &Client, request: RequestBuilder, body: &[u8]) -> Exchange {
    let begun = Instant::now();
    let request = request.header(ACCEPT, "application/json");
    let request = match body {
        b"" => request,
        body => request.header(CONTENT_TYPE, "application/json;charset=utf8").body(body.to_vec()),
    };
    let (url, reply) = match request.build() {
        Ok(request) => (request.url().to_string(), reply(client, request, begun).await),
        Err(error) => (String::new(), Err(NoReply::Unreachable(causes(&error)))),
    };
    Exchange { url, body: body.to_vec(), reply, duration: begun.elapsed() }
}

async fn reply(client: &Client, request: Request, begun: Instant) -> Result<Reply, NoReply> {
    let lost = |error: reqwest::Error| {
        if error.is_timeout() {
            NoReply::Timeout(u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX))
        } else {
            NoReply::Unreachable(causes(&error.without_url()))
        }
    };
    let mut response = client.execute(request).await.map_err(lost)?;
    let status = response.status().as_u16();
    let header =
        |name: &str| response.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
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

fn causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
