//! A marketplace as the client sees it: it gives the answers in turn, remembers what came, and verifies signatures in a few
//! lines of its own, so that a mistake of the signer is not made again here.

use std::{
    collections::HashMap,
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    time::Instant,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Method, Response, Uri},
};
use axum_server::tls_rustls::RustlsConfig;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use tokio::task::JoinHandle;

use super::certificates::Certified;

#[derive(Clone)]
pub struct Told {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Told {
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: vec![("content-type", "application/json".into())], body: body.into() }
    }

    pub fn code(status: u16, code: &str, message: &str) -> Self {
        Self::new(status, serde_json::json!({ "error_code": code, "error_msg": message }).to_string())
    }

    pub fn success() -> Self {
        Self::code(200, "92020000", "success")
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// A request that came.
#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    pub path: String,
    pub query: String,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
    pub at: Instant,
}

pub struct Peer {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    serving: JoinHandle<()>,
}

#[derive(Clone)]
struct Shared {
    answers: Arc<Mutex<Vec<Told>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Peer {
    /// The last answer is given again and again.
    #[expect(clippy::unused_async, reason = "it needs a runtime, as the one with TLS does")]
    pub async fn start(answers: Vec<Told>) -> Self {
        Self::serve(answers, None)
    }

    pub async fn start_tls(certified: &Certified, answers: Vec<Told>) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let (certificate, key) = (certified.certificate.clone(), certified.key.clone());
        let tls = RustlsConfig::from_pem(certificate.into_bytes(), key.into_bytes()).await.unwrap();
        Self::serve(answers, Some(tls))
    }

    fn serve(answers: Vec<Told>, tls: Option<RustlsConfig>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let shared = Shared { answers: Arc::new(Mutex::new(answers)), seen: seen.clone() };
        let service = Router::new().fallback(answer).with_state(shared).into_make_service();
        let serving = tokio::spawn(async move {
            match tls {
                Some(tls) => axum_server::from_tcp_rustls(listener, tls).unwrap().serve(service).await.unwrap(),
                None => axum_server::from_tcp(listener).unwrap().serve(service).await.unwrap(),
            }
        });
        Self { address, seen, serving }
    }

    pub fn http_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `localhost`, because certificates are made out for a name.
    pub fn https_url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub fn only(&self) -> Seen {
        let mut seen = self.seen();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen.remove(0)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let headers = headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    shared.seen.lock().unwrap().push(Seen {
        method: method.to_string(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers: headers.collect(),
        body: body.to_vec(),
        at: Instant::now(),
    });
    let mut answers = shared.answers.lock().unwrap();
    let told = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
    let mut response = Response::builder().status(told.status);
    for (name, value) in told.headers {
        response = response.header(name, value);
    }
    response.body(told.body.into()).unwrap()
}

impl Seen {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    /// Recomputes `SDK-HMAC-SHA256` from what arrived. Good for paths and queries that need no encoding.
    pub fn is_signed_with(&self, ak: &str, sk: &str) -> bool {
        let authorization = &self.headers["authorization"];
        let rest = authorization.strip_prefix("SDK-HMAC-SHA256 Access=").unwrap();
        let (access, rest) = rest.split_once(", SignedHeaders=").unwrap();
        let (names, signature) = rest.split_once(", Signature=").unwrap();
        let mut query: Vec<&str> = self.query.split('&').collect();
        query.sort_unstable();
        let headers: String = names.split(';').map(|name| format!("{name}:{}\n", self.headers[name])).collect();
        let payload = match self.headers.get("x-sdk-content-sha256") {
            Some(stated) => stated.clone(),
            None => hex::encode(Sha256::digest(&self.body)),
        };
        let canonical = format!("{}\n{}/\n{}\n{headers}\n{names}\n{payload}", self.method, self.path, query.join("&"));
        let date = &self.headers["x-sdk-date"];
        let text = format!("SDK-HMAC-SHA256\n{date}\n{}", hex::encode(Sha256::digest(canonical)));
        access == ak
            && names.contains("x-sdk-date")
            && names.contains("host")
            && signature == hex::encode(mac(sk, &text))
    }

    /// The same for the headers of a usage push.
    pub fn is_pushed_with(&self, base: &str) -> bool {
        let text = format!("ts={}&nonce={}&body={}", self.headers["ts"], self.headers["nonce"], self.text());
        self.headers["signature"] == STANDARD.encode(mac(base, &text))
    }
}

fn mac(key: &str, text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}
