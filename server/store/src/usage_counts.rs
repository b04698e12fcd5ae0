//! What keys were used for, in numbers: uses, "last used", the last try of a stopped key, and the hours of the chart. The
//! server sums them up in memory ([`KeyUses`]) and writes the sums of many keys at once, off the requests' path.

use crate::{
    Error, Store, UsageHour,
    db::{Db, write},
    sql::{ROWS, Statement, bind_values},
};
use domain::{
    key::KeyId,
    time::{HOUR, Timestamp},
};
use std::net::IpAddr;
use tokio::task::yield_now;

/// What one key was used for since that was written last.
#[derive(Clone, Debug)]
pub struct KeyUses {
    /// Which key.
    pub key: KeyId,
    /// Its hours: one, unless an hour ended in between.
    pub hours: Vec<UsageHour>,
    /// Its latest accepted use.
    pub accepted: Option<LastUse>,
    /// The latest that was refused because it is disabled or expired.
    pub stopped: Option<LastUse>,
}

/// The latest use of a kind.
#[derive(Clone, Debug)]
pub struct LastUse {
    /// When.
    pub at: Timestamp,
    /// The client's address, if known.
    pub address: Option<IpAddr>,
    /// The client's user agent.
    pub agent: Box<str>,
}

impl KeyUses {
    /// Nothing yet.
    #[must_use]
    pub fn new(key: KeyId) -> Self {
        Self { key, hours: Vec::with_capacity(1), accepted: None, stopped: None }
    }

    /// Adds a use with this answer: `VALID`, or the refusal's code.
    pub fn add(&mut self, at: Timestamp, code: &str, address: Option<IpAddr>, agent: &str) {
        let hour = self.hour(Timestamp(at.0 - at.0.rem_euclid(HOUR)));
        *(if code == "VALID" { &mut hour.accepted } else { &mut hour.refused }) += 1;
        let place = match code {
            "VALID" => &mut self.accepted,
            "KEY_DISABLED" | "KEY_EXPIRED" => &mut self.stopped,
            _ => return,
        };
        match place {
            Some(last) if at < last.at => {}
            Some(last) => {
                (last.at, last.address) = (at, address);
                // Nearly always the same one.
                if *last.agent != *agent {
                    last.agent = agent.into();
                }
            }
            None => *place = Some(LastUse { at, address, agent: agent.into() }),
        }
    }

    /// Takes back what could not be written; what was added since is the later.
    pub fn take_back(&mut self, earlier: Self) {
        for UsageHour { hour, accepted, refused } in earlier.hours {
            let hour = self.hour(hour);
            hour.accepted += accepted;
            hour.refused += refused;
        }
        for (place, earlier) in [(&mut self.accepted, earlier.accepted), (&mut self.stopped, earlier.stopped)] {
            let later = |kept: &LastUse| earlier.as_ref().is_none_or(|earlier| kept.at >= earlier.at);
            if !place.as_ref().is_some_and(later) {
                *place = earlier;
            }
        }
    }

    /// How many uses it stands for.
    #[must_use]
    pub fn count(&self) -> i64 {
        self.hours.iter().map(|hour| hour.accepted + hour.refused).sum()
    }

    fn hour(&mut self, hour: Timestamp) -> &mut UsageHour {
        // From the end: it is nearly always the last one.
        let index = self.hours.iter().rposition(|known| known.hour == hour).unwrap_or_else(|| {
            self.hours.push(UsageHour { hour, accepted: 0, refused: 0 });
            self.hours.len() - 1
        });
        &mut self.hours[index]
    }
}

impl Store {
    /// Adds up what keys were used for: all of it, or nothing. "Last used" and the last try of a stopped key only move
    /// forward, whatever order the sums arrive in. A key that no row has is left out. Each key stands in `keys` once.
    pub async fn count_uses(&self, keys: &[KeyUses]) -> Result<(), Error> {
        // Instances that write the same keys take their rows' locks in one order.
        let mut keys: Vec<&KeyUses> = keys.iter().collect();
        keys.sort_by_key(|uses| uses.key.number());
        let is_postgres = matches!(self.db, Db::Postgres(_));
        write!(self, tx => {
            for keys in keys.chunks(ROWS) {
                for (rows, statement) in statements(keys, is_postgres) {
                    bind_values!(sqlx::query(statement.sql()).persistent(rows == ROWS), statement)
                        .execute(&mut *tx)
                        .await?;
                    // Requests that came meanwhile come first: else the processor goes from one statement to the next.
                    yield_now().await;
                }
            }
            Ok(())
        })
    }
}

