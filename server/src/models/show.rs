//! Providers as pages show them, and where a request for a model would go now: read from the same memory as the relay's.

use crate::{
    Error,
    auth::{Grant, ManageModels, SeeKeys},
};
use domain::{
    model::{ModelList, ModelName, Price},
    time::Timestamp,
};
use store::ModelProvider;

/// Names of models that are suggested at most.
const KNOWN: usize = 1_000;

/// A provider as lists and pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderView {
    /// Its name in addresses.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// The address that calls are appended to.
    pub url: String,
    /// Seconds that it may be silent.
    pub timeout: u32,
    /// The smallest goes first.
    pub priority: u32,
    /// Its models.
    pub models: ModelList,
    /// Whether it has an API key.
    pub has_credential: bool,
    /// Whether requests go to it.
    pub enabled: bool,
    /// What an edit hands back, so that it overwrites nothing unseen.
    pub version: i64,
    /// Since when.
    pub created_at: Timestamp,
}

/// Where a request for a model would go now, and what it costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The providers, in the order in which they are tried; empty if none has the model.
    pub providers: Vec<Tried>,
    /// The price that holds; without one a key with a spend cap does not get the model.
    pub price: Option<Price>,
}

/// A provider that is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Its slug.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// Its API key opens, or it takes none. Else it is passed over.
    pub ready: bool,
}

impl From<ModelProvider> for ProviderView {
    fn from(found: ModelProvider) -> Self {
        let settings = found.provider.settings;
        Self {
            slug: found.provider.slug,
            name: settings.name,
            url: settings.url,
            timeout: settings.timeout,
            priority: settings.priority,
            models: settings.models,
            has_credential: found.has_credential,
            enabled: found.provider.enabled,
            version: found.version,
            created_at: found.created_at,
        }
    }
}

/// All providers of the workspace (it has 50 at most), in the order in which they are tried.
pub async fn list(grant: &Grant<ManageModels>) -> Result<Vec<ProviderView>, Error> {
    let found = super::store(grant).providers(&grant.workspace().id).await?;
    Ok(found.into_iter().map(ProviderView::from).collect())
}

/// One provider.
pub async fn show(grant: &Grant<ManageModels>, slug: &str) -> Result<ProviderView, Error> {
    super::find(grant, slug).await.map(ProviderView::from)
}

/// Where a request for a model would go now.
pub async fn route(grant: &Grant<ManageModels>, model: &str) -> Result<Route, Error> {
    let model = super::prices::model(model)?;
    let latchkey = grant.caller().latchkey();
    let models = latchkey.models(&grant.workspace().id).await?;
    let tried = models.providers_for(&model).into_iter().map(|held| {
        let provider = held.as_ref();
        let (slug, name) = (provider.slug.clone(), provider.settings.name.clone());
        Tried { slug, name, ready: held.authorization().is_ok() }
    });
    Ok(Route { providers: tried.collect(), price: models.price(&model, latchkey.now()) })
}

/// The names of the models that the workspace has (the first 1,000), for whoever limits a key to some of them.
pub async fn known(grant: &Grant<SeeKeys>) -> Result<Vec<ModelName>, Error> {
    let models = grant.caller().latchkey().models(&grant.workspace().id).await?;
    Ok(models.names().take(KNOWN).cloned().collect())
}

/// The models that some provider has and that have no price now (the first 1,000): a key with a spend cap does not get them.
pub async fn unpriced(grant: &Grant<ManageModels>) -> Result<Vec<ModelName>, Error> {
    let latchkey = grant.caller().latchkey();
    let (models, now) = (latchkey.models(&grant.workspace().id).await?, latchkey.now());
    Ok(models.names().filter(|name| models.price(name, now).is_none()).take(KNOWN).cloned().collect())
}
