//! A SQLite database read past the program: every row of every table, and a connection that is kept open.

use crate::home::Home;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection, TypeInfo, ValueRef, sqlite::SqliteConnectOptions};
use std::path::Path;

/// Every table, with its rows as text, in order.
pub fn dump(home: &Home) -> Vec<(String, Vec<String>)> {
    on(async {
        let mut connection = open(&home.data().join("latchkey.db")).await;
        let names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name";
        let names: Vec<String> = sqlx::query_scalar(names).fetch_all(&mut connection).await.unwrap();
        let mut tables = Vec::new();
        for name in names {
            let rows = sqlx::query(AssertSqlSafe(format!("SELECT * FROM {name}"))).fetch_all(&mut connection).await;
            let mut rows: Vec<String> = rows.unwrap().iter().map(written).collect();
            rows.sort_unstable();
            tables.push((name, rows));
        }
        connection.close().await.unwrap();
        tables
    })
}

fn written(row: &sqlx::sqlite::SqliteRow) -> String {
    let cells = (0..row.len()).map(|at| {
        let raw = row.try_get_raw(at).unwrap();
        match raw.type_info().name() {
            _ if raw.is_null() => "NULL".to_owned(),
            "INTEGER" => row.get_unchecked::<i64, _>(at).to_string(),
            "REAL" => row.get_unchecked::<f64, _>(at).to_string(),
            "BLOB" => format!("{:?}", row.get_unchecked::<Vec<u8>, _>(at)),
            _ => format!("{:?}", row.get_unchecked::<String, _>(at)),
        }
    });
    cells.collect::<Vec<_>>().join("|")
}

/// What a check of a whole database finds: `ok`. Also that no row refers to one that is not there.
pub fn integrity(database: &Path) -> String {
    on(async {
        let mut connection = open(database).await;
        let broken = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut connection).await.unwrap();
        assert!(broken.is_empty());
        let found = sqlx::query_scalar("PRAGMA integrity_check").fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        found
    })
}

/// A connection that has read, as another program's.
pub struct Held {
    _connection: SqliteConnection,
    _runtime: tokio::runtime::Runtime,
}

pub fn of_this_moment(home: &Home) -> Held {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let connection = runtime.block_on(async {
        let mut connection = open(&home.data().join("latchkey.db")).await;
        sqlx::query("SELECT COUNT(*) FROM keys").fetch_one(&mut connection).await.unwrap();
        connection
    });
    Held { _connection: connection, _runtime: runtime }
}

async fn open(database: &Path) -> SqliteConnection {
    SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(database)).await.unwrap()
}

fn on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(work)
}
