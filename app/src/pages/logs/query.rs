//! The log's URL: what it asks for, read and written in one place.

use crate::web::{Here, query_string};
use server::logs::LogQuery;

/// What the URL asks for.
pub fn read(here: &Here) -> LogQuery {
    let part = |name: &str| here.query(name).chars().take(200).collect();
    LogQuery {
        key: part("key"),
        environment: part("environment"),
        answer: part("answer"),
        surface: part("surface"),
        server: part("server"),
        model: part("model"),
        from: part("from"),
        to: part("to"),
        after: part("after"),
    }
}

/// The query string that asks for the same.
pub fn write(query: &LogQuery) -> String {
    query_string(&[
        ("key", query.key.trim()),
        ("environment", &query.environment),
        ("answer", &query.answer),
        ("surface", &query.surface),
        ("server", query.server.trim()),
        ("model", query.model.trim()),
        ("from", &query.from),
        ("to", &query.to),
        ("after", &query.after),
    ])
}
