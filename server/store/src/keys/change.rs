//! Edits of one key. Each writes its audit event in the same transaction; when it returns, the change is on the disk and
//! every instance knows it.

use super::{create::check_active, rate_column};
use crate::{
    AuditEvent, Changed, Error, Store,
    audit::audit,
    changes::write_change,
    hold::hold,
    stored::{json, word},
};
use domain::{
    id::{PolicyId, WorkspaceId},
    key::{KeyId, Limits, McpScope, Permission},
    time::Timestamp,
};

/// Runs one statement on a live key and its audit event, or fails with [`Error::NotFound`].
macro_rules! change {
    ($store:expr, $key:expr, $statement:expr, $event:expr) => {
        write_change!($store, Changed::key(*$key), tx => {
            let done = $statement.execute(&mut *tx).await.map_err(Error::or_taken)?;
            if done.rows_affected() == 0 {
                return Err(Error::NotFound);
            }
            audit!(tx, $event);
            Ok(())
        })
    };
}

/// Takes the lock that [`check_active`] needs on the row of a key's owner.
macro_rules! lock_owner {
    ($tx:ident, $key:expr, $workspace:expr) => {
        sqlx::query(
            "UPDATE users SET active = active
             WHERE id = (SELECT owner_id FROM keys WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL)",
        )
        .bind($key.as_str())
        .bind($workspace.as_str())
        .execute(&mut *$tx)
        .await?
    };
}

impl Store {
    /// Gives a key another name; [`Error::Taken`] if its owner has a live key of that name.
    pub async fn rename_key(
        &self,
        workspace: &WorkspaceId,
        key: &KeyId,
        name: &str,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        change!(
            self,
            key,
            sqlx::query(
                "UPDATE keys SET name = $1, name_folded = $2 WHERE id = $3 AND workspace_id = $4 AND deleted_at IS NULL"
            )
            .bind(name)
            .bind(name.to_lowercase())
            .bind(key.as_str())
            .bind(workspace.as_str()),
            event
        )
    }

    /// Says anew what a key is for and where it runs.
    pub async fn describe_key(
        &self,
        workspace: &WorkspaceId,
        key: &KeyId,
        description: &str,
        environment: &str,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        change!(
            self,
            key,
            sqlx::query(
                "UPDATE keys SET description = $1, environment = $2
                 WHERE id = $3 AND workspace_id = $4 AND deleted_at IS NULL"
            )
            .bind(description)
            .bind(environment)
            .bind(key.as_str())
            .bind(workspace.as_str()),
            event
        )
    }

    /// Says anew from where and how often a key may be used.
    pub async fn limit_key(
        &self,
        workspace: &WorkspaceId,
        key: &KeyId,
        limits: &Limits,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        change!(
            self,
            key,
            sqlx::query(
                "UPDATE keys SET allow_ip = $1, rate_limit = $2 WHERE id = $3 AND workspace_id = $4 AND deleted_at IS NULL"
            )
            .bind(json(&limits.addresses))
            .bind(rate_column(limits))
            .bind(key.as_str())
            .bind(workspace.as_str()),
            event
        )
    }

    /// Says anew which MCP servers a key reaches, and under which policy. [`Error::NotFound`] also for a policy that the
    /// workspace does not have. [`Error::Changed`] if the key is not under `was` any more, by which the caller decided whether
    /// it may be taken from under it.
    pub async fn scope_key(
        &self,
        workspace: &WorkspaceId,
        key: &KeyId,
        mcp: &McpScope,
        was: Option<&PolicyId>,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write_change!(self, Changed::key(*key), tx => {
            hold!(tx, "policies", workspace, mcp.policy);
            let done = sqlx::query(
                "UPDATE keys SET servers = $1, policy_id = $2
                 WHERE id = $3 AND workspace_id = $4 AND deleted_at IS NULL AND policy_id IS NOT DISTINCT FROM $5",
            )
            .bind(json(&mcp.servers))
            .bind(mcp.policy.as_ref().map(PolicyId::as_str))
            .bind(key.as_str())
            .bind(workspace.as_str())
            .bind(was.map(PolicyId::as_str))
            .execute(&mut *tx)
            .await?;
            if done.rows_affected() == 0 {
                let there: Option<(String,)> =
                    sqlx::query_as("SELECT id FROM keys WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL")
                        .bind(key.as_str()).bind(workspace.as_str()).fetch_optional(&mut *tx).await?;
                return Err(if there.is_some() { Error::Changed } else { Error::NotFound });
            }
            audit!(tx, event);
            Ok(())
        })
    }

    /// Says anew what a key may do.
    pub async fn permit_key(
        &self,
        workspace: &WorkspaceId,
        key: &KeyId,
        permission: Permission,
        gateway: bool,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        change!(
            self,
            key,
            sqlx::query(
                "UPDATE keys SET permission = $1, gateway = $2
                 WHERE id = $3 AND workspace_id = $4 AND deleted_at IS NULL"
            )
            .bind(word(permission))
            .bind(gateway)
            .bind(key.as_str())
            .bind(workspace.as_str()),
            event
        )
    }

    /// Moves a key's end. An expired key works again if the new end is to come: then it counts against `most_active`
    /// (`None`: no limit), and [`Error::Limit`] says that its owner has as many already.
    pub async fn expire_key(
        &self,
        workspace: &WorkspaceId,
        key: &KeyId,
        expires_at: Option<Timestamp>,
        most_active: Option<u32>,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        let now = event.at;
        write_change!(self, Changed::key(*key), tx => {
            lock_owner!(tx, key, workspace);
            let found: Option<(String, bool, Option<i64>, Option<i64>)> = sqlx::query_as(
                "SELECT owner_id, disabled, expires_at, exhausted_until FROM keys
                 WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL",
            )
            .bind(key.as_str()).bind(workspace.as_str()).fetch_optional(&mut *tx).await?;
            let (owner, disabled, before, exhausted_until) = found.ok_or(Error::NotFound)?;
            let over = |end: Option<i64>| end.is_some_and(|end| end <= now.0);
            let after = expires_at.map(|at| at.0);
            if let Some(most) = most_active
                && !disabled && over(before) && !over(after)
            {
                check_active!(tx, workspace, &owner, most, now);
            }
            let exhausted = exhausted_until.is_some_and(|end| now.0 < end);
            let listed = match (disabled, over(after), exhausted) {
                (true, ..) => 2_i64,
                (_, true, _) => 1,
                (_, _, exhausted) => if exhausted { 3 } else { 0 },
            };
            let done = sqlx::query("UPDATE keys SET expires_at = $1, listed = $2 WHERE id = $3 AND deleted_at IS NULL")
                .bind(after).bind(listed).bind(key.as_str()).execute(&mut *tx).await?;
            if done.rows_affected() == 0 {
                return Err(Error::NotFound);
            }
            audit!(tx, event);
            Ok(())
        })
    }
}
