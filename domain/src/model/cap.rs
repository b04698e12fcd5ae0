//! A key's spend cap: how much, and in which period. Read from forms and from the store; asked by the decision, by the
//! relay, and by the keys screen.

use super::{Account, MicroUsd, Notice, Period};
use crate::{
    field::{FieldError, Fields},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// The highest cap: a thousand million dollars. What is settled and reserved beside it stays within what is kept.
pub const MOST_CAP: MicroUsd = MicroUsd::dollars(1_000_000_000);

/// What a key may spend in one period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    /// So much, more than nothing.
    pub amount: MicroUsd,
    /// In that time.
    pub period: Period,
}

/// How a key stands towards its cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapState {
    /// It may go on.
    Open {
        /// What is neither spent nor reserved by requests under way.
        left: MicroUsd,
    },
    /// The cap is reached: the key's status is `exhausted`.
    Exhausted {
        /// When the next period begins and the key is back by itself; `None` for a cap in total, which must be raised.
        back: Option<Timestamp>,
    },
}

/// A key's cap as its record has it: what every instance knows of its spending without asking for its account. The store
/// notes when the cap is reached, and until when that holds; as with an expiry, time alone ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spend {
    /// The cap.
    pub cap: Cap,
    /// The cap is reached until then; `None` if it is not.
    pub exhausted_until: Option<Timestamp>,
}

impl Spend {
    /// The end of an exhaustion that no time ends: a cap in total.
    pub const FOR_EVER: Timestamp = Timestamp(i64::MAX);

    /// Whether the cap is reached at `now`.
    #[must_use]
    pub fn is_exhausted(&self, now: Timestamp) -> bool {
        self.exhausted_until.is_some_and(|end| now < end)
    }

    /// When an exhausted key is back by itself; `None` if it is not exhausted, or for a cap in total.
    #[must_use]
    pub fn back(&self, now: Timestamp) -> Option<Timestamp> {
        self.exhausted_until.filter(|end| now < *end && *end != Self::FOR_EVER)
    }
}

impl Cap {
    /// Until when a key is exhausted whose account of the period that began at `since` is this; `None` if it is not.
    #[must_use]
    pub fn exhausted_until(&self, since: Timestamp, account: Account) -> Option<Timestamp> {
        match self.state(account, since) {
            CapState::Open { .. } => None,
            CapState::Exhausted { .. } => Some(self.ends(since)),
        }
    }

    /// The same for a key of which the notices tell, because 80 % or more is spent.
    #[must_use]
    pub fn warned_until(&self, since: Timestamp, account: Account) -> Option<Timestamp> {
        Notice::level(self.amount, account.settled).map(|_| self.ends(since))
    }

    /// When the period is over that began at `since`; [`Spend::FOR_EVER`] for a cap in total.
    #[must_use]
    pub fn ends(&self, since: Timestamp) -> Timestamp {
        self.period.end(since).unwrap_or(Spend::FOR_EVER)
    }

    /// Checks both fields as a form has them: an amount in dollars, nothing for no cap (the period then does not
    /// matter).
    pub fn check(amount: &str, period: &str) -> Result<Option<Self>, Vec<FieldError>> {
        if amount.trim().is_empty() {
            return Ok(None);
        }
        let mut fields = Fields::default();
        let refused = |why: &str| FieldError::new("spend_cap", format!("Spend cap {why}"));
        let read = MicroUsd::parse(amount).map_err(refused).and_then(|amount| match amount {
            MicroUsd::ZERO => Err(refused("is more than nothing. Leave it empty for none, or disable the key.")),
            amount if amount > MOST_CAP => Err(refused("is at most 1000000000 dollars. Leave it empty for none.")),
            amount => Ok(amount),
        });
        let amount = fields.take(read);
        let period = fields.take(Period::parse(period));
        fields.finish(amount.zip(period).map(|(amount, period)| Some(Self { amount, period })))
    }

    /// The account of the period that `now` is in, where the store keeps one of the period that began at `since`: one
    /// of an earlier period is over, and counts no more. It is of the same cap: where a person changes the period, the
    /// new account begins with what the store's daily sums say since the new period's start, or a month's spending
    /// would be forgotten by choosing another period.
    #[must_use]
    pub fn current(&self, since: Timestamp, kept: Account, now: Timestamp) -> Account {
        if since < self.period.start(now) { Account::default() } else { kept }
    }

