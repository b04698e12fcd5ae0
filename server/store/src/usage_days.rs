//! What requests came to by day and model: the sums of which the usage page is made, and how they are added up and written.
//! Called by `usage_counts`, which writes them with the counts; `usage_report` reads them.

use crate::{
    ModelUse, UsageHour,
    sql::{OfRows, Value, of_rows},
};
use domain::{
    key::KeyId,
    model::MicroUsd,
    time::{DAY, Timestamp},
};
use std::ops::{AddAssign, Sub};

/// Where the tokens and the cost of a row stop, the cost at a thousand million dollars: a provider that makes up its counts must
/// not lead to a number that a database refuses, because the sums of every other key would wait behind it. [`ADD_MODELS`] and the
/// migration that made the table have it too; sums of several rows stop in `usage_report`.
const MOST: i64 = 1_000_000_000_000_000;

/// What some requests came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct UsageSum {
    /// Requests that were accepted.
    pub accepted: i64,
    /// Requests that were refused.
    pub refused: i64,
    /// Tokens that models read.
    pub input_tokens: i64,
    /// Those of them that a provider had in its cache.
    pub cached_tokens: i64,
    /// Tokens that models wrote.
    pub output_tokens: i64,
    /// What they cost, in millionths of a dollar.
    pub cost: i64,
    /// How many of the requests have tokens or a cost that no provider told.
    pub estimated: i64,
}

impl UsageSum {
    /// All requests.
    #[must_use]
    pub fn requests(&self) -> i64 {
        self.accepted + self.refused
    }

    /// All tokens.
    #[must_use]
    pub fn tokens(&self) -> i64 {
        self.input_tokens.saturating_add(self.output_tokens)
    }

    /// What they cost.
    #[must_use]
    pub fn spend(&self) -> MicroUsd {
        MicroUsd::new(self.cost).unwrap_or_default()
    }

    /// Adds one request.
    fn count(&mut self, accepted: bool, used: &ModelUse<&str>) {
        let tokens = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let usage = used.counted.usage;
        *self += Self {
            accepted: i64::from(accepted),
            refused: i64::from(!accepted),
            input_tokens: tokens(usage.input()),
            cached_tokens: tokens(usage.cached_input()),
            output_tokens: tokens(usage.output()),
            cost: used.cost.micros(),
            estimated: i64::from(used.counted.estimated),
        };
    }
}

impl AddAssign for UsageSum {
    fn add_assign(&mut self, other: Self) {
        let add = |sum: &mut i64, more: i64| *sum = sum.saturating_add(more);
        add(&mut self.accepted, other.accepted);
        add(&mut self.refused, other.refused);
        add(&mut self.input_tokens, other.input_tokens);
        add(&mut self.cached_tokens, other.cached_tokens);
        add(&mut self.output_tokens, other.output_tokens);
        add(&mut self.cost, other.cost);
        add(&mut self.estimated, other.estimated);
    }
}

/// What is left of a sum without a part of it: never less than nothing, where the sum stopped and the parts did not.
impl Sub for UsageSum {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        let left = |sum: i64, part: i64| sum.saturating_sub(part).max(0);
        Self {
            accepted: left(self.accepted, other.accepted),
            refused: left(self.refused, other.refused),
            input_tokens: left(self.input_tokens, other.input_tokens),
            cached_tokens: left(self.cached_tokens, other.cached_tokens),
            output_tokens: left(self.output_tokens, other.output_tokens),
            cost: left(self.cost, other.cost),
            estimated: left(self.estimated, other.estimated),
        }
    }
}

/// What a key did with one model on one day.
#[derive(Clone, Debug)]
pub(crate) struct ModelDay {
    day: Timestamp,
    model: Box<str>,
    sum: UsageSum,
}

/// The same of all days and models.
#[derive(Clone, Debug, Default)]
pub(crate) struct ModelDays(Vec<ModelDay>);

impl ModelDays {
    /// Adds one request.
    pub fn count(&mut self, at: Timestamp, accepted: bool, used: &ModelUse<&str>) {
        self.sum(day_of(at), used.model).count(accepted, used);
    }

    /// Adds other sums.
    pub fn take_back(&mut self, earlier: Self) {
        for ModelDay { day, model, sum } in earlier.0 {
            *self.sum(day, &model) += sum;
        }
    }

    pub fn all(&self) -> &[ModelDay] {
        &self.0
    }

    fn sum(&mut self, day: Timestamp, model: &str) -> &mut UsageSum {
        let index = self.0.iter().position(|known| known.day == day && *known.model == *model).unwrap_or_else(|| {
            self.0.push(ModelDay { day, model: model.into(), sum: UsageSum::default() });
            self.0.len() - 1
        });
        &mut self.0[index].sum
    }
}

