//! Secrets kept sealed under the installation's master key, for workspaces that may reveal them again. The store sees
//! sealed bytes alone; which master key is in force stands in the database, so that nothing is sealed under one that goes.

use super::key_id;
use crate::{
    AuditEvent, Error, Store,
    audit::audit,
    db::{read, write},
    hold::update_keys,
};
use domain::{id::WorkspaceId, key::KeyId};

/// A sealed secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The sealed bytes.
    pub bytes: Vec<u8>,
    /// The id of the master key that opens it.
    pub by: String,
}

/// Refuses inside `$tx` to keep what was sealed by a master key no longer in force, and holds that until its end.
macro_rules! in_force {
    ($tx:ident, $sealed:expr) => {{
        let done = sqlx::query("UPDATE installation SET value = value WHERE name = 'master_key' AND value = $1")
            .bind($sealed.by.as_str())
            .execute(&mut *$tx)
            .await?;
        if done.rows_affected() == 0 {
            return Err($crate::Error::Changed);
        }
    }};
}

/// Refuses inside `$tx` to keep a new key's secret that was sealed by a master key no longer in force, or in a workspace that
/// shows secrets once; holds both facts until the end of the transaction. Before any lock on a user or a key, as everything that
/// takes a workspace's.
macro_rules! may_keep {
    ($tx:ident, $new:expr) => {{
        let new: &$crate::InsertKey = $new;
        if let Some(sealed) = &new.sealed {
            $crate::keys::sealed::in_force!($tx, sealed);
            $crate::workspaces::lock_workspace!($tx, new.workspace);
            let (settings,): (String,) = sqlx::query_as("SELECT settings FROM workspaces WHERE id = $1")
                .bind(new.workspace.as_str())
                .fetch_one(&mut *$tx)
                .await?;
            let settings: domain::workspace::Settings = $crate::stored::parse("workspace settings", &settings)?;
            if settings.reveal != domain::workspace::Reveal::Recoverable {
                return Err($crate::Error::Changed);
            }
        }
    }};
}
pub(crate) use {in_force, may_keep};

impl Store {
    /// The id of the master key in force; `first` becomes it if there is none yet.
    pub async fn master_key(&self, first: &str) -> Result<String, Error> {
        const CURRENT: &str = "SELECT value FROM installation WHERE name = 'master_key'";
        let current: Option<(String,)> = read!(self, pool => sqlx::query_as(CURRENT).fetch_optional(pool).await)?;
        if let Some((id,)) = current {
            return Ok(id);
        }
        write!(self, tx => {
            sqlx::query("INSERT INTO installation (name, value) VALUES ('master_key', $1) ON CONFLICT (name) DO NOTHING")
                .bind(first).execute(&mut *tx).await?;
            let (id,): (String,) = sqlx::query_as(CURRENT).fetch_one(&mut *tx).await?;
            Ok(id)
        })
    }

