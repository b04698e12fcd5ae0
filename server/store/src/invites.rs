//! Invites: a link that makes whoever opens it a member, once. Only the hash of its token is kept. An invite is open until its
//! time is over, and only as long as whoever made it may still invite: asked anew every time, as with keys.

use crate::{
    AuditEvent, Changed, Error, Store, User,
    audit::audit,
    changes::write_change,
    db::{read, write},
    members::{put_member, role_in},
    stored::{case, word},
    users::{insert_user, stamp_role},
    workspaces::lock_workspace,
};
use domain::{
    access::Role,
    id::{InviteId, UserId, WorkspaceId},
    key::SecretHash,
    time::Timestamp,
};

/// An invite, not yet written.
#[derive(Clone, Debug)]
pub struct Invite {
    /// Names it.
    pub id: InviteId,
    /// Into which workspace.
    pub workspace: WorkspaceId,
    /// The hash of its token.
    pub hash: SecretHash,
    /// As what.
    pub role: Role,
    /// By whom; `None` for the command line.
    pub invited_by: Option<UserId>,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

/// An invite that may still be accepted.
#[derive(Clone, Debug)]
pub struct OpenInvite {
    /// Names it.
    pub id: InviteId,
    /// Into which workspace.
    pub workspace: WorkspaceId,
    /// The workspace's slug.
    pub workspace_slug: String,
    /// The workspace's name.
    pub workspace_name: String,
    /// As what.
    pub role: Role,
    /// The name of whoever made it; `None` for the command line.
    pub invited_by: Option<String>,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
}

/// Who accepts an invite.
#[derive(Clone, Copy, Debug)]
pub enum Newcomer<'a> {
    /// Somebody with an account.
    User(&'a UserId),
    /// Somebody who gets one: the user, the password's hash, and the event about it.
    Fresh(&'a User, &'a str, &'a AuditEvent),
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    workspace_id: String,
    workspace_slug: String,
    workspace_name: String,
    role: String,
    invited_by: Option<String>,
    created_at: i64,
    expires_at: i64,
}

impl TryFrom<Row> for OpenInvite {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: InviteId::from_text(row.id),
            workspace: WorkspaceId::from_text(row.workspace_id),
            workspace_slug: row.workspace_slug,
            workspace_name: row.workspace_name,
            role: case("role", row.role)?,
            invited_by: row.invited_by,
            created_at: Timestamp(row.created_at),
            expires_at: Timestamp(row.expires_at),
        })
    }
}

/// The condition on `invites i` that it is open at the moment `$now` (a parameter such as `$2`).
macro_rules! open {
    ($now:literal) => {
        concat!(
            "i.expires_at > ",
            $now,
            " AND (i.invited_by IS NULL OR EXISTS (
                SELECT 1 FROM users b LEFT JOIN memberships m ON m.user_id = b.id AND m.workspace_id = i.workspace_id
                WHERE b.id = i.invited_by AND b.active = TRUE AND (b.instance_admin = TRUE OR m.role = 'admin')))"
        )
    };
}

macro_rules! select {
    ($($rest:expr),+) => {
        concat!(
            "SELECT i.id, i.workspace_id, w.slug AS workspace_slug, w.name AS workspace_name, i.role, u.name AS invited_by,
               i.created_at, i.expires_at
             FROM invites i JOIN workspaces w ON w.id = i.workspace_id LEFT JOIN users u ON u.id = i.invited_by WHERE ",
            $($rest),+
        )
    };
}

