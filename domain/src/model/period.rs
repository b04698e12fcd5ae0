//! The spans of time a spend cap counts in: for ever, or a day, week or month of UTC.

use crate::{
    field::FieldError,
    time::{DAY, Timestamp},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// The first and the last second that the calendar is asked about: the years 1 to 9999.
const CALENDAR: (i64, i64) = (-62_135_596_800, 253_402_300_799);

/// How long a cap counts before it begins anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// For ever.
    Total,
    /// From midnight to midnight.
    Day,
    /// From Monday to Monday, as ISO 8601 has the week.
    Week,
    /// From the first to the first.
    Month,
}

impl Period {
    /// All of them, in the order of the form.
    pub const ALL: [Self; 4] = [Self::Total, Self::Day, Self::Week, Self::Month];

    /// As forms and the database spell it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// Reads [`word`](Self::word).
    pub fn parse(word: &str) -> Result<Self, FieldError> {
        let found = Self::ALL.into_iter().find(|period| period.word() == word.trim());
        found.ok_or_else(|| FieldError::new("spend_period", "A spend cap counts in total, or per day, week or month."))
    }

    /// The first millisecond of the period that `now` is in, in UTC. For [`Total`](Self::Total) it is 0, the beginning
    /// of Unix time, so that a store can keep every period under the key and its start.
    #[must_use]
    pub fn start(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Total => Timestamp(0),
            Self::Day => now.plus(-now.0.rem_euclid(DAY)),
            // The first day of Unix time was a Thursday, the fifth a Monday.
            Self::Week => now.plus(-now.plus(-4 * DAY).0.rem_euclid(7 * DAY)),
            Self::Month => month(now).0,
        }
    }

    /// The first millisecond after the period that `now` is in: when an exhausted key comes back. `None` for
    /// [`Total`](Self::Total).
    #[must_use]
    pub fn end(self, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Total => None,
            Self::Day => Some(self.start(now).plus(DAY)),
            Self::Week => Some(self.start(now).plus(7 * DAY)),
            Self::Month => Some(month(now).1),
        }
    }
}

/// The first millisecond of a moment's month, and of the month after it.
fn month(now: Timestamp) -> (Timestamp, Timestamp) {
    let second = now.0.div_euclid(1_000).clamp(CALENDAR.0, CALENDAR.1);
    let day = OffsetDateTime::from_unix_timestamp(second).unwrap_or(OffsetDateTime::UNIX_EPOCH).date();
    let midnight = day.midnight().assume_utc().unix_timestamp() * 1_000;
    let start = Timestamp(midnight - (i64::from(day.day()) - 1) * DAY);
    (start, start.plus(i64::from(day.month().length(day.year())) * DAY))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        let moment = OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339).unwrap();
        Timestamp(i64::try_from(moment.unix_timestamp_nanos() / 1_000_000).unwrap())
    }

    #[test]
    fn periods_of_the_calendar() {
        for (period, now, start, end) in [
            (Period::Day, "2026-11-21T18:00:00.001Z", "2026-11-21", "2026-11-22"),
            (Period::Day, "2026-12-31T23:59:59.999Z", "2026-12-31", "2027-01-01"),
            // 2026-11-21 is a Saturday.
            (Period::Week, "2026-11-21T18:00:00Z", "2026-11-16", "2026-11-23"),
            (Period::Week, "2026-11-22T23:59:59.999Z", "2026-11-16", "2026-11-23"),
            (Period::Week, "2026-11-23T00:00:00Z", "2026-11-23", "2026-11-30"),
            // ISO week 53 of 2026.
            (Period::Week, "2027-01-01T12:00:00Z", "2026-12-28", "2027-01-04"),
            (Period::Week, "1970-01-01T00:00:00Z", "1969-12-29", "1970-01-05"),
            (Period::Month, "2026-11-21T18:00:00Z", "2026-11-01", "2026-12-01"),
            (Period::Month, "2026-12-31T23:59:59.999Z", "2026-12-01", "2027-01-01"),
            (Period::Month, "2028-02-29T00:00:00Z", "2028-02-01", "2028-03-01"),
            (Period::Month, "2027-02-28T23:59:59.999Z", "2027-02-01", "2027-03-01"),
            (Period::Month, "2100-02-01T00:00:00Z", "2100-02-01", "2100-03-01"),
        ] {
            let midnight = |day: &str| at(&format!("{day}T00:00:00Z"));
            assert_eq!(period.start(at(now)), midnight(start), "{period:?} {now}");
            assert_eq!(period.end(at(now)), Some(midnight(end)), "{period:?} {now}");
        }
        let now = at("2026-11-21T18:00:00Z");
        assert_eq!((Period::Total.start(now), Period::Total.end(now)), (Timestamp(0), None));
    }

    #[test]
    fn words() {
        for period in Period::ALL {
            assert_eq!(Period::parse(&format!(" {} ", period.word())), Ok(period));
            assert_eq!(serde_json::to_value(period).unwrap(), period.word());
        }
        assert_eq!(Period::parse("year").unwrap_err().field, "spend_period");
    }

    #[test]
    fn the_ends_of_time_are_no_reason_to_fail() {
        for period in Period::ALL {
            for now in [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX] {
                let _ = (period.start(Timestamp(now)), period.end(Timestamp(now)));
            }
        }
    }

    proptest! {
        #[test]
        fn every_moment_is_in_one_period(now in -62_135_596_800_000_i64..253_402_300_800_000, which in 1_usize..4) {
            let (period, now) = (Period::ALL[which], Timestamp(now));
            let (start, end) = (period.start(now), period.end(now).unwrap());
            prop_assert!(start <= now && now < end);
            prop_assert_eq!(start.0.rem_euclid(DAY), 0);
            for inside in [start, end.plus(-1)] {
                prop_assert_eq!((period.start(inside), period.end(inside)), (start, Some(end)));
            }
            prop_assert_eq!(period.start(end), end, "the next one begins where this one ends");
        }
    }
}
