//! What is typed into a list's filters, made ready to be looked for. Called by the queries of the audit log, of the log of requests
//! and of the usage.

use domain::{field::FieldError, time::Timestamp};

/// Without white space at its ends and control characters, which no row holds and PostgreSQL refuses to look for.
pub(crate) fn plain(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(200).collect()
}

/// A day that was typed, or what stands for none.
pub(crate) fn day(
    field: &str,
    text: &str,
    read: fn(&str) -> Option<Timestamp>,
    none: Timestamp,
) -> Result<Timestamp, FieldError> {
    if text.trim().is_empty() {
        return Ok(none);
    }
    read(text).ok_or_else(|| FieldError::new(field, "This is not a day. Write it like 2026-08-03."))
}
