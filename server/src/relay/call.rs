//! One call's walk, from the client's head to a provider's answer.

use super::{
    LONGEST, REQUEST_MOST,
    bill::Bill,
    guard::Guard,
    hold::Hold,
    list::{identified, models},
    stream::{Counting, Streaming},
    tell::Teller,
    understood::{Understood, understand},
    upstream::{Answer, Call, Whole, send},
    watch::{Guarded, Watch, question},
};
use crate::{
    Client, Latchkey,
    http::{self, Late, RequestId},
    relay::count::Tally,
    samples::Taken,
    surface::Code,
};
use axum::{
    body::{Body, Bytes},
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER},
    },
    response::Response,
};
use domain::{
    decision::may,
    model::{BadBody, Bounds, Endpoint, Failure, Price, largest_cost},
};
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
    let end = Instant::now() + LONGEST;
    let key = identified(&latchkey, teller, headers).await?;
    // Before a body is read. What passes here is judged anew with its model.
    let asked = question(&client, None);
    if may(&key.facts, asked.asked(), latchkey.now()).is_err()
        && let Err(denied) = latchkey.judge_first(&key, asked)
    {
        return Err(teller.denied(denied, true));
    }
    let failed = |failure: &Failure| teller.failed(failure);
    let body = read(headers, body).await.map_err(|failure| failed(&failure))?;
    let understood = understand(endpoint, body.clone(), latchkey.config.ceilings).await;
    let mut understood = understood.map_err(|bad| failed(&Failure::BadBody(bad)))?;
    let mut watch = Watch { latchkey, key, client, model: understood.model.clone(), guarded: Guarded::NotYet };
    let judged = watch.latchkey.judge_first(&watch.key, watch.question());
    let judged = judged.map_err(|denied| teller.denied(denied, true))?;
    let mut bill = Bill::open(&watch.latchkey, judged, endpoint, body.clone());
    let guard = match guarded(&mut watch, endpoint, &body, &mut bill).await {
        Ok((guard, None)) => guard,
        Ok((guard, Some(redacted))) => {
            understood = redacted;
            guard
        }
        Err(failure) => {
            bill.refused(&failure).await;
            return Err(failed(&failure));
        }
    };
    let Understood { streams, not_with_cap, bounds, on, hides_usage, .. } = understood;
    let models = models(&watch.latchkey, teller, &watch.key).await?;
    let providers = models.providers_for(&watch.model);
    let price = models.price(&watch.model, watch.latchkey.now());
    bill.price(price);
    let held = if providers.is_empty() {
        Err(Failure::ModelNotFound)
    } else {
        bill.found_model();
        hold(&watch, price, not_with_cap, bounds).await
    };
    match held {
        Ok(part) => bill.hold(part, bounds),
        Err(failure) => {
            bill.refused(&failure).await;
            return Err(failed(&failure));
        }
    }
    // What goes to a provider from here on, as it goes.
    bill.sample(Taken::begin(&watch.latchkey, models.sampling, &watch.key, &watch.model, &on));
    let call = Call { endpoint, headers, body: on, end };
    let answer = match send(&mut watch, &providers, &call, &mut bill).await {
        Ok(answer) => answer,
        Err(failure) => {
            bill.unanswered(failure.code()).await;
            return Err(failed(&failure));
        }
    };
    match answer {
        Answer::Whole(whole) => {
            // What is not streamed was asked for with the usage in it.
            let tally = Tally::of_answer(endpoint, &whole.body).await;
            let worked = whole.status.is_success();
            let guarded = answer_of(whole, guard, &watch, &mut bill).await;
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
        Answer::Stream(answer, patience, api_key) => {
            let answer = Streaming::body_of(answer);
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
                Streaming { answer, watch, id, endpoint, hides_usage, api_key, guard, patience, end, counting };
            Ok(streamed(stream))
        }
    }
}

/// The body, if it is one that may be read.
async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Failure> {
    let bytes = http::json_bytes_of(headers, body, REQUEST_MOST).await;
    bytes.map_err(|late| match late {
        Late::TooLarge => Failure::BodyTooLarge,
        Late::TooSlow => Failure::BodyTooSlow,
        Late::NoJson => {
            let message = "Send the body as Content-Type: application/json.".into();
            Failure::BadBody(BadBody { param: None, message })
        }
    })
}

/// The guardrail of the call's key, with what it has judged by then; and the request anew, if it was redacted.
async fn guarded(
    watch: &mut Watch,
    endpoint: Endpoint,
    body: &Bytes,
    bill: &mut Bill,
) -> Result<(Option<Guard>, Option<Understood>), Failure> {
    let Some(mut guard) = Guard::of(watch, endpoint).await? else { return Ok((None, None)) };
    let judged = guard.request(body).await;
    if judged.is_err()
        && let Some(outcome) = guard.outcome(watch)
    {
        bill.outcome(outcome);
    }
    let Some(redacted) = judged? else { return Ok((Some(guard), None)) };
    bill.body(redacted.clone());
    let understood = understand(endpoint, redacted, watch.latchkey.config.ceilings).await.map_err(Failure::BadBody)?;
    Ok((Some(guard), Some(understood)))
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

/// Holds what the call may cost, where the key has a cap: without a price nothing could be counted.
async fn hold(
    watch: &Watch,
    price: Option<Price>,
    not_with_cap: Option<Failure>,
    bounds: Bounds,
) -> Result<Option<Hold>, Failure> {
    if watch.key.facts.spend.is_none() {
        return Ok(None);
    }
    if let Some(failure) = not_with_cap {
        return Err(failure);
    }
    let price = price.ok_or(Failure::ModelWithoutPrice)?;
    Hold::take(&watch.latchkey, &watch.key, largest_cost(bounds, price)).await
}

/// A provider's answer, which nobody keeps.
fn told(whole: Whole) -> Response {
    let mut told = Response::new(Body::from(whole.body));
    *told.status_mut() = whole.status;
    let headers = told.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.extend(whole.retry_after.map(|seconds| (RETRY_AFTER, seconds)));
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