/// The statements that write a chunk of keys, each with its number of rows.
fn statements(keys: &[&KeyUses], is_postgres: bool) -> Vec<(usize, Statement)> {
    let mut all = Vec::new();
    // An UPDATE of many rows takes their locks as its plan has it. SQLite has one writer at a time and no such clause.
    if is_postgres {
        let mut lock = Statement::default();
        lock.text("SELECT id FROM keys WHERE id IN ").bind_all(keys.iter().map(|uses| uses.key.as_str()));
        lock.text(" ORDER BY id FOR NO KEY UPDATE");
        all.push((keys.len(), lock));
    }
    let accepted: Vec<_> = keys.iter().filter_map(|uses| Some((*uses, uses.accepted.as_ref()?))).collect();
    if !accepted.is_empty() {
        all.push((accepted.len(), move_last_used(&accepted)));
    }
    let stopped: Vec<_> = keys.iter().filter_map(|uses| Some((*uses, uses.stopped.as_ref()?))).collect();
    if !stopped.is_empty() {
        all.push((stopped.len(), move_last_try(&stopped)));
    }
    let hours: Vec<_> = keys.iter().flat_map(|uses| uses.hours.iter().map(|hour| (uses.key, *hour))).collect();
    all.extend(hours.chunks(ROWS).map(|hours| (hours.len(), add_hours(hours))));
    all
}

fn move_last_used(keys: &[(&KeyUses, &LastUse)]) -> Statement {
    let mut update = Statement::default();
    update.text("WITH used (id, times, at, address, agent) AS (VALUES ");
    update.rows(keys, |(uses, last)| {
        let times: i64 = uses.hours.iter().map(|hour| hour.accepted).sum();
        [uses.key.as_str().into(), times.into(), last.at.0.into(), last.address.into(), (&*last.agent).into()]
    });
    update.text(
        ") UPDATE keys SET uses = uses + used.times,
             last_used_address = CASE WHEN last_used_at <= used.at THEN used.address ELSE last_used_address END,
             last_used_agent = CASE WHEN last_used_at <= used.at THEN used.agent ELSE last_used_agent END,
             last_used_at = CASE WHEN last_used_at <= used.at THEN used.at ELSE last_used_at END
           FROM used WHERE keys.id = used.id",
    );
    update
}

fn move_last_try(keys: &[(&KeyUses, &LastUse)]) -> Statement {
    let mut update = Statement::default();
    update.text("WITH tried (id, at, address) AS (VALUES ");
    update.rows(keys, |(uses, last)| [uses.key.as_str().into(), last.at.0.into(), last.address.into()]);
    update.text(
        ") UPDATE keys SET refused_at = tried.at, refused_address = tried.address
           FROM tried WHERE keys.id = tried.id AND keys.refused_at <= tried.at",
    );
    update
}

fn add_hours(hours: &[(KeyId, UsageHour)]) -> Statement {
    let mut insert = Statement::default();
    insert.text("WITH used (id, hour, accepted, refused) AS (VALUES ");
    insert.rows(hours, |(key, hour)| {
        [key.as_str().into(), hour.hour.0.into(), hour.accepted.into(), hour.refused.into()]
    });
    insert.text(
        ") INSERT INTO usage_hours (key_id, hour, accepted, refused)
           SELECT used.id, used.hour, used.accepted, used.refused FROM used JOIN keys ON keys.id = used.id WHERE TRUE
           ON CONFLICT (key_id, hour) DO UPDATE SET
             accepted = usage_hours.accepted + excluded.accepted, refused = usage_hours.refused + excluded.refused",
    );
    insert
}
