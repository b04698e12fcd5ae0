//! What the usage page is asked for, as its URL has it, and the days and the store's filter made of it.

use crate::{
    Error,
    typed::{day, plain},
};
use domain::{
    field::{FieldError, Fields},
    id::{UserId, WorkspaceId},
    key::KeyId,
    time::{DAY, Timestamp},
};
use store::{UsageFilter, UsageOrder};

/// The most days that are summed up at once: a quarter of a year.
pub const MOST_DAYS: i64 = 92;
/// The days of a range that says nothing else.
const USUAL: i64 = 30;

/// What the usage page is asked for; it stands in the URL. Empty parts ask for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UsageQuery {
    /// Days back from today: `7d`, `30d`, `90d`, or `month` for this one. Where `from` or `to` is set, they count.
    pub range: String,
    /// The first day, `2026-08-03`, UTC.
    pub from: String,
    /// The last day.
    pub to: String,
    /// With which key: a whole id, or a part of a name.
    pub key: String,
    /// With keys of that environment.
    pub environment: String,
    /// For which model: its name.
    pub model: String,
    /// With whose keys: a user's id.
    pub member: String,
    /// What is compared: `tokens`, `spend`, or else requests.
    pub show: String,
}

/// Whole days of UTC, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The beginning of the first.
    pub first: Timestamp,
    /// The beginning of the last.
    pub last: Timestamp,
}

impl Span {
    /// How many they are.
    #[must_use]
    pub fn days(self) -> i64 {
        self.last.since(self.first) / DAY + 1
    }

    /// As many days, right before these.
    #[must_use]
    pub fn before(self) -> Self {
        let back = -self.days() * DAY;
        Self { first: self.first.plus(back), last: self.last.plus(back) }
    }
}

impl UsageQuery {
    /// Whether anything but days narrows it.
    #[must_use]
    pub fn is_filtered(&self) -> bool {
        let Self { range: _, from: _, to: _, key, environment, model, member, show: _ } = self;
        [key, environment, model, member].iter().any(|part| !part.trim().is_empty())
    }

    /// Whether the days are given one by one.
    #[must_use]
    pub fn has_own_days(&self) -> bool {
        !self.from.trim().is_empty() || !self.to.trim().is_empty()
    }

    /// What is compared.
    #[must_use]
    pub fn order(&self) -> UsageOrder {
        match self.show.trim() {
            "tokens" => UsageOrder::Tokens,
            "spend" => UsageOrder::Spend,
            _ => UsageOrder::Requests,
        }
    }

    /// The days.
    pub fn span(&self, now: Timestamp) -> Result<Span, Error> {
        let today = Timestamp(now.0 - now.0.rem_euclid(DAY));
        let back = |days: i64| Span { first: today.plus(-(days - 1) * DAY), last: today };
        if self.has_own_days() {
            return self.own_days(today);
        }
        Ok(match self.range.trim() {
            "7d" => back(7),
            "90d" => back(90),
            "month" => {
                let first = today.day().get(..8).and_then(|month| Timestamp::start_of_day(&format!("{month}01")));
                Span { first: first.unwrap_or(today), last: today }
            }
            _ => back(USUAL),
        })
    }

    fn own_days(&self, today: Timestamp) -> Result<Span, Error> {
        let mut fields = Fields::default();
        let last = fields.take(day("to", &self.to, Timestamp::start_of_day, today)).map(|last| last.min(today));
        let usual = last.unwrap_or(today).plus(-(USUAL - 1) * DAY);
        let first = fields.take(day("from", &self.from, Timestamp::start_of_day, usual));
        let (first, last) = fields.finish(first.zip(last))?;
        let span = Span { first, last };
        let wrong = match span.days() {
            ..=0 if first > today => "This day is still to come.".into(),
            ..=0 => "The first day comes after the last one.".into(),
            days if days > MOST_DAYS => format!("These are {days} days. At most {MOST_DAYS} are shown at once."),
            _ => return Ok(span),
        };
        Err(FieldError::new("from", wrong).into())
    }

