//! Firewall policies: ordered rules over the tools that a key may call. The first rule that applies decides, else the
//! policy's default. Read from the policy's form and from the store; asked by the gateway and by the policy's preview.

use super::glob::Glob;
use crate::field::{self, FieldError};
use serde::{Deserialize, Serialize};

/// The most rules of a policy.
pub const MOST_RULES: usize = 200;

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It goes on.
    Allow,
    /// It is blocked.
    Deny,
}

impl Effect {
    /// As forms and the database spell it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }

    /// Reads [`word`](Self::word).
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        [Self::Allow, Self::Deny].into_iter().find(|effect| effect.word() == word)
    }

    /// The default of a policy as its form has it.
    pub fn parse_default(word: &str) -> Result<Self, FieldError> {
        let message = "What no rule names is either allowed or denied: choose allow or deny.";
        Self::of(word.trim()).ok_or_else(|| FieldError::new("default", message))
    }
}

/// One rule: what becomes of calls to the tools that its pattern names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// What becomes of the call.
    pub effect: Effect,
    /// Of which tools.
    pub tools: Glob,
}

/// Rules in their order, and what becomes of tools that none of them names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// The rules; the first that applies decides.
    pub rules: Vec<Rule>,
    /// What becomes of everything else.
    pub default: Effect,
}

/// A policy as it stands before a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Firewall {
    /// Its rules.
    pub policy: Policy,
    /// It blocks nothing, and only records what it would have blocked.
    pub dry_run: bool,
}

/// What a firewall says to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It goes on.
    Passes,
    /// It goes on, and is recorded as one that would have been blocked.
    WouldBlock,
    /// It is blocked.
    Blocks,
}

impl Policy {
    /// Rules as a person types them, one a line: `allow github/get_*` or `deny */delete_*`. An error names the line.
    pub fn parse_rules(text: &str) -> Result<Vec<Rule>, FieldError> {
        let refused = |message: String| FieldError::new("rules", message);
        let mut rules = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() {
                continue;
            }
            rules.push(rule(line).map_err(|why| refused(format!("Line {}: {why}", at + 1)))?);
            if rules.len() > MOST_RULES {
                return Err(refused(format!("A policy takes {MOST_RULES} rules at most. Join some by patterns.")));
            }
        }
        Ok(rules)
    }

    /// The rules as [`parse_rules`](Self::parse_rules) reads them.
    #[must_use]
    pub fn written(&self) -> String {
        let lines = self.rules.iter().map(|rule| format!("{} {}", rule.effect.word(), rule.tools));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// What becomes of a call, and the place of the rule that decided it; `None` where it was the default.
    #[must_use]
    pub fn decide(&self, server: &str, tool: &str) -> (Effect, Option<usize>) {
        let found = self.rules.iter().position(|rule| rule.tools.matches(server, tool));
        (found.map_or(self.default, |at| self.rules[at].effect), found)
    }
}

impl Firewall {
    /// What it says to a call.
    #[must_use]
    pub fn judge(&self, server: &str, tool: &str) -> Outcome {
        match (self.policy.decide(server, tool).0, self.dry_run) {
            (Effect::Allow, _) => Outcome::Passes,
            (Effect::Deny, true) => Outcome::WouldBlock,
            (Effect::Deny, false) => Outcome::Blocks,
        }
    }
}

/// What people call a policy.
pub fn policy_name(text: &str) -> Result<String, FieldError> {
    field::line("name", "Name", text, 80)
}

