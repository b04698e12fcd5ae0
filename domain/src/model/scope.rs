//! Which models a key may use. Chosen at its creation and on its page; enforced by the decision, and by the list of
//! models.

use super::name::{self, ModelName};
use crate::field::{FieldError, shown};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The most names and patterns that one key may have.
pub const MOST_MODELS: usize = 100;
/// The form's field.
pub(super) const FIELD: &str = "models";

/// A model's name, or with a trailing `*` the beginning of names: `gpt-4.1*` is `gpt-4.1` and `gpt-4.1-mini`. A `*`
/// stands nowhere else; alone it is every name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ModelPattern(String);

impl ModelPattern {
    /// Reads a name or a pattern; the error is a sentence without its subject.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let beginning = text.strip_suffix('*').unwrap_or(text);
        if beginning.contains('*') {
            return Err("has a * before its end. Only a trailing * is a pattern, such as gpt-4.1*.");
        }
        if text != "*" {
            name::check(beginning)?;
        }
        Ok(Self(text.into()))
    }

    /// Whether a model is the one named, or begins like it.
    #[must_use]
    pub fn matches(&self, model: &ModelName) -> bool {
        let beginning = self.0.strip_suffix('*');
        beginning.map_or(model.as_str() == self.0, |beginning| model.as_str().starts_with(beginning))
    }
}

impl fmt::Display for ModelPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<ModelPattern> for String {
    fn from(pattern: ModelPattern) -> Self {
        pattern.0
    }
}

impl TryFrom<String> for ModelPattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).map_err(|why| format!("the model {why}"))
    }
}

/// The models that a key may use, as far as it goes by the key: never one that no upstream of its workspace has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Option<Vec<ModelPattern>>", into = "Option<Vec<ModelPattern>>")]
pub enum ModelScope {
    /// Every one, also those that come later.
    #[default]
    All,
    /// These alone; an empty list is none.
    These(Vec<ModelPattern>),
}

impl ModelScope {
    /// A list without repetitions.
    pub fn these(patterns: impl IntoIterator<Item = ModelPattern>) -> Result<Self, FieldError> {
        let mut list: Vec<ModelPattern> = patterns.into_iter().collect();
        list.sort();
        list.dedup();
        if list.len() > MOST_MODELS {
            let message =
                format!("A key names {MOST_MODELS} models at most. Join some by a trailing *, such as gpt-4.1*.");
            return Err(FieldError::new(FIELD, message));
        }
        Ok(Self::These(list))
    }

    /// A list as a person types it: one name or pattern a line, or several between commas; nothing typed is every
    /// model. An error names the line.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let patterns = entries(text, ModelPattern::parse)?;
        if patterns.is_empty() { Ok(Self::All) } else { Self::these(patterns) }
    }

    /// Whether the key may use that model.
    #[must_use]
    pub fn reaches(&self, model: &ModelName) -> bool {
        match self {
            Self::All => true,
            Self::These(list) => list.iter().any(|pattern| pattern.matches(model)),
        }
    }

    /// The list as [`parse`](Self::parse) reads it, one a line; empty for every model.
    #[must_use]
    pub fn written(&self) -> String {
        match self {
            Self::All => String::new(),
            Self::These(list) => list.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        }
    }
}

/// The entries of a list as a person types it: one a line, or several between commas. An error names the line.
pub(super) fn entries<T>(text: &str, read: impl Fn(&str) -> Result<T, &'static str>) -> Result<Vec<T>, FieldError> {
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        for entry in line.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let refused = |why| FieldError::new(FIELD, format!("Line {}: “{}” {why}", at + 1, shown(entry)));
            found.push(read(entry).map_err(refused)?);
        }
    }
    Ok(found)
}

impl From<Option<Vec<ModelPattern>>> for ModelScope {
    fn from(list: Option<Vec<ModelPattern>>) -> Self {
        list.map_or(Self::All, Self::These)
    }
}

