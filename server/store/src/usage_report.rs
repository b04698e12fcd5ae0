//! Reading what a workspace was used for: sums by day, and by key, environment, model and member. Called by `server`'s usage
//! use-cases. Only `usage_days` is read, one range of its primary key, never a request.

use crate::{
    Error, Store, UsageSum,
    db::read,
    sql::{Statement, bind_values, pattern},
};
use domain::{
    id::{UserId, WorkspaceId},
    key::KeyId,
    time::Timestamp,
};
use std::cmp::Reverse;

/// Which requests are asked for; empty parts ask for nothing.
#[derive(Clone, Debug)]
pub struct UsageFilter {
    /// Of which workspace.
    pub workspace: WorkspaceId,
    /// With which key.
    pub key: Option<KeyId>,
    /// With keys whose name has this in it.
    pub key_name: String,
    /// With keys of that environment, as it is now.
    pub environment: String,
    /// With keys of that owner, as it is now.
    pub owner: Option<UserId>,
    /// For that model.
    pub model: String,
    /// The beginning of the first day.
    pub from: Timestamp,
    /// Any moment of the last day.
    pub until: Timestamp,
}

/// What comes first where groups are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UsageOrder {
    /// The most requests.
    Requests,
    /// The most tokens.
    Tokens,
    /// The highest cost.
    Spend,
}

/// One key, environment, model or member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageGroup {
    /// The key's or user's id, the environment, the model; empty for no environment and no model.
    pub id: String,
    /// What it is called, or was.
    pub name: String,
    /// Whose key it is; empty for others than keys.
    pub owner: String,
    /// It is a deleted key.
    pub deleted: bool,
    /// What its requests came to.
    pub sum: UsageSum,
}

/// The first groups of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsageGroups {
    /// The greatest first.
    pub groups: Vec<UsageGroup>,
    /// How many there are.
    pub count: i64,
}

/// All groups at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsageReport {
    /// All of it.
    pub sum: UsageSum,
    /// By key.
    pub keys: UsageGroups,
    /// By environment.
    pub environments: UsageGroups,
    /// By model.
    pub models: UsageGroups,
    /// By member: the keys' owners.
    pub members: UsageGroups,
}

#[derive(sqlx::FromRow)]
struct DayRow {
    day: i64,
    #[sqlx(flatten)]
    sum: UsageSum,
}

#[derive(sqlx::FromRow)]
struct GroupRow {
    kind: String,
    id: String,
    name: String,
    owner: String,
    deleted: i64,
    groups: i64,
    #[sqlx(flatten)]
    sum: UsageSum,
}

/// The sums of any rows of `usage_days`, or of sums of them. (PostgreSQL sums whole numbers to decimal ones.) Rows with made-up
/// counts can come to more than a whole number holds, which either engine would answer with an error: such a sum stops at 4 × 10¹⁸,
/// of which two are still a number. What is added up is millions and the rest apart, so that below it a sum is exact.
const SUMS: &str =
    "CAST(COALESCE(SUM(accepted), 0) AS BIGINT) AS accepted, CAST(COALESCE(SUM(refused), 0) AS BIGINT) AS refused,
     CAST(CASE WHEN SUM(input_tokens / 1000000) >= 4000000000000 THEN 4000000000000000000
       ELSE COALESCE(SUM(input_tokens / 1000000) * 1000000 + SUM(input_tokens % 1000000), 0) END AS BIGINT) AS input_tokens,
     CAST(CASE WHEN SUM(cached_tokens / 1000000) >= 4000000000000 THEN 4000000000000000000
       ELSE COALESCE(SUM(cached_tokens / 1000000) * 1000000 + SUM(cached_tokens % 1000000), 0) END AS BIGINT) AS cached_tokens,
     CAST(CASE WHEN SUM(output_tokens / 1000000) >= 4000000000000 THEN 4000000000000000000
       ELSE COALESCE(SUM(output_tokens / 1000000) * 1000000 + SUM(output_tokens % 1000000), 0) END AS BIGINT) AS output_tokens,
     CAST(CASE WHEN SUM(cost / 1000000) >= 4000000000000 THEN 4000000000000000000
       ELSE COALESCE(SUM(cost / 1000000) * 1000000 + SUM(cost % 1000000), 0) END AS BIGINT) AS cost,
     CAST(COALESCE(SUM(estimated), 0) AS BIGINT) AS estimated";

