//! Keys that work, counted for people who are about to stop them: of a member, of a user, of a workspace. A key works if it is
//! enabled and not over, its owner is an active member, and the workspace is on the plan Pro.

use crate::{Error, SectionCount, Store, db::read, keys::COUNT_MOST};
use domain::{
    id::{UserId, WorkspaceId},
    time::Timestamp,
};

/// The condition on `keys k` alone, at the moment that `$now` (a parameter such as `$2`) holds.
macro_rules! live {
    ($now:literal) => {
        concat!("k.deleted_at IS NULL AND k.disabled = FALSE AND (k.expires_at IS NULL OR k.expires_at > ", $now, ")")
    };
}
pub(crate) use live;

impl Store {
    /// The keys of a workspace that work, of one member or of all.
    pub async fn working_keys(
        &self,
        workspace: &WorkspaceId,
        owner: Option<&UserId>,
        now: Timestamp,
    ) -> Result<SectionCount, Error> {
        let sql = concat!(
            "SELECT COUNT(*) FROM (SELECT 1 AS one FROM keys k
               JOIN workspaces w ON w.id = k.workspace_id
               JOIN memberships m ON m.workspace_id = k.workspace_id AND m.user_id = k.owner_id
               JOIN users u ON u.id = k.owner_id
               WHERE k.workspace_id = $1 AND ($2 = '' OR k.owner_id = $2) AND w.plan = 'pro' AND u.active = TRUE AND ",
            live!("$3"),
            " LIMIT $4) AS counted"
        );
        let (count,): (i64,) = read!(self, pool => sqlx::query_as(sql)
            .bind(workspace.as_str())
            .bind(owner.map_or("", UserId::as_str))
            .bind(now.0)
            .bind(COUNT_MOST + 1)
            .fetch_one(pool)
            .await)?;
        Ok(SectionCount::bounded(count))
    }

    /// The keys of a user that work, and in how many workspaces they lie.
    pub async fn working_keys_of(&self, user: &UserId, now: Timestamp) -> Result<(SectionCount, i64), Error> {
        let sql = concat!(
            "SELECT COUNT(*), COUNT(DISTINCT counted.place) FROM (SELECT k.workspace_id AS place FROM memberships m
               JOIN users u ON u.id = m.user_id
               JOIN workspaces w ON w.id = m.workspace_id
               JOIN keys k ON k.workspace_id = m.workspace_id AND k.owner_id = m.user_id
               WHERE m.user_id = $1 AND w.plan = 'pro' AND u.active = TRUE AND ",
            live!("$2"),
            " LIMIT $3) AS counted"
        );
        let (count, places): (i64, i64) = read!(self, pool => sqlx::query_as(sql)
            .bind(user.as_str()).bind(now.0).bind(COUNT_MOST + 1).fetch_one(pool).await)?;
        Ok((SectionCount::bounded(count), places))
    }
}
