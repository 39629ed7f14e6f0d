//! What went wrong, from what the transport or KooGallery said.

use std::{
    error::Error,
    io::{self, ErrorKind},
    time::Duration,
};

use reqwest::{
    StatusCode,
    header::{DATE, HeaderMap, RETRY_AFTER},
};

use super::tls;
use crate::{
    domain::{ApiFault, Obstacle},
    protocol::{
        UnixMillis,
        open_api::{ApiCode, CodeMeaning, ReadError, Signing},
        signature::sdk_hmac::MAX_SKEW_MILLIS,
    },
};

/// Of a foreign answer this much is told, in characters.
const EXCERPT: usize = 200;

/// `host` is who was called.
pub(super) fn of_transport(error: &reqwest::Error, host: &str, timeout: Duration) -> ApiFault {
    let host = host.to_owned();
    if let Some(tls) = tls::error_of(error) {
        return match tls::certificate(tls) {
            Some(reason) => ApiFault::Certificate { host, reason },
            None => ApiFault::Unreachable { host, reason: tls::handshake(tls) },
        };
    }
    // A time-out while the connection is made sent nothing.
    if error.is_connect() || error.is_builder() {
        return ApiFault::Unreachable { host, reason: obstacle(error) };
    }
    if error.is_timeout() {
        return ApiFault::TimedOut { host, millis: u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX) };
    }
    ApiFault::CutOff { host }
}

/// Why somebody cannot be reached, where nothing more is to be known.
pub(super) fn reason_of(error: &reqwest::Error) -> String {
    match tls::error_of(error) {
        Some(tls) => tls::certificate(tls)
            .map_or_else(|| tls::handshake(tls).to_string(), |reason| format!("certificate: {reason}")),
        None => obstacle(error).to_string(),
    }
}

/// An answer that was not what the interface answers when all is well.
pub(super) fn of_answer(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
    error: ReadError,
    signing: Signing,
    now: UnixMillis,
) -> ApiFault {
    let status_code = status.as_u16();
    let retry_after_secs = retry_after(headers).map(|wait| wait.as_secs());
    let throttled = |code, message| ApiFault::Throttled { code, message, retry_after_secs };
    let failed = |code, message| ApiFault::ServerError { status: status_code, code, message, retry_after_secs };
    let throttles = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::NOT_ACCEPTABLE);
    let code = match error {
        ReadError::Refused(code) => code,
        ReadError::NotUnderstood(reason) => {
            let excerpt = excerpt(body);
            let code = format!("HTTP {status_code}");
            return match status {
                _ if throttles => throttled(code, excerpt),
                _ if status.is_server_error() => failed(code, excerpt),
                _ => ApiFault::NotUnderstood { status: status_code, reason, excerpt },
            };
        }
    };
    let meaning = code.meaning();
    // The gateway's words may change; behind one of its codes stand refusals and failures, and the status tells which.
    let gateway_failed = code.is_of_gateway() && status.is_server_error();
    let ApiCode { code, message } = code;
    match meaning {
        CodeMeaning::SignatureExpired | CodeMeaning::NotAuthenticated => match skew(headers, now) {
            Some(seconds) => ApiFault::ClockSkew { seconds },
            None => ApiFault::CredentialsRefused { code, message, signing },
        },
        CodeMeaning::Throttled => throttled(code, message),
        _ if throttles => throttled(code, message),
        CodeMeaning::InternalError | CodeMeaning::Unavailable | CodeMeaning::GatewayBroken => failed(code, message),
        CodeMeaning::Unknown | CodeMeaning::InvalidRequest if gateway_failed => failed(code, message),
        CodeMeaning::Unknown if status.is_server_error() => failed(code, message),
        _ => ApiFault::Refused { code, message },
    }
}

/// Seconds, or a date, which is held against the answer's own.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok();
    let time = |text: &str| jiff::fmt::rfc2822::parse(text).ok().map(|time| time.timestamp().as_second());
    let after = text(RETRY_AFTER)?.trim();
    let seconds = after.parse().ok().or_else(|| u64::try_from(time(after)? - time(text(DATE)?)?).ok());
    seconds.map(Duration::from_secs)
}