/// The sums of a key and a model: rows of as many days, each held at 10¹⁵, which is no such number. Most rows are read here.
const SUMS_OF_DAYS: &str = "CAST(SUM(accepted) AS BIGINT) AS accepted, CAST(SUM(refused) AS BIGINT) AS refused,
     CAST(SUM(input_tokens) AS BIGINT) AS input_tokens, CAST(SUM(cached_tokens) AS BIGINT) AS cached_tokens,
     CAST(SUM(output_tokens) AS BIGINT) AS output_tokens, CAST(SUM(cost) AS BIGINT) AS cost,
     CAST(SUM(estimated) AS BIGINT) AS estimated";

/// The sums that a group has, beside what it is called.
const OF_GROUP: &str =
    ", g.groups, g.accepted, g.refused, g.input_tokens, g.cached_tokens, g.output_tokens, g.cost, g.estimated ";

impl UsageOrder {
    /// What of a sum is compared.
    #[must_use]
    pub fn of(self, sum: &UsageSum) -> i64 {
        match self {
            Self::Requests => sum.requests(),
            Self::Tokens => sum.tokens(),
            Self::Spend => sum.cost,
        }
    }

    /// What groups are sorted by. The id comes last, so that a page is the same each time.
    fn by(self) -> &'static str {
        match self {
            Self::Requests => " ORDER BY accepted + refused DESC, cost DESC, id LIMIT ",
            Self::Tokens => " ORDER BY input_tokens + output_tokens DESC, accepted + refused DESC, id LIMIT ",
            Self::Spend => " ORDER BY cost DESC, accepted + refused DESC, id LIMIT ",
        }
    }
}

impl UsageFilter {
    /// `FROM` and `WHERE`.
    fn rows(&self, all: &mut Statement) {
        all.text(" FROM usage_days d WHERE d.workspace_id = ").bind(self.workspace.as_str());
        all.text(" AND d.day >= ").bind(self.from.0).text(" AND d.day <= ").bind(self.until.0);
        self.narrow(all);
    }

    /// What else is asked for, of `usage_days d`. Keys are found once, and not compared for each of their days.
    pub(crate) fn narrow(&self, all: &mut Statement) {
        if let Some(key) = &self.key {
            all.text(" AND d.key_id = ").bind(key.as_str());
        }
        if !self.model.is_empty() {
            all.text(" AND d.model = ").bind(self.model.as_str());
        }
        if self.key_name.is_empty() && self.environment.is_empty() && self.owner.is_none() {
            return;
        }
        // Each kind has an index that begins with the workspace.
        for (head, deleted) in [(" AND d.key_id IN (", "IS NULL"), (" UNION ALL ", "IS NOT NULL")] {
            all.text(head).text("SELECT k.id FROM keys k WHERE k.deleted_at ").text(deleted);
            all.text(" AND k.workspace_id = ").bind(self.workspace.as_str());
            if let Some(name) = pattern(&self.key_name) {
                all.text(" AND LOWER(k.name) LIKE ").bind(name).text(r" ESCAPE '\'");
            }
            if !self.environment.is_empty() {
                all.text(" AND k.environment = ").bind(self.environment.as_str());
            }
            if let Some(owner) = &self.owner {
                all.text(" AND k.owner_id = ").bind(owner.as_str());
            }
        }
        all.text(")");
    }

    fn by_day(&self) -> Statement {
        let mut all = Statement::default();
        all.text("SELECT d.day, ").text(SUMS);
        self.rows(&mut all);
        all.text(" GROUP BY d.day ORDER BY d.day");
        all
    }

    /// The range is read once, into a row a key and model; what the page shows are groups of these.
    fn groups(&self, order: UsageOrder, most: i64) -> Statement {
        let mut all = Statement::default();
        all.text("WITH sums AS MATERIALIZED (SELECT d.key_id, d.model, ").text(SUMS_OF_DAYS);
        self.rows(&mut all);
        all.text(" GROUP BY d.key_id, d.model), used AS MATERIALIZED (SELECT s.*, k.environment, k.owner_id ");
        all.text("FROM sums s CROSS JOIN keys k WHERE k.id = s.key_id) ");
        all.text("SELECT 'all' AS kind, '' AS id, '' AS name, '' AS owner, CAST(0 AS BIGINT) AS deleted, COUNT(*) AS groups, ");
        all.text(SUMS).text(" FROM used");
        for (head, group, tail) in [
            (
                "SELECT 'key', g.id, k.name, u.name, CAST(CASE WHEN k.deleted_at IS NULL THEN 0 ELSE 1 END AS BIGINT)",
                "key_id",
                " CROSS JOIN keys k CROSS JOIN users u WHERE k.id = g.id AND u.id = k.owner_id",
            ),
            ("SELECT 'environment', g.id, g.id, '', CAST(0 AS BIGINT)", "environment", ""),
            ("SELECT 'model', g.id, g.id, '', CAST(0 AS BIGINT)", "model", ""),
            (
                "SELECT 'member', g.id, u.name, '', CAST(0 AS BIGINT)",
                "owner_id",
                " CROSS JOIN users u WHERE u.id = g.id",
            ),
        ] {
            all.text(" UNION ALL ").text(head).text(OF_GROUP).text("FROM (SELECT * FROM (SELECT ").text(group);
            all.text(" AS id, COUNT(*) OVER () AS groups, ").text(SUMS).text(" FROM used GROUP BY ").text(group);
            all.text(") AS summed").text(order.by()).bind(most).text(") AS g").text(tail);
        }
        all
    }
}

