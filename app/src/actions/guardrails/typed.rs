//! The guardrail's form as it was posted, and what its buttons do to it: rules are added, removed and moved, and nothing that
//! was typed is lost.

use crate::web::form_pairs;
use domain::guardrail::{MOST_RULES, RawGuardrail, RawRule};
use std::collections::BTreeMap;

/// What was typed into the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// The guardrail.
    pub raw: RawGuardrail,
    /// Whether the sample is an `input` or an `output`.
    pub side: String,
    /// The text that it is tried on.
    pub sample: String,
}

/// The button that was pressed. Rules are numbered from one on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Step {
    /// It is saved.
    Save,
    /// It is tried on the sample.
    #[default]
    Try,
    /// A rule more.
    Add,
    /// A rule less.
    Remove(usize),
    /// A rule goes before the one above it.
    Up(usize),
    /// A rule goes behind the one below it.
    Down(usize),
}

/// What has the focus once the form is drawn anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// What a rule looks for.
    Rule(usize),
    /// The button that moves a rule up.
    Up(usize),
    /// The button that moves a rule down.
    Down(usize),
    /// The button that adds a rule.
    Add,
    /// The button that tries.
    Try,
}

impl Typed {
    /// Reads a form's body, and which of its buttons was pressed.
    pub fn read(body: &str) -> (Self, Step) {
        let (mut typed, mut step) = (Self::default(), Step::default());
        let mut rules: BTreeMap<usize, RawRule> = BTreeMap::new();
        for (name, value) in form_pairs(body) {
            match &*name {
                "name" => typed.raw.name = value,
                "description" => typed.raw.description = value,
                "version" => typed.raw.version = value,
                "max_input" => typed.raw.max_input = value,
                "dry_run" => typed.raw.dry_run = !value.is_empty(),
                "sample_side" => typed.side = value,
                // Browsers send every line's end as two characters.
                "sample" => typed.sample = value.replace("\r\n", "\n"),
                "do" => step = Step::read(&value),
                _ => {
                    let Some((number, field)) = rule_field(&name) else { continue };
                    // One more than it takes: that is said at its place.
                    if rules.len() > MOST_RULES && !rules.contains_key(&number) {
                        continue;
                    }
                    let rule = rules.entry(number).or_default();
                    match field {
                        "find" => rule.find = value,
                        "text" => rule.text = value,
                        "effect" => rule.effect = value,
                        "side" => rule.side = value,
                        "replacement" => rule.replacement = value,
                        _ => {}
                    }
                }
            }
        }
        typed.raw.rules = rules.into_values().collect();
        (typed, step)
    }

    /// Does what a button says, and says where the focus goes.
    pub fn take(&mut self, step: Step) -> Option<Focus> {
        let rules = &mut self.raw.rules;
        match step {
            Step::Save => None,
            Step::Try => Some(Focus::Try),
            Step::Add if rules.len() < MOST_RULES => {
                rules.push(new_rule());
                Some(Focus::Rule(rules.len()))
            }
            Step::Add => Some(Focus::Add),
            Step::Remove(number) => {
                if (1..=rules.len()).contains(&number) {
                    rules.remove(number - 1);
                }
                Some(if rules.is_empty() { Focus::Add } else { Focus::Rule(number.clamp(1, rules.len())) })
            }
            Step::Up(number) | Step::Down(number) if !(1..=rules.len()).contains(&number) => None,
            Step::Up(number) => {
                let to = number.saturating_sub(1).max(1);
                rules.swap(number - 1, to - 1);
                // The first can't go further: its button is off.
                Some(if to == 1 { Focus::Down(to) } else { Focus::Up(to) })
            }
            Step::Down(number) => {
                let to = (number + 1).min(rules.len());
                rules.swap(number - 1, to - 1);
                Some(if to == rules.len() { Focus::Up(to) } else { Focus::Down(to) })
            }
        }
    }
}

