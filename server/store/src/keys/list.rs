//! The keys list: a page of one section by keyset, its count, and the labels to filter by. Nothing here reads more rows
//! than a page needs, except counts (stopped at [`COUNT_MOST`]) and a search (which reads the workspace's names).

use super::{COLUMNS, Key, Row};
use crate::{Error, Store, db::read};
use domain::{
    id::{UserId, WorkspaceId},
    time::Timestamp,
};
use sqlx::AssertSqlSafe;

/// Counts stop here: "1,000+" says as much to a person as the exact number, and costs the same at any size.
pub(crate) const COUNT_MOST: i64 = 1_000;

/// Which keys of a workspace.
#[derive(Clone, Debug)]
pub struct KeyFilter {
    /// Part of the name, the id, the owner's name or e-mail; empty for all.
    pub search: String,
    /// One environment; empty for all.
    pub environment: String,
    /// One owner.
    pub owner: Option<UserId>,
    /// Enabled ones or the others.
    pub section: Section,
    /// Now: decides what has expired.
    pub now: Timestamp,
}

/// The two sections of the keys list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Keys that authenticate.
    Enabled,
    /// Keys that don't: disabled, expired.
    NotEnabled,
    /// Of those: paused by a person.
    Disabled,
    /// Of those: not paused, but over.
    Expired,
}

/// The order of the list; ties by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// The last used first.
    LastUsed,
    /// The newest first.
    Created,
    /// By name.
    Name,
    /// The first to expire first; never comes last.
    Expires,
}

/// Where a page ends and the next begins: the sort value and id of the last row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The row's value of the sort column.
    pub value: String,
    /// The row's id.
    pub id: String,
}

/// One page.
#[derive(Clone, Debug)]
pub struct KeyPage {
    /// The keys, in order.
    pub keys: Vec<Key>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

/// How many keys a section has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SectionCount {
    /// The count, at most 1,000.
    pub count: i64,
    /// There are more.
    pub more: bool,
}

impl SectionCount {
    /// Of what was counted up to one more than the bound.
    pub(crate) fn bounded(count: i64) -> Self {
        Self { count: count.min(COUNT_MOST), more: count > COUNT_MOST }
    }
}

/// The sort column as SQL, its direction, and the comparison that means "after the cursor".
fn order(sort: Sort) -> (&'static str, &'static str, &'static str) {
    match sort {
        Sort::LastUsed => ("k.last_used_at", "DESC", "<"),
        Sort::Created => ("k.created_at", "DESC", "<"),
        Sort::Name => ("k.name_folded", "ASC", ">"),
        Sort::Expires => ("COALESCE(k.expires_at, 9223372036854775806)", "ASC", ">"),
    }
}

fn cursor_of(sort: Sort, key: &Key) -> Cursor {
    let value = match sort {
        Sort::LastUsed => key.last_used_at.map_or(0, |at| at.0).to_string(),
        Sort::Created => key.created_at.0.to_string(),
        Sort::Name => key.name.to_lowercase(),
        Sort::Expires => key.expires_at.map_or(i64::MAX - 1, |at| at.0).to_string(),
    };
    Cursor { value, id: key.id.to_string() }
}

/// The condition on `keys k`, with its parameters $1 to $5 always in the text: PostgreSQL wants each one used.
fn condition(section: Section) -> String {
    let status = match section {
        Section::Enabled => "k.disabled = FALSE AND (k.expires_at IS NULL OR k.expires_at > $2)",
        Section::NotEnabled => "(k.disabled = TRUE OR k.expires_at <= $2)",
        Section::Disabled => "(k.disabled = TRUE AND $2 > 0)",
        Section::Expired => "(k.disabled = FALSE AND k.expires_at <= $2)",
    };
    format!(
        "k.workspace_id = $1 AND k.deleted_at IS NULL AND {status}
         AND ($3 = '' OR k.environment = $3) AND ($4 = '' OR k.owner_id = $4)
         AND ($5 = '' OR k.name_folded LIKE $5 ESCAPE '\\' OR LOWER(k.id) LIKE $5 ESCAPE '\\' OR k.owner_id IN
           (SELECT id FROM users WHERE email LIKE $5 ESCAPE '\\' OR name_folded LIKE $5 ESCAPE '\\'))"
    )
}

/// Binds $1 to $5 of [`condition`].
macro_rules! bind_condition {
    ($query:expr, $workspace:expr, $filter:expr) => {
        $query
            .bind($workspace.as_str())
            .bind($filter.now.0)
            .bind(&$filter.environment)
            .bind($filter.owner.as_ref().map_or("", UserId::as_str))
            .bind(pattern(&$filter.search))
    };
}

