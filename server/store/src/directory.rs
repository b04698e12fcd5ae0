//! Everybody and every workspace of the installation, by page, for its administrators. What stands beside a row is counted in
//! the page's query, and stops at a bound of its own: a page has two counts a row, so that its cost is the bound's, whatever is there.

use crate::{Cursor, Error, SectionCount, Store, counts::live, db::read, sql::pattern, stored::case, users};
use domain::{id::WorkspaceId, time::Timestamp, workspace::Plan};

/// What is counted beside a row stops here: "100+".
const BESIDE_MOST: i64 = 100;

/// A user with what is theirs.
#[derive(Clone, Debug)]
pub struct UserRow {
    /// Who.
    pub user: crate::User,
    /// How many workspaces they are a member of.
    pub workspaces: SectionCount,
    /// How many of their keys work.
    pub keys: SectionCount,
}

/// One page of users.
#[derive(Clone, Debug)]
pub struct UserPage {
    /// The users, by e-mail.
    pub users: Vec<UserRow>,
    /// The e-mail after which the next page begins, if there is one.
    pub next: Option<String>,
}

/// A workspace with what is in it.
#[derive(Clone, Debug)]
pub struct WorkspaceRow {
    /// Names the workspace.
    pub id: WorkspaceId,
    /// Its name in URLs.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// Whether its keys work.
    pub plan: Plan,
    /// Since when.
    pub created_at: Timestamp,
    /// How many members it has.
    pub members: SectionCount,
    /// How many of its keys work.
    pub keys: SectionCount,
}

/// One page of workspaces.
#[derive(Clone, Debug)]
pub struct WorkspacePage {
    /// The workspaces, by name.
    pub workspaces: Vec<WorkspaceRow>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

#[derive(sqlx::FromRow)]
struct ListedUser {
    workspaces: i64,
    keys: i64,
    #[sqlx(flatten)]
    user: users::Row,
}

#[derive(sqlx::FromRow)]
struct ListedWorkspace {
    id: String,
    slug: String,
    name: String,
    name_folded: String,
    plan: String,
    created_at: i64,
    members: i64,
    keys: i64,
}

fn beside(count: i64) -> SectionCount {
    SectionCount::bounded_by(BESIDE_MOST, count)
}

impl TryFrom<ListedWorkspace> for WorkspaceRow {
    type Error = Error;

    fn try_from(row: ListedWorkspace) -> Result<Self, Error> {
        Ok(Self {
            id: WorkspaceId::from_text(row.id),
            slug: row.slug,
            name: row.name,
            plan: case("plan", row.plan)?,
            created_at: Timestamp(row.created_at),
            members: beside(row.members),
            keys: beside(row.keys),
        })
    }
}

impl Store {
    /// One page of users, by e-mail. A search reads every user's name.
    pub async fn user_page(
        &self,
        search: &str,
        now: Timestamp,
        after: Option<&str>,
        size: usize,
    ) -> Result<UserPage, Error> {
        let sql = concat!(
            "SELECT u.id, u.email, u.name, u.instance_admin, u.active, u.created_at,
               (SELECT COUNT(*) FROM (SELECT 1 AS one FROM memberships m WHERE m.user_id = u.id LIMIT $2) AS counted) AS workspaces,
               CASE WHEN u.active = TRUE THEN (SELECT COUNT(*) FROM (SELECT 1 AS one FROM memberships m
                  JOIN workspaces w ON w.id = m.workspace_id
                  JOIN keys k ON k.workspace_id = m.workspace_id AND k.owner_id = m.user_id
                  WHERE m.user_id = u.id AND w.plan = 'pro' AND ",
            live!("$1"),
            " LIMIT $2) AS counted) ELSE 0 END AS keys
             FROM users u
             WHERE u.email > $3 AND ($4 = '' OR u.email LIKE $4 ESCAPE '\\' OR u.name_folded LIKE $4 ESCAPE '\\')
             ORDER BY u.email LIMIT $5"
        );
        let mut rows: Vec<ListedUser> = read!(self, pool => sqlx::query_as(sql)
            .bind(now.0)
            .bind(BESIDE_MOST + 1)
            .bind(after.unwrap_or_default())
            .bind(pattern(search).unwrap_or_default())
            .bind(i64::try_from(size + 1).unwrap_or(i64::MAX))
            .fetch_all(pool)
            .await)?;
        let more = rows.len() > size;
        rows.truncate(size);
        let users: Vec<UserRow> = rows
            .into_iter()
            .map(|row| UserRow { user: row.user.into(), workspaces: beside(row.workspaces), keys: beside(row.keys) })
            .collect();
        let next = users.last().filter(|_| more).map(|row| row.user.email.clone());
        Ok(UserPage { users, next })
    }

    /// One page of workspaces, by name. A search reads every workspace's name. What is counted is read in an index's order, and
    /// owners are looked up one by one: PostgreSQL would otherwise read everybody and every key for a workspace that has few.
    pub async fn workspace_page(
        &self,
        search: &str,
        now: Timestamp,
        after: Option<&Cursor>,
        size: usize,
    ) -> Result<WorkspacePage, Error> {
        let sql = concat!(
            "SELECT w.id, w.slug, w.name, w.name_folded, w.plan, w.created_at,
               (SELECT COUNT(*) FROM (SELECT 1 AS one FROM memberships m WHERE m.workspace_id = w.id
                  ORDER BY m.user_id LIMIT $2) AS counted) AS members,
               CASE WHEN w.plan = 'pro' THEN (SELECT COUNT(*) FROM (SELECT 1 AS one FROM keys k
                  JOIN memberships m ON m.workspace_id = k.workspace_id AND m.user_id = k.owner_id
                  WHERE k.workspace_id = w.id AND (SELECT u.active FROM users u WHERE u.id = k.owner_id) = TRUE AND ",
            live!("$1"),
            " ORDER BY k.owner_id LIMIT $2) AS counted) ELSE 0 END AS keys
             FROM workspaces w
             WHERE (w.name_folded, w.id) > ($3, $4)
               AND ($5 = '' OR w.slug LIKE $5 ESCAPE '\\' OR w.name_folded LIKE $5 ESCAPE '\\')
             ORDER BY w.name_folded, w.id LIMIT $6"
        );
        let (name, id) = after.map_or(("", ""), |cursor| (cursor.value.as_str(), cursor.id.as_str()));
        let mut rows: Vec<ListedWorkspace> = read!(self, pool => sqlx::query_as(sql)
            .bind(now.0)
            .bind(BESIDE_MOST + 1)
            .bind(name)
            .bind(id)
            .bind(pattern(search).unwrap_or_default())
            .bind(i64::try_from(size + 1).unwrap_or(i64::MAX))
            .fetch_all(pool)
            .await)?;
        let more = rows.len() > size;
        rows.truncate(size);
        let last = rows.last().filter(|_| more);
        let next = last.map(|row| Cursor { value: row.name_folded.clone(), id: row.id.clone() });
        Ok(WorkspacePage { workspaces: rows.into_iter().map(WorkspaceRow::try_from).collect::<Result<_, _>>()?, next })
    }
}
