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
//! POST   target    {"url"}                     the seller's production address
//! POST   buy       {"product"?: {"productId", "skuCode", "name", "months"}, "customer"?: {"customerId", "customerName"},
//!                   "chargingMode"?: "PERIOD" | "ONE_TIME" | "ON_DEMAND" | "ON_DEMAND_PKG", "trialDays"?, "linearValue"?}
//! POST   licenses  {"product"?, "customer"?, "number"?}     authorization codes are bought
//! POST   test-codes {"number"?, "validDays"?}
//! POST   receive   {"license"}                 领取
//! POST   renew, freeze, unfreeze, release      {"instanceId"} or {"license"}
//! POST   apply     {"instanceId", "deviceFingerprint"?}     for a License; the answer has its eventId
//! ```

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{control_view as view, faults::FaultRule, gateway::Gateway};
use crate::{
    protocol::{
        callback::StatusChange,
        id::{InstanceId, LicenseCode},
    },
    simulator::{Charging, Customer, Marketplace, Product, SimulatorError, Terms},
};

const MAX_CODES: u16 = 10_000;

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
        .route("/target", post(target))
        .route("/buy", post(buy))
        .route("/licenses", post(buy_licenses))
        .route("/test-codes", post(test_codes))
        .route("/receive", post(receive))
        .route("/renew", post(async |state: Controlled, body: Bytes| change(state, body, Change::Renew).await))
        .route("/freeze", post(async |state: Controlled, body: Bytes| change(state, body, Change::Freeze).await))
        .route("/unfreeze", post(async |state: Controlled, body: Bytes| change(state, body, Change::Unfreeze).await))
        .route("/release", post(async |state: Controlled, body: Bytes| change(state, body, Change::Release).await))
        .route("/apply", post(apply))
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
            | SimulatorError::UnknownOrder(_) => StatusCode::NOT_FOUND,
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
    Json(json!(control.gateway.faults.rules()))
}

async fn add_fault(State(control): Controlled, body: Bytes) -> Answer {
    let rule: FaultRule = read(&body)?;
    control.gateway.faults.add(rule);
    Ok(Json(json!(control.gateway.faults.rules())))
}

