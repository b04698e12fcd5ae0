//! The name of a model as requests, prices and keys' limits spell it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest name of a model, in bytes.
pub const MODEL_NAME_MOST: usize = 200;

/// A model's name, such as `gpt-4.1-mini`, `ft:gpt-4o-mini-2024-07-18:acme::AbC`, `meta-llama/Llama-3.3-70B-Instruct`,
/// `qwen2.5-7b@q4_k_m` or `@cf/meta/llama-3-8b`: letters, digits and `-._:/@+~`. Upper and lower case differ, as they
/// do at the providers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelName(String);

impl ModelName {
    /// Reads a name, spaces around it left out; the error is a sentence without its subject.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        check(text)?;
        Ok(Self(text.into()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a text is a model's name, or the beginning of one.
pub(super) fn check(text: &str) -> Result<(), &'static str> {
    if text.is_empty() {
        return Err("names no model.");
    }
    if text.len() > MODEL_NAME_MOST {
        return Err("is too long: 200 characters fit.");
    }
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:/@+~".contains(&b)) {
        return Err("has a character that no model's name has. Letters, digits and - . _ : / @ + ~ fit.");
    }
    Ok(())
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<ModelName> for String {
    fn from(name: ModelName) -> Self {
        name.0
    }
}

impl TryFrom<String> for ModelName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        check(&text).map_err(|why| format!("the name {why}"))?;
        Ok(Self(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_field() {
        for good in [
            "gpt-4.1-mini",
            "o3",
            "ft:gpt-4o-mini-2024-07-18:acme::AbC123",
            "meta-llama/Llama-3.3-70B-Instruct-Turbo",
            "hf.co/bartowski/Llama-3.2-1B-Instruct-GGUF:Q4_K_M",
            "anthropic.claude-3-5-sonnet-20241022-v2:0",
            "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0",
            "claude-3-5-haiku@20241022",
            "@cf/meta/llama-3-8b-instruct",
            "deepseek/deepseek-r1:free",
            "~anthropic/claude-sonnet-latest",
        ] {
            assert_eq!(ModelName::parse(&format!(" {good} ")).unwrap().as_str(), good);
        }
    }

    #[test]
    fn what_is_no_name() {
        let long = "a".repeat(MODEL_NAME_MOST);
        assert!(ModelName::parse(&long).is_ok());
        for bad in
            ["", " ", "gpt 4", "gpt-4*", "gpt\n4", "gpt-4\u{202E}", "gpt-é", "a\\b", "a\"b", "a,b", &format!("{long}a")]
        {
            assert!(ModelName::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn is_kept_as_json_and_nothing_else_is_read() {
        let name = ModelName::parse("org/m:1").unwrap();
        assert_eq!(serde_json::to_string(&name).unwrap(), "\"org/m:1\"");
        assert_eq!(serde_json::from_str::<ModelName>("\"org/m:1\"").unwrap(), name);
        for bad in ["\"\"", "\" a\"", "\"a*\"", "3", "null"] {
            assert!(serde_json::from_str::<ModelName>(bad).is_err(), "{bad}");
        }
    }
}
