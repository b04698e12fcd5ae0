//! A request id for every request, and one log line when it is answered. The line has the path without its query: a query
//! may hold what was typed, or a set-up token.

use crate::Latchkey;
use axum::{
    extract::{Request, State},
    http::{HeaderValue, header::HeaderName},
    middleware::Next,
    response::Response,
};
use domain::random::base62;
use tracing::Instrument;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request: a proxy's, if it has a plain form, or a fresh one. Stands in the answer, its errors and the log.
#[derive(Clone, Debug)]
pub struct RequestId(pub String);

pub(super) async fn trace(State(latchkey): State<Latchkey>, mut request: Request, next: Next) -> Response {
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|id| is_plain(id));
    let id = given.map_or_else(|| latchkey.random.with(|rng| base62(rng, 16)), str::to_owned);
    request.extensions_mut().insert(RequestId(id.clone()));
    let span = tracing::info_span!("request", id, method = %request.method(), path = request.uri().path());
    let begun = latchkey.now();
    let mut response = next.run(request).instrument(span.clone()).await;
    span.in_scope(|| {
        tracing::info!(status = response.status().as_u16(), milliseconds = latchkey.now().since(begun), "answered");
    });
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

fn is_plain(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}
