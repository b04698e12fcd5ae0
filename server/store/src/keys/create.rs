//! Creating a key, with the workspace's limits checked inside the transaction, so that parallel requests cannot pass them.

use super::{
    Key,
    sealed::{Sealed, may_keep},
};
use crate::{
    AuditEvent, Changed, Error, Store, User, Workspace, audit::audit, changes::write_change, users::lock_user,
};
use domain::{
    id::{UserId, WorkspaceId},
    key::{KeyId, NewKey, SecretHash},
    time::Timestamp,
};
use std::collections::BTreeSet;

/// What is written for a new key.
#[derive(Clone, Debug)]
pub struct InsertKey {
    /// Its public id.
    pub id: KeyId,
    /// The hash of its secret.
    pub hash: SecretHash,
    /// Its last four characters.
    pub last4: String,
    /// Where it belongs.
    pub workspace: WorkspaceId,
    /// Whose it is.
    pub owner: UserId,
    /// Who made it; `None` for the command line.
    pub created_by: Option<UserId>,
    /// What the person chose.
    pub key: NewKey,
    /// The whole key, sealed, where the workspace keeps it recoverable.
    pub sealed: Option<Sealed>,
    /// Now.
    pub created_at: Timestamp,
}

impl InsertKey {
    /// The key as it is listed once it is written.
    #[must_use]
    pub fn into_key(self, owner: User, workspace: &Workspace) -> Key {
        Key {
            id: self.id,
            owner_id: owner.id,
            owner_email: owner.email,
            owner_name: owner.name,
            name: self.key.name,
            description: self.key.description,
            environment: self.key.environment,
            permission: self.key.permission,
            gateway: self.key.gateway,
            url_credential: self.key.url_credential,
            limits: self.key.limits,
            mcp: self.key.mcp,
            model: self.key.model,
            exhausted_until: None,
            kept_account: None,
            last4: self.last4,
            disabled: false,
            created_at: self.created_at,
            expires_at: self.key.expires_at,
            last_used_at: None,
            last_used_address: String::new(),
            last_used_agent: String::new(),
            uses: 0,
            recoverable: self.sealed.is_some(),
            deleted_at: None,
            workspace_id: self.workspace,
            workspace_slug: workspace.slug.clone(),
            workspace_name: workspace.name.clone(),
        }
    }
}

/// The limits that a creation must keep.
#[derive(Clone, Copy, Debug)]
pub struct CreationLimits {
    /// Keys of the owner that are neither deleted, disabled nor expired.
    pub active: u32,
    /// Keys that the creator made in the last hour.
    pub per_hour: u32,
}

/// Which limit one more key would have passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitHit {
    /// The owner has that many active keys already.
    Active(u32),
    /// The creator made that many within an hour; the next is possible at `frees_at`.
    PerHour {
        /// How many are allowed.
        most: u32,
        /// When the oldest of them is an hour old.
        frees_at: Timestamp,
    },
}

/// Refuses if the owner's active keys have reached `$most`. The owner's row is locked by the caller.
macro_rules! check_active {
    ($tx:ident, $workspace:expr, $owner:expr, $most:expr, $now:expr) => {{
        let (active,): (i64,) = sqlx::query_as(
            "SELECT COUNT(*) FROM keys WHERE workspace_id = $1 AND owner_id = $2 AND deleted_at IS NULL
             AND disabled = FALSE AND (expires_at IS NULL OR expires_at > $3)",
        )
        .bind($workspace.as_str())
        .bind($owner)
        .bind($now.0)
        .fetch_one(&mut *$tx)
        .await?;
        if active >= i64::from($most) {
            return Err($crate::Error::Limit($crate::LimitHit::Active($most)));
        }
    }};
}

/// Refuses if the creator has made `$most` keys within the hour. The creator's row is locked by the caller.
macro_rules! check_hourly {
    ($tx:ident, $new:expr, $most:expr) => {{
        let (new, most): (&$crate::InsertKey, u32) = ($new, $most);
        let made: Vec<(i64,)> = sqlx::query_as(
            "SELECT created_at FROM keys WHERE created_by = $1 AND workspace_id = $2 AND created_at > $3
             ORDER BY created_at DESC LIMIT $4",
        )
        .bind(new.created_by.as_ref().map(|id| id.as_str()))
        .bind(new.workspace.as_str())
        .bind(new.created_at.plus(-domain::time::HOUR).0)
        .bind(i64::from(most))
        .fetch_all(&mut *$tx)
        .await?;
        if made.len() >= most as usize {
            let oldest = made.last().map_or(new.created_at, |(oldest,)| domain::time::Timestamp(*oldest));
            let frees_at = oldest.plus(domain::time::HOUR);
            return Err($crate::Error::Limit($crate::LimitHit::PerHour { most, frees_at }));
        }
    }};
}

