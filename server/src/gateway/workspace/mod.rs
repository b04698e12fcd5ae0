//! `POST /mcp/{workspace}`: every server that a key reaches behind one URL. Here Latchkey is itself the MCP server (by rmcp,
//! without sessions), and a client of the servers behind it. The walk of a request is the gateway's: whoever asks, and every
//! call, is judged before rmcp sees the message.

mod behind;
mod guard;
mod hub;
mod names;
mod own;

use super::{
    REQUEST_MOST,
    answer::{Asking, blocked, fail, invalid},
    headers::{MISMATCH, fit, is_own_origin},
    judge::{No, call, other},
    message::{Body, Invalid, Message},
    receipt::{Receipt, STOPPED, UPSTREAM},
    sight::Sight,
    watch::Watch,
};
use crate::{
    Client, Latchkey,
    http::{self, Exchange, InUrl, RequestId},
    surface::Code,
    verify::{AskedMcp, Bearer, Judged, Question, Record},
};
use axum::{
    body::Body as HttpBody,
    extract::Request,
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{ALLOW, AUTHORIZATION, CACHE_CONTROL, COOKIE, REFERER},
        request::Parts,
    },
    response::Response,
};
use domain::{
    decision::{Access, AskedServer, may},
    id::ServerId,
    mcp::OWN_SLUG,
    refusal::Refusal,
};
use guard::Guard;
use hub::{Routed, Under};
use std::sync::Arc;

pub(crate) use hub::{HubService, hub};

const NO_SUCH: Invalid = Invalid(-32602, "There is nothing of this name. List what there is again.");
const NO_BATCH: Invalid = Invalid(-32600, "This address takes one message at a time.");
const AWAY: &str = "The MCP server behind this tool can't be reached. Latchkey's log says why.";

pub(crate) async fn workspace(exchange: Exchange) -> Response {
    Box::pin(walk(exchange)).await.unwrap_or_else(|told| told)
}

/// Answers in `Err` too: each step may be the last.
async fn walk(exchange: Exchange) -> Result<Response, Response> {
    let Exchange { latchkey, id, client, request, in_url } = exchange;
    let (mut head, body) = request.into_parts();
    if head.method != Method::POST {
        // Without sessions there is no stream to listen to, and nothing to end.
        let message = "This path takes another method.";
        let mut told = http::error(Code::MethodNotAllowed, message, &id);
        told.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        return Err(told);
    }
    if !is_own_origin(&head.headers, latchkey.public_url()) {
        let message = "Pages of other sites can't use this address.";
        return Err(http::error(Code::OriginNotAllowed, message, &id));
    }
    let shown = match http::shown(&head.headers, &in_url) {
        Ok(Some(shown)) => shown,
        Ok(None) => return Err(http::refuse(Refusal::Unauthorized, false, &id)),
        Err(refusal) => return Err(http::refuse(refusal, true, &id)),
    };
    let key = latchkey.identify(shown.text).await.map_err(|denied| http::refuse(denied, true, &id))?;
    let slug = head.uri.path().strip_prefix("/mcp/").unwrap_or_default();
    if *key.workspace().slug != *slug {
        let message = "There is nothing at this path for this API key.";
        return Err(http::error(Code::NotFound, message, &id));
    }
    let bearer = Bearer { in_url: shown.in_url, ..Bearer::of(&client) };
    let question = Question { surface: "mcp", access: None, bearer, mcp: None, model: None };
    if may(&key.facts, question.asked(), latchkey.now()).is_err()
        && let Err(denied) = latchkey.judge_first(&key, question)
    {
        return Err(http::refuse(denied, true, &id));
    }
    let bytes = http::json_bytes(&head.headers, body, REQUEST_MOST, &id).await?;
    let read = Body::read(&bytes).map_err(|problem| invalid(&problem, &Asking::nobody(), &id))?;
    let asking = Asking::of(&read);
    let [message] = &*read.messages else { return Err(invalid(&NO_BATCH, &asking, &id)) };
    if read.is_batch {
        return Err(invalid(&NO_BATCH, &asking, &id));
    }
    if !fit(&head.headers, &read) {
        let mismatch = Invalid(MISMATCH, "Mcp-Method and Mcp-Name do not say what the body does.");
        return Err(invalid(&mismatch, &asking, &id));
    }
    let walk = Walk { latchkey: &latchkey, id: &id, headers: &head.headers, asking: &asking, key, client };
    let (under, guard, used) = walk.judged(message).await?;
    drop(read);
    let mut receipt = Receipt::new(&latchkey, vec![used]);
    shorten(&mut head, &in_url);
    head.extensions.insert(Arc::clone(&under));
    let request = Request::from_parts(head, HttpBody::from(bytes));
    let answered = guard.while_it_holds(latchkey.hub.handle(request)).await;
    match answered {
        Ok(response) => {
            receipt.came_to(under.outcome());
            let mut response = response.map(HttpBody::new);
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            Ok(response)
        }
        Err(refusal) => {
            receipt.came_to(STOPPED);
            Err(http::refuse(refusal, true, &id))
        }
    }
}

