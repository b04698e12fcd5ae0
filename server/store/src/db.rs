//! The two engines behind one [`Store`], and the two macros by which a query written once reaches either of them.

use crate::{
    Error,
    changes::{Changes, Leases},
};
use sqlx::{
    PgPool, SqlitePool,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    fs::File,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

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
    },
    Postgres(PgPool),
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
            Err(error) => $tx.rollback().await.map_err($crate::Error::from).and(Err(error)),
        }
    }};
}

pub(crate) use {read, transaction, write};

impl Store {
    /// Opens the database, makes it if it is a file that is not there, and brings its tables up to date.
    pub async fn open(url: &DatabaseUrl) -> Result<Self, Error> {
        let (db, leases) = match url {
            DatabaseUrl::Sqlite(path) => open_sqlite(path).await?,
            DatabaseUrl::Postgres(url) => {
                let pool = PgPoolOptions::new()
                    .max_connections(16)
                    .acquire_timeout(Duration::from_secs(5))
                    // The queries are short and stop at bounds, which PostgreSQL's estimates do not know: compiling one
                    // would take longer than running it.
                    .after_connect(|connection, _| {
                        Box::pin(async move { sqlx::query("SET jit = off").execute(connection).await.map(drop) })
                    })
                    .connect(url)
                    .await?;
                sqlx::migrate!("migrations/postgres").run(&pool).await?;
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

    /// Finishes what is under way and closes every connection.
    pub async fn close(&self) {
        self.changes.leases.close().await;
        match &self.db {
            Db::Sqlite { readers, writer } => {
                readers.close().await;
                writer.close().await;
            }
            Db::Postgres(pool) => pool.close().await,
        }
    }
}

async fn open_sqlite(path: &Path) -> Result<(Db, Leases), Error> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // An acknowledged change is on the disk: a revocation must not be undone by a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10));
    // Password hashes are nobody else's business. SQLite gives its -wal and -shm files the same mode.
    match File::options().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(error.into()),
        _ => {}
    }
    // sqlx locks migrations on PostgreSQL only. The lock file lets the command line start beside a starting server.
    let lock = File::create(path.with_extension("lock"))?;
    let lock =
        tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await.map_err(std::io::Error::other)??;
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(30))
        .connect_with(options.clone())
        .await?;
    sqlx::migrate!("migrations/sqlite").run(&writer).await?;
    let leases = Leases::beside(path);
    leases.mend(path).await;
    drop(lock);
    let readers = SqlitePoolOptions::new()
        .max_connections(8)
        .acquire_timeout(Duration::from_secs(5))
        .connect_with(options.read_only(true))
        .await?;
    Ok((Db::Sqlite { readers, writer }, leases))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        assert!(matches!("sqlite:data/a.db".parse(), Ok(DatabaseUrl::Sqlite(p)) if p == Path::new("data/a.db")));
        assert!(matches!("sqlite:///var/a.db".parse(), Ok(DatabaseUrl::Sqlite(p)) if p == Path::new("/var/a.db")));
        assert!(matches!("postgres://u@h/d".parse(), Ok(DatabaseUrl::Postgres(_))));
        assert!("mysql://h/d".parse::<DatabaseUrl>().is_err());
    }
}