/// Writes the row of a new key; `$replaces` is the id of the key whose place it takes by rotation. The caller has asked
/// `may_keep!` before.
macro_rules! insert_row {
    ($tx:ident, $new:expr, $replaces:expr) => {{
        let new: &$crate::InsertKey = $new;
        $crate::hold::hold!($tx, "policies", new.workspace, new.key.mcp.policy);
        $crate::hold::hold!($tx, "guardrails", new.workspace, new.key.model.guardrail);
        sqlx::query(
            "INSERT INTO keys (id, workspace_id, owner_id, created_by, name, name_folded, description, environment,
               permission, gateway, hash, last4, disabled, created_at, expires_at, last_used_at, last_used_address,
               last_used_agent, uses, sealed, sealed_by, replaces, allow_ip, rate_limit, servers, policy_id, url_credential,
               models, spend_cap, spend_period, guardrail_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, FALSE, $13, $14, 0, '', '', 0, $15, $16, $17, $18,
               $19, $20, $21, $22, $23, $24, $25, $26)",
        )
        .bind(new.id.as_str())
        .bind(new.workspace.as_str())
        .bind(new.owner.as_str())
        .bind(new.created_by.as_ref().map(|id| id.as_str()))
        .bind(&new.key.name)
        .bind(new.key.name.to_lowercase())
        .bind(&new.key.description)
        .bind(&new.key.environment)
        .bind($crate::stored::word(new.key.permission))
        .bind(new.key.gateway)
        .bind(new.hash.as_bytes())
        .bind(&new.last4)
        .bind(new.created_at.0)
        .bind(new.key.expires_at.map(|at| at.0))
        .bind(new.sealed.as_ref().map(|sealed| sealed.bytes.as_slice()))
        .bind(new.sealed.as_ref().map(|sealed| sealed.by.as_str()))
        .bind($replaces)
        .bind($crate::stored::json(&new.key.limits.addresses))
        .bind($crate::keys::rate_column(&new.key.limits))
        .bind($crate::stored::json(&new.key.mcp.servers))
        .bind(new.key.mcp.policy.as_ref().map(|id| id.as_str()))
        .bind(new.key.url_credential)
        .bind($crate::keys::models_column(&new.key.model.models))
        .bind(new.key.model.cap.map(|cap| cap.amount.micros()))
        .bind(new.key.model.cap.map(|cap| cap.period.word()))
        .bind(new.key.model.guardrail.as_ref().map(|id| id.as_str()))
        .execute(&mut *$tx)
        .await
        .map_err($crate::Error::or_taken)?;
        if let Some(cap) = new.key.model.cap {
            $crate::spend::open_account!($tx, new.id, cap.period, cap.period.start(new.created_at));
        }
    }};
}
pub(super) use {check_active, check_hourly, insert_row};

impl Store {
    /// Writes a new key and its audit event. [`Error::Taken`] if the owner has a live key of that name;
    /// [`Error::Limit`] if a limit is reached (`None`: the command line, which no limit binds).
    pub async fn insert_key(
        &self,
        new: &InsertKey,
        limits: Option<CreationLimits>,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        let now = new.created_at;
        write_change!(self, Changed::key(new.id), tx => {
            may_keep!(tx, new);
            // The active limit is the owner's, the hourly one the creator's: both wait, in one order, not for each other.
            for user in BTreeSet::from([new.created_by.as_ref().unwrap_or(&new.owner), &new.owner]) {
                lock_user!(tx, user.as_str());
            }
            if let Some(limits) = limits {
                check_active!(tx, new.workspace, new.owner.as_str(), limits.active, now);
                check_hourly!(tx, new, limits.per_hour);
            }
            insert_row!(tx, new, None::<&str>);
            audit!(tx, event);
            Ok(())
        })
    }
}