fn rule(line: &str) -> Result<Rule, String> {
    let shown = field::shown(line);
    let (word, pattern) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let Some(effect) = Effect::of(word) else {
        return Err(format!("“{shown}” begins with neither allow nor deny."));
    };
    let tools = Glob::parse(pattern).map_err(|why| format!("“{shown}” {why}"))?;
    Ok(Rule { effect, tools })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn policy(rules: &str, default: Effect) -> Policy {
        Policy { rules: Policy::parse_rules(rules).unwrap(), default }
    }

    #[test]
    fn the_first_rule_that_applies_decides() {
        let rules = "allow github/get_*\ndeny github/*\n\n  deny   */delete_*  ";
        let policy = policy(rules, Effect::Allow);
        for (server, tool, wanted) in [
            ("github", "get_issue", (Effect::Allow, Some(0))),
            ("github", "create_issue", (Effect::Deny, Some(1))),
            ("files", "delete_all", (Effect::Deny, Some(2))),
            ("files", "read", (Effect::Allow, None)),
        ] {
            assert_eq!(policy.decide(server, tool), wanted, "{server}/{tool}");
        }
        assert_eq!(policy.written(), "allow github/get_*\ndeny github/*\ndeny */delete_*");
    }

    #[test]
    fn a_dry_run_blocks_nothing() {
        let policy = policy("allow a/*", Effect::Deny);
        let judge = |dry_run, server| Firewall { policy: policy.clone(), dry_run }.judge(server, "t");
        assert_eq!([judge(false, "a"), judge(false, "b")], [Outcome::Passes, Outcome::Blocks]);
        assert_eq!([judge(true, "a"), judge(true, "b")], [Outcome::Passes, Outcome::WouldBlock]);
    }

    #[test]
    fn a_wrong_rule_is_named_by_its_line() {
        for (rules, wanted) in [
            ("allow a/*\nblock b/*", "Line 2: “block b/*” begins with neither allow nor deny."),
            ("allow", "Line 1: “allow” has no slash between server and tool, such as github/get_*."),
            ("Deny a/*", "Line 1: “Deny a/*” begins with neither allow nor deny."),
            (
                "deny a/\u{202E}",
                "Line 1: “deny a/\u{FFFD}” names a tool, or * for every one, without spaces, such as github/*.",
            ),
        ] {
            let error = Policy::parse_rules(rules).unwrap_err();
            assert_eq!((error.field.as_str(), error.message.as_str()), ("rules", wanted));
        }
        assert!(Policy::parse_rules(&"allow a/*\n".repeat(MOST_RULES)).is_ok());
        assert!(Policy::parse_rules(&"allow a/*\n".repeat(MOST_RULES + 1)).unwrap_err().message.contains("200 rules"));
        assert_eq!(Effect::parse_default("").unwrap_err().field, "default");
    }

    #[test]
    fn is_kept_as_json_and_nothing_else_is_read() {
        let kept = serde_json::to_value(policy("deny a/b", Effect::Allow)).unwrap();
        assert_eq!(kept, serde_json::json!({"rules": [{"effect": "deny", "tools": "a/b"}], "default": "allow"}));
        for bad in [r#"{"rules":[]}"#, r#"{"rules":[{"effect":"deny","tools":"a"}],"default":"deny"}"#] {
            assert!(serde_json::from_str::<Policy>(bad).is_err(), "{bad}");
        }
    }

    prop_compose! {
        fn rules()(rules in prop::collection::vec((any::<bool>(), "[ab*]/[ab*?]{1,3}"), 0..6)) -> Vec<Rule> {
            let effect = |allow| if allow { Effect::Allow } else { Effect::Deny };
            rules.into_iter().map(|(allow, glob)| Rule { effect: effect(allow), tools: Glob::parse(&glob).unwrap() }).collect()
        }
    }

    proptest! {
        #[test]
        fn rules_behind_the_deciding_one_do_not_matter(rules in rules(), more in rules(), allow: bool, s in "[ab]", t in "[ab]{1,3}") {
            let default = if allow { Effect::Allow } else { Effect::Deny };
            let before = Policy { rules: rules.clone(), default };
            if let (effect, Some(at)) = before.decide(&s, &t) {
                let after = Policy { rules: rules.into_iter().chain(more).collect(), default };
                prop_assert_eq!(after.decide(&s, &t), (effect, Some(at)));
            }
        }

        #[test]
        fn with_deny_by_default_only_what_an_allowing_rule_names_passes(rules in rules(), s in "[ab]", t in "[ab]{1,3}") {
            let policy = Policy { rules, default: Effect::Deny };
            if policy.decide(&s, &t).0 == Effect::Allow {
                prop_assert!(policy.rules.iter().any(|rule| rule.effect == Effect::Allow && rule.tools.matches(&s, &t)));
            }
        }

        #[test]
        fn narrowing_never_opens(rules in rules(), allow: bool, at in 0_usize..7, glob in "[ab*]/[ab*]{1,2}", s in "[ab]", t in "[ab]{1,3}") {
            let policy = Policy { rules, default: if allow { Effect::Allow } else { Effect::Deny } };
            if policy.decide(&s, &t).0 == Effect::Allow {
                return Ok(());
            }
            let mut narrower = vec![Policy { default: Effect::Deny, ..policy.clone() }];
            let mut one_more = policy.clone();
            one_more.rules.insert(at.min(policy.rules.len()), Rule { effect: Effect::Deny, tools: Glob::parse(&glob).unwrap() });
            narrower.push(one_more);
            for at in 0..policy.rules.len() {
                let mut turned = policy.clone();
                turned.rules[at].effect = Effect::Deny;
                narrower.push(turned);
            }
            for narrow in narrower {
                prop_assert_eq!(narrow.decide(&s, &t).0, Effect::Deny);
            }
        }

        #[test]
        fn what_is_written_is_read_back(rules in rules()) {
            let policy = Policy { rules, default: Effect::Deny };
            prop_assert_eq!(Policy::parse_rules(&policy.written()).unwrap(), policy.rules);
        }
    }
}
