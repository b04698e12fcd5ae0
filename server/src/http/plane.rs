//! The data plane, in front of the console: which path is answered by what. Called by the accept loop for every request; a
//! `match` where the console has a router, whose work would cost as much as the decision about a key.

use super::{
    answer::{self, Outcome, Whole},
    client::Peer,
    forward_auth, gateway, health, in_url, me, metrics,
    pass::{Exchange, pass},
    reference, verify,
};
use crate::{Latchkey, surface::Surface};
use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    extract::ConnectInfo,
    http::{HeaderValue, Method, Request, Response, header::ALLOW},
};
use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};
use tower::{BoxError, Service};

/// Every path of the data plane, for the test that walks them.
pub const DATA_PLANE: &[&str] =
    &["/api/me", "/api/v1/verify", "/api/v1/forward-auth", "/api/openapi.json", "/healthz", "/readyz", "/metrics"];

/// The surfaces that take keys, the health checks, and behind them whatever the rest is. Cheap to clone.
#[derive(Clone)]
pub struct DataPlane {
    latchkey: Latchkey,
    rest: Router,
}

/// The data plane alone.
#[must_use]
pub fn data_plane(latchkey: &Latchkey) -> DataPlane {
    DataPlane { latchkey: latchkey.clone(), rest: Router::new() }
}

/// What an answer is made of.
pub(super) enum Answer {
    /// The data plane's: all of it is there.
    Whole(Response<Whole>),
    /// The console's, or the gateway's: it may be a stream.
    Other(Response<Body>),
}

impl DataPlane {
    /// In front of that: it gets every request that is not for the data plane.
    #[must_use]
    pub fn before(self, rest: Router) -> Self {
        Self { rest, ..self }
    }

    /// Answers a request from that address.
    pub(super) async fn answer<B>(&self, mut request: Request<B>, peer: Option<SocketAddr>) -> Answer
    where
        B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        if let Some(place) = Place::of(request.uri().path()) {
            return Answer::Whole(self.pass(place, request, Peer::new(peer)).await);
        }
        if let Some(place) = gateway::Place::of(request.uri().path()) {
            let passed = gateway::pass(&self.latchkey, place, request.map(Body::new), Peer::new(peer));
            // In a box: requests that do not come here stay small.
            return Answer::Other(Box::pin(passed).await);
        }
        in_url::leave_out(request.uri_mut());
        if let Some(peer) = peer {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        // Its own futures are in boxes: requests that do not come here stay small.
        let answered = self.rest.clone().call(request.map(Body::new)).await;
        Answer::Other(answered.unwrap_or_else(|never: Infallible| match never {}))
    }

    async fn pass<B>(&self, place: Place, request: Request<B>, peer: Peer) -> Response<Whole>
    where
        B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        let (head, body) = request.into_parts();
        let takes = place.takes(&head.method);
        let surface = if takes { place.surface() } else { Surface::Other };
        let exchange = Exchange::begin(&self.latchkey, peer, head);
        pass(surface, &exchange, async {
            if !takes {
                return place.wrong_method(&exchange);
            }
            match place {
                Place::Me => me::me(&exchange).await,
                Place::Verify => verify::verify(&exchange, body).await,
                Place::ForwardAuth => forward_auth::forward_auth(&exchange).await,
                Place::Document => reference::openapi(&exchange),
                Place::Alive => health::alive(),
                // In boxes of their own: they ask the database, and the others stay small.
                Place::Ready => Box::pin(health::ready(&exchange)).await,
                Place::Metrics => Box::pin(metrics::metrics(&exchange)).await,
                Place::Nowhere => answer::no_such_path(&exchange),
            }
        })
        .await
    }
}

/// A path of the data plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Me,
    Verify,
    ForwardAuth,
    Document,
    Alive,
    Ready,
    Metrics,
    /// None of its paths, and none that anything else may ever answer.
    Nowhere,
}

impl Place {
    /// The place of a path; `None` for what is not the data plane's.
    fn of(path: &str) -> Option<Self> {
        Some(match path {
            "/api/me" => Self::Me,
            "/api/v1/verify" => Self::Verify,
            "/api/v1/forward-auth" => Self::ForwardAuth,
            "/api/openapi.json" => Self::Document,
            "/healthz" => Self::Alive,
            "/readyz" => Self::Ready,
            "/metrics" => Self::Metrics,
            // A page of the console, beside what it describes.
            "/api/docs" => return None,
            // Envoy appends the original path.
            path if path.starts_with("/api/v1/forward-auth/") => Self::ForwardAuth,
            // MCP clients that find OAuth metadata drop the header they were given: these must be plain 404s.
            path if path == "/api" || path.starts_with("/api/") || path.starts_with("/.well-known/") => Self::Nowhere,
            _ => return None,
        })
    }

    fn surface(self) -> Surface {
        match self {
            Self::Me => Surface::Me,
            Self::Verify => Surface::Verify,
            Self::ForwardAuth => Surface::ForwardAuth,
            Self::Alive | Self::Ready => Surface::Health,
            Self::Document | Self::Metrics | Self::Nowhere => Surface::Other,
        }
    }

    /// The methods it takes, as `Allow` has them; `None` for any.
    fn methods(self) -> Option<&'static str> {
        match self {
            Self::Me | Self::Document | Self::Alive | Self::Ready | Self::Metrics => Some("GET,HEAD"),
            Self::Verify => Some("POST"),
            Self::ForwardAuth | Self::Nowhere => None,
        }
    }

    fn takes(self, method: &Method) -> bool {
        self.methods().is_none_or(|taken| taken.split(',').any(|taken| taken == method.as_str()))
    }

    fn wrong_method(self, exchange: &Exchange<'_>) -> Outcome {
        let mut outcome = answer::wrong_method(exchange);
        if let Some(methods) = self.methods() {
            outcome.response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
        }
        outcome
    }
}

impl Service<Request<Body>> for DataPlane {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (plane, peer) = (self.clone(), request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0));
        Box::pin(async move {
            Ok(match plane.answer(request, peer).await {
                Answer::Whole(response) => response.map(Body::new),
                Answer::Other(response) => response,
            })
        })
    }
}

/// For whoever serves it as a part of something else.
impl From<DataPlane> for Router {
    fn from(plane: DataPlane) -> Self {
        Self::new().fallback_service(plane)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_places() {
        for (path, place) in [
            ("/api/v1/forward-auth/", Some(Place::ForwardAuth)),
            ("/api/v1/forward-auth/a/b", Some(Place::ForwardAuth)),
            ("/api/v1/forward-authority", Some(Place::Nowhere)),
            ("/api/me/", Some(Place::Nowhere)),
            ("/api", Some(Place::Nowhere)),
            ("/api/", Some(Place::Nowhere)),
            ("/api/docs", None),
            ("/apis", None),
            ("/.well-known/oauth-protected-resource", Some(Place::Nowhere)),
            ("/", None),
        ] {
            assert_eq!(Place::of(path), place, "{path}");
        }
        assert!(DATA_PLANE.iter().all(|path| !matches!(Place::of(path), None | Some(Place::Nowhere))));
    }
}
