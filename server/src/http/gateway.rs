//! The MCP gateway and the model relay among the HTTP surfaces: which of their paths is what, and what each of their requests
//! passes. As for the rest of the data plane ([`super::pass`]), but that an answer may be a stream.

use super::{
    RequestId,
    answer::{self, Outcome, Whole},
    client::{Peer, agent, behind_proxies},
    headers::guard_url,
    in_url::{self, InUrl},
    trace::{REQUEST_ID, span, told},
};
use crate::{
    Client, Latchkey, gateway, relay,
    surface::{Code, Surface},
    verify::Denied,
};
use axum::{body::Body, extract::Request, http::StatusCode, response::Response};
use futures::FutureExt;
use serde::Serialize;
use std::panic::AssertUnwindSafe;
use tracing::Instrument;

/// A path of the gateway or the relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// One server.
    Connect,
    /// All servers of a workspace.
    Workspace,
    /// The relay, whatever stands behind `/v1`.
    Relay,
    /// None of its paths, and none that anything else may ever answer.
    Nowhere,
}

impl Place {
    /// The place of a path; `None` for what is not the gateway's.
    pub fn of(path: &str) -> Option<Self> {
        if path.strip_prefix("/v1").is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
            return Some(Self::Relay);
        }
        let (place, rest) = match path.strip_prefix("/mcp-connect") {
            Some(rest) => (Self::Connect, rest),
            None => (Self::Workspace, path.strip_prefix("/mcp")?),
        };
        match rest.strip_prefix('/') {
            Some(slug) if !slug.is_empty() && !slug.contains('/') => Some(place),
            Some(_) => Some(Self::Nowhere),
            None => rest.is_empty().then_some(Self::Nowhere),
        }
    }
}

/// A request under way.
pub(crate) struct Exchange {
    pub latchkey: Latchkey,
    pub id: RequestId,
    pub client: Client,
    pub request: Request,
    /// What the request's URL held, which has no query any more.
    pub in_url: InUrl,
}

/// Answers a request of the gateway.
pub(super) async fn pass(latchkey: &Latchkey, place: Place, mut request: Request, peer: Peer) -> Response {
    let begun = latchkey.clock.steady();
    let in_url = in_url::take(request.uri_mut());
    let headers = request.headers();
    let id = RequestId::of(headers, latchkey);
    let ip = peer.0.map(|peer| behind_proxies(peer, headers, &latchkey.config.trusted_proxies));
    let client = Client { ip, agent: agent(headers).into() };
    let span = span(&id, request.method(), request.uri().path());
    let exchange = Exchange { latchkey: latchkey.clone(), id: id.clone(), client, request, in_url };
    let handled = async {
        match place {
            Place::Connect => gateway::connect(exchange).await,
            Place::Workspace => gateway::workspace(exchange).await,
            Place::Relay => relay::relay(exchange).await,
            Place::Nowhere => counted(answer::error(Code::NotFound, "There is nothing at this path.", &exchange.id)),
        }
    };
    let answer = AssertUnwindSafe(handled).catch_unwind().instrument(span.clone()).await;
    let mut response = answer.unwrap_or_else(|_| match place {
        Place::Relay => relay::broke_down(&id),
        _ => error(Code::Internal, "Latchkey failed; its log says why.", &id),
    });
    let surface = match place {
        Place::Connect | Place::Workspace => Surface::Mcp,
        Place::Relay => Surface::Relay,
        Place::Nowhere => Surface::Other,
    };
    let code = response.extensions().get::<Code>().copied().unwrap_or(Code::Valid);
    latchkey.metrics.answered(surface, code, response.status().as_u16());
    span.in_scope(|| told(response.status(), latchkey.clock.steady().saturating_sub(begun)));
    guard_url(response.headers_mut(), latchkey);
    response.headers_mut().insert(REQUEST_ID, id.header());
    response
}

/// An answer as the gateway gives it, with the code that it is counted under.
fn counted(outcome: Outcome) -> Response {
    with(outcome.code, outcome.response)
}

fn with(code: Code, response: axum::http::Response<Whole>) -> Response {
    let mut response = response.map(Body::new);
    response.extensions_mut().insert(code);
    response
}

/// An error of the data plane.
pub(crate) fn error(code: Code, message: &str, id: &RequestId) -> Response {
    counted(answer::error(code, message, id))
}

/// A refusal of a key.
pub(crate) fn refuse(denied: impl Into<Denied>, credential_given: bool, id: &RequestId) -> Response {
    counted(answer::refuse(denied, credential_given, id))
}

/// An answer in JSON, counted under that code.
pub(crate) fn json(code: Code, status: StatusCode, body: &(impl Serialize + ?Sized)) -> Response {
    with(code, answer::json(status, body))
}

/// The bytes of a body of JSON; else 415, 413 or 408.
pub(crate) async fn json_bytes(
    headers: &axum::http::HeaderMap,
    body: Body,
    most: usize,
    id: &RequestId,
) -> Result<axum::body::Bytes, Response> {
    super::body::json_bytes(headers, body, most, id).await.map_err(counted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_places() {
        for (path, place) in [
            ("/mcp-connect/files", Some(Place::Connect)),
            ("/mcp/acme", Some(Place::Workspace)),
            ("/mcp", Some(Place::Nowhere)),
            ("/mcp/", Some(Place::Nowhere)),
            ("/mcp/acme/", Some(Place::Nowhere)),
            ("/mcp-connect", Some(Place::Nowhere)),
            ("/mcp-connect/", Some(Place::Nowhere)),
            ("/mcp-connect/files/", Some(Place::Nowhere)),
            ("/mcp-connect/files/.well-known/x", Some(Place::Nowhere)),
            ("/v1", Some(Place::Relay)),
            ("/v1/models", Some(Place::Relay)),
            ("/v1/chat/completions/", Some(Place::Relay)),
            ("/v1x", None),
            ("/mcps", None),
            ("/mcp-connected", None),
            ("/w/mcp", None),
            ("/", None),
        ] {
            assert_eq!(Place::of(path), place, "{path}");
        }
    }
}
