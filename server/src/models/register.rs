//! Registering a provider.

use super::{ProviderView, RawProvider};
use crate::{
    Error,
    auth::{Grant, ManageModels},
};
use domain::{field::Fields, id::ProviderId, model};
use store::NewProvider;

/// Registers a provider, enabled. Nothing is connected to: that is what asking it for its models is for.
pub async fn register(grant: &Grant<ManageModels>, raw: &RawProvider) -> Result<ProviderView, Error> {
    let latchkey = grant.caller().latchkey();
    let mut fields = Fields::default();
    let slug = fields.take(model::provider_slug(&raw.slug));
    let checked = raw.check(&mut fields);
    let (slug, (settings, credential)) = fields.finish(slug.zip(checked))?;
    let id = latchkey.random.with(|rng| ProviderId::generate(rng));
    let credential = match &credential {
        Some(credential) => Some(latchkey.seal_credential(&id, credential).await?),
        None => None,
    };
    let workspace = grant.workspace().id.clone();
    let new = NewProvider { id, workspace, slug, settings, credential, created_at: latchkey.now() };
    let event = super::event(grant, "provider.create", new.id.as_str(), &new.slug);
    let done = super::store(grant).insert_provider(&new, &event).await;
    done.map_err(|error| {
        Error::taken(error, "slug", "There is a provider with this slug already. Choose another slug.")
    })?;
    Ok(super::find(grant, &new.slug).await?.into())
}