    /// Puts another master key in force: from here on nothing is sealed under the one before.
    pub async fn set_master_key(&self, id: &str, event: &AuditEvent) -> Result<(), Error> {
        write!(self, tx => {
            sqlx::query(
                "INSERT INTO installation (name, value) VALUES ('master_key', $1)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            )
            .bind(id).execute(&mut *tx).await?;
            audit!(tx, event);
            Ok(())
        })
    }

    /// Up to `most` secrets that another master key than `current` sealed, in the order of their keys' ids, beyond `after`.
    pub async fn sealed_otherwise(&self, current: &str, after: &str, most: i64) -> Result<Vec<(KeyId, Sealed)>, Error> {
        let rows: Vec<(String, Vec<u8>, String)> = read!(self, pool => sqlx::query_as(
            "SELECT id, sealed, sealed_by FROM keys
             WHERE sealed IS NOT NULL AND sealed_by <> $1 AND id > $2 ORDER BY id LIMIT $3",
        )
        .bind(current)
        .bind(after)
        .bind(most)
        .fetch_all(pool)
        .await)?;
        rows.into_iter().map(|(id, bytes, by)| Ok((key_id(&id)?, Sealed { bytes, by }))).collect()
    }

    /// Replaces sealed secrets by the same ones under another master key, in one transaction. A key that was deleted
    /// meanwhile stays without.
    pub async fn reseal(&self, sealed: &[(KeyId, Sealed)]) -> Result<(), Error> {
        // In the order of their ids, as everything that writes several keys.
        let mut sealed: Vec<&(KeyId, Sealed)> = sealed.iter().collect();
        sealed.sort_by_key(|(key, _)| *key);
        write!(self, tx => {
            for (key, sealed) in sealed {
                sqlx::query("UPDATE keys SET sealed = $1, sealed_by = $2 WHERE id = $3 AND sealed IS NOT NULL")
                    .bind(sealed.bytes.as_slice())
                    .bind(&sealed.by)
                    .bind(key.as_str())
                    .execute(&mut *tx)
                    .await?;
            }
            Ok(())
        })
    }

    /// How many secrets another master key than `current` sealed: keys', and the credentials of servers and providers.
    pub async fn count_sealed_otherwise(&self, current: &str) -> Result<i64, Error> {
        let (count,): (i64,) = read!(self, pool => sqlx::query_as(
            "SELECT (SELECT COUNT(*) FROM keys WHERE sealed IS NOT NULL AND sealed_by <> $1)
               + (SELECT COUNT(*) FROM servers WHERE sealed IS NOT NULL AND sealed_by <> $1)
               + (SELECT COUNT(*) FROM providers WHERE sealed IS NOT NULL AND sealed_by <> $1)",
        )
        .bind(current)
        .fetch_one(pool)
        .await)?;
        Ok(count)
    }

    /// Erases the secrets that another master key than `current` sealed: for a master key that is lost.
    pub async fn forget_sealed_otherwise(&self, current: &str, event: &AuditEvent) -> Result<(), Error> {
        write!(self, tx => {
            update_keys!(
                self, tx, "sealed = NULL, sealed_by = NULL", "sealed IS NOT NULL AND sealed_by <> $1", current
            );
            for erase in [
                "UPDATE servers SET sealed = NULL, sealed_by = NULL WHERE sealed IS NOT NULL AND sealed_by <> $1",
                "UPDATE providers SET sealed = NULL, sealed_by = NULL WHERE sealed IS NOT NULL AND sealed_by <> $1",
            ] {
                sqlx::query(erase).bind(current).execute(&mut *tx).await?;
            }
            audit!(tx, event);
            Ok(())
        })
    }

    /// How many keys of a workspace can be revealed again.
    pub async fn count_recoverable(&self, workspace: &WorkspaceId) -> Result<i64, Error> {
        let (count,): (i64,) = read!(self, pool => sqlx::query_as(
            "SELECT COUNT(*) FROM keys WHERE workspace_id = $1 AND deleted_at IS NULL AND sealed IS NOT NULL",
        )
        .bind(workspace.as_str())
        .fetch_one(pool)
        .await)?;
        Ok(count)
    }

    /// The sealed secret of a live key, handed out only together with its audit event: no reveal goes unrecorded.
    /// [`Error::NotFound`] if there is no such key, or none of its secret is kept.
    pub async fn reveal_key(&self, workspace: &WorkspaceId, key: &KeyId, event: &AuditEvent) -> Result<Sealed, Error> {
        write!(self, tx => {
            let found: Option<(Vec<u8>, String)> = sqlx::query_as(
                "SELECT sealed, sealed_by FROM keys
                 WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL AND sealed IS NOT NULL",
            )
            .bind(key.as_str()).bind(workspace.as_str()).fetch_optional(&mut *tx).await?;
            let (bytes, by) = found.ok_or(Error::NotFound)?;
            audit!(tx, event);
            Ok(Sealed { bytes, by })
        })
    }
}
