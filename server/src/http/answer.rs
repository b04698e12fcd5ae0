//! What a key's bearer is told when the answer is no: the JSON body and challenge of design §5, in one place.

use super::{RequestId, status};
use crate::verify::Denied;
use axum::{
    Json,
    extract::{Extension, Request},
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::json;

/// An error of the data plane: `{"error":{"code","message","request_id"}}`.
pub(super) fn error(status: StatusCode, code: &str, message: &str, id: &RequestId) -> Response {
    let body = json!({"error": {"code": code, "message": message, "request_id": id.0}});
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A refusal, with the challenge that RFC 6750 §3 asks for. A request that carried no credential at all gets the bare
/// challenge: §3.1 wants no error code then.
///
/// Where waiting helps, `Retry-After` says how long.
pub(super) fn refuse(denied: impl Into<Denied>, credential_given: bool, id: &RequestId) -> Response {
    let Denied { refusal, retry_after, .. } = denied.into();
    let mut response = error(status(refusal), refusal.code(), refusal.message(), id);
    if let Some(kind) = refusal.challenge() {
        let challenge = if credential_given {
            format!(r#"Bearer realm="latchkey", error="{kind}", error_description="{}""#, refusal.message())
        } else {
            r#"Bearer realm="latchkey""#.to_owned()
        };
        if let Ok(value) = HeaderValue::from_str(&challenge) {
            response.headers_mut().insert(WWW_AUTHENTICATE, value);
        }
    }
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// What the layers around the data plane refuse by themselves (a body that is too large or too slow, a panic) is text: under `/api`
/// it becomes an error like any other.
pub(super) async fn in_json(Extension(id): Extension<RequestId>, request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    let json = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    match response.status() {
        StatusCode::PAYLOAD_TOO_LARGE if api && !json => too_large(&id),
        status @ StatusCode::REQUEST_TIMEOUT if api && !json => {
            let mut late = error(status, "REQUEST_TIMEOUT", super::slow::LATE, &id);
            late.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            late
        }
        status @ StatusCode::INTERNAL_SERVER_ERROR if api && !json => {
            error(status, "INTERNAL", "Latchkey failed; its log says why.", &id)
        }
        _ => response,
    }
}

pub(super) fn too_large(id: &RequestId) -> Response {
    let message = format!("The body is larger than {} bytes, or was cut off.", super::BODY_MOST);
    error(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", &message, id)
}

pub(super) async fn no_such_path(Extension(id): Extension<RequestId>) -> Response {
    error(StatusCode::NOT_FOUND, "NOT_FOUND", "There is nothing at this path.", &id)
}

pub(super) async fn wrong_method(Extension(id): Extension<RequestId>) -> Response {
    error(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "This path takes another method.", &id)
}
