//! How often each key was accepted and refused, by the hour: written with the uses themselves, read by the key page's chart,
//! which would otherwise count a month of events.

use crate::{
    Error, KeyUses, Store,
    db::read,
    sql::{Statement, rows},
};
use domain::{id::WorkspaceId, key::KeyId, time::Timestamp};

/// One hour of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageHour {
    /// When it begins.
    pub hour: Timestamp,
    /// Requests that were accepted in it.
    pub accepted: i64,
    /// Requests that were refused in it.
    pub refused: i64,
}

/// Adds what was counted to its hours. In order: two instances that count the same hours take the rows' locks in one order.
pub(crate) fn hours_statement(counts: &[KeyUses]) -> Option<Statement> {
    let hours: Vec<_> = counts
        .iter()
        .flat_map(|counted| counted.hours.iter().map(move |(hour, times)| (counted, hour, times)))
        .collect();
    let mut statement = Statement::default();
    statement.text("INSERT INTO usage_hours (key_id, hour, accepted, refused) VALUES ");
    rows(&mut statement, &hours, |row, (counted, hour, (accepted, refused))| {
        row.bind(counted.key.as_str()).text(", ").bind(**hour).text(", ").bind(*accepted).text(", ").bind(*refused);
    })?;
    statement.text(
        " ON CONFLICT (key_id, hour) DO UPDATE SET
            accepted = usage_hours.accepted + excluded.accepted, refused = usage_hours.refused + excluded.refused",
    );
    Some(statement)
}

impl Store {
    /// The hours of a key from `from` on in which it was used, in order.
    pub async fn usage_hours(
        &self,
        workspace: &WorkspaceId,
        key: &KeyId,
        from: Timestamp,
    ) -> Result<Vec<UsageHour>, Error> {
        let rows: Vec<(i64, i64, i64)> = read!(self, pool => sqlx::query_as(
            "SELECT h.hour, h.accepted, h.refused FROM usage_hours h JOIN keys k ON k.id = h.key_id
             WHERE h.key_id = $1 AND k.workspace_id = $2 AND h.hour >= $3 ORDER BY h.hour",
        )
        .bind(key.as_str())
        .bind(workspace.as_str())
        .bind(from.0)
        .fetch_all(pool)
        .await)?;
        Ok(rows
            .into_iter()
            .map(|(hour, accepted, refused)| UsageHour { hour: Timestamp(hour), accepted, refused })
            .collect())
    }
}
