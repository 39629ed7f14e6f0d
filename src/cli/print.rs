//! How data are printed: JSON with KooGallery's field names, or a line each.

use std::{
    fmt::Display,
    io::{self, IsTerminal as _, Write as _},
};

use anyhow::Context as _;
use serde_json::{Value, json};

pub(super) use crate::desk::rows::{instance, message, rejected};
use crate::{
    domain::{Attempt, Instance, Message, RetryPolicy},
    protocol::{ResultCode, UnixMillis},
};

/// A line of the answer. `println!` would panic where nobody reads it any more.
pub(super) fn line(line: impl Display) -> anyhow::Result<()> {
    writeln!(io::stdout().lock(), "{line}").context("standard output cannot be written")
}

/// A line about work that goes on where nobody reads it.
pub(super) fn tell(line: impl Display) {
    drop(writeln!(io::stdout().lock(), "{line}"));
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

pub(super) fn json(value: &Value) -> anyhow::Result<()> {
    line(format_args!("{value:#}"))
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

pub(super) fn instance_line(instance: &Instance) -> String {
    let expires = instance.expire_time.map_or_else(|| "-".to_owned(), |time| time.to_string());
    format!("{}  {:<12}  {}  {expires}", instance.instance_id, instance.status.name(), instance.order.order_id)
}
