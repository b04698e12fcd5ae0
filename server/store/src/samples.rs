//! Samples of model calls: kept sealed, handed out only with their audit event, and gone at their end, with their key, or when
//! their workspace turns them off. The store sees sealed bytes alone. Called by `server`'s `samples`.

use crate::{
    AuditEvent, Error, Sealed, Store,
    audit::audit,
    db::{read, write},
    keys::sealed::in_force,
    sql::{Statement, bind_values},
    stored::parse,
    workspaces::lock_workspace,
};
use domain::{
    id::{SampleId, WorkspaceId},
    key::KeyId,
    sample::{SAMPLES_MOST, Sampling},
    time::Timestamp,
    workspace::Settings,
};
use std::collections::HashSet;

/// A sample that was taken.
#[derive(Clone, Debug)]
pub struct NewSample {
    /// Names it.
    pub id: SampleId,
    /// The key's workspace.
    pub workspace: WorkspaceId,
    /// The call's key.
    pub key: KeyId,
    /// The model's name.
    pub model: String,
    /// When the call was.
    pub at: Timestamp,
    /// What was said.
    pub sealed: Sealed,
}

/// A sample that is kept, without what was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSample {
    /// When the call was.
    pub at: Timestamp,
    /// When it is erased.
    pub ends_at: Timestamp,
    /// The call's key.
    pub key: KeyId,
    /// The key's name.
    pub key_name: String,
    /// Whose key it is.
    pub owner_name: String,
    /// The model's name.
    pub model: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    at: i64,
    ends_at: i64,
    key_id: String,
    name: String,
    owner: String,
    model: String,
}

/// Does inside `$tx` to the samples of a workspace what its settings say: none are kept, or none for longer than that.
macro_rules! bound_samples {
    ($tx:ident, $workspace:expr) => {{
        let workspace: &$crate::Workspace = $workspace;
        match workspace.settings.samples {
            None => {
                sqlx::query("DELETE FROM samples WHERE workspace_id = $1")
                    .bind(workspace.id.as_str())
                    .execute(&mut *$tx)
                    .await?
            }
            Some(sampling) => {
                sqlx::query("UPDATE samples SET ends_at = at + $1 WHERE workspace_id = $2 AND ends_at > at + $1")
                    .bind(sampling.keep.millis())
                    .bind(workspace.id.as_str())
                    .execute(&mut *$tx)
                    .await?
            }
        }
    }};
}

/// Erases inside `$tx` the samples of a key.
macro_rules! erase_samples {
    ($tx:ident, $key:expr) => {
        sqlx::query("DELETE FROM samples WHERE key_id = $1").bind($key.as_str()).execute(&mut *$tx).await?
    };
}
pub(crate) use {bound_samples, erase_samples};

impl Store {
    /// Which calls of a workspace are sampled.
    pub async fn sampling(&self, workspace: &WorkspaceId) -> Result<Option<Sampling>, Error> {
        let settings: Option<(String,)> = read!(self, pool => sqlx::query_as("SELECT settings FROM workspaces WHERE id = $1")
                .bind(workspace.as_str())
                .fetch_optional(pool)
                .await)?;
        let Some((settings,)) = settings else { return Ok(None) };
        let settings: Settings = parse("workspace settings", &settings)?;
        Ok(settings.samples)
    }

