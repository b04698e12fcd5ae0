//! A request id for every request, and one log line when it is answered. The line has the path without its query: a query
//! may hold what was typed, or a set-up token.

use crate::{Latchkey, Random};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header::HeaderName},
    middleware::Next,
    response::Response,
};
use domain::random::{BASE62, base62};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use tracing::{Instrument, Span};

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Characters that all ids of a process share, and characters that count.
const SHARED: usize = 9;
const COUNTED: usize = 7;

/// The id of a request: a proxy's, if it has a plain form, or a fresh one. Stands in the answer, its errors and the log.
#[derive(Clone, Debug)]
pub struct RequestId(Id);

#[derive(Clone, Debug)]
enum Id {
    Given(HeaderValue),
    Fresh([u8; SHARED + COUNTED]),
}

/// Makes the fresh ones: random letters of the process, then a count. They name a request and keep nothing secret.
pub(crate) struct RequestIds {
    shared: String,
    count: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new(random: &Random) -> Self {
        Self { shared: random.with(|rng| base62(rng, SHARED)), count: AtomicU64::new(0) }
    }

    fn next(&self) -> [u8; SHARED + COUNTED] {
        let mut id = [b'0'; SHARED + COUNTED];
        id[..SHARED].copy_from_slice(self.shared.as_bytes());
        let mut left = self.count.fetch_add(1, Ordering::Relaxed);
        for digit in id[SHARED..].iter_mut().rev() {
            *digit = BASE62[usize::try_from(left % 62).unwrap_or_default()];
            left /= 62;
        }
        id
    }
}

impl RequestId {
    pub(super) fn of(headers: &HeaderMap, latchkey: &Latchkey) -> Self {
        let given = headers.get(REQUEST_ID).filter(|id| is_plain(id.as_bytes()));
        // A copy: a clone would keep all that was read together with it, 8 KB, for as long as a stream is open.
        let given = given.and_then(|given| HeaderValue::from_bytes(given.as_bytes()).ok());
        Self(given.map_or_else(|| Id::Fresh(latchkey.request_ids.next()), Id::Given))
    }

    pub(crate) fn as_str(&self) -> &str {
        match &self.0 {
            Id::Given(id) => id.to_str().unwrap_or_default(),
            Id::Fresh(id) => str::from_utf8(id).unwrap_or_default(),
        }
    }

    pub(super) fn header(&self) -> HeaderValue {
        match &self.0 {
            Id::Given(id) => id.clone(),
            Id::Fresh(id) => HeaderValue::from_bytes(id).unwrap_or(HeaderValue::from_static("0")),
        }
    }
}

pub(super) async fn trace(State(latchkey): State<Latchkey>, mut request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers(), &latchkey);
    request.extensions_mut().insert(id.clone());
    let span = span(&id, request.method(), request.uri().path());
    let begun = latchkey.clock.steady();
    let mut response = next.run(request).instrument(span.clone()).await;
    let took = latchkey.clock.steady().saturating_sub(begun);
    span.in_scope(|| told(response.status(), took));
    latchkey.metrics.console(response.status().as_u16());
    response.headers_mut().insert(REQUEST_ID, id.header());
    response
}

/// What every line about a request carries.
pub(super) fn span(id: &RequestId, method: &Method, path: &str) -> Span {
    tracing::info_span!("request", id = id.as_str(), %method, path)
}

/// The line about an answer.
pub(super) fn told(status: StatusCode, took: Duration) {
    let milliseconds = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(status = status.as_u16(), milliseconds, "answered");
}

fn is_plain(id: &[u8]) -> bool {
    (1..=64).contains(&id.len()) && id.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_and_have_one_length() {
        let ids = RequestIds::new(&Random::seeded(1));
        let made: std::collections::HashSet<_> = (0..10_000).map(|_| ids.next()).collect();
        assert_eq!(made.len(), 10_000);
        assert!(made.iter().all(|id| id.len() == 16 && is_plain(id)));
        assert_ne!(RequestIds::new(&Random::seeded(2)).next(), RequestIds::new(&Random::seeded(3)).next());
    }
}
