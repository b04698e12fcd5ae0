//! `ANY /api/v1/forward-auth`: a reverse proxy asks whether the request at hand may pass (nginx `auth_request`, Caddy and
//! Traefik forward auth, Envoy `ext_authz`). The proxy shows a gateway key of its own; the client's credential comes as it
//! came to the proxy.

use super::{
    answer::{Outcome, Whole, refuse, whole},
    client::{Peer, agent, named_by_gateway},
    credential::credential,
    pass::Exchange,
};
use crate::{
    Latchkey,
    surface::{Code, Surface},
    verify::{Bearer, Denied, Question, Record},
};
use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode},
};
use domain::{decision::Access, key::Permission, refusal::Refusal};
use std::sync::Arc;

const GATEWAY_KEY: &str = "x-latchkey-gateway-key";
/// Where a proxy before an MCP server names it. A client that sends it itself only narrows what its key may.
const SERVER: &str = "x-latchkey-server";
/// Where proxies put the method of the request at hand.
const METHOD_HEADERS: [&str; 2] = ["x-forwarded-method", "x-original-method"];
/// What the service behind the proxy is told: key, owner's e-mail, workspace, environment, permission.
const IDENTITY: [HeaderName; 5] = [
    HeaderName::from_static("x-latchkey-key"),
    HeaderName::from_static("x-latchkey-owner"),
    HeaderName::from_static("x-latchkey-workspace"),
    HeaderName::from_static("x-latchkey-environment"),
    HeaderName::from_static("x-latchkey-permission"),
];

pub(super) async fn forward_auth(exchange: &Exchange<'_>) -> Outcome {
    let Exchange { begun, latchkey, id, peer, head } = exchange;
    let passed = pass(latchkey, *peer, &head.method, &head.headers).await;
    latchkey.decided(Surface::ForwardAuth, *begun);
    match passed {
        Ok(key) => Outcome { code: Code::Valid, response: identity(&key) },
        // Every proxy knows 401 and 403. nginx turns any other refusal into a 500, so only what a client must be able to tell
        // from them is another: money is over (402), wait (429), and nobody can decide (503).
        Err((Denied { refusal: Refusal::InvalidRequest, .. }, given)) => refuse(Refusal::Unauthorized, given, id),
        Err((denied, given)) => refuse(denied, given, id),
    }
}

/// The client's key, if the request may pass; else why not, and whether a credential was given.
async fn pass(
    latchkey: &Latchkey,
    peer: Peer,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Arc<Record>, (Denied, bool)> {
    let mut given = headers.get_all(GATEWAY_KEY).iter();
    let text = match (given.next(), given.next()) {
        (Some(value), None) => value.to_str().unwrap_or_default().trim(),
        (None, _) => return Err((Refusal::Unauthorized.into(), false)),
        (Some(_), Some(_)) => return Err((Refusal::InvalidRequest.into(), true)),
    };
    // `X-Forwarded-For` speaks of the proxy's client here: the proxy itself is who holds the connection.
    let proxy = Bearer { ip: peer.0, agent: agent(headers), in_url: false };
    let question =
        Question { surface: Surface::ForwardAuth.name(), access: None, bearer: proxy, mcp: None, model: None };
    let gateway = latchkey.verify_gateway(text, question).await.map_err(|denied| (denied, true))?;
    let text = credential(headers).map_err(|refusal| (refusal.into(), true))?;
    let text = text.ok_or((Refusal::Unauthorized.into(), false))?;
    let key = latchkey.identify(text).await.map_err(|denied| (denied, true))?;
    if key.workspace().id != gateway.workspace().id {
        return Err((Refusal::Unauthorized.into(), true));
    }
    let ip = named_by_gateway(peer, headers, &latchkey.config.trusted_proxies);
    let access = Some(access(method, headers));
    let question = Question {
        surface: Surface::ForwardAuth.name(),
        access,
        bearer: Bearer { ip, ..proxy },
        mcp: None,
        model: None,
    };
    let mut servers = headers.get_all(SERVER).iter();
    let judged = match (servers.next(), servers.next()) {
        (None, _) => latchkey.judge(key, question),
        (Some(server), None) => {
            // In a box, so that requests that name none stay small.
            Box::pin(latchkey.judge_at(key, (server.to_str().unwrap_or_default(), None), question)).await
        }
        (Some(_), Some(_)) => Err(Refusal::InvalidRequest.into()),
    };
    judged.map(|admitted| admitted.key).map_err(|denied| (denied, true))
}

/// A request reads if its method is safe (RFC 9110 §9.2.1; TRACE is never let through as such). Caddy, Traefik and nginx ask
/// with GET and name the original method in one of the headers; Envoy asks with the original one. A header that the proxy
/// does not set itself comes from the client, so every method that is named, the proxy's own too, has to be a safe one.
fn access(method: &Method, headers: &HeaderMap) -> Access {
    let named = METHOD_HEADERS.iter().flat_map(|name| headers.get_all(*name));
    let mut methods = named.map(|value| value.to_str().unwrap_or_default()).chain([method.as_str()]);
    if methods.all(|name| matches!(name, "GET" | "HEAD" | "OPTIONS")) { Access::Read } else { Access::Write }
}

/// Who it is, for the service behind the proxy.
fn identity(key: &Record) -> Response<Whole> {
    let permission = match key.facts.effective_permission() {
        Permission::ReadOnly => "read_only",
        Permission::ReadWrite => "read_write",
    };
    let facts = [key.id.as_str(), &key.owner().email, &key.workspace().slug, &key.environment, permission];
    // One piece of memory for all of them.
    let text = Bytes::from(facts.concat());
    let mut response = whole(StatusCode::NO_CONTENT, Bytes::new());
    let mut begin = 0;
    for (name, fact) in IDENTITY.into_iter().zip(facts) {
        let end = begin + fact.len();
        // An e-mail may hold letters beyond ASCII: header values take their bytes.
        if let Ok(value) = HeaderValue::from_maybe_shared(text.slice(begin..end)) {
            response.headers_mut().insert(name, value);
        }
        begin = end;
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_original_method_decides() {
        let ask = |method: &str, header: Option<(&'static str, &'static str)>| {
            let headers = header.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            access(&method.parse().unwrap(), &headers)
        };
        assert_eq!(ask("GET", None), Access::Read);
        assert_eq!(ask("POST", None), Access::Write);
        assert_eq!(ask("GET", Some(("x-forwarded-method", "DELETE"))), Access::Write);
        assert_eq!(ask("GET", Some(("x-original-method", "PATCH"))), Access::Write);
        assert_eq!(ask("GET", Some(("x-original-method", "HEAD"))), Access::Read);
        assert_eq!(ask("GET", Some(("x-original-method", "get"))), Access::Write, "methods are case-sensitive");
        assert_eq!(ask("GET", Some(("x-original-method", ""))), Access::Write);
        assert_eq!(ask("TRACE", None), Access::Write);
        assert_eq!(ask("DELETE", Some(("x-forwarded-method", "GET"))), Access::Write, "the client's own header");
    }
}
