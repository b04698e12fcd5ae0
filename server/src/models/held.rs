//! The enabled providers of a workspace with their API keys opened, what its models cost, and which calls are sampled, in memory
//! for the relay. The protocol is that of the keys' records (`docs/consistency.md`): every change of a provider, a price or a
//! setting is announced as one of its workspace, and what was read before is not used again.

use crate::{Error, Latchkey, gateway::number, herd::Herd};
use cache::Cache;
use domain::{
    id::{ProviderId, WorkspaceId},
    model::{self, Dated, ModelName, Price, Provider},
    sample::Sampling,
    time::Timestamp,
};
use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use store::{Changed, PricedModel};

/// Workspaces that are kept at most.
const MOST: usize = 1_000;
/// How long one is kept with an API key that could not be opened: the master key file may be back in a moment, which nobody
/// announces, and to read it on every request would be too much.
const LOST_KEPT: Duration = Duration::from_secs(5);

/// What model traffic needs of a workspace.
#[derive(Debug)]
pub(crate) struct Models {
    workspace: WorkspaceId,
    providers: Vec<HeldProvider>,
    /// Those that held when they were read, and those to come: one begins by time alone.
    prices: BTreeMap<ModelName, Vec<Dated<Price>>>,
    /// Which calls are sampled.
    pub sampling: Option<Sampling>,
    /// Until when it is kept, by the steady clock; `None` for as long as nothing changes.
    until: Option<Duration>,
}

/// As they stand in memory.
pub(crate) type HeldModels = Arc<cache::Record<Models, (), ()>>;

/// A provider as something is about to be sent to it.
#[derive(Debug)]
pub(crate) struct HeldProvider {
    id: ProviderId,
    provider: Provider,
    credential: Credential,
}

/// A provider's API key.
#[derive(Debug)]
enum Credential {
    /// It takes none.
    None,
    /// What it is asked with.
    Opened(SecretString),
    /// No master key at hand opens it, or it fits into no header.
    Lost,
}

/// A provider's API key can't be opened: it can't be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lost;

/// Cheap to clone.
#[derive(Clone)]
pub(crate) struct Held(Arc<Parts>);

struct Parts {
    cache: Cache<Models, (), ()>,
    herd: Herd<cache::Record<Models, (), ()>>,
}

impl Default for Held {
    fn default() -> Self {
        Self(Arc::new(Parts { cache: Cache::new(MOST), herd: Herd::default() }))
    }
}

impl Held {
    /// Forgets what a change is about.
    pub fn apply(&self, changed: &Changed) {
        match changed {
            Changed::Keys(_) | Changed::Deleted(_) | Changed::Owner(_) => {}
            Changed::Workspace(workspace) => self.0.cache.forget_workspace(workspace.as_str()),
            Changed::Everything => self.0.cache.forget_all(),
        }
    }
}

impl Latchkey {
    /// The providers and prices of a workspace, as they stand now.
    pub(crate) async fn models(&self, workspace: &WorkspaceId) -> Result<HeldModels, Error> {
        let (number, Parts { cache, herd }) = (number((workspace.as_str(), "", "")), &*self.models.0);
        // Two that share a number take the place from each other, and nothing worse.
        if self.records.is_trusted()
            && let Some(held) = cache.get(number).filter(|held| held.workspace == *workspace)
            && held.until.is_none_or(|until| self.clock.steady() < until)
        {
            return Ok(held);
        }
        let reading = async {
            let load = cache.load();
            let providers = self.store.held_providers(workspace).await?;
            let prices = self.store.standing_prices(workspace, self.now()).await?;
            let sampling = self.store.sampling(workspace).await?;
            let models = Models { sampling, ..Models::new(self, workspace, providers, prices) };
            Ok(Some(cache.keep(load, number, models, ("", ()), (workspace.as_str(), ()))))
        };
        let read = self.in_time(herd.read(number, |held| held.workspace == *workspace, reading)).await?;
        // Whatever there is of providers and prices, it is found.
        read.ok_or(Error::Unavailable)
    }
}

impl Models {
    fn new(
        latchkey: &Latchkey,
        workspace: &WorkspaceId,
        providers: Vec<store::HeldProvider>,
        prices: Vec<PricedModel>,
    ) -> Self {
        let providers: Vec<_> = providers.into_iter().map(|found| HeldProvider::open(latchkey, found)).collect();
        let lost = providers.iter().any(|held| held.authorization().is_err());
        Self {
            workspace: workspace.clone(),
            providers,
            prices: prices.into_iter().map(|priced| (priced.model, priced.prices)).collect(),
            sampling: None,
            until: lost.then(|| latchkey.clock.steady() + LOST_KEPT),
        }
    }

    /// The providers to try for a model, in their order.
    pub fn providers_for(&self, model: &ModelName) -> Vec<&HeldProvider> {
        model::providers_for(&self.providers, model)
    }

    /// What a model costs at that moment.
    pub fn price(&self, model: &ModelName, now: Timestamp) -> Option<Price> {
        model::price_at(self.prices.get(model)?, now)
    }

    /// Every model that some provider has, by name.
    pub fn names(&self) -> impl Iterator<Item = &ModelName> {
        let names: BTreeSet<_> = self.providers.iter().flat_map(|held| held.provider.settings.models.iter()).collect();
        names.into_iter()
    }
}

