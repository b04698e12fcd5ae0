//! `GET /v1/models` and `GET /v1/models/{model}`: the models that some provider of the workspace has and the key may use.

use super::{tell::Teller, watch::question};
use crate::{
    Client, Latchkey,
    http::{self, credential},
    models::HeldModels,
    surface::Code,
    verify::Record,
};
use axum::{
    http::{HeaderMap, StatusCode},
    response::Response,
};
use domain::{
    model::{Failure, ModelName},
    refusal::Refusal,
    time::Timestamp,
};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use std::sync::Arc;

/// OpenAI's form of a list.
#[derive(Serialize)]
struct List<'a> {
    object: &'static str,
    data: Vec<Entry<'a>>,
}

/// OpenAI's form of a model.
#[derive(Serialize)]
struct Entry<'a> {
    id: &'a str,
    object: &'static str,
    /// When it was made, in seconds; providers' lists are not kept, and nobody here knows.
    created: i64,
    owned_by: &'a str,
}

impl<'a> Entry<'a> {
    fn new(model: &'a ModelName, key: &'a Record) -> Self {
        Self { id: model.as_str(), object: "model", created: 0, owned_by: &key.workspace().slug }
    }
}

/// The models that some provider has and the key may use: with a spend cap those whose cost can be counted.
fn usable<'a>(models: &'a HeldModels, key: &'a Record, now: Timestamp) -> impl Iterator<Item = &'a ModelName> {
    let counts = move |name: &&ModelName| key.facts.spend.is_none() || models.price(name, now).is_some();
    models.names().filter(|name| key.facts.models.reaches(name)).filter(counts)
}

/// All of them.
pub(super) async fn all(
    latchkey: &Latchkey,
    teller: Teller<'_>,
    client: &Client,
    headers: &HeaderMap,
) -> Result<Response, Response> {
    let key = identified(latchkey, teller, headers).await?;
    let key = latchkey.judge(key, question(client, None)).map_err(|denied| teller.denied(denied, true))?.key;
    let models = models(latchkey, teller, &key).await?;
    let data = usable(&models, &key, latchkey.now()).map(|name| Entry::new(name, &key));
    Ok(http::json(Code::Valid, StatusCode::OK, &List { object: "list", data: data.collect() }))
}

/// One of them. One that the key may not use is none, as on the list.
pub(super) async fn one(
    latchkey: &Latchkey,
    teller: Teller<'_>,
    client: &Client,
    headers: &HeaderMap,
    name: &str,
) -> Result<Response, Response> {
    let key = identified(latchkey, teller, headers).await?;
    let key = latchkey.judge(key, question(client, None)).map_err(|denied| teller.denied(denied, true))?.key;
    let models = models(latchkey, teller, &key).await?;
    let name = percent_decode_str(name).decode_utf8_lossy();
    let found = usable(&models, &key, latchkey.now()).find(|model| model.as_str() == name);
    let found = found.ok_or_else(|| teller.failed(&Failure::ModelNotFound))?;
    Ok(http::json(Code::Valid, StatusCode::OK, &Entry::new(found, &key)))
}

/// The key that a request carries in its headers.
pub(super) async fn identified(
    latchkey: &Latchkey,
    teller: Teller<'_>,
    headers: &HeaderMap,
) -> Result<Arc<Record>, Response> {
    match credential(headers) {
        Ok(Some(text)) => latchkey.identify(text).await.map_err(|denied| teller.denied(denied, true)),
        Ok(None) => Err(teller.denied(Refusal::Unauthorized.into(), false)),
        Err(refusal) => Err(teller.denied(refusal.into(), true)),
    }
}

/// The providers and prices of the key's workspace.
pub(super) async fn models(latchkey: &Latchkey, teller: Teller<'_>, key: &Record) -> Result<HeldModels, Response> {
    let models = latchkey.models(&key.workspace().id).await;
    models.map_err(|_| teller.failed(&Failure::Refused(Refusal::Unavailable)))
}
