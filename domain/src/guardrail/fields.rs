//! What a person may set on a guardrail: name, description, its rules, the size of an input, dry run. The guardrail's form goes
//! through here; what is kept is read through here too.

use super::rule::{RawRule, Rule};
use crate::field::{self, FieldError, Fields};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// The most rules of a guardrail.
pub const MOST_RULES: usize = 50;
/// What the patterns and words of a guardrail may take together, made ready, in bytes: 12 MiB. A guardrail is held in memory.
const READY_MOST: usize = 12 << 20;
/// The largest maximum of an input, in bytes: 64 MiB.
pub const INPUT_MOST: u32 = 64 << 20;

/// What stands before a key's model traffic: what is kept as JSON beside a name and a description, and what
/// [`Compiled::new`](super::Compiled::new) makes ready.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Kept")]
pub struct Guardrail {
    /// The rules, in the order in which they are applied.
    pub rules: Vec<Rule>,
    /// The largest input of a request, in bytes; `None` for no limit of its own.
    pub max_input: Option<NonZeroU32>,
    /// It changes nothing, and only records what it would have done.
    pub dry_run: bool,
}

/// A guardrail as its form was sent: text, nothing checked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RawGuardrail {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The largest input in bytes; empty for none.
    pub max_input: String,
    /// Whether it only records.
    pub dry_run: bool,
    /// The rules in their order.
    pub rules: Vec<RawRule>,
    /// The version that the form was filled with; empty for none.
    pub version: String,
}

/// A guardrail that may be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGuardrail {
    /// Its name, trimmed.
    pub name: String,
    /// What it is for, possibly empty.
    pub description: String,
    /// What it does.
    pub guardrail: Guardrail,
}

impl RawGuardrail {
    /// Checks every field and gathers the errors of all. A rule's error names the rule by its number from one on: the field is
    /// `rules.2.text`, and the message begins with `Rule 2:`.
    pub fn check(&self) -> Result<NewGuardrail, Vec<FieldError>> {
        let mut fields = Fields::default();
        let name = fields.take(name(&self.name));
        let description = fields.take(description(&self.description));
        let max_input = fields.take(max_input(&self.max_input));
        let few = fields.take(few_enough(self.rules.len()));
        let rules = few.and_then(|()| {
            // Every rule is looked at, so that a person sees all the errors at once.
            let each = self.rules.iter().enumerate();
            let mut taken = 0;
            let mut check = |raw: &RawRule| match Rule::check(raw)? {
                (_, bytes) if taken + bytes > READY_MOST => Err(too_much()),
                (rule, bytes) => {
                    taken += bytes;
                    Ok(rule)
                }
            };
            let read: Vec<_> = each.map(|(at, raw)| fields.take(check(raw).map_err(|e| numbered(at, &e)))).collect();
            read.into_iter().collect::<Option<Vec<_>>>()
        });
        let dry_run = self.dry_run;
        let checked = (|| {
            let guardrail = Guardrail { rules: rules?, max_input: max_input?, dry_run };
            Some(NewGuardrail { name: name?, description: description?, guardrail })
        })();
        fields.finish(checked)
    }
}

/// What people call a guardrail.
pub fn name(text: &str) -> Result<String, FieldError> {
    field::line("name", "Name", text, 80)
}

/// What it is for.
pub fn description(text: &str) -> Result<String, FieldError> {
    field::text("description", "Description", text, 500)
}

/// The largest input as a form has it: bytes; empty for none.
pub fn max_input(text: &str) -> Result<Option<NonZeroU32>, FieldError> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let read = text.parse().ok().filter(|bytes: &NonZeroU32| bytes.get() <= INPUT_MOST);
    let message = "Maximum input takes a whole number of bytes, 1 to 67,108,864 (64 MiB), or nothing for none.";
    read.map(Some).ok_or_else(|| FieldError::new("max_input", message))
}

/// The error of the rule at that place.
pub(super) fn numbered(at: usize, error: &FieldError) -> FieldError {
    let number = at + 1;
    FieldError {
        field: format!("rules.{number}.{}", error.field),
        message: format!("Rule {number}: {}", error.message),
    }
}

fn few_enough(rules: usize) -> Result<(), FieldError> {
    let message = || format!("A guardrail takes {MOST_RULES} rules at most. Join some by a pattern.");
    if rules > MOST_RULES { Err(FieldError::new("rules", message())) } else { Ok(()) }
}

