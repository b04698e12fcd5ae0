//! Statements that are more than one text: those put together as a list's filters ask for it, and those that write many rows at
//! once. The text is made of the program's own constants alone (the types take no other), every value is bound.

use crate::db::Db;
use serde::Serialize;
use std::net::IpAddr;

/// Rows that one statement writes: no more than a busy processor may be kept from requests at a time.
pub const ROWS: usize = 32;

/// A statement whose `$1` is rows ([`rows`]), as either engine reads them. One text, whatever the number of rows: it is
/// prepared once. (As many `$n` as values would be another statement for each number; and SQLite finds the number of a `$n` by
/// going through those before it.)
#[derive(Clone, Copy)]
pub(crate) struct OfRows {
    pub(crate) sqlite: &'static str,
    pub(crate) postgres: &'static str,
}

impl OfRows {
    /// The text for an engine.
    pub fn of(self, db: &Db) -> &'static str {
        match db {
            Db::Sqlite { .. } => self.sqlite,
            Db::Postgres(_) => self.postgres,
        }
    }
}

/// An [`OfRows`] of the text before the rows and the one behind them. Column `n` of a row is `value ->> n`, which is text.
macro_rules! of_rows {
    ($before:literal, $after:literal) => {
        $crate::sql::OfRows {
            sqlite: concat!($before, " json_each($1) ", $after),
            postgres: concat!($before, " json_array_elements(CAST($1 AS JSON)) ", $after),
        }
    };
}
pub(crate) use of_rows;

/// Rows as one value: a list of lists, in JSON.
pub(crate) fn rows<T, const N: usize>(all: &[T], row: impl Fn(&T) -> [Value; N]) -> String {
    let all: Vec<Vec<Value>> = all.iter().map(|one| row(one).into()).collect();
    crate::stored::json(&all)
}

/// A statement and the values of its `$1`, `$2`, ….
#[derive(Default)]
pub(crate) struct Statement {
    text: String,
    pub(crate) values: Vec<Value>,
}

/// A bound value.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Value {
    Text(String),
    Integer(i64),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

/// An address as text; empty if it is not known.
impl From<Option<IpAddr>> for Value {
    fn from(address: Option<IpAddr>) -> Self {
        Self::Text(address.map(|address| address.to_string()).unwrap_or_default())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl Statement {
    /// Adds a part of the text.
    pub fn text(&mut self, part: &'static str) -> &mut Self {
        self.text.push_str(part);
        self
    }

    /// Adds a value: the next `$n`.
    pub fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.values.push(value.into());
        self.text.push('$');
        self.text.push_str(&self.values.len().to_string());
        self
    }

    /// Adds a list of values, `($1, $2)`. An empty one would be no SQL: the caller has at least one.
    pub fn bind_all<V: Into<Value>>(&mut self, values: impl IntoIterator<Item = V>) -> &mut Self {
        let mut between = "(";
        for value in values {
            self.text(between).bind(value);
            between = ", ";
        }
        self.text(")")
    }

    /// The text, for the engine.
    pub fn sql(&self) -> sqlx::AssertSqlSafe<String> {
        sqlx::AssertSqlSafe(self.text.clone())
    }
}

/// Binds a statement's values to `$query`, which was made from its text.
macro_rules! bind_values {
    ($query:expr, $statement:expr) => {{
        let mut query = $query;
        for value in &$statement.values {
            query = match value {
                $crate::sql::Value::Text(text) => query.bind(text.as_str()),
                $crate::sql::Value::Integer(number) => query.bind(*number),
            };
        }
        query
    }};
}
pub(crate) use bind_values;

/// A `LIKE` pattern that finds `search` anywhere, its own `%`, `_` and `\` taken literally; `None` if there is nothing to
/// search for. The statement says `ESCAPE '\'` with it.
pub(crate) fn pattern(search: &str) -> Option<String> {
    let search = search.trim().to_lowercase();
    if search.is_empty() {
        return None;
    }
    let literal = search.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    Some(format!("%{literal}%"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_wildcards_literally() {
        assert_eq!(pattern("  "), None);
        assert_eq!(pattern(r" A_b%\ ").as_deref(), Some(r"%a\_b\%\\%"));
    }

    #[test]
    fn values_are_numbered_as_they_come() {
        let mut statement = Statement::default();
        statement.text("a = ").bind("x").text(" AND b IN ").bind_all([1, 2]);
        assert_eq!(statement.text, "a = $1 AND b IN ($2, $3)");
        assert_eq!(statement.values.len(), 3);
    }

    #[test]
    fn rows_are_a_list_of_lists() {
        let all = rows(&[("a\"b", 1), ("ü", -2)], |(text, number)| [(*text).into(), Value::Integer(*number)]);
        assert_eq!(all, r#"[["a\"b",1],["ü",-2]]"#);
        assert_eq!(of_rows!("SELECT 1 FROM", "WHERE TRUE").sqlite, "SELECT 1 FROM json_each($1) WHERE TRUE");
    }
}