/// Seconds by which this computer's clock goes before the gateway's, where that is too much for a signature.
fn skew(headers: &HeaderMap, now: UnixMillis) -> Option<i64> {
    let date = headers.get(DATE)?.to_str().ok()?;
    let gateway = jiff::fmt::rfc2822::parse(date).ok()?.timestamp().as_millisecond();
    let millis = now.millis_since(UnixMillis(gateway));
    (millis.saturating_abs() > MAX_SKEW_MILLIS).then_some(millis / 1000)
}

/// What the innermost cause says most about.
fn obstacle(error: &reqwest::Error) -> Obstacle {
    let mut innermost: &(dyn Error + 'static) = error;
    let mut of_name = false;
    while let Some(source) = innermost.source() {
        innermost = source;
        // The resolver's error is private to hyper; its name is all that tells it.
        of_name |= innermost.to_string() == "dns error";
    }
    let said = innermost.to_string();
    match innermost.downcast_ref::<io::Error>().map(io::Error::kind) {
        _ if of_name => Obstacle::NameUnknown { said },
        Some(ErrorKind::ConnectionRefused) => Obstacle::Refused,
        Some(ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe) => Obstacle::Reset,
        Some(ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown) => Obstacle::NoRoute,
        Some(ErrorKind::TimedOut) => Obstacle::Slow,
        _ if error.is_timeout() => Obstacle::Slow,
        _ => Obstacle::Other(said),
    }
}

fn excerpt(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(4 * EXCERPT)]);
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(EXCERPT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: &str, message: &str) -> ReadError {
        ReadError::Refused(ApiCode::new(code, message))
    }

    fn told(status: u16, date: Option<&str>, error: ReadError) -> ApiFault {
        let mut headers = HeaderMap::new();
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        // 2026-11-24T12:00:00Z
        let now = UnixMillis::from_compact_utc("20261124120000").unwrap();
        of_answer(StatusCode::from_u16(status).unwrap(), &headers, b"<html> hello\n there", error, Signing::AkSk, now)
    }

    #[test]
    fn the_code_decides_where_there_is_one() {
        let cases = [
            (500, refused("MKT.0100", "Failure of input parameter"), "refused"),
            (200, refused("92020001", "internal error"), "server"),
            (200, refused("92020004", "can not active before user received."), "refused"),
            (406, refused("MKT.0250", "Access frequency overlimit"), "throttled"),
            (429, refused("APIGW.0308", "throttling threshold"), "throttled"),
            (401, refused("APIGW.0301", "verify aksk signature fail"), "credentials"),
            (400, refused("APIGW.0201", "API request error."), "refused"),
            (413, refused("APIGW.0201", "Request entity too large"), "refused"),
            (500, refused("APIGW.0201", "An unexpected error occurred."), "server"),
            (502, refused("APIGW.0201", "said in other words"), "server"),
            (400, refused("APIGW.0105", "The backend configurations do not exist."), "server"),
            (400, refused("APIGW.0602", "Bad request."), "refused"),
            (200, ReadError::NotUnderstood("no JSON".into()), "not understood"),
            (502, ReadError::NotUnderstood("no JSON".into()), "server"),
            (429, ReadError::NotUnderstood("no JSON".into()), "throttled"),
        ];
        for (status, error, expected) in cases {
            let fault = told(status, None, error);
            let word = match &fault {
                ApiFault::Refused { .. } => "refused",
                ApiFault::ServerError { .. } => "server",
                ApiFault::Throttled { .. } => "throttled",
                ApiFault::CredentialsRefused { .. } => "credentials",
                ApiFault::NotUnderstood { excerpt, .. } => {
                    assert_eq!(excerpt, "<html> hello there");
                    "not understood"
                }
                other => panic!("{other:?}"),
            };
            assert_eq!(word, expected, "{status} {fault:?}");
        }
    }

    #[test]
    fn a_clock_that_is_wrong_is_told_apart_from_a_wrong_key() {
        let expired = || refused("APIGW.0301", "Incorrect IAM authentication information: signature expired");
        let fault = told(401, Some("Tue, 24 Nov 2026 12:17:00 GMT"), expired());
        assert_eq!(fault, ApiFault::ClockSkew { seconds: -17 * 60 });
        let near = told(401, Some("Tue, 24 Nov 2026 12:00:30 GMT"), expired());
        assert!(matches!(near, ApiFault::CredentialsRefused { .. }), "{near:?}");
    }
}
