//! One call to the providers of its model, in their order, until one answers. Another is tried only as long as nothing of an
//! answer has gone out.

use super::{
    ANSWER_MOST, again,
    bill::Bill,
    patience::{Cut, in_time},
    reading,
    repeats::ApiKey,
    watch::Watch,
};
use crate::{
    models::HeldProvider,
    upstream::{Refused, chain, is_private},
};
use axum::{
    body::Bytes,
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE},
    },
};
use domain::{
    model::{Endpoint, Failure},
    refusal::Refusal,
};
use futures::StreamExt;
use http_body_util::BodyDataStream;
use reqwest::Response;
use serde::de::IgnoredAny;
use std::time::Duration;
use tokio::time::Instant;

/// Headers of a client that say how a call is to be understood; all others end here.
const PASSING: [HeaderName; 3] = [ACCEPT, ACCEPT_LANGUAGE, HeaderName::from_static("openai-beta")];

/// What goes to a provider.
pub(super) struct Call<'a> {
    pub endpoint: Endpoint,
    pub headers: &'a HeaderMap,
    pub body: Bytes,
    /// When the call is over, whatever is under way.
    pub end: Instant,
}

/// What a provider answers.
pub(super) enum Answer {
    /// All of it.
    Whole(Whole),
    /// A stream of events.
    Stream(Begun),
}

/// A stream of which something has come.
pub(super) struct Begun {
    pub first: Bytes,
    /// Without the answer's head: it would keep the whole of what was read with it for as long as the stream is open.
    pub rest: BodyDataStream<reqwest::Body>,
    /// How long it may be silent.
    pub patience: Duration,
    /// What no error in it may say.
    pub api_key: ApiKey,
}

pub(super) struct Whole {
    pub status: StatusCode,
    /// What it says about trying again.
    pub again: HeaderMap,
    /// JSON.
    pub body: Bytes,
}

/// Why a provider's answer is none for the client.
enum Miss {
    /// The key may not any more.
    Stopped(Refusal),
    /// Another one may do better. `whole` is what the client gets if there is none.
    Next { failure: Failure, may_have_cost: bool, whole: Option<Whole> },
}

/// Tries providers in turn.
pub(super) async fn send(
    watch: &mut Watch,
    providers: &[&HeldProvider],
    call: &Call<'_>,
    bill: &mut Bill,
) -> Result<Answer, Failure> {
    let mut last = Err(Failure::UpstreamUnavailable);
    for held in providers {
        // Nothing leaves for a key that may not: the one before took its time.
        watch.holds().await.map_err(Failure::Refused)?;
        // Nor beyond its cap: the one before may charge what was held.
        if bill.hold_again(&watch.key).await.is_err() {
            break;
        }
        bill.asks(&held.as_ref().slug);
        match ask(watch, held, call).await {
            Ok(answer) => {
                bill.answered_by(&held.as_ref().slug);
                return Ok(answer);
            }
            Err(Miss::Stopped(refusal)) => {
                bill.may_have_cost();
                return Err(Failure::Refused(refusal));
            }
            Err(Miss::Next { failure, may_have_cost, whole }) => {
                if may_have_cost {
                    bill.may_have_cost();
                }
                last = whole.map(Answer::Whole).ok_or(failure);
            }
        }
        if Instant::now() >= call.end {
            break;
        }
    }
    last
}

/// Asks one.
async fn ask(watch: &mut Watch, held: &HeldProvider, call: &Call<'_>) -> Result<Answer, Miss> {
    let settings = &held.as_ref().settings;
    let url = format!("{}/{}", settings.url, call.endpoint.path());
    let client = watch.latchkey.upstreams.client_for(&url).map_err(|refused| {
        let why = match refused {
            Refused::Private => "its address is private, and LATCHKEY_ALLOW_PRIVATE_UPSTREAMS is not set",
            Refused::Address => "its address is none",
            Refused::NoClient => "this machine makes no connections outward",
        };
        away(held, why, false)
    })?;
    let authorization = held.authorization().map_err(|_| away(held, "its API key can't be opened", false))?;
    let mut headers: HeaderMap =
        PASSING.iter().filter_map(|name| call.headers.get(name).map(|value| (name.clone(), value.clone()))).collect();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.extend(authorization.map(|value| (AUTHORIZATION, value)));
    let sending = client.post(url).headers(headers).body(call.body.clone()).send();
    let patience = Duration::from_secs(settings.timeout.into());
    let answer = in_time(watch, patience, call.end, sending).await.map_err(|cut| cut_off(held, cut))?;
    let answer = answer.map_err(|error| {
        if is_private(&error) {
            let why = "its name leads to a private address, and LATCHKEY_ALLOW_PRIVATE_UPSTREAMS is not set";
            return away(held, why, false);
        }
        let may_have_cost = !error.is_connect();
        broken(held, error, may_have_cost)
    })?;
    let status = answer.status();
    // None was asked for, and what is packed can't be counted.
    if answer.headers().contains_key(CONTENT_ENCODING) {
        return Err(away(held, "it packed its answer, though it was not asked to", true));
    }
    if status == StatusCode::OK && is(&answer, "text/event-stream") {
        return begun(watch, held, answer, patience, call.end).await;
    }
    let whole = collect(watch, held, answer, patience, call.end).await?;
    judged(held, whole).await
}

