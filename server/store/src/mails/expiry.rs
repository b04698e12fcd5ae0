//! Mails about keys that are going to expire.

use super::{COLUMNS, JOINS, MAY_BE_TOLD, MailedKey, MailedRow};
use crate::{Error, Store, db::write};
use domain::time::{DAY, Timestamp};
use sqlx::AssertSqlSafe;

/// A mail to write.
#[derive(Clone, Debug)]
pub struct ExpiryMail {
    /// About which key, and to whom.
    pub about: MailedKey,
    /// When it ends. Moved to another moment, it is due another mail.
    pub expires_at: Timestamp,
    /// How many days ahead the mail is due.
    pub days: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    about: MailedRow,
    expires_at: i64,
}

impl Store {
    /// Claims the mails that are due `days` ahead until `until`: of keys that work, whose owner can sign in and is a member,
    /// and that end within so many days but later than `not_before`. A key that was made less than a day before its mail
    /// would be due gets none. No other call gets a claimed mail before `until`.
    pub async fn claim_expiry_mails(
        &self,
        days: i64,
        not_before: Timestamp,
        now: Timestamp,
        until: Timestamp,
        most: i64,
    ) -> Result<Vec<ExpiryMail>, Error> {
        // Every part of the text is a constant of this module; all values are bound.
        let sql = format!(
            "SELECT {COLUMNS}, k.expires_at FROM keys k {JOINS}
             WHERE {MAY_BE_TOLD} AND k.expires_at > $1 AND k.expires_at <= $2 AND k.created_at <= k.expires_at - $3
               AND NOT EXISTS (SELECT 1 FROM expiry_mails e WHERE e.key_id = k.id AND e.expires_at = k.expires_at
                 AND e.days = $4 AND (e.sent_at IS NOT NULL OR e.claimed_until > $5))
             ORDER BY k.expires_at, k.id LIMIT $6"
        );
        let rows: Vec<Row> = write!(self, tx => {
            let due: Vec<Row> = sqlx::query_as(AssertSqlSafe(sql))
            .bind(not_before.0)
            .bind(now.plus(days * DAY).0)
            .bind((days + 1) * DAY)
            .bind(days)
            .bind(now.0)
            .bind(most)
            .fetch_all(&mut *tx)
            .await?;
            let mut claimed = Vec::new();
            for row in due {
                // Another instance may have been quicker: then nothing is inserted or updated, and the mail is theirs.
                let done = sqlx::query(
                    "INSERT INTO expiry_mails (key_id, expires_at, days, claimed_until) VALUES ($1, $2, $3, $4)
                     ON CONFLICT (key_id, expires_at, days) DO UPDATE SET claimed_until = excluded.claimed_until
                     WHERE expiry_mails.sent_at IS NULL AND expiry_mails.claimed_until <= $5",
                )
                .bind(&row.about.id)
                .bind(row.expires_at)
                .bind(days)
                .bind(until.0)
                .bind(now.0)
                .execute(&mut *tx)
                .await?;
                if done.rows_affected() > 0 {
                    claimed.push(row);
                }
            }
            Ok(claimed)
        })?;
        rows.into_iter().map(|row| mail(row, days)).collect()
    }

    /// The mail server has taken the mail.
    pub async fn expiry_mail_sent(&self, mail: &ExpiryMail, now: Timestamp) -> Result<(), Error> {
        write!(self, tx => {
            sqlx::query("UPDATE expiry_mails SET sent_at = $1 WHERE key_id = $2 AND expires_at = $3 AND days = $4")
                .bind(now.0)
                .bind(mail.about.key.as_str())
                .bind(mail.expires_at.0)
                .bind(mail.days)
                .execute(&mut *tx)
                .await?;
            Ok(())
        })
    }

    /// It has not: whoever comes first after `again_at` tries again.
    pub async fn expiry_mail_failed(&self, mail: &ExpiryMail, again_at: Timestamp) -> Result<(), Error> {
        write!(self, tx => {
            sqlx::query(
                "UPDATE expiry_mails SET claimed_until = $1
                 WHERE key_id = $2 AND expires_at = $3 AND days = $4 AND sent_at IS NULL",
            )
            .bind(again_at.0)
            .bind(mail.about.key.as_str())
            .bind(mail.expires_at.0)
            .bind(mail.days)
            .execute(&mut *tx)
            .await?;
            Ok(())
        })
    }
}

fn mail(row: Row, days: i64) -> Result<ExpiryMail, Error> {
    Ok(ExpiryMail { about: row.about.try_into()?, expires_at: Timestamp(row.expires_at), days })
}
