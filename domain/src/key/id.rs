//! The public part of a key, by which it is looked up, listed and logged.

use super::Malformed;
use crate::random::{base62, is_base62};
use rand::CryptoRng;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Characters of a key id.
pub const ID_LENGTH: usize = 8;

/// The public part of a key: it may stand in logs, URLs and lists.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId([u8; ID_LENGTH]);

impl KeyId {
    /// A key id as it stands in a URL, a command or a row: 8 base62 characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes().try_into().ok()?;
        is_base62(text).then_some(Self(bytes))
    }

    /// A fresh id.
    pub fn generate(rng: &mut (impl CryptoRng + ?Sized)) -> Self {
        let mut id = [0; ID_LENGTH];
        id.copy_from_slice(base62(rng, ID_LENGTH).as_bytes());
        Self(id)
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only base62 gets in, so this never falls back.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The id as a number, for maps that hold many: the eight characters are its eight bytes.
    #[must_use]
    pub fn number(self) -> u64 {
        u64::from_be_bytes(self.0)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

impl TryFrom<String> for KeyId {
    type Error = Malformed;

    fn try_from(text: String) -> Result<Self, Malformed> {
        Self::parse(&text).ok_or(Malformed::Form)
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> Self {
        id.as_str().into()
    }
}
