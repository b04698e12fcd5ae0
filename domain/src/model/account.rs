//! What a key has spent in one period, and what requests under way hold of it. The store does the same sums in SQL;
//! this is the rule they follow.

use super::{Cap, MicroUsd};

/// A key's account in one period of its cap.
///
/// Before a request goes upstream, the most it can cost is **reserved**, if the cap has room for it; when it ended, its
/// true cost is **settled** in the reserve's place (nothing, where it never reached the upstream; the reserve itself,
/// where nobody knows). A request belongs to the period in which it was reserved, also if it ends in the next one. So:
/// - settled and reserved together never pass the cap by a reserve;
/// - what was settled passes it by no more than requests cost beyond their reserve, together. By
///   [`largest_cost`](super::largest_cost) that is nothing, unless a request names no limit, or takes input from
///   elsewhere, and the [`Ceilings`](super::Ceilings) are below what the model does;
/// - lowering the cap takes nothing back: requests under way are paid.
///
/// In SQL: `SET reserved = reserved + $w WHERE settled < $cap AND $w <= $cap - settled - reserved`, in which no sum
/// leaves the range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// What ended requests cost.
    pub settled: MicroUsd,
    /// What requests under way may cost at most.
    pub reserved: MicroUsd,
}

/// Why nothing was reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoRoom {
    /// The cap is reached.
    Exhausted,
    /// It would fit, if it were not for requests under way: it may in a moment.
    Busy,
    /// It may cost more than what is left.
    TooDear,
}

impl NoRoom {
    /// What the key's bearer is told. The amounts are not theirs to know.
    #[must_use]
    pub fn message(self) -> &'static str {
        match self {
            Self::Exhausted => "This API key has reached its spend cap.",
            Self::Busy => {
                "Requests under way may take what is left of this API key's spend cap. Try again when they have ended."
            }
            Self::TooDear => {
                "This request may cost more than what is left of this API key's spend cap. Ask for fewer output tokens."
            }
        }
    }
}

impl Account {
    /// Reserves `wanted` of the cap.
    pub fn reserve(self, wanted: MicroUsd, cap: &Cap) -> Result<Self, NoRoom> {
        if self.settled >= cap.amount {
            return Err(NoRoom::Exhausted);
        }
        let fits = |base: MicroUsd| base.checked_add(wanted).filter(|sum| *sum <= cap.amount);
        if fits(self.settled).is_none() {
            return Err(NoRoom::TooDear);
        }
        let taken = self.settled.saturating_add(self.reserved);
        fits(taken).ok_or(NoRoom::Busy)?;
        Ok(Self { reserved: self.reserved.saturating_add(wanted), ..self })
    }

