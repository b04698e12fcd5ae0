//! Reading a workspace's log of requests: newest first, page by page, narrowed by key, environment, answer, surface, server,
//! model and time; and its end, where what is too old is deleted. Called by `server`'s log use-cases.
//!
//! However large the log is, a page costs little: workspace (or key) and time are met through an index, and the rest is
//! compared within the next `stretch` requests. A page that is not full then says how far it looked, and the next begins there.

use crate::{
    Error, Store, UsageEvent, UseCursor,
    db::{read, write},
    sql::pattern,
    usage::{COLUMNS, Row},
};
use domain::{id::WorkspaceId, key::KeyId, time::Timestamp};
use sqlx::AssertSqlSafe;

/// Requests that are compared for one page at most: each is read from its own place in the table, so a page that finds nothing
/// takes as long as they do.
pub const LOG_STRETCH: usize = 10_000;

/// Which requests are asked for; empty parts ask for nothing.
#[derive(Clone, Debug)]
pub struct LogFilter {
    /// Of which workspace.
    pub workspace: WorkspaceId,
    /// With which key.
    pub key: Option<KeyId>,
    /// With keys whose name has this in it.
    pub key_name: String,
    /// With keys of that environment, as it is now.
    pub environment: String,
    /// Accepted, or not.
    pub accepted: Option<bool>,
    /// With that code.
    pub code: String,
    /// On that surface.
    pub surface: String,
    /// For that MCP server.
    pub server: String,
    /// For that model.
    pub model: String,
    /// Not before.
    pub from: Timestamp,
    /// Not after.
    pub until: Timestamp,
}

/// A request as the log shows it.
#[derive(Clone, Debug)]
pub struct LogLine {
    /// Its place in the log.
    pub place: UseCursor,
    /// The request.
    pub event: UsageEvent,
    /// Its key.
    pub key: KeyId,
    /// The key's name, or the one it had.
    pub key_name: String,
    /// The key's environment, possibly empty.
    pub environment: String,
    /// Whose key it is.
    pub owner_name: String,
}

/// One page.
#[derive(Clone, Debug)]
pub struct LogPage {
    /// The requests, newest first.
    pub lines: Vec<LogLine>,
    /// Where the next page begins; `None` at the log's end.
    pub next: Option<UseCursor>,
    /// The page is not full, and yet the log goes on at `next`: only so much is compared at once.
    pub cut: bool,
}

#[derive(sqlx::FromRow)]
struct Listed {
    #[sqlx(flatten)]
    row: Row,
    key_id: String,
    name: String,
    environment: String,
    owner: String,
}

impl LogFilter {
    /// All requests of a workspace.
    #[must_use]
    pub fn all(workspace: WorkspaceId) -> Self {
        Self {
            workspace,
            key: None,
            key_name: String::new(),
            environment: String::new(),
            accepted: None,
            code: String::new(),
            surface: String::new(),
            server: String::new(),
            model: String::new(),
            from: Timestamp(0),
            until: Timestamp(i64::MAX),
        }
    }

    /// Whether every request that the index finds is asked for.
    fn is_exact(&self) -> bool {
        let texts = [&self.key_name, &self.environment, &self.code, &self.surface, &self.server, &self.model];
        self.accepted.is_none() && texts.iter().all(|text| text.is_empty())
    }

    /// The stretch, with its parameters $1 to $6.
    fn stretch(&self, columns: &str) -> String {
        // Either has its index, in the order of the page. Where there is a key, the workspace's would do as well for SQLite, and
        // go through the requests of all its keys: put together with nothing, the column is in no index.
        let place = if self.key.is_some() {
            "key_id = $2 AND workspace_id || '' = $1"
        } else {
            "workspace_id = $1 AND $2 = ''"
        };
        format!(
            "SELECT {columns} FROM usage_events
             WHERE {place} AND at >= $3 AND (at, id) < ($4, $5) ORDER BY at DESC, id DESC LIMIT $6"
        )
    }

    /// What was written after a number, newest first, with the parameters $1 to $6: a range of the primary key, whatever else is
    /// asked for. (Put together with nothing, workspace and key are in no index, which would lead through all that they ever had.)
    fn written(columns: &str) -> String {
        format!(
            "SELECT {columns} FROM usage_events
             WHERE id > $5 AND workspace_id || '' = $1 AND ($2 = '' OR key_id || '' = $2) AND at >= $3 AND at <= $4
             ORDER BY id DESC LIMIT $6"
        )
    }

