//! What a workspace was used for, row by row: by day, key and model, as a file has it. Called by `server`'s usage use-cases.

use crate::{
    Error, Store, UsageFilter, UsageSum,
    db::read,
    sql::{Statement, bind_values},
};
use domain::time::Timestamp;

/// A place in the rows: the next ones come behind it.
#[derive(Clone, Debug)]
pub struct UsageCursor {
    day: Timestamp,
    key: String,
    model: String,
}

/// What one key did on one day with one model, or with none.
#[derive(Clone, Debug)]
pub struct UsageRow {
    /// The beginning of the day, UTC.
    pub day: Timestamp,
    /// The key.
    pub key: String,
    /// Its name, or the one it had.
    pub key_name: String,
    /// Its environment, possibly empty.
    pub environment: String,
    /// Whose key it is.
    pub owner: String,
    /// The model; empty for what went to none.
    pub model: String,
    /// What the requests came to.
    pub sum: UsageSum,
}

#[derive(sqlx::FromRow)]
struct ListedRow {
    day: i64,
    key_id: String,
    name: String,
    environment: String,
    owner: String,
    model: String,
    #[sqlx(flatten)]
    sum: UsageSum,
}

impl UsageFilter {
    pub(crate) fn listed(&self, after: Option<&UsageCursor>, size: i64) -> Statement {
        let mut all = Statement::default();
        all.text("SELECT d.day, d.key_id, k.name, k.environment, u.name AS owner, d.model, d.accepted, d.refused, ");
        all.text("d.input_tokens, d.cached_tokens, d.output_tokens, d.cost, d.estimated ");
        all.text("FROM usage_days d CROSS JOIN keys k CROSS JOIN users u WHERE k.id = d.key_id AND u.id = k.owner_id ");
        all.text("AND d.workspace_id = ").bind(self.workspace.as_str());
        all.text(" AND d.day >= ").bind(after.map_or(self.from, |after| after.day).0);
        all.text(" AND d.day <= ").bind(self.until.0);
        if let Some(UsageCursor { day, key, model }) = after {
            all.text(" AND (d.day, d.key_id, d.model) > (").bind(day.0).text(", ").bind(key.as_str());
            all.text(", ").bind(model.as_str()).text(")");
        }
        self.narrow(&mut all);
        all.text(" ORDER BY d.day, d.key_id, d.model LIMIT ").bind(size);
        all
    }
}

impl Store {
    /// The rows by day, key and model, `size` at most, and where the next ones begin if there may be any.
    pub async fn usage_rows(
        &self,
        filter: &UsageFilter,
        after: Option<&UsageCursor>,
        size: usize,
    ) -> Result<(Vec<UsageRow>, Option<UsageCursor>), Error> {
        let statement = filter.listed(after, i64::try_from(size).unwrap_or(i64::MAX));
        let rows: Vec<ListedRow> = read!(self, pool => bind_values!(sqlx::query_as(statement.sql()), statement)
            .fetch_all(pool)
            .await)?;
        let rows: Vec<UsageRow> = rows.into_iter().map(UsageRow::from).collect();
        let last = rows.last().filter(|_| rows.len() == size);
        let next = last.map(|row| UsageCursor { day: row.day, key: row.key.clone(), model: row.model.clone() });
        Ok((rows, next))
    }
}

impl From<ListedRow> for UsageRow {
    fn from(row: ListedRow) -> Self {
        let ListedRow { day, key_id: key, name: key_name, environment, owner, model, sum } = row;
        Self { day: Timestamp(day), key, key_name, environment, owner, model, sum }
    }
}
