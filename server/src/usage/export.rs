//! The usage in a file: a row a day, key and model.

use super::UsageQuery;
use crate::{
    Error, Latchkey,
    auth::{Grant, SeeKeys},
    export::{Format, Line, Lines},
};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use store::{UsageCursor, UsageFilter, UsageRow};

/// Rows read at once.
const BATCH: usize = 1_000;

/// Reads what a query asks for, the first day first, a batch at a time: memory is that of one batch.
pub struct Reader {
    latchkey: Latchkey,
    filter: UsageFilter,
    after: Option<UsageCursor>,
    ended: bool,
}

/// Everything that a query asks for.
pub fn read(grant: &Grant<SeeKeys>, query: &UsageQuery) -> Result<Reader, Error> {
    let latchkey = grant.caller().latchkey();
    let filter = query.filter(grant.workspace().id.clone(), query.span(latchkey.now())?);
    Ok(Reader { latchkey: latchkey.clone(), filter, after: None, ended: false })
}

/// What a file of a workspace's usage is called.
pub fn file_name(grant: &Grant<SeeKeys>, query: &UsageQuery, format: Format) -> Result<String, Error> {
    let span = query.span(grant.caller().latchkey().now())?;
    let (first, last) = (span.first.day(), span.last.day());
    Ok(format!("usage-{}-{first}-to-{last}.{}", grant.workspace().slug, format.extension()))
}

impl Lines for Reader {
    type Line = DayLine;
    const WHAT: &'static str = "the usage";

    async fn next(&mut self) -> Result<Option<Vec<DayLine>>, Error> {
        if self.ended {
            return Ok(None);
        }
        let turn = self.latchkey.usage_turns.take().await?;
        let (rows, next) = self.latchkey.store.usage_rows(&self.filter, self.after.as_ref(), BATCH).await?;
        drop(turn);
        (self.ended, self.after) = (next.is_none(), next);
        Ok(Some(rows.into_iter().map(DayLine).collect()))
    }
}

/// One row of a file.
pub struct DayLine(UsageRow);

#[derive(Serialize)]
struct Row<'a> {
    day: String,
    key: &'a str,
    key_name: &'a str,
    owner: &'a str,
    environment: &'a str,
    model: &'a str,
    requests: i64,
    refused: i64,
    input_tokens: i64,
    cached_input_tokens: i64,
    output_tokens: i64,
    /// Of the requests, how many have tokens or a cost that are an estimate.
    estimated: i64,
    /// Dollars, exact to the millionth: text, so that no reader rounds it.
    cost: String,
}

impl<'a> From<&'a DayLine> for Row<'a> {
    fn from(DayLine(row): &'a DayLine) -> Self {
        Self {
            day: row.day.day(),
            key: &row.key,
            key_name: &row.key_name,
            owner: &row.owner,
            environment: &row.environment,
            model: &row.model,
            requests: row.sum.requests(),
            refused: row.sum.refused,
            input_tokens: row.sum.input_tokens,
            cached_input_tokens: row.sum.cached_tokens,
            output_tokens: row.sum.output_tokens,
            estimated: row.sum.estimated,
            cost: row.sum.spend().to_string(),
        }
    }
}

impl Serialize for DayLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Row::from(self).serialize(serializer)
    }
}

impl Line for DayLine {
    const TITLES: &'static [&'static str] = &[
        "day",
        "key",
        "key_name",
        "owner",
        "environment",
        "model",
        "requests",
        "refused",
        "input_tokens",
        "cached_input_tokens",
        "output_tokens",
        "estimated",
        "cost",
    ];

    fn cells(&self) -> Vec<Cow<'_, str>> {
        let row = Row::from(self);
        let counts =
            [row.requests, row.refused, row.input_tokens, row.cached_input_tokens, row.output_tokens, row.estimated];
        let mut cells: Vec<Cow<'_, str>> = vec![row.day.into()];
        cells.extend([row.key, row.key_name, row.owner, row.environment, row.model].map(Cow::Borrowed));
        cells.extend(counts.map(|count| Cow::Owned(count.to_string())));
        cells.push(row.cost.into());
        cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::Timestamp;
    use store::UsageSum;

    #[test]
    fn cells_are_in_the_order_of_their_titles() {
        let [key, key_name, owner, environment, model] = ["BRTRKFsL", "CI", "Mina", "prod", "o3"].map(str::to_owned);
        let sum = UsageSum {
            accepted: 3,
            refused: 2,
            input_tokens: 19,
            cached_tokens: 8,
            output_tokens: 10,
            cost: 138,
            estimated: 1,
        };
        let line = DayLine(UsageRow { day: Timestamp(0), key, key_name, environment, owner, model, sum });
        let object = serde_json::to_value(&line).unwrap();
        let cells = line.cells();
        assert_eq!(cells.len(), DayLine::TITLES.len());
        for (title, cell) in DayLine::TITLES.iter().zip(&cells) {
            let value = &object[title];
            assert_eq!(value.as_str().map_or_else(|| value.to_string(), str::to_owned), *cell, "{title}");
        }
        assert_eq!((&*cells[0], &*cells[6], &*cells[12]), ("1970-01-01", "5", "0.000138"));
        assert_eq!(object.as_object().unwrap().len(), 13);
    }
}
