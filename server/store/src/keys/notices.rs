//! What the keys page warns of: keys that have reached their spend cap or will soon, keys that expire soon, keys that nobody
//! uses, and stopped keys that are still being tried.
//! Each question walks an index and stops at a bound.

use super::{COLUMNS, COUNT_MOST, JOINS, Key, Row, condition::Scope, list::Section};
use crate::{Error, SectionCount, Store, db::read};
use domain::{id::WorkspaceId, time::Timestamp};
use sqlx::AssertSqlSafe;

/// Idle keys that are looked at: expired ones lie among them, and there is no end to those.
const IDLE_MOST: i64 = 2_000;

/// Since when a key has been idle, as the index has it.
const IDLE_SINCE: &str = "(CASE WHEN k.last_used_at > k.created_at THEN k.last_used_at ELSE k.created_at END)";

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Keys that would work if they had not reached their spend cap; the first to come back first.
    Exhausted {
        /// Now.
        now: Timestamp,
    },
    /// Keys that work and have spent 80 % of their cap; those whose cap counts anew first come first.
    NearCap {
        /// Now.
        now: Timestamp,
    },
    /// Keys that work and end between now and then; the first to end first.
    Expiring {
        /// Now.
        now: Timestamp,
        /// Then.
        until: Timestamp,
    },
    /// Keys that work and were neither made nor used since; the last used first.
    Unused {
        /// Now.
        now: Timestamp,
        /// Since when.
        since: Timestamp,
    },
    /// Keys that are disabled or expired and were tried since; the last tried first.
    Tried {
        /// Now.
        now: Timestamp,
        /// Since when.
        since: Timestamp,
    },
}

/// A key that something is to be said about.
#[derive(Clone, Debug)]
pub struct NoticedKey {
    /// The key.
    pub key: Key,
    /// When it was last refused for being disabled or expired.
    pub refused_at: Option<Timestamp>,
    /// From where; empty if never, or not known.
    pub refused_address: String,
}

#[derive(sqlx::FromRow)]
struct NoticedRow {
    #[sqlx(flatten)]
    key: Row,
    refused_at: i64,
    refused_address: String,
}

impl Notice {
    /// The rows as SQL with the parameters $1 (workspace), $2 and $3, and the order of a page of them.
    fn rows(self) -> (String, &'static str) {
        match self {
            Self::Exhausted { .. } => (
                "FROM keys k WHERE k.workspace_id = $1 AND k.deleted_at IS NULL AND k.listed = 3
                 AND k.exhausted_until > $2 AND (k.expires_at IS NULL OR k.expires_at > $3)"
                    .into(),
                "k.exhausted_until, k.id",
            ),
            Self::NearCap { .. } => (
                "FROM keys k WHERE k.workspace_id = $1 AND k.deleted_at IS NULL AND k.listed = 0
                 AND k.warned_until > $2 AND (k.exhausted_until IS NULL OR k.exhausted_until <= $2)
                 AND (k.expires_at IS NULL OR k.expires_at > $3)"
                    .into(),
                "k.warned_until, k.id",
            ),
            Self::Expiring { .. } => (
                "FROM keys k WHERE k.workspace_id = $1 AND k.deleted_at IS NULL AND k.listed = 0
                 AND k.expires_at > $2 AND k.expires_at <= $3"
                    .into(),
                "k.expires_at, k.id",
            ),
            Self::Unused { .. } => (
                format!(
                    "FROM (SELECT * FROM keys k WHERE k.workspace_id = $1 AND k.deleted_at IS NULL AND k.disabled = FALSE
                       AND {IDLE_SINCE} <= $3 ORDER BY {IDLE_SINCE} DESC LIMIT {IDLE_MOST}) AS k
                     WHERE (k.expires_at IS NULL OR k.expires_at > $2)"
                ),
                "(CASE WHEN k.last_used_at > k.created_at THEN k.last_used_at ELSE k.created_at END) DESC, k.id",
            ),
            Self::Tried { .. } => (
                "FROM keys k WHERE k.workspace_id = $1 AND k.deleted_at IS NULL AND k.refused_at > 0 AND k.refused_at > $3
                 AND (k.disabled = TRUE OR k.expires_at <= $2)"
                    .into(),
                "k.refused_at DESC, k.id",
            ),
        }
    }

    fn moments(self) -> (i64, i64) {
        match self {
            Self::Exhausted { now } | Self::NearCap { now } => (now.0, now.0),
            Self::Expiring { now, until } => (now.0, until.0),
            Self::Unused { now, since } | Self::Tried { now, since } => (now.0, since.0),
        }
    }
}

impl Store {
    /// The first keys that a notice is about, and how many there are.
    pub async fn noticed_keys(
        &self,
        workspace: &WorkspaceId,
        notice: Notice,
        most: i64,
    ) -> Result<(Vec<NoticedKey>, SectionCount), Error> {
        let (rows, order) = notice.rows();
        let (now, moment) = notice.moments();
        if let Notice::NearCap { now } = notice {
            // Those whose cap counted anew and was nearly spent again stand among the exhausted ones until somebody looks, and
            // those that have expired among these.
            self.settle(Scope::Workspace(workspace), Section::NotEnabled, now).await?;
        }
        // Every part of both texts is a constant of this file; all values are bound.
        let count = format!("SELECT COUNT(*) FROM (SELECT 1 AS one {rows} LIMIT $4) AS counted");
        let (count,): (i64,) = read!(self, pool => sqlx::query_as(AssertSqlSafe(count))
            .bind(workspace.as_str()).bind(now).bind(moment).bind(COUNT_MOST + 1).fetch_one(pool).await)?;
        let count = SectionCount::bounded(count);
        if count.count == 0 {
            return Ok((Vec::new(), count));
        }
        let page = format!(
            "SELECT {COLUMNS}, k.refused_at, k.refused_address FROM (SELECT k.* {rows} ORDER BY {order} LIMIT $4) AS k
             {JOINS} ORDER BY {order}"
        );
        let found: Vec<NoticedRow> = read!(self, pool => sqlx::query_as(AssertSqlSafe(page))
            .bind(workspace.as_str()).bind(now).bind(moment).bind(most).fetch_all(pool).await)?;
        let keys = found.into_iter().map(NoticedKey::try_from).collect::<Result<_, _>>()?;
        Ok((keys, count))
    }
}

impl TryFrom<NoticedRow> for NoticedKey {
    type Error = Error;

    fn try_from(row: NoticedRow) -> Result<Self, Error> {
        Ok(Self {
            key: Key::try_from(row.key)?,
            refused_at: (row.refused_at > 0).then_some(Timestamp(row.refused_at)),
            refused_address: row.refused_address,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DatabaseUrl, db::Db};

    /// How SQLite finds the keys near their cap. (PostgreSQL decides by the table's statistics, which a test has none of.)
    #[tokio::test]
    async fn keys_near_their_cap_are_read_in_the_order_of_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&DatabaseUrl::Sqlite(folder.path().join("latchkey.db"))).await.unwrap();
        let Db::Sqlite { readers, .. } = &store.db else { panic!("not SQLite") };
        let (rows, order) = Notice::NearCap { now: Timestamp(1) }.rows();
        let sql = format!("EXPLAIN QUERY PLAN SELECT k.* {rows} ORDER BY {order} LIMIT $4");
        let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(AssertSqlSafe(sql)).fetch_all(readers).await.unwrap();
        let way: Vec<String> = steps.into_iter().map(|(.., step)| step).collect();
        assert_eq!(way, ["SEARCH k USING INDEX keys_warned (workspace_id=? AND warned_until>?)"]);
        store.close().await;
    }
}
