//! Changes of a server. Each writes its audit event in the same transaction; what a server lists of itself is no change that
//! a person made, and leaves none.

use super::ListedTools;
use crate::{
    AuditEvent, Changed, CredentialChange, Error, Store, audit::audit, changes::write_change,
    credentials::change_credential, db::write, stored::json,
};
use domain::{
    id::{ServerId, WorkspaceId},
    mcp::Marks,
};

/// What a server is from now on.
#[derive(Clone, Debug)]
pub struct ServerEdit {
    /// What people call it.
    pub name: String,
    /// Where it is reached. With another address, what it listed is forgotten.
    pub url: String,
    /// The header that carries its credential.
    pub header: String,
    /// Its credential.
    pub credential: CredentialChange,
    /// The address it had when the edit began ([`Error::Changed`] if it has another by now): a credential is kept for the
    /// address that it was judged for, and for no other.
    pub url_before: String,
}

/// Ends a change of a server: [`Error::NotFound`] if no row was changed, else its audit event.
macro_rules! recorded {
    ($tx:ident, $done:expr, $event:expr) => {{
        if $done.rows_affected() == 0 {
            return Err(Error::NotFound);
        }
        audit!($tx, $event);
    }};
}

impl Store {
    /// Changes name, address and credential.
    pub async fn edit_server(
        &self,
        workspace: &WorkspaceId,
        server: &ServerId,
        edit: &ServerEdit,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write_change!(self, Changed::Workspace(workspace.clone()), tx => {
            let before: Option<(String,)> = sqlx::query_as(
                "UPDATE servers SET name = name WHERE id = $1 AND workspace_id = $2 RETURNING url",
            )
            .bind(server.as_str()).bind(workspace.as_str()).fetch_optional(&mut *tx).await?;
            let (before,) = before.ok_or(Error::NotFound)?;
            if before != edit.url_before {
                return Err(Error::Changed);
            }
            sqlx::query("UPDATE servers SET name = $1, url = $2, header = $3 WHERE id = $4")
                .bind(&edit.name).bind(&edit.url).bind(&edit.header).bind(server.as_str()).execute(&mut *tx).await?;
            if before != edit.url {
                sqlx::query("UPDATE servers SET tools = NULL, tools_at = NULL, tool_count = 0 WHERE id = $1")
                    .bind(server.as_str()).execute(&mut *tx).await?;
            }
            change_credential!(tx, "servers", server, &edit.credential);
            audit!(tx, event);
            Ok(())
        })
    }

    /// Lets a server be reached, or not.
    pub async fn enable_server(
        &self,
        workspace: &WorkspaceId,
        server: &ServerId,
        enabled: bool,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write_change!(self, Changed::Workspace(workspace.clone()), tx => {
            let done = sqlx::query("UPDATE servers SET enabled = $1 WHERE id = $2 AND workspace_id = $3")
                .bind(enabled).bind(server.as_str()).bind(workspace.as_str()).execute(&mut *tx).await?;
            recorded!(tx, done, event);
            Ok(())
        })
    }

    /// Marks a server's tools: `after` in place of `before`, or [`Error::Changed`] if somebody marked meanwhile.
    pub async fn mark_tools(
        &self,
        workspace: &WorkspaceId,
        server: &ServerId,
        [before, after]: [&Marks; 2],
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write_change!(self, Changed::Workspace(workspace.clone()), tx => {
            let done =
                sqlx::query("UPDATE servers SET marks = $1 WHERE id = $2 AND workspace_id = $3 AND marks = $4")
                    .bind(json(after)).bind(server.as_str()).bind(workspace.as_str()).bind(json(before))
                    .execute(&mut *tx).await?;
            if done.rows_affected() == 0 {
                let there: Option<(String,)> =
                    sqlx::query_as("SELECT id FROM servers WHERE id = $1 AND workspace_id = $2")
                        .bind(server.as_str()).bind(workspace.as_str()).fetch_optional(&mut *tx).await?;
                return Err(if there.is_some() { Error::Changed } else { Error::NotFound });
            }
            audit!(tx, event);
            Ok(())
        })
    }

    /// Keeps what the server at `url` listed; nothing if it is gone or at another address by now.
    pub async fn keep_tools(
        &self,
        workspace: &WorkspaceId,
        server: &ServerId,
        url: &str,
        listed: &ListedTools,
    ) -> Result<(), Error> {
        write!(self, tx => {
            sqlx::query(
                "UPDATE servers SET tools = $1, tool_count = $2, tools_at = $3
                 WHERE id = $4 AND workspace_id = $5 AND url = $6",
            )
            .bind(json(&listed.tools))
            .bind(i64::try_from(listed.tools.len()).unwrap_or(i64::MAX))
            .bind(listed.at.0)
            .bind(server.as_str())
            .bind(workspace.as_str())
            .bind(url)
            .execute(&mut *tx)
            .await?;
            Ok(())
        })
    }

    /// Removes a server, its credential and who might use it. Keys that name it reach nothing by that name.
    pub async fn remove_server(
        &self,
        workspace: &WorkspaceId,
        server: &ServerId,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write_change!(self, Changed::Workspace(workspace.clone()), tx => {
            let done = sqlx::query("DELETE FROM servers WHERE id = $1 AND workspace_id = $2")
                .bind(server.as_str()).bind(workspace.as_str()).execute(&mut *tx).await?;
            recorded!(tx, done, event);
            Ok(())
        })
    }
}