    /// How a key stands at `now`, given the account of the period that `now` is in. Reserves do not exhaust it: they
    /// may be given back.
    #[must_use]
    pub fn state(&self, account: Account, now: Timestamp) -> CapState {
        if account.settled >= self.amount {
            return CapState::Exhausted { back: self.period.end(now) };
        }
        let left = self.amount.saturating_sub(account.settled).saturating_sub(account.reserved);
        CapState::Open { left }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::DAY;

    const NOW: Timestamp = Timestamp(1_786_000_000_000);

    fn usd(text: &str) -> MicroUsd {
        MicroUsd::parse(text).unwrap()
    }

    #[test]
    fn forms() {
        let cap = |amount, period| Cap::check(amount, period);
        assert_eq!(cap("$25.5", "month"), Ok(Some(Cap { amount: usd("25.5"), period: Period::Month })));
        assert_eq!(cap(" ", ""), Ok(None));
        assert!(cap("1000000000", "day").is_ok());
        for bad in ["0", "0.00", "-1", "ten", "0.0000001", "1000000000.000001"] {
            let errors = cap(bad, "year").unwrap_err();
            let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
            assert_eq!(fields, ["spend_cap", "spend_period"], "{bad}");
            assert!(errors[0].message.starts_with("Spend cap "), "{}", errors[0].message);
        }
    }

    #[test]
    fn is_kept_as_json() {
        let cap = Cap { amount: usd("0.5"), period: Period::Week };
        assert_eq!(serde_json::to_string(&cap).unwrap(), r#"{"amount":500000,"period":"week"}"#);
        assert_eq!(serde_json::from_str::<Cap>(r#"{"amount":500000,"period":"week"}"#).unwrap(), cap);
    }

    #[test]
    fn exhausted_until_the_turn() {
        let cap = Cap { amount: usd("10"), period: Period::Day };
        let account = |settled, reserved| Account { settled: usd(settled), reserved: usd(reserved) };
        assert_eq!(cap.state(account("7", "2"), NOW), CapState::Open { left: usd("1") });
        assert_eq!(cap.state(account("9.999999", "0.000001"), NOW), CapState::Open { left: MicroUsd::ZERO });
        assert_eq!(cap.state(account("9", "2"), NOW), CapState::Open { left: MicroUsd::ZERO });
        let midnight = Period::Day.end(NOW);
        for settled in ["10", "10.5"] {
            assert_eq!(cap.state(account(settled, "0"), NOW), CapState::Exhausted { back: midnight });
        }
        let total = Cap { period: Period::Total, ..cap };
        assert_eq!(total.state(account("10", "0"), NOW), CapState::Exhausted { back: None });

        let since = Period::Day.start(NOW);
        assert_eq!(cap.exhausted_until(since, account("9", "9")), None);
        assert_eq!(cap.exhausted_until(since, account("10", "0")), midnight);
        assert_eq!(total.exhausted_until(Timestamp(0), account("10", "0")), Some(Spend::FOR_EVER));
        assert_eq!(cap.warned_until(since, account("7.999999", "5")), None, "reserves don't count");
        for settled in ["8", "10"] {
            assert_eq!(cap.warned_until(since, account(settled, "0")), midnight);
        }
        assert_eq!(total.warned_until(Timestamp(0), account("8", "0")), Some(Spend::FOR_EVER));
        let reached = |until| Spend { cap, exhausted_until: until };
        assert!(
            reached(midnight).is_exhausted(midnight.unwrap().plus(-1))
                && !reached(midnight).is_exhausted(midnight.unwrap())
        );
        assert_eq!((reached(midnight).back(NOW), reached(midnight).back(midnight.unwrap())), (midnight, None));
        assert!(reached(Some(Spend::FOR_EVER)).is_exhausted(NOW) && !reached(None).is_exhausted(NOW));
        assert_eq!(reached(Some(Spend::FOR_EVER)).back(NOW), None);
        let spent = account("10", "1");
        assert_eq!(cap.current(since, spent, midnight.unwrap().plus(-1)), spent);
        assert_eq!(cap.current(since, spent, midnight.unwrap()), Account::default(), "back by itself");
        assert_eq!(total.current(total.period.start(NOW), spent, NOW.plus(9_000 * DAY)), spent);
    }
}
