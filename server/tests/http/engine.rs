//! A fresh database for each story: a file in a temporary folder, or a database of the PostgreSQL server that
//! `LATCHKEY_TEST_POSTGRES` names. Without that variable the PostgreSQL stories fail: they are not skipped in silence.

use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection, postgres::PgConnectOptions,
    sqlite::SqliteConnectOptions,
};
use std::{
    env,
    hash::{BuildHasher, RandomState},
    path::Path,
    str::FromStr,
    time::Duration,
};
use tempfile::TempDir;

#[derive(Clone, Copy)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A database that nobody else uses, and a folder for the rest.
pub struct Place {
    folder: TempDir,
    /// The database's name on the PostgreSQL server.
    name: Option<String>,
}

impl Place {
    pub async fn fresh(engine: Engine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let name = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => {
                let name = format!("latchkey_http_{:016x}", RandomState::new().hash_one("database"));
                on_server(format!("CREATE DATABASE {name}")).await;
                Some(name)
            }
        };
        Self { folder, name }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The database as the configuration names it.
    pub fn url(&self) -> String {
        match &self.name {
            None => format!("sqlite:{}", self.folder().join("latchkey.db").display()),
            Some(name) => server().database(name).to_url_lossy().to_string(),
        }
    }

    /// Writes past the program, what it never would.
    pub async fn execute(&self, sql: &'static str) {
        let url = self.url();
        if let Some(path) = url.strip_prefix("sqlite:") {
            let options = SqliteConnectOptions::new().filename(path).busy_timeout(Duration::from_secs(30));
            let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        } else {
            let mut connection = PgConnection::connect(&url).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
    }

    /// Takes the PostgreSQL database away, or brings it back.
    pub async fn reachable(&self, yes: bool) {
        let name = self.name.as_ref().expect("only PostgreSQL goes away");
        on_server(format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {yes}")).await;
        if !yes {
            on_server(format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")).await;
        }
    }

    /// Forgets the database. A failed story leaves its PostgreSQL database behind, to be looked into.
    pub async fn remove(self) {
        if let Some(name) = self.name {
            on_server(format!("DROP DATABASE {name} WITH (FORCE)")).await;
        }
    }
}

fn server() -> PgConnectOptions {
    let url = env::var("LATCHKEY_TEST_POSTGRES").expect(
        "no PostgreSQL: LATCHKEY_TEST_POSTGRES names a superuser's URL; run through make test or scripts/postgres.sh",
    );
    PgConnectOptions::from_str(&url).unwrap()
}

async fn on_server(sql: String) {
    let mut connection = server().connect().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// Registers stories (`async fn(&World)`) as tests `on_sqlite::name`.
macro_rules! on_sqlite {
    ($($story:ident),+ $(,)?) => { stories!(on_sqlite, Sqlite, $($story),+); };
}

/// Registers stories as `sqlite::name` and as `postgres::name`.
macro_rules! on_both_engines {
    ($($story:ident),+ $(,)?) => {
        stories!(sqlite, Sqlite, $($story),+);
        stories!(postgres, Postgres, $($story),+);
    };
}

macro_rules! stories {
    ($module:ident, $engine:ident, $($story:ident),+) => {
        mod $module {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $story() {
                $crate::world::tell($crate::engine::Engine::$engine, super::$story).await;
            }
        )+}
    };
}
