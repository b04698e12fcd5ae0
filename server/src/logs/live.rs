//! The log as it grows: what was written since the last look. Called by the stream behind the logs page.
//!
//! Requests are written up to a second after they were answered, by several instances whose clocks differ a little, and a
//! smaller number may become visible after a larger one. So no look begins where the last one ended: each goes back [`BACK`]
//! before it, and what was told already is known by its number. A request that is written later than that is in the log, and is
//! met when the page is loaded again. A look reads [`MOST`] requests at most, the newest: the page keeps no more.

use super::{LogQuery, LogView};
use crate::{
    Error,
    auth::{Grant, SeeKeys},
};
use domain::time::Timestamp;
use std::collections::BTreeSet;
use store::LogFilter;

/// How many milliseconds before the last look a look begins.
const BACK: i64 = 15_000;
/// Requests that one look tells of at most.
const MOST: usize = 200;
/// Requests that one look compares at most.
const COMPARED: usize = 2_000;

/// A workspace's log, followed.
pub struct Live {
    grant: Grant<SeeKeys>,
    filter: LogFilter,
    /// When the last look began, by this instance's clock.
    looked: Timestamp,
    /// The moments and numbers of what was told and could be met again.
    told: BTreeSet<(Timestamp, i64)>,
}

impl Live {
    /// Follows what a query asks for, from a moment on: at most as far back as [`MOST`] requests.
    pub fn new(grant: Grant<SeeKeys>, query: &LogQuery, since: Timestamp) -> Result<Self, Error> {
        let filter = query.filter(grant.workspace().id.clone())?;
        let looked = since.max(Timestamp(0)).min(grant.caller().latchkey().now());
        Ok(Self { grant, filter, looked, told: BTreeSet::new() })
    }

    /// Goes on with a grant of now; refused if it is one of another workspace, which has taken over the name.
    pub fn renew(&mut self, grant: Grant<SeeKeys>) -> Result<(), Error> {
        if grant.workspace().id != self.filter.workspace {
            return Err(Error::NotFound);
        }
        self.grant = grant;
        Ok(())
    }

    /// What has come since the last look, the oldest first.
    pub async fn look(&mut self) -> Result<Vec<LogView>, Error> {
        let latchkey = self.grant.caller().latchkey();
        let now = latchkey.now();
        let from = self.looked.plus(-BACK);
        let filter = LogFilter { from: self.filter.from.max(from), ..self.filter.clone() };
        let page = latchkey.store.log_page(&filter, None, MOST, COMPARED).await?;
        // Only once it has succeeded: what came while the database was away is not left out.
        self.looked = self.looked.max(now);
        let place = |line: &LogView| (line.used.at, line.id);
        let mut lines: Vec<LogView> = page.lines.into_iter().map(LogView::from).collect();
        lines.retain(|line| !self.told.contains(&place(line)));
        self.told.extend(lines.iter().map(place));
        self.told = self.told.split_off(&(from, i64::MIN));
        lines.reverse();
        Ok(lines)
    }
}
