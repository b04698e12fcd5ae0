//! Settling: when a request has ended, its cost takes the place of its reserve. Which notices are due by that is written down,
//! and if the cap is reached, the key is marked exhausted in the same transaction, which all instances are told.

use super::notices::{mark_warned, note_due};
use crate::{Changed, Error, Store, changes::number_change, db::write, keys};
use domain::{
    id::ReserveId,
    key::KeyId,
    model::{Account, Cap, MicroUsd, Notice, Period},
    time::Timestamp,
};

/// A reserve that was settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Whose it was.
    pub key: KeyId,
    /// What was settled.
    pub cost: MicroUsd,
    /// What the owner is to be told: each level once in a period, whoever settles beside.
    pub notices: &'static [Notice],
    /// The cap was reached by this: the key is exhausted until then.
    pub exhausted_until: Option<Timestamp>,
}

/// What an account became, and of which cap it is.
struct After {
    start: Timestamp,
    settled: MicroUsd,
    cap: Option<Cap>,
}

impl After {
    /// Which notices a cost that was just added makes due.
    fn notices(&self, cost: MicroUsd) -> &'static [Notice] {
        let Some(cap) = &self.cap else { return &[] };
        let level = |settled| Notice::level(cap.amount, settled);
        Notice::due(level(self.settled.saturating_sub(cost)), level(self.settled))
    }

    /// Until when the key is exhausted, if it is.
    fn exhausted_until(&self) -> Option<Timestamp> {
        let account = Account { settled: self.settled, reserved: MicroUsd::ZERO };
        self.cap.and_then(|cap| cap.exhausted_until(self.start, account))
    }
}

impl Store {
    /// Settles a reserve at what the request cost: nothing, where it never reached the upstream; `None` for the reserve itself,
    /// where nobody knows. `None` is answered if it was settled before: each is settled once.
    ///
    /// Returns when no instance lets an exhausted key pass.
    pub async fn settle_reserve(
        &self,
        id: &ReserveId,
        cost: Option<MicroUsd>,
        now: Timestamp,
    ) -> Result<Option<Settled>, Error> {
        let done: Result<_, Error> = write!(self, tx => {
            let held: Option<(String, i64, i64)> =
                sqlx::query_as("DELETE FROM reserves WHERE id = $1 RETURNING key_id, amount, at")
                    .bind(id.as_str())
                    .fetch_optional(&mut *tx)
                    .await?;
            let Some((key, amount, at)) = held else { return Ok(None) };
            let key = keys::key_id(&key)?;
            let cost = match cost {
                Some(cost) => cost,
                None => MicroUsd::new(amount).ok_or(Error::Unreadable("reserve"))?,
            };
            // Held at the most, as the rule does it. An account of a later period is only locked: see `super`.
            let account: Option<(i64, i64)> = sqlx::query_as(
                "UPDATE accounts SET
                   settled = CASE WHEN start > $1 THEN settled
                     WHEN settled > 9223372036854775807 - $2 THEN 9223372036854775807 ELSE settled + $2 END,
                   reserved = CASE WHEN start > $1 THEN reserved WHEN reserved < $3 THEN 0 ELSE reserved - $3 END
                 WHERE key_id = $4 RETURNING start, settled",
            )
            .bind(at)
            .bind(cost.micros())
            .bind(amount)
            .bind(key.as_str())
            .fetch_optional(&mut *tx)
            .await?;
            sqlx::query(
                "UPDATE spend_days SET
                   settled = CASE WHEN settled > 9223372036854775807 - $1 THEN 9223372036854775807 ELSE settled + $1 END,
                   reserved = CASE WHEN reserved < $2 THEN 0 ELSE reserved - $2 END
                 WHERE key_id = $3 AND day = $4",
            )
            .bind(cost.micros())
            .bind(amount)
            .bind(key.as_str())
            .bind(Period::Day.start(Timestamp(at)).0)
            .execute(&mut *tx)
            .await?;
            let mut settled = Settled { key, cost, notices: &[], exhausted_until: None };
            let (start, sum) = account.ok_or(Error::Unreadable("account"))?;
            if start > at {
                return Ok(Some((settled, None)));
            }
            let found: Option<(Option<i64>, Option<String>)> =
                sqlx::query_as("SELECT spend_cap, spend_period FROM keys WHERE id = $1 AND deleted_at IS NULL")
                    .bind(key.as_str())
                    .fetch_optional(&mut *tx)
                    .await?;
            let (amount, period) = found.unwrap_or_default();
            let sum = MicroUsd::new(sum).ok_or(Error::Unreadable("account"))?;
            let after = After { start: Timestamp(start), settled: sum, cap: keys::cap(amount, period)? };
            settled.notices = after.notices(cost);
            if let (false, Some(cap)) = (settled.notices.is_empty(), after.cap) {
                note_due!(tx, key, after.start, cap, settled.notices, now);
                mark_warned!(tx, key, cap.ends(after.start));
            }
            let mut number = None;
            if let Some(until) = after.exhausted_until().filter(|until| now < *until) {
                let marked = sqlx::query(
                    "UPDATE keys SET exhausted_until = $1, listed = CASE WHEN listed = 0 THEN 3 ELSE listed END
                     WHERE id = $2 AND deleted_at IS NULL AND (exhausted_until IS NULL OR exhausted_until < $1)",
                )
                .bind(until.0)
                .bind(key.as_str())
                .execute(&mut *tx)
                .await?;
                if marked.rows_affected() > 0 {
                    settled.exhausted_until = Some(until);
                    // Last, so that the lock on the sequence is never held while another is waited for.
                    number = Some(number_change!(tx, Changed::key(key)));
                }
            }
            Ok(Some((settled, number)))
        });
        let Some((settled, number)) = done? else { return Ok(None) };
        if let Some(number) = number {
            self.changes.settle(number, &Changed::key(settled.key)).await;
        }
        Ok(Some(settled))
    }
}
