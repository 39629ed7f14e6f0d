//! How data are printed: JSON with KooGallery's field names, or a line each.

use std::{
    fmt::Display,
    io::{self, IsTerminal as _, Write as _},
};

use anyhow::Context as _;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

pub(super) use crate::desk::rows::{instance, message, order, rejected, usage};
use crate::{
    domain::{Attempt, Instance, Message, OrderStatus, RetryPolicy, order_status::ListedOrder, usage::StoredUsage},
    protocol::{
        ResultCode, UnixMillis,
        callback::{Said, SaidValue},
        open_api::order::{ChargingMode, OrderType},
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

/// What was taken for granted: told beside the answer, which stays alone on standard output.
pub(super) fn assumed(line: impl Display) {
    drop(writeln!(io::stderr().lock(), "{line}"));
}

/// How far something long has come, where somebody watches.
pub(super) fn progress(line: impl Display) {
    let mut stderr = io::stderr().lock();
    if stderr.is_terminal() {
        drop(write!(stderr, "\r{line}"));
        drop(stderr.flush());
    }
}

/// Whether it is nothing but that nobody read on, as `head` does.
pub(super) fn is_unread(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// A time for people: in this computer's zone, with the offset. JSON has UTC.
pub(super) fn at(time: UnixMillis) -> String {
    at_in(time, &TimeZone::system())
}

pub(super) fn at_in(time: UnixMillis, zone: &TimeZone) -> String {
    let Ok(moment) = Timestamp::from_millisecond(time.0) else { return time.to_string() };
    moment.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
}

/// A text of JSON for people: what is a time there is told as one.
pub(super) fn for_people(text: &str) -> String {
    let is_time = text.len() == "2026-11-24T02:30:00.000Z".len() && text.ends_with('Z');
    match UnixMillis::from_iso(text) {
        Some(time) if is_time => at(time),
        _ => text.to_owned(),
    }
}

pub(super) fn json(value: &Value) -> anyhow::Result<()> {
    line(format_args!("{value:#}"))
}

pub(super) fn message_line(message: &Message, policy: &RetryPolicy, now: UnixMillis) -> String {
    let about = message.about().unwrap_or_default();
    let code = message.result_code.as_ref().map_or("-", |code| code.as_str());
    let exception = message.exception.as_ref().map(|exception| format!("  {exception}")).unwrap_or_default();
    format!(
        "{:>6}  {}  {:<11}  {code:<6}  {:<20}  {about}{exception}",
        message.id.0,
        at(message.received_at),
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
        "forgotten": attempt.forgotten,
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

pub(super) fn instance_line(instance: &Instance) -> String {
    let expires = instance.expire_time.map_or_else(|| "-".to_owned(), at);
    format!("{}  {:<12}  {}  {expires}", instance.instance_id, instance.status.name(), instance.order.order_id)
}

pub(super) fn order_line(ListedOrder { order, status }: &ListedOrder) -> String {
    let or_dash = |text: Option<&str>| text.unwrap_or("-").to_owned();
    format!(
        "{}  {:<15}  {:<12}  {:<13}  {}  {}",
        order.order.order_id,
        or_dash(order.order_type.as_ref().map(OrderType::as_wire)),
        or_dash(status.as_ref().map(OrderStatus::name)),
        or_dash(order.charging_mode.as_ref().map(ChargingMode::as_wire)),
        or_dash(order.product_id.as_deref()),
        or_dash(order.customer_name.as_deref()),
    )
}

pub(super) fn usage_line(stored: &StoredUsage) -> String {
    let record = &stored.record;
    format!(
        "{}  {:<9}  {}  {} to {}  {}",
        record.metering_sn,
        stored.state.name(),
        record.instance_id,
        at(record.begin_time),
        at(record.end_time),
        record.usage_value,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_the_offset() {
        let time = UnixMillis::from_iso("2026-11-24T02:30:00.000Z").unwrap();
        let beijing = TimeZone::fixed(jiff::tz::offset(8));
        assert_eq!(at_in(time, &beijing), "2026-11-24 10:30:00 +08:00");
        assert_eq!(at_in(time, &TimeZone::UTC), "2026-11-24 02:30:00 +00:00");
    }

    #[test]
    fn what_is_no_time_is_told_as_it_is() {
        for text in ["", "CS2411240001", "20261124023000000", "2026-11-24", "2026-11-24T02:30:00Z", "一月Z"] {
            assert_eq!(for_people(text), text);
        }
        assert!(for_people("2026-11-24T02:30:00.000Z").starts_with("2026-11-2"));
    }
}
