//! Requests that carried a key: the log of them. Written in batches, off the requests' path; `usage_counts` has their counts.

use crate::{
    Error, Store,
    db::{read, write},
    sql::{ROWS, Statement, Value, bind_values},
};
use domain::{id::WorkspaceId, key::KeyId, time::Timestamp};
use sqlx::AssertSqlSafe;
use std::net::IpAddr;
use tokio::task::yield_now;

/// One request that carried a key whose secret was right.
#[derive(Clone, Copy, Debug)]
pub struct Use<'a> {
    /// When.
    pub at: Timestamp,
    /// The key's workspace.
    pub workspace: &'a WorkspaceId,
    /// Which key.
    pub key: KeyId,
    /// Where it knocked: `me`, `verify`, `forward-auth`.
    pub surface: &'static str,
    /// `VALID`, or the refusal's code.
    pub code: &'static str,
    /// The client's address, if known.
    pub address: Option<IpAddr>,
    /// The client's user agent, cut to 200 characters.
    pub agent: &'a str,
    /// What it was for, where it went through the gateway.
    pub mcp: Option<McpUse<&'a str>>,
}

/// What a request through the gateway was for, and what came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct McpUse<T> {
    /// The server's slug.
    pub server: T,
    /// The tool that it called; empty if it called none.
    pub tool: T,
    /// What came of it beyond the key's verdict: `UPSTREAM_UNAVAILABLE`, `WOULD_BLOCK`, …; empty if nothing did.
    pub outcome: T,
    /// How long it took, in milliseconds.
    pub millis: i64,
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
    /// What it was for, where it went through the gateway.
    pub mcp: Option<McpUse<String>>,
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
    server: String,
    tool: String,
    outcome: String,
    millis: i64,
}

impl Store {
    /// Writes a batch to the log, in its order: all of it, or nothing.
    pub async fn log_uses(&self, uses: &[Use<'_>]) -> Result<(), Error> {
        write!(self, tx => {
            // Most requests have no server: their statement is the shorter one.
            let alike = uses.chunk_by(|a, b| a.mcp.is_some() == b.mcp.is_some());
            for rows in alike.flat_map(|alike| alike.chunks(ROWS)) {
                let statement = insert(rows);
                bind_values!(sqlx::query(statement.sql()).persistent(rows.len() == ROWS), statement)
                    .execute(&mut *tx)
                    .await?;
                // Requests that came meanwhile come first: else the processor goes from one statement to the next.
                yield_now().await;
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
            "SELECT id, at, surface, code, address, agent, server, tool, outcome, millis FROM usage_events
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
        let Row { at, surface, code, address, agent, server, tool, outcome, millis, .. } = row;
        let mcp = (!server.is_empty()).then_some(McpUse { server, tool, outcome, millis });
        Self { at: Timestamp(at), surface, code, address, agent, mcp }
    }
}

/// The statement that writes requests of one kind, with a server or without.
fn insert(uses: &[Use<'_>]) -> Statement {
    let mut insert = Statement::default();
    insert.text("INSERT INTO usage_events (at, workspace_id, key_id, surface, code, address, agent");
    if uses.iter().all(|used| used.mcp.is_none()) {
        insert.text(") VALUES ").rows(uses, values);
        return insert;
    }
    insert.text(", server, tool, outcome, millis) VALUES ");
    insert.rows(uses, |used| {
        let [at, workspace, key, surface, code, address, agent] = values(used);
        let mcp = used.mcp.unwrap_or(McpUse { server: "", tool: "", outcome: "", millis: 0 });
        let (server, tool, outcome) = (mcp.server.into(), mcp.tool.into(), mcp.outcome.into());
        [at, workspace, key, surface, code, address, agent, server, tool, outcome, mcp.millis.into()]
    });
    insert
}

fn values(used: &Use<'_>) -> [Value; 7] {
    [
        used.at.0.into(),
        used.workspace.as_str().into(),
        used.key.as_str().into(),
        used.surface.into(),
        used.code.into(),
        used.address.into(),
        used.agent.into(),
    ]
}
