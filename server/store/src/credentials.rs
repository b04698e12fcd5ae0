//! Sealed credentials of what Latchkey itself asks, MCP servers and providers of models, for the rotation of the master key. How
//! many are left, and how those that nothing opens are erased, stands with the keys' secrets (`keys/sealed.rs`): a rotation
//! counts all of them.

use crate::{
    Error, Sealed, Store,
    db::{read, write},
};
use domain::id::{ProviderId, ServerId};

/// The id of something that has a sealed credential.
pub trait HasCredential: Sync {
    /// Reads those that another master key sealed: `$1` the one in force, `$2` the id to go on from, `$3` how many.
    const SEALED_OTHERWISE: &'static str;
    /// Replaces one: `$1` by `$2`, of `$3`, if it is `$4`.
    const RESEAL: &'static str;

    /// The id that a row has.
    fn of_row(id: String) -> Self;

    /// The id as text.
    fn text(&self) -> &str;
}

macro_rules! has_credential {
    ($id:ident, $table:literal) => {
        impl HasCredential for $id {
            const SEALED_OTHERWISE: &'static str = concat!(
                "SELECT id, sealed, sealed_by FROM ",
                $table,
                " WHERE sealed IS NOT NULL AND sealed_by <> $1 AND id > $2 ORDER BY id LIMIT $3"
            );
            const RESEAL: &'static str =
                concat!("UPDATE ", $table, " SET sealed = $1, sealed_by = $2 WHERE id = $3 AND sealed = $4");

            fn of_row(id: String) -> Self {
                Self::from_text(id)
            }

            fn text(&self) -> &str {
                self.as_str()
            }
        }
    };
}
has_credential!(ServerId, "servers");
has_credential!(ProviderId, "providers");

/// What becomes of a credential when what it belongs to is edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialChange {
    /// It stays.
    Keep,
    /// It is erased.
    Erase,
    /// Another one takes its place.
    Replace(Sealed),
}

/// Does inside `$tx` to the credential of the row of `$table` with that id what a [`CredentialChange`] says.
macro_rules! change_credential {
    ($tx:ident, $table:literal, $id:expr, $change:expr) => {{
        let sealed = match $change {
            $crate::CredentialChange::Keep => None,
            $crate::CredentialChange::Erase => Some(None),
            $crate::CredentialChange::Replace(sealed) => {
                $crate::keys::sealed::in_force!($tx, sealed);
                Some(Some(sealed))
            }
        };
        if let Some(sealed) = sealed {
            sqlx::query(concat!("UPDATE ", $table, " SET sealed = $1, sealed_by = $2 WHERE id = $3"))
                .bind(sealed.map(|sealed| sealed.bytes.as_slice()))
                .bind(sealed.map(|sealed| sealed.by.as_str()))
                .bind($id.as_str())
                .execute(&mut *$tx)
                .await?;
        }
    }};
}
pub(crate) use change_credential;

impl Store {
    /// Up to `most` credentials that another master key than `current` sealed, in the order of the ids they belong to, beyond
    /// `after`.
    pub async fn credentials_sealed_otherwise<I: HasCredential>(
        &self,
        current: &str,
        after: &str,
        most: i64,
    ) -> Result<Vec<(I, Sealed)>, Error> {
        let rows: Vec<(String, Vec<u8>, String)> = read!(self, pool => sqlx::query_as(I::SEALED_OTHERWISE)
            .bind(current).bind(after).bind(most).fetch_all(pool).await)?;
        Ok(rows.into_iter().map(|(id, bytes, by)| (I::of_row(id), Sealed { bytes, by })).collect())
    }

    /// Replaces sealed credentials (`[before, after]`) by the same ones under another master key, in one transaction. One
    /// that was replaced or erased meanwhile stays as it is; answers how many were sealed anew.
    pub async fn reseal_credentials<I: HasCredential>(&self, sealed: &[(I, [Sealed; 2])]) -> Result<u64, Error> {
        write!(self, tx => {
            let mut resealed = 0;
            for (id, [before, after]) in sealed {
                let done = sqlx::query(I::RESEAL)
                    .bind(after.bytes.as_slice())
                    .bind(&after.by)
                    .bind(id.text())
                    .bind(before.bytes.as_slice())
                    .execute(&mut *tx)
                    .await?;
                resealed += done.rows_affected();
            }
            Ok(resealed)
        })
    }
}
