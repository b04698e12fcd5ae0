//! A fresh database for each story: a file in a temporary folder, or a database of the PostgreSQL server that
//! `LATCHKEY_TEST_POSTGRES` names. Without that variable the PostgreSQL stories fail: a test that passes without having
//! run would be a lie.

use crate::world::World;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection, postgres::PgConnectOptions,
    sqlite::SqliteConnectOptions,
};
use std::{
    env,
    error::Error,
    fmt,
    hash::{BuildHasher, RandomState},
    panic::Location,
};
use store::DatabaseUrl;
use tempfile::TempDir;

/// Why a story stopped, and at which `?`.
pub struct Failure(String);

impl<E: Error> From<E> for Failure {
    #[track_caller]
    fn from(error: E) -> Self {
        Self(format!("{}: {error}", Location::caller()))
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub type Outcome<T = ()> = Result<T, Failure>;

#[derive(Clone, Copy)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A database that nobody else uses.
pub struct Place {
    pub engine: Engine,
    pub url: DatabaseUrl,
    home: Home,
}

enum Home {
    Folder(TempDir),
    /// Its name on the server.
    Database(String),
}

impl Place {
    /// An empty database.
    pub async fn fresh(engine: Engine) -> Outcome<Self> {
        match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir()?;
                let url = DatabaseUrl::Sqlite(folder.path().join("latchkey.db"));
                Ok(Self { engine, url, home: Home::Folder(folder) })
            }
            Engine::Postgres => {
                let server = postgres_server()?;
                let name = format!("latchkey_test_{:016x}", RandomState::new().hash_one("database"));
                // A collation unlike SQLite's: whatever relied on the database's own would sort differently here.
                let sql = format!(
                    "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
                );
                let mut connection = server.connect().await?;
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
                connection.close().await?;
                let url = DatabaseUrl::Postgres(server.database(&name).to_url_lossy().to_string());
                Ok(Self { engine, url, home: Home::Database(name) })
            }
        }
    }

    /// Forgets the database. A failed story leaves its PostgreSQL database behind, to be looked into.
    pub async fn remove(self) -> Outcome {
        match self.home {
            Home::Folder(folder) => folder.close()?,
            Home::Database(name) => {
                let mut connection = postgres_server()?.connect().await?;
                let sql = format!("DROP DATABASE {name} WITH (FORCE)");
                sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
                connection.close().await?;
            }
        }
        Ok(())
    }

    /// The number that a query answers, past the store.
    pub async fn number(&self, sql: &'static str) -> Outcome<i64> {
        Ok(match &self.url {
            DatabaseUrl::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path);
                let mut connection = SqliteConnection::connect_with(&options).await?;
                sqlx::query_scalar(sql).fetch_one(&mut connection).await?
            }
            DatabaseUrl::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await?;
                sqlx::query_scalar(sql).fetch_one(&mut connection).await?
            }
        })
    }

    /// How many instances hold a lease. On SQLite leases lie in a file of their own.
    pub async fn leases(&self) -> Outcome<i64> {
        const COUNT: &str = "SELECT COUNT(*) FROM leases";
        let DatabaseUrl::Sqlite(path) = &self.url else { return self.number(COUNT).await };
        let options = SqliteConnectOptions::new().filename(path.with_extension("leases"));
        let mut connection = SqliteConnection::connect_with(&options).await?;
        Ok(sqlx::query_scalar(COUNT).fetch_one(&mut connection).await?)
    }

    /// Writes past the store, what it never would.
    pub async fn execute(&self, sql: &'static str) -> Outcome {
        match &self.url {
            DatabaseUrl::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path);
                let mut connection = SqliteConnection::connect_with(&options).await?;
                sqlx::raw_sql(sql).execute(&mut connection).await?;
            }
            DatabaseUrl::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await?;
                sqlx::raw_sql("SET latchkey.past_the_store = 'on'").execute(&mut connection).await?;
                sqlx::raw_sql(sql).execute(&mut connection).await?;
            }
        }
        Ok(())
    }

    /// Writes to the leases past the store: on SQLite they lie in a file of their own.
    pub async fn execute_on_leases(&self, sql: &'static str) -> Outcome {
        let DatabaseUrl::Sqlite(path) = &self.url else { return self.execute(sql).await };
        let options = SqliteConnectOptions::new().filename(path.with_extension("leases"));
        let mut connection = SqliteConnection::connect_with(&options).await?;
        sqlx::raw_sql(sql).execute(&mut connection).await?;
        Ok(())
    }
}

