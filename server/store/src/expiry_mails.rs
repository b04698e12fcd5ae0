//! Mails about keys that are going to expire: which are due, who sends them, which were sent. Of several instances one
//! claims a mail, sends it, and says so; a claim that is not answered runs out.

use crate::{Error, Store, db::write, keys::key_id};
use domain::{
    key::KeyId,
    time::{DAY, Timestamp},
};

/// A mail to write.
#[derive(Clone, Debug)]
pub struct ExpiryMail {
    /// The key.
    pub key: KeyId,
    /// Its name.
    pub key_name: String,
    /// The last four characters of the whole key.
    pub last4: String,
    /// When it ends. Moved to another moment, it is due another mail.
    pub expires_at: Timestamp,
    /// How many days ahead the mail is due.
    pub days: i64,
    /// To whom.
    pub owner_email: String,
    /// The owner's name.
    pub owner_name: String,
    /// The workspace's slug.
    pub workspace_slug: String,
    /// The workspace's name.
    pub workspace_name: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    name: String,
    last4: String,
    expires_at: i64,
    owner_email: String,
    owner_name: String,
    workspace_slug: String,
    workspace_name: String,
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
        let rows: Vec<Row> = write!(self, tx => {
            let due: Vec<Row> = sqlx::query_as(
                "SELECT k.id, k.name, k.last4, k.expires_at, u.email AS owner_email, u.name AS owner_name,
                   w.slug AS workspace_slug, w.name AS workspace_name
                 FROM keys k
                 JOIN workspaces w ON w.id = k.workspace_id
                 JOIN users u ON u.id = k.owner_id
                 JOIN memberships m ON m.workspace_id = k.workspace_id AND m.user_id = k.owner_id
                 WHERE k.deleted_at IS NULL AND k.disabled = FALSE AND k.expires_at > $1 AND k.expires_at <= $2
                   AND k.created_at <= k.expires_at - $3 AND u.active = TRUE
                   AND NOT EXISTS (SELECT 1 FROM expiry_mails e WHERE e.key_id = k.id AND e.expires_at = k.expires_at
                     AND e.days = $4 AND (e.sent_at IS NOT NULL OR e.claimed_until > $5))
                 ORDER BY k.expires_at, k.id LIMIT $6",
            )
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
                .bind(&row.id)
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
                .bind(mail.key.as_str())
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
            .bind(mail.key.as_str())
            .bind(mail.expires_at.0)
            .bind(mail.days)
            .execute(&mut *tx)
            .await?;
            Ok(())
        })
    }
}

fn mail(row: Row, days: i64) -> Result<ExpiryMail, Error> {
    Ok(ExpiryMail {
        key: key_id(&row.id)?,
        key_name: row.name,
        last4: row.last4,
        expires_at: Timestamp(row.expires_at),
        days,
        owner_email: row.owner_email,
        owner_name: row.owner_name,
        workspace_slug: row.workspace_slug,
        workspace_name: row.workspace_name,
    })
}
