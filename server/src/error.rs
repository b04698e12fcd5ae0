//! What a use-case answers when it does not do what was asked. The console's pages, the command line and the logs all read
//! it; the HTTP status is set in one place, [`Error::status`].

use domain::{
    field::FieldError,
    time::{HOUR, Timestamp},
};
use store::LimitHit;

/// Why a use-case refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in.
    #[error("Sign in first.")]
    Unauthenticated,
    /// E-mail and password do not belong together. Says no more, for whoever is guessing.
    #[error("E-mail or password is wrong.")]
    WrongPassword,
    /// It is not there, or the caller may not know that it is.
    #[error("Not found.")]
    NotFound,
    /// The caller may see it and may not do this; the sentence says why and what would help.
    #[error("{0}")]
    Forbidden(String),
    /// What was asked for does not fit what stands there by now.
    #[error("It was changed in the meantime. Look at it again, and repeat what still fits.")]
    Changed,
    /// What a form says anew was changed after the form was filled.
    #[error(
        "Somebody changed this {what} in the meantime. What you typed is still here and not saved. Look at theirs in another \
         window, or save again to put yours in its place."
    )]
    Overtaken {
        /// What it is: `guardrail`.
        what: &'static str,
        /// The version that it has now: a form that carries this one replaces it.
        version: String,
    },
    /// Some fields are wrong.
    #[error("{}", .0.iter().map(|field| field.message.as_str()).collect::<Vec<_>>().join(" "))]
    Invalid(Vec<FieldError>),
    /// A limit of the workspace is reached; the sentence says which, how many, and when it frees.
    #[error("{0}")]
    Limit(String),
    /// Too many tries; again after that many seconds.
    #[error("Too many tries. Wait {0} seconds and try again.")]
    Throttled(u64),
    /// The disk of the database takes no more.
    #[error(
        "Nothing was changed: the disk of Latchkey's database is full or fails. Keys go on being checked. Make room on it, then \
         try again."
    )]
    Full,
    /// The database can be read and not written.
    #[error(
        "Nothing was changed: Latchkey's database is read-only at the moment. Keys go on being checked. Let Latchkey write \
         its database, then try again."
    )]
    ReadOnly,
    /// The database or the machine failed. The cause went to the log.
    #[error("Latchkey can't do that at the moment. Try again in a minute.")]
    Unavailable,
}

impl Error {
    /// An error of one field.
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError::new(field, message)])
    }

    /// The HTTP status of the error.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Unauthenticated | Self::WrongPassword => 401,
            Self::Forbidden(_) => 403,
            Self::NotFound => 404,
            Self::Changed | Self::Overtaken { .. } => 409,
            Self::Invalid(_) => 422,
            Self::Limit(_) | Self::Throttled(_) => 429,
            Self::ReadOnly | Self::Unavailable => 503,
            Self::Full => 507,
        }
    }

    /// The fields that are wrong, if that is what it is about.
    #[must_use]
    pub fn fields(&self) -> &[FieldError] {
        match self {
            Self::Invalid(fields) => fields,
            _ => &[],
        }
    }

    /// Like the conversion from the store's error, where [`store::Error::Taken`] is about one field.
    pub(crate) fn taken(error: store::Error, field: &str, message: &str) -> Self {
        match error {
            store::Error::Taken => Self::field(field, message),
            other => other.into(),
        }
    }

    /// Like the conversion from the store's error, with the time at hand that a limit's sentence needs.
    pub(crate) fn at(error: store::Error, now: Timestamp) -> Self {
        match error {
            store::Error::Limit(LimitHit::PerHour { most, frees_at }) => {
                let minutes = frees_at.since(now).clamp(0, HOUR).div_euclid(60_000) + 1;
                Self::Limit(format!(
                    "You have created {most} keys within an hour, the most this workspace allows. The next is possible in {minutes} min."
                ))
            }
            other => other.into(),
        }
    }
}

impl From<Vec<FieldError>> for Error {
    fn from(fields: Vec<FieldError>) -> Self {
        Self::Invalid(fields)
    }
}

impl From<FieldError> for Error {
    fn from(field: FieldError) -> Self {
        Self::Invalid(vec![field])
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound => Self::NotFound,
            store::Error::Changed => Self::Changed,
            store::Error::Limit(LimitHit::Active(most)) => Self::Limit(format!(
                "{most} keys are active already, the most this workspace allows one member. Disable or delete one first."
            )),
            store::Error::Limit(LimitHit::PerHour { most, .. }) => {
                Self::Limit(format!("{most} keys within an hour are the most this workspace allows."))
            }
            store::Error::LastAdministrator => {
                Self::Forbidden("This is the last active administrator: make another one first.".into())
            }
            store::Error::LastOfWorkspace => Self::Forbidden(
                "This is the last active administrator of the workspace: make another member one first.".into(),
            ),
            store::Error::Full => {
                tracing::warn!("a change was refused: the disk of the database is full or fails");
                Self::Full
            }
            store::Error::ReadOnly => {
                tracing::warn!("a change was refused: the database is read-only");
                Self::ReadOnly
            }
            store::Error::PolicyInUse(keys) => in_use(keys, "policy"),
            store::Error::GuardrailInUse(keys) => in_use(keys, "guardrail"),
            store::Error::TooManyProviders(most) => Self::Limit(format!(
                "{most} providers are registered, the most a workspace can have. Remove one that is not used first."
            )),
            store::Error::TooManyPriced(most) => {
                Self::Limit(format!("{most} models have prices, the most a workspace can have."))
            }
            store::Error::TooManyAhead(most) => Self::Limit(format!(
                "{most} prices of this model are to come, the most there can be. Take one of them back first."
            )),
            store::Error::TooManyInvites(most) => {
                Self::Limit(format!("{most} invites are open, the most a workspace can have. Revoke one first."))
            }
            other => {
                tracing::error!(error = %other, "the store failed");
                Self::Unavailable
            }
        }
    }
}

/// Why what keys are under can't be deleted.
fn in_use(keys: i64, what: &str) -> Error {
    let are = if keys == 1 { "1 key is".to_owned() } else { format!("{keys} keys are") };
    Error::Forbidden(format!("{are} under this {what}. Choose another {what} for them first."))
}
