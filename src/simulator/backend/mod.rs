//! A seller's product, small: it answers the fulfilment webhook, provisions and forgets nothing while it runs, and can be
//! made to fail in the ways that products do.

mod standard_webhooks;

use std::{
    collections::{BTreeMap, HashMap},
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use rand::distr::{Alphanumeric, SampleString as _};
use serde_json::{Map, Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

pub use self::standard_webhooks::{Headers, WebhookError, verify};
use super::{Clock, delivery::lock};
use crate::protocol::{ResultCode, Secret, id::InstanceId};

/// How the product behaves.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Mode {
    #[default]
    Up,
    /// 503, and nothing is done.
    Down,
    /// As up, but only after this long.
    Slow(Duration),
    /// 200 with a result code, and nothing is done.
    Refuse { code: ResultCode, message: String },
    /// 202: accepted, and nothing is done yet.
    StillWorking,
}

/// What the product made of a purchase.
#[derive(Clone, Debug, PartialEq)]
pub struct Provisioned {
    pub front_end_url: String,
    pub user_name: String,
    pub password: Secret,
    /// The activities that followed, oldest first.
    pub history: Vec<String>,
}

#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    #[error(transparent)]
    Secret(#[from] WebhookError),
    #[error("the product cannot listen")]
    Listen(#[from] io::Error),
}

/// A running product. Dropping it closes its port.
pub struct Backend {
    address: SocketAddr,
    product: Arc<Product>,
    server: JoinHandle<()>,
}

struct Product {
    key: Vec<u8>,
    clock: Clock,
    state: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    mode: Mode,
    /// By webhook id: what was done once is answered again, not done again.
    answered: HashMap<String, Value>,
    instances: BTreeMap<InstanceId, Provisioned>,
    webhooks: usize,
    refused: Vec<WebhookError>,
}

type Answer = (StatusCode, Json<Value>);

impl Backend {
    /// Listens on a free port of the loopback. `secret` is `whsec_<base64>`.
    pub async fn start(secret: &Secret, clock: Clock) -> Result<Self, BackendError> {
        let product = Arc::new(Product { key: standard_webhooks::key(secret)?, clock, state: Mutex::default() });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let router = Router::new().route("/koogallery", post(receive)).with_state(Arc::clone(&product));
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::warn!(%error, "the product has stopped");
            }
        });
        Ok(Self { address, product, server })
    }

    /// Where webhooks are taken.
    pub fn url(&self) -> String {
        format!("http://{}/koogallery", self.address)
    }

    pub fn set_mode(&self, mode: Mode) {
        self.memory().mode = mode;
    }

    pub fn provisioned(&self) -> BTreeMap<InstanceId, Provisioned> {
        self.memory().instances.clone()
    }

    /// Webhooks that came with a valid signature, repeated ones too.
    pub fn webhooks(&self) -> usize {
        self.memory().webhooks
    }

    /// Why webhooks were turned away at the door.
    pub fn refused(&self) -> Vec<WebhookError> {
        self.memory().refused.clone()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        lock(&self.product.state)
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn receive(State(product): State<Arc<Product>>, headers: HeaderMap, body: Bytes) -> Answer {
    let id = match authentic(&product, &headers, &body) {
        Ok(id) => id,
        Err(error) => {
            let answer = (StatusCode::UNAUTHORIZED, Json(json!({"error": error.to_string()})));
            lock(&product.state).refused.push(error);
            return answer;
        }
    };
    let mode = {
        let mut memory = lock(&product.state);
        memory.webhooks += 1;
        memory.mode.clone()
    };
    match mode {
        Mode::Up => {}
        Mode::Down => return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"error": "down for maintenance"}))),
        Mode::Slow(delay) => tokio::time::sleep(delay).await,
        Mode::Refuse { code, message } => {
            return (StatusCode::OK, Json(json!({"resultCode": code.as_str(), "resultMsg": message})));
        }
        Mode::StillWorking => return (StatusCode::ACCEPTED, Json(json!({}))),
    }
    match fulfil(&mut lock(&product.state), &id, &body) {
        Some(answer) => (StatusCode::OK, Json(answer)),
        None => (StatusCode::BAD_REQUEST, Json(json!({"error": "`type` or `data.instanceId` is missing"}))),
    }
}

fn authentic(product: &Product, headers: &HeaderMap, body: &[u8]) -> Result<String, WebhookError> {
    let header =
        |name: &'static str| headers.get(name).and_then(|value| value.to_str().ok()).ok_or(WebhookError::Missing(name));
    let headers = Headers {
        id: header("webhook-id")?,
        timestamp: header("webhook-timestamp")?,
        signature: header("webhook-signature")?,
    };
    verify(&product.key, headers, body, product.clock.now())?;
    Ok(headers.id.to_owned())
}

fn fulfil(memory: &mut Memory, id: &str, body: &[u8]) -> Option<Value> {
    if let Some(answer) = memory.answered.get(id) {
        return Some(answer.clone());
    }
    let event: Map<String, Value> = serde_json::from_slice(body).ok()?;
    let activity = event.get("type")?.as_str()?;
    let instance_id = event.get("data").and_then(|data| data.get("instanceId")).and_then(Value::as_str);
    let answer = match (activity, instance_id) {
        ("newInstance", instance_id) => {
            let instance_id = InstanceId::new(instance_id?);
            let made = memory.instances.entry(instance_id.clone()).or_insert_with(|| provision(&instance_id));
            made.history.push(activity.to_owned());
            json!({"appInfo": {
                "frontEndUrl": made.front_end_url,
                "userName": made.user_name,
                "password": made.password.expose(),
            }})
        }
        (_, instance_id) => {
            if let Some(made) = instance_id.and_then(|id| memory.instances.get_mut(&InstanceId::new(id))) {
                made.history.push(activity.to_owned());
            }
            json!({})
        }
    };
    memory.answered.insert(id.to_owned(), answer.clone());
    Some(answer)
}

fn provision(instance_id: &InstanceId) -> Provisioned {
    Provisioned {
        front_end_url: format!("https://app.example.com/{instance_id}"),
        user_name: "admin".to_owned(),
        password: Secret::new(Alphanumeric.sample_string(&mut rand::rng(), 16)),
        history: vec![],
    }
}
