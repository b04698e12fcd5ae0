//! What a client is told in the gateway's own words: JSON-RPC errors in the shape that it waits for. Refusals of the key itself
//! look as everywhere on the data plane ([`crate::http::refuse`]).

use super::message::{Body, Invalid};
use crate::{
    http::{self, RequestId},
    surface::Code,
};
use axum::{
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{ACCEPT, CONTENT_TYPE},
    },
    response::Response,
};
use domain::refusal::Refusal;
use serde::Serialize;
use serde_json::value::RawValue;

/// JSON-RPC's code for what the gateway refuses or can't do; `data.code` says what it is.
const SERVER_ERROR: i32 = -32000;

#[derive(Serialize)]
struct Failure<'a> {
    jsonrpc: &'static str,
    id: Option<&'a RawValue>,
    error: Told<'a>,
}

#[derive(Serialize)]
struct Told<'a> {
    code: i32,
    message: &'a str,
    data: Data<'a>,
}

#[derive(Clone, Copy, Serialize)]
struct Data<'a> {
    code: &'a str,
    request_id: &'a str,
}

/// The ids of the requests in a body, and whether they came as a batch: what an answer has to name.
#[derive(Clone)]
pub(super) struct Asking {
    ids: Vec<Box<RawValue>>,
    is_batch: bool,
}

impl Asking {
    pub fn of(body: &Body<'_>) -> Self {
        let requests = body.messages.iter().filter(|message| message.is_request());
        Self {
            ids: requests.filter_map(|message| message.id.map(ToOwned::to_owned)).collect(),
            is_batch: body.is_batch,
        }
    }

    /// Nothing is known of who asks.
    pub fn nobody() -> Self {
        Self { ids: Vec::new(), is_batch: false }
    }
}

/// An error for each request; without one, for nobody in particular.
pub(super) fn fail(status: StatusCode, asking: &Asking, code: Code, message: &str, id: &RequestId) -> Response {
    let told: Vec<_> = asking.ids.iter().map(|of| one(Some(of), SERVER_ERROR, code.text(), message, id)).collect();
    match &*told {
        [] => http::json(code, status, &one(None, SERVER_ERROR, code.text(), message, id)),
        [only] if !asking.is_batch => http::json(code, status, only),
        all => http::json(code, status, all),
    }
}

/// A call that the key may not make. The request itself is in order, so the status says so; in the form of an event stream
/// where that is all that the client takes. Who waits for no answer gets none.
pub(super) fn blocked(headers: &HeaderMap, asking: &Asking, refusal: Refusal, id: &RequestId) -> Response {
    let mut response = fail(StatusCode::OK, asking, Code::Refused(refusal), refusal.message(), id);
    if asking.ids.is_empty() {
        *response.status_mut() = StatusCode::ACCEPTED;
        *response.body_mut() = axum::body::Body::empty();
        response.headers_mut().remove(CONTENT_TYPE);
        return response;
    }
    let accepts = |kind: &str| {
        let mut values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
        values.any(|value| value.contains(kind))
    };
    if accepts("text/event-stream") && !accepts("application/json") && !accepts("*/*") {
        let body = std::mem::take(response.body_mut());
        let framed = futures::StreamExt::chain(
            futures::StreamExt::chain(chunk("event: message\ndata: "), body.into_data_stream()),
            chunk("\n\n"),
        );
        *response.body_mut() = axum::body::Body::from_stream(framed);
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    }
    response
}

/// The same as the event of a stream, for the one request that waits in it; none for a batch, of which some may be answered.
pub(super) fn event(asking: &Asking, refusal: Refusal, id: &RequestId) -> Option<axum::body::Bytes> {
    let ([of], false) = (&*asking.ids, asking.is_batch) else { return None };
    let told = one(Some(of), SERVER_ERROR, Code::Refused(refusal).text(), refusal.message(), id);
    let told = serde_json::to_string(&told).ok()?;
    Some(format!("event: message\ndata: {told}\n\n").into())
}

fn chunk(text: &'static str) -> impl futures::Stream<Item = Result<axum::body::Bytes, axum::Error>> {
    futures::stream::iter([Ok(axum::body::Bytes::from_static(text.as_bytes()))])
}

/// A body that is not understood.
pub(super) fn invalid(invalid: &Invalid, asking: &Asking, id: &RequestId) -> Response {
    let Invalid(code, message) = *invalid;
    let of = asking.ids.first().map(|of| &**of).filter(|_| !asking.is_batch);
    let counted = Code::Refused(Refusal::InvalidRequest);
    http::json(counted, StatusCode::BAD_REQUEST, &one(of, code, "invalid_request", message, id))
}

fn one<'a>(of: Option<&'a RawValue>, rpc: i32, code: &'a str, message: &'a str, id: &'a RequestId) -> Failure<'a> {
    Failure { jsonrpc: "2.0", id: of, error: Told { code: rpc, message, data: Data { code, request_id: id.as_str() } } }
}
