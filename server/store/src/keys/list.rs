//! The keys list: a page of one section by keyset, and its count. Nothing here reads more rows than a page needs, except
//! counts (stopped at [`COUNT_MOST`]) and a search (which reads the names).

use super::{
    COLUMNS, JOINS, Key, Row,
    condition::{Scope, conditions},
};
use crate::{
    Error, Store,
    db::read,
    sql::{Statement, bind_values},
};
use domain::{id::UserId, time::Timestamp};

/// Counts stop here: "1,000+" says as much to a person as the exact number, and costs the same at any size.
pub(crate) const COUNT_MOST: i64 = 1_000;

/// Which keys.
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

/// The sections of the keys list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Keys that authenticate.
    Enabled,
    /// Keys that don't: disabled, expired, exhausted.
    NotEnabled,
    /// Of those: paused by a person.
    Disabled,
    /// Of those: not paused, but over.
    Expired,
    /// Of those: neither paused nor over, but their spend cap is reached.
    Exhausted,
    /// Tombstones, the last deleted first whatever order is asked for.
    Deleted,
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
    /// The count, up to its bound.
    pub count: i64,
    /// There are more.
    pub more: bool,
}

impl SectionCount {
    /// Of what was counted up to one more than the bound.
    pub(crate) fn bounded(count: i64) -> Self {
        Self::bounded_by(COUNT_MOST, count)
    }

    /// The same of another bound.
    pub(crate) fn bounded_by(most: i64, count: i64) -> Self {
        Self { count: count.min(most), more: count > most }
    }
}

/// The sort column as SQL, and which way it runs.
struct Order {
    column: &'static str,
    /// ` DESC`, or nothing.
    direction: &'static str,
    /// The comparison that means "after the cursor".
    beyond: &'static str,
}

impl Order {
    fn of(sort: Sort, section: Section) -> Self {
        let down = |column| Self { column, direction: " DESC", beyond: " < " };
        let up = |column| Self { column, direction: "", beyond: " > " };
        match sort {
            _ if section == Section::Deleted => down("k.deleted_at"),
            Sort::LastUsed => down("k.last_used_at"),
            Sort::Created => down("k.created_at"),
            Sort::Name => up("k.name_folded"),
            Sort::Expires => up("COALESCE(k.expires_at, 9223372036854775806)"),
        }
    }
}

fn cursor_of(sort: Sort, key: &Key) -> Cursor {
    let value = match sort {
        _ if key.deleted_at.is_some() => key.deleted_at.map_or(0, |at| at.0).to_string(),
        Sort::LastUsed => key.last_used_at.map_or(0, |at| at.0).to_string(),
        Sort::Created => key.created_at.0.to_string(),
        Sort::Name => key.name.to_lowercase(),
        Sort::Expires => key.expires_at.map_or(i64::MAX - 1, |at| at.0).to_string(),
    };
    Cursor { value, id: key.id.to_string() }
}

/// What each section is made of: ranges that an index holds in order, one after the other.
fn ranges(section: Section) -> &'static [&'static str] {
    match section {
        Section::Enabled => &["k.listed = 0"],
        Section::NotEnabled => &["k.listed = 1", "k.listed = 2", "k.listed = 3"],
        Section::Disabled => &["k.listed = 2"],
        Section::Expired => &["k.listed = 1"],
        Section::Exhausted => &["k.listed = 3"],
        Section::Deleted => &["k.deleted_at IS NOT NULL"],
    }
}

/// The first `limit` rows of a section after the cursor. Of a section of several ranges, that many of each are read and
/// merged: no index holds them in one order.
fn page(scope: Scope<'_>, filter: &KeyFilter, sort: Sort, after: Option<&Cursor>, limit: i64) -> Statement {
    let order = Order::of(sort, filter.section);
    let ranges = ranges(filter.section);
    let mut all = Statement::default();
    for (at, range) in ranges.iter().enumerate() {
        all.text(if at > 0 { " UNION ALL SELECT * FROM (" } else { "SELECT * FROM (" });
        all.text("SELECT ").text(COLUMNS).text(", ").text(order.column).text(" AS sort_value FROM keys k ").text(JOINS);
        all.text(" WHERE ").text(range);
        conditions(&mut all, scope, filter);
        if let Some(cursor) = after {
            beyond(&mut all, &order, sort, filter.section, cursor);
        }
        all.text(" ORDER BY ").text(order.column).text(order.direction).text(", k.id").text(order.direction);
        all.text(" LIMIT ").bind(limit).text(") AS part");
    }
    all.text(" ORDER BY sort_value").text(order.direction).text(", id").text(order.direction);
    all.text(" LIMIT ").bind(limit);
    all
}

/// The rows after the cursor; one that was tampered with begins anew.
fn beyond(all: &mut Statement, order: &Order, sort: Sort, section: Section, cursor: &Cursor) {
    let by_text = sort == Sort::Name && section != Section::Deleted;
    let number = cursor.value.parse::<i64>();
    if !by_text && number.is_err() {
        return;
    }
    all.text(" AND (").text(order.column).text(", k.id)").text(order.beyond).text("(");
    match number {
        Ok(number) if !by_text => all.bind(number),
        _ => all.bind(cursor.value.as_str()),
    };
    all.text(", ").bind(cursor.id.as_str()).text(")");
}

impl Store {
    /// One page of a section: of a workspace, or of all.
    pub async fn key_page(
        &self,
        scope: impl Into<Scope<'_>>,
        filter: &KeyFilter,
        sort: Sort,
        after: Option<&Cursor>,
        size: usize,
    ) -> Result<KeyPage, Error> {
        let scope = scope.into();
        self.settle(scope, filter.section, filter.now).await?;
        let statement = page(scope, filter, sort, after, i64::try_from(size + 1).unwrap_or(i64::MAX));
        let mut rows: Vec<Row> = read!(self, pool => bind_values!(sqlx::query_as(statement.sql()), statement)
            .fetch_all(pool).await)?;
        let more = rows.len() > size;
        rows.truncate(size);
        let keys = rows.into_iter().map(Key::try_from).collect::<Result<Vec<_>, _>>()?;
        let next = keys.last().filter(|_| more).map(|key| cursor_of(sort, key));
        Ok(KeyPage { keys, next })
    }

    /// How many keys a section has.
    pub async fn count_keys(&self, scope: impl Into<Scope<'_>>, filter: &KeyFilter) -> Result<SectionCount, Error> {
        let scope = scope.into();
        self.settle(scope, filter.section, filter.now).await?;
        let mut all = Statement::default();
        // All ranges of a section in one condition that an index meets; PostgreSQL meets no OR of several with one.
        let section =
            if filter.section == Section::NotEnabled { "k.listed IN (1, 2, 3)" } else { ranges(filter.section)[0] };
        all.text("SELECT COUNT(*) FROM (SELECT 1 AS one FROM keys k WHERE ").text(section);
        conditions(&mut all, scope, filter);
        all.text(" LIMIT ").bind(COUNT_MOST + 1).text(") AS counted");
        let (count,): (i64,) = read!(self, pool => bind_values!(sqlx::query_as(all.sql()), all).fetch_one(pool).await)?;
        Ok(SectionCount::bounded(count))
    }
}
