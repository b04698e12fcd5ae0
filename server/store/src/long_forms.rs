//! Refused forms that no cookie has room for, sealed: kept until the next page shows them, for a minute at most. Called by the
//! console's layer that knows of them.

use crate::{
    Error, Store,
    db::{read, write},
};
use domain::{id::UserId, time::Timestamp};

/// Forms of one user that wait at a time; of more, the first go. A tab has one.
const MOST: i64 = 8;

impl Store {
    /// Keeps a sealed form until `ends_at`. Whatever has ended goes.
    pub async fn keep_form(
        &self,
        id: &str,
        user: &UserId,
        sealed: &str,
        now: Timestamp,
        ends_at: Timestamp,
    ) -> Result<(), Error> {
        write!(self, tx => {
            sqlx::query("DELETE FROM long_forms WHERE ends_at <= $1").bind(now.0).execute(&mut *tx).await?;
            sqlx::query("INSERT INTO long_forms (id, user_id, sealed, ends_at) VALUES ($1, $2, $3, $4)")
                .bind(id)
                .bind(user.as_str())
                .bind(sealed)
                .bind(ends_at.0)
                .execute(&mut *tx)
                .await
                .map_err(Error::or_taken)?;
            sqlx::query(
                "DELETE FROM long_forms WHERE user_id = $1 AND id <> $2 AND id NOT IN (
                   SELECT id FROM long_forms WHERE user_id = $1 AND id <> $2 ORDER BY ends_at DESC, id LIMIT $3
                 )",
            )
            .bind(user.as_str())
            .bind(id)
            .bind(MOST - 1)
            .execute(&mut *tx)
            .await?;
            Ok(())
        })
    }

    /// A form of that user that waits.
    pub async fn kept_form(&self, id: &str, user: &UserId, now: Timestamp) -> Result<Option<String>, Error> {
        Ok(read!(self, pool => sqlx::query_scalar(
            "SELECT sealed FROM long_forms WHERE id = $1 AND user_id = $2 AND ends_at > $3",
        )
        .bind(id)
        .bind(user.as_str())
        .bind(now.0)
        .fetch_optional(pool)
        .await)?)
    }

    /// Keeps a form of that user no longer.
    pub async fn drop_form(&self, id: &str, user: &UserId) -> Result<(), Error> {
        write!(self, tx => {
            sqlx::query("DELETE FROM long_forms WHERE id = $1 AND user_id = $2")
                .bind(id)
                .bind(user.as_str())
                .execute(&mut *tx)
                .await?;
            Ok(())
        })
    }
}