impl Store {
    /// What came of each day on which there was anything, in order.
    pub async fn usage_by_day(&self, filter: &UsageFilter) -> Result<Vec<(Timestamp, UsageSum)>, Error> {
        let statement = filter.by_day();
        let rows: Vec<DayRow> = read!(self, pool => bind_values!(sqlx::query_as(statement.sql()), statement)
            .fetch_all(pool)
            .await)?;
        Ok(rows.into_iter().map(|row| (Timestamp(row.day), row.sum)).collect())
    }

    /// What came of all days by key, environment, model and member: the `most` greatest of each.
    pub async fn usage_report(
        &self,
        filter: &UsageFilter,
        order: UsageOrder,
        most: usize,
    ) -> Result<UsageReport, Error> {
        let statement = filter.groups(order, i64::try_from(most).unwrap_or(i64::MAX));
        let rows: Vec<GroupRow> = read!(self, pool => bind_values!(sqlx::query_as(statement.sql()), statement)
            .fetch_all(pool)
            .await)?;
        let mut report = UsageReport::default();
        for GroupRow { kind, id, name, owner, deleted, groups: count, sum } in rows {
            let groups = match kind.as_str() {
                "key" => &mut report.keys,
                "environment" => &mut report.environments,
                "model" => &mut report.models,
                "member" => &mut report.members,
                _ => {
                    report.sum = sum;
                    continue;
                }
            };
            groups.count = count;
            groups.groups.push(UsageGroup { id, name, owner, deleted: deleted != 0, sum });
        }
        for groups in [&mut report.keys, &mut report.environments, &mut report.models, &mut report.members] {
            groups.groups.sort_by_key(|group| Reverse(order.of(&group.sum)));
        }
        Ok(report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DatabaseUrl, db::Db};

    /// How SQLite finds the rows. (PostgreSQL decides by the table's statistics, which a test has none of.)
    #[tokio::test]
    async fn one_range_of_the_workspaces_days_is_read_whatever_is_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&DatabaseUrl::Sqlite(folder.path().join("latchkey.db"))).await.unwrap();
        let Db::Sqlite { readers, .. } = &store.db else { panic!("not SQLite") };
        let all = UsageFilter {
            workspace: WorkspaceId::from_text("w"),
            key: None,
            key_name: String::new(),
            environment: String::new(),
            owner: None,
            model: String::new(),
            from: Timestamp(0),
            until: Timestamp(1),
        };
        let narrow = UsageFilter {
            key: KeyId::parse("BRTRKFsL"),
            key_name: "ci".into(),
            environment: "prod".into(),
            owner: Some(UserId::from_text("u")),
            model: "o3".into(),
            ..all.clone()
        };
        assert!(narrow.key.is_some());
        for filter in [all, narrow] {
            for statement in [filter.by_day(), filter.groups(UsageOrder::Spend, 50), filter.listed(None, 50)] {
                let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", statement.sql().0));
                let steps: Vec<(i64, i64, i64, String)> =
                    bind_values!(sqlx::query_as(explain), statement).fetch_all(readers).await.unwrap();
                let way: Vec<String> = steps.into_iter().map(|(.., step)| step).collect();
                let range = "SEARCH d USING PRIMARY KEY (workspace_id=? AND day>? AND day<?";
                assert_eq!(way.iter().filter(|step| step.contains(" d USING")).count(), 1, "{way:?}");
                assert!(way.iter().any(|step| step.starts_with(range)), "{way:?}");
                assert!(!way.iter().any(|step| ["SCAN d", "SCAN k", "SCAN u"].contains(&&**step)), "{way:?}");
            }
        }
        store.close().await;
    }
}
