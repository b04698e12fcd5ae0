//! What is kept of a secret, and how it is compared.

use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;

/// SHA-256 of a secret. A plain hash is enough: a secret has 190 bits from the operating system's generator, so there is
/// nothing to guess that a slow hash would protect.
#[derive(Clone)]
pub struct SecretHash([u8; 32]);

/// SHA-256 of any text.
#[must_use]
pub fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

impl SecretHash {
    /// The hash of a secret.
    #[must_use]
    pub fn of(secret: &str) -> Self {
        Self(sha256(secret))
    }

    /// A hash read from the store; `None` if it does not have 32 bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether both are the same, in a time that does not depend on where they differ.
    #[must_use]
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash(withheld)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_and_withholds() {
        let hash = SecretHash::of("a");
        assert!(hash.matches(&SecretHash::of("a")));
        assert!(!hash.matches(&SecretHash::of("b")));
        assert_eq!(format!("{hash:?}"), "SecretHash(withheld)");
        assert!(SecretHash::from_bytes(&[0; 31]).is_none());
    }
}