impl From<ModelScope> for Option<Vec<ModelPattern>> {
    fn from(scope: ModelScope) -> Self {
        match scope {
            ModelScope::All => None,
            ModelScope::These(list) => Some(list),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn model(text: &str) -> ModelName {
        ModelName::parse(text).unwrap()
    }

    fn refused(text: &str) -> String {
        let error = ModelScope::parse(text).unwrap_err();
        assert_eq!(error.field, "models");
        error.message
    }

    #[test]
    fn names_and_beginnings() {
        let scope = ModelScope::parse(" gpt-4.1* , o3\r\n\nmeta-llama/*\no3").unwrap();
        for (name, wanted) in [
            ("gpt-4.1", true),
            ("gpt-4.1-mini", true),
            ("gpt-4", false),
            ("GPT-4.1", false),
            ("my-gpt-4.1", false),
            ("o3", true),
            ("o3-mini", false),
            ("meta-llama/Llama-3.3-70B-Instruct", true),
            ("meta-llama", false),
        ] {
            assert_eq!(scope.reaches(&model(name)), wanted, "{name}");
        }
        assert_eq!(scope.written(), "gpt-4.1*\nmeta-llama/*\no3");
    }

    #[test]
    fn all_or_none() {
        let any = model("any");
        assert_eq!(ModelScope::parse(" \n , "), Ok(ModelScope::All));
        assert!(ModelScope::default().reaches(&any) && ModelScope::parse("*").unwrap().reaches(&any));
        assert!(!ModelScope::these([]).unwrap().reaches(&any), "an empty list is not all");
    }

    #[test]
    fn an_error_names_the_line_and_what_would_be_right() {
        assert_eq!(
            refused("o3\n\nok, *-mini"),
            "Line 3: “*-mini” has a * before its end. Only a trailing * is a pattern, such as gpt-4.1*."
        );
        assert_eq!(
            refused("gpt 4\u{202E}"),
            "Line 1: “gpt 4\u{FFFD}” has a character that no model's name has. Letters, digits and - . _ : / @ + ~ fit."
        );
        assert!(refused("a**").starts_with("Line 1: “a**” has a * before"));
        assert!(refused(&"a".repeat(201)).ends_with("200 characters fit."));
        let many = |count: usize| (0..count).map(|n| format!("m{n}")).collect::<Vec<_>>().join(",");
        assert!(ModelScope::parse(&many(MOST_MODELS)).is_ok());
        assert_eq!(
            refused(&many(MOST_MODELS + 1)),
            "A key names 100 models at most. Join some by a trailing *, such as gpt-4.1*."
        );
    }

    #[test]
    fn is_kept_as_json() {
        for (scope, kept) in [
            (ModelScope::All, "null"),
            (ModelScope::parse("o3, gpt*").unwrap(), r#"["gpt*","o3"]"#),
            (ModelScope::These(Vec::new()), "[]"),
        ] {
            assert_eq!(serde_json::to_string(&scope).unwrap(), kept);
            assert_eq!(serde_json::from_str::<ModelScope>(kept).unwrap(), scope);
        }
        for bad in ["\"all\"", r#"["a b"]"#, r#"["*a"]"#, r#"[""]"#] {
            assert!(serde_json::from_str::<ModelScope>(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(patterns in prop::collection::vec("[ab/]{1,3}\\*?", 1..8)) {
            let scope = ModelScope::these(patterns.iter().map(|p| ModelPattern::parse(p).unwrap())).unwrap();
            prop_assert_eq!(ModelScope::parse(&scope.written()), Ok(scope));
        }

        #[test]
        fn a_shorter_list_reaches_no_more(patterns in prop::collection::vec("[ab]{1,2}\\*?", 1..6), name in "[ab]{1,3}") {
            let all: Vec<_> = patterns.iter().map(|p| ModelPattern::parse(p).unwrap()).collect();
            let fewer = ModelScope::these(all[1..].to_vec()).unwrap();
            if fewer.reaches(&model(&name)) {
                prop_assert!(ModelScope::these(all).unwrap().reaches(&model(&name)));
            }
        }
    }
}
