//! Reserves of requests whose process died: who holds some, and settling them at the reserve. Called by `server`'s
//! `relay::recover`, which decides who is dead.

use super::Settled;
use crate::{Error, Store, db::read};
use domain::{id::ReserveId, time::Timestamp};

/// An instance with requests under way, as far as its reserves say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its name.
    pub instance: String,
    /// The beat of its lease, which another takes the place of twice a second; `None` without a lease.
    pub beat: Option<i64>,
}

/// Reserves that nobody will settle.
#[derive(Clone, Copy, Debug)]
pub enum Left<'a> {
    /// Those made before that moment: longer ago than the longest request takes.
    Before(Timestamp),
    /// Those of an instance that is dead.
    By(&'a str),
}

/// What a look for such reserves came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// How many were found: as many as were asked for means that more may be due.
    pub found: usize,
    /// Those of them that were settled here; others may have been quicker with the rest.
    pub settled: Vec<Settled>,
}

impl Store {
    /// Everybody who holds reserves.
    pub async fn holders(&self) -> Result<Vec<Holder>, Error> {
        let found: Vec<(String,)> = read!(self, pool => sqlx::query_as(
            "SELECT DISTINCT instance FROM reserves ORDER BY instance",
        )
        .fetch_all(pool)
        .await)?;
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let beats = self.changes.leases.beats().await?;
        let beat = |instance: &String| beats.iter().find(|(name, _)| name == instance).map(|(_, beat)| *beat);
        Ok(found.into_iter().map(|(instance,)| Holder { beat: beat(&instance), instance }).collect())
    }

    /// Settles reserves that were left at the reserve, `most` of them, the oldest first. Each is a transaction of its own, so
    /// that nobody waits for long; fewer than `most` found means that no more are due.
    ///
    /// Whoever was thought dead and is not settles no more what was settled here: what was reserved counts then, which may be
    /// more than it cost, and never less.
    pub async fn recover_reserves(&self, left: Left<'_>, now: Timestamp, most: usize) -> Result<Recovered, Error> {
        let (before, instance) = match left {
            Left::Before(before) => (before, None),
            Left::By(instance) => (Timestamp(i64::MAX), Some(instance)),
        };
        let due: Vec<(String,)> = read!(self, pool => sqlx::query_as(
            "SELECT id FROM reserves WHERE at < $1 AND instance = COALESCE($2, instance) ORDER BY at, id LIMIT $3",
        )
        .bind(before.0)
        .bind(instance)
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(pool)
        .await)?;
        let mut recovered = Recovered { found: due.len(), settled: Vec::with_capacity(due.len()) };
        for (id,) in due {
            recovered.settled.extend(self.settle_reserve(&ReserveId::from_text(id), None, now).await?);
        }
        Ok(recovered)
    }
}
