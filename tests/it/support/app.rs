//! A receiver on a real socket over a data directory of its own, and a KooGallery that signs its calls.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{
        Arc, Once,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use reqwest::{Method, header::HeaderMap};
use sellerdesk::{
    cli::open::system_time,
    config::{Config, KeyRing},
    desk::{Cancel, Desk, DeskParts, ReceiverState},
    domain::{
        Attempt, Message, MessageState, RejectedCall, World,
        listing::{InstanceQuery, MessageQuery},
    },
    fulfilment::WebhookClient,
    protocol::{KeyClass, Secret, UnixMillis, signature::url::UrlSignature},
    receiver,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};

pub const KEY: &str = "demo-key-for-tests-0001";

pub const TEMPLATE: &str = r#"
[[endpoint]]
name = "main"
path = "/produce"
fulfilment = "template"
[endpoint.template]
front_end_url = "https://app.example.com/{instanceId}"
"#;

pub const MANUAL: &str = r#"
[[endpoint]]
name = "main"
path = "/produce"
fulfilment = "manual"
"#;

pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    /// The exact bytes, because the answer's signature is over them.
    pub text: String,
    pub json: Value,
}

impl Reply {
    pub fn code(&self) -> &str {
        self.json["resultCode"].as_str().unwrap_or_default()
    }

    pub fn instance_id(&self) -> String {
        self.json["instanceId"].as_str().unwrap_or_default().to_owned()
    }
}

pub struct TestApp {
    pub desk: Desk,
    pub address: SocketAddr,
    pub dir: TempDir,
    ahead: Arc<AtomicI64>,
    client: Client,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
    background: Option<JoinHandle<()>>,
}

/// Opens the desk of a data directory without keychain and environment, its clock ahead by `ahead` milliseconds.
pub fn open_desk(dir: &Path, ahead: &Arc<AtomicI64>) -> Desk {
    install_crypto();
    let keys = KeyRing::open_with(dir, false, Arc::new(|_| None)).unwrap();
    let ahead = ahead.clone();
    Desk::new(DeskParts {
        store: Desk::open_store(dir, keys.seal_key()).unwrap(),
        keys,
        config: Config::load(dir).unwrap(),
        webhooks: WebhookClient::new().unwrap(),
        clock: Arc::new(move || system_time().plus_millis(ahead.load(Ordering::Relaxed))),
        data_dir: dir.to_owned(),
    })
}

pub fn install_crypto() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}

impl TestApp {
    pub async fn start(config_toml: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("config.toml"), config_toml).unwrap();
        let app = Self::start_on(dir).await;
        app.desk.set_key(KeyClass::Base, None, Secret::new(KEY)).await.unwrap();
        app
    }

    /// Another start on what an earlier one left.
    pub async fn start_on(dir: TempDir) -> Self {
        Self::start_at(dir, Arc::new(AtomicI64::new(0))).await
    }

    /// With a clock that others may look at too.
    pub async fn start_at(dir: TempDir, ahead: Arc<AtomicI64>) -> Self {
        let desk = open_desk(dir.path(), &ahead);
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = desk.clone();
        let server = tokio::spawn(async move {
            let until = async { drop(stopped.await) };
            receiver::serve(&serving, SocketAddr::from(([127, 0, 0, 1], 0)), until).await.unwrap();
        });
        let mut state = desk.watch_receiver();
        let listening = state.wait_for(|state| matches!(**state, ReceiverState::Listening { .. })).await.unwrap();
        let ReceiverState::Listening { address, .. } = **listening else { panic!("{listening:?}") };
        drop(listening);
        let client = Client::new(&format!("http://{address}/produce"));
        Self { desk, address, dir, ahead, client, stop: Some(stop), server, background: None }
    }

    /// What `serve` does beside receiving.
    pub fn work_in_background(&mut self) {
        self.background = Some(tokio::spawn(self.desk.clone().work_in_background()));
    }

    /// Ends everything and hands back the directory.
    pub async fn stop(mut self) -> TempDir {
        if let Some(background) = self.background.take() {
            background.abort();
        }
        drop(self.stop.take());
        self.server.await.unwrap();
        self.desk.close().await;
        self.dir
    }

    /// Moves the desk's clock, and KooGallery's with it.
    pub fn advance(&self, by: Duration) {
        let millis = i64::try_from(by.as_millis()).unwrap();
        self.ahead.fetch_add(millis, Ordering::Relaxed);
        self.client.ahead.fetch_add(millis, Ordering::Relaxed);
    }

    pub fn client(&self) -> Client {
        self.client.clone()
    }

    pub async fn call(&self, body: Value) -> Reply {
        self.client.call(body).await
    }

    pub async fn call_signed_with(&self, key: &str, body: Value) -> Reply {
        self.client.call_signed_with(key, body).await
    }

    pub async fn raw(&self, query: &str, body: impl Into<reqwest::Body>) -> Reply {
        self.client.raw(query, body).await
    }

    pub async fn messages(&self, world: World) -> Vec<Message> {
        let query = MessageQuery { world, ascending: true, ..MessageQuery::default() };
        let ids = self.desk.message_ids(query, Cancel::default()).await.unwrap();
        self.desk.messages(ids).await.unwrap()
    }

    /// The only live message of that activity.
    pub async fn message(&self, activity: &str) -> Message {
        let mut found = self.messages(World::Live).await;
        found.retain(|message| message.activity == activity);
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    pub async fn attempts(&self, message: &Message) -> Vec<Attempt> {
        self.desk.message(message.id).await.unwrap().unwrap().1
    }

    pub async fn instances(&self, world: World) -> usize {
        let query = InstanceQuery { world, ..InstanceQuery::default() };
        self.desk.instance_ids(query, Cancel::default()).await.unwrap().len()
    }

    pub async fn rejected(&self) -> Vec<RejectedCall> {
        self.desk.rejected(usize::MAX).await.unwrap()
    }

    pub fn state(&self, message: &Message) -> MessageState {
        message.state(&self.desk.policy(), self.desk.now())
    }
}

