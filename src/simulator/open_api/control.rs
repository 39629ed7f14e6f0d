//! The control API: what buyers and operators can do, as JSON over HTTP below `/control`, unsigned. An action is a POST and
//! answers after the first call to the seller, with the message that it made; what went wrong is `{"error": "..."}`.
//!
//! ```text
//! GET    state                                 the books: now, target, orders, instances, licenses, applications, usage, messages
//! GET    requests                              what the open APIs received
//! GET    faults                                the rules in force
//! POST   faults    {"api"?, "fault": {"kind": "slow", "millis": 500}, "when": "always" | {"chance": 0.2} |
//!                   {"requests": {"after"?: 0, "count": 2}}, "done"?}
//! DELETE faults
//! GET    call-faults                           the same of the calls to the seller
//! POST   call-faults {"activity"?, "fault": {"kind": "lost-answer"}, "when"}
//! DELETE call-faults
//! POST   door      {"downSeconds": 5}          nobody answers meanwhile, here neither
//! POST   door      {"certificate": PEM, "key": PEM}     another certificate from now on, a wrong one perhaps
//! GET    clock                                 the marketplace's time, and when something is due next
//! POST   clock     {"to": "2026-12-01T00:00:00Z"} | {"by": "30d"}     what is due until then happens first
//! GET    retry-policy                          how often what is tried; POST takes the whole table
//! GET    books                                 failed orders, products off the catalogue, exceptions, probes
//! POST   target    {"url"}                     the seller's production address
//! GET    products                              what is offered: one of every kind to begin with
//! POST   products  {"product", "kind"?, "charging", "trialDays"?}
//! POST   ACTION    what the action of that name takes (see [`Action`]); the answer is the message after its first call,
//!                   or {"licenses"}, or {"calls"} of what is not tried again
//! ```

