//! Files keys anew that time alone moved to another section: whose time is over, or whose spend cap counts anew. No index knows
//! the time: so each list first files what has moved since the last look, once for each key.

use super::{condition::Scope, list::Section};
use crate::{
    Error, Store,
    db::{read, write},
    sql::{Statement, bind_values},
};
use domain::time::Timestamp;

/// Keys that are filed in one transaction.
const BATCH: i64 = 500;

/// Keys that stand in a section, and by now belong in another.
struct Moved {
    /// Where they stand.
    listed: &'static str,
    /// The column that says until when; an index holds it in that section's order.
    until: &'static str,
}

/// Enabled ones that have expired.
const EXPIRED: Moved = Moved { listed: "k.listed = 0", until: "k.expires_at" };
/// Exhausted ones that have expired too: that comes first.
const EXPIRED_BESIDE: Moved = Moved { listed: "k.listed = 3", until: "k.expires_at" };
/// Exhausted ones whose cap counts anew.
const BACK: Moved = Moved { listed: "k.listed = 3", until: "k.exhausted_until" };

/// What has to be filed before a section is shown.
fn matters(section: Section) -> &'static [Moved] {
    match section {
        // What has expired since is left out by its condition.
        Section::Enabled => &[BACK],
        Section::NotEnabled => &[EXPIRED, EXPIRED_BESIDE, BACK],
        Section::Expired => &[EXPIRED, EXPIRED_BESIDE],
        Section::Exhausted => &[EXPIRED_BESIDE, BACK],
        Section::Disabled | Section::Deleted => &[],
    }
}

impl Store {
    /// Files keys that have moved, if the section shows it. What decides about a request with a key never asks for this: it
    /// compares the times itself.
    pub(super) async fn settle(&self, scope: Scope<'_>, section: Section, now: Timestamp) -> Result<(), Error> {
        for moved in matters(section) {
            loop {
                let due = self.due(scope, moved, now).await?;
                // A database that can't be written at the moment still shows its list: these keys are filed later.
                if due.is_empty() || self.file(&due, now).await.is_err() {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn due(&self, scope: Scope<'_>, moved: &Moved, now: Timestamp) -> Result<Vec<(String,)>, Error> {
        let mut all = Statement::default();
        all.text("SELECT k.id FROM keys k WHERE k.deleted_at IS NULL AND ").text(moved.listed).text(" AND ");
        all.text(moved.until).text(" <= ").bind(now.0);
        scope.narrow(&mut all);
        // In the index's order: PostgreSQL expects many such keys, where there are hardly any, and would rather read them all.
        all.text(" ORDER BY k.listed, ").text(moved.until).text(" LIMIT ").bind(BATCH);
        Ok(read!(self, pool => bind_values!(sqlx::query_as(all.sql()), all).fetch_all(pool).await)?)
    }

    async fn file(&self, due: &[(String,)], now: Timestamp) -> Result<(), Error> {
        // In the order of their ids, as everything that writes several keys: two writers never wait for each other.
        let mut due: Vec<&str> = due.iter().map(|(id,)| id.as_str()).collect();
        due.sort_unstable();
        write!(self, tx => {
            for id in due {
                sqlx::query(
                    "UPDATE keys SET listed = CASE WHEN expires_at <= $2 THEN 1 WHEN exhausted_until > $2 THEN 3 ELSE 0 END
                     WHERE id = $1 AND listed IN (0, 3)",
                )
                .bind(id).bind(now.0).execute(&mut *tx).await?;
            }
            Ok(())
        })
    }
}