    /// The page of a stretch, with parameters $7 to $14 after its own.
    fn page(&self) -> String {
        Self::narrowed(&self.stretch(&format!("{COLUMNS}, key_id")), "e.at DESC, e.id DESC")
    }

    /// The newest of what was written after a number, with the same parameters.
    fn page_written() -> String {
        Self::narrowed(&Self::written(&format!("{COLUMNS}, key_id")), "e.id DESC")
    }

    fn narrowed(requests: &str, order: &str) -> String {
        format!(
            "SELECT e.*, k.name, k.environment, u.name AS owner
             FROM ({requests}) AS e JOIN keys k ON k.id = e.key_id JOIN users u ON u.id = k.owner_id
             WHERE ($7 = '' OR LOWER(k.name) LIKE $7 ESCAPE '\\') AND ($8 = '' OR k.environment = $8)
             AND ($9 = '' OR ($9 = 'accepted' AND e.code = 'VALID') OR ($9 = 'refused' AND e.code <> 'VALID'))
             AND ($10 = '' OR e.code = $10) AND ($11 = '' OR e.surface = $11)
             AND ($12 = '' OR e.server = $12) AND ($13 = '' OR e.model = $13)
             ORDER BY {order} LIMIT $14"
        )
    }
}

/// Binds $1 to $6 of [`LogFilter::stretch`] and [`LogFilter::written`].
macro_rules! bind_stretch {
    ($query:expr, $filter:expr, $start:expr, $most:expr) => {
        $query
            .bind($filter.workspace.as_str())
            .bind($filter.key.as_ref().map_or("", KeyId::as_str))
            .bind($filter.from.0)
            .bind($start.at.0)
            .bind($start.id)
            .bind($most)
    };
}

/// Binds $7 to $14 of [`LogFilter::narrowed`].
macro_rules! bind_narrowed {
    ($query:expr, $filter:expr, $size:expr) => {
        $query
            .bind(pattern(&$filter.key_name).unwrap_or_default())
            .bind(&$filter.environment)
            .bind($filter.accepted.map_or("", |accepted| if accepted { "accepted" } else { "refused" }))
            .bind(&$filter.code)
            .bind(&$filter.surface)
            .bind(&$filter.server)
            .bind(&$filter.model)
            .bind($size)
    };
}

impl Store {
    /// One page of at most `size` requests, after the comparison of at most `stretch` of them.
    pub async fn log_page(
        &self,
        filter: &LogFilter,
        after: Option<&UseCursor>,
        size: usize,
        stretch: usize,
    ) -> Result<LogPage, Error> {
        let newest = UseCursor { at: filter.until, id: i64::MAX };
        let start = after.filter(|after| after.at <= filter.until).unwrap_or(&newest);
        let one_more = limit(size + 1);
        let compared = if filter.is_exact() { one_more } else { limit(stretch) };
        // Every part of the text is a constant of this file; all values are bound.
        let sql = filter.page();
        let rows: Vec<Listed> = read!(self, pool => bind_narrowed!(
            bind_stretch!(sqlx::query_as(AssertSqlSafe(sql)), filter, start, compared), filter, one_more
        )
        .fetch_all(pool)
        .await)?;
        let full = rows.len() > size;
        let last = rows[..rows.len().min(size)].last().map(|listed| listed.row.cursor());
        let lines = rows.into_iter().take(size).map(LogLine::try_from).collect::<Result<_, _>>()?;
        if full || filter.is_exact() {
            return Ok(LogPage { lines, next: last.filter(|_| full), cut: false });
        }
        let next = self.end_of_log_stretch(filter, start, stretch).await?;
        Ok(LogPage { lines, cut: next.is_some(), next })
    }

    /// The `size` requests that were written last among those with numbers after `after`, the last first, whenever they were
    /// asked; after the comparison of the last `stretch` of the workspace's.
    pub async fn log_written(
        &self,
        filter: &LogFilter,
        after: i64,
        size: usize,
        stretch: usize,
    ) -> Result<Vec<LogLine>, Error> {
        let start = UseCursor { at: filter.until, id: after };
        let compared = limit(if filter.is_exact() { size } else { stretch });
        let sql = LogFilter::page_written();
        let rows: Vec<Listed> = read!(self, pool => bind_narrowed!(
            bind_stretch!(sqlx::query_as(AssertSqlSafe(sql)), filter, start, compared), filter, limit(size)
        )
        .fetch_all(pool)
        .await)?;
        rows.into_iter().map(LogLine::try_from).collect()
    }

