//! Rotation: a successor with the same settings takes a key's place and name, the key goes on for a grace and stops.

use super::{
    Created,
    change::{event, reached},
};
use crate::{
    Error,
    auth::{ChangeKey, Grant},
};
use domain::{
    key::{Grace, NewKey, Status, retired_name, successor_expiry},
    time::Timestamp,
    workspace::Plan,
};
use store::{Key, Rotation};

/// What a rotation would do, for the page that asks for the grace.
#[derive(Clone, Debug)]
pub struct RotationView {
    /// The key as it stands.
    pub key: super::KeyView,
    /// When the successor would expire.
    pub successor_expires_at: Option<Timestamp>,
}

/// What rotating a key would do; refused where it could not be done.
pub async fn review_rotation(grant: &Grant<ChangeKey>, id: &str) -> Result<RotationView, Error> {
    let key = rotatable(grant, id).await?;
    let successor_expires_at = expiry(grant, &key);
    Ok(RotationView {
        key: super::view(grant.caller(), super::Reaches::change(grant.reach()), key),
        successor_expires_at,
    })
}

/// Rotates a key that works. The successor belongs to the same owner; the limit of active keys does not bind, for the old
/// key is on its way out, but the hourly limit of new keys does.
pub async fn rotate(grant: &Grant<ChangeKey>, id: &str, grace: &str) -> Result<Created, Error> {
    let old = rotatable(grant, id).await?;
    let grace = Grace::parse(grace)?;
    let (caller, workspace) = (grant.caller(), grant.workspace());
    let latchkey = caller.latchkey();
    let owner = latchkey.store.user(&old.owner_id).await?.ok_or(Error::NotFound)?;
    let new = NewKey {
        name: old.name.clone(),
        description: old.description.clone(),
        environment: old.environment.clone(),
        permission: old.permission,
        expires_at: expiry(grant, &old),
        gateway: old.gateway,
        url_credential: old.url_credential,
        limits: old.limits.clone(),
        mcp: old.mcp.clone(),
        model: old.model.clone(),
    };
    let (key, row) = super::create::generate(grant, &owner.id, new).await?;
    let rotation = Rotation {
        key: old.id,
        name: retired_name(&old.name, &old.id),
        ends_at: grace.ends_at(old.expires_at, row.created_at),
    };
    let created = caller.event(Some(&workspace.id), super::create::action(&row.key), row.id.as_str(), &row.key.name);
    let per_hour = caller.user_id().map(|_| workspace.settings.key_creations_per_hour);
    let events = [&event(caller, &old, "key.rotate"), &created];
    latchkey
        .store
        .rotate_key(&row, &rotation, per_hour, events)
        .await
        .map_err(|error| Error::at(error, row.created_at))?;
    let (recoverable, exhausted_until) = (row.sealed.is_some(), old.exhausted_until);
    Ok(Created {
        view: super::view(
            caller,
            super::Reaches::change(grant.reach()),
            Key { exhausted_until, ..row.into_key(owner, workspace) },
        ),
        key,
        recoverable,
    })
}

fn expiry(grant: &Grant<ChangeKey>, key: &Key) -> Option<Timestamp> {
    let now = grant.caller().latchkey().now();
    successor_expiry(key.created_at, key.expires_at, &grant.workspace().settings, now)
}

/// The key, if it may be rotated now.
async fn rotatable(grant: &Grant<ChangeKey>, id: &str) -> Result<Key, Error> {
    let key = reached(grant, id).await?;
    let latchkey = grant.caller().latchkey();
    let workspace = grant.workspace();
    if workspace.plan == Plan::Basic {
        return Err(Error::Forbidden("Keys need the plan Pro; this workspace is on Basic.".into()));
    }
    let name = &key.name;
    match key.status(latchkey.now()) {
        // An exhausted one is back some day, and may have leaked all the same. Its successor is exhausted too.
        Status::Enabled | Status::Exhausted => {}
        Status::Disabled => {
            return Err(Error::Forbidden(format!("“{name}” is disabled. Enable it first, or create another like it.")));
        }
        Status::Expired => {
            return Err(Error::Forbidden(format!("“{name}” has expired. Create another like it instead.")));
        }
    }
    if latchkey.store.role(&workspace.id, &key.owner_id).await?.is_none() {
        return Err(Error::Forbidden(format!(
            "The owner of “{name}” is no member any more: its successor would not work."
        )));
    }
    if let Some(next) = latchkey.store.links(&workspace.id, &key.id).await?.replaced_by {
        return Err(Error::Forbidden(format!(
            "“{name}” was rotated already. Rotate “{}”, which took its place.",
            next.name
        )));
    }
    Ok(key)
}
