//! What owners are to hear of their keys' spending, written down in the transaction that makes it due: for the mail task
//! (`crate::mails`) and, on the key's row, for the notices of the console.

/// Notes the notices that are due about a key whose account of the period since `$start` was just written, each once for a
/// cap in a period. What was about periods that are over goes: with a day to spare, for who lets the period turn later.
macro_rules! note_due {
    ($tx:ident, $key:expr, $start:expr, $cap:expr, $notices:expr, $now:expr) => {{
        let cap: domain::model::Cap = $cap;
        for notice in $notices {
            sqlx::query("DELETE FROM spend_notices WHERE key_id = $1 AND ends_at <= $2")
                .bind($key.as_str())
                .bind($now.plus(-domain::time::DAY).0)
                .execute(&mut *$tx)
                .await?;
            sqlx::query(
                "INSERT INTO spend_notices (key_id, period, start, amount, level, due_at, ends_at, claimed_until)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, 0) ON CONFLICT DO NOTHING",
            )
            .bind($key.as_str())
            .bind(cap.period.word())
            .bind($start.0)
            .bind(cap.amount.micros())
            .bind(notice.word())
            .bind($now.0)
            .bind(cap.ends($start).0)
            .execute(&mut *$tx)
            .await?;
        }
    }};
}

/// Notes on a key's row until when the notices tell of it. Decides about no request, so nobody is told.
macro_rules! mark_warned {
    ($tx:ident, $key:expr, $until:expr) => {
        sqlx::query("UPDATE keys SET warned_until = $1 WHERE id = $2 AND deleted_at IS NULL")
            .bind($until.0)
            .bind($key.as_str())
            .execute(&mut *$tx)
            .await?
    };
}

pub(crate) use {mark_warned, note_due};
