//! The rules of a rotation: how long the old key goes on, what it is called then, and how long its successor lives.

use super::KeyId;
use crate::{
    field::FieldError,
    time::{DAY, HOUR, Timestamp},
    workspace::Settings,
};

/// Characters that a key's name has at most.
const NAME_MOST: usize = 80;

/// How long the old key goes on beside its successor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grace {
    /// Not at all: it stops with the rotation.
    Now,
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// Seven days.
    Week,
}

impl Grace {
    /// All of them, the shortest first.
    pub const ALL: [Self; 4] = [Self::Now, Self::Hour, Self::Day, Self::Week];

    /// As forms and the command line spell it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Now => "now",
            Self::Hour => "1h",
            Self::Day => "24h",
            Self::Week => "7d",
        }
    }

    /// Reads [`word`](Self::word).
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let found = Self::ALL.into_iter().find(|grace| grace.word() == text.trim());
        found.ok_or_else(|| FieldError::new("grace", "Choose when the old key stops: now, 1h, 24h or 7d."))
    }

    /// When a key stops that is rotated at `now` and would have expired at `expires_at`: never later than that.
    #[must_use]
    pub fn ends_at(self, expires_at: Option<Timestamp>, now: Timestamp) -> Timestamp {
        let span = match self {
            Self::Now => 0,
            Self::Hour => HOUR,
            Self::Day => DAY,
            Self::Week => 7 * DAY,
        };
        let end = now.plus(span);
        expires_at.map_or(end, |expiry| expiry.min(end))
    }
}

/// When the successor of a key expires: it lives as long as that one was meant to, within what the workspace allows now.
#[must_use]
pub fn successor_expiry(
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    settings: &Settings,
    now: Timestamp,
) -> Option<Timestamp> {
    let longest = settings.max_expiry_days.map(|days| i64::from(days) * DAY);
    let meant = expires_at.map(|end| end.since(created_at).max(HOUR));
    let span = match (meant, longest) {
        (Some(meant), Some(longest)) => Some(meant.min(longest)),
        (Some(meant), None) => Some(meant),
        (None, Some(longest)) => Some(longest),
        (None, None) => settings.require_expiry.then_some(90 * DAY),
    };
    span.map(|span| now.plus(span))
}

/// What a key is called once its successor has its name. The id keeps it apart from every other key of its owner.
#[must_use]
pub fn retired_name(name: &str, id: &KeyId) -> String {
    let mark = format!(" (old {id})");
    let kept: String = name.chars().take(NAME_MOST - mark.chars().count()).collect();
    format!("{}{mark}", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp(1_786_000_000_000);

    #[test]
    fn graces() {
        for grace in Grace::ALL {
            assert_eq!(Grace::parse(grace.word()), Ok(grace));
        }
        assert_eq!(Grace::parse("2h").unwrap_err().field, "grace");
        assert_eq!(Grace::Day.ends_at(None, NOW), NOW.plus(DAY));
        assert_eq!(Grace::Day.ends_at(Some(NOW.plus(HOUR)), NOW), NOW.plus(HOUR), "it would have ended before");
        assert_eq!(Grace::Now.ends_at(Some(NOW.plus(HOUR)), NOW), NOW);
    }

    #[test]
    fn a_successor_lives_as_long_as_its_key_was_meant_to() {
        let made = NOW.plus(-29 * DAY);
        let month = Some(made.plus(30 * DAY));
        let free = Settings::default();
        assert_eq!(successor_expiry(made, month, &free, NOW), Some(NOW.plus(30 * DAY)));
        assert_eq!(successor_expiry(made, None, &free, NOW), None);
        let week = Settings { max_expiry_days: Some(7), ..Settings::default() };
        assert_eq!(successor_expiry(made, month, &week, NOW), Some(NOW.plus(7 * DAY)));
        assert_eq!(successor_expiry(made, None, &week, NOW), Some(NOW.plus(7 * DAY)));
        let some = Settings { require_expiry: true, ..Settings::default() };
        assert_eq!(successor_expiry(made, None, &some, NOW), Some(NOW.plus(90 * DAY)));
    }

    proptest! {
        #[test]
        fn a_retired_name_is_a_name(name in "\\PC{1,80}") {
            let id = KeyId::parse("BRTRKFsL").unwrap();
            let retired = retired_name(&name, &id);
            prop_assert!(retired.chars().count() <= NAME_MOST);
            prop_assert!(retired.ends_with("(old BRTRKFsL)"));
        }
    }
}
