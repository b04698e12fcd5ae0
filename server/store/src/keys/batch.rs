//! Disable, enable and delete: of one key or of many, all or none, in one transaction with one audit event a key.

use super::create::check_active;
use crate::{
    AuditEvent, Changed, Error, Store, audit::audit, changes::write_change, samples::erase_samples, users::lock_user,
    workspaces::lock_workspace,
};
use domain::{id::WorkspaceId, key::KeyId};
use std::collections::BTreeSet;

/// One key of a batch, and what is written about it.
#[derive(Clone, Debug)]
pub struct KeyChange {
    /// The key's workspace.
    pub workspace: WorkspaceId,
    /// Which key.
    pub key: KeyId,
    /// What is written about it; its time is the time of the change.
    pub event: AuditEvent,
}

/// What is done to every key of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batch {
    /// Pause. A key that is paused stays so, and the event is recorded all the same.
    Disable,
    /// Let work again.
    Enable {
        /// Keys that one owner may have active ([`Error::Limit`]); `None`: no limit.
        most_active: Option<u32>,
    },
    /// Erase the secret for ever, and the samples of its calls; a tombstone stays.
    Delete,
}

/// Runs one statement on one live key inside `$tx`, or gives up.
macro_rules! on_live_key {
    ($tx:ident, $change:expr, $statement:expr) => {{
        let done = $statement.bind($change.key.as_str()).bind($change.workspace.as_str()).execute(&mut *$tx).await?;
        if done.rows_affected() == 0 {
            return Err(Error::NotFound);
        }
    }};
}

impl Store {
    /// Changes every key of the batch, or none: [`Error::NotFound`] if one of them is not there (any more).
    pub async fn change_keys(&self, what: Batch, changes: &[KeyChange]) -> Result<(), Error> {
        // Everything that writes several keys takes them in this order: two writers never wait for each other.
        let mut changes: Vec<&KeyChange> = changes.iter().collect();
        changes.sort_by_key(|change| change.key);
        changes.dedup_by(|a, b| a.key == b.key);
        let keys = changes.iter().map(|change| change.key).collect();
        let about = if what == Batch::Delete { Changed::Deleted(keys) } else { Changed::Keys(keys) };
        write_change!(self, about, tx => {
            if what == Batch::Delete {
                // Samples are erased: so does whoever turns them off, who holds the workspace.
                for workspace in changes.iter().map(|change| &change.workspace).collect::<BTreeSet<_>>() {
                    lock_workspace!(tx, workspace);
                }
            }
            if let Batch::Enable { most_active: Some(_) } = what {
                // Whoever counts an owner's keys holds the owner's row, so that two can't both take the last place.
                let mut owners = BTreeSet::new();
                for change in &changes {
                    let owner: Option<(String,)> = sqlx::query_as(
                        "SELECT owner_id FROM keys WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL",
                    )
                    .bind(change.key.as_str()).bind(change.workspace.as_str()).fetch_optional(&mut *tx).await?;
                    owners.extend(owner);
                }
                for (owner,) in &owners {
                    lock_user!(tx, owner);
                }
            }
            for change in &changes {
                match what {
                    Batch::Disable => on_live_key!(tx, change, sqlx::query(
                        "UPDATE keys SET disabled = TRUE, listed = 2
                         WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL",
                    )),
                    Batch::Enable { most_active } => {
                        let found: Option<(String, bool)> = sqlx::query_as(
                            "SELECT owner_id, disabled FROM keys WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL",
                        )
                        .bind(change.key.as_str()).bind(change.workspace.as_str()).fetch_optional(&mut *tx).await?;
                        let (owner, disabled) = found.ok_or(Error::NotFound)?;
                        if let (Some(most), true) = (most_active, disabled) {
                            check_active!(tx, change.workspace, &owner, most, change.event.at);
                        }
                        on_live_key!(tx, change, sqlx::query(
                            "UPDATE keys SET disabled = FALSE, listed = CASE WHEN expires_at <= $1 THEN 1
                               WHEN exhausted_until > $1 THEN 3 ELSE 0 END
                             WHERE id = $2 AND workspace_id = $3 AND deleted_at IS NULL",
                        ).bind(change.event.at.0));
                    }
                    Batch::Delete => on_live_key!(tx, change, sqlx::query(
                        "UPDATE keys SET hash = NULL, sealed = NULL, deleted_at = $1
                         WHERE id = $2 AND workspace_id = $3 AND deleted_at IS NULL",
                    ).bind(change.event.at.0)),
                }
                audit!(tx, &change.event);
            }
            if what == Batch::Delete {
                // Once all keys are held: whoever keeps a sample holds its key, and may wait for a sample of another one.
                for change in &changes {
                    erase_samples!(tx, change.key);
                }
            }
            Ok(())
        })
    }
}
