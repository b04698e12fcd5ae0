//! Use-cases about model traffic: providers of models (registering, editing, asking them for their models), what models cost,
//! and where a request for a model goes. Called by the console; the relay reads what `held` keeps in memory.

mod ask;
mod change;
mod held;
mod prices;
mod register;
mod show;

pub use ask::{Asked, ask};
pub use change::{choose, edit, enable, remove};
pub(crate) use held::{Held, HeldModels, HeldProvider};
pub use prices::{PriceHistory, PriceList, PricedView, RawPrice, price_history, prices, remove_price, set_price};
pub use register::register;
pub use show::{ProviderView, Route, Tried, known, list, route, show, unpriced};

use crate::{
    Error,
    auth::{Grant, ManageModels},
};
use domain::{
    field::Fields,
    model::{self, ModelList, ProviderSettings},
};
use secrecy::SecretString;
use serde::Deserialize;
use store::{AuditEvent, ModelProvider, Store};

/// A provider's form as it was sent: text, nothing checked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RawProvider {
    /// What people call it.
    pub name: String,
    /// Its name in addresses; only read when it is registered.
    pub slug: String,
    /// The address that calls are appended to.
    pub url: String,
    /// Seconds that it may be silent; empty for the default.
    pub timeout: String,
    /// The smallest goes first; empty for the default.
    pub priority: String,
    /// Its models, one a line.
    pub models: String,
    /// Its API key; empty for none, or for the one that is kept.
    pub credential: SecretString,
    /// The API key that is kept is erased.
    pub erase_credential: bool,
    /// The version that the form was filled with; empty for whichever there is. Only read where it is edited.
    pub version: String,
}

impl RawProvider {
    /// What the form sets, and the API key; errors are noted in `fields`.
    fn check(&self, fields: &mut Fields) -> Option<(ProviderSettings, Option<SecretString>)> {
        let name = fields.take(model::provider_name(&self.name));
        let url = fields.take(model::base_url(&self.url));
        let timeout = fields.take(model::timeout(&self.timeout));
        let priority = fields.take(model::priority(&self.priority));
        let models = fields.take(ModelList::parse(&self.models));
        let credential = fields.take(model::api_key(&self.credential));
        let (name, url, timeout, priority, models) = (name?, url?, timeout?, priority?, models?);
        Some((ProviderSettings { name, url, timeout, priority, models }, credential?))
    }
}

fn store<A>(grant: &Grant<A>) -> &Store {
    &grant.caller().latchkey().store
}

/// The provider of a slug in the grant's workspace.
async fn find(grant: &Grant<ManageModels>, slug: &str) -> Result<ModelProvider, Error> {
    store(grant).provider(&grant.workspace().id, slug).await?.ok_or(Error::NotFound)
}

/// An event about a provider, or about a model's price; `what` is its name, and what else the log should say.
fn event(grant: &Grant<ManageModels>, action: &str, target: &str, what: &str) -> AuditEvent {
    grant.caller().event(Some(&grant.workspace().id), action, target, what)
}
