//! What a keys page needs beside its rows: whether there are keys at all, and the environments in use.

use crate::{Error, Store, db::read};
use domain::id::WorkspaceId;

impl Store {
    /// Whether the workspace has any live key.
    pub async fn has_keys(&self, workspace: &WorkspaceId) -> Result<bool, Error> {
        let row: Option<(String,)> = read!(self, pool => sqlx::query_as(
            "SELECT id FROM keys WHERE workspace_id = $1 AND deleted_at IS NULL LIMIT 1",
        )
        .bind(workspace.as_str())
        .fetch_optional(pool)
        .await)?;
        Ok(row.is_some())
    }

    /// The environments in use, for the filter and as suggestions: the first 50 by name. Hops from one label to the next
    /// along the index, so its cost is the number of labels, not of keys.
    pub async fn environments(&self, workspace: &WorkspaceId) -> Result<Vec<String>, Error> {
        let mut found = Vec::new();
        let mut last = String::new();
        while found.len() < 50 {
            let next: Option<(String,)> = read!(self, pool => sqlx::query_as(
                "SELECT environment FROM keys WHERE workspace_id = $1 AND deleted_at IS NULL AND environment > $2
                 ORDER BY environment LIMIT 1",
            )
            .bind(workspace.as_str())
            .bind(&last)
            .fetch_optional(pool)
            .await)?;
            let Some((label,)) = next else { break };
            last.clone_from(&label);
            found.push(label);
        }
        Ok(found)
    }
}
