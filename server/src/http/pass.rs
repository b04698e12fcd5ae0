//! What every request of the data plane passes: its id, who is at the other end, security headers, a log line, and a 500 in
//! place of a broken connection if a handler panics. One function around each handler, where the console has layers
//! ([`super::common_layers`]): here each layer would cost as much as the decision about the key.

use super::{
    answer::{self, Outcome, Whole},
    client::{Peer, agent, behind_proxies},
    headers::guard_answer,
    trace::{REQUEST_ID, RequestId, span, told},
};
use crate::{
    Latchkey,
    surface::{Code, Surface},
    verify::Bearer,
};
use axum::http::{HeaderMap, Response, request::Parts};
use futures::FutureExt;
use std::{panic::AssertUnwindSafe, pin::pin, task::Poll, time::Duration};
use tracing::{Instrument, Level, Span};

/// A request under way, all but its body.
pub(super) struct Exchange<'a> {
    /// When it came, by the steady clock.
    pub begun: Duration,
    pub latchkey: &'a Latchkey,
    pub id: RequestId,
    pub peer: Peer,
    pub head: Parts,
}

impl<'a> Exchange<'a> {
    pub fn begin(latchkey: &'a Latchkey, peer: Peer, head: Parts) -> Self {
        let id = RequestId::of(&head.headers, latchkey);
        Self { begun: latchkey.clock.steady(), latchkey, id, peer, head }
    }

    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// Who asks with a key of their own.
    pub fn bearer(&self) -> Bearer<'_> {
        let proxies = &self.latchkey.config.trusted_proxies;
        let ip = self.peer.0.map(|peer| behind_proxies(peer, self.headers(), proxies));
        Bearer { ip, agent: agent(self.headers()), in_url: false }
    }

    fn span(&self) -> Span {
        span(&self.id, &self.head.method, self.head.uri.path())
    }
}

/// The answer of a handler, with all that is around it.
pub(super) async fn pass(
    surface: Surface,
    exchange: &Exchange<'_>,
    handled: impl Future<Output = Outcome>,
) -> Response<Whole> {
    let Exchange { begun, latchkey, id, .. } = exchange;
    let mut answer = pin!(AssertUnwindSafe(handled).catch_unwind());
    // Most answers are there at once, and have nothing to log below a detailed level.
    let at_once = if tracing::enabled!(Level::DEBUG) { Poll::Pending } else { futures::poll!(&mut answer) };
    let answer = match at_once {
        Poll::Ready(answer) => answer,
        Poll::Pending => answer.instrument(exchange.span()).await,
    };
    let outcome = answer.unwrap_or_else(|_| answer::error(Code::Internal, "Latchkey failed; its log says why.", id));
    let Outcome { code, mut response } = outcome;
    latchkey.metrics.answered(surface, code, response.status().as_u16());
    if response.status().is_server_error() || tracing::enabled!(Level::DEBUG) {
        let took = latchkey.clock.steady().saturating_sub(*begun);
        exchange.span().in_scope(|| told(response.status(), took));
    }
    guard_answer(response.headers_mut(), latchkey);
    response.headers_mut().insert(REQUEST_ID, id.header());
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CACHED_KEYS, Clock, Config, Random};
    use axum::{body::to_bytes, http::Request};

    #[tokio::test]
    async fn a_panic_is_an_answer() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            database: format!("sqlite:{}", folder.path().join("latchkey.db").display()).parse().unwrap(),
            public_url: "http://127.0.0.1:3000".into(),
            prefix: domain::key::Prefix::default(),
            trusted_proxies: Vec::new(),
            cached_keys: CACHED_KEYS,
            usage_events_per_second: crate::USAGE_EVENTS_PER_SECOND,
            usage_retention_days: crate::USAGE_RETENTION_DAYS,
            master_key_file: folder.path().join("master.key"),
            allow_private_upstreams: false,
            ceilings: domain::model::Ceilings::default(),
            patience: crate::Patience::default(),
            relay_memory: crate::RELAY_MEMORY,
            metrics_token: None,
        };
        let latchkey = crate::open(config, Clock::system(), Random::system()).await.unwrap();
        let (head, ()) = Request::get("/api/broken").header("x-request-id", "r1").body(()).unwrap().into_parts();
        let exchange = Exchange::begin(&latchkey, Peer(None), head);
        let response = pass(Surface::Other, &exchange, async { panic!("on purpose") }).await;
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()["x-request-id"], "r1");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        let body = axum::body::Body::new(response.into_body());
        let body = String::from_utf8(to_bytes(body, 1_000).await.unwrap().to_vec()).unwrap();
        assert!(body.contains("\"INTERNAL\"") && body.contains("\"r1\"") && !body.contains("on purpose"), "{body}");
        latchkey.shut_down().await;
    }
}
