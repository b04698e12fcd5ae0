//! What a key's bearer is told when the answer is no: the JSON body and challenge of design §5, in one place.

use super::{RequestId, pass::Exchange, reference::fields::ErrorWord};
use crate::{surface::Code, verify::Denied};
use axum::{
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use schemars::JsonSchema;
use serde::Serialize;

/// Why the answer is no.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Error")]
pub(super) struct Body<'a> {
    error: Told<'a>,
}

#[derive(Serialize, JsonSchema)]
struct Told<'a> {
    /// Decide by this one.
    #[schemars(with = "ErrorWord")]
    code: &'a str,
    /// For people; it may be reworded.
    message: &'a str,
    /// The answer's `X-Request-Id`, which is in the log too.
    request_id: &'a str,
}

/// An answer, and the code that it is counted under.
pub(super) struct Outcome {
    pub code: Code,
    pub response: Response,
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
pub(super) fn error(code: Code, message: &str, id: &RequestId) -> Outcome {
    let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::FORBIDDEN);
    let body = Body { error: Told { code: code.text(), message, request_id: id.as_str() } };
    Outcome { code, response: json(status, &body) }
}

/// A refusal, with the challenge that RFC 6750 §3 asks for. A request that carried no credential at all gets the bare
/// challenge: §3.1 wants no error code then.
///
/// Where waiting helps, `Retry-After` says how long.
pub(super) fn refuse(denied: impl Into<Denied>, credential_given: bool, id: &RequestId) -> Outcome {
    let Denied { refusal, retry_after, .. } = denied.into();
    let mut outcome = error(Code::Refused(refusal), refusal.message(), id);
    let headers = outcome.response.headers_mut();
    if let Some(kind) = refusal.challenge() {
        let challenge = if credential_given {
            format!(r#"Bearer realm="latchkey", error="{kind}", error_description="{}""#, refusal.message())
        } else {
            r#"Bearer realm="latchkey""#.to_owned()
        };
        if let Ok(value) = HeaderValue::from_str(&challenge) {
            headers.insert(WWW_AUTHENTICATE, value);
        }
    }
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    outcome
}

pub(super) fn too_large(id: &RequestId) -> Outcome {
    let message = format!("The body is larger than {} bytes, or was cut off.", super::BODY_MOST);
    error(Code::PayloadTooLarge, &message, id)
}

pub(super) fn too_slow(id: &RequestId) -> Outcome {
    let mut outcome = error(Code::RequestTimeout, super::slow::LATE, id);
    outcome.response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    outcome
}

pub(super) async fn no_such_path(exchange: Exchange) -> Outcome {
    error(Code::NotFound, "There is nothing at this path.", &exchange.id)
}

pub(super) async fn wrong_method(exchange: Exchange) -> Outcome {
    error(Code::MethodNotAllowed, "This path takes another method.", &exchange.id)
}