/// The requests of these hours that went to no model, by day: accepted and refused.
pub(crate) fn others(hours: impl Iterator<Item = UsageHour>, models: &[ModelDay]) -> Vec<(Timestamp, i64, i64)> {
    let mut days: Vec<(Timestamp, i64, i64)> = Vec::new();
    let of_hours = hours.map(|hour| (day_of(hour.hour), hour.accepted, hour.refused));
    let of_models = models.iter().map(|one| (one.day, -one.sum.accepted, -one.sum.refused));
    for (day, accepted, refused) in of_hours.chain(of_models) {
        match days.iter_mut().find(|known| known.0 == day) {
            Some(known) => (known.1, known.2) = (known.1 + accepted, known.2 + refused),
            None => days.push((day, accepted, refused)),
        }
    }
    days.retain(|(_, accepted, refused)| (*accepted, *refused) != (0, 0));
    days
}

/// The beginning of a moment's day, UTC.
fn day_of(at: Timestamp) -> Timestamp {
    Timestamp(at.0 - at.0.rem_euclid(DAY))
}

/// Adds requests that went to no model: rows of [`other_values`]. Most keys have no others, so these rows are the shorter ones.
pub(crate) const ADD_OTHERS: OfRows = of_rows!(
    "WITH used (id, day, accepted, refused) AS MATERIALIZED (
       SELECT value ->> 0, CAST(value ->> 1 AS BIGINT), CAST(value ->> 2 AS BIGINT), CAST(value ->> 3 AS BIGINT) FROM",
    ") INSERT INTO usage_days (workspace_id, day, key_id, model, accepted, refused)
       SELECT keys.workspace_id, used.day, used.id, '', used.accepted, used.refused
       FROM used JOIN keys ON keys.id = used.id WHERE TRUE
       ON CONFLICT (workspace_id, day, key_id, model) DO UPDATE SET
         accepted = usage_days.accepted + excluded.accepted, refused = usage_days.refused + excluded.refused"
);

/// Adds requests for models: rows of [`model_values`].
pub(crate) const ADD_MODELS: OfRows = of_rows!(
    "WITH used (id, day, model, accepted, refused, input, cached, output, cost, estimated) AS MATERIALIZED (
       SELECT value ->> 0, CAST(value ->> 1 AS BIGINT), value ->> 2, CAST(value ->> 3 AS BIGINT), CAST(value ->> 4 AS BIGINT),
         CAST(value ->> 5 AS BIGINT), CAST(value ->> 6 AS BIGINT), CAST(value ->> 7 AS BIGINT), CAST(value ->> 8 AS BIGINT),
         CAST(value ->> 9 AS BIGINT) FROM",
    ") INSERT INTO usage_days (workspace_id, day, key_id, model, accepted, refused,
         input_tokens, cached_tokens, output_tokens, cost, estimated)
       SELECT keys.workspace_id, used.day, used.id, used.model, used.accepted, used.refused,
         used.input, used.cached, used.output, used.cost, used.estimated
       FROM used JOIN keys ON keys.id = used.id WHERE TRUE
       ON CONFLICT (workspace_id, day, key_id, model) DO UPDATE SET
         accepted = usage_days.accepted + excluded.accepted, refused = usage_days.refused + excluded.refused,
         input_tokens = CASE WHEN usage_days.input_tokens > 1000000000000000 - excluded.input_tokens THEN 1000000000000000
           ELSE usage_days.input_tokens + excluded.input_tokens END,
         cached_tokens = CASE WHEN usage_days.cached_tokens > 1000000000000000 - excluded.cached_tokens THEN 1000000000000000
           ELSE usage_days.cached_tokens + excluded.cached_tokens END,
         output_tokens = CASE WHEN usage_days.output_tokens > 1000000000000000 - excluded.output_tokens THEN 1000000000000000
           ELSE usage_days.output_tokens + excluded.output_tokens END,
         cost = CASE WHEN usage_days.cost > 1000000000000000 - excluded.cost THEN 1000000000000000
           ELSE usage_days.cost + excluded.cost END,
         estimated = usage_days.estimated + excluded.estimated"
);

/// A row of [`ADD_OTHERS`].
pub(crate) fn other_values(key: KeyId, (day, accepted, refused): (Timestamp, i64, i64)) -> [Value; 4] {
    [key.as_str().into(), day.0.into(), accepted.into(), refused.into()]
}

/// A row of [`ADD_MODELS`].
pub(crate) fn model_values(key: KeyId, ModelDay { day, model, sum }: &ModelDay) -> [Value; 10] {
    let UsageSum { accepted, refused, input_tokens, cached_tokens, output_tokens, cost, estimated } = *sum;
    [
        key.as_str().into(),
        day.0.into(),
        (&**model).into(),
        accepted.into(),
        refused.into(),
        input_tokens.min(MOST).into(),
        cached_tokens.min(MOST).into(),
        output_tokens.min(MOST).into(),
        cost.min(MOST).into(),
        estimated.into(),
    ]
}
