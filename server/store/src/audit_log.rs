//! Reading the audit log: newest first, page by page, narrowed by who, what, to what and when. Called by `server`'s audit
//! use-cases, for the page and for exports alike.
//!
//! However large the log is, a page costs little: one condition is met through an index, and the others are compared within
//! the next [`STRETCH`] events of it. A page that is not full then says how far it looked, and the next begins there.

use crate::{AuditEvent, Error, Store, audit::Row, db::read};
use domain::{id::WorkspaceId, time::Timestamp};
use sqlx::AssertSqlSafe;

/// Events that are compared for one page at most.
pub const STRETCH: usize = 20_000;

/// A text that something is looked for by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Sought {
    /// Nothing: all match.
    #[default]
    Any,
    /// The whole of it: found through an index.
    Whole(String),
    /// A part of it, in either case.
    Part(String),
}

/// Which events are asked for.
#[derive(Clone, Debug)]
pub struct AuditFilter {
    /// Of which workspace; `None` for all and the installation.
    pub workspace: Option<WorkspaceId>,
    /// By whom: an e-mail.
    pub actor: Sought,
    /// What was done; empty for all.
    pub action: String,
    /// To what: an id as a whole, a name in part.
    pub target: Sought,
    /// Not before.
    pub from: Timestamp,
    /// Not after.
    pub until: Timestamp,
}

/// A place in the log: the page after it begins with the next older event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditCursor {
    /// The moment of the event before.
    pub at: Timestamp,
    /// Its id.
    pub id: String,
}

/// An event as lists show it.
#[derive(Clone, Debug)]
pub struct ListedEvent {
    /// The event.
    pub event: AuditEvent,
    /// The slug of its workspace.
    pub workspace_slug: Option<String>,
}

/// One page.
#[derive(Clone, Debug)]
pub struct AuditPage {
    /// Its events, newest first.
    pub events: Vec<ListedEvent>,
    /// Where the next page begins; `None` at the log's end.
    pub next: Option<AuditCursor>,
    /// The page is not full, and yet the log goes on at `next`: only so much is compared at once.
    pub cut: bool,
}

#[derive(sqlx::FromRow)]
struct Listed {
    #[sqlx(flatten)]
    row: Row,
    slug: Option<String>,
}

/// The one condition that an index meets, beside workspace and time, and the texts that the rest is compared with.
struct Plan<'a> {
    condition: String,
    value: String,
    actor: String,
    action: &'a str,
    target: String,
}

impl<'a> Plan<'a> {
    /// The narrowest first: few events are about one target, more are one person's, most are of a common action.
    fn of(filter: &'a AuditFilter) -> Self {
        let scope = if filter.workspace.is_some() { "workspace_id = $1" } else { "$1 = ''" };
        let mut plan = Self {
            condition: format!("{scope} AND $5 = ''"),
            value: String::new(),
            actor: pattern(&filter.actor),
            action: &filter.action,
            target: pattern(&filter.target),
        };
        let (column, text) = if let Sought::Whole(target) = &filter.target {
            plan.target = String::new();
            ("target", target)
        } else if let Sought::Whole(actor) = &filter.actor {
            plan.actor = String::new();
            ("actor", actor)
        } else if !filter.action.is_empty() {
            plan.action = "";
            ("action", &filter.action)
        } else {
            return plan;
        };
        let (indexed, value) = indexed(filter.workspace.as_ref(), column, text);
        (plan.condition, plan.value) = (format!("{indexed} = $5 AND $1 = $1"), value);
        plan
    }

    /// Whether every event that the index finds is asked for.
    fn is_exact(&self) -> bool {
        self.actor.is_empty() && self.action.is_empty() && self.target.is_empty()
    }

    /// The stretch, with its parameters $1 to $6 always in the text: PostgreSQL wants each one used.
    fn stretch(&self, columns: &str) -> String {
        format!(
            "SELECT {columns} FROM audit_events
             WHERE at >= $2 AND (at, id) < ($3, $4) AND {} ORDER BY at DESC, id DESC LIMIT $6",
            self.condition
        )
    }