    /// The `most` highest numbers in the log, of all workspaces, the highest first.
    pub async fn log_numbers(&self, most: usize) -> Result<Vec<i64>, Error> {
        Ok(read!(self, pool => sqlx::query_scalar("SELECT id FROM usage_events ORDER BY id DESC LIMIT $1")
            .bind(limit(most))
            .fetch_all(pool)
            .await)?)
    }

    /// The last request that was compared, if that was as many as may be.
    async fn end_of_log_stretch(
        &self,
        filter: &LogFilter,
        start: &UseCursor,
        stretch: usize,
    ) -> Result<Option<UseCursor>, Error> {
        let sql = format!("{} OFFSET $7", filter.stretch("at, id"));
        let last: Option<(i64, i64)> = read!(self, pool => bind_stretch!(
            sqlx::query_as(AssertSqlSafe(sql)), filter, start, 1_i64
        )
        .bind(limit(stretch) - 1)
        .fetch_optional(pool)
        .await)?;
        Ok(last.map(|(at, id)| UseCursor { at: Timestamp(at), id }))
    }

    /// Deletes requests from before a moment, of the `most` that were written first after the number `after`. The counts of keys
    /// and hours stay. Requests are written nearly in their order, so nothing but the end of the table is looked at; those that
    /// a clock which was ahead wrote (later than `now`) are passed over and hide nothing behind them.
    pub async fn forget_uses(
        &self,
        before: Timestamp,
        now: Timestamp,
        after: i64,
        most: usize,
    ) -> Result<Forgotten, Error> {
        write!(self, tx => {
            let oldest: Vec<(i64, i64)> =
                sqlx::query_as("SELECT id, at FROM usage_events WHERE id > $1 ORDER BY id LIMIT $2")
                    .bind(after)
                    .bind(limit(most))
                    .fetch_all(&mut *tx)
                    .await?;
            let Some(&(last, _)) = oldest.last() else { return Ok(Forgotten::default()) };
            let done = sqlx::query("DELETE FROM usage_events WHERE id > $1 AND id <= $2 AND at < $3")
                .bind(after)
                .bind(last)
                .bind(before.0)
                .execute(&mut *tx)
                .await?;
            let all_kept = !oldest.iter().any(|(_, at)| *at < before.0 || *at > now.0);
            Ok(Forgotten { deleted: done.rows_affected(), next: (oldest.len() == most && !all_kept).then_some(last) })
        })
    }
}

/// What came of deleting old requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// How many were deleted.
    pub deleted: u64,
    /// The number after which to go on; `None` where those that are left are kept.
    pub next: Option<i64>,
}

impl TryFrom<Listed> for LogLine {
    type Error = Error;

    fn try_from(listed: Listed) -> Result<Self, Error> {
        let Listed { row, key_id, name: key_name, environment, owner: owner_name } = listed;
        let key = KeyId::parse(&key_id).ok_or(Error::Unreadable("a key's id"))?;
        Ok(Self { place: row.cursor(), event: row.into(), key, key_name, environment, owner_name })
    }
}

fn limit(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DatabaseUrl, db::Db};

    /// How SQLite finds the requests of a page. (PostgreSQL decides by the table's statistics, which a test has none of.)
    #[tokio::test]
    async fn a_page_has_its_index() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&DatabaseUrl::Sqlite(folder.path().join("latchkey.db"))).await.unwrap();
        let Db::Sqlite { readers, .. } = &store.db else { panic!("not SQLite") };
        let all = LogFilter::all(WorkspaceId::from_text("w"));
        let of_key = LogFilter { key: KeyId::parse("BRTRKFsL"), ..all.clone() };
        assert!(of_key.key.is_some());
        for (page, way_in) in [
            (all.page(), "INDEX usage_events_by_workspace ("),
            (of_key.page(), "INDEX usage_events_by_key ("),
            (LogFilter::page_written(), "SEARCH usage_events USING INTEGER PRIMARY KEY (rowid>?)"),
        ] {
            let sql = format!("EXPLAIN QUERY PLAN {page}");
            let steps: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(AssertSqlSafe(sql)).fetch_all(readers).await.unwrap();
            let way: Vec<String> = steps.into_iter().map(|(.., step)| step).collect();
            assert!(way.iter().any(|step| step.contains(way_in)), "{way:?}");
        }
        store.close().await;
    }
}
