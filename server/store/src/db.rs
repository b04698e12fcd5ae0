//! The two engines behind one [`Store`], and the two macros by which a query written once reaches either of them.

use crate::{
    Error,
    applied::{self, Applied},
    changes::{Changes, Leases},
    sqlite,
};
use sqlx::{
    PgPool, SqlitePool,
    migrate::{MigrateError, Migrator},
    postgres::PgPoolOptions,
};
use std::{fs::File, path::PathBuf, str::FromStr, sync::Arc, time::Duration};

static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// The queries are short and stop at bounds, which PostgreSQL's estimates do not know: compiling one would take longer than
/// running it. And an instance that stands still in the middle of a transaction holds its rows: without an end to that, nobody
/// could change them, or anything (`change_head`), until it goes on.
const POSTGRES_SETTINGS: &str = "SET jit = off; SET idle_in_transaction_session_timeout = '5s'";

/// Where the data lies.
#[derive(Clone, Debug)]
pub enum DatabaseUrl {
    /// A file of this machine.
    Sqlite(PathBuf),
    /// `postgres://…`; it may hold a password, so it is never printed.
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.into()));
        }
        match text.strip_prefix("sqlite:") {
            Some(path) if !path.is_empty() => Ok(Self::Sqlite(path.trim_start_matches("//").into())),
            _ => Err(Error::Url("a database URL starts with postgres:// or sqlite:".into())),
        }
    }
}

/// The open database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) db: Db,
    pub(crate) changes: Changes,
}

#[derive(Clone)]
pub(crate) enum Db {
    /// SQLite takes one writer at a time: a pool of one connection queues them in order, where more would time out by chance.
    Sqlite {
        readers: SqlitePool,
        writer: SqlitePool,
        /// Keeps a restore from taking the file away; none where no file can be written.
        _in_use: Option<Arc<File>>,
    },
    Postgres(PgPool),
}

/// Connections to the database that are used for one kind of work.
#[derive(Clone, Copy, Debug)]
pub struct Pool {
    /// The work: `readers` and `writer` on SQLite, `all` on PostgreSQL.
    pub name: &'static str,
    /// Connections that are open.
    pub open: u32,
    /// Those of them that nobody uses.
    pub idle: u32,
}

impl Pool {
    fn of<D: sqlx::Database>(name: &'static str, pool: &sqlx::Pool<D>) -> Self {
        Self { name, open: pool.size(), idle: u32::try_from(pool.num_idle()).unwrap_or(u32::MAX) }
    }
}

/// Runs `$body` with `$pool` bound to the pool of the engine in use.
macro_rules! read {
    ($store:expr, $pool:ident => $body:expr) => {
        match &$store.db {
            $crate::db::Db::Sqlite { readers: $pool, .. } => $body,
            $crate::db::Db::Postgres($pool) => $body,
        }
    };
}

/// Runs `$body` (in which `?` gives up) in one transaction, bound to `$tx`: all of it is kept, or nothing.
macro_rules! write {
    ($store:expr, $tx:ident => $body:expr) => {
        match &$store.db {
            // IMMEDIATE: a transaction that reads before it writes would otherwise fail when another wrote in between.
            $crate::db::Db::Sqlite { writer, .. } => {
                $crate::db::transaction!(writer.begin_with("BEGIN IMMEDIATE"), $tx => $body)
            }
            $crate::db::Db::Postgres(pool) => $crate::db::transaction!(pool.begin(), $tx => $body),
        }
    };
}

macro_rules! transaction {
    ($begin:expr, $tx:ident => $body:expr) => {{
        let mut $tx = $begin.await?;
        let result: Result<_, $crate::Error> = async { $body }.await;
        match result {
            Ok(value) => $tx.commit().await.map(|()| value).map_err($crate::Error::from),
            Err(error) => {
                // SQLite may have rolled it back already, as it does where the disk is full: the first error tells more.
                let _ = $tx.rollback().await;
                Err(error)
            }
        }
    }};
}

pub(crate) use {read, transaction, write};

impl Store {
    /// Opens the database, makes it if it is a file that is not there, and brings its tables up to date.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, Error> {
        let (db, leases) = match url {
            DatabaseUrl::Sqlite(path) => (sqlite::open(path).await?, Leases::beside(path).await),
            DatabaseUrl::Postgres(url) => {
                let pool = PgPoolOptions::new()
                    .max_connections(16)
                    .acquire_timeout(Duration::from_secs(5))
                    .after_connect(|connection, _| {
                        Box::pin(async move { sqlx::raw_sql(POSTGRES_SETTINGS).execute(connection).await.map(drop) })
                    })
                    .connect(url)
                    .await?;
                // By a connection of its own: a migration may take its time between two statements.
                let migrating = PgPoolOptions::new().max_connections(1).connect(url).await?;
                let migrated = migrate_postgres(&migrating).await;
                migrating.close().await;
                migrated?;
                (Db::Postgres(pool.clone()), Leases::Postgres(pool))
            }
        };
        Ok(Self { db, changes: Changes::new(leases) })
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Error> {
        read!(self, pool => sqlx::query("SELECT id FROM workspaces LIMIT 1").fetch_optional(pool).await.map(drop))?;
        Ok(())
    }

    /// What keeps the data: `sqlite` or `postgres`.
    #[must_use]
    pub fn engine(&self) -> &'static str {
        match &self.db {
            Db::Sqlite { .. } => "sqlite",
            Db::Postgres(_) => "postgres",
        }
    }

    /// The connections of this process.
    #[must_use]
    pub fn pools(&self) -> Vec<Pool> {
        match &self.db {
            Db::Sqlite { readers, writer, .. } => vec![Pool::of("readers", readers), Pool::of("writer", writer)],
            Db::Postgres(pool) => vec![Pool::of("all", pool)],
        }
    }

    /// Finishes what is under way and closes every connection.
    pub async fn close(&self) {
        self.changes.leases.close().await;
        match &self.db {
            Db::Sqlite { readers, writer, .. } => {
                readers.close().await;
                writer.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }
}

/// Brings the tables up to date. A server that takes no changes (a service provider's, whose disk is nearly full) will do if they
/// are.
async fn migrate_postgres(pool: &PgPool) -> Result<(), Error> {
    let error = match POSTGRES_MIGRATIONS.run(pool).await {
        Ok(()) => return Ok(()),
        Err(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) => Error::from(error),
        Err(error) => return Err(error.into()),
    };
    if !matches!(error, Error::ReadOnly) {
        return Err(error);
    }
    let rows = sqlx::query_as(applied::SQL).fetch_all(pool).await.map_err(|_| Error::Outdated)?;
    if !Applied::new(rows, &POSTGRES_MIGRATIONS).is_current() {
        return Err(Error::Outdated);
    }
    tracing::warn!("the database is read-only: keys are checked, every change is refused");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn urls() {
        assert!(matches!("sqlite:data/a.db".parse(), Ok(DatabaseUrl::Sqlite(p)) if p == Path::new("data/a.db")));
        assert!(matches!("sqlite:///var/a.db".parse(), Ok(DatabaseUrl::Sqlite(p)) if p == Path::new("/var/a.db")));
        assert!(matches!("postgres://u@h/d".parse(), Ok(DatabaseUrl::Postgres(_))));
        assert!("mysql://h/d".parse::<DatabaseUrl>().is_err());
    }
}
