//! One rule's row in the guardrail's form: what it looks for, what becomes of it, where; and the buttons that move and remove it.

use super::edited::Edited;
use crate::{
    actions::guardrails::Focus,
    components::{ErrorText, Icon, Select, TextField, error_of},
};
use domain::guardrail::{Detector, RawRule, Sides};
use leptos::prelude::*;

/// What a rule looks for, in words.
pub fn rule_words(rule: &RawRule) -> String {
    match (rule.find.as_str(), rule.text.trim()) {
        ("pattern", text) => format!("pattern {text}"),
        ("word", text) => format!("“{text}”"),
        (word, _) => Detector::of(word).map_or_else(String::new, |detector| detector.label().to_owned()),
    }
}

/// The row of the rule of that number, from one on.
#[component]
pub fn RuleRow(edited: Edited, number: usize) -> impl IntoView {
    let Some(rule) = edited.typed.raw.rules.get(number - 1).cloned() else { return ().into_any() };
    let last = edited.typed.raw.rules.len();
    let of = |field: &str| format!("rules.{number}.{field}");
    let choice = |field: &'static str, title: &'static str, options: Vec<(String, String)>, chosen: String| {
        let name = of(field);
        let error = error_of(&edited.flash, &name);
        let focused = edited.is_first_wrong(&name) || field == "find" && edited.is_focused(Focus::Rule(number));
        view! {
            <div class="field">
                <p class="field-label" aria-hidden="true">{title}</p>
                <Select
                    name=name.clone()
                    label=format!("{title}, rule {number}")
                    options
                    chosen
                    focused
                    wrong=error.is_some()
                />
                <ErrorText name error />
            </div>
        }
    };
    view! {
        <li class="rule">
            <fieldset class="group">
                <legend>{format!("Rule {number}")}</legend>
                <div class="rule-fields">
                    {choice("find", "Looks for", finds(), rule.find)}
                    <div class="rule-text">
                        <TextField
                            name=of("text")
                            label="Pattern or phrase"
                            value=rule.text
                            focused=edited.is_first_wrong(&of("text"))
                            flash=edited.flash.clone()
                        />
                    </div>
                    {choice("effect", "Then", effects(), rule.effect)}
                    <div class="rule-replacement">
                        <TextField
                            name=of("replacement")
                            label="Put in its place"
                            optional=true
                            most=80
                            placeholder="The usual mark"
                            value=rule.replacement
                            focused=edited.is_first_wrong(&of("replacement"))
                            flash=edited.flash.clone()
                        />
                    </div>
                    {choice("side", "In", sides(), rule.side)}
                </div>
            </fieldset>
            <div class="rule-actions">
                <Move word="up" icon="arrow-up" number off=number == 1 focused=edited.is_focused(Focus::Up(number)) />
                <Move word="down" icon="arrow-down" number off=number == last focused=edited.is_focused(Focus::Down(number)) />
                <button class="btn-icon" name="do" value=format!("remove.{number}") aria-label=format!("Remove rule {number}") title="Remove">
                    <Icon name="trash-2" />
                </button>
            </div>
        </li>
    }
    .into_any()
}

#[component]
fn Move(word: &'static str, icon: &'static str, number: usize, off: bool, focused: bool) -> impl IntoView {
    let label = format!("Move rule {number} {word}");
    view! {
        <button
            class="btn-icon"
            name="do"
            value=format!("{word}.{number}")
            aria-label=label.clone()
            title=label
            disabled=off
            autofocus=focused
        >
            <Icon name=icon />
        </button>
    }
    .into_any()
}

fn finds() -> Vec<(String, String)> {
    let built_in = Detector::ALL.map(|detector| (detector.word().to_owned(), detector.label().to_owned()));
    let own = [("pattern", "Own pattern"), ("word", "Word or phrase")];
    built_in.into_iter().chain(own.map(|(word, label)| (word.to_owned(), label.to_owned()))).collect()
}

fn effects() -> Vec<(String, String)> {
    [("redact", "Redact it"), ("deny", "Refuse the request")].map(|(word, label)| (word.into(), label.into())).to_vec()
}

fn sides() -> Vec<(String, String)> {
    let label = |side| match side {
        Sides::Both => "Prompts and answers",
        Sides::Input => "Prompts",
        Sides::Output => "Answers",
    };
    Sides::ALL.map(|side| (side.word().to_owned(), label(side).to_owned())).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_rule_looks_for() {
        let of = |find: &str, text: &str| {
            rule_words(&RawRule { find: find.into(), text: text.into(), ..RawRule::default() })
        };
        assert_eq!(of("email", "left over"), "E-mail addresses");
        assert_eq!(of("pattern", " a+ "), "pattern a+");
        assert_eq!(of("word", "project x"), "“project x”");
        assert_eq!(of("", ""), "");
    }
}
