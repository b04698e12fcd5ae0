//! Moves keys whose time is over from the enabled section to the expired one. Time alone makes a key expire, and no index
//! knows the time: so each list first files what has expired since the last look, once for each key.

use super::{
    condition::Scope,
    list::{KeyFilter, Section},
};
use crate::{
    Error, Store,
    db::{read, write},
    sql::{Statement, bind_values},
};
use domain::time::Timestamp;

/// Keys that are filed in one transaction.
const BATCH: i64 = 500;

impl Store {
    /// Files expired keys, if the section shows them. What decides about a request with a key never asks for this: it
    /// compares the expiry itself.
    pub(super) async fn settle(&self, scope: Scope<'_>, filter: &KeyFilter) -> Result<(), Error> {
        if !matches!(filter.section, Section::NotEnabled | Section::Expired) {
            return Ok(());
        }
        loop {
            let due = self.due(scope, filter.now).await?;
            // A database that can't be written at the moment still shows its list: these keys are filed later.
            if due.is_empty() || self.file_as_expired(&due, filter.now).await.is_err() {
                return Ok(());
            }
        }
    }

    async fn due(&self, scope: Scope<'_>, now: Timestamp) -> Result<Vec<(String,)>, Error> {
        let mut all = Statement::default();
        all.text("SELECT k.id FROM keys k WHERE k.deleted_at IS NULL AND k.listed = 0 AND k.expires_at <= ")
            .bind(now.0);
        scope.narrow(&mut all);
        // In the index's order: PostgreSQL expects many such keys, where there are hardly any, and would rather read them all.
        all.text(" ORDER BY k.listed, k.expires_at LIMIT ").bind(BATCH);
        Ok(read!(self, pool => bind_values!(sqlx::query_as(all.sql()), all).fetch_all(pool).await)?)
    }

    async fn file_as_expired(&self, due: &[(String,)], now: Timestamp) -> Result<(), Error> {
        // In the order of their ids, as everything that writes several keys: two writers never wait for each other.
        let mut due: Vec<&str> = due.iter().map(|(id,)| id.as_str()).collect();
        due.sort_unstable();
        write!(self, tx => {
            for id in due {
                sqlx::query("UPDATE keys SET listed = 1 WHERE id = $1 AND listed = 0 AND expires_at <= $2")
                    .bind(id).bind(now.0).execute(&mut *tx).await?;
            }
            Ok(())
        })
    }
}
