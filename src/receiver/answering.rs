//! One request, one answer: bounds, verification, the desk, and HTTP 200 with a `resultCode`, whatever became of it.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use http_body_util::BodyExt as _;
use tokio::time::{Instant, timeout_at};

use super::{
    MAX_BODY, REQUEST_TIME,
    refusals::Refusals,
    verifying::{Refused, Verified, verify},
};
use crate::{
    config::Endpoint,
    desk::{AnswerError, Desk, NewRejection},
    domain::Rejection,
    protocol::{ResultCode, Secret, callback::Answer, signature::body_sign},
};

/// Of a refused request this much is kept.
const KEPT_OF_REFUSED: usize = 4 * 1024;
/// A body that is too long is still read to its end, up to here, so that the caller gets to read the answer.
const MAX_DRAINED: usize = 16 * 1024 * 1024;

pub(super) struct Answering {
    pub(super) desk: Desk,
    pub(super) refusals: Refusals,
}

pub(super) async fn answer(
    State(state): State<Arc<Answering>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let config = state.desk.config();
    let Some(endpoint) = config.endpoint_at(request.uri().path()) else {
        return plain(StatusCode::NOT_FOUND, "no endpoint of this Sellerdesk has this path");
    };
    if request.method() != Method::POST {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "this production interface takes POST (access guide V2.0)");
    }
    let query = request.uri().query().unwrap_or_default().to_owned();
    let body = match read_body(request.into_body()).await {
        Ok(body) => body,
        Err(status) => return plain(status, status.canonical_reason().unwrap_or_default()),
    };
    match verify(&state.desk, endpoint, &query, &body) {
        Ok(Verified { call, key }) => match state.desk.answer(endpoint, call).await {
            Ok(answer) => json(&answer, endpoint.body_sign_v2.then_some(&key)),
            Err(AnswerError::Replayed) => state.refuse(endpoint, peer, query, &body, Rejection::Replayed.into()).await,
            Err(AnswerError::Store(error)) => {
                tracing::error!(%error, "a call was not kept and is answered 000005");
                json(&Answer::of(ResultCode::INTERNAL_ERROR), endpoint.body_sign_v2.then_some(&key))
            }
        },
        Err(refused) => state.refuse(endpoint, peer, query, &body, refused).await,
    }
}

impl Answering {
    async fn refuse(
        &self,
        endpoint: &Endpoint,
        peer: SocketAddr,
        query: String,
        body: &[u8],
        refused: Refused,
    ) -> Response {
        if !self.refusals.admit(peer.ip()) {
            return plain(StatusCode::TOO_MANY_REQUESTS, "too many refused calls from this address");
        }
        let Refused { rejection, computed } = refused;
        tracing::warn!(endpoint = endpoint.name, peer = %peer.ip(), %rejection, "a call was refused");
        let answer = Answer::new(rejection.result_code(), rejection.told_to_caller());
        let kept = &body[..body.len().min(KEPT_OF_REFUSED)];
        let call = NewRejection {
            received_at: self.desk.now(),
            endpoint: endpoint.name.clone(),
            peer: peer.ip().to_string(),
            rejection,
            request_query: query.chars().take(KEPT_OF_REFUSED).collect(),
            request_body: String::from_utf8_lossy(kept).into_owned(),
            computed,
        };
        if let Err(error) = self.desk.reject(call).await {
            tracing::error!(%error, "a refused call was not kept");
        }
        json(&answer, None)
    }
}

/// Reads the body within the bounds of size and time.
async fn read_body(mut body: Body) -> Result<Vec<u8>, StatusCode> {
    let deadline = Instant::now() + REQUEST_TIME;
    let mut bytes = Vec::new();
    let mut length = 0;
    loop {
        let frame = match timeout_at(deadline, body.frame()).await {
            Err(_elapsed) => return Err(StatusCode::REQUEST_TIMEOUT),
            Ok(None) => break,
            Ok(Some(Err(_broken))) => return Err(StatusCode::BAD_REQUEST),
            Ok(Some(Ok(frame))) => frame,
        };
        let Some(data) = frame.data_ref() else { continue };
        length += data.len();
        if length > MAX_DRAINED {
            break;
        }
        if length <= MAX_BODY {
            bytes.extend_from_slice(data);
        }
    }
    if length > MAX_BODY { Err(StatusCode::PAYLOAD_TOO_LARGE) } else { Ok(bytes) }
}

fn json(answer: &Answer, key: Option<&Secret>) -> Response {
    let body = answer.encode_v2();
    let signature = key.and_then(|key| HeaderValue::from_str(&body_sign::header(key, body.as_bytes())).ok());
    let mut response = ([(header::CONTENT_TYPE, "application/json;charset=utf8")], body).into_response();
    if let Some(signature) = signature {
        response.headers_mut().insert("Body-Sign", signature);
    }
    response
}

/// For what is no call: the same shape, another HTTP status.
fn plain(status: StatusCode, sentence: &str) -> Response {
    let answer = Answer::new(ResultCode::INVALID_PARAMETER, sentence);
    (status, [(header::CONTENT_TYPE, "application/json;charset=utf8")], answer.encode_v2()).into_response()
}
