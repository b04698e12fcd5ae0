//! Changes of one key. Each writes its audit event in the same transaction; when it returns, the change is on the disk
//! and the next look-up sees it.

use super::{create::check_active, rate_column};
use crate::{AuditEvent, Error, Store, audit::audit, db::write, stored::json};
use domain::{
    id::WorkspaceId,
    key::{KeyId, Limits},
    time::Timestamp,
};

/// Runs one statement on a live key and its audit event, or fails with [`Error::NotFound`].
macro_rules! change {
    ($store:expr, $statement:expr, $event:expr) => {
        write!($store, tx => {
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

    /// Pauses a key. Pausing one that is paused changes nothing and is recorded all the same.
    pub async fn disable_key(&self, workspace: &WorkspaceId, key: &KeyId, event: &AuditEvent) -> Result<(), Error> {
        change!(
            self,
            sqlx::query("UPDATE keys SET disabled = TRUE WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL")
                .bind(key.as_str())
                .bind(workspace.as_str()),
            event
        )
    }

    /// Lets a key work again; [`Error::Limit`] if its owner has `most_active` other active keys (`None`: no limit).
    pub async fn enable_key(
        &self,
        workspace: &WorkspaceId,
        key: &KeyId,
        most_active: Option<u32>,
        now: Timestamp,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write!(self, tx => {
            // Locked before it is read: of two calls on one key, the second sees what the first did.
            lock_owner!(tx, key, workspace);
            let owner: Option<(String, bool)> = sqlx::query_as(
                "SELECT owner_id, disabled FROM keys WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL",
            )
            .bind(key.as_str()).bind(workspace.as_str()).fetch_optional(&mut *tx).await?;
            let (owner, disabled) = owner.ok_or(Error::NotFound)?;
            if let (Some(most), true) = (most_active, disabled) {
                check_active!(tx, workspace, &owner, most, now);
            }
            let done = sqlx::query("UPDATE keys SET disabled = FALSE WHERE id = $1 AND deleted_at IS NULL")
                .bind(key.as_str()).execute(&mut *tx).await?;
            if done.rows_affected() == 0 {
                return Err(Error::NotFound);
            }
            audit!(tx, event);
            Ok(())
        })
    }

    /// Deletes a key for ever: its hash is erased, a tombstone stays.
    pub async fn delete_key(&self, workspace: &WorkspaceId, key: &KeyId, event: &AuditEvent) -> Result<(), Error> {
        change!(
            self,
            sqlx::query(
                "UPDATE keys SET hash = NULL, deleted_at = $1 WHERE id = $2 AND workspace_id = $3 AND deleted_at IS NULL"
            )
            .bind(event.at.0)
            .bind(key.as_str())
            .bind(workspace.as_str()),
            event
        )
    }
}
