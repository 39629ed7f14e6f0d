//! A seller's software as it calls the open APIs, signed by hand: HMAC and SHA-256 of the crates, and nothing of the product.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{Json, Router, body::Bytes};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sellerdesk::{
    protocol::{KeyClass, Secret, UnixMillis, id::InstanceId},
    simulator::{
        Charging, Clock, Customer, Marketplace, MessageState, OpenApiServer, Product, Setup, Terms, call,
        open_api::{AccessKey, Holder, OpenApiSetup},
    },
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;

pub const AK: &str = "TESTAK0000000000KOOG";
pub const SK: &str = "TestSecretKey00000000000000000000000KooGal";
pub const ANOTHER_AK: &str = "TESTAK0000000ANOTHER";
pub const BUYER_AK: &str = "TESTAK00000000000BUY";
pub const BASE_KEY: &str = "isv-access-key-0001";

/// 2026-11-23T12:00:00Z.
const NOON: i64 = 1_795_435_200_000;

pub const ORDER_QUERY: &str = "/api/mkp-openapi-public/global/v1/order/query";
pub const ACTIVATE_V1: &str = "/api/mkp-openapi-public/global/v1/license/activate";
pub const ACTIVATE_V2: &str = "/api/mkp-openapi-public/global/v2/license/activate";
pub const HEARTBEAT_V1: &str = "/api/mkp-openapi-public/global/v1/license/heartbeat";
pub const HEARTBEAT_V2: &str = "/api/mkp-openapi-public/global/v2/license/heartbeat";
pub const SOFTWARE_USAGE: &str = "/api/mkp-openapi-public/global/v2/license/software-usage-info";
pub const USAGE_PUSH: &str = "/api/mkp-openapi-public/global/v1/isv/usage-data";
pub const USAGE_PUSH_OLD: &str = "/rest/marketplace/v1/isv/usage-data";

#[derive(Clone, Debug)]
pub struct ApiReply {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl ApiReply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The status and the code, whatever the interface calls it.
    pub fn told(&self) -> (u16, String) {
        let json = self.json();
        let code = json.get("error_code").or_else(|| json.get("resultCode")).and_then(Value::as_str);
        (self.status, code.unwrap_or_default().to_owned())
    }

    pub fn message(&self) -> String {
        self.json()["error_msg"].as_str().unwrap_or_default().to_owned()
    }
}

/// A request that is about to be signed; tests spoil it where they want to.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: &'static str,
    pub path: String,
    /// Encoded.
    pub query: String,
    /// Lower-case names; all of them are signed, `host` and `x-sdk-date` too.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub access: String,
    pub secret: String,
    pub date: Option<String>,
}

impl Call {
    pub fn get(path: &str, query: &str) -> Self {
        Self {
            method: "GET",
            path: path.to_owned(),
            query: query.to_owned(),
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: vec![],
            access: AK.to_owned(),
            secret: SK.to_owned(),
            date: None,
        }
    }

    pub fn post(path: &str, body: impl ToString) -> Self {
        Self { method: "POST", body: body.to_string().into_bytes(), ..Self::get(path, "") }
    }

