//! Workspaces, and who is a member of which with what role.

use crate::{
    AuditEvent, Error, Store, User,
    audit::audit,
    db::{read, write},
    stored::{case, json, parse, word},
    users::insert_user,
};
use domain::{
    access::Role,
    id::{UserId, WorkspaceId},
    time::Timestamp,
    workspace::{Plan, Reveal, Settings},
};

/// A tenant.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// Names the workspace.
    pub id: WorkspaceId,
    /// Its name in URLs.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// Whether its keys work.
    pub plan: Plan,
    /// Its settings.
    pub settings: Settings,
    /// Since when.
    pub created_at: Timestamp,
}

/// A user of a workspace, as lists and filters show them.
#[derive(Clone, Debug)]
pub struct Member {
    /// Who.
    pub user_id: UserId,
    /// Their e-mail.
    pub email: String,
    /// Their name.
    pub name: String,
    /// Their role.
    pub role: Role,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    slug: String,
    name: String,
    plan: String,
    settings: String,
    created_at: i64,
}

impl TryFrom<Row> for Workspace {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: WorkspaceId::from_text(row.id),
            slug: row.slug,
            name: row.name,
            plan: case("plan", row.plan)?,
            settings: parse("workspace settings", &row.settings)?,
            created_at: Timestamp(row.created_at),
        })
    }
}

#[derive(sqlx::FromRow)]
struct MemberRow {
    id: String,
    email: String,
    name: String,
    role: String,
}