    /// Puts the cost of a request in the place of its reserve. Each reserve is settled once: the store has a row for
    /// each under way, and takes it away in the same transaction.
    #[must_use]
    pub fn settle(self, reserve: MicroUsd, cost: MicroUsd) -> Self {
        Self { settled: self.settled.saturating_add(cost), reserved: self.reserved.saturating_sub(reserve) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Period;
    use super::*;
    use proptest::prelude::*;

    fn usd(micros: i64) -> MicroUsd {
        MicroUsd::new(micros).unwrap()
    }

    fn cap(micros: i64) -> Cap {
        Cap { amount: usd(micros), period: Period::Total }
    }

    #[test]
    fn reserves_until_the_cap() {
        let account = Account { settled: usd(50), reserved: usd(30) };
        assert_eq!(account.reserve(usd(20), &cap(100)), Ok(Account { reserved: usd(50), ..account }));
        assert_eq!(account.reserve(usd(21), &cap(100)), Err(NoRoom::Busy));
        assert_eq!(account.reserve(usd(50), &cap(100)), Err(NoRoom::Busy));
        assert_eq!(account.reserve(usd(51), &cap(100)), Err(NoRoom::TooDear));
        assert_eq!(account.reserve(MicroUsd::MAX, &cap(100)), Err(NoRoom::TooDear));
        assert_eq!(account.reserve(usd(0), &cap(50)), Err(NoRoom::Exhausted), "even what costs nothing");
        assert_eq!(account.reserve(usd(0), &cap(60)), Err(NoRoom::Busy), "the cap was lowered below what is under way");
        assert_eq!(account.reserve(usd(0), &cap(80)), Ok(account));
    }

    #[test]
    fn the_cost_takes_the_reserves_place() {
        let account = Account { settled: usd(50), reserved: usd(30) };
        assert_eq!(account.settle(usd(30), usd(7)), Account { settled: usd(57), reserved: usd(0) });
        assert_eq!(account.settle(usd(20), usd(0)), Account { settled: usd(50), reserved: usd(10) });
        assert_eq!(account.settle(usd(31), MicroUsd::MAX), Account { settled: MicroUsd::MAX, reserved: usd(0) });
    }

    /// One request: what it may cost, what it does, and when it ends among the others.
    #[derive(Clone, Debug)]
    struct Call {
        reserve: i64,
        cost: i64,
        ends: u8,
    }

    prop_compose! {
        fn calls(beyond: i64)(
            calls in prop::collection::vec((0_i64..400, 0_i64..=400 + beyond, any::<u8>()), 0..60),
        ) -> Vec<Call> {
            let call = |(reserve, cost, ends)| Call { reserve, cost: i64::min(cost, reserve + beyond), ends };
            calls.into_iter().map(call).collect()
        }
    }

    /// Reserves every call in its turn, and between them settles the ones under way in any order.
    fn play(
        calls: &[Call],
        cap: &Cap,
        mut look: impl FnMut(Account, i64) -> Result<(), TestCaseError>,
    ) -> Result<(), TestCaseError> {
        let (mut account, mut under_way, mut costs) = (Account::default(), Vec::<Call>::new(), 0);
        for call in calls {
            if let Ok(after) = account.reserve(usd(call.reserve), cap) {
                prop_assert!(
                    after.settled.checked_add(after.reserved).unwrap() <= cap.amount,
                    "a reserve passed the cap"
                );
                account = after;
                under_way.push(call.clone());
            }
            if call.ends % 3 > 0 && !under_way.is_empty() {
                let ended = under_way.swap_remove(usize::from(call.ends) % under_way.len());
                account = account.settle(usd(ended.reserve), usd(ended.cost));
                costs += ended.cost;
            }
            prop_assert_eq!(account.reserved.micros(), under_way.iter().map(|call| call.reserve).sum::<i64>());
            look(account, costs)?;
        }
        for ended in under_way {
            account = account.settle(usd(ended.reserve), usd(ended.cost));
            costs += ended.cost;
            look(account, costs)?;
        }
        prop_assert_eq!(account.reserved, MicroUsd::ZERO);
        Ok(())
    }

    proptest! {
        #[test]
        fn within_their_reserves_requests_never_pass_the_cap(calls in calls(0), amount in 1_i64..2_000) {
            play(&calls, &cap(amount), |account, costs| {
                prop_assert_eq!(account.settled.micros(), costs, "the sum of what was settled is the sum of the costs");
                prop_assert!(account.settled.checked_add(account.reserved).unwrap() <= usd(amount));
                Ok(())
            })?;
        }

        #[test]
        fn they_pass_it_by_what_they_cost_beyond_their_reserve(calls in calls(300), amount in 1_i64..2_000) {
            let beyond: i64 = calls.iter().map(|call| (call.cost - call.reserve).max(0)).sum();
            play(&calls, &cap(amount), |account, costs| {
                prop_assert_eq!(account.settled.micros(), costs);
                prop_assert!(account.settled.micros() + account.reserved.micros() <= amount + beyond);
                Ok(())
            })?;
        }

        #[test]
        fn any_amounts_stay_in_the_range(settled in 0..=i64::MAX, reserved in 0..=i64::MAX, wanted in 0..=i64::MAX,
                cost in 0..=i64::MAX, amount in 1..=i64::MAX) {
            let account = Account { settled: usd(settled), reserved: usd(reserved) };
            if let Ok(after) = account.reserve(usd(wanted), &cap(amount)) {
                prop_assert!(after.settled.checked_add(after.reserved).unwrap() <= usd(amount));
                prop_assert_eq!(after.settle(usd(wanted), usd(cost)).reserved, account.reserved);
            }
            // The condition that the store puts into SQL, in 64 bits.
            let left = amount.checked_sub(settled).and_then(|left| left.checked_sub(reserved));
            let in_sql = settled < amount && left.is_some_and(|left| wanted <= left);
            prop_assert_eq!(account.reserve(usd(wanted), &cap(amount)).is_ok(), in_sql);
        }
    }
}
