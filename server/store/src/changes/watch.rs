//! How an instance learns at once that there is something new in the feed: PostgreSQL notifies; on SQLite the file's version
//! is watched, which another program's commits move too. Missing one is harmless: the feed is read at each renewal anyway.

use crate::{Error, db::Db};
use sqlx::{Sqlite, pool::PoolConnection, postgres::PgListener};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How often SQLite's version is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// What is watched.
pub(crate) enum Watch {
    Sqlite { connection: PoolConnection<Sqlite>, version: i64 },
    Postgres(Box<PgListener>),
}

impl Watch {
    pub async fn begin(db: &Db) -> Result<Self, Error> {
        Ok(match db {
            Db::Sqlite { readers, .. } => {
                let mut connection = readers.acquire().await?;
                let version = data_version(&mut connection).await?;
                Self::Sqlite { connection, version }
            }
            Db::Postgres(pool) => {
                let mut listener = PgListener::connect_with(pool).await?;
                listener.listen("latchkey_changes").await?;
                Self::Postgres(Box::new(listener))
            }
        })
    }

    /// Returns when there may be something new.
    pub async fn news(&mut self) -> Result<(), Error> {
        match self {
            Self::Sqlite { connection, version } => loop {
                sleep(LOOK_EVERY).await;
                let seen = data_version(connection).await?;
                if seen != *version {
                    *version = seen;
                    return Ok(());
                }
            },
            Self::Postgres(listener) => {
                let began = Instant::now();
                // `None`: the connection was lost and there is a new one, so something may have been missed.
                listener.try_recv().await?;
                // A server that cannot be reached is not asked more often than this.
                if began.elapsed() < Duration::from_millis(1) {
                    tokio::task::yield_now().await;
                }
                Ok(())
            }
        }
    }
}

async fn data_version(connection: &mut PoolConnection<Sqlite>) -> Result<i64, Error> {
    let (version,): (i64,) = sqlx::query_as("PRAGMA data_version").fetch_one(&mut **connection).await?;
    Ok(version)
}
