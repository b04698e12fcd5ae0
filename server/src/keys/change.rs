//! Changes of one key. When one of these has returned, the next request with the key meets the change.

use crate::{
    Error,
    auth::{ChangeKey, Grant},
};
use domain::{
    field::Fields,
    key::{self, KeyId, Limits, Status},
};
use store::{AuditEvent, Key};

/// Gives a key another name.
pub async fn rename(grant: &Grant<ChangeKey>, id: &str, name: &str) -> Result<String, Error> {
    let key = reached(grant, id).await?;
    let name = key::name(name)?;
    let done = store(grant).rename_key(&grant.workspace().id, &key.id, &name, &event(grant, &key, "key.rename")).await;
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
    let event = event(grant, &found, "key.edit");
    Ok(store(grant).describe_key(&grant.workspace().id, &found.id, &description, &environment, &event).await?)
}

/// Says anew from where and how often a key may be used; empty is no limit.
pub async fn limit(grant: &Grant<ChangeKey>, id: &str, allow_ip: &str, rate_limit: &str) -> Result<(), Error> {
    let key = reached(grant, id).await?;
    let limits = Limits::check(allow_ip, rate_limit)?;
    Ok(store(grant).limit_key(&grant.workspace().id, &key.id, &limits, &event(grant, &key, "key.limits")).await?)
}

/// Pauses a key.
pub async fn disable(grant: &Grant<ChangeKey>, id: &str) -> Result<(), Error> {
    let key = reached(grant, id).await?;
    Ok(store(grant).disable_key(&grant.workspace().id, &key.id, &event(grant, &key, "key.disable")).await?)
}

/// Lets a key work again, within the limit of active keys. An expired key has to be mended first.
pub async fn enable(grant: &Grant<ChangeKey>, id: &str) -> Result<(), Error> {
    let key = reached(grant, id).await?;
    let now = grant.caller().latchkey().now();
    if (Key { disabled: false, ..key.clone() }).status(now) == Status::Expired {
        return Err(Error::Forbidden(format!("“{}” has expired. Create another key in its place.", key.name)));
    }
    let limit = grant.caller().user_id().map(|_| grant.workspace().settings.max_active_keys_per_member);
    let event = event(grant, &key, "key.enable");
    Ok(store(grant).enable_key(&grant.workspace().id, &key.id, limit, now, &event).await?)
}

/// Deletes a key for ever. One that was used in the last 24 hours needs its name typed, unless the command line asks.
pub async fn delete(grant: &Grant<ChangeKey>, id: &str, typed_name: &str) -> Result<String, Error> {
    let key = reached(grant, id).await?;
    let now = grant.caller().latchkey().now();
    let used_lately = key.last_used_at.is_some_and(|at| now.since(at) < domain::time::DAY);
    if used_lately && grant.caller().user_id().is_some() && typed_name.trim() != key.name {
        return Err(Error::field(
            "typed_name",
            "Type the key's name as it stands above: it was used in the last 24 hours.",
        ));
    }
    store(grant).delete_key(&grant.workspace().id, &key.id, &event(grant, &key, "key.delete")).await?;
    Ok(key.name)
}

fn store(grant: &Grant<ChangeKey>) -> &store::Store {
    &grant.caller().latchkey().store
}

fn event(grant: &Grant<ChangeKey>, key: &Key, action: &str) -> AuditEvent {
    grant.caller().event(Some(&grant.workspace().id), action, key.id.as_str(), &key.name)
}

/// The key, if it is there and the grant reaches it. The list shows it to every member, so it is no secret that it exists.
async fn reached(grant: &Grant<ChangeKey>, id: &str) -> Result<Key, Error> {
    let id = KeyId::parse(id).ok_or(Error::NotFound)?;
    let key = store(grant).key(&grant.workspace().id, &id).await?.ok_or(Error::NotFound)?;
    if !grant.reach().covers(super::target(grant.caller(), &key)) {
        let who = if key.gateway { "an administrator" } else { "a developer or an administrator" };
        return Err(Error::Forbidden(format!("Only {who} of the workspace changes this key.")));
    }
    Ok(key)
}
