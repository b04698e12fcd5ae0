//! Holds what a key is put under, a firewall policy or a guardrail, until the end of a transaction, so that it is not deleted
//! meanwhile. Called by whatever writes keys.

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
pub(crate) use hold;