use std::{sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::{certificate::tls, control_view as view, door::stay_shut, faults::FaultRule, gateway::Gateway};
use crate::{
    protocol::UnixMillis,
    simulator::{Action, Marketplace, Offer, SimulatorError, clock::later},
};

#[derive(Clone)]
struct Control {
    marketplace: Arc<Marketplace>,
    gateway: Arc<Gateway>,
}

type Controlled = State<Control>;
type Answer = Result<Json<Value>, Refused>;

pub(super) fn router(marketplace: Arc<Marketplace>, gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route("/state", get(async |State(control): Controlled| Json(view::state(&control.marketplace))))
        .route("/requests", get(async |State(control): Controlled| Json(control.gateway.log.requests())))
        .route("/faults", get(faults).post(add_fault).delete(clear_faults))
        .route("/door", post(door))
        .route("/target", post(target))
        .route("/books", get(async |State(control): Controlled| Json(view::books(&control.marketplace))))
        .route("/clock", get(clock).post(advance))
        .route("/call-faults", get(call_faults).post(add_call_fault).delete(clear_call_faults))
        .route("/retry-policy", get(retry_policy).post(set_retry_policy))
        .route("/products", get(offers).post(offer))
        .route("/{action}", post(act))
        .fallback(async || Refused(StatusCode::NOT_FOUND, "there is no such action".to_owned()))
        .with_state(Control { marketplace, gateway })
}

struct Refused(StatusCode, String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

impl From<SimulatorError> for Refused {
    fn from(error: SimulatorError) -> Self {
        let status = match &error {
            SimulatorError::UnknownInstance(_)
            | SimulatorError::UnknownLicense(_)
            | SimulatorError::UnknownMessage(_)
            | SimulatorError::UnknownOrder(_)
            | SimulatorError::UnknownProduct(_)
            | SimulatorError::UnknownApplication(_) => StatusCode::NOT_FOUND,
            SimulatorError::Malformed(_) => StatusCode::BAD_REQUEST,
            _ => StatusCode::CONFLICT,
        };
        Self(status, error.to_string())
    }
}

/// No body at all is an object without members.
fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refused> {
    let body: &[u8] = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body).map_err(|error| malformed(&error.to_string()))
}

fn malformed(why: &str) -> Refused {
    Refused(StatusCode::BAD_REQUEST, why.to_owned())
}

async fn faults(State(control): Controlled) -> Json<Value> {
    Json(json!(control.gateway.condition().faults.rules()))
}

async fn add_fault(State(control): Controlled, body: Bytes) -> Answer {
    let rule: FaultRule = read(&body)?;
    control.gateway.condition().faults.add(rule);
    Ok(Json(json!(control.gateway.condition().faults.rules())))
}

async fn clear_faults(State(control): Controlled) -> Json<Value> {
    control.gateway.condition().faults.clear();
    Json(json!([]))
}

/// What happens to the door, which the answer has to leave by first.
const ANSWER_LEAVES: Duration = Duration::from_millis(100);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DoorOrder {
    down_seconds: Option<u64>,
    certificate: Option<String>,
    key: Option<String>,
}

async fn door(State(control): Controlled, body: Bytes) -> Answer {
    let gone = || Refused(StatusCode::CONFLICT, "the door is gone".to_owned());
    let door = control.gateway.door().ok_or_else(gone)?;
    match read(&body)? {
        DoorOrder { down_seconds: Some(seconds), certificate: None, key: None } => {
            let gateway = Arc::clone(&control.gateway);
            tokio::spawn(async move {
                tokio::time::sleep(ANSWER_LEAVES).await;
                let millis = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000);
                let until = gateway.now().plus_millis(millis);
                stay_shut(gateway, door, until).await;
            });
            Ok(Json(json!({ "downSeconds": seconds })))
        }
        DoorOrder { down_seconds: None, certificate: Some(certificate), key: Some(key) } => {
            if !door.is_tls() {
                return Err(Refused(StatusCode::CONFLICT, "without TLS there is no certificate to show".to_owned()));
            }
            let config = tls(&certificate, &key).map_err(|error| malformed(&error))?;
            tokio::spawn(async move {
                tokio::time::sleep(ANSWER_LEAVES).await;
                if let Err(error) = door.show(&config).await {
                    tracing::error!(%error, "the simulated open APIs do not come back");
                }
            });
            Ok(Json(json!({ "certificate": certificate })))
        }
        _ => Err(malformed("either `downSeconds`, or `certificate` and `key` have to be told")),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    url: String,
}

async fn target(State(control): Controlled, body: Bytes) -> Answer {
    let Target { url } = read(&body)?;
    control.marketplace.set_target(url.as_str());
    Ok(Json(json!({ "target": url })))
}

async fn call_faults(State(control): Controlled) -> Json<Value> {
    Json(json!(control.marketplace.call_faults()))
}

async fn add_call_fault(State(control): Controlled, body: Bytes) -> Answer {
    control.marketplace.add_call_fault(read(&body)?);
    Ok(call_faults(State(control)).await)
}

async fn clear_call_faults(State(control): Controlled) -> Json<Value> {
    control.marketplace.clear_call_faults();
    Json(json!([]))
}

async fn retry_policy(State(control): Controlled) -> Json<Value> {
    Json(json!(control.marketplace.retry_policy()))
}

async fn set_retry_policy(State(control): Controlled, body: Bytes) -> Answer {
    control.marketplace.set_retry_policy(read(&body)?);
    Ok(retry_policy(State(control)).await)
}

async fn clock(State(control): Controlled) -> Json<Value> {
    Json(view::clock(&control.marketplace))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    to: Option<String>,
    by: Option<String>,
}

/// Answers once everything that was due until then has happened.
async fn advance(State(control): Controlled, body: Bytes) -> Answer {
    let marketplace = &control.marketplace;
    let time = match read(&body)? {
        Advance { to: Some(text), by: None } => {
            UnixMillis::from_iso(&text).ok_or_else(|| malformed(&format!("`{text}` is no time in ISO 8601")))?
        }
        Advance { to: None, by: Some(text) } => later(marketplace.now(), &text)
            .ok_or_else(|| malformed(&format!("`{text}` is no time such as `30d`, `12h` or `1 year`")))?,
        _ => return Err(malformed("either `to` or `by` has to be told")),
    };
    marketplace.advance_to(time).await;
    Ok(clock(State(control)).await)
}

async fn offers(State(control): Controlled) -> Json<Value> {
    Json(json!(control.marketplace.offers()))
}

async fn offer(State(control): Controlled, body: Bytes) -> Answer {
    let offer: Offer = read(&body)?;
    control.marketplace.offer(offer);
    Ok(offers(State(control)).await)
}

/// The path names it, the body tells the rest.
async fn act(State(control): Controlled, Path(name): Path<String>, body: Bytes) -> Answer {
    if !Action::NAMES.contains(&name.as_str()) {
        return Err(Refused(StatusCode::NOT_FOUND, "there is no such action".to_owned()));
    }
    let mut members: Map<String, Value> = read(&body)?;
    members.insert("action".to_owned(), name.into());
    let action = serde_json::from_value(Value::Object(members)).map_err(|error| malformed(&error.to_string()))?;
    let outcome = control.marketplace.perform(action).await?;
    Ok(Json(view::outcome(&control.marketplace, &outcome)))
}