/// Calls as KooGallery does.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    ahead: Arc<AtomicI64>,
}

impl Client {
    pub fn new(url: &str) -> Self {
        install_crypto();
        let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(20)).build().unwrap();
        Self { http, url: url.to_owned(), ahead: Arc::default() }
    }

    pub fn now(&self) -> UnixMillis {
        system_time().plus_millis(self.ahead.load(Ordering::Relaxed))
    }

    pub async fn call(&self, body: Value) -> Reply {
        self.call_signed_with(KEY, body).await
    }

    pub async fn call_signed_with(&self, key: &str, body: Value) -> Reply {
        let body = body.to_string();
        self.raw(&self.signed(key, body.as_bytes()).to_query(), body).await
    }

    /// A signature of now with a nonce of its own.
    pub fn signed(&self, key: &str, body: &[u8]) -> UrlSignature {
        let timestamp = self.now().0.to_string();
        UrlSignature::sign(&Secret::new(key), &unique("nonce"), &timestamp, body)
    }

    pub async fn raw(&self, query: &str, body: impl Into<reqwest::Body>) -> Reply {
        self.try_raw(query, body).await.unwrap()
    }

    /// For a receiver that may be gone.
    pub async fn try_call(&self, body: Value) -> Result<Reply, reqwest::Error> {
        let body = body.to_string();
        self.try_raw(&self.signed(KEY, body.as_bytes()).to_query(), body).await
    }

    /// Any request to a path of the receiver.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let base = self.url.strip_suffix("/produce").unwrap();
        let mut request = self.http.request(method, format!("{base}{path}")).body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        read(request.send().await.unwrap()).await.unwrap()
    }

    async fn try_raw(&self, query: &str, body: impl Into<reqwest::Body>) -> Result<Reply, reqwest::Error> {
        let request = self.http.post(format!("{}?{query}", self.url)).header("content-type", "application/json");
        read(request.body(body).send().await?).await
    }
}

async fn read(response: reqwest::Response) -> Result<Reply, reqwest::Error> {
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await?;
    let json = serde_json::from_str(&text).unwrap_or_default();
    Ok(Reply { status, headers, text, json })
}

/// A text that no other call uses.
pub fn unique(what: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("{what}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

pub fn purchase(order: &str) -> Value {
    json!({
        "activity": "newInstance",
        "businessId": unique("b"),
        "orderId": order,
        "orderLineId": format!("{order}-000001"),
    })
}

pub fn question(instance_id: &str) -> Value {
    json!({ "activity": "queryInstance", "instanceId": instance_id })
}

pub fn renewal(instance_id: &str, order: &str) -> Value {
    json!({
        "activity": "refreshInstance", "scene": "RENEWAL", "instanceId": instance_id, "orderId": order,
        "orderLineId": format!("{order}-000001"), "expireTime": "20301124023618",
    })
}

pub fn status(instance_id: &str, status: &str) -> Value {
    json!({ "activity": "updateInstanceStatus", "instanceId": instance_id, "status": status })
}

pub fn release(instance_id: &str) -> Value {
    json!({ "activity": "releaseInstance", "instanceId": instance_id })
}

/// The member with another value.
pub fn with(mut body: Value, member: &str, value: impl Into<Value>) -> Value {
    body[member] = value.into();
    body
}
