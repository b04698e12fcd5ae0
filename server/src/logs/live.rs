//! The log as it grows: what was written since the last look. Called by the stream behind the logs page.
//!
//! Requests are written when they have ended, and stand at the moment at which they began: a call that takes minutes comes in with
//! a moment minutes ago. So the log is followed by the numbers under which requests are written. Several instances write, and a
//! smaller number may become visible after a larger one: no look begins where the last one ended, each goes back to the highest
//! number that was known [`BACK`] before it, and what was told already is known by its number. A request that becomes visible
//! later than that is in the log, and is met when the page is loaded again. Only the first look goes by time, from where the page
//! was rendered. A look tells of [`MOST`] requests at most, the newest: the page keeps no more.

use super::{LogQuery, LogView};
use crate::{
    Error,
    auth::{Grant, InWorkspace, SeeKeys},
    samples,
};
use domain::time::Timestamp;
use std::collections::{BTreeSet, VecDeque};
use store::LogFilter;

/// How many milliseconds before the last look a look begins.
const BACK: i64 = 15_000;
/// Requests that one look tells of at most.
const MOST: usize = 200;
/// Requests that one look compares at most; and the numbers, of all workspaces, below the highest that may still become visible
/// when the first look is made.
const COMPARED: usize = 2_000;

/// A workspace's log, followed.
pub struct Live {
    grant: Grant<SeeKeys>,
    place: InWorkspace,
    filter: LogFilter,
    /// From when on the first look goes.
    since: Timestamp,
    /// The highest numbers that looks knew, and when; the first one is where the next look begins. Empty before the first look.
    known: VecDeque<(Timestamp, i64)>,
    /// The numbers of what was told, or not to be told, and could be met again.
    told: BTreeSet<i64>,
}

impl Live {
    /// Follows what a query asks for, from a moment on: at most as far back as [`MOST`] requests.
    pub fn new(place: InWorkspace, query: &LogQuery, since: Timestamp) -> Result<Self, Error> {
        let grant = place.clone().allow::<SeeKeys>()?;
        let filter = query.filter(grant.workspace().id.clone())?;
        let since = since.max(Timestamp(0)).min(grant.caller().latchkey().now());
        Ok(Self { grant, place, filter, since, known: VecDeque::new(), told: BTreeSet::new() })
    }

    /// Goes on with what the caller may now; refused if it is in another workspace, which has taken over the name.
    pub fn renew(&mut self, place: InWorkspace) -> Result<(), Error> {
        let grant = place.clone().allow::<SeeKeys>()?;
        if grant.workspace().id != self.filter.workspace {
            return Err(Error::NotFound);
        }
        (self.grant, self.place) = (grant, place);
        Ok(())
    }

    /// Requests as the caller sees them.
    fn views(&self, lines: Vec<store::LogLine>, now: Timestamp) -> impl Iterator<Item = LogView> + use<> {
        let samples = samples::readable_since(&self.place, now);
        lines.into_iter().map(move |line| LogView::with_samples(line, samples))
    }

    /// What has come since the last look, the oldest first.
    pub async fn look(&mut self) -> Result<Vec<LogView>, Error> {
        let now = self.grant.caller().latchkey().now();
        let mut lines = match self.known.front().copied() {
            None => self.first(now).await?,
            Some((_, low)) => self.next(now, low).await?,
        };
        lines.sort_by_key(|line| (line.used.at, line.id));
        Ok(lines)
    }

    /// What has come since the page was rendered, by time.
    async fn first(&mut self, now: Timestamp) -> Result<Vec<LogView>, Error> {
        let store = &self.grant.caller().latchkey().store;
        // Before what is told: what is written in between is met again.
        let numbers = store.log_numbers(COMPARED).await?;
        let filter = LogFilter { from: self.filter.from.max(self.since.plus(-BACK)), ..self.filter.clone() };
        let page = store.log_page(&filter, None, MOST, COMPARED).await?;
        let lowest = numbers.get(COMPARED - 1).map_or(0, |id| id - 1);
        let highest = numbers.first().copied().unwrap_or_default();
        // Among the numbers below the highest are some that become visible later: they are told, those that are there are not.
        self.known = VecDeque::from([(Timestamp(i64::MIN), lowest), (now, highest)]);
        self.told = numbers.into_iter().collect();
        self.told.extend(page.lines.iter().map(|line| line.place.id));
        Ok(self.views(page.lines, now).collect())
    }

    /// What was written after the number `low` and was not told.
    async fn next(&mut self, now: Timestamp, low: i64) -> Result<Vec<LogView>, Error> {
        let store = &self.grant.caller().latchkey().store;
        let highest = store.log_numbers(1).await?.first().copied().unwrap_or_default();
        // Where all requests were too old and deleted, SQLite begins with its numbers anew.
        let restarted = highest < low;
        let low = if restarted { 0 } else { low };
        let lines = store.log_written(&self.filter, low, MOST, COMPARED).await?;
        // Only once it has succeeded: what came while the database was away is not left out.
        if restarted {
            self.known = VecDeque::from([(Timestamp(i64::MIN), 0)]);
            self.told.clear();
        }
        self.known.push_back((now, highest));
        while self.known.get(1).is_some_and(|(at, _)| *at <= now.plus(-BACK)) {
            self.known.pop_front();
        }
        let lines: Vec<LogView> = self.views(lines, now).filter(|line| !self.told.contains(&line.id)).collect();
        self.told.extend(lines.iter().map(|line| line.id));
        if let Some((_, low)) = self.known.front() {
            self.told = self.told.split_off(&low.saturating_add(1));
        }
        Ok(lines)
    }
}
