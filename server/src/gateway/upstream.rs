//! One request to a server: sent, awaited as long as the key may, its head judged.

use super::{
    headers::SESSION,
    watch::{LOOK, Watch},
};
use crate::upstream::{Refused, chain, is_private};
use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header::CONTENT_ENCODING},
};
use domain::refusal::Refusal;
use reqwest::Response;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// Why there is no answer to pass on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoAnswer {
    /// The key may not any more.
    Stopped(Refusal),
    /// It can't be reached, or answers what no MCP server does.
    Away,
    /// It took too long.
    Slow,
}

/// What goes to a server.
pub(super) struct Sent<'a> {
    pub method: Method,
    /// What the client's headers come to.
    pub headers: HeaderMap,
    /// The server's own session.
    pub session: Option<&'a str>,
    pub body: Bytes,
}

/// Sends a request and awaits the head of its answer. Dropped, it is cancelled: the connection is closed.
pub(super) async fn send(watch: &mut Watch, sent: Sent<'_>) -> Result<Response, NoAnswer> {
    let (target, patience) = (&watch.target, watch.latchkey.config.patience.upstream);
    let client = watch.latchkey.upstreams.client_for(&target.url).map_err(|refused| {
        let why = match refused {
            Refused::Private => "its address is private, and LATCHKEY_ALLOW_PRIVATE_UPSTREAMS is not set",
            Refused::Address => "its address is none",
            Refused::NoClient => "this machine makes no connections outward",
        };
        away(watch, why)
    })?;
    let Sent { method, mut headers, session, body } = sent;
    if let Some(session) = session.and_then(|session| HeaderValue::from_str(session).ok()) {
        headers.insert(SESSION, session);
    }
    if let Some((name, value)) = target.credential.as_ref().map_err(|why| away(watch, why))? {
        headers.insert(name.clone(), value.clone());
    }
    let mut request = client.request(method, &*target.url).headers(headers);
    if !body.is_empty() {
        request = request.body(body);
    }
    // The last moment before anything leaves: reading the body and asking about tools took their time.
    watch.holds().await.map_err(NoAnswer::Stopped)?;
    let mut sending = Box::pin(request.send());
    let end = Instant::now() + patience;
    let mut look = interval_at(Instant::now() + LOOK, LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let answer = loop {
        tokio::select! {
            answer = &mut sending => break answer,
            _ = look.tick() => {
                watch.holds().await.map_err(NoAnswer::Stopped)?;
                if Instant::now() >= end {
                    log(watch, "it did not begin to answer in time");
                    return Err(NoAnswer::Slow);
                }
            }
        }
    };
    let answer = answer.map_err(|error| {
        if is_private(&error) {
            return away(watch, "its name leads to a private address, and LATCHKEY_ALLOW_PRIVATE_UPSTREAMS is not set");
        }
        // Without the address: it may hold a credential in its query.
        let error = error.without_url();
        tracing::warn!(server = watch.target.slug(), error = chain(&error), "an MCP server can't be reached");
        if error.is_timeout() { NoAnswer::Slow } else { NoAnswer::Away }
    })?;
    judged(watch, answer)
}

/// Which answers pass: those that an MCP server gives to what a client sent. A server that wants another credential, fails or
/// leads elsewhere is the administrator's matter, and would only mislead the client.
fn judged(watch: &Watch, answer: Response) -> Result<Response, NoAnswer> {
    const CLIENTS: [u16; 11] = [400, 404, 405, 406, 409, 410, 412, 413, 415, 422, 429];
    let status = answer.status();
    if !matches!(status, StatusCode::OK | StatusCode::ACCEPTED | StatusCode::NO_CONTENT)
        && !CLIENTS.contains(&status.as_u16())
    {
        let why = match status.as_u16() {
            401 | 403 => "it wants another credential",
            300..=399 => "it leads to another address, which is not followed",
            500.. => "it failed by itself",
            _ => "it answered as no MCP server does",
        };
        tracing::warn!(
            server = watch.target.slug(),
            status = status.as_u16(),
            why,
            "an MCP server's answer is not passed on"
        );
        return Err(NoAnswer::Away);
    }
    // None was asked for, and what is packed can't be looked through.
    if answer.headers().contains_key(CONTENT_ENCODING) {
        return Err(away(watch, "it packed its answer, though it was not asked to"));
    }
    Ok(answer)
}

fn away(watch: &Watch, why: &str) -> NoAnswer {
    log(watch, why);
    NoAnswer::Away
}

/// Says why a server did not answer.
pub(super) fn log(watch: &Watch, why: &str) {
    tracing::warn!(server = watch.target.slug(), why, "an MCP server is not reached");
}

/// The most that is waited for a server's next word, where it owes one.
pub(super) fn patience(watch: &Watch) -> Duration {
    watch.latchkey.config.patience.upstream
}
