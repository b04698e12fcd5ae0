//! What the keys page warns of, and `latchkey notices`: keys that have reached their spend cap or spent 80 % of it, keys that
//! expire within a week, keys that nobody has used for ninety days, and stopped keys that were tried within a day. Whoever sees
//! the keys sees this.

use super::{KeyView, Reaches, view};
use crate::{
    Error,
    auth::{Grant, InWorkspace, SeeKeys},
};
use domain::time::{DAY, Timestamp};
use store::{Notice, NoticedKey};

/// Keys of each kind that are named; the others are counted.
const NAMED: i64 = 5;
/// How far ahead an expiry is told.
const SOON: i64 = 7 * DAY;
/// How long a key may be idle.
const IDLE: i64 = 90 * DAY;
/// How long a refused try is told.
const LATELY: i64 = DAY;

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Notices {
    /// They have reached their spend cap; the first to come back first.
    pub exhausted: Noticed,
    /// They work, and have spent 80 % of their cap.
    pub near_cap: Noticed,
    /// They work, and end within seven days; the first to end first.
    pub expiring: Noticed,
    /// They work, and were neither made nor used within ninety days; the last used first.
    pub unused: Noticed,
    /// They are disabled or expired, and were tried within 24 hours; the last tried first.
    pub tried: Noticed,
}

/// What there is of one kind.
#[derive(Clone, Debug, Default)]
pub struct Noticed {
    /// The first of them.
    pub keys: Vec<NoticedView>,
    /// How many there are.
    pub count: i64,
    /// There are more than `count`.
    pub count_is_floor: bool,
}

/// A key that something is said about.
#[derive(Clone, Debug)]
pub struct NoticedView {
    /// The key.
    pub key: KeyView,
    /// When it was last refused for being disabled or expired.
    pub tried_at: Option<Timestamp>,
    /// From where; empty if that is not known.
    pub tried_from: String,
}

impl Notices {
    /// Whether there is nothing to say.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kinds().iter().all(|(noticed, ..)| noticed.count == 0)
    }

    /// One part for each kind that there is: `2 keys expire this week`.
    #[must_use]
    pub fn parts(&self) -> Vec<String> {
        let told = self.kinds().into_iter().filter(|(noticed, ..)| noticed.count > 0);
        told.map(|(noticed, one, many)| match (noticed.count, noticed.count_is_floor) {
            (1, false) => format!("1 {one}"),
            (count, false) => format!("{count} {many}"),
            (count, true) => format!("{count}+ {many}"),
        })
        .collect()
    }

    /// Every kind with its words, for one key and for several.
    fn kinds(&self) -> [(&Noticed, &'static str, &'static str); 5] {
        [
            (&self.exhausted, "key has reached its spend cap", "keys have reached their spend cap"),
            (&self.near_cap, "key has spent 80% of its cap", "keys have spent 80% of their cap"),
            (&self.expiring, "key expires within 7 days", "keys expire within 7 days"),
            (&self.unused, "key is unused for 90 days", "keys are unused for 90 days"),
            (&self.tried, "stopped key is still being tried", "stopped keys are still being tried"),
        ]
    }
}

/// The notices of a workspace; `place` tells which keys the caller may change.
pub async fn notices(grant: &Grant<SeeKeys>, place: &InWorkspace) -> Result<Notices, Error> {
    let now = grant.caller().latchkey().now();
    Ok(Notices {
        exhausted: noticed(grant, place, Notice::Exhausted { now }).await?,
        near_cap: noticed(grant, place, Notice::NearCap { now }).await?,
        expiring: noticed(grant, place, Notice::Expiring { now, until: now.plus(SOON) }).await?,
        unused: noticed(grant, place, Notice::Unused { now, since: now.plus(-IDLE) }).await?,
        tried: noticed(grant, place, Notice::Tried { now, since: now.plus(-LATELY) }).await?,
    })
}

async fn noticed(grant: &Grant<SeeKeys>, place: &InWorkspace, notice: Notice) -> Result<Noticed, Error> {
    let (caller, reaches) = (grant.caller(), Reaches::of(place));
    let (keys, count) = caller.latchkey().store.noticed_keys(&grant.workspace().id, notice, NAMED).await?;
    let seen = |noticed: NoticedKey| NoticedView {
        key: view(caller, reaches, noticed.key),
        tried_at: noticed.refused_at,
        tried_from: noticed.refused_address,
    };
    Ok(Noticed { keys: keys.into_iter().map(seen).collect(), count: count.count, count_is_floor: count.more })
}
