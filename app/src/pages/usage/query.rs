//! The usage page's URL: what it asks for, read and written in one place.

use crate::web::{Here, query_string};
use server::usage::UsageQuery;

/// What the URL asks for.
pub fn read(here: &Here) -> UsageQuery {
    let part = |name: &str| here.query(name).chars().take(200).collect();
    UsageQuery {
        range: part("range"),
        from: part("from"),
        to: part("to"),
        key: part("key"),
        environment: part("environment"),
        model: part("model"),
        member: part("member"),
        show: part("show"),
    }
}

/// The query string that asks for the same.
pub fn write(query: &UsageQuery) -> String {
    query_string(&[
        ("range", &query.range),
        ("from", query.from.trim()),
        ("to", query.to.trim()),
        ("key", query.key.trim()),
        ("environment", &query.environment),
        ("model", query.model.trim()),
        ("member", &query.member),
        ("show", &query.show),
    ])
}
