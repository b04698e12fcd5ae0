//! What keys were used for, in numbers: uses, "last used", the last try of a stopped key, the hours of the chart, and the days
//! and models of the usage page. The server sums them up in memory ([`KeyUses`]) and writes the sums of many keys at once, off
//! the requests' path.

use crate::{
    Error, ModelUse, Store, UsageHour,
    db::{Db, write},
    sql::{OfRows, ROWS, of_rows, rows},
    usage_days::{ADD_MODELS, ADD_OTHERS, ModelDay, ModelDays, model_values, other_values, others},
};
use domain::{key::KeyId, time::Timestamp};
use std::{net::IpAddr, sync::Arc};
use tokio::task::yield_now;

/// What one key was used for since that was written last. Small, and without an allocation of its own unless an hour ends or a model is asked:
/// where very many keys are used at once, as many of these wait to be written.
#[derive(Clone, Debug)]
pub struct KeyUses {
    /// Which key.
    pub key: KeyId,
    /// Its hour.
    hour: UsageHour,
    /// What few keys have: a word of memory for those that have it not.
    more: Option<Box<More>>,
    /// Its latest accepted use.
    accepted: Option<LastUse>,
    /// The latest that was refused because it is disabled or expired.
    stopped: Option<LastTry>,
}

#[derive(Clone, Debug, Default)]
struct More {
    /// Other hours, if one ended in between.
    hours: Vec<UsageHour>,
    /// Those of its requests that went to models; the others are what the hours have beyond them.
    models: ModelDays,
}

#[derive(Clone, Debug)]
struct LastUse {
    at: Timestamp,
    address: Option<IpAddr>,
    agent: Arc<str>,
}

#[derive(Clone, Debug)]
struct LastTry {
    at: Timestamp,
    address: Option<IpAddr>,
}

/// A use that is added up.
#[derive(Clone, Copy, Debug)]
pub struct Added<'a> {
    /// When.
    pub at: Timestamp,
    /// `VALID`, or the refusal's code.
    pub code: &'a str,
    /// The client's address, if known.
    pub address: Option<IpAddr>,
    /// The client's user agent.
    pub agent: &'a str,
    /// The model that it was for, and what it took; only one that the workspace has, because each name is a row.
    pub model: Option<ModelUse<&'a str>>,
}

impl KeyUses {
    /// Nothing yet, from that moment on.
    #[must_use]
    pub fn new(key: KeyId, from: Timestamp) -> Self {
        Self { key, hour: UsageHour::at(from), more: None, accepted: None, stopped: None }
    }

    /// Adds a use. `agent` is the text that some use before had, shared where this one has the same; kept for the next.
    pub fn add(&mut self, Added { at, code, address, agent: said, model }: Added<'_>, agent: &mut Arc<str>) {
        let hour = self.hour(UsageHour::at(at).hour);
        *(if code == "VALID" { &mut hour.accepted } else { &mut hour.refused }) += 1;
        if let Some(used) = model {
            self.more.get_or_insert_default().models.count(at, code == "VALID", &used);
        }
        match code {
            "VALID" => match &mut self.accepted {
                Some(last) if at < last.at => {}
                Some(last) => {
                    (last.at, last.address) = (at, address);
                    // Nearly always the same one.
                    if *last.agent != *said {
                        last.agent = shared(agent, said);
                    }
                }
                None => self.accepted = Some(LastUse { at, address, agent: shared(agent, said) }),
            },
            "KEY_DISABLED" | "KEY_EXPIRED" if self.stopped.as_ref().is_none_or(|last| at >= last.at) => {
                self.stopped = Some(LastTry { at, address });
            }
            _ => {}
        }
    }

    /// Takes back what could not be written; what was added since is the later.
    pub fn take_back(&mut self, earlier: Self) {
        for UsageHour { hour, accepted, refused } in earlier.hours() {
            let hour = self.hour(hour);
            hour.accepted += accepted;
            hour.refused += refused;
        }
        if let Some(more) = earlier.more {
            self.more.get_or_insert_default().models.take_back(more.models);
        }
        if self.accepted.as_ref().map(|last| last.at) < earlier.accepted.as_ref().map(|last| last.at) {
            self.accepted = earlier.accepted;
        }
        if self.stopped.as_ref().map(|last| last.at) < earlier.stopped.as_ref().map(|last| last.at) {
            self.stopped = earlier.stopped;
        }
    }

    /// How many uses it stands for.
    #[must_use]
    pub fn count(&self) -> i64 {
        self.hours().map(|hour| hour.accepted + hour.refused).sum()
    }

    fn hours(&self) -> impl Iterator<Item = UsageHour> {
        std::iter::once(self.hour).chain(self.more.iter().flat_map(|more| more.hours.iter().copied()))
    }

    fn models(&self) -> &[ModelDay] {
        self.more.as_ref().map(|more| more.models.all()).unwrap_or_default()
    }

    fn hour(&mut self, hour: Timestamp) -> &mut UsageHour {
        if self.hour.hour == hour {
            return &mut self.hour;
        }
        let hours = &mut self.more.get_or_insert_default().hours;
        let index = hours.iter().position(|known| known.hour == hour).unwrap_or_else(|| {
            hours.push(UsageHour::at(hour));
            hours.len() - 1
        });
        &mut hours[index]
    }
}

/// The text as one that others may have too.
fn shared(latest: &mut Arc<str>, text: &str) -> Arc<str> {
    if **latest != *text {
        *latest = text.into();
    }
    Arc::clone(latest)
}

