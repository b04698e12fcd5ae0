//! How often each key was accepted and refused, by the hour: written with the uses themselves, read by the key page's chart,
//! which would otherwise count a month of events.

use crate::{Error, Store, Use, db::read};
use domain::{
    id::WorkspaceId,
    key::KeyId,
    time::{HOUR, Timestamp},
};
use std::collections::BTreeMap;

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

/// Adds a batch to its hours inside the transaction `$tx`.
macro_rules! count_hours {
    ($tx:ident, $uses:expr) => {
        for ((key, hour), (accepted, refused)) in $crate::usage_hours::by_hour($uses) {
            sqlx::query(
                "INSERT INTO usage_hours (key_id, hour, accepted, refused) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (key_id, hour) DO UPDATE SET
                   accepted = usage_hours.accepted + excluded.accepted, refused = usage_hours.refused + excluded.refused",
            )
            .bind(key.as_str())
            .bind(hour)
            .bind(accepted)
            .bind(refused)
            .execute(&mut *$tx)
            .await?;
        }
    };
}
pub(crate) use count_hours;

/// Accepted and refused uses of a batch by key and hour. In order: two instances that count the same hours take the rows'
/// locks in one order.
pub(crate) fn by_hour(uses: &[Use]) -> BTreeMap<(&KeyId, i64), (i64, i64)> {
    let mut hours = BTreeMap::new();
    for used in uses {
        let hour = used.at.0 - used.at.0.rem_euclid(HOUR);
        let (accepted, refused) = hours.entry((&used.key, hour)).or_insert((0, 0));
        *(if used.code == "VALID" { accepted } else { refused }) += 1;
    }
    hours
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
