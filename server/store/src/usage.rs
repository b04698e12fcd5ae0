//! Requests that carried a key: the log of them, and each key's "last used". Written in batches, off the requests' path.

use crate::{
    Error, KeyUses, Mark, Store,
    db::{Db, read, write},
    sql::{Statement, bind_values, rows},
    usage_hours::hours_statement,
};
use domain::{id::WorkspaceId, key::KeyId, time::Timestamp};
use sqlx::AssertSqlSafe;

/// Keys, and single uses, that one call records in one transaction.
pub const RECORDED: usize = 1_000;
/// Rows of one statement. SQLite looks for each bound value through all of them, so many cost more than a few statements do.
const ROWS: usize = 50;

/// One request that carried a key whose secret was right.
#[derive(Clone, Debug)]
pub struct Use {
    /// When.
    pub at: Timestamp,
    /// The key's workspace.
    pub workspace: WorkspaceId,
    /// Which key.
    pub key: KeyId,
    /// Where it knocked: `me`, `verify`, `forward-auth`.
    pub surface: &'static str,
    /// `VALID`, or the refusal's code.
    pub code: &'static str,
    /// The client's address; empty if unknown.
    pub address: String,
    /// The client's user agent, cut to 200 characters.
    pub agent: String,
}

/// A use as pages list it.
#[derive(Clone, Debug)]
pub struct UsageEvent {
    /// When.
    pub at: Timestamp,
    /// Where it knocked.
    pub surface: String,
    /// `VALID`, or the refusal's code.
    pub code: String,
    /// From where.
    pub address: String,
    /// By what.
    pub agent: String,
}

/// A place in a key's requests: the page after it begins with the next older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UseCursor {
    /// The moment of the request before.
    pub at: Timestamp,
    /// Its number.
    pub id: i64,
}

/// One page of a key's requests.
#[derive(Clone, Debug)]
pub struct UsePage {
    /// The requests, newest first.
    pub uses: Vec<UsageEvent>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<UseCursor>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    at: i64,
    surface: String,
    code: String,
    address: String,
    agent: String,
}

impl Store {
    /// Records single uses with what they count.
    pub async fn record_uses(&self, uses: &[Use]) -> Result<(), Error> {
        self.record(&KeyUses::of(uses), uses).await
    }

    /// Records what was counted, and the uses that are logged one by one: all of it, or nothing. "Last used" only moves
    /// forward, whatever order batches arrive in; the same holds for the last try of a key that is disabled or expired.
    ///
    /// At most [`RECORDED`] of each, the counts in the order of their keys: that is the order in which everybody who writes
    /// several keys takes them.
    pub async fn record(&self, counts: &[KeyUses], uses: &[Use]) -> Result<(), Error> {
        let marks = |mark: fn(&KeyUses) -> Option<&Mark>| {
            counts.iter().filter_map(move |counted| mark(counted).map(|mark| (counted, mark))).collect::<Vec<_>>()
        };
        let (accepted, stopped) = (marks(|counted| counted.last.as_ref()), marks(|counted| counted.stopped.as_ref()));
        let mut statements = Vec::new();
        if let Db::Postgres(_) = self.db {
            statements.extend(counts.chunks(ROWS).filter_map(lock));
        }
        statements.extend(accepted.chunks(ROWS).filter_map(accepted_statement));
        statements.extend(stopped.chunks(ROWS).filter_map(stopped_statement));
        statements.extend(counts.chunks(ROWS).filter_map(hours_statement));
        statements.extend(uses.chunks(ROWS).filter_map(events_statement));
        if statements.is_empty() {
            return Ok(());
        }
        write!(self, tx => {
            for statement in &statements {
                bind_values!(sqlx::query(statement.sql()), statement).execute(&mut *tx).await?;
            }
            Ok(())
        })
    }

    /// The latest requests of a key, newest first.
    pub async fn uses_of(&self, workspace: &WorkspaceId, key: &KeyId, most: usize) -> Result<Vec<UsageEvent>, Error> {
        Ok(self.use_page(workspace, key, None, None, most).await?.uses)
    }

