//! What every request of the data plane passes: its id, who is at the other end, security headers, a log line, and a 500 in
//! place of a broken connection if a handler panics. One function around each handler, where the console has layers
//! ([`super::common_layers`]): here each layer would cost as much as the decision about the key.

use super::{
    answer::{self, Outcome},
    client::{Peer, client},
    headers::guard_answer,
    trace::{REQUEST_ID, RequestId, span, told},
};
use crate::{
    Client, Latchkey,
    surface::{Code, Surface},
};
use axum::{extract::Request, handler::Handler, response::Response};
use futures::FutureExt;
use std::{
    panic::AssertUnwindSafe,
    pin::{Pin, pin},
    task::Poll,
    time::Duration,
};
use tracing::{Instrument, Level};

/// A request under way.
pub(super) struct Exchange {
    /// When it came, by the steady clock.
    pub begun: Duration,
    pub latchkey: Latchkey,
    pub id: RequestId,
    pub client: Client,
    pub peer: Peer,
    pub request: Request,
}

/// A handler of the data plane, `async fn(Exchange) -> Outcome`, as the router takes it, and the surface that its answers are
/// counted under.
#[derive(Clone, Copy)]
pub(super) struct Passing<H>(pub Surface, pub H);

impl<H, F> Handler<(), Latchkey> for Passing<H>
where
    H: Fn(Exchange) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Outcome> + Send + 'static,
{
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, latchkey: Latchkey) -> Self::Future {
        Box::pin(pass(self.0, self.1, request, latchkey))
    }
}

async fn pass<F>(surface: Surface, handle: impl Fn(Exchange) -> F, request: Request, latchkey: Latchkey) -> Response
where
    F: Future<Output = Outcome> + Send + 'static,
{
    let begun = latchkey.clock.steady();
    let id = RequestId::of(request.headers(), &latchkey);
    let (peer, client) = client(&request, &latchkey);
    // Both are counted references: cheaper than to say what they are before there is somebody to read it.
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let exchange = Exchange { begun, latchkey: latchkey.clone(), id: id.clone(), client, peer, request };
    let mut answer = pin!(AssertUnwindSafe(handle(exchange)).catch_unwind());
    // Most answers are there at once, and have nothing to log below a detailed level.
    let at_once = if tracing::enabled!(Level::DEBUG) { Poll::Pending } else { futures::poll!(&mut answer) };
    let answer = match at_once {
        Poll::Ready(answer) => answer,
        Poll::Pending => answer.instrument(span(&id, &method, uri.path())).await,
    };
    let outcome = answer.unwrap_or_else(|_| answer::error(Code::Internal, "Latchkey failed; its log says why.", &id));
    let Outcome { code, mut response } = outcome;
    latchkey.metrics.answered(surface, code, response.status().as_u16());
    if response.status().is_server_error() || tracing::enabled!(Level::DEBUG) {
        span(&id, &method, uri.path())
            .in_scope(|| told(response.status(), latchkey.clock.steady().saturating_sub(begun)));
    }
    guard_answer(response.headers_mut(), &latchkey);
    response.headers_mut().insert(REQUEST_ID, id.into_header());
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CACHED_KEYS, Clock, Config, Random};
    use axum::{Router, body::to_bytes, routing::get};
    use tower::ServiceExt;

    async fn broken(_: Exchange) -> Outcome {
        panic!("on purpose")
    }

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
            master_key_file: folder.path().join("master.key"),
            metrics_token: None,
        };
        let latchkey = crate::open(config, Clock::system(), Random::system()).await.unwrap();
        let router =
            Router::new().route("/api/broken", get(Passing(Surface::Other, broken))).with_state(latchkey.clone());
        let request = Request::get("/api/broken").header("x-request-id", "r1").body(axum::body::Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()["x-request-id"], "r1");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        let body = String::from_utf8(to_bytes(response.into_body(), 1_000).await.unwrap().to_vec()).unwrap();
        assert!(body.contains("\"INTERNAL\"") && body.contains("\"r1\"") && !body.contains("on purpose"), "{body}");
        latchkey.shut_down().await;
    }
}
