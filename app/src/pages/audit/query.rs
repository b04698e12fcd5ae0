//! The audit log's URL: what it asks for, read and written in one place.

use crate::web::{Here, query_string};
use server::audit::AuditQuery;

/// What the URL asks for.
pub fn read(here: &Here) -> AuditQuery {
    let part = |name: &str| here.query(name).chars().take(200).collect();
    AuditQuery {
        who: part("who"),
        action: part("action"),
        target: part("target"),
        from: part("from"),
        to: part("to"),
        after: part("after"),
    }
}

/// The query string that asks for the same.
pub fn write(query: &AuditQuery) -> String {
    query_string(&[
        ("who", query.who.trim()),
        ("action", &query.action),
        ("target", query.target.trim()),
        ("from", &query.from),
        ("to", &query.to),
        ("after", &query.after),
    ])
}

/// The query string that asks for everything about one thing.
pub fn about(target: &str) -> String {
    query_string(&[("target", target)])
}
