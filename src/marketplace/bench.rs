//! Sends one prepared request to an API product and tells what came back. Nothing is tried again: who sits at the bench
//! wants to see each answer.

use std::time::Duration;

use super::{MarketplaceClient, attempt::receive, fault};
use crate::{
    domain::ApiFault,
    protocol::open_api::{ApiCode, bench::Prepared},
};

/// Of an answer this much is shown, in characters.
const SHOWN: usize = 256 * 1024;

#[derive(Clone, Debug, PartialEq)]
pub struct BenchAnswer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// Where the gateway in front answered instead of the API.
    pub gateway_code: Option<ApiCode>,
}

impl MarketplaceClient {
    pub async fn send_prepared(
        &self,
        method: &str,
        prepared: &Prepared,
        body: String,
    ) -> Result<BenchAnswer, ApiFault> {
        let host = prepared.url.host_str().unwrap_or_default().to_owned();
        let method = reqwest::Method::from_bytes(method.as_bytes())
            .map_err(|error| ApiFault::Other { text: error.to_string() })?;
        let mut builder = self.http.request(method, prepared.url.clone());
        for (name, value) in &prepared.headers {
            builder = builder.header(name, value.expose());
        }
        let timeout: Duration = self.settings.timeout;
        let arrived = receive(builder.body(body)).await.map_err(|error| fault::of_transport(&error, &host, timeout))?;
        let shown = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = arrived.headers.iter().map(|(name, value)| (name.to_string(), shown(value))).collect();
        let body: String = String::from_utf8_lossy(&arrived.body).chars().take(SHOWN).collect();
        Ok(BenchAnswer { status: arrived.status.as_u16(), headers, gateway_code: gateway_code(&body), body })
    }
}

fn gateway_code(body: &str) -> Option<ApiCode> {
    let answer: serde_json::Value = serde_json::from_str(body).ok()?;
    let code = answer.get("error_code")?.as_str()?;
    let of_gateway = code.starts_with("APIG.") || code.starts_with("APIGW.");
    let message = answer.get("error_msg").and_then(serde_json::Value::as_str).unwrap_or_default();
    of_gateway.then(|| ApiCode::new(code, message))
}
