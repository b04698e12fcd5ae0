//! Model traffic: which models a key may use, what a request may cost at most and did cost, what a key may spend, and
//! the forms of OpenAI's API as far as the relay must know them. Asked by the relay on every call, and by the forms of
//! keys, upstreams and prices.
//!
//! One request's way through this module, in the relay's order:
//! 1. [`Request::read`] of the body; [`ModelScope::reaches`] of its model.
//! 2. With a cap: [`price_at`] of the model's prices, [`Request::bounds`], [`largest_cost`], and [`Account::reserve`].
//! 3. To the upstream goes the body with [`Request::add_usage`] applied, if that answers an edit.
//! 4. From the answer: [`usage_of_answer`], or [`usage_of_event`] of every event's data, the last one that says
//!    something, until [`is_last_word`]. Where step 3 changed the body, the client gets of each event what [`client_sees`] leaves of it.
//! 5. [`Reported::or_estimated`], [`Price::cost`] (of the price of step 2), [`Account::settle`], [`Notice::due`].
//! 6. Every refusal on the way is a [`Failure`], and goes out as its [`ErrorBody`].

mod account;
mod ask;
mod bounds;
mod cap;
mod content;
mod edit;
mod elsewhere;
mod endpoint;
mod failure;
pub(crate) mod json;
mod limits;
mod money;
mod name;
mod notice;
mod period;
mod price;
mod provider;
mod refused;
mod request;
mod scope;
mod stream;
mod usage;

pub use account::{Account, NoRoom};
pub use bounds::{Bounds, Ceilings, TEMPLATE, largest_cost};
pub use cap::{Cap, CapState, MOST_CAP, Spend};
pub use content::InputSize;
pub use edit::Edit;
pub use endpoint::Endpoint;
pub use failure::{ErrorBody, Failure};
pub use limits::ModelLimits;
pub use money::MicroUsd;
pub use name::{MODEL_NAME_MOST, ModelName};
pub use notice::Notice;
pub use period::Period;
pub use price::{Dated, MOST_AHEAD, MOST_PRICE, MOST_PRICED, Price, price_at, price_start};
pub use provider::{
    MOST_LISTED, MOST_PROVIDERS, ModelList, Provider, ProviderSettings, api_key, base_url, priority, provider_name,
    provider_slug, providers_for, timeout,
};
pub use refused::BadBody;
pub use request::Request;
pub use scope::{MOST_MODELS, ModelPattern, ModelScope};
pub use stream::{Seen, client_sees};
pub use usage::{Counted, MOST_TOKENS, Reported, Usage, is_finished, is_last_word, usage_of_answer, usage_of_event};
