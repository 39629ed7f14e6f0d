//! A seller's backend: answers as the test says and remembers what it was asked.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde_json::Value;

/// One answer of the backend.
#[derive(Clone)]
pub struct Told {
    pub status: u16,
    pub body: String,
    pub after: Duration,
}

pub fn told(status: u16, body: impl ToString) -> Told {
    Told { status, body: body.to_string(), after: Duration::ZERO }
}

impl Told {
    pub fn after(mut self, millis: u64) -> Self {
        self.after = Duration::from_millis(millis);
        self
    }
}

#[derive(Clone)]
pub struct Asked {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Asked {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

#[derive(Clone, Default)]
pub struct Backend {
    pub url: String,
    answers: Arc<Mutex<VecDeque<Told>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Backend {
    /// Gives the answers in turn, the last one for ever.
    pub async fn start(answers: impl IntoIterator<Item = Told>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/koogallery", listener.local_addr().unwrap());
        let backend = Self { url, ..Self::default() };
        backend.now_tells(answers);
        let router = Router::new().fallback(answer).with_state(backend.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        backend
    }

    pub fn now_tells(&self, answers: impl IntoIterator<Item = Told>) {
        *self.answers.lock().unwrap() = answers.into_iter().collect();
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// A configuration whose product this is.
    pub fn config(&self, timeout_ms: u64) -> String {
        format!(
            "[[endpoint]]\nname = \"main\"\npath = \"/produce\"\nfulfilment = \"webhook\"\n\
             [endpoint.webhook]\nurl = \"{}\"\ntimeout_ms = {timeout_ms}\n",
            self.url
        )
    }

    fn next(&self) -> Told {
        let mut answers = self.answers.lock().unwrap();
        if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() }
    }
}

async fn answer(State(backend): State<Backend>, headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    let told = backend.next();
    backend.asked.lock().unwrap().push(Asked { headers, body });
    tokio::time::sleep(told.after).await;
    (StatusCode::from_u16(told.status).unwrap(), told.body)
}
