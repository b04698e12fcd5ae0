//! How far each instance has applied the changes: written by the instances, read by the writers. On PostgreSQL a table; on
//! SQLite a file beside the database, because it changes twice a second and has nothing to survive.

use crate::Error;
use sqlx::{
    AssertSqlSafe, PgPool, SqlitePool,
    error::DatabaseError,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{fs, path::Path, time::Duration};

/// Where the leases lie.
#[derive(Clone)]
pub(crate) enum Leases {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// One instance that has not applied a change yet.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Behind {
    pub instance: String,
    pub beat: i64,
}

macro_rules! on {
    ($leases:expr, $pool:ident => $body:expr) => {
        match $leases {
            Leases::Sqlite($pool) => $body,
            Leases::Postgres($pool) => $body,
        }
    };
}

impl Leases {
    /// Opens the file of the leases beside a SQLite database. Where it can't be written, whoever needs it is told so later.
    pub async fn beside(database: &Path) -> Self {
        let options = SqliteConnectOptions::new()
            .filename(database.with_extension("leases"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A power cut ends the instances with their leases.
            .synchronous(SqliteSynchronous::Off)
            .busy_timeout(Duration::from_secs(1));
        let pool = SqlitePoolOptions::new()
            .max_connections(2)
            .acquire_timeout(Duration::from_secs(1))
            .after_connect(|connection, _| {
                Box::pin(async move {
                    let table = "CREATE TABLE IF NOT EXISTS leases (
                        instance TEXT PRIMARY KEY, beat INTEGER NOT NULL, applied INTEGER NOT NULL)";
                    sqlx::query(table).execute(connection).await.map(drop)
                })
            })
            .connect_lazy_with(options);
        mend(&pool, database).await;
        Self::Sqlite(pool)
    }

    /// Enters an instance. From when this returns, writers wait for it.
    pub async fn enter(&self, instance: &str, beat: i64) -> Result<(), Error> {
        on!(self, pool => sqlx::query(
            "INSERT INTO leases (instance, beat, applied) VALUES ($1, $2, -1)
             ON CONFLICT (instance) DO UPDATE SET beat = excluded.beat, applied = excluded.applied",
        )
        .bind(instance)
        .bind(beat)
        .execute(pool)
        .await
        .map(drop))?;
        Ok(())
    }

    /// Reports how far an instance has come; `false` if a writer has given it up.
    pub async fn renew(&self, instance: &str, beat: i64, applied: i64) -> Result<bool, Error> {
        // PostgreSQL need not wait for its disk: what it loses in a crash makes writers wait longer, never shorter.
        let (first, from) = match self {
            Self::Sqlite(_) => ("", ""),
            Self::Postgres(_) => {
                ("WITH lightly AS (SELECT set_config('synchronous_commit', 'off', true)) ", " FROM lightly")
            }
        };
        let sql = format!("{first}UPDATE leases SET beat = $1, applied = $2{from} WHERE instance = $3");
        let renewed = on!(self, pool => sqlx::query(AssertSqlSafe(sql))
            .bind(beat)
            .bind(applied)
            .bind(instance)
            .execute(pool)
            .await
            .map(|done| done.rows_affected() > 0))?;
        Ok(renewed)
    }

    /// The instances but `own` that have not applied that change yet.
    pub async fn behind(&self, number: i64, own: &str) -> Result<Vec<Behind>, Error> {
        let behind = on!(self, pool => sqlx::query_as(
            "SELECT instance, beat FROM leases WHERE applied < $1 AND instance <> $2",
        )
        .bind(number)
        .bind(own)
        .fetch_all(pool)
        .await)?;
        Ok(behind)
    }

    /// Every lease: the instance and its last beat.
    pub async fn beats(&self) -> Result<Vec<(String, i64)>, Error> {
        Ok(on!(self, pool => sqlx::query_as("SELECT instance, beat FROM leases").fetch_all(pool).await)?)
    }

    /// Gives up an instance that has not renewed its lease since that beat.
    pub async fn give_up(&self, lapsed: &Behind) -> Result<(), Error> {
        on!(self, pool => sqlx::query("DELETE FROM leases WHERE instance = $1 AND beat = $2")
            .bind(&lapsed.instance)
            .bind(lapsed.beat)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Takes an instance out that ends.
    pub async fn leave(&self, instance: &str) -> Result<(), Error> {
        on!(self, pool => sqlx::query("DELETE FROM leases WHERE instance = $1")
            .bind(instance)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    pub async fn close(&self) {
        on!(self, pool => pool.close().await);
    }
}

/// Throws the file away if a power cut, which ends all instances, left it unreadable.
async fn mend(pool: &SqlitePool, database: &Path) {
    let checked = sqlx::query("SELECT count(*) FROM leases").execute(pool).await;
    // SQLITE_CORRUPT and SQLITE_NOTADB.
    let broken = |error: &sqlx::Error| {
        let code = error.as_database_error().and_then(DatabaseError::code);
        code.is_some_and(|code| code == "11" || code == "26")
    };
    if checked.is_err_and(|error| broken(&error)) {
        for extension in ["leases", "leases-wal", "leases-shm"] {
            let _ = fs::remove_file(database.with_extension(extension));
        }
    }
}
