//! How enums and lists of `domain` are kept: by their serde names, so that there is one spelling in the whole program.

use crate::Error;
use serde::{Serialize, de::DeserializeOwned};

/// The word of an enum's case, such as `read_only`.
pub(crate) fn word<T: Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        // A case with data is no word: reading it back says so.
        _ => String::new(),
    }
}

/// The case that a word stands for.
pub(crate) fn case<T: DeserializeOwned>(what: &'static str, word: String) -> Result<T, Error> {
    serde_json::from_value(serde_json::Value::String(word)).map_err(|_| Error::Unreadable(what))
}

/// A structure kept as JSON text.
pub(crate) fn json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// A structure read from JSON text.
pub(crate) fn parse<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|_| Error::Unreadable(what))
}
