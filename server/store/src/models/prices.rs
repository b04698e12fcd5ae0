//! What models cost in a workspace, from which moment on. A price that has begun is never changed and never deleted: what a
//! request cost can always be told.

use super::providers::hold_workspace;
use crate::{AuditEvent, Changed, Error, Store, audit::audit, changes::write_change, db::read};
use domain::{
    id::WorkspaceId,
    model::{Dated, MOST_AHEAD, MOST_PRICED, MicroUsd, ModelName, Price},
    time::Timestamp,
};

/// A price of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelPrice {
    /// The model.
    pub model: ModelName,
    /// What it costs, from when on.
    pub price: Dated<Price>,
}

/// A model with the price that holds, if one does, and those to come, the earliest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricedModel {
    /// The model.
    pub model: ModelName,
    /// Its prices.
    pub prices: Vec<Dated<Price>>,
}

/// One page of models that have prices, by name.
#[derive(Clone, Debug)]
pub struct PricePage {
    /// The models.
    pub models: Vec<PricedModel>,
    /// The name beyond which the next page begins.
    pub next: Option<ModelName>,
}

#[derive(sqlx::FromRow)]
struct Row {
    model: String,
    starts_at: i64,
    input: i64,
    cached_input: i64,
    output: i64,
}

impl TryFrom<Row> for ModelPrice {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let amount = |micros| MicroUsd::new(micros).ok_or(Error::Unreadable("price"));
        let (input, cached_input, output) = (amount(row.input)?, amount(row.cached_input)?, amount(row.output)?);
        let value = Price { input, cached_input, output };
        Ok(Self { model: name(row.model)?, price: Dated { from: Timestamp(row.starts_at), value } })
    }
}

fn name(text: String) -> Result<ModelName, Error> {
    ModelName::try_from(text).map_err(|_| Error::Unreadable("model's name"))
}

/// Rows that come sorted by model, a model at a time.
fn by_model(rows: Vec<Row>) -> Result<Vec<PricedModel>, Error> {
    let mut found: Vec<PricedModel> = Vec::new();
    for row in rows {
        let ModelPrice { model, price } = row.try_into()?;
        match found.last_mut() {
            Some(last) if last.model == model => last.prices.push(price),
            _ => found.push(PricedModel { model, prices: vec![price] }),
        }
    }
    Ok(found)
}

/// Prices that hold at `$2` or begin later, of the models that `$rest` says, by model and moment.
macro_rules! standing {
    ($rest:literal) => {
        concat!(
            "SELECT p.model, p.starts_at, p.input, p.cached_input, p.output FROM prices p
             WHERE p.workspace_id = $1 AND p.starts_at >= COALESCE((SELECT MAX(q.starts_at) FROM prices q
                 WHERE q.workspace_id = p.workspace_id AND q.model = p.model AND q.starts_at <= $2), $2)",
            $rest,
            " ORDER BY p.model, p.starts_at"
        )
    };
}

