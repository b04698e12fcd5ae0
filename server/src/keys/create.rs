//! Creating a key: grant → fields → generate → one transaction (limits, row, audit event) → the secret, once.

use super::{KeyView, RawScope};
use crate::{
    Error,
    auth::{CreateKey, Grant},
};
use domain::{
    access::Target,
    id::UserId,
    key::{NewKey, PlainKey, RawKey},
    model::ModelLimits,
    workspace::{Plan, Reveal},
};
use store::{CreationLimits, InsertKey, Sealed, User};

/// A fresh key. The only value in the program that holds a secret on its way to a person.
pub struct Created {
    /// The key as it will be listed.
    pub view: KeyView,
    /// The whole key.
    pub key: PlainKey,
    /// It is kept sealed, and can be revealed again.
    pub recoverable: bool,
}

/// Creates a key of the caller's own, within the workspace's limits.
pub async fn create(grant: &Grant<CreateKey>, raw: &RawKey, scope: &RawScope) -> Result<Created, Error> {
    let latchkey = grant.caller().latchkey();
    let id = grant.caller().user_id().ok_or(Error::Unauthenticated)?;
    let owner = latchkey.store.user(id).await?.ok_or(Error::Unauthenticated)?;
    let settings = &grant.workspace().settings;
    let limits =
        CreationLimits { active: settings.max_active_keys_per_member, per_hour: settings.key_creations_per_hour };
    let new = raw.check(settings, latchkey.now())?;
    let mcp = super::scope::chosen(&latchkey.store, &grant.workspace().id, scope).await?;
    let guardrail = super::guardrail::chosen(&latchkey.store, &grant.workspace().id, &scope.guardrail).await?;
    let new = NewKey { mcp, model: ModelLimits { guardrail, ..new.model }, ..new };
    insert(grant, owner, new, Some(limits)).await
}

/// Creates a key for a member, from the command line: its operator holds the database, so no limit binds.
pub async fn create_for(grant: &Grant<CreateKey>, owner: &str, new: NewKey) -> Result<Created, Error> {
    if grant.caller().user_id().is_some() {
        return Err(Error::Forbidden("A key is created by its owner.".into()));
    }
    let store = &grant.caller().latchkey().store;
    let found = store.user_by_email(&owner.trim().to_lowercase()).await?;
    let (user, _) = found.ok_or_else(|| Error::field("owner", "There is no user with this e-mail."))?;
    insert(grant, user, new, None).await
}

async fn insert(
    grant: &Grant<CreateKey>,
    owner: User,
    new: NewKey,
    limits: Option<CreationLimits>,
) -> Result<Created, Error> {
    let (caller, workspace) = (grant.caller(), grant.workspace());
    let latchkey = caller.latchkey();
    if workspace.plan == Plan::Basic {
        return Err(Error::Forbidden("Keys need the plan Pro; this workspace is on Basic.".into()));
    }
    let role = latchkey.store.role(&workspace.id, &owner.id).await?;
    if role.is_none() {
        return Err(Error::field("owner", "Only a member of the workspace can own a key of it."));
    }
    let own = caller.user_id() == Some(&owner.id);
    if !grant.reach().covers(Target { own, permission: new.permission, gateway: new.gateway }) {
        return Err(beyond_reach(new.gateway));
    }
    let (key, row) = generate(grant, &owner.id, new).await?;
    let event = caller.event(Some(&workspace.id), action(&row.key), row.id.as_str(), &row.key.name);
    latchkey.store.insert_key(&row, limits, &event).await.map_err(|error| match error {
        store::Error::Taken => {
            let whose = if own { "You have" } else { "Its owner has" };
            Error::field("name", format!("{whose} a key of this name already. Choose another name."))
        }
        other => Error::at(other, row.created_at),
    })?;
    // Nothing may fail from here on: the key is there, and this is the only time that its secret can be handed out.
    let recoverable = row.sealed.is_some();
    Ok(Created {
        view: super::view(caller, super::Reaches::change(grant.reach()), row.into_key(owner, workspace)),
        key,
        recoverable,
    })
}

/// The key's secret, sealed, where the workspace keeps secrets recoverable.
async fn sealed<A>(grant: &Grant<A>, key: &PlainKey) -> Result<Option<Sealed>, Error> {
    match grant.workspace().settings.reveal {
        Reveal::Once => Ok(None),
        Reveal::Recoverable => grant.caller().latchkey().seal_secret(key).await.map(Some),
    }
}

/// What the audit log calls the creation of a key: one for URLs can be found there by that.
pub(super) fn action(key: &NewKey) -> &'static str {
    if key.url_credential { "key.create_for_url" } else { "key.create" }
}

/// Why a key of that kind is more than the caller may have.
pub(super) fn beyond_reach(gateway: bool) -> Error {
    if gateway {
        Error::field("gateway", "Only an administrator of the workspace has gateway keys.")
    } else {
        Error::field("permission", "Viewers can have read-only keys.")
    }
}

/// A fresh key and its row, not yet written: its owner and settings are the caller's matter.
pub(super) async fn generate<A>(grant: &Grant<A>, owner: &UserId, new: NewKey) -> Result<(PlainKey, InsertKey), Error> {
    let (caller, latchkey) = (grant.caller(), grant.caller().latchkey());
    let key = latchkey.random.with(|rng| PlainKey::generate(latchkey.prefix(), rng));
    let row = InsertKey {
        id: *key.id(),
        hash: key.hash(),
        last4: key.last(),
        workspace: grant.workspace().id.clone(),
        owner: owner.clone(),
        created_by: caller.user_id().cloned(),
        key: new,
        sealed: sealed(grant, &key).await?,
        created_at: latchkey.now(),
    };
    Ok((key, row))
}
