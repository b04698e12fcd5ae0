//! Changes of a provider. The next request that goes through the relay meets them.

use super::RawProvider;
use crate::{
    Error,
    auth::{Grant, ManageModels},
};
use domain::{
    field::Fields,
    mcp,
    model::{ModelList, Provider, ProviderSettings},
};
use store::{CredentialChange, ModelProvider, ProviderEdit};

/// Changes what a provider's form sets, and its API key; a slug stays. An empty key keeps the one there is, but never for
/// another host: whoever may edit a provider may not thereby learn its key.
pub async fn edit(grant: &Grant<ManageModels>, slug: &str, raw: &RawProvider) -> Result<(), Error> {
    let before = super::find(grant, slug).await?;
    let mut fields = Fields::default();
    let checked = raw.check(&mut fields);
    let (settings, credential) = fields.finish(checked)?;
    let version = unchanged(&before, &raw.version)?;
    let moved = mcp::origin(&before.provider.settings.url) != mcp::origin(&settings.url);
    let latchkey = grant.caller().latchkey();
    let credential = latchkey
        .change_credential(&before.id, credential, raw.erase_credential, before.has_credential && moved)
        .await?;
    let what = changed(&before.provider, &settings, &credential);
    let edit = ProviderEdit { settings, credential, version };
    let event = super::event(grant, "provider.edit", before.id.as_str(), &what);
    Ok(super::store(grant).edit_provider(&grant.workspace().id, &before.id, &edit, &event).await?)
}

/// Says anew which models a provider has, and nothing else of it; `version` is what its page was filled with.
pub async fn choose(grant: &Grant<ManageModels>, slug: &str, models: &str, version: &str) -> Result<(), Error> {
    let before = super::find(grant, slug).await?;
    let version = unchanged(&before, version)?;
    let settings = ProviderSettings { models: ModelList::parse(models)?, ..before.provider.settings.clone() };
    let credential = CredentialChange::Keep;
    let what = changed(&before.provider, &settings, &credential);
    let edit = ProviderEdit { settings, credential, version };
    let event = super::event(grant, "provider.edit", before.id.as_str(), &what);
    Ok(super::store(grant).edit_provider(&grant.workspace().id, &before.id, &edit, &event).await?)
}

/// The version that an edit is of. Of a form that was filled before somebody else's edit, nothing can be told of what it
/// means to keep.
fn unchanged(before: &ModelProvider, typed: &str) -> Result<i64, Error> {
    let version = match typed.trim() {
        "" => before.version,
        typed => typed.parse().map_err(|_| Error::Changed)?,
    };
    if version == before.version { Ok(version) } else { Err(Error::Changed) }
}

/// The slug, and the names of what differs: the audit log never holds an address or a credential.
fn changed(before: &Provider, after: &ProviderSettings, credential: &CredentialChange) -> String {
    let (slug, before) = (&before.slug, &before.settings);
    let differs = [
        ("name", before.name != after.name),
        ("URL", before.url != after.url),
        ("timeout", before.timeout != after.timeout),
        ("priority", before.priority != after.priority),
        ("models", before.models != after.models),
        ("credential", matches!(credential, CredentialChange::Replace(_))),
        ("credential erased", *credential == CredentialChange::Erase),
    ];
    let names: Vec<&str> = differs.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect();
    if names.is_empty() { slug.clone() } else { format!("{slug}: {}", names.join(", ")) }
}

/// Lets requests go to a provider, or not; everything of it is kept.
pub async fn enable(grant: &Grant<ManageModels>, slug: &str, enabled: bool) -> Result<(), Error> {
    let found = super::find(grant, slug).await?;
    let action = if enabled { "provider.enable" } else { "provider.disable" };
    let event = super::event(grant, action, found.id.as_str(), slug);
    Ok(super::store(grant).enable_provider(&grant.workspace().id, &found.id, enabled, &event).await?)
}

/// Removes a provider with its API key. Its slug has to be typed: requests for its models go elsewhere at once, or nowhere.
/// What the models cost stays.
pub async fn remove(grant: &Grant<ManageModels>, slug: &str, typed: &str) -> Result<(), Error> {
    let found = super::find(grant, slug).await?;
    if typed.trim() != slug {
        return Err(Error::field("typed", format!("Type {slug} to remove this provider.")));
    }
    let event = super::event(grant, "provider.remove", found.id.as_str(), slug);
    Ok(super::store(grant).remove_provider(&grant.workspace().id, &found.id, &event).await?)
}
