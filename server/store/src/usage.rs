//! Requests that carried a key: the log of them, and each key's "last used". Written in batches, off the requests' path.

use crate::{
    Error, Store,
    db::{read, write},
    usage_hours::count_hours,
};
use domain::{id::WorkspaceId, key::KeyId, time::Timestamp};
use sqlx::AssertSqlSafe;

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
    /// Records a batch. "Last used" only moves forward, whatever order batches arrive in, and only accepted requests
    /// move it. The same holds for the last try of a key that is disabled or expired.
    pub async fn record_uses(&self, uses: &[Use]) -> Result<(), Error> {
        write!(self, tx => {
            for used in uses {
                sqlx::query(
                    "INSERT INTO usage_events (at, workspace_id, key_id, surface, code, address, agent)
                     VALUES ($1, $2, $3, $4, $5, $6, $7)",
                )
                .bind(used.at.0)
                .bind(used.workspace.as_str())
                .bind(used.key.as_str())
                .bind(used.surface)
                .bind(used.code)
                .bind(&used.address)
                .bind(&used.agent)
                .execute(&mut *tx)
                .await?;
            }
            for Latest { accepted, count, stopped } in latest(uses) {
                if let Some(used) = accepted {
                    sqlx::query(
                        "UPDATE keys SET uses = uses + $1,
                           last_used_address = CASE WHEN last_used_at <= $2 THEN $3 ELSE last_used_address END,
                           last_used_agent = CASE WHEN last_used_at <= $2 THEN $4 ELSE last_used_agent END,
                           last_used_at = CASE WHEN last_used_at <= $2 THEN $2 ELSE last_used_at END
                         WHERE id = $5",
                    )
                    .bind(count)
                    .bind(used.at.0)
                    .bind(&used.address)
                    .bind(&used.agent)
                    .bind(used.key.as_str())
                    .execute(&mut *tx)
                    .await?;
                }
                if let Some(tried) = stopped {
                    sqlx::query("UPDATE keys SET refused_at = $1, refused_address = $2 WHERE id = $3 AND refused_at <= $1")
                        .bind(tried.at.0)
                        .bind(&tried.address)
                        .bind(tried.key.as_str())
                        .execute(&mut *tx)
                        .await?;
                }
            }
            count_hours!(tx, uses);
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

/// What a batch says about one key.
#[derive(Default)]
struct Latest<'a> {
    /// Its latest accepted use.
    accepted: Option<&'a Use>,
    /// How many uses were accepted.
    count: i64,
    /// The latest that was refused because the key is disabled or expired.
    stopped: Option<&'a Use>,
}

/// What a batch says about each of its keys, in the order of the keys' ids: two instances that write the same keys take the
/// rows' locks in one order.
fn latest(uses: &[Use]) -> Vec<Latest<'_>> {
    let mut keys = std::collections::BTreeMap::<&KeyId, Latest>::new();
    for used in uses {
        let latest = keys.entry(&used.key).or_default();
        let place = match used.code {
            "VALID" => {
                latest.count += 1;
                &mut latest.accepted
            }
            "KEY_DISABLED" | "KEY_EXPIRED" => &mut latest.stopped,
            _ => continue,
        };
        if place.is_none_or(|earlier| used.at >= earlier.at) {
            *place = Some(used);
        }
    }
    keys.into_values().collect()
}
