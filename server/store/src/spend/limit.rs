//! A person says anew which models a key may use, for how much money, and under which guardrail.

use super::{notices::note_due, since, write_account};
use crate::{AuditEvent, Changed, Error, Store, audit::audit, changes::write_change, hold::hold, keys};
use domain::{
    id::{GuardrailId, WorkspaceId},
    key::KeyId,
    model::{Account, ModelLimits, Notice},
    time::Timestamp,
};

impl Store {
    /// Says anew which models a key may use, for how much money, and under which guardrail ([`Error::NotFound`] also for one
    /// that the workspace does not have). [`Error::Changed`] if the key is not under `was` any more, by which the caller decided
    /// whether it may be taken from under it.
    ///
    /// Nothing that was spent is forgotten: the account of another period begins with what the key's days say since that
    /// period's start. A cap that is raised above it, or taken away, ends an exhaustion; one that is lowered below it begins
    /// one. Answers which notices are due by that, and writes them down.
    ///
    /// A key counts its spending from its first cap on, not what it spent without one.
    pub async fn limit_models(
        &self,
        workspace: &WorkspaceId,
        key: &KeyId,
        limits: &ModelLimits,
        was: Option<&GuardrailId>,
        event: &AuditEvent,
    ) -> Result<&'static [Notice], Error> {
        let now = event.at;
        write_change!(self, Changed::key(*key), tx => {
            hold!(tx, "guardrails", workspace, limits.guardrail);
            // The account first, as everything about a key's money.
            if let Some(cap) = limits.cap {
                sqlx::query(
                    "INSERT INTO accounts (key_id, period, start, settled, reserved)
                     SELECT id, $1, $2, 0, 0 FROM keys WHERE id = $3 AND workspace_id = $4 AND deleted_at IS NULL
                     ON CONFLICT (key_id) DO UPDATE SET period = excluded.period",
                )
                .bind(cap.period.word())
                .bind(cap.period.start(now).0)
                .bind(key.as_str())
                .bind(workspace.as_str())
                .execute(&mut *tx)
                .await?;
            } else {
                sqlx::query("UPDATE accounts SET period = period WHERE key_id = $1")
                    .bind(key.as_str())
                    .execute(&mut *tx)
                    .await?;
            }
            let before: Option<(Option<i64>, Option<String>)> = sqlx::query_as(
                "SELECT spend_cap, spend_period FROM keys WHERE id = $1 AND workspace_id = $2 AND deleted_at IS NULL",
            )
            .bind(key.as_str())
            .bind(workspace.as_str())
            .fetch_optional(&mut *tx)
            .await?;
            let (amount, period) = before.ok_or(Error::NotFound)?;
            let before = keys::cap(amount, period)?;
            let (mut until, mut warned, mut notices): (Option<Timestamp>, Option<Timestamp>, &'static [Notice]) =
                (None, None, &[]);
            if let Some(cap) = limits.cap {
                let start = cap.period.start(now);
                let account: Account = since!(tx, key, start);
                write_account!(tx, key, start, account);
                (until, warned) = (cap.exhausted_until(start, account), cap.warned_until(start, account));
                // Under the cap before, of the same spending; another period's was another, and is told anew.
                let same = before.filter(|before| before.period == cap.period);
                let level = same.and_then(|before| Notice::level(before.amount, account.settled));
                notices = Notice::due(level, Notice::level(cap.amount, account.settled));
                note_due!(tx, key, start, cap, notices, now);
            }
            let done = sqlx::query(
                "UPDATE keys SET models = $1, spend_cap = $2, spend_period = $3, exhausted_until = $4, guardrail_id = $7,
                   warned_until = $8,
                   listed = CASE WHEN disabled THEN 2 WHEN expires_at <= $5 THEN 1 WHEN $4 > $5 THEN 3 ELSE 0 END
                 WHERE id = $6 AND deleted_at IS NULL AND guardrail_id IS NOT DISTINCT FROM $9",
            )
            .bind(keys::models_column(&limits.models))
            .bind(limits.cap.map(|cap| cap.amount.micros()))
            .bind(limits.cap.map(|cap| cap.period.word()))
            .bind(until.map(|until| until.0))
            .bind(now.0)
            .bind(key.as_str())
            .bind(limits.guardrail.as_ref().map(GuardrailId::as_str))
            .bind(warned.map(|until| until.0))
            .bind(was.map(GuardrailId::as_str))
            .execute(&mut *tx)
            .await?;
            if done.rows_affected() == 0 {
                return Err(Error::Changed);
            }
            audit!(tx, event);
            Ok(notices)
        })
    }
}
