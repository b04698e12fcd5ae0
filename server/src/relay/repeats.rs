//! Whether an error of a provider repeats the API key that it was asked with, also where it comes with the status of a success or
//! in a stream. Such a one is for nobody. Asked for whole answers and for each event.

use crate::models::HeldProvider;
use memchr::memmem::find;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// A provider's API key, if it takes one.
pub(super) struct ApiKey(Option<SecretString>);

impl ApiKey {
    pub fn of(held: &HeldProvider) -> Self {
        Self(held.api_key().cloned())
    }

    /// Whether something told is an error that repeats the key. An answer may hold it: a model whose key is `test` speaks of tests.
    pub fn is_told_by(&self, told: &[u8]) -> bool {
        self.0.as_ref().is_some_and(|key| find(told, key.expose_secret().as_bytes()).is_some()) && is_error(told)
    }
}

/// Whether it is an error in one of OpenAI's forms, or in none.
fn is_error(told: &[u8]) -> bool {
    serde_json::from_slice(told).map_or(true, |told: Value| {
        told["type"] == "error" || !told["error"].is_null() || !told["response"]["error"].is_null()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_errors_repeat_it() {
        let key = ApiKey(Some("test".into()));
        for told in [
            r#"{"error":{"message":"Wrong key: test"}}"#,
            r#"{"error":"test"}"#,
            r#"{"type":"error","message":"test"}"#,
            r#"{"type":"response.failed","response":{"error":{"message":"test"}}}"#,
            ": a test",
        ] {
            assert!(key.is_told_by(told.as_bytes()), "{told}");
            assert!(!key.is_told_by(told.replace("test", "text").as_bytes()), "{told}");
            assert!(!ApiKey(None).is_told_by(told.as_bytes()), "{told}");
        }
        for told in [
            r#"{"choices":[{"message":{"content":"a test"}}]}"#,
            r#"{"type":"response.completed","response":{"error":null,"output":["a test"]}}"#,
            r#"{"error":null,"output":["a test"]}"#,
            r#"["test"]"#,
        ] {
            assert!(!key.is_told_by(told.as_bytes()), "{told}");
        }
    }
}