fn too_much() -> FieldError {
    let message = format!(
        "The patterns and words up to this one take more than {} MiB of memory together. Leave some out, or make them \
         shorter: large counts such as {{1,200}} take most, and \\w, which asks for the letters of every script.",
        READY_MOST >> 20
    );
    FieldError::new("text", message)
}

/// As it is kept, before its limits are looked at.
#[derive(Deserialize)]
struct Kept {
    rules: Vec<Rule>,
    max_input: Option<NonZeroU32>,
    dry_run: bool,
}

impl TryFrom<Kept> for Guardrail {
    type Error = String;

    fn try_from(kept: Kept) -> Result<Self, String> {
        few_enough(kept.rules.len()).map_err(|error| error.message)?;
        for (at, rule) in kept.rules.iter().enumerate() {
            rule.fits().map_err(|error| numbered(at, &error).message)?;
        }
        if kept.max_input.is_some_and(|bytes| bytes.get() > INPUT_MOST) {
            return Err(format!("the maximum input is above {INPUT_MOST} bytes"));
        }
        Ok(Self { rules: kept.rules, max_input: kept.max_input, dry_run: kept.dry_run })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Detector, Effect, Find, Sides};
    use super::*;

    fn raw(find: &str, text: &str, effect: &str, side: &str, replacement: &str) -> RawRule {
        let [find, text, effect, side, replacement] = [find, text, effect, side, replacement].map(String::from);
        RawRule { find, text, effect, side, replacement }
    }

    fn form(rules: Vec<RawRule>) -> RawGuardrail {
        RawGuardrail { name: " Personal data ".into(), rules, ..RawGuardrail::default() }
    }

    fn errors(raw: &RawGuardrail) -> Vec<(String, String)> {
        raw.check().unwrap_err().into_iter().map(|error| (error.field, error.message)).collect()
    }

    #[test]
    fn a_form_is_read() {
        let rules = vec![
            raw("email", "", "redact", "both", ""),
            raw("pattern", r" PROJ-\d+ ", "redact", "output", " [ticket] "),
            raw("word", "project x", "deny", "input", ""),
        ];
        let read = RawGuardrail { max_input: " 100000 ".into(), dry_run: true, ..form(rules) }.check().unwrap();
        assert_eq!((read.name.as_str(), read.description.as_str()), ("Personal data", ""));
        let guardrail = read.guardrail;
        assert_eq!((guardrail.max_input.map(NonZeroU32::get), guardrail.dry_run), (Some(100_000), true));
        let rule = |find, effect, side| Rule { find, effect, side };
        let wanted = [
            rule(Find::Detector(Detector::Email), Effect::Redact("[e-mail]".into()), Sides::Both),
            rule(Find::Pattern(r"PROJ-\d+".into()), Effect::Redact("[ticket]".into()), Sides::Output),
            rule(Find::Word("project x".into()), Effect::Deny, Sides::Input),
        ];
        assert_eq!(guardrail.rules, wanted);
        let again = form(guardrail.rules.iter().map(Rule::raw).collect()).check().unwrap();
        assert_eq!(again.guardrail.rules, guardrail.rules);
    }

