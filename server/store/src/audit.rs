//! The audit log: one event for each change, written in the transaction of the change.

use crate::{Error, Store, db::read};
use domain::{
    id::{EventId, UserId, WorkspaceId},
    time::Timestamp,
};

/// One change that a person or the command line made.
#[derive(Clone, Debug)]
pub struct AuditEvent {
    /// Names the event.
    pub id: EventId,
    /// When.
    pub at: Timestamp,
    /// In which workspace; `None` for the installation as a whole.
    pub workspace: Option<WorkspaceId>,
    /// Who, if it was a user.
    pub actor_id: Option<UserId>,
    /// Who, as it reads for ever: the e-mail at that time, or `command line`.
    pub actor: String,
    /// What, such as `key.create`.
    pub action: String,
    /// The id of what was changed.
    pub target: String,
    /// Its name at that time, before the change.
    pub target_name: String,
    /// Its name after the change, if that is what was changed; else empty.
    pub new_name: String,
    /// The client's address; empty for the command line.
    pub address: String,
}

/// Writes an event inside the transaction `$tx`.
macro_rules! audit {
    ($tx:ident, $event:expr) => {{
        let event: &$crate::AuditEvent = $event;
        sqlx::query(
            "INSERT INTO audit_events (id, at, workspace_id, actor_id, actor, action, target, target_name, new_name, address)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(event.id.as_str())
        .bind(event.at.0)
        .bind(event.workspace.as_ref().map(|id| id.as_str()))
        .bind(event.actor_id.as_ref().map(|id| id.as_str()))
        .bind(&event.actor)
        .bind(&event.action)
        .bind(&event.target)
        .bind(&event.target_name)
        .bind(&event.new_name)
        .bind(&event.address)
        .execute(&mut *$tx)
        .await?
    }};
}
pub(crate) use audit;

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: String,
    at: i64,
    workspace_id: Option<String>,
    actor_id: Option<String>,
    actor: String,
    action: String,
    target: String,
    target_name: String,
    new_name: String,
    address: String,
}

impl From<Row> for AuditEvent {
    fn from(row: Row) -> Self {
        Self {
            id: EventId::from_text(row.id),
            at: Timestamp(row.at),
            workspace: row.workspace_id.map(WorkspaceId::from_text),
            actor_id: row.actor_id.map(UserId::from_text),
            actor: row.actor,
            action: row.action,
            target: row.target,
            target_name: row.target_name,
            new_name: row.new_name,
            address: row.address,
        }
    }
}

impl Store {
    /// The latest events about one key, newest first.
    pub async fn audit_of_key(&self, workspace: &WorkspaceId, key: &str, most: i64) -> Result<Vec<AuditEvent>, Error> {
        let rows: Vec<Row> = read!(self, pool => sqlx::query_as(
            "SELECT id, at, workspace_id, actor_id, actor, action, target, target_name, new_name, address FROM audit_events
             WHERE workspace_id || ' ' || target = $1 ORDER BY at DESC, id DESC LIMIT $2",
        )
        .bind(format!("{workspace} {key}"))
        .bind(most)
        .fetch_all(pool)
        .await)?;
        Ok(rows.into_iter().map(AuditEvent::from).collect())
    }
}
