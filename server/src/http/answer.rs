//! What a key's bearer is told when the answer is no: the JSON body and challenge of design §5, in one place.

use super::{RequestId, status};
use axum::{
    Json,
    extract::Extension,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use domain::refusal::Refusal;
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
pub(super) fn refuse(refusal: Refusal, credential_given: bool, id: &RequestId) -> Response {
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
    response
}

pub(super) async fn no_such_path(Extension(id): Extension<RequestId>) -> Response {
    error(StatusCode::NOT_FOUND, "NOT_FOUND", "There is nothing at this path.", &id)
}

pub(super) async fn wrong_method(Extension(id): Extension<RequestId>) -> Response {
    error(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "This path takes another method.", &id)
}
