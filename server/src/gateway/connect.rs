//! `ANY /mcp-connect/{server}`: the walk of one request, from the client's head to the server's answer.

use super::{
    REQUEST_MOST,
    answer::{Asking, blocked, fail, invalid},
    headers::{MISMATCH, SESSION, fit, is_own_origin, to_client, to_server},
    judge::{No, is_about_a_call, judge},
    message::{Body, Invalid},
    receipt::{Receipt, STOPPED, UPSTREAM},
    relay::Relay,
    sight::Sight,
    upstream::{NoAnswer, Sent, send},
    waiting::Waiting,
    watch::{Watch, asked},
};
use crate::{
    http::{self, Exchange, RequestId},
    surface::Code,
    verify::{AskedMcp, Bearer, Denied, Question},
};
use axum::{
    body::{Body as HttpBody, Bytes},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE},
    },
    response::Response,
};
use domain::{
    decision::{AskedServer, may},
    id::ServerId,
    refusal::Refusal,
};

/// Keeps nginx from holding a stream back.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

const AWAY: &str = "The MCP server behind this address can't be reached. Latchkey's log says why.";
const SLOW: &str = "The MCP server behind this address did not answer in time.";
const NO_SESSION: &str = "There is no such session with this API key. Begin a new one.";

pub(crate) async fn connect(exchange: Exchange) -> Response {
    Box::pin(walk(exchange)).await.unwrap_or_else(|told| told)
}

/// Answers in `Err` too: each step may be the last.
async fn walk(exchange: Exchange) -> Result<Response, Response> {
    let Exchange { latchkey, id, client, request, in_url } = exchange;
    let (mut head, body) = request.into_parts();
    let slug = head.uri.path().strip_prefix("/mcp-connect/").unwrap_or_default();
    if ![Method::POST, Method::GET, Method::DELETE].contains(&head.method) {
        let mut told = http::error(Code::MethodNotAllowed, "This path takes another method.", &id);
        told.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, POST, DELETE"));
        return Err(told);
    }
    if !is_own_origin(&head.headers, latchkey.public_url()) {
        let message = "Pages of other sites can't use this address.";
        return Err(http::error(Code::OriginNotAllowed, message, &id));
    }
    let refuse = |denied: Denied| http::refuse(denied, true, &id);
    let shown = match http::shown(&head.headers, &in_url) {
        Ok(Some(shown)) => shown,
        Ok(None) => return Err(http::refuse(Refusal::Unauthorized, false, &id)),
        Err(refusal) => return Err(refuse(refusal.into())),
    };
    let key = latchkey.identify(shown.text).await.map_err(refuse)?;
    let bearer = Bearer { in_url: shown.in_url, ..Bearer::of(&client) };
    in_url.leave(&mut head.headers);
    let unavailable = |_| refuse(Refusal::Unavailable.into());
    let target = latchkey.target(&key, slug).await.map_err(unavailable)?;
    let nobody = ServerId::from_text("");
    let mcp = match &target {
        Some(target) => asked(target),
        // One that is not there is refused as one that the key does not have.
        None => AskedMcp { slug, server: AskedServer { id: &nobody, open_to_owner: false }, tool: None },
    };
    // Before a body is read. What passes here is judged anew with its messages.
    let question = Question { surface: "mcp", access: None, bearer, mcp: Some(mcp), model: None };
    if may(&key.facts, question.asked(), latchkey.now()).is_err()
        && let Err(denied) = latchkey.judge_first(&key, question)
    {
        return Err(refuse(denied));
    }
    let Some(target) = target else { return Err(refuse(Refusal::ServerNotAllowed.into())) };
    let firewall = latchkey.firewall(&key).await.map_err(unavailable)?;
    let sight = Sight::new(key.facts.effective_permission(), &target, firewall);
    let session = session(&latchkey.sessions, &head.headers, key.id, &target.id);
    let session =
        session.map_err(|()| fail(StatusCode::NOT_FOUND, &Asking::nobody(), Code::SessionNotFound, NO_SESSION, &id))?;
    let watch = Watch { latchkey, key, target, sight, client };
    let walk = Walk { id: &id, headers: &head.headers, session, watch };
    if head.method == Method::POST { walk.post(body).await } else { walk.bare(head.method).await }
}

/// The server's session that a client means; `Err` if it is not this key's with this server.
fn session<'a>(
    seal: &super::SessionSeal,
    headers: &'a HeaderMap,
    key: domain::key::KeyId,
    server: &ServerId,
) -> Result<Option<&'a str>, ()> {
    let mut given = headers.get_all(SESSION).iter();
    match (given.next(), given.next()) {
        (None, _) => Ok(None),
        (Some(sealed), None) => {
            let sealed = sealed.to_str().map_err(|_| ())?;
            seal.open(key, server, sealed).map(Some).ok_or(())
        }
        (Some(_), Some(_)) => Err(()),
    }
}

