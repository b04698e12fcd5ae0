//! When a key's owner hears of its spending: at 80 % of the cap, and when it is reached. Asked by the relay at every
//! settling, and where a cap is changed.

use super::MicroUsd;
use serde::{Deserialize, Serialize};

/// A level of spending that is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// 80 % of the cap is spent.
    Warning,
    /// All of it: the key is exhausted.
    Reached,
}

impl Notice {
    /// As the database spells it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Reached => "reached",
        }
    }

    /// Reads [`word`](Self::word).
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Warning, Self::Reached].into_iter().find(|notice| notice.word() == word)
    }

    /// The level that `settled` is at under a cap of that amount; `None` below 80 %. Reserves don't count: they may be
    /// given back.
    #[must_use]
    pub fn level(amount: MicroUsd, settled: MicroUsd) -> Option<Self> {
        let hundredfold = i128::from(settled.micros()) * 100;
        let percent = |share: i128| hundredfold >= i128::from(amount.micros()) * share;
        if percent(100) {
            Some(Self::Reached)
        } else if percent(80) {
            Some(Self::Warning)
        } else {
            None
        }
    }

    /// What is due after the level changed: every level above the one before, so that a single dear request gives both.
    /// What was spent only grows within a period, so each is due once in it, if every settling asks with the levels
    /// before and after itself (both of one update's row, so that of several at once only one sees the step).
    ///
    /// A changed cap is a step too, with the same spending under the old and under the new amount: a lower one may be
    /// due at once, and after a higher one the levels are told anew. A new period begins with `None`.
    #[must_use]
    pub fn due(before: Option<Self>, after: Option<Self>) -> &'static [Self] {
        match (before, after) {
            (None, Some(Self::Warning)) => &[Self::Warning],
            (None, Some(Self::Reached)) => &[Self::Warning, Self::Reached],
            (Some(Self::Warning), Some(Self::Reached)) => &[Self::Reached],
            _ => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn level(amount: i64, settled: i64) -> Option<Notice> {
        Notice::level(MicroUsd::new(amount).unwrap(), MicroUsd::new(settled).unwrap())
    }

    #[test]
    fn levels() {
        for (settled, wanted) in [
            (0, None),
            (799, None),
            (800, Some(Notice::Warning)),
            (999, Some(Notice::Warning)),
            (1_000, Some(Notice::Reached)),
        ] {
            assert_eq!(level(1_000, settled), wanted, "{settled}");
        }
        assert_eq!(level(3, 2), None, "two thirds");
        assert_eq!(level(i64::MAX, i64::MAX), Some(Notice::Reached), "without an overflow");
    }

    #[test]
    fn words() {
        for notice in [Notice::Warning, Notice::Reached] {
            assert_eq!(Notice::parse(notice.word()), Some(notice));
        }
        assert_eq!(Notice::parse("half"), None);
    }

    #[test]
    fn a_changed_cap_is_a_step() {
        let at = |amount| level(amount, 90);
        assert_eq!(Notice::due(at(1_000), at(100)), [Notice::Warning]);
        assert_eq!(Notice::due(at(1_000), at(50)), [Notice::Warning, Notice::Reached]);
        assert_eq!(Notice::due(at(100), at(1_000)), []);
        assert_eq!(Notice::due(at(100), at(90)), [Notice::Reached]);
    }

    proptest! {
        #[test]
        fn each_is_due_once_in_a_period(amount in 1_i64..1_000, costs in prop::collection::vec(0_i64..300, 0..30)) {
            let (mut settled, mut told) = (0, Vec::<Notice>::new());
            for cost in costs {
                told.extend(Notice::due(level(amount, settled), level(amount, settled + cost)));
                settled += cost;
            }
            let wanted: &[_] = match level(amount, settled) {
                None => &[],
                Some(Notice::Warning) => &[Notice::Warning],
                Some(Notice::Reached) => &[Notice::Warning, Notice::Reached],
            };
            prop_assert_eq!(told, wanted);
        }
    }
}
