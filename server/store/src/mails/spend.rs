//! Mails about what keys have spent of their caps. Which are due is written where money is settled and caps are changed
//! (`crate::spend`), in the same transaction, so that no crash loses one.

use super::{COLUMNS, JOINS, MAY_BE_TOLD, MailedKey, MailedRow};
use crate::{Error, Store, db::write, keys};
use domain::{
    model::{Cap, MicroUsd, Notice, Spend},
    time::Timestamp,
};
use sqlx::AssertSqlSafe;

/// A mail to write.
#[derive(Clone, Debug)]
pub struct SpendMail {
    /// About which key, and to whom.
    pub about: MailedKey,
    /// What is told.
    pub level: Notice,
    /// The cap. A changed one is told of anew.
    pub cap: Cap,
    /// When the period began: in the next one it is due anew.
    pub start: Timestamp,
    /// When the period is over; [`Spend::FOR_EVER`] for a cap in total.
    pub ends_at: Timestamp,
    /// What is spent by now.
    pub spent: MicroUsd,
}

impl SpendMail {
    /// When the cap counts anew; `None` for one in total.
    #[must_use]
    pub fn counts_anew(&self) -> Option<Timestamp> {
        Some(self.ends_at).filter(|end| *end != Spend::FOR_EVER)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    about: MailedRow,
    level: String,
    amount: i64,
    period: String,
    start: i64,
    ends_at: i64,
    settled: i64,
}

/// Binds the mail that a statement is about to $1 to $5.
macro_rules! bind_mail {
    ($query:expr, $mail:expr) => {
        $query
            .bind($mail.about.key.as_str())
            .bind($mail.cap.period.word())
            .bind($mail.start.0)
            .bind($mail.cap.amount.micros())
            .bind($mail.level.word())
    };
}

impl Store {
    /// Claims the mails that became due after `not_before`: of keys that work, or only stopped at their cap, whose owner can
    /// sign in and is a member, and as long as cap and period are those that they are about. Where the cap is reached,
    /// nothing is said of 80 % any more. No other call gets a claimed mail before `until`.
    pub async fn claim_spend_mails(
        &self,
        not_before: Timestamp,
        now: Timestamp,
        until: Timestamp,
        most: i64,
    ) -> Result<Vec<SpendMail>, Error> {
        // Every part of the text is a constant of this module; all values are bound.
        let sql = format!(
            "SELECT {COLUMNS}, n.level, n.amount, n.period, n.start, n.ends_at, a.settled
             FROM spend_notices n
             JOIN keys k ON k.id = n.key_id
             JOIN accounts a ON a.key_id = n.key_id AND a.start = n.start
             {JOINS}
             WHERE n.sent_at IS NULL AND n.due_at > $1 AND n.claimed_until <= $2 AND n.ends_at > $2 AND {MAY_BE_TOLD}
               AND (k.expires_at IS NULL OR k.expires_at > $2) AND k.spend_cap = n.amount AND k.spend_period = n.period
               AND (n.level = $3 OR NOT EXISTS (SELECT 1 FROM spend_notices r WHERE r.key_id = n.key_id
                 AND r.period = n.period AND r.start = n.start AND r.amount = n.amount AND r.level = $3))
             ORDER BY n.due_at, n.key_id LIMIT $4"
        );
        let mails: Vec<SpendMail> = write!(self, tx => {
            let due: Vec<Row> = sqlx::query_as(AssertSqlSafe(sql))
                .bind(not_before.0)
                .bind(now.0)
                .bind(Notice::Reached.word())
                .bind(most)
                .fetch_all(&mut *tx)
                .await?;
            let mut claimed = Vec::new();
            for row in due {
                let mail = SpendMail::try_from(row)?;
                // Another instance may have been quicker: then nothing is updated, and the mail is theirs.
                let done = bind_mail!(sqlx::query(
                    "UPDATE spend_notices SET claimed_until = $6
                     WHERE key_id = $1 AND period = $2 AND start = $3 AND amount = $4 AND level = $5
                       AND sent_at IS NULL AND claimed_until <= $7",
                ), mail)
                .bind(until.0)
                .bind(now.0)
                .execute(&mut *tx)
                .await?;
                if done.rows_affected() > 0 {
                    claimed.push(mail);
                }
            }
            Ok(claimed)
        })?;
        Ok(mails)
    }

    /// The mail server has taken the mail.
    pub async fn spend_mail_sent(&self, mail: &SpendMail, now: Timestamp) -> Result<(), Error> {
        write!(self, tx => {
            bind_mail!(sqlx::query(
                "UPDATE spend_notices SET sent_at = $6
                 WHERE key_id = $1 AND period = $2 AND start = $3 AND amount = $4 AND level = $5",
            ), mail)
            .bind(now.0)
            .execute(&mut *tx)
            .await?;
            Ok(())
        })
    }

    /// It has not: whoever comes first after `again_at` tries again.
    pub async fn spend_mail_failed(&self, mail: &SpendMail, again_at: Timestamp) -> Result<(), Error> {
        write!(self, tx => {
            bind_mail!(sqlx::query(
                "UPDATE spend_notices SET claimed_until = $6
                 WHERE key_id = $1 AND period = $2 AND start = $3 AND amount = $4 AND level = $5 AND sent_at IS NULL",
            ), mail)
            .bind(again_at.0)
            .execute(&mut *tx)
            .await?;
            Ok(())
        })
    }
}

impl TryFrom<Row> for SpendMail {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        let usd = |micros| MicroUsd::new(micros).ok_or(Error::Unreadable("spend notice"));
        Ok(Self {
            about: row.about.try_into()?,
            level: Notice::parse(&row.level).ok_or(Error::Unreadable("spend notice"))?,
            cap: Cap { amount: usd(row.amount)?, period: keys::period(&row.period)? },
            start: Timestamp(row.start),
            ends_at: Timestamp(row.ends_at),
            spent: usd(row.settled)?,
        })
    }
}
