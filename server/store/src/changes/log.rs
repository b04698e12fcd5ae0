//! The changes as they stand in the database: written by the writers, read by the instances.

use super::Changed;
use crate::{Error, Store, db::read};

/// Changes that are kept. An instance that is further behind forgets everything it holds instead.
pub(crate) const KEPT: i64 = 10_000;
/// Old changes go this many at a time.
pub(crate) const PRUNED_EVERY: i64 = 1_000;
/// Changes that are read at a time.
const READ: usize = 1_000;

/// Takes the next number for `$changed` inside the transaction `$tx`.
macro_rules! number_change {
    ($tx:ident, $changed:expr) => {{
        let (number,): (i64,) =
            sqlx::query_as("UPDATE change_head SET number = number + 1 RETURNING number").fetch_one(&mut *$tx).await?;
        sqlx::query("INSERT INTO changes (number, kind, target) VALUES ($1, $2, $3)")
            .bind(number)
            .bind($changed.kind())
            .bind($changed.target())
            .execute(&mut *$tx)
            .await?;
        if number % $crate::changes::log::PRUNED_EVERY == 0 {
            sqlx::query("DELETE FROM changes WHERE number <= $1")
                .bind(number - $crate::changes::log::KEPT)
                .execute(&mut *$tx)
                .await?;
        }
        number
    }};
}
pub(crate) use number_change;

/// What was read of the feed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    /// The number of the last change in it.
    pub upto: i64,
    /// The changes, in order.
    pub changes: Vec<Changed>,
    /// Whether there may be more.
    pub more: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    head: i64,
    number: Option<i64>,
    kind: Option<String>,
    target: Option<String>,
}

impl Store {
    /// The number of the last change.
    pub(crate) async fn change_head(&self) -> Result<i64, Error> {
        let (head,): (i64,) =
            read!(self, pool => sqlx::query_as("SELECT number FROM change_head").fetch_one(pool).await)?;
        Ok(head)
    }

    /// The changes after that number. If the thread is lost (they were thrown away, or the database was restored from
    /// before), it is one change: everything.
    pub(crate) async fn changes_after(&self, applied: i64) -> Result<Stretch, Error> {
        let rows: Vec<Row> = read!(self, pool => sqlx::query_as(
            "SELECT h.number AS head, c.number, c.kind, c.target
             FROM change_head h LEFT JOIN changes c ON c.number > $1 ORDER BY c.number LIMIT $2",
        )
        .bind(applied)
        .bind(i64::try_from(READ).unwrap_or(i64::MAX))
        .fetch_all(pool)
        .await)?;
        let more = rows.len() == READ;
        stretch(applied, rows, more)
    }
}

fn stretch(applied: i64, rows: Vec<Row>, more: bool) -> Result<Stretch, Error> {
    let head = rows.first().ok_or(Error::Unreadable("change head"))?.head;
    let mut upto = applied;
    let mut changes = Vec::new();
    for row in rows {
        let (Some(number), Some(kind), Some(target)) = (row.number, row.kind, row.target) else { break };
        if number != upto + 1 {
            return Ok(Stretch { upto: head, changes: vec![Changed::Everything], more: false });
        }
        upto = number;
        changes.push(Changed::read(&kind, &target)?);
    }
    if !more && upto != head {
        return Ok(Stretch { upto: head, changes: vec![Changed::Everything], more: false });
    }
    Ok(Stretch { upto, changes, more })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(applied: i64, head: i64, numbers: &[i64]) -> Stretch {
        let row = |number: Option<i64>| Row {
            head,
            number,
            kind: number.map(|_| "owner".into()),
            target: number.map(|number| number.to_string()),
        };
        let rows = if numbers.is_empty() { vec![row(None)] } else { numbers.iter().map(|n| row(Some(*n))).collect() };
        stretch(applied, rows, false).unwrap()
    }

    #[test]
    fn a_lost_thread_is_everything() {
        let owner = |n: i64| Changed::Owner(domain::id::UserId::from_text(n.to_string()));
        assert_eq!(read(3, 3, &[]), Stretch { upto: 3, changes: vec![], more: false });
        assert_eq!(read(3, 5, &[4, 5]), Stretch { upto: 5, changes: vec![owner(4), owner(5)], more: false });
        let everything = |upto| Stretch { upto, changes: vec![Changed::Everything], more: false };
        assert_eq!(read(3, 6, &[5, 6]), everything(6), "some were thrown away");
        assert_eq!(read(3, 9, &[]), everything(9), "all were thrown away");
        assert_eq!(read(3, 2, &[]), everything(2), "the database is older than this instance");
        assert_eq!(read(3, 7, &[4, 5]), everything(7));
    }
}
