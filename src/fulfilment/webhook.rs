//! Asking the seller's own backend. 2xx = done (it may tell access data, or refuse with a result code), 202 = still
//! working, anything else = exception.

use std::{
    io::{self, ErrorKind},
    sync::Arc,
    time::Duration,
};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

use super::{
    SigningSecret,
    order_data::order_data,
    told_license::{ToldFile, check_text},
};
use crate::{
    domain::{AnswerFlaw, Exception, Fulfilled, Obstacle, Order, ToldLicense},
    protocol::{
        ResultCode, Secret, UnixMillis,
        address::is_loopback,
        callback::{AppInfo, truncated},
        id::InstanceId,
        open_api::upload::MAX_FILE,
    },
};

/// How long one request may take in the background, after KooGallery's own call was answered.
const BACKGROUND_LIMIT: Duration = Duration::from_secs(60);
/// What of a foreign answer is kept.
const EXCERPT: usize = 200;
/// More is no answer to us.
const MAX_ANSWER: usize = 64 * 1024;
/// It may hold a whole file as base64.
const MAX_LICENSE_ANSWER: usize = MAX_FILE / 3 * 4 + MAX_ANSWER;
const APPLICATION: &str = "getLicenseAsync";

/// Where to ask.
#[derive(Clone, Debug)]
pub struct Webhook {
    pub url: String,
    pub secret: Arc<SigningSecret>,
}

/// What is asked; `id` is the same on every try of the same business, so that the backend can tell a repetition.
#[derive(Clone, Debug)]
pub struct WebhookRequest {
    pub id: String,
    pub activity: String,
    pub timestamp: UnixMillis,
    /// The call's members as they came.
    pub call: Map<String, Value>,
    /// `None` where the call is about no instance.
    pub instance_id: Option<InstanceId>,
    /// What KooGallery told of the order that the call is about.
    pub order: Option<Order>,
}

#[derive(Clone, Debug)]
pub struct WebhookClient {
    http: reqwest::Client,
    /// For what runs on this machine, which is behind no proxy.
    local: reqwest::Client,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Told {
    instance_id: Option<String>,
    result_code: Option<String>,
    result_msg: Option<String>,
    app_info: Option<ToldAppInfo>,
    license: Option<String>,
    license_file: Option<ToldFile>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToldAppInfo {
    #[serde(default)]
    front_end_url: String,
    admin_url: Option<String>,
    user_name: Option<String>,
    password: Option<String>,
    memo: Option<String>,
}

impl WebhookClient {
    pub fn new() -> Result<Self, reqwest::Error> {
        let builder = || {
            reqwest::Client::builder()
                .timeout(BACKGROUND_LIMIT)
                .connect_timeout(Duration::from_secs(3))
                .redirect(reqwest::redirect::Policy::none())
                .user_agent(concat!("sellerdesk/", env!("CARGO_PKG_VERSION")))
        };
        Ok(Self { http: builder().build()?, local: builder().no_proxy().build()? })
    }

    /// Asks once and waits for the answer, a minute at most.
    pub async fn ask(&self, webhook: &Webhook, request: &WebhookRequest) -> Fulfilled {
        let mut data = request.call.clone();
        if let Some(instance_id) = &request.instance_id {
            data.insert("instanceId".into(), json!(instance_id));
        }
        if let Some(order) = &request.order {
            data.entry("order").or_insert_with(|| order_data(order));
        }
        let body =
            json!({ "type": request.activity, "timestamp": request.timestamp.to_string(), "data": data }).to_string();
        match self.post(webhook, &request.id, request.timestamp, body).await {
            Ok(response) => read(response, request).await,
            Err(reason) => Fulfilled::Failed(Exception::WebhookUnreachable { reason }),
        }
    }

    /// Signed; or why nobody answered.
    pub(super) async fn post(
        &self,
        webhook: &Webhook,
        id: &str,
        timestamp: UnixMillis,
        body: String,
    ) -> Result<reqwest::Response, Obstacle> {
        let seconds = timestamp.0.div_euclid(1000);
        let here = Url::parse(&webhook.url).is_ok_and(|url| is_loopback(&url));
        let request = if here { &self.local } else { &self.http }
            .post(&webhook.url)
            .header("content-type", "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", webhook.secret.sign(id, seconds, body.as_bytes()));
        request.body(body).send().await.map_err(|error| reason(&error))
    }
}

/// Why an answer has no end.
pub(super) enum Unanswered {
    TooLong,
    Broken(Obstacle),
}

pub(super) async fn read_within(mut response: reqwest::Response, most: usize) -> Result<Vec<u8>, Unanswered> {
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() <= most => bytes.extend_from_slice(&chunk),
            Ok(Some(_)) => return Err(Unanswered::TooLong),
            Ok(None) => return Ok(bytes),
            Err(error) => return Err(Unanswered::Broken(reason(&error))),
        }
    }
}