impl Store {
    /// Adds an invite; [`Error::TooManyInvites`] if `most` of the workspace are open. What is over is forgotten.
    pub async fn insert_invite(&self, invite: &Invite, most: i64, event: &AuditEvent) -> Result<(), Error> {
        write!(self, tx => {
            lock_workspace!(tx, invite.workspace);
            sqlx::query("DELETE FROM invites WHERE workspace_id = $1 AND expires_at <= $2")
                .bind(invite.workspace.as_str()).bind(invite.created_at.0).execute(&mut *tx).await?;
            let (count,): (i64,) = sqlx::query_as(
                concat!("SELECT COUNT(*) FROM invites i WHERE i.workspace_id = $1 AND ", open!("$2")),
            )
            .bind(invite.workspace.as_str()).bind(invite.created_at.0).fetch_one(&mut *tx).await?;
            if count >= most {
                return Err(Error::TooManyInvites(most));
            }
            sqlx::query(
                "INSERT INTO invites (id, workspace_id, hash, role, invited_by, created_at, expires_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(invite.id.as_str())
            .bind(invite.workspace.as_str())
            .bind(invite.hash.as_bytes())
            .bind(word(invite.role))
            .bind(invite.invited_by.as_ref().map(UserId::as_str))
            .bind(invite.created_at.0)
            .bind(invite.expires_at.0)
            .execute(&mut *tx)
            .await?;
            audit!(tx, event);
            Ok(())
        })
    }

    /// The open invites of a workspace, the newest first. There are never many: see [`insert_invite`](Self::insert_invite).
    pub async fn open_invites(&self, workspace: &WorkspaceId, now: Timestamp) -> Result<Vec<OpenInvite>, Error> {
        let sql = select!("i.workspace_id = $1 AND ", open!("$2"), " ORDER BY i.created_at DESC, i.id DESC LIMIT 100");
        let rows: Vec<Row> = read!(self, pool => sqlx::query_as(sql)
            .bind(workspace.as_str()).bind(now.0).fetch_all(pool).await)?;
        rows.into_iter().map(OpenInvite::try_from).collect()
    }

    /// The open invite of a token.
    pub async fn invite(&self, hash: &SecretHash, now: Timestamp) -> Result<Option<OpenInvite>, Error> {
        let sql = select!("i.hash = $1 AND ", open!("$2"));
        let row: Option<Row> = read!(self, pool => sqlx::query_as(sql)
            .bind(hash.as_bytes()).bind(now.0).fetch_optional(pool).await)?;
        row.map(OpenInvite::try_from).transpose()
    }

    /// Takes an invite back; [`Error::NotFound`] if it is not there.
    pub async fn revoke_invite(
        &self,
        workspace: &WorkspaceId,
        invite: &InviteId,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write!(self, tx => {
            let done = sqlx::query("DELETE FROM invites WHERE id = $1 AND workspace_id = $2")
                .bind(invite.as_str()).bind(workspace.as_str()).execute(&mut *tx).await?;
            if done.rows_affected() == 0 {
                return Err(Error::NotFound);
            }
            audit!(tx, event);
            Ok(())
        })
    }

    /// Uses an invite up: the newcomer is a member with its role, or keeps a higher one. [`Error::NotFound`] if it is not
    /// open any more (of several who try at once, one is let in); [`Error::Taken`] if a fresh user's e-mail is.
    pub async fn accept_invite(
        &self,
        invite: &OpenInvite,
        newcomer: Newcomer<'_>,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        let user = match newcomer {
            Newcomer::User(user) => user,
            Newcomer::Fresh(user, ..) => &user.id,
        };
        write_change!(self, Changed::Owner(user.clone()), tx => {
            lock_workspace!(tx, invite.workspace);
            let done = sqlx::query(concat!("DELETE FROM invites AS i WHERE i.id = $1 AND ", open!("$2")))
                .bind(invite.id.as_str()).bind(event.at.0).execute(&mut *tx).await?;
            if done.rows_affected() == 0 {
                return Err(Error::NotFound);
            }
            if let Newcomer::Fresh(user, password_hash, created) = newcomer {
                insert_user!(tx, user, password_hash);
                audit!(tx, created);
            }
            let before = role_in!(tx, invite.workspace, user);
            if before.is_none_or(|role| role < invite.role) {
                put_member!(tx, invite.workspace, user, invite.role, event.at);
                stamp_role!(tx, user, event.at);
            }
            audit!(tx, event);
            Ok(())
        })
    }
}
