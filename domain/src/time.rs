//! Moments and how they are read and written. Moments are Unix milliseconds everywhere, so both databases sort them alike.

use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};

/// One minute, in milliseconds.
pub const MINUTE: i64 = 60_000;
/// One hour, in milliseconds.
pub const HOUR: i64 = 60 * MINUTE;
/// One day, in milliseconds.
pub const DAY: i64 = 24 * HOUR;

/// A moment: milliseconds since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This moment and `milliseconds` more (or fewer), held at the ends of the range.
    #[must_use]
    pub fn plus(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// Milliseconds from `earlier` to this moment, negative if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// RFC 3339 in UTC, to the second: `2026-08-03T14:05:09Z`.
    #[must_use]
    pub fn rfc3339(self) -> String {
        self.date_time().format(&Rfc3339).unwrap_or_default()
    }

    /// As a person reads it: `3 Aug 2026, 14:05 UTC`.
    #[must_use]
    pub fn human(self) -> String {
        let form = format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute] UTC");
        self.date_time().format(form).unwrap_or_default()
    }

    /// The day, `2026-08-03`, in UTC.
    #[must_use]
    pub fn day(self) -> String {
        self.date_time().format(format_description!("[year]-[month]-[day]")).unwrap_or_default()
    }

    /// The first millisecond of a day written `2026-08-03` (UTC).
    #[must_use]
    pub fn start_of_day(text: &str) -> Option<Self> {
        Self::end_of_day(text).map(|end| end.plus(1 - DAY))
    }

    /// The last millisecond of a day written `2026-08-03` (UTC): what "expires on that day" means.
    #[must_use]
    pub fn end_of_day(text: &str) -> Option<Self> {
        let day = Date::parse(text.trim(), format_description!("[year]-[month]-[day]")).ok()?;
        Some(Self(day.midnight().assume_utc().unix_timestamp() * 1_000 + DAY - 1))
    }

    /// How long ago, seen from `now`: `just now`, `2 min ago`, `3 h ago`, `yesterday`, `41 days ago`, `2 years ago`.
    #[must_use]
    pub fn ago(self, now: Self) -> String {
        match now.since(self) {
            ..MINUTE => "just now".into(),
            past @ ..HOUR => format!("{} min ago", past / MINUTE),
            past @ ..DAY => format!("{} h ago", past / HOUR),
            past if past < 2 * DAY => "yesterday".into(),
            past if past < 730 * DAY => format!("{} days ago", past / DAY),
            past => format!("{} years ago", past / (365 * DAY)),
        }
    }

    /// How far ahead, seen from `now`: `in 5 min`, `in 3 h`, `in 1 day`, `in 12 days`. A part of a day counts as a
    /// day only once it is whole: "in 3 days" never means less than three.
    #[must_use]
    pub fn ahead(self, now: Self) -> String {
        match self.since(now) {
            ..MINUTE => "in under a minute".into(),
            left @ ..HOUR => format!("in {} min", left / MINUTE),
            left @ ..DAY => format!("in {} h", left / HOUR),
            left if left < 2 * DAY => "in 1 day".into(),
            left => format!("in {} days", left / DAY),
        }
    }

    fn date_time(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.0.div_euclid(1_000)).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

/// A span as the command line writes it: a whole number and `m`, `h`, `d` or `w`. In milliseconds.
#[must_use]
pub fn parse_span(text: &str) -> Option<i64> {
    let text = text.trim();
    let unit = match text.chars().last()? {
        'm' => MINUTE,
        'h' => HOUR,
        'd' => DAY,
        'w' => 7 * DAY,
        _ => return None,
    };
    let count: i64 = text[..text.len() - 1].parse().ok().filter(|n| *n > 0)?;
    count.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_786_000_000_000);

    #[test]
    fn reads_and_writes_moments() {
        assert_eq!(Timestamp(0).rfc3339(), "1970-01-01T00:00:00Z");
        assert_eq!(Timestamp(1_785_765_909_123).human(), "3 Aug 2026, 14:05 UTC");
        assert_eq!(Timestamp::end_of_day("1970-01-01"), Some(Timestamp(DAY - 1)));
        assert_eq!(Timestamp::end_of_day("2026-02-30"), None);
        assert_eq!(Timestamp::start_of_day("1970-01-02"), Some(Timestamp(DAY)));
        assert_eq!(Timestamp::end_of_day("2026-08-03").map(Timestamp::day).as_deref(), Some("2026-08-03"));
    }

    #[test]
    fn says_how_long_ago_and_how_far_ahead() {
        for (past, said) in [
            (-5, "just now"),
            (59_999, "just now"),
            (2 * MINUTE, "2 min ago"),
            (HOUR, "1 h ago"),
            (DAY, "yesterday"),
            (41 * DAY, "41 days ago"),
            (800 * DAY, "2 years ago"),
        ] {
            assert_eq!(NOW.plus(-past).ago(NOW), said);
        }
        for (left, said) in [
            (1, "in under a minute"),
            (5 * MINUTE, "in 5 min"),
            (DAY - 1, "in 23 h"),
            (DAY, "in 1 day"),
            (3 * DAY, "in 3 days"),
        ] {
            assert_eq!(NOW.plus(left).ahead(NOW), said);
        }
    }

    #[test]
    fn reads_spans() {
        assert_eq!(parse_span("30d"), Some(30 * DAY));
        assert_eq!(parse_span(" 90m "), Some(90 * MINUTE));
        for bad in ["", "d", "0d", "-1d", "3", "3y", "1.5h", "9999999999999999d"] {
            assert_eq!(parse_span(bad), None, "{bad}");
        }
    }
}
