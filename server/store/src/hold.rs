//! Holds rows until the end of a transaction: what a key is put under, a firewall policy or a guardrail, so that it is not
//! deleted meanwhile; and the keys that one statement changes together. Called by whatever writes keys.

/// Holds the row of `$table` with that id, if one is given; [`Error::NotFound`](crate::Error::NotFound) unless it is the
/// workspace's.
macro_rules! hold {
    ($tx:ident, $table:literal, $workspace:expr, $id:expr) => {
        if let Some(id) = &$id {
            let statement = concat!("UPDATE ", $table, " SET name = name WHERE id = $1 AND workspace_id = $2");
            let done = sqlx::query(statement).bind(id.as_str()).bind($workspace.as_str()).execute(&mut *$tx).await?;
            if done.rows_affected() == 0 {
                return Err($crate::Error::NotFound);
            }
        }
    };
}

/// Does `$set` to every key that `$which`, of the one value `$1`, finds. Whatever writes several keys takes their rows' locks in
/// the order of their ids, and two writers never wait for each other; an UPDATE alone takes them as its plan has it. SQLite has
/// one writer at a time and no such clause.
macro_rules! update_keys {
    ($store:expr, $tx:ident, $set:literal, $which:literal, $value:expr) => {{
        if matches!($store.db, $crate::db::Db::Postgres(_)) {
            let held = concat!(
                "SELECT COUNT(*) FROM (SELECT id FROM keys WHERE ",
                $which,
                " ORDER BY id FOR NO KEY UPDATE) AS held"
            );
            sqlx::query(held).bind($value).execute(&mut *$tx).await?;
        }
        let change = concat!("UPDATE keys SET ", $set, " WHERE ", $which);
        sqlx::query(change).bind($value).execute(&mut *$tx).await?;
    }};
}
pub(crate) use {hold, update_keys};
