//! Who is a member of which workspace, with what role. A key follows its owner's membership by itself: nothing here touches
//! a key.

use crate::{
    AuditEvent, Changed, Cursor, Error, SectionCount, Store,
    audit::audit,
    changes::write_change,
    counts::live,
    db::read,
    keys::COUNT_MOST,
    sql::pattern,
    stored::{case, word},
    users::stamp_role,
    workspaces::lock_workspace,
};
use domain::{
    access::Role,
    id::{UserId, WorkspaceId},
    time::Timestamp,
};

/// A user of a workspace, as filters show them.
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

/// A member as the list of members shows them.
#[derive(Clone, Debug)]
pub struct MemberRow {
    /// Who, with what role.
    pub member: Member,
    /// They may sign in.
    pub active: bool,
    /// Since when they are a member.
    pub joined_at: Timestamp,
    /// Their keys that are enabled and not over. Whether these work is also the workspace's and the user's matter.
    pub keys: SectionCount,
}

/// One page of members.
#[derive(Clone, Debug)]
pub struct MemberPage {
    /// The members, the newest first.
    pub members: Vec<MemberRow>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    email: String,
    name: String,
    role: String,
}

#[derive(sqlx::FromRow)]
struct ListedRow {
    active: bool,
    created_at: i64,
    keys: i64,
    #[sqlx(flatten)]
    member: Row,
}

impl TryFrom<Row> for Member {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self { user_id: UserId::from_text(row.id), email: row.email, name: row.name, role: case("role", row.role)? })
    }
}

impl TryFrom<ListedRow> for MemberRow {
    type Error = Error;

    fn try_from(row: ListedRow) -> Result<Self, Error> {
        Ok(Self {
            member: row.member.try_into()?,
            active: row.active,
            joined_at: Timestamp(row.created_at),
            keys: SectionCount::bounded(row.keys),
        })
    }
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

/// The role of a user inside the transaction `$tx`, in which the workspace is locked.
macro_rules! role_in {
    ($tx:ident, $workspace:expr, $user:expr) => {{
        let row: Option<(String,)> =
            sqlx::query_as("SELECT role FROM memberships WHERE workspace_id = $1 AND user_id = $2")
                .bind($workspace.as_str())
                .bind($user.as_str())
                .fetch_optional(&mut *$tx)
                .await?;
        row.map(|(role,)| $crate::stored::case::<Role>("role", role)).transpose()?
    }};
}

/// Refuses to take its last active administrator from a workspace, which is locked by the caller. Administrators of the
/// installation count only if they are members.
macro_rules! keep_admin {
    ($tx:ident, $workspace:expr, $user:expr) => {{
        let admins: Vec<(String,)> = sqlx::query_as(
            "SELECT m.user_id FROM memberships m JOIN users u ON u.id = m.user_id
             WHERE m.workspace_id = $1 AND m.role = 'admin' AND u.active = TRUE LIMIT 2",
        )
        .bind($workspace.as_str())
        .fetch_all(&mut *$tx)
        .await?;
        if admins.len() == 1 && admins[0].0 == $user.as_str() {
            return Err(Error::LastOfWorkspace);
        }
    }};
}
pub(crate) use {put_member, role_in};

impl Store {
    /// Makes a user a member, or changes the role of one. [`Error::LastOfWorkspace`] if no administrator would be left.
    pub async fn put_member(
        &self,
        workspace: &WorkspaceId,
        user: &UserId,
        role: Role,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write_change!(self, Changed::Owner(user.clone()), tx => {
            lock_workspace!(tx, workspace);
            if role != Role::Admin {
                keep_admin!(tx, workspace, user);
            }
            if role_in!(tx, workspace, user) != Some(role) {
                stamp_role!(tx, user, event.at);
            }
            put_member!(tx, workspace, user, role, event.at);
            audit!(tx, event);
            Ok(())
        })
    }

    /// Changes the role of a member. [`Error::NotFound`] if they are none; [`Error::LastOfWorkspace`] if no administrator
    /// would be left.
    pub async fn set_role(
        &self,
        workspace: &WorkspaceId,
        user: &UserId,
        role: Role,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write_change!(self, Changed::Owner(user.clone()), tx => {
            lock_workspace!(tx, workspace);
            let before = role_in!(tx, workspace, user).ok_or(Error::NotFound)?;
            if role != Role::Admin {
                keep_admin!(tx, workspace, user);
            }
            if before != role {
                stamp_role!(tx, user, event.at);
            }
            put_member!(tx, workspace, user, role, event.at);
            audit!(tx, event);
            Ok(())
        })
    }