    pub fn by(mut self, access: &str) -> Self {
        access.clone_into(&mut self.access);
        self
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// Names signed, and `Authorization`.
pub fn sign(call: &Call, host: &str, date: &str) -> String {
    let mut headers = call.headers.clone();
    headers.extend([("host".to_owned(), host.to_owned()), ("x-sdk-date".to_owned(), date.to_owned())]);
    headers.sort();
    let names: Vec<&str> = headers.iter().map(|(name, _)| name.as_str()).collect();
    let mut query: Vec<&str> = call.query.split('&').filter(|pair| !pair.is_empty()).collect();
    query.sort_unstable();
    let told = headers.iter().find(|(name, _)| name == "x-sdk-content-sha256").map(|(_, value)| value.clone());
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let slash = if call.path.ends_with('/') { "" } else { "/" };
    let canonical = format!(
        "{}\n{}{slash}\n{}\n{lines}\n{}\n{}",
        call.method,
        call.path,
        query.join("&"),
        names.join(";"),
        told.unwrap_or_else(|| hex::encode(Sha256::digest(&call.body))),
    );
    let text = format!("SDK-HMAC-SHA256\n{date}\n{}", hex::encode(Sha256::digest(canonical)));
    let mut mac = Hmac::<Sha256>::new_from_slice(call.secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    let signature = hex::encode(mac.finalize().into_bytes());
    format!("SDK-HMAC-SHA256 Access={}, SignedHeaders={}, Signature={signature}", call.access, names.join(";"))
}

/// `yyyyMMdd'T'HHmmss'Z'`.
pub fn basic_time(time: UnixMillis) -> String {
    let text = time.to_compact_utc();
    format!("{}T{}Z", &text[..8], &text[8..])
}

/// `signature` of a usage push.
pub fn push_signature(key: &str, ts: &str, nonce: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(format!("ts={ts}&nonce={nonce}&body={body}").as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// A marketplace with its open APIs and a seller that takes every call, at a noon that does not pass by itself.
pub struct Market {
    pub marketplace: Marketplace,
    pub server: OpenApiServer,
    pub client: reqwest::Client,
    ahead: Arc<AtomicI64>,
}

impl Market {
    pub async fn open() -> Self {
        Self::open_with(OpenApiSetup::default()).await
    }

    pub async fn open_with(setup: OpenApiSetup) -> Self {
        let ahead = Arc::new(AtomicI64::new(0));
        let setup = setup
            .with_access_key(AccessKey::new(AK, Secret::new(SK), Holder::Seller))
            .with_access_key(AccessKey::new(ANOTHER_AK, Secret::new(SK), Holder::AnotherSeller))
            .with_access_key(AccessKey::new(BUYER_AK, Secret::new(SK), Holder::Buyer));
        let mut market = Setup::new(content_seller().await)
            .with_key(KeyClass::Base, Secret::new(BASE_KEY))
            .with_key(KeyClass::License, Secret::new("license-key"))
            .with_seed(1);
        let told = Arc::clone(&ahead);
        market.clock = Clock::new(move || UnixMillis(NOON + told.load(Ordering::Relaxed)));
        let marketplace = Marketplace::open(market).unwrap();
        let server = OpenApiServer::start(&marketplace, setup).unwrap();
        Self { marketplace, server, client: call::client(Duration::from_secs(5)).unwrap(), ahead }
    }

    pub fn now(&self) -> UnixMillis {
        UnixMillis(NOON + self.ahead.load(Ordering::Relaxed))
    }

    pub fn pass(&self, seconds: i64) {
        self.ahead.fetch_add(seconds * 1000, Ordering::Relaxed);
    }

    /// `yyyyMMdd'T'HHmmss'Z'`, so many seconds from now.
    pub fn basic_time(&self, seconds: i64) -> String {
        basic_time(self.now().plus_millis(seconds * 1000))
    }

    pub fn request(&self, call: &Call) -> reqwest::RequestBuilder {
        let date = call.date.clone().unwrap_or_else(|| self.basic_time(0));
        let authorization = sign(call, &self.server.address().to_string(), &date);
        self.unsigned(call).header("x-sdk-date", date).header("authorization", authorization)
    }

    pub fn unsigned(&self, call: &Call) -> reqwest::RequestBuilder {
        let question = if call.query.is_empty() { "" } else { "?" };
        let url = format!("{}{}{question}{}", self.server.url(), call.path, call.query);
        let mut request = self.client.request(call.method.parse().unwrap(), url);
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        if call.method == "GET" { request } else { request.body(call.body.clone()) }
    }

    pub async fn call(&self, call: Call) -> ApiReply {
        reply(self.request(&call)).await.unwrap()
    }

    pub async fn get(&self, path: &str, query: &str) -> ApiReply {
        self.call(Call::get(path, query)).await
    }

    pub async fn post(&self, path: &str, body: Value) -> ApiReply {
        self.call(Call::post(path, body)).await
    }

    /// The new usage push, signed over exactly this text.
    pub async fn push(&self, body: &str) -> ApiReply {
        let (ts, nonce) = (self.now().0.to_string(), nonce());
        let signature = push_signature(BASE_KEY, &ts, &nonce, body);
        let request = self.unsigned(&Call::post(USAGE_PUSH, body));
        reply(request.header("signature", signature).header("ts", ts).header("nonce", nonce)).await.unwrap()
    }

    pub async fn bought(&self, terms: Terms) -> InstanceId {
        let message = self.marketplace.buy_on(&product(), &customer(), terms).await.unwrap();
        assert_eq!(message.state, MessageState::Succeeded, "{:?}", message.exception());
        self.marketplace.instance_of(&message).unwrap().instance_id
    }

    pub async fn metered(&self) -> InstanceId {
        self.bought(Terms::new(Charging::OnDemand)).await
    }
}

pub async fn reply(request: reqwest::RequestBuilder) -> reqwest::Result<ApiReply> {
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok(ApiReply { status, headers, text: response.text().await? })
}

pub fn product() -> Product {
    Product { product_id: "OFFI1".into(), sku_code: "sku-1".into(), name: "Cloud office".into(), months: 12 }
}

pub fn customer() -> Customer {
    Customer { customer_id: "68cbc86abc2018ab880d92f36422fa0e".into(), customer_name: "hwtest".into() }
}

fn nonce() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("nonce-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Says yes to everything; every purchase is another instance.
async fn content_seller() -> String {
    let made = AtomicU64::new(0);
    let answer = move |_: Bytes| {
        let number = made.fetch_add(1, Ordering::Relaxed);
        let answer = json!({
            "resultCode": "000000", "resultMsg": "success.", "instanceId": format!("instance-{number}"),
        });
        async move { Json(answer) }
    };
    let answer = Arc::new(answer);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/produce", listener.local_addr().unwrap());
    let router = Router::new().fallback(move |body: Bytes| answer(body));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    url
}
