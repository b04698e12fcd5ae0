//! What a workspace was used for, in sums: by day, key, environment, model and member, narrowed by what the URL says. Called by
//! the usage page and its downloads. The sums are kept as requests come; no request is read.

mod export;
mod query;
mod turns;

pub use export::{Reader, file_name, read};
pub use query::{MOST_DAYS, Span, UsageQuery};
pub use store::{UsageGroup, UsageOrder, UsageSum};
pub(crate) use turns::Turns;

use crate::{
    Error,
    auth::{Grant, SeeKeys},
};
use domain::time::{DAY, Timestamp};
use store::{UsageFilter, UsageGroups};

/// Rows of one table of the page.
const SHOWN: usize = 50;

/// The usage of some days.
#[derive(Clone, Debug)]
pub struct UsageView {
    /// Which days.
    pub span: Span,
    /// What came of all of them.
    pub sum: UsageSum,
    /// What came of as many days before them.
    pub before: UsageSum,
    /// Each day, the first one first.
    pub days: Vec<(Timestamp, UsageSum)>,
    /// By key.
    pub keys: Breakdown,
    /// By environment.
    pub environments: Breakdown,
    /// By model.
    pub models: Breakdown,
    /// By member.
    pub members: Breakdown,
}

/// The greatest groups of one kind, and what is beyond them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Breakdown {
    /// The greatest first.
    pub groups: Vec<UsageGroup>,
    /// How many others there are.
    pub others: i64,
    /// What theirs came to.
    pub rest: UsageSum,
}

/// What a query asks for.
pub async fn page(grant: &Grant<SeeKeys>, query: &UsageQuery) -> Result<UsageView, Error> {
    let latchkey = grant.caller().latchkey();
    let span = query.span(latchkey.now())?;
    let filter = query.filter(grant.workspace().id.clone(), span);
    let with_before = UsageFilter { from: span.before().first, ..filter.clone() };
    let turn = latchkey.usage_turns.take().await?;
    let days = latchkey.store.usage_by_day(&with_before).await?;
    let report = latchkey.store.usage_report(&filter, query.order(), SHOWN).await?;
    drop(turn);
    let all = report.sum;
    let of = |groups| breakdown(groups, all);
    Ok(UsageView {
        span,
        sum: all,
        before: total(days.iter().filter(|(day, _)| *day < span.first)),
        days: every_day(span, &days),
        keys: of(report.keys),
        environments: of(report.environments),
        models: of(report.models),
        members: of(report.members),
    })
}

fn breakdown(UsageGroups { groups, count }: UsageGroups, all: UsageSum) -> Breakdown {
    let others = (count - i64::try_from(groups.len()).unwrap_or(i64::MAX)).max(0);
    let mut shown = UsageSum::default();
    for group in &groups {
        shown += group.sum;
    }
    Breakdown { groups, others, rest: all - shown }
}

fn total<'a>(days: impl Iterator<Item = &'a (Timestamp, UsageSum)>) -> UsageSum {
    let mut total = UsageSum::default();
    for (_, sum) in days {
        total += *sum;
    }
    total
}

/// The days of a span, those on which nothing was among them.
fn every_day(span: Span, days: &[(Timestamp, UsageSum)]) -> Vec<(Timestamp, UsageSum)> {
    let day = |n: i64| {
        let day = span.first.plus(n * DAY);
        let found = days.iter().find(|(of, _)| *of == day);
        (day, found.map(|(_, sum)| *sum).unwrap_or_default())
    };
    (0..span.days()).map(day).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(accepted: i64) -> UsageSum {
        UsageSum { accepted, cost: 10 * accepted, ..UsageSum::default() }
    }

    #[test]
    fn every_day_has_a_place() {
        let span = Span { first: Timestamp(0), last: Timestamp(2 * DAY) };
        let days = [(Timestamp(-DAY), sum(9)), (Timestamp(DAY), sum(4))];
        assert_eq!(
            every_day(span, &days),
            [(Timestamp(0), sum(0)), (Timestamp(DAY), sum(4)), (Timestamp(2 * DAY), sum(0))]
        );
        assert_eq!(total(days.iter()), sum(13));
    }

    #[test]
    fn what_is_not_shown_is_summed_up() {
        let group = |id: &str, accepted| UsageGroup {
            id: id.into(),
            name: id.into(),
            owner: String::new(),
            deleted: false,
            sum: sum(accepted),
        };
        let groups = vec![group("a", 5), group("b", 3)];
        let told = breakdown(UsageGroups { groups: groups.clone(), count: 7 }, sum(10));
        assert_eq!((told.others, told.rest), (5, sum(2)));
        let told = breakdown(UsageGroups { groups, count: 2 }, sum(8));
        assert_eq!((told.others, told.rest), (0, sum(0)));
    }
}