impl Place {
    /// From here on a transaction that changes what a key may do and takes no number in the feed of changes fails, whichever
    /// story it is in. PostgreSQL alone can look at a whole transaction; the statements are the same on both engines.
    pub async fn refuse_silent_changes(&self) -> Outcome {
        match self.engine {
            Engine::Sqlite => Ok(()),
            Engine::Postgres => self.execute(include_str!("silent_changes.sql")).await,
        }
    }

    /// Makes the count of the first hour of all time fail.
    pub async fn forbid_an_hour(&self) -> Outcome {
        self.execute(match self.engine {
            Engine::Sqlite => {
                "CREATE TRIGGER no_hour BEFORE INSERT ON usage_hours WHEN NEW.hour = 0
                   BEGIN SELECT RAISE(ABORT, 'not that hour'); END"
            }
            Engine::Postgres => "ALTER TABLE usage_hours ADD CONSTRAINT no_hour CHECK (hour <> 0)",
        })
        .await
    }

    /// Lets it be counted again.
    pub async fn allow_the_hour(&self) -> Outcome {
        self.execute(match self.engine {
            Engine::Sqlite => "DROP TRIGGER no_hour",
            Engine::Postgres => "ALTER TABLE usage_hours DROP CONSTRAINT no_hour",
        })
        .await
    }

    /// Puts the rows of keys where a scan finds the last ids first.
    pub async fn turn_keys_round(&self) -> Outcome {
        match self.engine {
            Engine::Sqlite => Ok(()),
            Engine::Postgres => {
                self.execute(
                    "CREATE INDEX IF NOT EXISTS keys_downwards ON keys (id DESC);
                     CLUSTER keys USING keys_downwards",
                )
                .await
            }
        }
    }

    /// Makes every write to a row of a key fail.
    pub async fn forbid_writes_of_keys(&self) -> Outcome {
        self.execute(match self.engine {
            Engine::Sqlite => {
                "CREATE TRIGGER no_writes BEFORE UPDATE ON keys BEGIN SELECT RAISE(ABORT, 'a key was written'); END"
            }
            Engine::Postgres => {
                "CREATE FUNCTION no_writes() RETURNS trigger LANGUAGE plpgsql AS
                   'BEGIN RAISE EXCEPTION ''a key was written''; END';
                 CREATE TRIGGER no_writes BEFORE UPDATE ON keys FOR EACH ROW EXECUTE FUNCTION no_writes()"
            }
        })
        .await
    }
}

fn postgres_server() -> Outcome<PgConnectOptions> {
    let url = env::var("LATCHKEY_TEST_POSTGRES").map_err(|_| {
        let advice = "set LATCHKEY_TEST_POSTGRES to a superuser's postgres:// URL, or use `make test`";
        Failure(format!("not run, there is no PostgreSQL: {advice}"))
    })?;
    Ok(url.parse()?)
}

/// Tells a story in a world of its own.
pub async fn tell(engine: Engine, story: impl AsyncFnOnce(&World) -> Outcome) -> Outcome {
    let world = World::new(Place::fresh(engine).await?).await?;
    story(&world).await?;
    world.store.close().await;
    world.place.remove().await
}

/// Registers stories (`async fn(&World) -> Outcome`) as `sqlite::name` and `postgres::name`.
macro_rules! on_both_engines {
    ($($story:ident),+ $(,)?) => {
        mod sqlite {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $story() -> $crate::engine::Outcome {
                $crate::engine::tell($crate::engine::Engine::Sqlite, super::$story).await
            }
        )+}
        mod postgres {$(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $story() -> $crate::engine::Outcome {
                $crate::engine::tell($crate::engine::Engine::Postgres, super::$story).await
            }
        )+}
    };
}
