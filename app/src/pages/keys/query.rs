//! The keys screen's URL: what it asks for, read and written in one place.

use crate::web::{Here, query_string};
use server::keys::{KeyQuery, SortBy, StatusFilter};

/// What the URL asks for. What it does not understand it leaves out: an old bookmark still shows keys.
pub fn read(here: &Here) -> KeyQuery {
    let optional = |name: &str| Some(here.query(name)).filter(|value| !value.is_empty());
    KeyQuery {
        search: here.query("q").chars().take(200).collect(),
        status: match here.query("status").as_str() {
            "enabled" => Some(StatusFilter::Enabled),
            "disabled" => Some(StatusFilter::Disabled),
            "expired" => Some(StatusFilter::Expired),
            "exhausted" => Some(StatusFilter::Exhausted),
            "deleted" => Some(StatusFilter::Deleted),
            _ => None,
        },
        environment: here.query("environment"),
        owner: here.query("owner"),
        workspace: String::new(),
        sort: match here.query("sort").as_str() {
            "created" => SortBy::Created,
            "name" => SortBy::Name,
            "expires" => SortBy::Expires,
            _ => SortBy::LastUsed,
        },
        after: optional("after"),
        after_disabled: optional("after_disabled"),
    }
}

/// The same of the list of all workspaces, which may be asked for one of them.
pub fn read_anywhere(here: &Here) -> KeyQuery {
    KeyQuery { workspace: here.query("workspace"), ..read(here) }
}

/// The status filter as the URL spells it.
pub fn status_word(status: Option<StatusFilter>) -> &'static str {
    match status {
        None => "",
        Some(StatusFilter::Enabled) => "enabled",
        Some(StatusFilter::Disabled) => "disabled",
        Some(StatusFilter::Expired) => "expired",
        Some(StatusFilter::Exhausted) => "exhausted",
        Some(StatusFilter::Deleted) => "deleted",
    }
}

/// The order as the URL spells it.
pub fn sort_word(sort: SortBy) -> &'static str {
    match sort {
        SortBy::LastUsed => "used",
        SortBy::Created => "created",
        SortBy::Name => "name",
        SortBy::Expires => "expires",
    }
}

/// Whether anything narrows the list.
pub fn is_filtered(query: &KeyQuery) -> bool {
    !query.search.trim().is_empty()
        || query.status.is_some()
        || !query.environment.is_empty()
        || !query.owner.is_empty()
        || !query.workspace.is_empty()
}

/// The query string that asks for the same; empty parts are left out.
pub fn write(query: &KeyQuery) -> String {
    let sort = if query.sort == SortBy::LastUsed { "" } else { sort_word(query.sort) };
    query_string(&[
        ("q", query.search.trim()),
        ("workspace", &query.workspace),
        ("status", status_word(query.status)),
        ("environment", &query.environment),
        ("owner", &query.owner),
        ("sort", sort),
        ("after", query.after.as_deref().unwrap_or_default()),
        ("after_disabled", query.after_disabled.as_deref().unwrap_or_default()),
    ])
}