pub(super) fn excerpt(bytes: &[u8]) -> String {
    truncated(String::from_utf8_lossy(bytes).trim(), EXCERPT)
}

async fn read(response: reqwest::Response, request: &WebhookRequest) -> Fulfilled {
    let status = response.status();
    let most = if request.activity == APPLICATION { MAX_LICENSE_ANSWER } else { MAX_ANSWER };
    let bytes = match read_within(response, most).await {
        Ok(bytes) => bytes,
        Err(Unanswered::TooLong) => {
            return Fulfilled::Failed(Exception::WebhookMalformed { reason: AnswerFlaw::TooLong { max: most } });
        }
        Err(Unanswered::Broken(reason)) => return Fulfilled::Failed(Exception::WebhookUnreachable { reason }),
    };
    if status == reqwest::StatusCode::ACCEPTED {
        return Fulfilled::Working;
    }
    if !status.is_success() {
        return Fulfilled::Failed(Exception::WebhookStatus { status: status.as_u16(), excerpt: excerpt(&bytes) });
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Fulfilled::Done { app_info: None };
    }
    match serde_json::from_slice::<Told>(&bytes) {
        Ok(told) => judge(told, request),
        Err(error) => Fulfilled::Failed(Exception::WebhookMalformed { reason: AnswerFlaw::Other(error.to_string()) }),
    }
}

fn judge(told: Told, request: &WebhookRequest) -> Fulfilled {
    // KooGallery may know the id already, so it is not the backend's to change.
    if let Some(instance_id) = &request.instance_id
        && let Some(other) = told.instance_id.filter(|other| other != instance_id.as_str())
    {
        let reason = AnswerFlaw::OtherInstance { told: truncated(&other, 64), asked: instance_id.clone() };
        return Fulfilled::Failed(Exception::WebhookMalformed { reason });
    }
    if let Some(code) = told.result_code.map(ResultCode::new).filter(|code| !code.is_success()) {
        if !code.is_well_formed() {
            let reason = AnswerFlaw::ResultCode { code: truncated(code.as_str(), 20) };
            return Fulfilled::Failed(Exception::WebhookMalformed { reason });
        }
        let result_msg = told.result_msg.unwrap_or_else(|| code.message().to_owned());
        return Fulfilled::Refused { result_code: code, result_msg };
    }
    match application(&request.activity, told.license.as_deref(), told.license_file) {
        Ok(Some(file)) => return Fulfilled::LicenseFile(file),
        Ok(None) => {}
        Err(error) => return Fulfilled::Failed(Exception::WebhookMalformed { reason: error }),
    }
    let license = told.license.map(Secret::new);
    let tells = told.app_info.is_some() || license.is_some();
    let app_info = told.app_info.unwrap_or_default();
    let app_info = AppInfo {
        front_end_url: app_info.front_end_url,
        admin_url: app_info.admin_url,
        user_name: app_info.user_name,
        password: app_info.password.map(Secret::new),
        memo: app_info.memo,
        license,
    };
    Fulfilled::Done { app_info: tells.then_some(app_info) }
}

/// The file, where the License of an application is one; a text is checked as well.
fn application(activity: &str, text: Option<&str>, file: Option<ToldFile>) -> Result<Option<ToldLicense>, AnswerFlaw> {
    match (activity == APPLICATION, text, file) {
        (false, _, Some(_)) => Err(AnswerFlaw::LicenseFileNotAskedFor),
        (false, _, None) | (true, None, None) => Ok(None),
        (true, Some(text), None) => check_text(text).map(|()| None),
        (true, None, Some(file)) => file.check().map(Some),
        (true, Some(_), Some(_)) => Err(AnswerFlaw::TwoLicenses),
    }
}

/// The innermost cause says most; the address is left out, it may hold credentials.
fn reason(error: &reqwest::Error) -> Obstacle {
    let mut cause: &(dyn std::error::Error + 'static) = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    match cause.downcast_ref::<io::Error>().map(io::Error::kind) {
        _ if error.is_timeout() => Obstacle::Slow,
        Some(ErrorKind::ConnectionRefused) => Obstacle::Refused,
        Some(ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe) => Obstacle::Reset,
        Some(ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown) => Obstacle::NoRoute,
        _ => Obstacle::Other(truncated(&cause.to_string(), EXCERPT)),
    }
}
