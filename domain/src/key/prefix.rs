//! The prefix of an installation's keys. Set by the configuration; checked with every key that comes.

use crate::field::FieldError;

/// The first part of every key of an installation, `lk` unless configured. It lets secret scanners know whose key it is,
/// so it must not change once keys are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(String);

impl Prefix {
    /// A prefix of the form `[a-z][a-z0-9]{1,11}`.
    pub fn new(text: &str) -> Result<Self, FieldError> {
        if !Self::fits(text) {
            let message = "The key prefix takes 2 to 12 lower-case letters and digits, a letter first.";
            return Err(FieldError::new("key_prefix", message));
        }
        Ok(Self(text.into()))
    }

    pub(super) fn fits(text: &str) -> bool {
        let alphabet = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        alphabet && (2..=12).contains(&text.len()) && !text.starts_with(|c: char| c.is_ascii_digit())
    }

    /// The prefix as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Prefix {
    fn default() -> Self {
        Self("lk".into())
    }
}
