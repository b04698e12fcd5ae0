//! What can go wrong in the store.

use crate::keys::LimitHit;

/// Why a store call failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database answered with an error, or not at all. Details are for the log, never for a person's page.
    #[error("database: {0}")]
    Database(sqlx::Error),
    /// The disk takes no more: it is full, or what is written to it fails. Nothing was changed.
    #[error("the disk of the database is full or fails")]
    Full,
    /// The database can be read and not written. Nothing was changed.
    #[error("the database is read-only")]
    ReadOnly,
    /// Its tables are not those of this version, and it can't be written to bring them up to date.
    #[error("the database is read-only, and its tables are not those of this version: let it be written once")]
    Outdated,
    /// Another process changes the database, which this one can't follow.
    #[error("another process writes the database, which is read-only here")]
    Overtaken,
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
    /// The workspace has that many providers of models already.
    #[error("too many providers are registered")]
    TooManyProviders(i64),
    /// The workspace has prices for that many models already.
    #[error("too many models have prices")]
    TooManyPriced(i64),
    /// The model has that many prices to come already.
    #[error("too many prices of the model are to come")]
    TooManyAhead(i64),
    /// That many keys are under the policy.
    #[error("the policy is in use")]
    PolicyInUse(i64),
    /// That many keys are under the guardrail.
    #[error("the guardrail is in use")]
    GuardrailInUse(i64),
    /// One more key would pass a limit of the workspace.
    #[error("a limit of the workspace is reached")]
    Limit(LimitHit),
}

impl Error {
    /// A violated unique index means that somebody took the name in the meantime.
    pub(crate) fn or_taken(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(inner) if inner.is_unique_violation() => Self::Taken,
            _ => error.into(),
        }
    }
}

impl Error {
    /// A violated reference means that what it refers to is not there.
    pub(crate) fn or_missing(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(inner) if inner.is_foreign_key_violation() => Self::NotFound,
            _ => Self::Database(error),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        // What SQLite says of a failing disk: https://sqlite.org/rescode.html#full (13), #readonly (8) and its kinds, and of the
        // kinds of #ioerr those of writing (778), of making a file longer (4874) and of cutting it (1546).
        if let Some(code) = sqlite_code(&error) {
            return match (code & 0xff, code) {
                (13, _) | (_, 778 | 4874 | 1546) => Self::Full,
                (8, _) => Self::ReadOnly,
                _ => Self::Database(error),
            };
        }
        // 22021 character_not_in_repertoire: PostgreSQL refuses to look for a text with a NUL, which no row can hold.
        match error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref() {
            Some("22021") => Self::NotFound,
            // disk_full
            Some("53100") => Self::Full,
            // read_only_sql_transaction: a standby, or a server that was made read-only
            Some("25006") => Self::ReadOnly,
            _ => Self::Database(error),
        }
    }
}

/// SQLite's result code with its kind; `None` for what PostgreSQL or no database says.
pub(crate) fn sqlite_code(error: &sqlx::Error) -> Option<u32> {
    let inner = error.as_database_error()?.try_downcast_ref::<sqlx::sqlite::SqliteError>()?;
    sqlx::error::DatabaseError::code(inner)?.parse().ok()
}
