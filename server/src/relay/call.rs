//! One call's walk, from the client's head to a provider's answer. Called by `door`; what comes before a provider is asked is done
//! by `ready`.

use super::{
    LONGEST,
    bill::Bill,
    events::Events,
    guard::Guard,
    list::identified,
    ready::{Asked, Ready},
    stream::{Counting, Streaming},
    tell::Teller,
    understood::Understood,
    upstream::{Answer, Call, Whole, send},
    watch::{Watch, question},
};
use crate::{Client, Latchkey, http::RequestId, relay::count::Tally, samples::Taken, surface::Code};
use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::Response,
};
use domain::model::{Endpoint, Failure};
use tokio::time::Instant;

/// What the log says of a call that a provider refused, in words that went on to the client.
const REFUSED: &str = "UPSTREAM_REFUSED";
/// Keeps nginx from holding a stream back.
const BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Answers in `Err` too: each step may be the last.
pub(super) async fn call(
    latchkey: Latchkey,
    id: &RequestId,
    client: Client,
    endpoint: Endpoint,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Response> {
    let teller = Teller { id };
    let failed = |failure: &Failure| teller.failed(failure);
    let end = Instant::now() + LONGEST;
    let key = identified(&latchkey, teller, headers).await?;
    // Its rate too, before a body is read: who may not is not listened to for long, and nothing that is read goes uncounted.
    let judged = latchkey.judge_first(&key, question(&client, None)).map_err(|denied| teller.denied(denied, true))?;
    let mut bill = Bill::open(&latchkey, judged, endpoint);
    let ready = match Ready::make(Asked { latchkey, key, client, endpoint, headers }, body, &mut bill).await {
        Ok(ready) => ready,
        Err(failure) => {
            bill.refused(&failure).await;
            return Err(failed(&failure));
        }
    };
    let Ready { mut watch, guard, models, understood } = ready;
    let Understood { streams, on, hides_usage, .. } = understood;
    let providers = models.providers_for(&watch.model);
    // What goes to a provider from here on, as it goes.
    bill.sample(Taken::begin(&watch.latchkey, models.sampling, &watch.key, &watch.model, &on));
    let call = Call { endpoint, headers, body: on, end };
    let answer = match send(&mut watch, &providers, &call, &mut bill).await {
        Ok(answer) => answer,
        Err(failure) => {
            if bill.asked_nobody() {
                bill.refused(&failure).await;
            } else {
                bill.unanswered(failure.code()).await;
            }
            return Err(failed(&failure));
        }
    };
    match answer {
        Answer::Whole(whole) => {
            // What is not streamed was asked for with the usage in it.
            let tally = Tally::of_answer(endpoint, &whole.body).await;
            let worked = whole.status.is_success();
            let mut guarded = answer_of(whole, guard, &watch, &mut bill).await;
            // What does not go out is not written down as if it did.
            if let Err(refusal) = watch.holds().await {
                bill.outcome(refusal.code());
                guarded = Err(Failure::Refused(refusal));
            }
            match &guarded {
                Ok(whole) => bill.passes(&whole.body),
                Err(failure) => bill.passes(&teller.body(failure)),
            }
            if worked {
                bill.answered(tally).await;
            } else {
                bill.unanswered(guarded.as_ref().map_or_else(Failure::code, |_| REFUSED)).await;
            }
            // Nothing passes once the key may not.
            watch.holds().await.map_err(|refusal| failed(&Failure::Refused(refusal)))?;
            Ok(told(guarded.map_err(|failure| failed(&failure))?))
        }
        Answer::Stream(begun) => {
            bill.streams();
            let guard = match guard.map(Guard::stream) {
                Some(Ok(stream)) => Some(Box::new(stream)),
                Some(Err(guard)) => {
                    guard.outcome(&watch).into_iter().for_each(|outcome| bill.outcome(outcome));
                    None
                }
                None => None,
            };
            let (id, counting) = (id.clone(), Counting::new(bill));
            let hides_usage = hides_usage && streams;
            let stream =
                Streaming { begun, watch, id, endpoint, hides_usage, guard, end, events: Events::default(), counting };
            Ok(streamed(stream))
        }
    }
}

/// An answer as its key's guardrail lets it pass.
async fn answer_of(whole: Whole, guard: Option<Guard>, watch: &Watch, bill: &mut Bill) -> Result<Whole, Failure> {
    let Some(mut guard) = guard else { return Ok(whole) };
    let judged = guard.answer(&whole.body).await;
    match (guard.outcome(watch), &judged) {
        (Some(outcome), _) => bill.outcome(outcome),
        (None, Err(failure)) => bill.outcome(failure.code()),
        (None, Ok(_)) => {}
    }
    Ok(Whole { body: judged?.unwrap_or(whole.body), ..whole })
}

/// A provider's answer, which nobody keeps.
fn told(whole: Whole) -> Response {
    let mut told = Response::new(Body::from(whole.body));
    *told.status_mut() = whole.status;
    let headers = told.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.extend(whole.again);
    told.extensions_mut().insert(Code::Valid);
    told
}

fn streamed(stream: Streaming) -> Response {
    let mut told = Response::new(stream.into_body());
    let headers = told.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(BUFFERING, HeaderValue::from_static("no"));
    told
}