/// A stream is an answer once something of it has come: until then another provider can still be asked.
async fn begun(
    watch: &mut Watch,
    held: &HeldProvider,
    answer: Response,
    patience: Duration,
    end: Instant,
) -> Result<Answer, Miss> {
    let mut rest = BodyDataStream::new(reqwest::Body::from(answer));
    loop {
        match in_time(watch, patience, end, rest.next()).await.map_err(|cut| cut_off(held, cut))? {
            Some(Ok(first)) if first.is_empty() => {}
            Some(Ok(first)) => {
                return Ok(Answer::Stream(Begun { first, rest, patience, api_key: ApiKey::of(held) }));
            }
            Some(Err(error)) => return Err(broken(held, error, true)),
            None => return Err(away(held, "its stream ended before anything had come", true)),
        }
    }
}

/// All of an answer.
async fn collect(
    watch: &mut Watch,
    held: &HeldProvider,
    mut answer: Response,
    patience: Duration,
    end: Instant,
) -> Result<Whole, Miss> {
    let (status, again) = (answer.status(), again::of(answer.headers()));
    let worked = status.is_success();
    let mut body = Vec::new();
    loop {
        let piece = in_time(watch, patience, end, answer.chunk()).await.map_err(|cut| cut_off(held, cut))?;
        let Some(piece) = piece.map_err(|error| broken(held, error, worked))? else { break };
        if body.len() + piece.len() > ANSWER_MOST {
            return Err(away(held, "its answer is larger than what is held", worked));
        }
        body.extend_from_slice(&piece);
    }
    Ok(Whole { status, again, body: body.into() })
}

/// Which answers are the client's: what it asked for, and what is wrong with its request. What is wrong between Latchkey and a
/// provider is the administrator's matter, and would only mislead.
async fn judged(held: &HeldProvider, whole: Whole) -> Result<Answer, Miss> {
    let status = whole.status;
    let api_key = ApiKey::of(held);
    let read = reading::read(&whole.body, move |body| {
        let is_json = serde_json::from_slice::<IgnoredAny>(body).is_ok();
        (is_json, status.is_success() && api_key.is_told_by(body))
    });
    let (is_json, tells_key) = read.await.unwrap_or_default();
    if status.is_success() {
        return match () {
            () if !is_json => Err(away(held, "its answer is no JSON", true)),
            () if tells_key => Err(away(held, "its error repeats its API key", true)),
            () => Ok(Answer::Whole(whole)),
        };
    }
    let why = match status.as_u16() {
        400 | 404 | 409 | 413 | 415 | 422 | 429 if !is_json => "its error is no JSON",
        // What it repeats of its API key is for nobody.
        400 | 404 | 409 | 413 | 415 | 422 | 429 if held.is_in(&String::from_utf8_lossy(&whole.body)) => {
            "its error repeats its API key"
        }
        400 | 404 | 409 | 413 | 415 | 422 => return Ok(Answer::Whole(whole)),
        429 => {
            log(held, "it takes no more requests at the moment");
            let failure = Failure::UpstreamUnavailable;
            return Err(Miss::Next { failure, may_have_cost: false, whole: Some(whole) });
        }
        401 | 403 => "it wants another API key",
        402 => "its account has no credit left",
        408 | 504 => "it took too long by itself",
        300..=399 => "it leads to another address, which is not followed",
        500.. => "it failed by itself",
        _ => "it answered as no OpenAI-compatible API does",
    };
    tracing::warn!(provider = held.as_ref().slug, status = status.as_u16(), why, "a provider of models did not answer");
    Err(Miss::Next { failure: Failure::UpstreamUnavailable, may_have_cost: false, whole: None })
}

/// Whether an answer says that it is of that kind.
fn is(answer: &Response, media: &str) -> bool {
    let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(media)
}

fn cut_off(held: &HeldProvider, cut: Cut) -> Miss {
    match cut {
        Cut::Stopped(refusal) => Miss::Stopped(refusal),
        Cut::Slow => {
            log(held, "it did not answer in time");
            Miss::Next { failure: Failure::UpstreamTimeout, may_have_cost: true, whole: None }
        }
    }
}

fn broken(held: &HeldProvider, error: reqwest::Error, may_have_cost: bool) -> Miss {
    // Without the address: it may hold a credential.
    let error = chain(&error.without_url());
    tracing::warn!(provider = held.as_ref().slug, error, "a provider of models can't be reached, or broke off");
    Miss::Next { failure: Failure::UpstreamUnavailable, may_have_cost, whole: None }
}

fn away(held: &HeldProvider, why: &str, may_have_cost: bool) -> Miss {
    log(held, why);
    Miss::Next { failure: Failure::UpstreamUnavailable, may_have_cost, whole: None }
}

fn log(held: &HeldProvider, why: &str) {
    tracing::warn!(provider = held.as_ref().slug, why, "a provider of models did not answer");
}
