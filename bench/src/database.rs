//! A throwaway database: a file in a temporary folder, or a database of the PostgreSQL server that
//! `LATCHKEY_TEST_POSTGRES` names.

use crate::Outcome;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection, postgres::PgConnectOptions,
    sqlite::SqliteConnectOptions,
};
use std::{env, path::Path, str::FromStr};
use tempfile::TempDir;

/// The engines that Latchkey runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

impl Engine {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// Whether there is one to measure on.
    pub fn is_here(self) -> bool {
        self == Self::Sqlite || env::var_os("LATCHKEY_TEST_POSTGRES").is_some()
    }

    /// What is told where it would have been measured.
    pub fn left_out(self) -> String {
        let name = self.name();
        format!("{name} was left out: there is none here (install it, or name a server in LATCHKEY_TEST_POSTGRES).")
    }
}

/// A database that nobody else uses, and a folder for the rest. A file goes with its folder; see
/// [`remove`](Self::remove) for the other.
pub struct Database {
    folder: TempDir,
    postgres: Option<(PgConnectOptions, String)>,
}

/// A connection to either engine.
pub enum AnyConnection {
    /// To a file.
    Sqlite(SqliteConnection),
    /// To a server.
    Postgres(PgConnection),
}

/// Runs `$body` with `$on` bound to the connection of the engine in use: every query here is written once.
macro_rules! either {
    ($connection:expr, $on:ident => $body:expr) => {
        match $connection {
            $crate::database::AnyConnection::Sqlite($on) => $body,
            $crate::database::AnyConnection::Postgres($on) => $body,
        }
    };
}
pub(crate) use either;

impl Database {
    /// An empty one.
    pub async fn fresh(engine: Engine) -> Outcome<Self> {
        let folder = tempfile::Builder::new().prefix("latchkey-bench-").tempdir()?;
        let postgres = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => {
                let server = PgConnectOptions::from_str(&env::var("LATCHKEY_TEST_POSTGRES")?)?;
                // The folder's name is nobody else's; the server folds what is not quoted to lower case.
                let own = folder.path().file_name().unwrap_or_default().to_string_lossy();
                let name = own.replace('-', "_").to_lowercase();
                on_server(&server, format!("CREATE DATABASE {name}")).await?;
                Some((server, name))
            }
        };
        Ok(Self { folder, postgres })
    }

    /// The folder for the rest.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The database as Latchkey's setting names it.
    pub fn url(&self) -> String {
        match &self.postgres {
            None => format!("sqlite:{}", self.file().display()),
            Some((server, name)) => server.clone().database(name).to_url_lossy().to_string(),
        }
    }

    /// A connection of the bench's own, for what has no use-case: many rows at once.
    pub async fn connect(&self) -> Outcome<AnyConnection> {
        Ok(match &self.postgres {
            None => AnyConnection::Sqlite(
                // A cache of 512 MiB: a million keys go into twenty indexes.
                SqliteConnectOptions::new()
                    .filename(self.file())
                    .foreign_keys(true)
                    .pragma("cache_size", "-524288")
                    .connect()
                    .await?,
            ),
            Some((server, name)) => AnyConnection::Postgres(server.clone().database(name).connect().await?),
        })
    }

    /// Drops what lies on a server. (An interrupted run leaves it there; `scripts/postgres.sh` throws its server away.)
    pub async fn remove(self) -> Outcome<()> {
        match &self.postgres {
            None => Ok(()),
            Some((server, name)) => on_server(server, format!("DROP DATABASE {name} WITH (FORCE)")).await,
        }
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder().join("latchkey.db")
    }
}

/// Runs one statement on the server itself.
async fn on_server(server: &PgConnectOptions, sql: String) -> Outcome<()> {
    let mut connection = server.connect().await?;
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
    Ok(connection.close().await?)
}
