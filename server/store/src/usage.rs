//! Requests that carried a key: the log of them. Written in batches, off the requests' path; `usage_counts` has their counts.

use crate::{
    Error, Store,
    db::{read, write},
    sql::{OfRows, ROWS, Value, of_rows, rows},
};
use domain::{
    id::WorkspaceId,
    key::KeyId,
    model::{Counted, MicroUsd, Usage},
    time::Timestamp,
};
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
    /// What it was for, where it went through the model relay.
    pub model: Option<ModelUse<&'a str>>,
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

/// What a request to the model relay was for, and what it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ModelUse<T> {
    /// The model's name.
    pub model: T,
    /// The slug of the provider that answered; empty if none did.
    pub provider: T,
    /// What came of it beyond the key's verdict: `UPSTREAM_UNAVAILABLE`, `UPSTREAM_REFUSED`; empty if it was answered.
    pub outcome: T,
    /// Its tokens.
    pub counted: Counted,
    /// What it cost by the model's price; nothing where there is none.
    pub cost: MicroUsd,
    /// How long it took, in milliseconds.
    pub millis: i64,
    /// The id of its sample, if one was taken; it may be gone.
    pub sample: T,
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
    /// What it was for, where it went through the model relay.
    pub model: Option<ModelUse<String>>,
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
pub(crate) struct Row {
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
    model: String,
    provider: String,
    input_tokens: i64,
    cached_tokens: i64,
    output_tokens: i64,
    cost: i64,
    estimated: i64,
    sample: String,
}

pub(crate) const COLUMNS: &str = "id, at, surface, code, address, agent, server, tool, outcome, millis,
     model, provider, input_tokens, cached_tokens, output_tokens, cost, estimated, sample";

impl Store {
    /// Writes a batch to the log, in its order: all of it, or nothing.
    pub async fn log_uses(&self, uses: &[Use<'_>]) -> Result<(), Error> {
        write!(self, tx => {
            // Most requests have neither server nor model: their rows are the shorter ones.
            let alike = uses.chunk_by(|a, b| kind(a) == kind(b));
            for uses in alike.flat_map(|alike| alike.chunks(ROWS)) {
                let (statement, rows) = insert(uses);
                sqlx::query(statement.of(&self.db)).bind(rows).execute(&mut *tx).await?;
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
        // The very words of the two partial indexes. (The workspace has an index too, which SQLite would go through for all keys of
        // it: put together with nothing, the column is in none.)
        let outcome = match accepted {
            None => "",
            Some(true) => "AND code = 'VALID'",
            Some(false) => "AND code <> 'VALID'",
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM usage_events
             WHERE key_id = $1 AND workspace_id || '' = $2 {outcome} AND (at, id) < ($3, $4)
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
        let next = rows.last().filter(|_| more).map(Row::cursor);
        Ok(UsePage { uses: rows.into_iter().map(UsageEvent::from).collect(), next })
    }
}

impl Row {
    /// Its place in the log.
    pub(crate) fn cursor(&self) -> UseCursor {
        UseCursor { at: Timestamp(self.at), id: self.id }
    }
}

impl From<Row> for UsageEvent {
    fn from(row: Row) -> Self {
        let Row { at, surface, code, address, agent, server, tool, outcome, millis, model, provider, sample, .. } = row;
        let tokens = |count: i64| u64::try_from(count).unwrap_or_default();
        let usage = Usage::new(tokens(row.input_tokens), tokens(row.cached_tokens), tokens(row.output_tokens));
        let counted = Counted { usage, estimated: row.estimated != 0 };
        let cost = MicroUsd::new(row.cost).unwrap_or_default();
        let model = (!model.is_empty()).then(|| {
            let outcome = outcome.clone();
            ModelUse { model, provider, outcome, counted, cost, millis, sample }
        });
        let mcp = (!server.is_empty()).then_some(McpUse { server, tool, outcome, millis });
        Self { at: Timestamp(at), surface, code, address, agent, mcp, model }
    }
}

const INSERT: OfRows = of_rows!(
    "INSERT INTO usage_events (at, workspace_id, key_id, surface, code, address, agent)
     SELECT CAST(value ->> 0 AS BIGINT), value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6 FROM",
    ""
);

const INSERT_MCP: OfRows = of_rows!(
    "INSERT INTO usage_events (at, workspace_id, key_id, surface, code, address, agent, server, tool, outcome, millis)
     SELECT CAST(value ->> 0 AS BIGINT), value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
       value ->> 7, value ->> 8, value ->> 9, CAST(value ->> 10 AS BIGINT) FROM",
    ""
);

const INSERT_MODEL: OfRows = of_rows!(
    "INSERT INTO usage_events (at, workspace_id, key_id, surface, code, address, agent,
       model, provider, outcome, millis, input_tokens, cached_tokens, output_tokens, cost, estimated, sample)
     SELECT CAST(value ->> 0 AS BIGINT), value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
       value ->> 7, value ->> 8, value ->> 9, CAST(value ->> 10 AS BIGINT), CAST(value ->> 11 AS BIGINT),
       CAST(value ->> 12 AS BIGINT), CAST(value ->> 13 AS BIGINT), CAST(value ->> 14 AS BIGINT), CAST(value ->> 15 AS BIGINT),
       value ->> 16 FROM",
    ""
);

/// Which statement writes a request.
fn kind(used: &Use<'_>) -> (bool, bool) {
    (used.mcp.is_some(), used.model.is_some())
}

/// What writes requests of one [`kind`].
fn insert(uses: &[Use<'_>]) -> (OfRows, String) {
    match uses.first() {
        Some(Use { model: Some(_), .. }) => (INSERT_MODEL, rows(uses, model_values)),
        Some(Use { mcp: Some(_), .. }) => (INSERT_MCP, rows(uses, mcp_values)),
        _ => (INSERT, rows(uses, values)),
    }
}

fn mcp_values(used: &Use<'_>) -> [Value; 11] {
    let [at, workspace, key, surface, code, address, agent] = values(used);
    let mcp = used.mcp.unwrap_or(McpUse { server: "", tool: "", outcome: "", millis: 0 });
    let (server, tool, outcome) = (mcp.server.into(), mcp.tool.into(), mcp.outcome.into());
    [at, workspace, key, surface, code, address, agent, server, tool, outcome, mcp.millis.into()]
}

fn model_values(used: &Use<'_>) -> [Value; 17] {
    let [at, workspace, key, surface, code, address, agent] = values(used);
    let none = Counted { usage: Usage::default(), estimated: false };
    let none =
        ModelUse { model: "", provider: "", outcome: "", counted: none, cost: MicroUsd::ZERO, millis: 0, sample: "" };
    let ModelUse { model, provider, outcome, counted, cost, millis, sample } = used.model.unwrap_or(none);
    let tokens = |count: u64| Value::Integer(i64::try_from(count).unwrap_or(i64::MAX));
    let (usage, estimated) = (counted.usage, i64::from(counted.estimated));
    let [input, cached, output] = [usage.input(), usage.cached_input(), usage.output()].map(tokens);
    let (model, provider, outcome, millis) = (model.into(), provider.into(), outcome.into(), millis.into());
    let (cost, estimated, sample) = (cost.micros().into(), estimated.into(), sample.into());
    [
        at, workspace, key, surface, code, address, agent, model, provider, outcome, millis, input, cached, output,
        cost, estimated, sample,
    ]
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
