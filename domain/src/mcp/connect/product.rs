//! The key that a connection is made with, and what is made of it. Neither prints itself: a product is read by
//! [`Product::expose`], where a page or a command renders it.

use crate::key::PlainKey;
use secrecy::{ExposeSecret, SecretString};
use std::fmt;

/// The key for a connection. It has only letters, digits and `_`, so that no form it is put into needs to quote it.
#[derive(Clone)]
pub struct ConnectKey(SecretString);

impl ConnectKey {
    /// A key that is at hand.
    #[must_use]
    pub fn of(key: &PlainKey) -> Self {
        Self(key.expose().into())
    }

    /// What stands in the key's place where it is not at hand: a person puts the key there.
    #[must_use]
    pub fn placeholder() -> Self {
        Self("YOUR_LATCHKEY_KEY".into())
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    pub(super) fn bearer(&self) -> String {
        format!("Bearer {}", self.expose())
    }
}

impl fmt::Debug for ConnectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConnectKey(withheld)")
    }
}

/// A command, a link or a piece of a file, with the key in it.
#[derive(Clone)]
pub struct Product(SecretString);

impl Product {
    pub(super) fn new(text: String) -> Self {
        Self(text.into())
    }

    /// The text, to be rendered.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Product(withheld)")
    }
}
