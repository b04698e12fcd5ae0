//! Console sessions: kept under the hash of the cookie's value, listed and ended by their user.

use crate::{
    Error, Store,
    db::{read, write},
};
use domain::{id::UserId, time::Timestamp};

/// A session as it is kept.
#[derive(Clone, Debug)]
pub struct StoredSession {
    /// SHA-256 of the cookie's value, in hexadecimal.
    pub id: String,
    /// Whose it is, once signed in.
    pub user: Option<UserId>,
    /// What the session holds, as JSON.
    pub data: String,
    /// From where it was last seen.
    pub address: String,
    /// By what it was last seen.
    pub agent: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last seen (to the minute: see `server`).
    pub last_seen_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Another one has taken its place: see [`Store::supersede_session`].
    pub superseded: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    user_id: Option<String>,
    data: String,
    address: String,
    agent: String,
    created_at: i64,
    last_seen_at: i64,
    expires_at: i64,
    superseded: bool,
}

impl From<Row> for StoredSession {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            user: row.user_id.map(UserId::from_text),
            data: row.data,
            address: row.address,
            agent: row.agent,
            created_at: Timestamp(row.created_at),
            last_seen_at: Timestamp(row.last_seen_at),
            expires_at: Timestamp(row.expires_at),
            superseded: row.superseded,
        }
    }
}

impl Store {
    /// Adds a session; [`Error::Taken`] if the id is (the caller draws another).
    pub async fn insert_session(&self, session: &StoredSession) -> Result<(), Error> {
        write!(self, tx => {
            sqlx::query(
                "INSERT INTO sessions (id, user_id, data, address, agent, created_at, last_seen_at, expires_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(&session.id)
            .bind(session.user.as_ref().map(UserId::as_str))
            .bind(&session.data)
            .bind(&session.address)
            .bind(&session.agent)
            .bind(session.created_at.0)
            .bind(session.last_seen_at.0)
            .bind(session.expires_at.0)
            .execute(&mut *tx)
            .await
            .map_err(Error::or_taken)?;
            Ok(())
        })
    }

    /// Writes what a session holds. One that was ended or superseded meanwhile stays so: nothing is written.
    pub async fn update_session(&self, session: &StoredSession) -> Result<(), Error> {
        write!(self, tx => {
            sqlx::query(
                "UPDATE sessions SET user_id = $1, data = $2, address = $3, agent = $4, last_seen_at = $5, expires_at = $6
                 WHERE id = $7 AND superseded = FALSE",
            )
            .bind(session.user.as_ref().map(UserId::as_str))
            .bind(&session.data)
            .bind(&session.address)
            .bind(&session.agent)
            .bind(session.last_seen_at.0)
            .bind(session.expires_at.0)
            .bind(&session.id)
            .execute(&mut *tx)
            .await?;
            Ok(())
        })
    }

    /// A session that has not ended.
    pub async fn session(&self, id: &str, now: Timestamp) -> Result<Option<StoredSession>, Error> {
        let row: Option<Row> = read!(self, pool => sqlx::query_as(
            "SELECT id, user_id, data, address, agent, created_at, last_seen_at, expires_at, superseded FROM sessions
             WHERE id = $1 AND expires_at > $2",
        )
        .bind(id)
        .bind(now.0)
        .fetch_optional(pool)
        .await)?;
        Ok(row.map(StoredSession::from))
    }

    /// A user's sessions that have not ended, the last seen first.
    pub async fn sessions_of(&self, user: &UserId, now: Timestamp) -> Result<Vec<StoredSession>, Error> {
        let rows: Vec<Row> = read!(self, pool => sqlx::query_as(
            "SELECT id, user_id, data, address, agent, created_at, last_seen_at, expires_at, superseded FROM sessions
             WHERE user_id = $1 AND expires_at > $2 AND superseded = FALSE ORDER BY last_seen_at DESC, id LIMIT 100",
        )
        .bind(user.as_str())
        .bind(now.0)
        .fetch_all(pool)
        .await)?;
        Ok(rows.into_iter().map(StoredSession::from).collect())
    }

    /// Lets a session end at `until`, since another one takes its place; says whether that was still to be done, so that of
    /// several requests at once one makes the other.
    pub async fn supersede_session(&self, id: &str, until: Timestamp) -> Result<bool, Error> {
        write!(self, tx => {
            let done = sqlx::query(
                "UPDATE sessions SET superseded = TRUE, expires_at = CASE WHEN expires_at < $1 THEN expires_at ELSE $1 END
                 WHERE id = $2 AND superseded = FALSE",
            )
            .bind(until.0).bind(id).execute(&mut *tx).await?;
            Ok(done.rows_affected() == 1)
        })
    }

    /// Ends a session; one that was superseded ends by itself.
    pub async fn delete_session(&self, id: &str) -> Result<(), Error> {
        write!(self, tx => {
            sqlx::query("DELETE FROM sessions WHERE id = $1 AND superseded = FALSE").bind(id).execute(&mut *tx).await?;
            Ok(())
        })
    }

    /// Ends one session of a user ([`Error::NotFound`] if it is not theirs).
    pub async fn delete_session_of(&self, user: &UserId, id: &str) -> Result<(), Error> {
        write!(self, tx => {
            let done = sqlx::query("DELETE FROM sessions WHERE id = $1 AND user_id = $2")
                .bind(id).bind(user.as_str()).execute(&mut *tx).await?;
            if done.rows_affected() == 0 { Err(Error::NotFound) } else { Ok(()) }
        })
    }

    /// Ends every session of a user but `keep`.
    pub async fn delete_other_sessions(&self, user: &UserId, keep: &str) -> Result<(), Error> {
        write!(self, tx => {
            sqlx::query("DELETE FROM sessions WHERE user_id = $1 AND id <> $2")
                .bind(user.as_str()).bind(keep).execute(&mut *tx).await?;
            Ok(())
        })
    }

    /// Forgets sessions, and forms that waited, that have ended.
    pub async fn delete_ended_sessions(&self, now: Timestamp) -> Result<(), Error> {
        write!(self, tx => {
            sqlx::query("DELETE FROM sessions WHERE expires_at <= $1").bind(now.0).execute(&mut *tx).await?;
            sqlx::query("DELETE FROM long_forms WHERE ends_at <= $1").bind(now.0).execute(&mut *tx).await?;
            Ok(())
        })
    }
}
