//! What comes before a provider is asked: a call's body is read and understood, its model judged, its key's guardrail looks at it,
//! and what it may cost is held. Called by `call`, which tells what is refused here and writes it down.

use super::{
    bill::Bill,
    body::read,
    guard::Guard,
    hold::Hold,
    room::in_place_of,
    understood::{Understood, understand},
    watch::{Guarded, Watch},
};
use crate::{Client, Latchkey, models::HeldModels, verify::Record};
use axum::{
    body::{Body, Bytes},
    http::HeaderMap,
};
use domain::{
    decision::decide,
    model::{Bounds, Endpoint, Failure, Price, largest_cost},
    refusal::Refusal,
};
use std::sync::Arc;

/// A call as its head has it; its key was let pass.
pub(super) struct Asked<'a> {
    pub latchkey: Latchkey,
    pub key: Arc<Record>,
    pub client: Client,
    pub endpoint: Endpoint,
    pub headers: &'a HeaderMap,
}

/// A call that may go to a provider, of which there is one.
pub(super) struct Ready {
    pub watch: Watch,
    /// The guardrail of its key, with what it has judged by then.
    pub guard: Option<Guard>,
    pub models: HeldModels,
    /// After the guardrail.
    pub understood: Understood,
}

impl Ready {
    pub async fn make(asked: Asked<'_>, body: Body, bill: &mut Bill) -> Result<Self, Failure> {
        let Asked { latchkey, key, client, endpoint, headers } = asked;
        let body = read(&latchkey.relay_room, headers, body).await?;
        let mut understood =
            understand(endpoint, body.clone(), latchkey.config.ceilings).await.map_err(Failure::BadBody)?;
        bill.model(&understood.model);
        bill.body(body.clone());
        let mut watch = Watch { latchkey, key, client, model: understood.model.clone(), guarded: Guarded::NotYet };
        let verdict = decide(&watch.key.facts, watch.question().asked(), watch.latchkey.now());
        verdict.map_err(Failure::Refused)?;
        let (guard, redacted) = guarded(&mut watch, endpoint, &body, bill).await?;
        if let Some(redacted) = redacted {
            understood = redacted;
        }
        let models = watch.latchkey.models(&watch.key.workspace().id).await;
        let models = models.map_err(|_| Failure::Refused(Refusal::Unavailable))?;
        let price = models.price(&watch.model, watch.latchkey.now());
        bill.price(price);
        if models.providers_for(&watch.model).is_empty() {
            return Err(Failure::ModelNotFound);
        }
        bill.found_model();
        let (not_with_cap, bounds) = (understood.not_with_cap.take(), understood.bounds);
        bill.hold(hold(&watch, price, not_with_cap, bounds).await?, bounds);
        Ok(Self { watch, guard, models, understood })
    }
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
    let redacted = in_place_of(body.clone(), redacted);
    bill.body(redacted.clone());
    let understood = understand(endpoint, redacted, watch.latchkey.config.ceilings).await.map_err(Failure::BadBody)?;
    Ok((Some(guard), Some(understood)))
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