async fn clear_faults(State(control): Controlled) -> Json<Value> {
    control.gateway.faults.clear();
    Json(json!([]))
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AskedProduct {
    product_id: String,
    sku_code: String,
    name: String,
    months: u16,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AskedCustomer {
    customer_id: String,
    customer_name: String,
}

fn product(asked: Option<AskedProduct>) -> Product {
    let some = || AskedProduct {
        product_id: "00301-110040-0--0".to_owned(),
        sku_code: "d0abcd12-1234-5678-ab90-11ab012aaaa1".to_owned(),
        name: "Cloud office".to_owned(),
        months: 12,
    };
    let AskedProduct { product_id, sku_code, name, months } = asked.unwrap_or_else(some);
    Product { product_id, sku_code, name, months }
}

fn customer(asked: Option<AskedCustomer>) -> Customer {
    let some = || AskedCustomer {
        customer_id: "68cbc86abc2018ab880d92f36422fa0e".to_owned(),
        customer_name: "hwtest".to_owned(),
    };
    let AskedCustomer { customer_id, customer_name } = asked.unwrap_or_else(some);
    Customer { customer_id, customer_name }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Buy {
    product: Option<AskedProduct>,
    customer: Option<AskedCustomer>,
    charging_mode: Option<String>,
    trial_days: Option<u16>,
    linear_value: Option<u32>,
}

async fn buy(State(control): Controlled, body: Bytes) -> Answer {
    let asked: Buy = read(&body)?;
    let product = product(asked.product);
    let mut terms = match (asked.charging_mode.as_deref(), asked.trial_days) {
        (None | Some("PERIOD"), Some(days)) => Terms::trial(days),
        (None | Some("PERIOD"), None) => Terms::of(&product),
        (Some("ONE_TIME"), None) => Terms::new(Charging::OneTime),
        (Some("ON_DEMAND"), None) => Terms::new(Charging::OnDemand),
        (Some("ON_DEMAND_PKG"), None) => Terms::new(Charging::OnDemandPackage),
        (Some(mode), Some(_)) => return Err(malformed(&format!("there is no trial of {mode}"))),
        (Some(mode), None) => return Err(malformed(&format!("`{mode}` is no chargingMode"))),
    };
    terms.linear_value = asked.linear_value;
    let message = control.marketplace.buy_on(&product, &customer(asked.customer), terms).await?;
    Ok(Json(view::message(&control.marketplace, &message)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BuyLicenses {
    product: Option<AskedProduct>,
    customer: Option<AskedCustomer>,
    number: Option<u16>,
}

async fn buy_licenses(State(control): Controlled, body: Bytes) -> Answer {
    let asked: BuyLicenses = read(&body)?;
    let number = codes(asked.number)?;
    let codes = control.marketplace.buy_licenses(&customer(asked.customer), &product(asked.product), number);
    Ok(Json(json!({ "licenses": codes })))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TestCodes {
    number: Option<u16>,
    valid_days: Option<u16>,
}

async fn test_codes(State(control): Controlled, body: Bytes) -> Answer {
    let asked: TestCodes = read(&body)?;
    let codes = control.marketplace.apply_for_test_codes(codes(asked.number)?, asked.valid_days.unwrap_or(30));
    Ok(Json(json!({ "licenses": codes })))
}

fn codes(number: Option<u16>) -> Result<u16, Refused> {
    let number = number.unwrap_or(1);
    if (1..=MAX_CODES).contains(&number) {
        Ok(number)
    } else {
        Err(malformed(&format!("a number of codes is from 1 to {MAX_CODES}")))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Received {
    license: LicenseCode,
}

async fn receive(State(control): Controlled, body: Bytes) -> Answer {
    let Received { license } = read(&body)?;
    control.marketplace.receive_license(&license)?;
    Ok(Json(json!({ "license": license, "status": "received" })))
}

#[derive(Clone, Copy)]
enum Change {
    Renew,
    Freeze,
    Unfreeze,
    Release,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Subject {
    instance_id: Option<InstanceId>,
    license: Option<LicenseCode>,
}

async fn change(State(control): Controlled, body: Bytes, change: Change) -> Answer {
    let Subject { instance_id, license } = read(&body)?;
    let marketplace = &control.marketplace;
    let message = match (instance_id, license) {
        (Some(id), None) => match change {
            Change::Renew => marketplace.renew(&id).await?,
            Change::Freeze => marketplace.freeze(&id).await?,
            Change::Unfreeze => marketplace.unfreeze(&id).await?,
            Change::Release => marketplace.release(&id).await?,
        },
        (None, Some(code)) => {
            let license = marketplace.license(&code).ok_or_else(|| SimulatorError::UnknownLicense(code.clone()))?;
            match change {
                Change::Renew => marketplace.renew_license(&code, &license.product, &license.customer).await?,
                Change::Freeze => marketplace.set_license_status(&code, StatusChange::Freeze).await?,
                Change::Unfreeze => marketplace.set_license_status(&code, StatusChange::Unfreeze).await?,
                Change::Release => marketplace.release_license(&code).await?,
            }
        }
        _ => return Err(malformed("either instanceId or license has to be named")),
    };
    Ok(Json(view::message(marketplace, &message)))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Apply {
    instance_id: InstanceId,
    device_fingerprint: Option<String>,
}

async fn apply(State(control): Controlled, body: Bytes) -> Answer {
    let asked: Apply = read(&body)?;
    let marketplace = &control.marketplace;
    let message = marketplace.apply_for_license(&asked.instance_id, asked.device_fingerprint.as_deref()).await?;
    Ok(Json(view::message(marketplace, &message)))
}