/// A `LIKE` pattern that finds `search` anywhere, its own `%`, `_` and `\` taken literally.
pub(crate) fn pattern(search: &str) -> String {
    let search = search.trim().to_lowercase();
    if search.is_empty() {
        return search;
    }
    let literal = search.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    format!("%{literal}%")
}

impl Store {
    /// One page of a section.
    pub async fn key_page(
        &self,
        workspace: &WorkspaceId,
        filter: &KeyFilter,
        sort: Sort,
        after: Option<&Cursor>,
        size: usize,
    ) -> Result<KeyPage, Error> {
        let (column, direction, beyond) = order(sort);
        let sql = format!(
            "SELECT {COLUMNS} FROM keys k JOIN users u ON u.id = k.owner_id WHERE {}
             AND ({column}, k.id) {beyond} ($6, $7) ORDER BY {column} {direction}, k.id {direction} LIMIT $8",
            condition(filter.section)
        );
        let limit = i64::try_from(size + 1).unwrap_or(i64::MAX);
        // Every part of the text is a constant of this file; all values are bound. The first page starts beyond every
        // possible row: '~' sorts after base62.
        let mut rows: Vec<Row> = if sort == Sort::Name {
            let (value, id) = after.map_or(("", ""), |c| (c.value.as_str(), c.id.as_str()));
            read!(self, pool => bind_condition!(sqlx::query_as(AssertSqlSafe(sql)), workspace, filter)
                .bind(value).bind(id).bind(limit).fetch_all(pool).await)?
        } else {
            let first = if beyond == "<" { (i64::MAX, "~") } else { (i64::MIN, "") };
            let (value, id) = after.map_or(first, |c| (c.value.parse().unwrap_or(first.0), c.id.as_str()));
            read!(self, pool => bind_condition!(sqlx::query_as(AssertSqlSafe(sql)), workspace, filter)
                .bind(value).bind(id).bind(limit).fetch_all(pool).await)?
        };
        let more = rows.len() > size;
        rows.truncate(size);
        let keys = rows.into_iter().map(Key::try_from).collect::<Result<Vec<_>, _>>()?;
        let next = keys.last().filter(|_| more).map(|key| cursor_of(sort, key));
        Ok(KeyPage { keys, next })
    }

    /// How many keys a section has.
    pub async fn count_keys(&self, workspace: &WorkspaceId, filter: &KeyFilter) -> Result<SectionCount, Error> {
        let sql = format!(
            "SELECT COUNT(*) FROM (SELECT 1 AS one FROM keys k WHERE {} LIMIT $6) AS counted",
            condition(filter.section)
        );
        let (count,): (i64,) = read!(self, pool => bind_condition!(sqlx::query_as(AssertSqlSafe(sql)), workspace, filter)
            .bind(COUNT_MOST + 1).fetch_one(pool).await)?;
        Ok(SectionCount::bounded(count))
    }

    /// Whether the workspace has any live key.
    pub async fn has_keys(&self, workspace: &WorkspaceId) -> Result<bool, Error> {
        let row: Option<(String,)> = read!(self, pool => sqlx::query_as(
            "SELECT id FROM keys WHERE workspace_id = $1 AND deleted_at IS NULL LIMIT 1",
        )
        .bind(workspace.as_str())
        .fetch_optional(pool)
        .await)?;
        Ok(row.is_some())
    }

    /// The environments in use, for the filter and as suggestions: the first 50 by name. Hops from one label to the next
    /// along the index, so its cost is the number of labels, not of keys.
    pub async fn environments(&self, workspace: &WorkspaceId) -> Result<Vec<String>, Error> {
        let mut found = Vec::new();
        let mut last = String::new();
        while found.len() < 50 {
            let next: Option<(String,)> = read!(self, pool => sqlx::query_as(
                "SELECT environment FROM keys WHERE workspace_id = $1 AND deleted_at IS NULL AND environment > $2
                 ORDER BY environment LIMIT 1",
            )
            .bind(workspace.as_str())
            .bind(&last)
            .fetch_optional(pool)
            .await)?;
            let Some((label,)) = next else { break };
            last.clone_from(&label);
            found.push(label);
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn patterns_take_wildcards_literally() {
        assert_eq!(pattern("  "), "");
        assert_eq!(pattern(r" A_b%\ "), r"%a\_b\%\\%");
    }
}
