//! How data are printed: JSON with KooGallery's field names, or a line each.

use std::{
    fmt::Display,
    io::{self, Write as _},
};

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::{
    domain::{Attempt, Computed, Instance, Message, Order, RejectedCall, RetryPolicy},
    protocol::{
        ResultCode, UnixMillis,
        callback::{Said, SaidValue},
        open_api::order::{ChargingMode, OrderType},
        signature::diagnosis::{Diagnosis, Hypothesis, Tried},
    },
};

/// A line of the answer. `println!` would panic where nobody reads it any more.
pub(super) fn line(line: impl Display) -> anyhow::Result<()> {
    writeln!(io::stdout().lock(), "{line}").context("standard output cannot be written")
}

/// A line about work that goes on where nobody reads it.
pub(super) fn tell(line: impl Display) {
    drop(writeln!(io::stdout().lock(), "{line}"));
}

/// Whether it is nothing but that nobody read on, as `head` does.
pub(super) fn is_unread(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

pub(super) fn json(value: &Value) -> anyhow::Result<()> {
    line(format_args!("{value:#}"))
}

pub(super) fn message(message: &Message, policy: &RetryPolicy, now: UnixMillis) -> Value {
    json!({
        "id": message.id.0,
        "activity": message.activity,
        "orderId": message.order_id,
        "orderLineId": message.order_line_id,
        "instanceId": message.instance_id,
        "license": message.license,
        "tenantId": message.tenant_id,
        "state": message.state(policy, now).name(),
        "resultCode": message.result_code.as_ref().map(ResultCode::as_str),
        "exception": message.exception.as_ref().map(ToString::to_string),
        "attempts": message.attempts,
        "receivedAt": message.received_at.to_string(),
        "lastAttemptAt": message.last_attempt_at.to_string(),
        "endpoint": message.endpoint,
    })
}

pub(super) fn message_line(message: &Message, policy: &RetryPolicy, now: UnixMillis) -> String {
    let about = message.order_id.as_ref().map(ToString::to_string);
    let about = about.or_else(|| message.instance_id.as_ref().map(ToString::to_string));
    let about = about.or_else(|| message.license.as_ref().map(ToString::to_string));
    let about = about.or_else(|| message.tenant_id.as_ref().map(ToString::to_string)).unwrap_or_default();
    let code = message.result_code.as_ref().map_or("-", |code| code.as_str());
    let exception = message.exception.as_ref().map(|exception| format!("  {exception}")).unwrap_or_default();
    format!(
        "{:>6}  {}  {:<11}  {code:<6}  {:<20}  {about}{exception}",
        message.id.0,
        message.received_at,
        message.state(policy, now).name(),
        message.activity,
    )
}

pub(super) fn attempt(attempt: &Attempt) -> Value {
    json!({
        "origin": attempt.origin.name(),
        "startedAt": attempt.started_at.to_string(),
        "endedAt": attempt.ended_at.map(|time| time.to_string()),
        "resultCode": attempt.result_code.as_ref().map(ResultCode::as_str),
        "exception": attempt.exception.as_ref().map(ToString::to_string),
        "requestQuery": attempt.request_query,
        "requestBody": attempt.request_body,
        "answer": attempt.answer,
    })
}

/// What came encrypted is told in clear, because whoever asks is the seller.
pub(super) fn said(said: &Said) -> (String, Value) {
    let value = match &said.value {
        SaidValue::Text(text) | SaidValue::Encrypted(text) => json!(text),
        SaidValue::Params(params) => json!(params),
        SaidValue::Decrypted(secret) => json!(secret.expose()),
    };
    (said.name.clone(), value)
}

/// Access data are told by `show` alone, user name and password masked.
pub(super) fn instance(instance: &Instance) -> Value {
    json!({
        "instanceId": instance.instance_id,
        "orderId": instance.order.order_id,
        "orderLineId": instance.order.order_line_id,
        "productId": instance.product_id,
        "skuCode": instance.sku_code,
        "customerId": instance.customer_id,
        "customerName": instance.customer_name,
        "status": instance.status.name(),
        "expireTime": instance.expire_time.map(|time| time.to_string()),
        "endpoint": instance.endpoint,
    })
}

pub(super) fn instance_line(instance: &Instance) -> String {
    let expires = instance.expire_time.map_or_else(|| "-".to_owned(), |time| time.to_string());
    format!("{}  {:<12}  {}  {expires}", instance.instance_id, instance.status.name(), instance.order.order_id)
}

pub(super) fn order(order: &Order) -> Value {
    let params = order.extend_params.iter().map(|(name, value)| json!({ "name": name, "value": value }));
    json!({
        "orderId": order.order.order_id,
        "orderLineId": order.order.order_line_id,
        "orderType": order.order_type.as_ref().map(OrderType::as_wire),
        "chargingMode": order.charging_mode.as_ref().map(ChargingMode::as_wire),
        "createTime": order.create_time.map(|time| time.to_string()),
        "expireTime": order.expire_time.map(|time| time.to_string()),
        "periodType": order.period_type,
        "periodNumber": order.period_number,
        "productId": order.product_id,
        "skuCode": order.sku_code,
        "productName": order.product_name,
        "linearValue": order.quantity,
        "orderAmount": order.order_amount,
        "customerId": order.customer_id,
        "customerName": order.customer_name,
        "extendParams": params.collect::<Value>(),
        "instanceId": order.instance_id,
        "calledAt": order.called_at.map(|time| time.to_string()),
        "queriedAt": order.queried_at.map(|time| time.to_string()),
    })
}

pub(super) fn order_line(order: &Order) -> String {
    let or_dash = |text: Option<&str>| text.unwrap_or("-").to_owned();
    format!(
        "{}  {:<15}  {:<13}  {}  {}",
        order.order.order_id,
        or_dash(order.order_type.as_ref().map(OrderType::as_wire)),
        or_dash(order.charging_mode.as_ref().map(ChargingMode::as_wire)),
        or_dash(order.product_id.as_deref()),
        or_dash(order.customer_name.as_deref()),
    )
}

pub(super) fn rejected(call: &RejectedCall) -> Value {
    let diagnosis = call.computed.diagnosis();
    let cause = diagnosis.and_then(Diagnosis::likely);
    let tried = diagnosis.map(|diagnosis| {
        let tried = |tried: &Tried| json!({ "what": tried.hypothesis.to_string(), "holds": tried.holds });
        diagnosis.tried.iter().map(tried).collect::<Value>()
    });
    json!({
        "id": call.id,
        "receivedAt": call.received_at.to_string(),
        "endpoint": call.endpoint,
        "peer": call.peer,
        "resultCode": call.rejection.result_code().as_str(),
        "reason": call.rejection.to_string(),
        "cause": cause.map(ToString::to_string),
        "next": cause.map_or_else(|| call.rejection.remedy(), Hypothesis::remedy),
        "tried": tried,
        "scheme": diagnosis.map(|diagnosis| diagnosis.scheme.to_string()),
        "signatureHolds": diagnosis.map(|diagnosis| diagnosis.signature_holds),
        "canonical": diagnosis.map(|diagnosis| &diagnosis.canonical),
        "presentedSignature": diagnosis.map(|diagnosis| &diagnosis.presented_signature),
        "firstDifference": diagnosis.and_then(|diagnosis| diagnosis.first_difference.as_ref()),
        "requestQuery": call.request_query,
        "requestBody": call.request_body,
        "computed": if let Computed::Text(text) = &call.computed { Some(text) } else { None },
    })
}