/// Writes a workspace inside the transaction `$tx`.
macro_rules! insert_workspace {
    ($tx:ident, $workspace:expr) => {{
        let workspace: &Workspace = $workspace;
        sqlx::query(
            "INSERT INTO workspaces (id, slug, name, plan, settings, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(workspace.id.as_str())
        .bind(&workspace.slug)
        .bind(&workspace.name)
        .bind(word(workspace.plan))
        .bind(json(&workspace.settings))
        .bind(workspace.created_at.0)
        .execute(&mut *$tx)
        .await
        .map_err(Error::or_taken)?
    }};
}

/// Writes or replaces a membership inside the transaction `$tx`.
macro_rules! put_member {
    ($tx:ident, $workspace:expr, $user:expr, $role:expr, $at:expr) => {
        sqlx::query(
            "INSERT INTO memberships (workspace_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (workspace_id, user_id) DO UPDATE SET role = excluded.role",
        )
        .bind($workspace.as_str())
        .bind($user.as_str())
        .bind(word($role))
        .bind($at.0)
        .execute(&mut *$tx)
        .await?
    };
}

impl Store {
    /// The first administrator with the first workspace; [`Error::Taken`] once there is an administrator.
    pub async fn set_up(
        &self,
        user: &User,
        password_hash: &str,
        workspace: Option<&Workspace>,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write!(self, tx => {
            // Of two set-ups side by side, one meets the other's row here and fails: only one administrator comes of a link.
            sqlx::query("INSERT INTO installation (name, value) VALUES ('set_up_by', $1)")
                .bind(user.id.as_str()).execute(&mut *tx).await.map_err(Error::or_taken)?;
            let admin: Option<(String,)> =
                sqlx::query_as("SELECT id FROM users WHERE instance_admin = TRUE AND active = TRUE LIMIT 1")
                    .fetch_optional(&mut *tx).await?;
            if admin.is_some() {
                return Err(Error::Taken);
            }
            insert_user!(tx, user, password_hash);
            if let Some(workspace) = workspace {
                insert_workspace!(tx, workspace);
                put_member!(tx, workspace.id, user.id, Role::Admin, user.created_at);
            }
            audit!(tx, event);
            Ok(())
        })
    }

    /// Adds a workspace; [`Error::Taken`] if the slug is.
    pub async fn insert_workspace(&self, workspace: &Workspace, event: &AuditEvent) -> Result<(), Error> {
        write!(self, tx => {
            insert_workspace!(tx, workspace);
            audit!(tx, event);
            Ok(())
        })
    }

    /// Changes a workspace's name, plan and settings; [`Error::NotFound`] if there is no such workspace. One that shows
    /// secrets once keeps none: what was sealed before is erased with the change.
    pub async fn update_workspace(&self, workspace: &Workspace, event: &AuditEvent) -> Result<(), Error> {
        write!(self, tx => {
            let done = sqlx::query("UPDATE workspaces SET name = $1, plan = $2, settings = $3 WHERE id = $4")
                .bind(&workspace.name)
                .bind(word(workspace.plan))
                .bind(json(&workspace.settings))
                .bind(workspace.id.as_str())
                .execute(&mut *tx)
                .await?;
            if done.rows_affected() == 0 {
                return Err(Error::NotFound);
            }
            if workspace.settings.reveal == Reveal::Once {
                sqlx::query("UPDATE keys SET sealed = NULL, sealed_by = NULL WHERE workspace_id = $1 AND sealed IS NOT NULL")
                    .bind(workspace.id.as_str()).execute(&mut *tx).await?;
            }
            audit!(tx, event);
            Ok(())
        })
    }

    /// A workspace by slug.
    pub async fn workspace(&self, slug: &str) -> Result<Option<Workspace>, Error> {
        let row: Option<Row> = read!(self, pool => sqlx::query_as(
            "SELECT id, slug, name, plan, settings, created_at FROM workspaces WHERE slug = $1",
        )
        .bind(slug)
        .fetch_optional(pool)
        .await)?;
        row.map(Workspace::try_from).transpose()
    }

    /// Every workspace by slug.
    pub async fn workspaces(&self) -> Result<Vec<Workspace>, Error> {
        let rows: Vec<Row> = read!(self, pool => sqlx::query_as(
            "SELECT id, slug, name, plan, settings, created_at FROM workspaces ORDER BY slug",
        )
        .fetch_all(pool)
        .await)?;
        rows.into_iter().map(Workspace::try_from).collect()
    }

    /// The workspaces that a user is a member of, by slug.
    pub async fn workspaces_of(&self, user: &UserId) -> Result<Vec<Workspace>, Error> {
        let rows: Vec<Row> = read!(self, pool => sqlx::query_as(
            "SELECT w.id, w.slug, w.name, w.plan, w.settings, w.created_at
             FROM memberships m JOIN workspaces w ON w.id = m.workspace_id WHERE m.user_id = $1 ORDER BY w.slug",
        )
        .bind(user.as_str())
        .fetch_all(pool)
        .await)?;
        rows.into_iter().map(Workspace::try_from).collect()
    }

    /// Makes a user a member, or changes the role of one.
    pub async fn put_member(
        &self,
        workspace: &WorkspaceId,
        user: &UserId,
        role: Role,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write!(self, tx => {
            put_member!(tx, workspace, user, role, event.at);
            audit!(tx, event);
            Ok(())
        })
    }

    /// Ends a membership: the member's keys stop with it. [`Error::NotFound`] if there is none.
    pub async fn remove_member(&self, workspace: &WorkspaceId, user: &UserId, event: &AuditEvent) -> Result<(), Error> {
        write!(self, tx => {
            let done = sqlx::query("DELETE FROM memberships WHERE workspace_id = $1 AND user_id = $2")
                .bind(workspace.as_str()).bind(user.as_str()).execute(&mut *tx).await?;
            if done.rows_affected() == 0 {
                return Err(Error::NotFound);
            }
            audit!(tx, event);
            Ok(())
        })
    }

    /// A user's role in a workspace.
    pub async fn role(&self, workspace: &WorkspaceId, user: &UserId) -> Result<Option<Role>, Error> {
        let row: Option<(String,)> = read!(self, pool => sqlx::query_as(
            "SELECT role FROM memberships WHERE workspace_id = $1 AND user_id = $2",
        )
        .bind(workspace.as_str())
        .bind(user.as_str())
        .fetch_optional(pool)
        .await)?;
        row.map(|(role,)| case("role", role)).transpose()
    }

    /// The first members by name, for the owner filter: a list to choose from, not a directory.
    pub async fn members(&self, workspace: &WorkspaceId, most: i64) -> Result<Vec<Member>, Error> {
        let rows: Vec<MemberRow> = read!(self, pool => sqlx::query_as(
            "SELECT u.id, u.email, u.name, m.role FROM memberships m JOIN users u ON u.id = m.user_id
             WHERE m.workspace_id = $1 ORDER BY u.name_folded, u.id LIMIT $2",
        )
        .bind(workspace.as_str())
        .bind(most)
        .fetch_all(pool)
        .await)?;
        rows.into_iter()
            .map(|row| {
                Ok(Member {
                    user_id: UserId::from_text(row.id),
                    email: row.email,
                    name: row.name,
                    role: case("role", row.role)?,
                })
            })
            .collect()
    }
}
