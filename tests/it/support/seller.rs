//! A seller that answers as the test says, and the marketplace that calls it.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    extract::{RawQuery, State},
    http::{StatusCode, header},
    response::IntoResponse,
};
use sellerdesk::{
    protocol::{KeyClass, Secret, UnixMillis},
    simulator::{Marketplace, Pace, Setup},
};
use serde_json::{Value, json};

use super::app::KEY;

/// 2026-11-15T12:00:00Z.
pub const NOON: i64 = 1_794_744_000_000;

/// A seller that answers as the test says, the last answer for ever.
#[derive(Clone, Default)]
pub struct Seller {
    answers: Arc<Mutex<Vec<(u16, Value)>>>,
    calls: Arc<Mutex<Vec<Received>>>,
}

#[derive(Clone)]
pub struct Received {
    pub at: Instant,
    pub query: String,
    pub body: Bytes,
}

impl Received {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

impl Seller {
    /// With a marketplace whose hours take that long.
    pub async fn open(answers: Vec<(u16, Value)>, hour: Duration) -> (Self, Marketplace) {
        let (seller, setup) = Self::start(answers).await;
        (seller, Marketplace::open(setup.with_pace(Pace::with_hour(hour))).unwrap())
    }

    /// With the setup of a marketplace that calls it, in the middle of a month.
    pub async fn start(answers: Vec<(u16, Value)>) -> (Self, Setup) {
        let seller = Self { answers: Arc::new(Mutex::new(answers)), ..Self::default() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let setup = Setup::new(format!("http://{}/produce", listener.local_addr().unwrap()));
        let router = Router::new().fallback(answer).with_state(seller.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (seller, setup.with_key(KeyClass::Base, Secret::new(KEY)).begins_at(UnixMillis(NOON)))
    }

    pub fn now_answers(&self, answer: (u16, Value)) {
        *self.answers.lock().unwrap() = vec![answer];
    }

    pub fn calls(&self) -> Vec<Received> {
        self.calls.lock().unwrap().clone()
    }
}

async fn answer(State(seller): State<Seller>, RawQuery(query): RawQuery, body: Bytes) -> impl IntoResponse {
    seller.calls.lock().unwrap().push(Received { at: Instant::now(), query: query.unwrap_or_default(), body });
    let mut answers = seller.answers.lock().unwrap();
    let (status, body) = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
    (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, "application/json")], body.to_string())
}

pub fn code(code: &str) -> (u16, Value) {
    (200, json!({ "resultCode": code, "resultMsg": "as the test says" }))
}

pub fn made(code: &str) -> (u16, Value) {
    (200, json!({ "resultCode": code, "resultMsg": "as the test says", "instanceId": "i-1" }))
}