impl AsRef<Provider> for HeldProvider {
    fn as_ref(&self) -> &Provider {
        &self.provider
    }
}

impl HeldProvider {
    /// Opens a provider's API key. That one can't be opened is the matter of that provider alone.
    pub fn open(latchkey: &Latchkey, found: store::HeldProvider) -> Self {
        let store::HeldProvider { id, provider, credential } = found;
        let credential = match credential {
            None => Credential::None,
            // Why it does not open is in the log by then.
            Some(sealed) => latchkey.open_credential(&id, &sealed).map_or(Credential::Lost, Credential::Opened),
        };
        Self { id, provider, credential }
    }

    /// The header `Authorization` that it is asked with, if it takes one.
    pub fn authorization(&self) -> Result<Option<HeaderValue>, Lost> {
        match &self.credential {
            Credential::None => Ok(None),
            Credential::Lost => Err(Lost),
            Credential::Opened(key) => {
                let value = SecretString::from(format!("Bearer {}", key.expose_secret()));
                let mut value = HeaderValue::from_str(value.expose_secret()).map_err(|_| {
                    tracing::error!(provider = %self.id, "a provider's API key fits into no header");
                    Lost
                })?;
                value.set_sensitive(true);
                Ok(Some(value))
            }
        }
    }

    /// Its API key, if it takes one that can be opened.
    pub fn api_key(&self) -> Option<&SecretString> {
        match &self.credential {
            Credential::Opened(key) => Some(key),
            Credential::None | Credential::Lost => None,
        }
    }

    /// Whether a text holds its API key: what it answers may be shown to people, and its key may not.
    pub fn is_in(&self, text: &str) -> bool {
        self.api_key().is_some_and(|key| text.contains(key.expose_secret()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        CACHED_KEYS, Clock, Config, Random, USAGE_EVENTS_PER_SECOND,
        auth::Caller,
        latchkey::open,
        models::{RawProvider, edit, register},
        workspaces,
    };
    use domain::{
        key::Prefix,
        workspace::{Plan, Settings},
    };

    fn raw(credential: &str) -> RawProvider {
        RawProvider {
            name: "OpenAI".into(),
            slug: "openai".into(),
            url: "https://api.openai.com/v1".into(),
            models: "o3".into(),
            credential: credential.to_owned().into(),
            ..RawProvider::default()
        }
    }

    #[tokio::test]
    async fn what_is_asked_with_is_the_key_of_now() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            database: format!("sqlite:{}", folder.path().join("latchkey.db").display()).parse().unwrap(),
            public_url: "http://127.0.0.1:3000".into(),
            prefix: Prefix::default(),
            trusted_proxies: Vec::new(),
            cached_keys: CACHED_KEYS,
            usage_events_per_second: USAGE_EVENTS_PER_SECOND,
            usage_retention_days: crate::USAGE_RETENTION_DAYS,
            master_key_file: folder.path().join("master.key"),
            allow_private_upstreams: false,
            ceilings: domain::model::Ceilings::default(),
            patience: crate::Patience::default(),
            relay_memory: crate::RELAY_MEMORY,
            metrics_token: None,
        };
        let latchkey = open(config, Clock::system(), Random::seeded(1)).await.unwrap();
        latchkey.keep_records();
        while !latchkey.records().trusted {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        let operator = Caller::operator(&latchkey);
        let instance = operator.instance().unwrap();
        workspaces::create(&instance, "acme", "Acme", Plan::Pro, Settings::default()).await.unwrap();
        let grant = operator.in_workspace("acme").await.unwrap().allow().unwrap();
        register(&grant, &raw("sk-first")).await.unwrap();
        let models = async || latchkey.models(&grant.workspace().id).await.unwrap();
        let sent_to = |models: &HeldModels| {
            let held = models.providers_for(&ModelName::parse("o3").unwrap());
            assert!(!format!("{held:?}").contains("sk-"), "what is printed holds no key");
            let value = held[0].authorization();
            value.map(|value| value.map(|value| value.to_str().unwrap().to_owned()))
        };
        let asked_with = async || sent_to(&models().await);
        assert_eq!(asked_with().await, Ok(Some("Bearer sk-first".into())));
        // A machine that stood still for two seconds between the two would read once more: that is right, and not always so.
        let mut kept = false;
        for _ in 0..100 {
            kept |= Arc::ptr_eq(&models().await, &models().await);
        }
        assert!(kept, "what was read is used again");
        edit(&grant, "openai", &raw("Bearer sk-second")).await.unwrap();
        let held = models().await;
        assert_eq!(sent_to(&held), Ok(Some("Bearer sk-second".into())));

        let (file, aside) = (&latchkey.config.master_key_file, folder.path().join("aside"));
        std::fs::rename(file, &aside).unwrap();
        assert_eq!(sent_to(&held), Ok(Some("Bearer sk-second".into())), "what is held stands");
        latchkey.models.apply(&Changed::Workspace(grant.workspace().id.clone()));
        assert_eq!(asked_with().await, Err(Lost));
        std::fs::rename(&aside, file).unwrap();
        latchkey.models.apply(&Changed::Everything);
        assert_eq!(asked_with().await, Ok(Some("Bearer sk-second".into())));
        edit(&grant, "openai", &RawProvider { erase_credential: true, ..raw("") }).await.unwrap();
        assert_eq!(asked_with().await, Ok(None));
        latchkey.shut_down().await;
    }
}