    /// Keeps a sample for as long as its workspace says now, in the place of its oldest one if it has too many.
    /// [`Error::Changed`] where it was turned off since the call, the key was deleted, or another master key is in force.
    pub async fn keep_sample(&self, new: &NewSample) -> Result<(), Error> {
        write!(self, tx => {
            in_force!(tx, new.sealed);
            // Before the key, as everything that takes both.
            lock_workspace!(tx, new.workspace);
            let (settings,): (String,) = sqlx::query_as("SELECT settings FROM workspaces WHERE id = $1")
                .bind(new.workspace.as_str()).fetch_one(&mut *tx).await?;
            let settings: Settings = parse("workspace settings", &settings)?;
            let sampling = settings.samples.ok_or(Error::Changed)?;
            // Holds the key: it is not deleted meanwhile, which would leave this one behind.
            let live = sqlx::query("UPDATE keys SET name = name WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL")
                .bind(new.key.as_str()).bind(new.workspace.as_str()).execute(&mut *tx).await?;
            if live.rows_affected() == 0 {
                return Err(Error::Changed);
            }
            sqlx::query(
                "INSERT INTO samples (id, workspace_id, key_id, at, ends_at, model, sealed, sealed_by)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(new.id.as_str())
            .bind(new.workspace.as_str())
            .bind(new.key.as_str())
            .bind(new.at.0)
            .bind(new.at.plus(sampling.keep.millis()).0)
            .bind(&new.model)
            .bind(new.sealed.bytes.as_slice())
            .bind(&new.sealed.by)
            .execute(&mut *tx)
            .await?;
            // One for one: whoever deletes more at a time could wait for somebody who waits for this.
            sqlx::query(
                "DELETE FROM samples WHERE (SELECT COUNT(*) FROM samples WHERE workspace_id = $1) > $2
                 AND id = (SELECT id FROM samples WHERE workspace_id = $1 ORDER BY at, id LIMIT 1)",
            )
            .bind(new.workspace.as_str())
            .bind(i64::from(SAMPLES_MOST))
            .execute(&mut *tx)
            .await?;
            Ok(())
        })
    }

    /// How many samples a workspace keeps that have not ended.
    pub async fn count_samples(&self, workspace: &WorkspaceId, now: Timestamp) -> Result<i64, Error> {
        Ok(
            read!(self, pool => sqlx::query_scalar("SELECT COUNT(*) FROM samples WHERE workspace_id = $1 AND ends_at > $2")
            .bind(workspace.as_str())
            .bind(now.0)
            .fetch_one(pool)
            .await)?,
        )
    }

    /// A sample that a workspace keeps, without what was said. One whose time is over is not there, deleted or not.
    pub async fn sample(
        &self,
        workspace: &WorkspaceId,
        id: &SampleId,
        now: Timestamp,
    ) -> Result<Option<KeptSample>, Error> {
        let row: Option<Row> = read!(self, pool => sqlx::query_as(
            "SELECT s.at, s.ends_at, s.key_id, k.name, u.name AS owner, s.model
             FROM samples s JOIN keys k ON k.id = s.key_id JOIN users u ON u.id = k.owner_id
             WHERE s.id = $1 AND s.workspace_id = $2 AND s.ends_at > $3",
        )
        .bind(id.as_str())
        .bind(workspace.as_str())
        .bind(now.0)
        .fetch_optional(pool)
        .await)?;
        row.map(KeptSample::try_from).transpose()
    }

    /// Those of these samples that a workspace keeps and that have not ended.
    pub async fn kept_samples(
        &self,
        workspace: &WorkspaceId,
        ids: &[&str],
        now: Timestamp,
    ) -> Result<HashSet<String>, Error> {
        let mut all = Statement::default();
        all.text("SELECT id FROM samples WHERE workspace_id = ").bind(workspace.as_str());
        all.text(" AND ends_at > ").bind(now.0).text(" AND id IN ").bind_all(ids.iter().copied());
        let kept: Vec<String> = read!(self, pool => bind_values!(sqlx::query_scalar(all.sql()), all)
            .fetch_all(pool)
            .await)?;
        Ok(kept.into_iter().collect())
    }

    /// What was said, sealed, handed out only together with its audit event: nobody reads a sample unrecorded.
    /// [`Error::NotFound`] if the workspace keeps no such sample (any more) at the event's time.
    pub async fn read_sample(
        &self,
        workspace: &WorkspaceId,
        id: &SampleId,
        event: &AuditEvent,
    ) -> Result<Sealed, Error> {
        write!(self, tx => {
            let found: Option<(Vec<u8>, String)> = sqlx::query_as(
                "SELECT sealed, sealed_by FROM samples WHERE id = $1 AND workspace_id = $2 AND ends_at > $3",
            )
            .bind(id.as_str()).bind(workspace.as_str()).bind(event.at.0).fetch_optional(&mut *tx).await?;
            let (bytes, by) = found.ok_or(Error::NotFound)?;
            audit!(tx, event);
            Ok(Sealed { bytes, by })
        })
    }

    /// The ids of at most that many samples whose time is over.
    pub async fn ended_samples(&self, now: Timestamp, most: i64) -> Result<Vec<SampleId>, Error> {
        let ids: Vec<String> = read!(self, pool => sqlx::query_scalar(
            "SELECT id FROM samples WHERE ends_at <= $1 ORDER BY ends_at LIMIT $2",
        )
        .bind(now.0)
        .bind(most)
        .fetch_all(pool)
        .await)?;
        Ok(ids.into_iter().map(SampleId::from_text).collect())
    }

    /// The ids of at most that many samples that another master key than `current` sealed.
    pub async fn samples_sealed_otherwise(&self, current: &str, most: i64) -> Result<Vec<SampleId>, Error> {
        let ids: Vec<String> = read!(self, pool => sqlx::query_scalar("SELECT id FROM samples WHERE sealed_by <> $1 LIMIT $2")
            .bind(current)
            .bind(most)
            .fetch_all(pool)
            .await)?;
        Ok(ids.into_iter().map(SampleId::from_text).collect())
    }

    /// Erases a sample. One at a time: nobody who deletes several, with their key or their workspace, waits for this in a ring.
    pub async fn erase_sample(&self, id: &SampleId) -> Result<(), Error> {
        write!(self, tx => {
            sqlx::query("DELETE FROM samples WHERE id = $1").bind(id.as_str()).execute(&mut *tx).await?;
            Ok(())
        })
    }
}

impl TryFrom<Row> for KeptSample {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let Row { at, ends_at, key_id, name: key_name, owner: owner_name, model } = row;
        let key = KeyId::parse(&key_id).ok_or(Error::Unreadable("a key's id"))?;
        Ok(Self { at: Timestamp(at), ends_at: Timestamp(ends_at), key, key_name, owner_name, model })
    }
}