/// A request whose key and server are known.
struct Walk<'a> {
    id: &'a RequestId,
    headers: &'a HeaderMap,
    session: Option<&'a str>,
    watch: Watch,
}

impl Walk<'_> {
    /// A body of messages.
    async fn post(self, body: HttpBody) -> Result<Response, Response> {
        let Self { id, headers, .. } = self;
        let bytes = http::json_bytes(headers, body, REQUEST_MOST, id).await?;
        let body = Body::read(&bytes).map_err(|problem| invalid(&problem, &Asking::nobody(), id))?;
        let asking = Asking::of(&body);
        if !fit(headers, &body) {
            let mismatch = Invalid(MISMATCH, "Mcp-Method and Mcp-Name do not say what the body does.");
            return Err(invalid(&mismatch, &asking, id));
        }
        let uses = match judge(&self.watch, &body).await {
            Ok(uses) => uses,
            Err(No::Denied(denied)) if is_about_a_call(denied.refusal) => {
                return Err(blocked(headers, &asking, denied.refusal, id));
            }
            Err(No::Denied(denied)) => return Err(http::refuse(denied, true, id)),
            Err(No::DoesNotTell(uses)) => {
                Receipt::new(&self.watch.latchkey, uses).came_to(UPSTREAM);
                return Err(fail(StatusCode::BAD_GATEWAY, &asking, Code::UpstreamUnavailable, AWAY, id));
            }
        };
        let lists = body.messages.iter().any(|message| message.is("tools/list"));
        let listens = body.messages.iter().any(|message| message.is("subscriptions/listen"));
        let receipt = Receipt::new(&self.watch.latchkey, uses);
        drop(body);
        self.forward(Method::POST, bytes, receipt, Expected { asking, lists, listens }).await
    }

    /// A stream to listen to, or the end of a session: no message, but a use of the key.
    async fn bare(self, method: Method) -> Result<Response, Response> {
        let used = self.watch.latchkey.judge_first(&self.watch.key, self.watch.question());
        let used = used.map_err(|denied| http::refuse(denied, true, self.id))?;
        let receipt = Receipt::new(&self.watch.latchkey, vec![used]);
        let listens = method == Method::GET;
        self.forward(method, Bytes::new(), receipt, Expected { asking: Asking::nobody(), lists: false, listens }).await
    }

    async fn forward(
        self,
        method: Method,
        body: Bytes,
        mut receipt: Receipt,
        expected: Expected,
    ) -> Result<Response, Response> {
        let Self { id, headers, session, mut watch } = self;
        let Expected { asking, lists, listens } = expected;
        let failed = |no: NoAnswer| match no {
            NoAnswer::Stopped(refusal) => http::refuse(refusal, true, id),
            NoAnswer::Away => fail(StatusCode::BAD_GATEWAY, &asking, Code::UpstreamUnavailable, AWAY, id),
            NoAnswer::Slow => fail(StatusCode::GATEWAY_TIMEOUT, &asking, Code::UpstreamUnavailable, SLOW, id),
        };
        let on = to_server(headers, watch.target.credential.iter().flatten().map(|(name, _)| name).next());
        let answer = send(&mut watch, Sent { method, headers: on, session, body }).await.map_err(|no| {
            receipt.came_to(if matches!(no, NoAnswer::Stopped(_)) { STOPPED } else { UPSTREAM });
            failed(no)
        })?;
        let (status, mut back) = (answer.status(), to_client(answer.headers()));
        if let Some(session) = answer.headers().get(SESSION) {
            let sealed = watch.latchkey.sessions.seal(watch.key.id, &watch.target.id, session.as_bytes());
            if let Some(sealed) = sealed.and_then(|sealed| HeaderValue::from_str(&sealed).ok()) {
                back.insert(SESSION, sealed);
            }
        }
        back.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let kind = back.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let is = |media: &str| kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(media);
        let (is_stream, is_json) = (is("text/event-stream"), is("application/json"));
        if is_stream {
            back.insert(BUFFERING, HeaderValue::from_static("no"));
        }
        if listens && is_stream && status == StatusCode::OK {
            receipt.came_to("");
            receipt.write();
        }
        let narrow = watch.sight.is_narrow();
        let waiting = (is_stream && !listens).then(|| Waiting::new(&asking, id));
        let relay = Relay::new(answer, watch, receipt, is_stream, listens, waiting);
        let body = if is_stream || (is_json && !(lists && narrow)) {
            relay.into_body()
        } else if is_json {
            HttpBody::from(relay.into_cut().await.map_err(failed)?)
        } else {
            // A page, or nothing: no client reads it.
            back.remove(CONTENT_TYPE);
            relay.ended_well();
            HttpBody::empty()
        };
        let mut told = Response::new(body);
        *told.status_mut() = status;
        *told.headers_mut() = back;
        Ok(told)
    }
}

/// What a request's answer is for.
struct Expected {
    asking: Asking,
    /// The answer may hold a list of tools.
    lists: bool,
    /// The answer may go on for hours, and be silent.
    listens: bool,
}
