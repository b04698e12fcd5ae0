//! Reads a JSON body and says exactly what is wrong with a bad one.

use super::{RequestId, answer::error};
use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header::CONTENT_TYPE},
    response::Response,
};
use serde::de::DeserializeOwned;

/// The body as `T`; else 415 for another content type, 413 for too much, 400 with line and column for broken JSON, a
/// missing, a doubled, an unknown or a wrongly typed field.
pub(super) async fn json<T: DeserializeOwned>(request: Request<Body>, id: &RequestId) -> Result<T, Response> {
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        let message = "Send the body as Content-Type: application/json.";
        return Err(error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message, id));
    }
    let bytes = to_bytes(request.into_body(), super::BODY_MOST).await.map_err(|_| {
        let message = format!("The body is larger than {} bytes, or was cut off.", super::BODY_MOST);
        error(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", &message, id)
    })?;
    serde_json::from_slice(&bytes).map_err(|problem| {
        // serde_json says what, where and of which field; it never repeats a value of ours but the offending token, which
        // for a string field of the wrong type could only be a number, boolean or null.
        error(StatusCode::BAD_REQUEST, "invalid_request", &format!("The body is not understood: {problem}."), id)
    })
}
