//! Who may use a server: every member of its workspace, or those that were chosen. Whoever leaves the workspace is chosen no
//! more (the table's reference to memberships).

use crate::{AuditEvent, Changed, Error, Store, audit::audit, changes::write_change, db::read};
use domain::id::{ServerId, UserId, WorkspaceId};

/// A member that was chosen for a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerMember {
    /// Who.
    pub id: UserId,
    /// Their e-mail.
    pub email: String,
    /// Their name.
    pub name: String,
}

impl Store {
    /// Opens a server to every member, or to the chosen ones. Those that are chosen stay so while it is open to everyone.
    pub async fn open_server(
        &self,
        workspace: &WorkspaceId,
        server: &ServerId,
        everyone: bool,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write_change!(self, Changed::Workspace(workspace.clone()), tx => {
            let done = sqlx::query("UPDATE servers SET everyone = $1 WHERE id = $2 AND workspace_id = $3")
                .bind(everyone).bind(server.as_str()).bind(workspace.as_str()).execute(&mut *tx).await?;
            if done.rows_affected() == 0 {
                return Err(Error::NotFound);
            }
            audit!(tx, event);
            Ok(())
        })
    }

    /// Chooses a member for a server; once more changes nothing. [`Error::NotFound`] if either is not the workspace's.
    pub async fn choose_for_server(
        &self,
        workspace: &WorkspaceId,
        server: &ServerId,
        user: &UserId,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write_change!(self, Changed::Owner(user.clone()), tx => {
            sqlx::query(
                "INSERT INTO server_members (server_id, workspace_id, user_id) VALUES ($1, $2, $3)
                 ON CONFLICT (server_id, workspace_id, user_id) DO NOTHING",
            )
            .bind(server.as_str())
            .bind(workspace.as_str())
            .bind(user.as_str())
            .execute(&mut *tx)
            .await
            .map_err(Error::or_missing)?;
            audit!(tx, event);
            Ok(())
        })
    }

    /// Takes a member's choice back; [`Error::NotFound`] if they were not chosen.
    pub async fn unchoose_for_server(
        &self,
        workspace: &WorkspaceId,
        server: &ServerId,
        user: &UserId,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write_change!(self, Changed::Owner(user.clone()), tx => {
            let done =
                sqlx::query("DELETE FROM server_members WHERE server_id = $1 AND workspace_id = $2 AND user_id = $3")
                    .bind(server.as_str()).bind(workspace.as_str()).bind(user.as_str()).execute(&mut *tx).await?;
            if done.rows_affected() == 0 {
                return Err(Error::NotFound);
            }
            audit!(tx, event);
            Ok(())
        })
    }

    /// Up to `most` members that were chosen for a server, by e-mail, beyond the e-mail `after`.
    pub async fn server_members(
        &self,
        workspace: &WorkspaceId,
        server: &ServerId,
        after: &str,
        most: i64,
    ) -> Result<Vec<ServerMember>, Error> {
        let rows: Vec<(String, String, String)> = read!(self, pool => sqlx::query_as(
            "SELECT u.id, u.email, u.name FROM server_members c JOIN users u ON u.id = c.user_id
             WHERE c.server_id = $1 AND c.workspace_id = $2 AND u.email > $3 ORDER BY u.email LIMIT $4",
        )
        .bind(server.as_str())
        .bind(workspace.as_str())
        .bind(after)
        .bind(most)
        .fetch_all(pool)
        .await)?;
        let member = |(id, email, name)| ServerMember { id: UserId::from_text(id), email, name };
        Ok(rows.into_iter().map(member).collect())
    }
}