    #[test]
    fn an_error_names_its_rule_and_its_field() {
        let good = || raw("email", "", "deny", "both", "");
        for (wrong, field, message) in [
            (raw("emails", "", "deny", "both", ""), "rules.2.find", "Rule 2: A rule looks for"),
            (raw("", "", "deny", "both", ""), "rules.2.find", "Rule 2: A rule looks for"),
            (raw("email", "", "block", "both", ""), "rules.2.effect", "Rule 2: A rule either denies or redacts"),
            (raw("email", "", "deny", "", ""), "rules.2.side", "Rule 2: A rule applies to"),
            (raw("pattern", "  ", "deny", "both", ""), "rules.2.text", "Rule 2: Pattern is required."),
            (raw("word", "", "deny", "both", ""), "rules.2.text", "Rule 2: Word is required."),
            (raw("word", "a\u{202E}", "deny", "both", ""), "rules.2.text", "Rule 2: Word has a control"),
            (
                raw("pattern", "(a", "deny", "both", ""),
                "rules.2.text",
                "Rule 2: The pattern is no regular expression: unclosed group.",
            ),
            (
                raw("pattern", "(?=a)b", "deny", "both", ""),
                "rules.2.text",
                "Rule 2: The pattern is no regular expression: look-around",
            ),
            (raw("pattern", "a*", "deny", "both", ""), "rules.2.text", "Rule 2: The pattern matches the empty text"),
            (raw("pattern", r"\b", "deny", "both", ""), "rules.2.text", "Rule 2: The pattern matches the empty text"),
            (raw("pattern", r"[^\s\S]", "deny", "both", ""), "rules.2.text", "Rule 2: The pattern can never match."),
            (
                raw("pattern", r"(\w{1000}){1000}", "deny", "both", ""),
                "rules.2.text",
                "Rule 2: The pattern is too large",
            ),
            (
                raw("pattern", &"a".repeat(501), "deny", "both", ""),
                "rules.2.text",
                "Rule 2: Pattern has 501 characters",
            ),
            (raw("pattern", &"(".repeat(200), "deny", "both", ""), "rules.2.text", "Rule 2: The pattern is no"),
            (raw("word", &"a".repeat(101), "deny", "both", ""), "rules.2.text", "Rule 2: Word has 101 characters"),
            (raw("email", "", "redact", "both", &"a".repeat(81)), "rules.2.replacement", "Rule 2: Replacement has 81"),
            (
                raw("email", "", "redact", "both", "\u{202E}"),
                "rules.2.replacement",
                "Rule 2: Replacement has a control",
            ),
        ] {
            let found = errors(&form(vec![good(), wrong]));
            assert_eq!(found.len(), 1, "{found:?}");
            assert_eq!(found[0].0, field);
            assert!(found[0].1.starts_with(message), "{}", found[0].1);
        }
    }

    #[test]
    fn every_error_is_told_at_once() {
        let wrong = raw("word", "", "deny", "both", "");
        let raw = RawGuardrail { name: String::new(), max_input: "0".into(), ..form(vec![wrong.clone(), wrong]) };
        let fields: Vec<_> = errors(&raw).into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["name", "max_input", "rules.1.text", "rules.2.text"]);
    }

    #[test]
    fn limits() {
        let many = |count| form(vec![raw("email", "", "deny", "both", ""); count]);
        assert!(many(MOST_RULES).check().is_ok());
        assert_eq!(
            errors(&many(MOST_RULES + 1)),
            [("rules".into(), "A guardrail takes 50 rules at most. Join some by a pattern.".into())]
        );
        for bad in ["0", "-1", "1.5", "67108865", "many", "99999999999"] {
            assert_eq!(max_input(bad).unwrap_err().field, "max_input", "{bad}");
        }
        assert_eq!(max_input("67108864").unwrap().map(NonZeroU32::get), Some(INPUT_MOST));
        assert_eq!(max_input(" "), Ok(None));
    }

    #[test]
    fn is_kept_as_json_and_nothing_else_is_read() {
        let rules = vec![raw("email", "", "redact", "both", ""), raw("word", "x", "deny", "input", "")];
        let guardrail = form(rules).check().unwrap().guardrail;
        let kept = serde_json::to_value(&guardrail).unwrap();
        let wanted = serde_json::json!({
            "rules": [
                {"find": {"detector": "email"}, "effect": {"redact": "[e-mail]"}, "side": "both"},
                {"find": {"word": "x"}, "effect": "deny", "side": "input"},
            ],
            "max_input": null,
            "dry_run": false,
        });
        assert_eq!(kept, wanted);
        assert_eq!(serde_json::from_value::<Guardrail>(kept).unwrap(), guardrail);
        let rule = r#"{"find":{"word":""},"effect":"deny","side":"input"}"#;
        let many = vec![r#"{"find":{"detector":"email"},"effect":"deny","side":"input"}"#; MOST_RULES + 1].join(",");
        for bad in [
            "{}".to_owned(),
            r#"{"rules":[],"max_input":0,"dry_run":false}"#.to_owned(),
            r#"{"rules":[],"max_input":67108865,"dry_run":false}"#.to_owned(),
            format!(r#"{{"rules":[{rule}],"max_input":null,"dry_run":false}}"#),
            format!(r#"{{"rules":[{many}],"max_input":null,"dry_run":false}}"#),
            r#"{"rules":[{"find":{"detector":"x"},"effect":"deny","side":"input"}],"max_input":null,"dry_run":false}"#
                .to_owned(),
        ] {
            assert!(serde_json::from_str::<Guardrail>(&bad).is_err(), "{bad}");
        }
    }
}