    /// The page, with parameters $7 to $10 after those of the stretch.
    fn page(&self) -> String {
        format!(
            "SELECT e.*, w.slug FROM ({}) AS e LEFT JOIN workspaces w ON w.id = e.workspace_id
             WHERE ($7 = '' OR e.actor LIKE $7 ESCAPE '\\') AND ($8 = '' OR e.action = $8)
             AND ($9 = '' OR e.target_name LIKE $9 ESCAPE '\\' OR LOWER(e.target_name) LIKE LOWER($9) ESCAPE '\\'
               OR e.new_name LIKE $9 ESCAPE '\\' OR LOWER(e.new_name) LIKE LOWER($9) ESCAPE '\\')
             ORDER BY e.at DESC, e.id DESC LIMIT $10",
            self.stretch(COLUMNS)
        )
    }
}

/// Binds $1 to $6 of [`Plan::stretch`].
macro_rules! bind_stretch {
    ($query:expr, $filter:expr, $start:expr, $plan:expr, $most:expr) => {
        $query
            .bind($filter.workspace.as_ref().map_or("", WorkspaceId::as_str))
            .bind($filter.from.0)
            .bind($start.at.0)
            .bind(&$start.id)
            .bind(&$plan.value)
            .bind($most)
    };
}

const COLUMNS: &str = "id, at, workspace_id, actor_id, actor, action, target, target_name, new_name, address";

impl Store {
    /// One page of at most `size` events, after the comparison of at most `stretch` of them.
    pub async fn audit_page(
        &self,
        filter: &AuditFilter,
        after: Option<&AuditCursor>,
        size: usize,
        stretch: usize,
    ) -> Result<AuditPage, Error> {
        let plan = Plan::of(filter);
        // '~' sorts after base62: the first page begins beyond every event of the last moment.
        let newest = AuditCursor { at: filter.until, id: "~".into() };
        let start = after.filter(|after| after.at <= filter.until).unwrap_or(&newest);
        let one_more = limit(size + 1);
        let compared = if plan.is_exact() { one_more } else { limit(stretch) };
        // Every part of the text is a constant of this file; all values are bound.
        let sql = plan.page();
        let rows: Vec<Listed> = read!(self, pool => bind_stretch!(
            sqlx::query_as(AssertSqlSafe(sql)), filter, start, plan, compared
        )
        .bind(&plan.actor)
        .bind(plan.action)
        .bind(&plan.target)
        .bind(one_more)
        .fetch_all(pool)
        .await)?;
        let full = rows.len() > size;
        let events: Vec<ListedEvent> = rows.into_iter().take(size).map(ListedEvent::from).collect();
        if full || plan.is_exact() {
            let next = events
                .last()
                .filter(|_| full)
                .map(|last| AuditCursor { at: last.event.at, id: last.event.id.to_string() });
            return Ok(AuditPage { events, next, cut: false });
        }
        let next = self.end_of_stretch(filter, start, &plan, stretch).await?;
        Ok(AuditPage { events, cut: next.is_some(), next })
    }

    /// The last event that was compared, if that was as many as may be.
    async fn end_of_stretch(
        &self,
        filter: &AuditFilter,
        start: &AuditCursor,
        plan: &Plan<'_>,
        stretch: usize,
    ) -> Result<Option<AuditCursor>, Error> {
        let sql = format!("{} OFFSET $7", plan.stretch("at, id"));
        let last: Option<(i64, String)> = read!(self, pool => bind_stretch!(
            sqlx::query_as(AssertSqlSafe(sql)), filter, start, plan, 1_i64
        )
        .bind(limit(stretch) - 1)
        .fetch_optional(pool)
        .await)?;
        Ok(last.map(|(at, id)| AuditCursor { at: Timestamp(at), id }))
    }

    /// Whether there is an event by exactly that actor, in a workspace or anywhere.
    pub async fn audit_has_actor(&self, workspace: Option<&WorkspaceId>, actor: &str) -> Result<bool, Error> {
        self.audit_has(workspace, "actor", actor).await
    }

