//! Where the bare server finds its keys: in a map, or in a table by its primary key. Called for every key of every request.

use crate::Outcome;
use sha2::{Digest, Sha256};
use sqlx::{
    PgPool, SqlitePool,
    postgres::PgPoolOptions,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{borrow::Cow, collections::HashMap, fs, path::Path, str::FromStr};

/// Characters of a secret; the checksum that follows it is not looked at.
const SECRET: usize = 32;
/// Connections to SQLite: each has a thread, and there is one core.
const SQLITE_CONNECTIONS: u32 = 4;
/// Connections to PostgreSQL, as many as Latchkey opens.
const POSTGRES_CONNECTIONS: u32 = 16;

const TABLE: [&str; 2] = [
    "CREATE TABLE bare_keys (hash BLOB PRIMARY KEY, id TEXT NOT NULL, name TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE bare_keys (hash BYTEA PRIMARY KEY, id TEXT NOT NULL, name TEXT NOT NULL)",
];
const INSERT: &str = "INSERT INTO bare_keys (hash, id, name) VALUES ($1, $2, $3)";
const SELECT: &str = "SELECT id, name FROM bare_keys WHERE hash = $1";

/// A key's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The public part of the key.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// In memory, or just read.
pub type Found<'a> = Cow<'a, Record>;

/// The records by the hash of the key's secret.
pub enum Keys {
    /// In memory.
    Map(HashMap<[u8; 32], Record>),
    /// In a file.
    Sqlite(SqlitePool),
    /// At a server.
    Postgres(PgPool),
}

impl Keys {
    /// Those of a file, put into the database if there is one.
    pub async fn read(file: &Path, database: Option<&str>) -> Outcome<Self> {
        let text = fs::read_to_string(file)?;
        let keys = text
            .lines()
            .filter_map(take_apart)
            .zip(0..)
            .map(|((id, hash), number)| (hash, Record { id: id.to_owned(), name: format!("key {number:07}") }));
        let Some(url) = database else { return Ok(Self::Map(keys.collect())) };
        // The same for either engine; their types differ.
        macro_rules! fill {
            ($pool:expr, $table:expr) => {{
                let mut transaction = $pool.begin().await?;
                sqlx::query($table).execute(&mut *transaction).await?;
                for (hash, Record { id, name }) in keys {
                    let insert = sqlx::query(INSERT).bind(hash.to_vec()).bind(id).bind(name);
                    insert.execute(&mut *transaction).await?;
                }
                transaction.commit().await?;
            }};
        }
        if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url)?
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal);
            let pool = SqlitePoolOptions::new().max_connections(SQLITE_CONNECTIONS).connect_with(options).await?;
            fill!(pool, TABLE[0]);
            return Ok(Self::Sqlite(pool));
        }
        let pool = PgPoolOptions::new().max_connections(POSTGRES_CONNECTIONS).connect(url).await?;
        fill!(pool, TABLE[1]);
        Ok(Self::Postgres(pool))
    }

    /// The key, if its id and its secret are right.
    pub async fn look_up(&self, key: &str) -> Option<Found<'_>> {
        let (id, hash) = take_apart(key)?;
        let row: Option<(String, String)> = match self {
            Self::Map(keys) => return keys.get(&hash).filter(|record| record.id == id).map(Cow::Borrowed),
            Self::Sqlite(pool) => sqlx::query_as(SELECT).bind(&hash[..]).fetch_optional(pool).await.ok()?,
            Self::Postgres(pool) => sqlx::query_as(SELECT).bind(&hash[..]).fetch_optional(pool).await.ok()?,
        };
        row.map(|(id, name)| Record { id, name }).filter(|record| record.id == id).map(Cow::Owned)
    }
}

/// Id and hashed secret of `prefix_id_secret…`.
fn take_apart(key: &str) -> Option<(&str, [u8; 32])> {
    let mut parts = key.splitn(3, '_');
    let (_prefix, id, tail) = (parts.next()?, parts.next()?, parts.next()?);
    Some((id, Sha256::digest(tail.get(..SECRET)?).into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::{Database, Engine};

    async fn keys_are_found_by_id_and_secret(database: Option<&str>, folder: &Path) -> Outcome<()> {
        let key = format!("lk_ABCDEFGH_{}123456", "s".repeat(SECRET));
        let file = folder.join("keys");
        fs::write(&file, format!("lk_AAAAAAAA_{}000000\n{key}\n", "t".repeat(SECRET)))?;
        let keys = Keys::read(&file, database).await?;
        let record = Record { id: "ABCDEFGH".into(), name: "key 0000001".into() };
        assert_eq!(keys.look_up(&key).await.as_deref(), Some(&record));
        for wrong in [key.replace("ABCDEFGH", "ABCDEFGX"), key.replace("ss1", "st1"), "lk_ABCDEFGH_short".into()] {
            assert_eq!(keys.look_up(&wrong).await, None, "{wrong}");
        }
        assert_eq!(keys.look_up("junk").await, None);
        Ok(())
    }

    #[tokio::test]
    async fn in_memory_and_in_each_database() -> Outcome<()> {
        let database = Database::fresh(Engine::Sqlite).await?;
        keys_are_found_by_id_and_secret(None, database.folder()).await?;
        keys_are_found_by_id_and_secret(Some(&database.url()), database.folder()).await?;
        if Engine::Postgres.is_here() {
            let database = Database::fresh(Engine::Postgres).await?;
            let done = keys_are_found_by_id_and_secret(Some(&database.url()), database.folder()).await;
            database.remove().await?;
            done?;
        }
        Ok(())
    }
}
