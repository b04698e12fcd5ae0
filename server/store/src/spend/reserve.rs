//! Reserving: before a request goes upstream, the most that it can cost is taken of its key's cap, if there is room.

use super::{since, sums, write_account};
use crate::{Error, Store, db::write, keys};
use domain::{
    id::ReserveId,
    key::KeyId,
    model::{Cap, MicroUsd, NoRoom, Period},
    time::Timestamp,
};

/// What one request wants of its key's cap.
#[derive(Clone, Debug)]
pub struct NewReserve {
    /// Names it until it is settled.
    pub id: ReserveId,
    /// The key.
    pub key: KeyId,
    /// The key's cap, as far as the caller knows.
    pub cap: Cap,
    /// The most that the request can cost.
    pub amount: MicroUsd,
    /// Now.
    pub at: Timestamp,
    /// Who serves the request.
    pub instance: String,
}

impl Store {
    /// Reserves, or says why there is no room. However many ask at once, what is settled and reserved together does not pass
    /// the cap by a reserve: the condition and the sum are one update.
    ///
    /// [`Error::Changed`] if the key has no cap any more (nothing is to be reserved then), [`Error::NotFound`] if it is gone.
    pub async fn reserve(&self, new: &NewReserve) -> Result<Result<(), NoRoom>, Error> {
        let start = new.cap.period.start(new.at);
        write!(self, tx => {
            // Nearly always: the account is of this very period, and has room.
            let done = sqlx::query(
                "UPDATE accounts SET reserved = reserved + $1
                 WHERE key_id = $2 AND period = $3 AND start = $4 AND settled < $5 AND $1 <= $5 - settled - reserved",
            )
            .bind(new.amount.micros())
            .bind(new.key.as_str())
            .bind(new.cap.period.word())
            .bind(start.0)
            .bind(new.cap.amount.micros())
            .execute(&mut *tx)
            .await?;
            let mut at = new.at;
            if done.rows_affected() == 0 {
                // Under the account's lock: everything as it stands.
                let kept: Option<(i64, i64, i64)> = sqlx::query_as(
                    "UPDATE accounts SET settled = settled WHERE key_id = $1 RETURNING start, settled, reserved",
                )
                .bind(new.key.as_str())
                .fetch_optional(&mut *tx)
                .await?;
                let key: Option<(Option<i64>, Option<String>)> = sqlx::query_as(
                    "SELECT spend_cap, spend_period FROM keys WHERE id = $1 AND deleted_at IS NULL",
                )
                .bind(new.key.as_str())
                .fetch_optional(&mut *tx)
                .await?;
                let (amount, period) = key.ok_or(Error::NotFound)?;
                let cap = keys::cap(amount, period)?.ok_or(Error::Changed)?;
                let (kept_start, settled, reserved) = kept.ok_or(Error::Unreadable("account"))?;
                let (mut since, mut account) = (Timestamp(kept_start), sums(settled, reserved)?);
                let start = cap.period.start(new.at);
                if since < start {
                    // The period has turned.
                    account = since!(tx, new.key, start);
                    since = start;
                }
                account = match account.reserve(new.amount, &cap) {
                    Ok(account) => account,
                    Err(no) => return Ok(Err(no)),
                };
                write_account!(tx, new.key, since, account);
                // An instance whose clock is behind counts in the period that has begun.
                at = at.max(since);
            }
            sqlx::query(
                "INSERT INTO spend_days (key_id, day, settled, reserved) VALUES ($1, $2, 0, $3)
                 ON CONFLICT (key_id, day) DO UPDATE SET reserved = spend_days.reserved + excluded.reserved",
            )
            .bind(new.key.as_str())
            .bind(Period::Day.start(at).0)
            .bind(new.amount.micros())
            .execute(&mut *tx)
            .await?;
            sqlx::query("INSERT INTO reserves (id, key_id, amount, at, instance) VALUES ($1, $2, $3, $4, $5)")
                .bind(new.id.as_str())
                .bind(new.key.as_str())
                .bind(new.amount.micros())
                .bind(at.0)
                .bind(&new.instance)
                .execute(&mut *tx)
                .await?;
            Ok(Ok(()))
        })
    }
}