impl Store {
    /// Adds up what keys were used for: all of it, or nothing. "Last used" and the last try of a stopped key only move
    /// forward, whatever order the sums arrive in. A key that no row has is left out. Each key stands in `keys` once.
    pub async fn count_uses(&self, keys: &[KeyUses]) -> Result<(), Error> {
        // Instances that write the same keys take their rows' locks in one order.
        let mut keys: Vec<&KeyUses> = keys.iter().collect();
        keys.sort_by_key(|uses| uses.key.number());
        write!(self, tx => {
            for keys in keys.chunks(ROWS) {
                for (statement, rows) in statements(keys, &self.db) {
                    sqlx::query(statement).bind(rows).execute(&mut *tx).await?;
                    // Requests that came meanwhile come first: else the processor goes from one statement to the next.
                    yield_now().await;
                }
            }
            Ok(())
        })
    }
}

/// An UPDATE of many rows takes their locks as its plan has it. SQLite has one writer at a time and no such clause.
const LOCK: &str = "SELECT id FROM keys WHERE id IN (SELECT value ->> 0 FROM json_array_elements(CAST($1 AS JSON)))
     ORDER BY id FOR NO KEY UPDATE";

const MOVE_LAST_USED: OfRows = of_rows!(
    "WITH used (id, times, at, address, agent) AS MATERIALIZED (
       SELECT value ->> 0, CAST(value ->> 1 AS BIGINT), CAST(value ->> 2 AS BIGINT), value ->> 3, value ->> 4 FROM",
    ") UPDATE keys SET uses = uses + used.times,
         last_used_address = CASE WHEN last_used_at <= used.at THEN used.address ELSE last_used_address END,
         last_used_agent = CASE WHEN last_used_at <= used.at THEN used.agent ELSE last_used_agent END,
         last_used_at = CASE WHEN last_used_at <= used.at THEN used.at ELSE last_used_at END
       FROM used WHERE keys.id = used.id"
);

const MOVE_LAST_TRY: OfRows = of_rows!(
    "WITH tried (id, at, address) AS MATERIALIZED (SELECT value ->> 0, CAST(value ->> 1 AS BIGINT), value ->> 2 FROM",
    ") UPDATE keys SET refused_at = tried.at, refused_address = tried.address
       FROM tried WHERE keys.id = tried.id AND keys.refused_at <= tried.at"
);

const ADD_HOURS: OfRows = of_rows!(
    "WITH used (id, hour, accepted, refused) AS MATERIALIZED (
       SELECT value ->> 0, CAST(value ->> 1 AS BIGINT), CAST(value ->> 2 AS BIGINT), CAST(value ->> 3 AS BIGINT) FROM",
    ") INSERT INTO usage_hours (key_id, hour, accepted, refused)
       SELECT used.id, used.hour, used.accepted, used.refused FROM used JOIN keys ON keys.id = used.id WHERE TRUE
       ON CONFLICT (key_id, hour) DO UPDATE SET
         accepted = usage_hours.accepted + excluded.accepted, refused = usage_hours.refused + excluded.refused"
);

/// The statements that write a chunk of keys, each with its rows.
fn statements(keys: &[&KeyUses], db: &Db) -> Vec<(&'static str, String)> {
    let mut all = Vec::new();
    if matches!(db, Db::Postgres(_)) {
        all.push((LOCK, rows(keys, |uses| [uses.key.as_str().into()])));
    }
    let accepted: Vec<_> = keys.iter().filter_map(|uses| Some((*uses, uses.accepted.as_ref()?))).collect();
    if !accepted.is_empty() {
        let rows = rows(&accepted, |(uses, last)| {
            let times: i64 = uses.hours().map(|hour| hour.accepted).sum();
            [uses.key.as_str().into(), times.into(), last.at.0.into(), last.address.into(), (&*last.agent).into()]
        });
        all.push((MOVE_LAST_USED.of(db), rows));
    }
    let stopped: Vec<_> = keys.iter().filter_map(|uses| Some((*uses, uses.stopped.as_ref()?))).collect();
    if !stopped.is_empty() {
        let rows = rows(&stopped, |(uses, last)| [uses.key.as_str().into(), last.at.0.into(), last.address.into()]);
        all.push((MOVE_LAST_TRY.of(db), rows));
    }
    let of_no_model = |uses: &&KeyUses| {
        let key = uses.key;
        others(uses.hours(), uses.models()).into_iter().map(move |day| (key, day))
    };
    let others: Vec<_> = keys.iter().flat_map(of_no_model).collect();
    for others in others.chunks(ROWS) {
        all.push((ADD_OTHERS.of(db), rows(others, |(key, day)| other_values(*key, *day))));
    }
    let models: Vec<_> = keys.iter().flat_map(|uses| uses.models().iter().map(|one| (uses.key, one))).collect();
    for models in models.chunks(ROWS) {
        all.push((ADD_MODELS.of(db), rows(models, |(key, one)| model_values(*key, one))));
    }
    let hours: Vec<_> = keys.iter().flat_map(|uses| uses.hours().map(|hour| (uses.key, hour))).collect();
    for hours in hours.chunks(ROWS) {
        let rows = rows(hours, |(key, hour)| {
            [key.as_str().into(), hour.hour.0.into(), hour.accepted.into(), hour.refused.into()]
        });
        all.push((ADD_HOURS.of(db), rows));
    }
    all
}