    pub(super) fn filter(&self, workspace: WorkspaceId, span: Span) -> UsageFilter {
        let typed = plain(&self.key);
        let key = KeyId::parse(&typed);
        let member = plain(&self.member);
        UsageFilter {
            workspace,
            key_name: if key.is_some() { String::new() } else { typed },
            key,
            environment: plain(&self.environment),
            owner: (!member.is_empty()).then(|| UserId::from_text(member.as_str())),
            model: plain(&self.model),
            from: span.first,
            until: span.last,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 6 Aug 2026, 07:06:40 UTC.
    const NOW: Timestamp = Timestamp(1_786_000_000_000);

    fn days(range: &str, from: &str, to: &str) -> Result<(String, String, i64), Vec<String>> {
        let query = UsageQuery { range: range.into(), from: from.into(), to: to.into(), ..UsageQuery::default() };
        let span = query.span(NOW).map_err(|error| {
            error.fields().iter().map(|field| format!("{}: {}", field.field, field.message)).collect::<Vec<_>>()
        })?;
        Ok((span.first.day(), span.last.day(), span.days()))
    }

    #[test]
    fn ranges_end_today() {
        for (range, first, count) in [
            ("7d", "2026-07-31", 7),
            ("", "2026-07-08", 30),
            ("30d", "2026-07-08", 30),
            ("90d", "2026-05-09", 90),
            ("month", "2026-08-01", 6),
            ("for ever", "2026-07-08", 30),
        ] {
            assert_eq!(days(range, "", ""), Ok((first.into(), "2026-08-06".into(), count)), "{range}");
        }
    }

    #[test]
    fn own_days_come_before_a_range() {
        for (from, to, first, last, count) in [
            ("2026-08-01", "2026-08-03", "2026-08-01", "2026-08-03", 3),
            (" 2026-08-06 ", "", "2026-08-06", "2026-08-06", 1),
            ("", "2026-07-30", "2026-07-01", "2026-07-30", 30),
            ("2026-08-05", "2030-01-01", "2026-08-05", "2026-08-06", 2),
            ("2026-05-07", "", "2026-05-07", "2026-08-06", 92),
        ] {
            assert_eq!(days("7d", from, to), Ok((first.into(), last.into(), count)), "{from} {to}");
        }
    }

    #[test]
    fn wrong_days_are_named() {
        for (from, to, count, part) in [
            ("yesterday", "x", 2, "not a day"),
            ("2026-08-03", "2026-08-01", 1, "after the last"),
            ("2027-01-01", "", 1, "to come"),
            ("2026-05-06", "", 1, "93 days"),
            ("0001-01-01", "2026-08-01", 1, "At most 92"),
        ] {
            let wrong = days("", from, to).unwrap_err();
            assert_eq!(wrong.len(), count, "{wrong:?}");
            assert!(wrong[0].contains(part), "{wrong:?}");
        }
    }

    #[test]
    fn the_days_before_are_as_many() {
        let span = UsageQuery { range: "7d".into(), ..UsageQuery::default() }.span(NOW).unwrap();
        let before = span.before();
        assert_eq!((before.first.day().as_str(), before.last.day().as_str()), ("2026-07-24", "2026-07-30"));
        assert_eq!(before.days(), 7);
    }

    #[test]
    fn an_id_is_a_key_and_other_words_are_a_part_of_its_name() {
        let span = UsageQuery::default().span(NOW).unwrap();
        let of = |key: &str| {
            UsageQuery { key: key.into(), ..UsageQuery::default() }.filter(WorkspaceId::from_text("w"), span)
        };
        assert!(of("BRTRKFsL").key.is_some() && of("BRTRKFsL").key_name.is_empty());
        assert!(of(" CI ").key.is_none() && of(" CI ").owner.is_none());
        assert_eq!(of(" CI ").key_name, "CI");
    }
}
