//! How an answer is sent, and how a fault spoils it.

use std::{future, io, net::SocketAddr, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use http_body_util::{BodyExt as _, Full};

use super::{
    answer::{ApiAnswer, store},
    api::Api,
    connection::Resets,
    faults::Fault,
};
use crate::{protocol::UnixMillis, simulator::clock::to_http_date};

const JSON: &str = "application/json;charset=UTF-8";
/// Half of the answer is on its way after that long.
const UNTIL_RESET: Duration = Duration::from_millis(20);

/// What stands in the head of every answer.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) request_id: String,
    pub(super) now: UnixMillis,
}

/// What is answered in place of the interface, where the fault is an answer as the gateway or the store gives it.
pub(super) fn instead(api: Api, fault: &Fault) -> Option<ApiAnswer> {
    Some(match fault {
        Fault::TooManyRequests { .. } => ApiAnswer::gateway(
            429,
            "0308",
            "The throttling threshold has been reached: policy user over ratelimit,limit:10,time:1 second",
        ),
        Fault::TooOften => store::too_often(api),
        Fault::InternalError => {
            let (code, message) = match api {
                Api::UsagePush => ("94060001", "System error!"),
                Api::Upload => ("CBC.0999", "internal error"),
                api if api.is_license() => ("92020001", "internal error"),
                _ => ("MKT.0999", "System internal error."),
            };
            ApiAnswer::of(api, 500, code, message)
        }
        Fault::BadGateway => ApiAnswer::gateway(502, "0201", "Backend unavailable."),
        Fault::GatewayTimeout => ApiAnswer::gateway(504, "0201", "Backend timeout."),
        Fault::Slow { .. }
        | Fault::Hang
        | Fault::Reset
        | Fault::Half
        | Fault::Html
        | Fault::Empty
        | Fault::Answer { .. } => return None,
    })
}

pub(super) async fn respond(
    answer: &ApiAnswer,
    fault: Option<&Fault>,
    head: &Head,
    peer: SocketAddr,
    resets: &Resets,
) -> Response {
    let mut body = answer.body(&head.request_id);
    match fault {
        None | Some(Fault::TooOften | Fault::InternalError | Fault::BadGateway | Fault::GatewayTimeout) => {}
        Some(Fault::TooManyRequests { retry_after }) => {
            let mut response = whole(answer.status, JSON, body, head);
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*seconds));
            }
            return response;
        }
        Some(Fault::Slow { millis }) => tokio::time::sleep(Duration::from_millis(*millis)).await,
        Some(Fault::Hang) => future::pending().await,
        Some(Fault::Reset) => {
            let (length, half) = (body.len(), body.len() / 2);
            body.truncate(half);
            resets.mark(peer);
            let mut response = whole(answer.status, JSON, vec![], head);
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
            *response.body_mut() = broken(body);
            return response;
        }
        Some(Fault::Half) => body.truncate(body.len() / 2),
        Some(Fault::Html) => {
            let page = "<!DOCTYPE html><html><head><title>Sign in to continue</title></head><body></body></html>";
            return whole(200, "text/html;charset=UTF-8", page.into(), head);
        }
        Some(Fault::Empty) => return whole(200, JSON, vec![], head),
        Some(Fault::Answer { status, content_type, body }) => {
            return whole(*status, content_type, body.clone().into_bytes(), head);
        }
    }
    whole(answer.status, JSON, body, head)
}

/// The gateway's clock stands in the answer, not this computer's.
fn whole(status: u16, content_type: &str, body: Vec<u8>, head: &Head) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut say = |name: HeaderName, text: &str| {
        if let Ok(value) = HeaderValue::from_str(text) {
            response.headers_mut().insert(name, value);
        }
    };
    say(header::DATE, &to_http_date(head.now));
    say(header::SERVER, "api-gateway");
    say(header::CONTENT_TYPE, content_type);
    say(HeaderName::from_static("x-request-id"), &head.request_id);
    response
}

/// A body that fails behind its end, and with it the connection.
fn broken(sent: Vec<u8>) -> Body {
    let failing = async {
        tokio::time::sleep(UNTIL_RESET).await;
        Some(Err::<HeaderMap, _>(io::Error::from(io::ErrorKind::ConnectionReset)))
    };
    let sent = Full::new(Bytes::from(sent)).map_err(|never| match never {});
    // As a stream it does not tell how short it is.
    Body::from_stream(Body::new(sent.with_trailers(failing)).into_data_stream())
}