    /// One page of a key's requests, newest first; of one outcome (accepted or not) or of both.
    pub async fn use_page(
        &self,
        workspace: &WorkspaceId,
        key: &KeyId,
        accepted: Option<bool>,
        after: Option<&UseCursor>,
        size: usize,
    ) -> Result<UsePage, Error> {
        // The very words of the two partial indexes.
        let outcome = match accepted {
            None => "",
            Some(true) => "AND code = 'VALID'",
            Some(false) => "AND code <> 'VALID'",
        };
        let sql = format!(
            "SELECT id, at, surface, code, address, agent FROM usage_events
             WHERE key_id = $1 AND workspace_id = $2 {outcome} AND (at, id) < ($3, $4)
             ORDER BY at DESC, id DESC LIMIT $5"
        );
        let (at, id) = after.map_or((i64::MAX, i64::MAX), |after| (after.at.0, after.id));
        let mut rows: Vec<Row> = read!(self, pool => sqlx::query_as(AssertSqlSafe(sql))
            .bind(key.as_str())
            .bind(workspace.as_str())
            .bind(at)
            .bind(id)
            .bind(i64::try_from(size + 1).unwrap_or(i64::MAX))
            .fetch_all(pool)
            .await)?;
        let more = rows.len() > size;
        rows.truncate(size);
        let next = rows.last().filter(|_| more).map(|row| UseCursor { at: Timestamp(row.at), id: row.id });
        Ok(UsePage { uses: rows.into_iter().map(UsageEvent::from).collect(), next })
    }
}

impl From<Row> for UsageEvent {
    fn from(row: Row) -> Self {
        Self { at: Timestamp(row.at), surface: row.surface, code: row.code, address: row.address, agent: row.agent }
    }
}

/// PostgreSQL takes the rows of one statement in any order, but locks them in this one.
fn lock(counts: &[KeyUses]) -> Option<Statement> {
    let written = counts.iter().filter(|counted| counted.last.is_some() || counted.stopped.is_some());
    let ids: Vec<&str> = written.map(|counted| counted.key.as_str()).collect();
    let mut statement = Statement::default();
    statement.text("SELECT id FROM keys WHERE id IN ");
    (!ids.is_empty()).then(|| statement.bind_all(ids).text(" ORDER BY id FOR NO KEY UPDATE"))?;
    Some(statement)
}

fn accepted_statement(marks: &[(&KeyUses, &Mark)]) -> Option<Statement> {
    let mut statement = Statement::default();
    statement.text("WITH used (key_id, times, moment, address, agent) AS (VALUES ");
    rows(&mut statement, marks, |row, (counted, mark)| {
        row.bind(counted.key.as_str()).text(", ").bind(counted.accepted).text(", ").bind(mark.at.0);
        row.text(", ").bind(mark.address.as_str()).text(", ").bind(mark.agent.as_str());
    })?;
    statement.text(
        ") UPDATE keys SET uses = uses + times,
             last_used_address = CASE WHEN last_used_at <= moment THEN used.address ELSE last_used_address END,
             last_used_agent = CASE WHEN last_used_at <= moment THEN used.agent ELSE last_used_agent END,
             last_used_at = CASE WHEN last_used_at <= moment THEN moment ELSE last_used_at END
           FROM used WHERE keys.id = used.key_id",
    );
    Some(statement)
}

fn stopped_statement(marks: &[(&KeyUses, &Mark)]) -> Option<Statement> {
    let mut statement = Statement::default();
    statement.text("WITH tried (key_id, moment, address) AS (VALUES ");
    rows(&mut statement, marks, |row, (counted, mark)| {
        row.bind(counted.key.as_str()).text(", ").bind(mark.at.0).text(", ").bind(mark.address.as_str());
    })?;
    statement.text(
        ") UPDATE keys SET refused_at = moment, refused_address = tried.address
           FROM tried WHERE keys.id = tried.key_id AND refused_at <= moment",
    );
    Some(statement)
}

fn events_statement(uses: &[Use]) -> Option<Statement> {
    let mut statement = Statement::default();
    statement.text("INSERT INTO usage_events (at, workspace_id, key_id, surface, code, address, agent) VALUES ");
    rows(&mut statement, uses, |row, used| {
        row.bind(used.at.0).text(", ").bind(used.workspace.as_str()).text(", ").bind(used.key.as_str());
        row.text(", ").bind(used.surface).text(", ").bind(used.code);
        row.text(", ").bind(used.address.as_str()).text(", ").bind(used.agent.as_str());
    })?;
    Some(statement)
}