/// What rmcp keeps of a request, and may say in a log: no credential.
fn shorten(head: &mut Parts, in_url: &InUrl) {
    for name in [AUTHORIZATION.as_str(), "x-api-key", COOKIE.as_str(), REFERER.as_str()] {
        head.headers.remove(name);
    }
    in_url.leave(&mut head.headers);
}

/// A request whose key and message are known.
struct Walk<'a> {
    latchkey: &'a Latchkey,
    id: &'a RequestId,
    headers: &'a HeaderMap,
    asking: &'a Asking,
    key: Arc<Record>,
    client: Client,
}

impl Walk<'_> {
    /// Judges a message: what it is about, who looks whether the key still may, and the use to write down.
    async fn judged(self, message: &Message<'_>) -> Result<(Arc<Under>, Guard, Judged), Response> {
        let routed = match message.method.as_deref() {
            Some("tools/call" | "prompts/get") => Some(message.name.as_deref().and_then(names::split)),
            Some("resources/read") => Some(message.name.as_deref().and_then(names::split_uri)),
            _ => None,
        };
        let guard = Guard::new(self.latchkey, &self.key, &self.client);
        let under = |routed| Arc::new(Under::new(self.latchkey, &self.key, &self.client, routed));
        match routed {
            Some(None) => Err(invalid(&NO_SUCH, self.asking, self.id)),
            Some(Some((OWN_SLUG, name))) => {
                if !message.is("tools/call") || !own::is_one(name) {
                    return Err(invalid(&NO_SUCH, self.asking, self.id));
                }
                // They only read.
                let question = Question { access: Some(Access::Read), ..self.question() };
                let judged = self.latchkey.judge_first(&self.key, question);
                let used = judged.map_err(|denied| self.refused(No::Denied(denied)))?;
                Ok((under(Routed::Own(name.into())), guard, used))
            }
            Some(Some((slug, name))) => {
                let (watch, used) = self.routed(message, slug, name).await?;
                let under = under(Routed::Behind(Arc::clone(&watch.target), name.into()));
                Ok((under, guard.with(watch), used))
            }
            None => {
                let used = other(self.latchkey, &self.key, self.question(), message).map_err(|no| self.refused(no))?;
                Ok((under(Routed::All), guard, used))
            }
        }
    }

    /// Judges a message for one server.
    async fn routed(&self, message: &Message<'_>, slug: &str, name: &str) -> Result<(Watch, Judged), Response> {
        let unavailable = |_| http::refuse(Refusal::Unavailable, true, self.id);
        let Some(target) = self.latchkey.target(&self.key, slug).await.map_err(unavailable)? else {
            let nobody = ServerId::from_text("");
            let server = AskedServer { id: &nobody, open_to_owner: false };
            let question = Question { mcp: Some(AskedMcp { slug, server, tool: None }), ..self.question() };
            let judged = self.latchkey.judge_first(&self.key, question);
            let refusal = judged.err().map_or(Refusal::ServerNotAllowed, |denied| denied.refusal);
            return Err(blocked(self.headers, self.asking, refusal, self.id));
        };
        let firewall = self.latchkey.firewall(&self.key).await.map_err(unavailable)?;
        let sight = Sight::new(self.key.facts.effective_permission(), &target, firewall);
        let (latchkey, key, client) = (self.latchkey.clone(), Arc::clone(&self.key), self.client.clone());
        let watch = Watch { latchkey, key, target, sight, client };
        let judged = if message.is("tools/call") {
            call(&watch, name).await
        } else {
            other(self.latchkey, &self.key, watch.question(), message)
        };
        Ok((watch, judged.map_err(|no| self.refused(no))?))
    }

    fn question(&self) -> Question<'_> {
        Question { surface: "mcp", access: None, bearer: Bearer::of(&self.client), mcp: None, model: None }
    }

    fn refused(&self, no: No) -> Response {
        match no {
            No::Denied(denied) => match denied.refusal {
                // About what was asked for, and not about the key.
                Refusal::ToolBlocked | Refusal::ReadOnly | Refusal::ServerNotAllowed => {
                    blocked(self.headers, self.asking, denied.refusal, self.id)
                }
                _ => http::refuse(denied, true, self.id),
            },
            No::DoesNotTell(used) => {
                Receipt::new(self.latchkey, used).came_to(UPSTREAM);
                fail(StatusCode::BAD_GATEWAY, self.asking, Code::UpstreamUnavailable, AWAY, self.id)
            }
        }
    }
}
