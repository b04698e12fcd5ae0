//! Workspaces: slug, plan, settings. Their members stand in `members`.

use crate::{
    AuditEvent, Changed, Error, Store, User,
    audit::audit,
    changes::write_change,
    db::{read, write},
    hold::update_keys,
    members::put_member,
    samples::bound_samples,
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

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    slug: String,
    name: String,
    plan: String,
    settings: String,
    created_at: i64,
}

#[derive(sqlx::FromRow)]
struct WithRole {
    role: String,
    #[sqlx(flatten)]
    workspace: Row,
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

/// Writes a workspace inside the transaction `$tx`.
macro_rules! insert_workspace {
    ($tx:ident, $workspace:expr) => {{
        let workspace: &Workspace = $workspace;
        sqlx::query(
            "INSERT INTO workspaces (id, slug, name, name_folded, plan, settings, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(workspace.id.as_str())
        .bind(&workspace.slug)
        .bind(&workspace.name)
        .bind(workspace.name.to_lowercase())
        .bind(word(workspace.plan))
        .bind(json(&workspace.settings))
        .bind(workspace.created_at.0)
        .execute(&mut *$tx)
        .await
        .map_err(Error::or_taken)?
    }};
}

/// Takes the lock on a workspace's row: PostgreSQL makes the next change of its members wait here; SQLite has one writer
/// anyway. It comes before any lock on a user.
macro_rules! lock_workspace {
    ($tx:ident, $workspace:expr) => {
        sqlx::query("UPDATE workspaces SET plan = plan WHERE id = $1")
            .bind($workspace.as_str())
            .execute(&mut *$tx)
            .await?
    };
}
pub(crate) use lock_workspace;

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

    /// Adds a workspace without members; [`Error::Taken`] if the slug is.
    pub async fn insert_workspace(&self, workspace: &Workspace, event: &AuditEvent) -> Result<(), Error> {
        self.found_workspace(workspace, None, event).await
    }

    /// Adds a workspace with its first administrator; [`Error::Taken`] if the slug is.
    pub async fn found_workspace(
        &self,
        workspace: &Workspace,
        admin: Option<&UserId>,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write!(self, tx => {
            insert_workspace!(tx, workspace);
            if let Some(admin) = admin {
                put_member!(tx, workspace.id, admin, Role::Admin, workspace.created_at);
            }
            audit!(tx, event);
            Ok(())
        })
    }

    /// Changes a workspace's name, plan and settings; [`Error::NotFound`] if there is no such workspace, [`Error::Changed`] if they
    /// are not what they were `before` any more, which is what the caller has seen. One that shows
    /// secrets once keeps none: what was sealed before is erased with the change. So are the samples of one that takes none; and
    /// those of one that takes some end no later than it says now.
    pub async fn update_workspace(
        &self,
        before: &Workspace,
        workspace: &Workspace,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write_change!(self, Changed::Workspace(workspace.id.clone()), tx => {
            lock_workspace!(tx, workspace.id);
            let now: Option<Row> = sqlx::query_as(
                "SELECT id, slug, name, plan, settings, created_at FROM workspaces WHERE id = $1",
            )
            .bind(workspace.id.as_str()).fetch_optional(&mut *tx).await?;
            let now = Workspace::try_from(now.ok_or(Error::NotFound)?)?;
            if (&now.name, now.plan, &now.settings) != (&before.name, before.plan, &before.settings) {
                return Err(Error::Changed);
            }
            sqlx::query("UPDATE workspaces SET name = $1, name_folded = $2, plan = $3, settings = $4 WHERE id = $5")
                .bind(&workspace.name)
                .bind(workspace.name.to_lowercase())
                .bind(word(workspace.plan))
                .bind(json(&workspace.settings))
                .bind(workspace.id.as_str())
                .execute(&mut *tx)
                .await?;
            if workspace.settings.reveal == Reveal::Once {
                update_keys!(
                    self, tx, "sealed = NULL, sealed_by = NULL", "workspace_id = $1 AND sealed IS NOT NULL",
                    workspace.id.as_str()
                );
            }
            bound_samples!(tx, workspace);
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

    /// The first workspaces by name, for the switcher of those who may enter all.
    pub async fn first_workspaces(&self, most: i64) -> Result<Vec<Workspace>, Error> {
        let rows: Vec<Row> = read!(self, pool => sqlx::query_as(
            "SELECT id, slug, name, plan, settings, created_at FROM workspaces ORDER BY name_folded, id LIMIT $1",
        )
        .bind(most)
        .fetch_all(pool)
        .await)?;
        rows.into_iter().map(Workspace::try_from).collect()
    }

    /// The workspaces that a user is a member of, by name, with the role that they have there.
    pub async fn workspaces_of(&self, user: &UserId) -> Result<Vec<(Workspace, Role)>, Error> {
        let rows: Vec<WithRole> = read!(self, pool => sqlx::query_as(
            "SELECT w.id, w.slug, w.name, w.plan, w.settings, w.created_at, m.role
             FROM memberships m JOIN workspaces w ON w.id = m.workspace_id WHERE m.user_id = $1
             ORDER BY w.name_folded, w.id",
        )
        .bind(user.as_str())
        .fetch_all(pool)
        .await)?;
        rows.into_iter().map(|row| Ok((row.workspace.try_into()?, case("role", row.role)?))).collect()
    }
}
