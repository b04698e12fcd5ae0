//! What keys spend: reserved before a request goes upstream, settled after it, never past the key's cap. Called by the model
//! relay for keys that have a cap; the rules are `domain::model`'s, the sums here follow them.
//!
//! A key that has had a cap has one account, of the period that runs or last ran, and a row for each day on which something
//! was reserved. Both count a request where it was reserved, so the account is always the sum of the days from its start on:
//! it is made anew from them when a period turns and when a person chooses another. Every transaction about a key's money
//! takes the account's lock first, then the day, then the key's row: no two wait for each other.

mod limit;
mod notices;
mod recover;
mod reserve;
mod settle;

pub(crate) use notices::mark_warned;
pub use recover::{Holder, Left, Recovered};
pub use reserve::NewReserve;
pub use settle::Settled;

use crate::{Error, Store, db::read};
use domain::{
    key::KeyId,
    model::{Account, MicroUsd},
    time::Timestamp,
};

/// The two sums of a row.
pub(crate) fn sums(settled: i64, reserved: i64) -> Result<Account, Error> {
    let sum = |micros| MicroUsd::new(micros).ok_or(Error::Unreadable("account"));
    Ok(Account { settled: sum(settled)?, reserved: sum(reserved)? })
}

/// Adds days up, held at the most.
pub(crate) fn total(days: &[(i64, i64)]) -> Result<Account, Error> {
    days.iter().try_fold(Account::default(), |total, (settled, reserved)| {
        let day = sums(*settled, *reserved)?;
        let settled = total.settled.saturating_add(day.settled);
        Ok(Account { settled, reserved: total.reserved.saturating_add(day.reserved) })
    })
}

/// Gives a key an account of a period in which nothing was spent.
macro_rules! open_account {
    ($tx:ident, $key:expr, $period:expr, $start:expr) => {
        sqlx::query("INSERT INTO accounts (key_id, period, start, settled, reserved) VALUES ($1, $2, $3, 0, 0)")
            .bind($key.as_str())
            .bind($period.word())
            .bind($start.0)
            .execute(&mut *$tx)
            .await?
    };
}

/// What a key's days say since `$start`. The account's lock is held.
macro_rules! since {
    ($tx:ident, $key:expr, $start:expr) => {{
        let days: Vec<(i64, i64)> =
            sqlx::query_as("SELECT settled, reserved FROM spend_days WHERE key_id = $1 AND day >= $2")
                .bind($key.as_str())
                .bind($start.0)
                .fetch_all(&mut *$tx)
                .await?;
        $crate::spend::total(&days)?
    }};
}

/// Writes an account that was computed while its lock is held.
macro_rules! write_account {
    ($tx:ident, $key:expr, $start:expr, $account:expr) => {{
        let account: domain::model::Account = $account;
        sqlx::query("UPDATE accounts SET start = $1, settled = $2, reserved = $3 WHERE key_id = $4")
            .bind($start.0)
            .bind(account.settled.micros())
            .bind(account.reserved.micros())
            .bind($key.as_str())
            .execute(&mut *$tx)
            .await?
    }};
}

/// Lets the account of a successor, which was opened in this transaction, begin with what the key before it has spent: its
/// days, and with them whether the cap is reached, or nearly. Nothing is under way with the successor.
macro_rules! carry_over {
    ($tx:ident, $old:expr, $new:expr, $cap:expr, $now:expr) => {{
        sqlx::query(
            "INSERT INTO spend_days (key_id, day, settled, reserved)
             SELECT $1, day, settled, 0 FROM spend_days WHERE key_id = $2",
        )
        .bind($new.as_str())
        .bind($old.as_str())
        .execute(&mut *$tx)
        .await?;
        let start = $cap.period.start($now);
        let account = $crate::spend::since!($tx, $new, start);
        $crate::spend::write_account!($tx, $new, start, account);
        if let Some(until) = $cap.exhausted_until(start, account) {
            sqlx::query(
                "UPDATE keys SET exhausted_until = $1, listed = CASE WHEN listed = 0 THEN 3 ELSE listed END WHERE id = $2",
            )
            .bind(until.0)
            .bind($new.as_str())
            .execute(&mut *$tx)
            .await?;
        }
        if let Some(until) = $cap.warned_until(start, account) {
            $crate::spend::mark_warned!($tx, $new, until);
        }
    }};
}
pub(crate) use {carry_over, open_account, since, write_account};

impl Store {
    /// A key's account and when its period began, as they were last touched: of a period that is over by now, if nothing was
    /// reserved since its turn ([`Cap::current`](domain::model::Cap::current) says so). `None` for a key that never had a cap.
    pub async fn account(&self, key: &KeyId) -> Result<Option<(Timestamp, Account)>, Error> {
        let row: Option<(i64, i64, i64)> = read!(self, pool => sqlx::query_as(
            "SELECT start, settled, reserved FROM accounts WHERE key_id = $1",
        )
        .bind(key.as_str())
        .fetch_optional(pool)
        .await)?;
        row.map(|(start, settled, reserved)| Ok((Timestamp(start), sums(settled, reserved)?))).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_added_up_and_held_at_the_most() {
        let account = |settled, reserved| sums(settled, reserved).unwrap();
        assert_eq!(total(&[]).unwrap(), Account::default());
        assert_eq!(total(&[(1, 2), (30, 40)]).unwrap(), account(31, 42));
        assert_eq!(total(&[(i64::MAX, 0), (1, 1)]).unwrap(), account(i64::MAX, 1));
        assert!(total(&[(-1, 0)]).is_err() && sums(0, -1).is_err());
    }
}
