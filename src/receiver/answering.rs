//! One request, one answer: bounds, verification, the desk, and HTTP 200 with a `resultCode`, whatever became of it.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use http_body_util::BodyExt as _;
use tokio::time::{Instant, timeout_at};

use super::{
    MAX_BODY, MAX_KIT_BODY, REQUEST_TIME,
    explaining::Explained,
    refusals::Refusals,
    verifying::{Form, Presented, Refused, Verified},
};
use crate::{
    config::{Config, Endpoint},
    desk::{AnswerError, Desk, NewRejection},
    domain::Rejection,
    protocol::{
        KeyClass, ResultCode, Secret,
        callback::{Answer, Credentials, KitVersion, Wire, kit},
        credential::Iv,
        signature::body_sign,
    },
};

/// A body that is too long is still read to its end, up to here, so that the caller gets to read the answer.
const MAX_DRAINED: usize = 16 * 1024 * 1024;

const CONTENT_TYPE: &str = "application/json;charset=utf8";

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
    let path = request.uri().path();
    let (endpoint, kit) = match config.endpoint_at(path) {
        Some(endpoint) => (endpoint, None),
        None => match of_kit(&config, path) {
            Some((endpoint, version, interface)) => (endpoint, Some((version, interface))),
            None => return plain(StatusCode::NOT_FOUND, "no endpoint of this Sellerdesk has this path"),
        },
    };
    let Some(form) = Form::of(request.method(), kit) else {
        return plain(
            StatusCode::METHOD_NOT_ALLOWED,
            "a production interface takes POST, and GET for the access guide V1.0",
        );
    };
    let (parts, body) = request.into_parts();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let longest = if kit.is_some() { MAX_KIT_BODY } else { MAX_BODY };
    let body = match read_body(body, longest).await {
        Ok(body) => body,
        Err(status) => return plain(status, &cannot_be_read(status, longest)),
    };
    let presented = Presented { form, query: &query, headers: &parts.headers, body: &body };
    match presented.verify(&state.desk, endpoint) {
        Ok(Verified { call, wire, key }) => match state.desk.answer(endpoint, call).await {
            Ok(answer) => signed(&answer, endpoint, wire, &key),
            Err(AnswerError::Replayed) => {
                let refused = Refused { rejection: Rejection::Replayed, key: Some(key) };
                state.refuse(endpoint, &presented, peer, refused).await
            }
            Err(AnswerError::Store(error)) => {
                tracing::error!(%error, "a call was not kept and is answered 000005");
                signed(&Answer::of(ResultCode::INTERNAL_ERROR), endpoint, wire, &key)
            }
        },
        Err(refused) => state.refuse(endpoint, &presented, peer, refused).await,
    }
}

/// The kit's interfaces lie below the production address.
fn of_kit<'c>(config: &'c Config, path: &str) -> Option<(&'c Endpoint, KitVersion, kit::Interface)> {
    let (base, version, interface) = kit::split_path(path)?;
    let endpoint = config.endpoint_at(if base.is_empty() { "/" } else { base })?;
    Some((endpoint, version, interface))
}

impl Answering {
    async fn refuse(
        &self,
        endpoint: &Endpoint,
        presented: &Presented<'_>,
        peer: SocketAddr,
        Refused { rejection, key }: Refused,
    ) -> Response {
        let wire = presented.form.wire();
        // In V1 an answer without a signature is an error of its own, whatever it says.
        let is_v1 = matches!(wire, Wire::V1 | Wire::Kit(KitVersion::V1));
        let key = key.or_else(|| is_v1.then(|| self.desk.keys().key(&endpoint.name, KeyClass::V1)).flatten());
        let answered = |answer: &Answer| match &key {
            Some(key) => signed(answer, endpoint, wire, key),
            None => ([(header::CONTENT_TYPE, CONTENT_TYPE)], answer.encode_v2()).into_response(),
        };
        if !self.refusals.admit(peer.ip()) {
            let answer = Answer::new(ResultCode::INVALID_PARAMETER, "too many refused calls from this address");
            return (StatusCode::TOO_MANY_REQUESTS, answered(&answer)).into_response();
        }
        tracing::warn!(endpoint = endpoint.name, peer = %peer.ip(), %rejection, "a call was refused");
        let answer = Answer::new(rejection.result_code(), rejection.told_to_caller());
        let Explained { computed, query, body } = presented.explain(&self.desk, endpoint, self.refusals.may_explain());
        let call = NewRejection {
            received_at: self.desk.now(),
            endpoint: endpoint.name.clone(),
            peer: peer.ip().to_string(),
            rejection,
            request_query: query,
            request_body: body,
            computed,
        };
        if let Err(error) = self.desk.reject(call).await {
            tracing::error!(%error, "a refused call was not kept");
        }
        answered(&answer)
    }
}

/// Reads the body within the bounds of size and time.
async fn read_body(mut body: Body, longest: usize) -> Result<Vec<u8>, StatusCode> {
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
        if length <= longest {
            bytes.extend_from_slice(data);
        }
    }
    if length > longest { Err(StatusCode::PAYLOAD_TOO_LARGE) } else { Ok(bytes) }
}

fn cannot_be_read(status: StatusCode, longest: usize) -> String {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => format!("the body is longer than {} KiB", longest / 1024),
        StatusCode::REQUEST_TIMEOUT => format!("the body did not come within {} s", REQUEST_TIME.as_secs()),
        _ => "the body broke off".to_owned(),
    }
}

/// The answer in the words of the call's generation, signed with the key that the call was signed with: in V1 always, in V2
/// as the endpoint says.
fn signed(answer: &Answer, endpoint: &Endpoint, wire: Wire, key: &Secret) -> Response {
    let iv = || Iv::from_random(rand::random());
    let credentials = match wire {
        Wire::V1 => Credentials::Encrypted { key, encrypt_type: endpoint.encrypt_type, iv: &iv },
        Wire::V2 | Wire::Kit(_) => Credentials::Clear,
    };
    let body = answer.encode(wire, credentials).unwrap_or_else(|error| {
        tracing::error!(%error, "the access data do not fit into an answer of V1");
        Answer::new(ResultCode::INTERNAL_ERROR, error.to_string()).encode_v2()
    });
    let signs = match wire {
        Wire::V1 | Wire::Kit(KitVersion::V1) => true,
        Wire::V2 | Wire::Kit(KitVersion::V2) => endpoint.body_sign_v2,
    };
    let signature = signs.then(|| body_sign::header(key, body.as_bytes()));
    let mut response = ([(header::CONTENT_TYPE, CONTENT_TYPE)], body).into_response();
    if let Some(signature) = signature.and_then(|signature| HeaderValue::from_str(&signature).ok()) {
        response.headers_mut().insert("Body-Sign", signature);
    }
    response
}

/// For what is no call: the same shape, another HTTP status.
fn plain(status: StatusCode, sentence: &str) -> Response {
    let answer = Answer::new(ResultCode::INVALID_PARAMETER, sentence);
    (status, [(header::CONTENT_TYPE, CONTENT_TYPE)], answer.encode_v2()).into_response()
}
