//! What a key's bearer is told when the answer is no: the JSON body and challenge of design §5, in one place.

use super::{RequestId, pass::Exchange, reference::fields::ErrorWord};
use crate::{surface::Code, verify::Denied};
use axum::{
    body::Bytes,
    http::{
        HeaderValue, Response, StatusCode,
        header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
};
use domain::refusal::Refusal;
use http_body_util::Full;
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::LazyLock;

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

/// A body that is all there.
pub(super) type Whole = Full<Bytes>;

/// An answer, and the code that it is counted under.
pub(super) struct Outcome {
    pub code: Code,
    pub response: Response<Whole>,
}

/// Bytes that an answer begins with: it hardly ever has to grow.
const CAPACITY: usize = 768;
/// Headers of an answer at most, nearly always.
const HEADERS: usize = 9;

/// An answer in JSON, which nobody keeps.
pub(super) fn json(status: StatusCode, body: &(impl Serialize + ?Sized)) -> Response<Whole> {
    let mut bytes = Vec::with_capacity(CAPACITY);
    match serde_json::to_writer(&mut bytes, body) {
        Ok(()) => written(status, bytes.into()),
        Err(error) => {
            tracing::error!(%error, "an answer can't be written");
            whole(StatusCode::INTERNAL_SERVER_ERROR, Bytes::new())
        }
    }
}

/// JSON that is already written.
fn written(status: StatusCode, body: Bytes) -> Response<Whole> {
    let mut response = whole(status, body);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A line of text, for programs that look at the status.
pub(super) fn plain(code: Code, status: StatusCode, text: impl Into<Bytes>) -> Outcome {
    let mut response = whole(status, text.into());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    Outcome { code, response }
}

/// With room for the headers that answers have.
pub(super) fn whole(status: StatusCode, body: Bytes) -> Response<Whole> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().reserve(HEADERS);
    response
}

/// An error of the data plane: `{"error":{"code","message","request_id"}}`.
pub(super) fn error(code: Code, message: &str, id: &RequestId) -> Outcome {
    let body = Body { error: Told { code: code.text(), message, request_id: id.as_str() } };
    Outcome { code, response: json(status(code), &body) }
}

fn status(code: Code) -> StatusCode {
    StatusCode::from_u16(code.status()).unwrap_or(StatusCode::FORBIDDEN)
}

/// A refusal, with the challenge that RFC 6750 §3 asks for. A request that carried no credential at all gets the bare
/// challenge: §3.1 wants no error code then.
///
/// Where waiting helps, `Retry-After` says how long.
pub(super) fn refuse(denied: impl Into<Denied>, credential_given: bool, id: &RequestId) -> Outcome {
    let Denied { refusal, retry_after, .. } = denied.into();
    let told = &TOLD[refusal as usize];
    let code = Code::Refused(refusal);
    let body = [told.begin.as_bytes(), id.as_str().as_bytes(), END.as_bytes()].concat();
    let mut response = written(status(code), body.into());
    let headers = response.headers_mut();
    if let Some(challenge) = &told.challenge {
        let bare = HeaderValue::from_static(r#"Bearer realm="latchkey""#);
        headers.insert(WWW_AUTHENTICATE, if credential_given { challenge.clone() } else { bare });
    }
    if let Some(seconds) = retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    Outcome { code, response }
}

/// The parts of a refusal that are always the same.
struct AlwaysTold {
    /// The body up to the request's id.
    begin: String,
    challenge: Option<HeaderValue>,
}

/// What stands behind the request's id, which has no character that JSON would escape.
const END: &str = "\"}}";
/// By refusal: floods of junk get these.
static TOLD: LazyLock<[AlwaysTold; Refusal::ALL.len()]> = LazyLock::new(|| {
    Refusal::ALL.map(|refusal| {
        let body = Body { error: Told { code: refusal.code(), message: refusal.message(), request_id: "" } };
        let body = serde_json::to_string(&body).unwrap_or_default();
        let challenge = refusal.challenge().and_then(|kind| {
            let why = refusal.message();
            format!(r#"Bearer realm="latchkey", error="{kind}", error_description="{why}""#).try_into().ok()
        });
        AlwaysTold { begin: body.trim_end_matches(END).to_owned(), challenge }
    })
});

pub(super) fn too_large(most: usize, id: &RequestId) -> Outcome {
    let message = format!("The body is larger than {most} bytes, or was cut off.");
    error(Code::PayloadTooLarge, &message, id)
}

pub(super) fn too_slow(id: &RequestId) -> Outcome {
    let mut outcome = error(Code::RequestTimeout, super::slow::LATE, id);
    outcome.response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    outcome
}

pub(super) fn no_such_path(exchange: &Exchange<'_>) -> Outcome {
    error(Code::NotFound, "There is nothing at this path.", &exchange.id)
}

pub(super) fn wrong_method(exchange: &Exchange<'_>) -> Outcome {
    error(Code::MethodNotAllowed, "This path takes another method.", &exchange.id)
}