impl Store {
    /// Sets what a model costs from a moment on that has not passed at `now`. [`Error::Changed`] if it has;
    /// [`Error::Taken`] if a price of the model begins at that very moment; [`Error::TooManyPriced`] and
    /// [`Error::TooManyAhead`] if there are as many as there may be.
    pub async fn insert_price(
        &self,
        workspace: &WorkspaceId,
        price: &ModelPrice,
        now: Timestamp,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        if price.price.from < now {
            return Err(Error::Changed);
        }
        write_change!(self, Changed::Workspace(workspace.clone()), tx => {
            hold_workspace!(tx, workspace);
            let (of_model, ahead): (i64, i64) = sqlx::query_as(
                "SELECT COUNT(*), COUNT(CASE WHEN starts_at > $3 THEN 1 END) FROM prices
                 WHERE workspace_id = $1 AND model = $2",
            )
            .bind(workspace.as_str()).bind(price.model.as_str()).bind(now.0).fetch_one(&mut *tx).await?;
            if ahead >= MOST_AHEAD && price.price.from > now {
                return Err(Error::TooManyAhead(MOST_AHEAD));
            }
            if of_model == 0 {
                let (models,): (i64,) =
                    sqlx::query_as("SELECT COUNT(DISTINCT model) FROM prices WHERE workspace_id = $1")
                        .bind(workspace.as_str()).fetch_one(&mut *tx).await?;
                if models >= MOST_PRICED {
                    return Err(Error::TooManyPriced(MOST_PRICED));
                }
            }
            let Dated { from, value } = price.price;
            sqlx::query(
                "INSERT INTO prices (workspace_id, model, starts_at, input, cached_input, output)
                 VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(workspace.as_str())
            .bind(price.model.as_str())
            .bind(from.0)
            .bind(value.input.micros())
            .bind(value.cached_input.micros())
            .bind(value.output.micros())
            .execute(&mut *tx)
            .await
            .map_err(Error::or_taken)?;
            audit!(tx, event);
            Ok(())
        })
    }

    /// Takes back a price that has not begun at `now`. [`Error::Changed`] if it has; [`Error::NotFound`] if there is none.
    pub async fn remove_price(
        &self,
        workspace: &WorkspaceId,
        model: &ModelName,
        from: Timestamp,
        now: Timestamp,
        event: &AuditEvent,
    ) -> Result<(), Error> {
        write_change!(self, Changed::Workspace(workspace.clone()), tx => {
            let done = sqlx::query("DELETE FROM prices WHERE workspace_id = $1 AND model = $2 AND starts_at = $3")
                .bind(workspace.as_str()).bind(model.as_str()).bind(from.0).execute(&mut *tx).await?;
            if done.rows_affected() == 0 {
                return Err(Error::NotFound);
            }
            if from <= now {
                return Err(Error::Changed);
            }
            audit!(tx, event);
            Ok(())
        })
    }

    /// Up to `size` models that have prices, by name beyond `after`, each with the price that holds at `now` and those to come.
    pub async fn price_page(
        &self,
        workspace: &WorkspaceId,
        after: Option<&ModelName>,
        size: usize,
        now: Timestamp,
    ) -> Result<PricePage, Error> {
        let after = after.map_or("", ModelName::as_str);
        let mut names: Vec<(String,)> = read!(self, pool => sqlx::query_as(
            "SELECT DISTINCT model FROM prices WHERE workspace_id = $1 AND model > $2 ORDER BY model LIMIT $3",
        )
        .bind(workspace.as_str())
        .bind(after)
        .bind(i64::try_from(size + 1).unwrap_or(i64::MAX))
        .fetch_all(pool)
        .await)?;
        let more = names.len() > size;
        names.truncate(size);
        let Some((last,)) = names.pop() else { return Ok(PricePage { models: Vec::new(), next: None }) };
        let rows: Vec<Row> = read!(self, pool => sqlx::query_as(standing!(" AND p.model > $3 AND p.model <= $4"))
            .bind(workspace.as_str())
            .bind(now.0)
            .bind(after)
            .bind(last.as_str())
            .fetch_all(pool)
            .await)?;
        Ok(PricePage { models: by_model(rows)?, next: if more { Some(name(last)?) } else { None } })
    }

    /// The prices of every model that hold at `now` or begin later.
    pub async fn standing_prices(&self, workspace: &WorkspaceId, now: Timestamp) -> Result<Vec<PricedModel>, Error> {
        let rows: Vec<Row> = read!(self, pool => sqlx::query_as(standing!(""))
            .bind(workspace.as_str()).bind(now.0).fetch_all(pool).await)?;
        by_model(rows)
    }

    /// Up to `most` prices of a model, the latest first, that begin before `before`.
    pub async fn prices_of(
        &self,
        workspace: &WorkspaceId,
        model: &ModelName,
        before: Timestamp,
        most: usize,
    ) -> Result<Vec<Dated<Price>>, Error> {
        let rows: Vec<Row> = read!(self, pool => sqlx::query_as(
            "SELECT model, starts_at, input, cached_input, output FROM prices
             WHERE workspace_id = $1 AND model = $2 AND starts_at < $3 ORDER BY starts_at DESC LIMIT $4",
        )
        .bind(workspace.as_str())
        .bind(model.as_str())
        .bind(before.0)
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(pool)
        .await)?;
        rows.into_iter().map(|row| ModelPrice::try_from(row).map(|price| price.price)).collect()
    }
}
