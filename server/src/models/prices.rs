//! What models cost in a workspace: set from now or from a day to come, taken back before it begins. What has held stays, so
//! that what a request cost can always be told.

use crate::{
    Error,
    auth::{Grant, ManageModels},
};
use domain::{
    field::{FieldError, Fields},
    model::{self, Dated, ModelName, Price},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use store::{ModelPrice, PricedModel};

/// Models that a page shows at once, and prices of one model.
const PAGE: usize = 50;

/// A price's form as it was sent: text, nothing checked. Amounts are dollars a million tokens.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RawPrice {
    /// The model.
    pub model: String,
    /// What input costs.
    pub input_price: String,
    /// What input costs that the provider has in its cache; empty for as much.
    pub cached_input_price: String,
    /// What output costs.
    pub output_price: String,
    /// The day it begins; empty for now.
    pub from: String,
}

/// A model with its prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricedView {
    /// The model.
    pub model: ModelName,
    /// The price that holds; `None` if the first is still to come.
    pub now: Option<Dated<Price>>,
    /// Those to come, the earliest first.
    pub ahead: Vec<Dated<Price>>,
}

/// One page of models that have prices, by name.
#[derive(Clone, Debug)]
pub struct PriceList {
    /// The models.
    pub models: Vec<PricedView>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// One page of a model's prices, the latest first.
#[derive(Clone, Debug)]
pub struct PriceHistory {
    /// The prices.
    pub prices: Vec<Dated<Price>>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// A model's name, as a form has it.
pub(super) fn model(text: &str) -> Result<ModelName, FieldError> {
    ModelName::parse(text).map_err(|why| FieldError::new("model", format!("Model {why}")))
}

/// Sets what a model costs from a moment on, whichever provider answers. The next request meets it.
pub async fn set_price(grant: &Grant<ManageModels>, raw: &RawPrice) -> Result<(), Error> {
    let now = grant.caller().latchkey().now();
    let mut fields = Fields::default();
    let model = fields.take(model(&raw.model));
    let from = fields.take(model::price_start(&raw.from, now));
    let (value, wrong) = match Price::check(&raw.input_price, &raw.cached_input_price, &raw.output_price) {
        Ok(value) => (Some(value), Vec::new()),
        Err(wrong) => (None, wrong),
    };
    for error in wrong {
        fields.take::<()>(Err(error));
    }
    let checked = (|| Some((model?, from?, value?)))();
    let (model, from, value) = fields.finish(checked)?;
    let price = ModelPrice { model, price: Dated { from, value } };
    let event = super::event(grant, "price.set", price.model.as_str(), &said(&price));
    let done = super::store(grant).insert_price(&grant.workspace().id, &price, now, &event).await;
    done.map_err(|error| {
        let message =
            "A price of this model begins at that very moment already. Take that one back, or choose another day.";
        Error::taken(error, "from", message)
    })
}

/// The model, its price and when it begins, for the audit log.
fn said(price: &ModelPrice) -> String {
    let ModelPrice { model, price: Dated { from, value } } = price;
    let Price { input, cached_input, output } = value;
    format!("{model}: ${input} in, ${cached_input} cached, ${output} out a million tokens, from {}", from.human())
}

/// One page of models that have prices, by name beyond `after`.
pub async fn prices(grant: &Grant<ManageModels>, after: &str) -> Result<PriceList, Error> {
    let now = grant.caller().latchkey().now();
    // What is no name begins at the first page, as for all lists.
    let after = ModelName::parse(after).ok();
    let page = super::store(grant).price_page(&grant.workspace().id, after.as_ref(), PAGE, now).await?;
    let view = |PricedModel { model, prices }| {
        let (begun, ahead): (Vec<_>, Vec<_>) = prices.into_iter().partition(|dated: &Dated<Price>| dated.from <= now);
        PricedView { model, now: begun.last().copied(), ahead }
    };
    Ok(PriceList { models: page.models.into_iter().map(view).collect(), next: page.next.map(String::from) })
}

/// One page of a model's prices, the latest first; `before` is what the page before said.
pub async fn price_history(grant: &Grant<ManageModels>, model: &str, before: &str) -> Result<PriceHistory, Error> {
    let model = ModelName::parse(model).map_err(|_| Error::NotFound)?;
    let before = Timestamp(before.trim().parse().unwrap_or(i64::MAX));
    let mut prices = super::store(grant).prices_of(&grant.workspace().id, &model, before, PAGE + 1).await?;
    let more = prices.len() > PAGE;
    prices.truncate(PAGE);
    let next = prices.last().filter(|_| more).map(|dated| dated.from.0.to_string());
    Ok(PriceHistory { prices, next })
}

/// Takes a price back that has not begun; `from` is its first moment in Unix milliseconds.
pub async fn remove_price(grant: &Grant<ManageModels>, model: &str, from: &str) -> Result<(), Error> {
    let model = ModelName::parse(model).map_err(|_| Error::NotFound)?;
    let from = Timestamp(from.trim().parse().map_err(|_| Error::NotFound)?);
    let now = grant.caller().latchkey().now();
    let what = format!("{model}, from {}", from.human());
    let event = super::event(grant, "price.remove", model.as_str(), &what);
    let done = super::store(grant).remove_price(&grant.workspace().id, &model, from, now, &event).await;
    done.map_err(|error| match error {
        store::Error::Changed => Error::Forbidden(
            "This price has begun: requests were counted by it, and it stays in the list. Set another one from now on."
                .into(),
        ),
        other => other.into(),
    })
}
