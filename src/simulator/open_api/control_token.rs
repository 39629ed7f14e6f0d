//! Who may use the control API: whoever reaches it on this computer, and anybody else only with its token.

use axum::{
    Json, Router,
    extract::{Request, State},
    http::{StatusCode, header::AUTHORIZATION},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse as _, Response},
};
use serde_json::json;

use crate::protocol::{Secret, signature::mac::constant_time_eq};

/// Nothing changes without a token.
pub(super) fn guarded(router: Router, token: Option<Secret>) -> Router {
    match token {
        Some(token) => router.layer(from_fn_with_state(token, check)),
        None => router,
    }
}

async fn check(State(token): State<Secret>, request: Request, next: Next) -> Response {
    let told = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let told = told.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
    if told.is_some_and(|told| constant_time_eq(told.as_bytes(), token.expose().as_bytes())) {
        return next.run(request).await;
    }
    let error = "the control API wants its token: Authorization: Bearer TOKEN";
    (StatusCode::UNAUTHORIZED, Json(json!({ "error": error }))).into_response()
}