impl Step {
    fn read(word: &str) -> Self {
        match word.split_once('.').map(|(word, number)| (word, number.parse().unwrap_or_default())) {
            Some(("remove", number)) => Self::Remove(number),
            Some(("up", number)) => Self::Up(number),
            Some(("down", number)) => Self::Down(number),
            None if word == "save" => Self::Save,
            None if word == "add" => Self::Add,
            _ => Self::Try,
        }
    }
}

/// A rule as a new row of the form has it.
pub fn new_rule() -> RawRule {
    let [find, effect, side] = ["email", "redact", "both"].map(String::from);
    RawRule { find, effect, side, ..RawRule::default() }
}

/// `rules.2.text`: the rule's number and its field.
fn rule_field(name: &str) -> Option<(usize, &str)> {
    let (number, field) = name.strip_prefix("rules.")?.split_once('.')?;
    Some((number.parse().ok()?, field))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(typed: &Typed) -> Vec<&str> {
        typed.raw.rules.iter().map(|rule| rule.text.as_str()).collect()
    }

    fn of(words: &[&str]) -> Typed {
        let rules = words.iter().map(|text| RawRule { text: (*text).into(), ..new_rule() }).collect();
        Typed { raw: RawGuardrail { rules, ..RawGuardrail::default() }, ..Typed::default() }
    }

    #[test]
    fn a_body_is_read() {
        let (typed, step) = Typed::read(
            "name=Personal+data&version=1f&rules.10.find=word&rules.10.text=z%C3%BC&rules.2.find=email&rules.2.effect=deny&dry_run=on\
             &sample_side=output&sample=a%0D%0Ab&do=up.2&rules.x.find=no&rules.3=no&other=1",
        );
        assert_eq!((typed.raw.name.as_str(), typed.raw.dry_run, step), ("Personal data", true, Step::Up(2)));
        assert_eq!((typed.side.as_str(), typed.sample.as_str()), ("output", "a\nb"));
        assert_eq!(typed.raw.version, "1f");
        let found: Vec<_> = typed.raw.rules.iter().map(|rule| (rule.find.as_str(), rule.text.as_str())).collect();
        assert_eq!(found, [("email", ""), ("word", "zü")], "in the order of their numbers, not of their text");
        for (word, step) in [("save", Step::Save), ("add", Step::Add), ("try", Step::Try), ("x", Step::Try)] {
            assert_eq!(Typed::read(&format!("do={word}")).1, step);
        }
        let many: Vec<_> = (1..200).map(|number| format!("rules.{number}.find=email&")).collect();
        assert_eq!(Typed::read(&many.concat()).0.raw.rules.len(), MOST_RULES + 1);
    }

    #[test]
    fn rules_are_added_removed_and_moved() {
        for (step, wanted, focus) in [
            (Step::Up(2), vec!["b", "a", "c"], Some(Focus::Down(1))),
            (Step::Up(3), vec!["a", "c", "b"], Some(Focus::Up(2))),
            (Step::Up(1), vec!["a", "b", "c"], Some(Focus::Down(1))),
            (Step::Down(1), vec!["b", "a", "c"], Some(Focus::Down(2))),
            (Step::Down(3), vec!["a", "b", "c"], Some(Focus::Up(3))),
            (Step::Down(4), vec!["a", "b", "c"], None),
            (Step::Up(0), vec!["a", "b", "c"], None),
            (Step::Remove(1), vec!["b", "c"], Some(Focus::Rule(1))),
            (Step::Remove(3), vec!["a", "b"], Some(Focus::Rule(2))),
            (Step::Remove(9), vec!["a", "b", "c"], Some(Focus::Rule(3))),
            (Step::Add, vec!["a", "b", "c", ""], Some(Focus::Rule(4))),
            (Step::Save, vec!["a", "b", "c"], None),
        ] {
            let mut typed = of(&["a", "b", "c"]);
            assert_eq!(typed.take(step), focus, "{step:?}");
            assert_eq!(words(&typed), wanted, "{step:?}");
        }
        assert_eq!(of(&["a"]).take(Step::Remove(1)), Some(Focus::Add));
        let mut full = of(&vec!["a"; MOST_RULES]);
        assert_eq!((full.take(Step::Add), full.raw.rules.len()), (Some(Focus::Add), MOST_RULES));
    }
}
