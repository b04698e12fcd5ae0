//! Rotation: a successor takes a key's place and its name; the key itself goes on for a grace and then stops. One
//! transaction, so that there is no moment without a working key.

use super::{
    create::{InsertKey, check_hourly, insert_row},
    key_id,
    sealed::may_keep,
};
use crate::{
    AuditEvent, Changed, Error, Store, audit::audit, changes::write_change, db::read, spend::carry_over,
    users::lock_user,
};
use domain::{
    id::{GuardrailId, PolicyId, WorkspaceId},
    key::KeyId,
    time::Timestamp,
};
use std::collections::BTreeSet;

/// What becomes of the key that is replaced.
#[derive(Clone, Debug)]
pub struct Rotation {
    /// Which key.
    pub key: KeyId,
    /// Its name from now on: the successor takes the one it had.
    pub name: String,
    /// When it stops.
    pub ends_at: Timestamp,
}

/// A key at the other end of a rotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its id.
    pub id: KeyId,
    /// Its name.
    pub name: String,
}

/// The rotations of a key.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// The key whose place it took.
    pub replaces: Option<Link>,
    /// The key that took its place.
    pub replaced_by: Option<Link>,
}

impl Store {
    /// Puts `new` in the place of a key that works and has no successor yet ([`Error::Changed`] otherwise). The limit of
    /// active keys does not bind: the key that goes still counts as long as it works. `per_hour` does.
    ///
    /// The successor's account is its own, and begins with what the key has spent: a cap does not begin anew by rotating.
    /// Requests under way with the old key are paid from the old account.
    pub async fn rotate_key(
        &self,
        new: &InsertKey,
        old: &Rotation,
        per_hour: Option<u32>,
        events: [&AuditEvent; 2],
    ) -> Result<(), Error> {
        let now = new.created_at;
        write_change!(self, Changed::Keys(vec![new.id, old.key]), tx => {
            may_keep!(tx, new);
            for user in BTreeSet::from([new.created_by.as_ref().unwrap_or(&new.owner), &new.owner]) {
                lock_user!(tx, user.as_str());
            }
            if let Some(most) = per_hour {
                check_hourly!(tx, new, most);
            }
            let done = sqlx::query(
                "UPDATE keys SET name = $1, name_folded = $2, expires_at = $3,
                   listed = CASE WHEN $3 <= $4 THEN 1 WHEN exhausted_until > $4 THEN 3 ELSE 0 END
                 WHERE id = $5 AND workspace_id = $6 AND owner_id = $7 AND deleted_at IS NULL AND disabled = FALSE
                   AND (expires_at IS NULL OR expires_at > $4)
                   AND NOT EXISTS (SELECT 1 FROM keys next WHERE next.replaces = keys.id)
                   AND COALESCE(guardrail_id, '') = $8 AND COALESCE(policy_id, '') = $9",
            )
            .bind(&old.name)
            .bind(old.name.to_lowercase())
            .bind(old.ends_at.0)
            .bind(now.0)
            .bind(old.key.as_str())
            .bind(new.workspace.as_str())
            .bind(new.owner.as_str())
            // The successor is under what the key was under when it was read: nobody put it under anything meanwhile.
            .bind(new.key.model.guardrail.as_ref().map_or("", GuardrailId::as_str))
            .bind(new.key.mcp.policy.as_ref().map_or("", PolicyId::as_str))
            .execute(&mut *tx)
            .await?;
            if done.rows_affected() == 0 {
                return Err(Error::Changed);
            }
            insert_row!(tx, new, Some(old.key.as_str()));
            if let Some(cap) = new.key.model.cap {
                carry_over!(tx, old.key, new.id, cap, now);
            }
            for event in events {
                audit!(tx, event);
            }
            Ok(())
        })
    }

    /// The keys before and after a key, by rotation; deleted ones too.
    pub async fn links(&self, workspace: &WorkspaceId, key: &KeyId) -> Result<Links, Error> {
        let rows: Vec<(String, String, bool)> = read!(self, pool => sqlx::query_as(
            "SELECT id, name, TRUE AS later FROM keys WHERE replaces = $1 AND workspace_id = $2
             UNION ALL
             SELECT id, name, FALSE AS later FROM keys
             WHERE id = (SELECT replaces FROM keys WHERE id = $1 AND workspace_id = $2)",
        )
        .bind(key.as_str())
        .bind(workspace.as_str())
        .fetch_all(pool)
        .await)?;
        let mut links = Links::default();
        for (id, name, later) in rows {
            let link = Some(Link { id: key_id(&id)?, name });
            if later { links.replaced_by = link } else { links.replaces = link }
        }
        Ok(links)
    }
}
