//! What can go wrong in the store.

use crate::keys::LimitHit;

/// Why a store call failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database answered with an error, or not at all. Details are for the log, never for a person's page.
    #[error("database: {0}")]
    Database(sqlx::Error),
    /// Its tables could not be brought up to date.
    #[error("migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A row holds what no version of Latchkey wrote.
    #[error("the database holds an unreadable {0}")]
    Unreadable(&'static str),
    /// A file beside the database could not be used.
    #[error("{0}")]
    File(#[from] std::io::Error),
    /// The database URL is not understood.
    #[error("{0}")]
    Url(String),
    /// The name, e-mail or slug is taken.
    #[error("it is taken")]
    Taken,
    /// The row to change is not there (any more).
    #[error("not found")]
    NotFound,
    /// It changed between being read and being written: read it again.
    #[error("it changed in the meantime")]
    Changed,
    /// Writers have given this instance up: what it holds is not to be trusted until it has entered again.
    #[error("this instance did not renew its lease in time")]
    LeaseLost,
    /// It would leave the installation without an administrator.
    #[error("the installation needs one active administrator")]
    LastAdministrator,
    /// It would leave the workspace without an administrator.
    #[error("the workspace needs one active administrator")]
    LastOfWorkspace,
    /// The workspace has that many open invites already.
    #[error("too many invites are open")]
    TooManyInvites(i64),
    /// One more key would pass a limit of the workspace.
    #[error("a limit of the workspace is reached")]
    Limit(LimitHit),
}

impl Error {
    /// A violated unique index means that somebody took the name in the meantime.
    pub(crate) fn or_taken(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(inner) if inner.is_unique_violation() => Self::Taken,
            _ => Self::Database(error),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        // 22021 character_not_in_repertoire: PostgreSQL refuses to look for a text with a NUL, which no row can hold.
        match error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref() {
            Some("22021") => Self::NotFound,
            _ => Self::Database(error),
        }
    }
}
