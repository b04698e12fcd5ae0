//! Edits of one key. When one of these has returned, the next request with the key meets the change.

use crate::{
    Error,
    auth::{Caller, ChangeKey, Grant},
};
use domain::{
    access::Target,
    field::Fields,
    key::{self, KeyId, Limits, chosen_expiry},
    model::ModelLimits,
};
use store::{AuditEvent, Key};

/// Gives a key another name.
pub async fn rename(grant: &Grant<ChangeKey>, id: &str, name: &str) -> Result<String, Error> {
    let key = reached(grant, id).await?;
    let name = key::name(name)?;
    let event = AuditEvent { new_name: name.clone(), ..event(grant.caller(), &key, "key.rename") };
    let done = store(grant).rename_key(&grant.workspace().id, &key.id, &name, &event).await;
    done.map_err(|error| {
        Error::taken(error, "name", "Its owner has a key of this name already. Choose another name.")
    })?;
    Ok(name)
}

/// Says anew what a key is for and where it runs.
pub async fn describe(grant: &Grant<ChangeKey>, id: &str, description: &str, environment: &str) -> Result<(), Error> {
    let found = reached(grant, id).await?;
    let mut fields = Fields::default();
    let description = fields.take(key::description(description));
    let environment = fields.take(key::environment(environment));
    let (description, environment) = fields.finish(description.zip(environment))?;
    let event = event(grant.caller(), &found, "key.edit");
    Ok(store(grant).describe_key(&grant.workspace().id, &found.id, &description, &environment, &event).await?)
}

/// Says anew from where and how often a key may be used; empty is no limit.
pub async fn limit(grant: &Grant<ChangeKey>, id: &str, allow_ip: &str, rate_limit: &str) -> Result<(), Error> {
    let key = reached(grant, id).await?;
    let limits = Limits::check(allow_ip, rate_limit)?;
    Ok(store(grant)
        .limit_key(&grant.workspace().id, &key.id, &limits, &event(grant.caller(), &key, "key.limits"))
        .await?)
}

/// Says anew which models a key may use, for how much money, and under which guardrail (by its id); empty is no limit. One that
/// is under a guardrail is taken from under it, or put under another, by an administrator alone. An exhausted key works again if its cap is
/// raised above what it has spent in the running period, and one stops whose cap is lowered below it.
pub async fn limit_models(
    grant: &Grant<ChangeKey>,
    id: &str,
    models: &str,
    spend_cap: &str,
    spend_period: &str,
    guardrail: &str,
) -> Result<(), Error> {
    let key = reached(grant, id).await?;
    let limits = ModelLimits::check(models, spend_cap, spend_period)?;
    let guardrail = super::guardrail::changed(grant, &key, guardrail).await?;
    let limits = ModelLimits { guardrail, ..limits };
    let event = event(grant.caller(), &key, "key.models");
    // Whoever does this sees what has been spent: nobody has to be told.
    store(grant).limit_models(&grant.workspace().id, &key.id, &limits, &event).await?;
    Ok(())
}

/// Says anew what a key may do, and whether it verifies other keys: never more than the caller could create.
pub async fn permit(grant: &Grant<ChangeKey>, id: &str, permission: &str, gateway: bool) -> Result<(), Error> {
    let found = reached(grant, id).await?;
    let permission = key::permission(permission)?;
    let own = grant.caller().user_id() == Some(&found.owner_id);
    if !grant.reach().covers(Target { own, permission, gateway }) {
        return Err(super::create::beyond_reach(gateway));
    }
    if gateway && found.url_credential {
        let message = "This key was made for URLs, where others may read it. Create another to check keys with.";
        return Err(Error::field("gateway", message));
    }
    let event = event(grant.caller(), &found, "key.permit");
    Ok(store(grant).permit_key(&grant.workspace().id, &found.id, permission, gateway, &event).await?)
}

/// Moves a key's end, within what the workspace allows a new key. An expired key works again if it is not disabled.
pub async fn expire(grant: &Grant<ChangeKey>, id: &str, expiry: &str, expires_on: &str) -> Result<(), Error> {
    let found = reached(grant, id).await?;
    let (settings, now) = (&grant.workspace().settings, grant.caller().latchkey().now());
    let expires_at = chosen_expiry(expiry, expires_on).and_then(|chosen| key::expiry(chosen, settings, now))?;
    let most_active = grant.caller().user_id().map(|_| settings.max_active_keys_per_member);
    let event = event(grant.caller(), &found, "key.expire");
    Ok(store(grant).expire_key(&grant.workspace().id, &found.id, expires_at, most_active, &event).await?)
}

fn store(grant: &Grant<ChangeKey>) -> &store::Store {
    &grant.caller().latchkey().store
}

/// An event about a key, in the key's workspace.
pub(super) fn event(caller: &Caller, key: &Key, action: &str) -> AuditEvent {
    caller.event(Some(&key.workspace_id), action, key.id.as_str(), &key.name)
}

/// The key, if it is there and the grant reaches it. The list shows it to every member, so it is no secret that it exists.
pub(super) async fn reached<A>(grant: &Grant<A>, id: &str) -> Result<Key, Error> {
    let id = KeyId::parse(id).ok_or(Error::NotFound)?;
    let store = &grant.caller().latchkey().store;
    let key = store.key(&grant.workspace().id, &id).await?.ok_or(Error::NotFound)?;
    if grant.reach().covers(super::target(grant.caller(), &key)) { Ok(key) } else { Err(refusal(&key)) }
}

/// Why a key that the caller sees is out of their reach.
pub(super) fn refusal(key: &Key) -> Error {
    let who = if key.gateway { "an administrator" } else { "a developer or an administrator" };
    Error::Forbidden(format!("Only {who} of the workspace does this with “{}”.", key.name))
}
