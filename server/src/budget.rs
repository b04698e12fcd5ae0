//! So many of something a second, without a lock and without waiting. Asked by the log of uses and by the samples of model calls.

use domain::time::Timestamp;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many a second, and how many there were in this one.
pub(crate) struct Budget {
    most: u32,
    /// The second in which is being counted, in the upper half, and how many were let in.
    second: AtomicU64,
}

impl Budget {
    pub fn new(most: u32) -> Self {
        Self { most, second: AtomicU64::new(0) }
    }

    /// How many it lets in a second.
    pub fn most(&self) -> u32 {
        self.most
    }

    /// Lets one in, in its second, or does not. One that comes late, by less than a second, counts in the second that has begun:
    /// two threads at the border must not begin it again and again.
    pub fn admits(&self, at: Timestamp) -> bool {
        let second = u32::try_from(at.0.div_euclid(1_000) & i64::from(u32::MAX)).unwrap_or_default();
        let counted = self.second.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |state| {
            let (counting, count) = ((state >> 32) as u32, state & u64::from(u32::MAX));
            let late = counting.wrapping_sub(second) <= 1;
            let count = if late { count } else { 0 };
            let begun = if late { counting } else { second };
            (count < u64::from(self.most)).then_some(u64::from(begun) << 32 | (count + 1))
        });
        counted.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of so many at a moment are let in.
    fn admitted(budget: &Budget, at: i64, many: usize) -> usize {
        (0..many).filter(|_| budget.admits(Timestamp(at))).count()
    }

    #[test]
    fn each_second_has_its_budget() {
        let budget = Budget::new(3);
        assert_eq!(admitted(&budget, 1_786_000_000_000, 5), 3);
        assert_eq!(admitted(&budget, 1_786_000_000_999, 5), 0);
        assert_eq!(admitted(&budget, 1_786_000_001_000, 2), 2);
        assert_eq!(admitted(&budget, 1_786_000_000_999, 5), 1, "a late one counts in the second that has begun");
        assert_eq!(admitted(&budget, 1_786_000_001_500, 5), 0);
        assert_eq!(admitted(&budget, 1_785_000_000_000, 5), 3, "the clock was set back");
        assert_eq!(admitted(&budget, 1_786_000_009_000, 5), 3);
    }

    #[test]
    fn a_budget_of_nothing_takes_nothing() {
        let budget = Budget::new(0);
        assert_eq!(admitted(&budget, 1_786_000_000_000, 5), 0);
        assert_eq!(admitted(&budget, 1_786_000_001_000, 5), 0);
    }
}
