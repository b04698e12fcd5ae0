//! Mails to the owners of keys: which are due, who sends them, which were sent. Of several instances one claims a mail, sends
//! it, and says so; a claim that is not answered runs out. Called by `server`'s mail task.

mod expiry;
mod spend;

pub use expiry::ExpiryMail;
pub use spend::SpendMail;

use crate::{Error, keys::key_id};
use domain::key::KeyId;

/// The key that a mail is about, and to whom it goes.
#[derive(Clone, Debug)]
pub struct MailedKey {
    /// The key.
    pub key: KeyId,
    /// Its name.
    pub key_name: String,
    /// The last four characters of the whole key.
    pub last4: String,
    /// To whom.
    pub owner_email: String,
    /// The owner's name.
    pub owner_name: String,
    /// The workspace's slug.
    pub workspace_slug: String,
    /// The workspace's name.
    pub workspace_name: String,
}

/// The columns of [`MailedRow`].
const COLUMNS: &str = "k.id, k.name, k.last4, u.email AS owner_email, u.name AS owner_name, w.slug AS workspace_slug,
    w.name AS workspace_name";

/// What [`COLUMNS`] needs beside `keys k`. Nobody is written to who is no member.
const JOINS: &str = "JOIN workspaces w ON w.id = k.workspace_id
    JOIN users u ON u.id = k.owner_id
    JOIN memberships m ON m.workspace_id = k.workspace_id AND m.user_id = k.owner_id";

/// Keys that somebody stopped are not written about, nor is anybody who can't sign in.
const MAY_BE_TOLD: &str = "k.deleted_at IS NULL AND k.disabled = FALSE AND u.active = TRUE";

#[derive(sqlx::FromRow)]
struct MailedRow {
    id: String,
    name: String,
    last4: String,
    owner_email: String,
    owner_name: String,
    workspace_slug: String,
    workspace_name: String,
}

impl TryFrom<MailedRow> for MailedKey {
    type Error = Error;

    fn try_from(row: MailedRow) -> Result<Self, Error> {
        Ok(Self {
            key: key_id(&row.id)?,
            key_name: row.name,
            last4: row.last4,
            owner_email: row.owner_email,
            owner_name: row.owner_name,
            workspace_slug: row.workspace_slug,
            workspace_name: row.workspace_name,
        })
    }
}