    /// Whether there is an event about the thing of exactly that id, in a workspace or anywhere.
    pub async fn audit_has_target(&self, workspace: Option<&WorkspaceId>, target: &str) -> Result<bool, Error> {
        self.audit_has(workspace, "target", target).await
    }

    async fn audit_has(&self, place: Option<&WorkspaceId>, column: &'static str, text: &str) -> Result<bool, Error> {
        let (indexed, value) = indexed(place, column, text);
        let sql = format!("SELECT id FROM audit_events WHERE {indexed} = $1 LIMIT 1");
        let row: Option<(String,)> = read!(self, pool => sqlx::query_as(AssertSqlSafe(sql))
            .bind(value)
            .fetch_optional(pool)
            .await)?;
        Ok(row.is_some())
    }
}

impl From<Listed> for ListedEvent {
    fn from(listed: Listed) -> Self {
        Self { event: listed.row.into(), workspace_slug: listed.slug }
    }
}

/// A column as its index has it, and the value to find there: of one workspace, both stand in one text.
fn indexed(workspace: Option<&WorkspaceId>, column: &'static str, text: &str) -> (String, String) {
    match workspace {
        Some(workspace) => (format!("workspace_id || ' ' || {column}"), format!("{workspace} {text}")),
        None => (column.into(), text.into()),
    }
}

fn limit(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A `LIKE` pattern for what is sought, its own `%`, `_` and `\` taken literally.
fn pattern(sought: &Sought) -> String {
    let literal = |text: &str| text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    match sought {
        Sought::Any => String::new(),
        Sought::Whole(text) => literal(text),
        Sought::Part(text) => format!("%{}%", literal(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DatabaseUrl, db::Db};

    /// How SQLite finds the events of a filter. (PostgreSQL decides by the table's statistics, which a test has none of.)
    async fn way(store: &Store, filter: &AuditFilter) -> String {
        let Db::Sqlite { readers, .. } = &store.db else { panic!("not SQLite") };
        let sql = format!("EXPLAIN QUERY PLAN {}", Plan::of(filter).page());
        let steps: Vec<(i64, i64, i64, String)> = sqlx::query_as(AssertSqlSafe(sql)).fetch_all(readers).await.unwrap();
        let steps: Vec<String> = steps.into_iter().map(|(.., step)| step).collect();
        steps.into_iter().find(|step| step.contains("audit_events")).unwrap()
    }

    #[tokio::test]
    async fn every_filter_has_its_index() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&DatabaseUrl::Sqlite(folder.path().join("latchkey.db"))).await.unwrap();
        let (whole, part) = (|| Sought::Whole("x".into()), || Sought::Part("x".into()));
        for workspace in [Some(WorkspaceId::from_text("w")), None] {
            let scope = if workspace.is_some() { "workspace_" } else { "" };
            let all = AuditFilter {
                workspace: workspace.clone(),
                actor: Sought::Any,
                action: String::new(),
                target: Sought::Any,
                from: Timestamp(0),
                until: Timestamp(i64::MAX),
            };
            let by_time = if workspace.is_some() { "workspace" } else { "time" };
            for (filter, index) in [
                (all.clone(), by_time.to_owned()),
                (AuditFilter { actor: part(), target: part(), ..all.clone() }, by_time.to_owned()),
                (AuditFilter { actor: whole(), ..all.clone() }, format!("{scope}actor")),
                (AuditFilter { action: "x".into(), actor: part(), ..all.clone() }, format!("{scope}action")),
                (AuditFilter { actor: whole(), action: "x".into(), ..all.clone() }, format!("{scope}actor")),
                (AuditFilter { target: whole(), actor: whole(), ..all.clone() }, format!("{scope}target")),
            ] {
                let way = way(&store, &filter).await;
                assert!(way.contains(&format!("INDEX audit_events_by_{index} (")), "{filter:?}: {way}");
            }
        }
        store.close().await;
    }
}
