//! How often each key was accepted and refused, by the hour: read by the key page's chart, which would otherwise count a month
//! of events. `usage_counts` writes them.

use crate::{Error, Store, db::read};
use domain::{
    id::WorkspaceId,
    key::KeyId,
    time::{HOUR, Timestamp},
};

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

impl UsageHour {
    /// The hour of that moment, in which nothing has happened yet.
    pub(crate) fn at(moment: Timestamp) -> Self {
        Self { hour: Timestamp(moment.0 - moment.0.rem_euclid(HOUR)), accepted: 0, refused: 0 }
    }
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