    /// Ends a membership: the member's keys stop with it. [`Error::NotFound`] if there is none;
    /// [`Error::LastOfWorkspace`] if no administrator would be left.
    pub async fn remove_member(&self, workspace: &WorkspaceId, user: &UserId, event: &AuditEvent) -> Result<(), Error> {
        write_change!(self, Changed::Owner(user.clone()), tx => {
            lock_workspace!(tx, workspace);
            keep_admin!(tx, workspace, user);
            let done = sqlx::query("DELETE FROM memberships WHERE workspace_id = $1 AND user_id = $2")
                .bind(workspace.as_str()).bind(user.as_str()).execute(&mut *tx).await?;
            if done.rows_affected() == 0 {
                return Err(Error::NotFound);
            }
            stamp_role!(tx, user, event.at);
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

    /// One member.
    pub async fn member(&self, workspace: &WorkspaceId, user: &UserId) -> Result<Option<Member>, Error> {
        let row: Option<Row> = read!(self, pool => sqlx::query_as(
            "SELECT u.id, u.email, u.name, m.role FROM memberships m JOIN users u ON u.id = m.user_id
             WHERE m.workspace_id = $1 AND m.user_id = $2",
        )
        .bind(workspace.as_str())
        .bind(user.as_str())
        .fetch_optional(pool)
        .await)?;
        row.map(Member::try_from).transpose()
    }

    /// Members by name, for the owner filter: a list to choose from, not a directory. Of more than `most`, those who joined
    /// first: an index has them in that order, whereas the first by name are known only when every name was read.
    pub async fn members(&self, workspace: &WorkspaceId, most: i64) -> Result<Vec<Member>, Error> {
        let rows: Vec<Row> = read!(self, pool => sqlx::query_as(
            "SELECT u.id, u.email, u.name, m.role FROM (SELECT user_id, role FROM memberships
               WHERE workspace_id = $1 ORDER BY created_at, user_id LIMIT $2) AS m
             JOIN users u ON u.id = m.user_id ORDER BY u.name_folded, u.id",
        )
        .bind(workspace.as_str())
        .bind(most)
        .fetch_all(pool)
        .await)?;
        rows.into_iter().map(Member::try_from).collect()
    }

    /// One page of members, the newest first; their keys are counted in the same query. A search reads the workspace's
    /// names.
    pub async fn member_page(
        &self,
        workspace: &WorkspaceId,
        search: &str,
        now: Timestamp,
        after: Option<&Cursor>,
        size: usize,
    ) -> Result<MemberPage, Error> {
        let sql = concat!(
            "SELECT u.id, u.email, u.name, u.active, m.role, m.created_at,
               (SELECT COUNT(*) FROM (SELECT 1 AS one FROM keys k
                  WHERE k.workspace_id = m.workspace_id AND k.owner_id = m.user_id AND ",
            live!("$2"),
            " LIMIT $3) AS counted) AS keys
             FROM memberships m JOIN users u ON u.id = m.user_id
             WHERE m.workspace_id = $1 AND (m.created_at, m.user_id) < ($4, $5)
               AND ($6 = '' OR u.email LIKE $6 ESCAPE '\\' OR u.name_folded LIKE $6 ESCAPE '\\')
             ORDER BY m.created_at DESC, m.user_id DESC LIMIT $7"
        );
        let first = (i64::MAX, "");
        let (joined, id) = after.map_or(first, |c| (c.value.parse().unwrap_or(first.0), c.id.as_str()));
        let mut rows: Vec<ListedRow> = read!(self, pool => sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(now.0)
            .bind(COUNT_MOST + 1)
            .bind(joined)
            .bind(id)
            .bind(pattern(search).unwrap_or_default())
            .bind(i64::try_from(size + 1).unwrap_or(i64::MAX))
            .fetch_all(pool)
            .await)?;
        let more = rows.len() > size;
        rows.truncate(size);
        let last = rows.last().filter(|_| more);
        let next = last.map(|row| Cursor { value: row.created_at.to_string(), id: row.member.id.clone() });
        Ok(MemberPage { members: rows.into_iter().map(MemberRow::try_from).collect::<Result<_, _>>()?, next })
    }
}
