//! What a keys page needs beside its rows: whether there are keys at all, and the environments in use.

use super::condition::Scope;
use crate::{
    Error, Store,
    db::read,
    sql::{Statement, bind_values},
};
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
    pub async fn environments(&self, scope: impl Into<Scope<'_>>) -> Result<Vec<String>, Error> {
        let scope = scope.into();
        let mut found = Vec::new();
        let mut last = String::new();
        while found.len() < 50 {
            let mut hop = Statement::default();
            hop.text("SELECT k.environment FROM keys k WHERE k.deleted_at IS NULL AND k.environment > ")
                .bind(last.as_str());
            scope.narrow(&mut hop);
            hop.text(" ORDER BY k.environment LIMIT 1");
            let next: Option<(String,)> =
                read!(self, pool => bind_values!(sqlx::query_as(hop.sql()), hop).fetch_optional(pool).await)?;
            let Some((label,)) = next else { break };
            last.clone_from(&label);
            found.push(label);
        }
        Ok(found)
    }
}
