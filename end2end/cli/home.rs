//! An installation of its own: a temporary folder and a database that nobody else uses, and the program run on them.

use serde_json::Value;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection, SqliteConnection, postgres::PgConnectOptions,
    sqlite::SqliteConnectOptions,
};
use std::{
    env,
    hash::{BuildHasher, RandomState},
    io::Write,
    net::{SocketAddr, ToSocketAddrs},
    path::PathBuf,
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// The password of every user in these tests.
pub const PASSWORD: &str = "correct horse battery";

pub struct Home {
    pub folder: TempDir,
    /// The name on the PostgreSQL server; none for SQLite.
    database: Option<String>,
    /// Another database than these.
    url: Option<String>,
}

/// What a run of the program left.
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// Locks that are held, until they are released.
pub struct Held {
    runtime: tokio::runtime::Runtime,
    connection: PgConnection,
}

impl Held {
    /// Waits until so many others wait for a lock in this database.
    pub fn until_others_wait(&mut self, others: i64) {
        let begun = Instant::now();
        loop {
            let asked = sqlx::query_scalar(
                "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
            );
            let waiting: i64 = self.runtime.block_on(async {
                // Else a transaction would see the same answer for as long as it lasts.
                sqlx::raw_sql("SELECT pg_stat_clear_snapshot()").execute(&mut self.connection).await.unwrap();
                asked.fetch_one(&mut self.connection).await.unwrap()
            });
            if waiting >= others {
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{waiting} wait for a lock, not {others}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn release(self) {
        self.runtime.block_on(self.connection.close()).unwrap();
    }
}

impl Home {
    pub fn sqlite() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), database: None, url: None }
    }

    pub fn postgres() -> Self {
        let name = format!("latchkey_cli_{:016x}", RandomState::new().hash_one("database"));
        on_postgres(format!("CREATE DATABASE {name}"));
        Self { folder: tempfile::tempdir().unwrap(), database: Some(name), url: None }
    }

    /// An installation on a database that the test keeps.
    pub fn at(url: String) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), database: None, url: Some(url) }
    }

    /// The data folder; made by the program.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The program with this installation's settings, and none of whoever runs the tests.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare(arguments);
        command.current_dir(self.folder.path()).env("LATCHKEY_DATA_DIR", self.data());
        if let Some(name) = &self.database {
            let url = postgres_server().database(name).to_url_lossy();
            command.env("LATCHKEY_DATABASE_URL", url.as_str());
        }
        if let Some(url) = &self.url {
            command.env("LATCHKEY_DATABASE_URL", url);
        }
        command
    }

    /// Where PostgreSQL listens.
    pub fn postgres_address() -> SocketAddr {
        let server = postgres_server();
        (server.get_host(), server.get_port()).to_socket_addrs().unwrap().next().unwrap()
    }

    /// This installation's database through another port of this machine.
    pub fn postgres_url_at(&self, port: u16) -> String {
        let name = self.database.as_ref().expect("a database on PostgreSQL");
        postgres_server().host("127.0.0.1").port(port).database(name).to_url_lossy().to_string()
    }

    /// Writes past the program, what would take it an hour.
    pub fn execute(&self, sql: &'static str) {
        let work = async {
            if let Some(name) = &self.database {
                let mut connection = postgres_server().database(name).connect().await?;
                sqlx::raw_sql(sql).execute(&mut connection).await?;
                connection.close().await
            } else {
                let options = SqliteConnectOptions::new().filename(self.data().join("latchkey.db"));
                let mut connection = SqliteConnection::connect_with(&options).await?;
                sqlx::raw_sql(sql).execute(&mut connection).await?;
                connection.close().await
            }
        };
        tokio::runtime::Runtime::new().unwrap().block_on(work).unwrap();
    }

    /// Takes locks on PostgreSQL, as a transaction would that is not at its end.
    pub fn hold(&self, sql: &'static str) -> Held {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let name = self.database.as_ref().expect("a database on PostgreSQL");
        let connection = runtime.block_on(async {
            let mut connection = postgres_server().database(name).connect().await?;
            sqlx::raw_sql("BEGIN").execute(&mut connection).await?;
            sqlx::raw_sql(sql).execute(&mut connection).await.map(|_| connection)
        });
        Held { runtime, connection: connection.unwrap() }
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        ran(&mut self.command(arguments), "")
    }

    pub fn run_with(&self, arguments: &[&str], stdin: &str) -> Ran {
        ran(&mut self.command(arguments), stdin)
    }

    /// Runs what has to succeed.
    #[track_caller]
    pub fn text(&self, arguments: &[&str]) -> String {
        self.run_with(arguments, PASSWORD).succeeded()
    }

    /// Runs what has to succeed, with `--json`.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let text = self.text(&[arguments, &["--json"]].concat());
        serde_json::from_str(&text).unwrap()
    }

    #[track_caller]
    pub fn user(&self, email: &str) -> Value {
        self.json(&["user", "create", "--email", email, "--name", "Mina", "--password-stdin"])
    }

    /// The workspace `acme` and its developer Mina.
    #[track_caller]
    pub fn acme(&self) {
        self.user("mina@example.com");
        self.json(&["workspace", "create", "--slug", "acme", "--name", "Acme"]);
        self.json(&[
            "workspace",
            "add-member",
            "--workspace",
            "acme",
            "--email",
            "mina@example.com",
            "--role",
            "developer",
        ]);
    }

    #[track_caller]
    pub fn key(&self, name: &str, more: &[&str]) -> Value {
        let arguments = ["key", "create", "--workspace", "acme", "--owner", "mina@example.com", "--name", name];
        self.json(&[&arguments, more].concat())
    }

    #[track_caller]
    pub fn keys(&self) -> Vec<Value> {
        let Value::Array(keys) = self.json(&["key", "list", "--workspace", "acme"]) else { panic!("no array") };
        keys
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if let Some(name) = &self.database {
            on_postgres(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

impl Ran {
    #[track_caller]
    pub fn succeeded(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.err);
        assert_eq!(self.err, "");
        self.out
    }

    /// It failed with that exit status, said exactly that line, and printed nothing.
    #[track_caller]
    pub fn refused(self, code: i32, line: &str) {
        assert_eq!(self.err, format!("latchkey: {line}\n"));
        assert_eq!((self.code, self.out.as_str()), (Some(code), ""));
    }
}

/// The program without any setting.
pub fn bare(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey"));
    for (name, _) in env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        name.starts_with("LATCHKEY_") || name.starts_with("LEPTOS_") || name == "RUST_LOG"
    }) {
        command.env_remove(name);
    }
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub fn ran(command: &mut Command, stdin: &str) -> Ran {
    let mut child = command.spawn().unwrap();
    // The program may end without having read it.
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: status.code(), out: text(stdout), err: text(stderr) }
}

fn on_postgres(sql: String) {
    let work = async {
        let mut connection = postgres_server().connect().await?;
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await?;
        connection.close().await
    };
    tokio::runtime::Runtime::new().unwrap().block_on(work).unwrap();
}

fn postgres_server() -> PgConnectOptions {
    let advice = "not run, there is no PostgreSQL: set LATCHKEY_TEST_POSTGRES to a superuser's postgres:// URL";
    env::var("LATCHKEY_TEST_POSTGRES").expect(advice).parse().unwrap()
}

/// Registers tests (`fn(&Home)`) as `sqlite::name` and `postgres::name`.
macro_rules! on_both_engines {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {$(
            #[test]
            fn $test() {
                super::$test(&$crate::home::Home::sqlite());
            }
        )+}
        mod postgres {$(
            #[test]
            fn $test() {
                super::$test(&$crate::home::Home::postgres());
            }
        )+}
    };
}
