//! What a key's bearer is told when the answer is no: the JSON body and challenge of design §5, in one place.

use super::{RequestId, pass::Exchange, status};
use crate::verify::Denied;
use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;

#[derive(Serialize)]
struct Body<'a> {
    error: Told<'a>,
}

#[derive(Serialize)]
struct Told<'a> {
    code: &'a str,
    message: &'a str,
    request_id: &'a str,
}

/// Bytes that an answer begins with: it hardly ever has to grow.
const CAPACITY: usize = 768;

/// An answer in JSON, which nobody keeps.
pub(super) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let mut bytes = Vec::with_capacity(CAPACITY);
    if let Err(error) = serde_json::to_writer(&mut bytes, body) {
        tracing::error!(%error, "an answer can't be written");
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    let mut response = Response::new(axum::body::Body::from(bytes));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.reserve(8);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// An error of the data plane: `{"error":{"code","message","request_id"}}`.
pub(super) fn error(status: StatusCode, code: &str, message: &str, id: &RequestId) -> Response {
    json(status, &Body { error: Told { code, message, request_id: id.as_str() } })
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

pub(super) fn too_large(id: &RequestId) -> Response {
    let message = format!("The body is larger than {} bytes, or was cut off.", super::BODY_MOST);
    error(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", &message, id)
}

pub(super) fn too_slow(id: &RequestId) -> Response {
    let mut response = error(StatusCode::REQUEST_TIMEOUT, "REQUEST_TIMEOUT", super::slow::LATE, id);
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

pub(super) async fn no_such_path(exchange: Exchange) -> Response {
    error(StatusCode::NOT_FOUND, "NOT_FOUND", "There is nothing at this path.", &exchange.id)
}

pub(super) async fn wrong_method(exchange: Exchange) -> Response {
    error(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "This path takes another method.", &exchange.id)
}
