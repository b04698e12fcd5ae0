//! How often a key was accepted and refused, hour by hour or day by day: the chart of its page.

use crate::{
    Error,
    auth::{Grant, SeeKeys},
};
use domain::{
    key::KeyId,
    time::{DAY, HOUR, Timestamp},
};
use store::UsageHour;

/// How far the chart looks back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UsageRange {
    /// 24 hours, an hour a bar.
    Day,
    /// 7 days, a day a bar.
    #[default]
    Week,
    /// 30 days, a day a bar.
    Month,
}

/// A bar of the chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsageBar {
    /// The beginning of its hour or day, UTC.
    pub from: Timestamp,
    /// Requests that were accepted.
    pub accepted: i64,
    /// Requests that were refused.
    pub refused: i64,
}

impl UsageRange {
    /// How long a bar is, and how many there are.
    fn steps(self) -> (i64, i64) {
        match self {
            Self::Day => (HOUR, 24),
            Self::Week => (DAY, 7),
            Self::Month => (DAY, 30),
        }
    }

    /// When the first bar begins; the last one is the hour or day of `now`.
    fn start(self, now: Timestamp) -> Timestamp {
        let (step, count) = self.steps();
        Timestamp(now.0 - now.0.rem_euclid(step) - (count - 1) * step)
    }
}

/// The bars of a key's chart. Its cost is the number of hours, not of requests.
pub async fn usage(grant: &Grant<SeeKeys>, id: &KeyId, range: UsageRange) -> Result<Vec<UsageBar>, Error> {
    let latchkey = grant.caller().latchkey();
    let now = latchkey.now();
    let hours = latchkey.store.usage_hours(&grant.workspace().id, id, range.start(now)).await?;
    Ok(bars(&hours, range, now))
}

fn bars(hours: &[UsageHour], range: UsageRange, now: Timestamp) -> Vec<UsageBar> {
    let ((step, count), start) = (range.steps(), range.start(now));
    let bar = |n| {
        let from = start.plus(n * step);
        let within = hours.iter().filter(|hour| (0..step).contains(&hour.hour.since(from)));
        let (accepted, refused) = within.fold((0, 0), |sum, hour| (sum.0 + hour.accepted, sum.1 + hour.refused));
        UsageBar { from, accepted, refused }
    };
    (0..count).map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 6 Aug 2026, 07:06:40 UTC.
    const NOW: Timestamp = Timestamp(1_786_000_000_000);

    fn hour(ago: i64, accepted: i64, refused: i64) -> UsageHour {
        let at = NOW.plus(-ago * HOUR);
        UsageHour { hour: Timestamp(at.0 - at.0.rem_euclid(HOUR)), accepted, refused }
    }

    #[test]
    fn bars_begin_with_the_hour_and_the_day_in_utc() {
        for (range, count, first, last) in [
            (UsageRange::Day, 24, "2026-08-05T08:00:00Z", "2026-08-06T07:00:00Z"),
            (UsageRange::Week, 7, "2026-07-31T00:00:00Z", "2026-08-06T00:00:00Z"),
            (UsageRange::Month, 30, "2026-07-08T00:00:00Z", "2026-08-06T00:00:00Z"),
        ] {
            let bars = bars(&[], range, NOW);
            assert_eq!((bars.len(), bars[0].from.rfc3339().as_str()), (count, first));
            assert_eq!(bars[count - 1].from.rfc3339(), last);
            assert!(bars.iter().all(|bar| (bar.accepted, bar.refused) == (0, 0)));
        }
    }

    #[test]
    fn every_hour_counts_in_its_bar_alone() {
        let hours = [hour(0, 5, 1), hour(7, 2, 0), hour(8, 3, 4), hour(23, 7, 0), hour(24, 90, 90)];
        let day = bars(&hours, UsageRange::Day, NOW);
        assert_eq!((day[23].accepted, day[23].refused), (5, 1));
        assert_eq!((day[0].accepted, day[15].refused), (7, 4));
        assert_eq!(day.iter().map(|bar| bar.accepted).sum::<i64>(), 17, "the hour of yesterday is over the edge");
        let week = bars(&hours, UsageRange::Week, NOW);
        assert_eq!((week[6].accepted, week[6].refused), (7, 1), "since midnight");
        assert_eq!((week[5].accepted, week[5].refused), (100, 94));
    }
}
