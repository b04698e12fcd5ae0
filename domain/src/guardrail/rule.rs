//! One rule of a guardrail: what it looks for, where, and what becomes of what it finds. Read from the guardrail's form and
//! from the store.

use super::{
    detect::{self, Detector},
    finder::Finder,
};
use crate::field::{self, FieldError};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The longest own pattern, in characters.
pub const PATTERN_MOST: usize = 500;
/// The longest denied word or phrase, in characters.
pub const WORD_MOST: usize = 100;
/// The longest replacement, in characters.
pub const REPLACEMENT_MOST: usize = 80;
/// What stands in place of what an own pattern or a word found, unless the rule says otherwise.
pub const REMOVED: &str = "[removed]";

/// What a rule looks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Find {
    /// What a built-in detector finds.
    Detector(Detector),
    /// What a regular expression of the `regex` crate matches: linear in time, without look-around and back-references.
    Pattern(String),
    /// A word or a phrase, in upper or lower case, on word borders.
    Word(String),
}

/// What becomes of a text in which something was found.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The request is refused, or its answer cut.
    Deny,
    /// This stands in its place.
    Redact(String),
}

/// Where a text goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// To the model: prompts, messages, tool results.
    Input,
    /// From the model: answers, tool calls.
    Output,
}

/// Where a rule applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sides {
    /// To what goes to the model.
    Input,
    /// To what comes from it.
    Output,
    /// To both.
    Both,
}

/// What it looks for, what it does, where.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rule {
    /// What it looks for.
    pub find: Find,
    /// What becomes of a text in which it finds something.
    pub effect: Effect,
    /// Where it applies.
    pub side: Sides,
}

/// A rule as a form sent it: text, nothing checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RawRule {
    /// A detector's [`word`](Detector::word), or `pattern`, or `word`.
    pub find: String,
    /// The pattern or the word; nothing for a detector.
    pub text: String,
    /// `deny` or `redact`.
    pub effect: String,
    /// `input`, `output` or `both`.
    pub side: String,
    /// What stands in place of what is redacted; empty for the usual one.
    pub replacement: String,
}

impl Sides {
    /// Every one, in the order of the form.
    pub const ALL: [Self; 3] = [Self::Both, Self::Input, Self::Output];

    /// As forms and the database spell it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
            Self::Both => "both",
        }
    }

    /// Whether a text on that side is looked at.
    #[must_use]
    pub fn covers(self, side: Side) -> bool {
        match self {
            Self::Input => side == Side::Input,
            Self::Output => side == Side::Output,
            Self::Both => true,
        }
    }
}

impl Find {
    /// The field of a form that holds it.
    fn field(&self) -> &'static str {
        match self {
            Self::Detector(_) => "find",
            Self::Pattern(_) | Self::Word(_) => "text",
        }
    }

    /// What stands in place of what it found, unless the rule says otherwise.
    #[must_use]
    pub fn usual_replacement(&self) -> &'static str {
        match self {
            Self::Detector(detector) => detector.replacement(),
            Self::Pattern(_) | Self::Word(_) => REMOVED,
        }
    }

    /// Its eye, and so whether it can be looked for at all. An error is without the rule's number.
    pub(super) fn finder(&self) -> Result<Arc<Finder>, FieldError> {
        let made = match self {
            Self::Detector(detector) => detector.finder().ok_or_else(|| "is not ready.".into()),
            Self::Pattern(pattern) => Finder::new(pattern).map(Arc::new),
            Self::Word(word) => detect::word(word).map(Arc::new),
        };
        let what = match self {
            Self::Detector(_) => "The detector",
            Self::Pattern(_) => "The pattern",
            Self::Word(_) => "The word",
        };
        made.map_err(|why| FieldError::new(self.field(), format!("{what} {why}")))
    }

    /// What can be said without making the finder.
    fn fits(&self) -> Result<(), FieldError> {
        let (label, text, most) = match self {
            Self::Detector(_) => return Ok(()),
            Self::Pattern(pattern) => ("Pattern", pattern, PATTERN_MOST),
            Self::Word(word) => ("Word", word, WORD_MOST),
        };
        field::line("text", label, text, most).map(drop)
    }
}

impl Rule {
    /// Checks one rule of a form, its pattern included, and says how many bytes the guardrail takes for it: none for a detector,
    /// which all guardrails share. An error is without the rule's number.
    pub(super) fn check(raw: &RawRule) -> Result<(Self, usize), FieldError> {
        let rule = Self::read(raw)?;
        rule.fits()?;
        let finder = rule.find.finder()?;
        let bytes = if matches!(rule.find, Find::Detector(_)) { 0 } else { finder.bytes() };
        Ok((rule, bytes))
    }

    fn read(raw: &RawRule) -> Result<Self, FieldError> {
        let text = raw.text.trim().to_owned();
        let find = match raw.find.trim() {
            "pattern" => Find::Pattern(text),
            "word" => Find::Word(text),
            word => Find::Detector(Detector::of(word).ok_or_else(|| {
                FieldError::new(
                    "find",
                    "A rule looks for what a detector finds, for a pattern or for a word: choose one.",
                )
            })?),
        };
        let replacement = raw.replacement.trim();
        let effect = match raw.effect.trim() {
            "deny" => Effect::Deny,
            "redact" if replacement.is_empty() => Effect::Redact(find.usual_replacement().into()),
            "redact" => Effect::Redact(replacement.into()),
            _ => return Err(FieldError::new("effect", "A rule either denies or redacts: choose deny or redact.")),
        };
        let side = Sides::ALL.into_iter().find(|side| side.word() == raw.side.trim());
        let message = "A rule applies to the input, the output or both: choose one.";
        let side = side.ok_or_else(|| FieldError::new("side", message))?;
        Ok(Self { find, effect, side })
    }

    /// The limits of its texts. Its pattern is not compiled for this, so that reading a list of guardrails stays quick.
    pub(super) fn fits(&self) -> Result<(), FieldError> {
        self.find.fits()?;
        match &self.effect {
            Effect::Deny => Ok(()),
            Effect::Redact(text) => field::text("replacement", "Replacement", text, REPLACEMENT_MOST).map(drop),
        }
    }

    /// The rule as a form shows it: what [`check`](super::RawGuardrail::check) reads.
    #[must_use]
    pub fn raw(&self) -> RawRule {
        let (find, text) = match &self.find {
            Find::Detector(detector) => (detector.word(), ""),
            Find::Pattern(pattern) => ("pattern", pattern.as_str()),
            Find::Word(word) => ("word", word.as_str()),
        };
        let (effect, replacement) = match &self.effect {
            Effect::Deny => ("deny", ""),
            Effect::Redact(text) => ("redact", text.as_str()),
        };
        let [find, text, effect, replacement] = [find, text, effect, replacement].map(String::from);
        RawRule { find, text, effect, side: self.side.word().into(), replacement }
    }
}
