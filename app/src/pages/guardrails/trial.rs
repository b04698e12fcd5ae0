//! The box to try a guardrail, saved or not, on a text: what would become of it, and which rules hit.

use super::{edited::Edited, rule::rule_words};
use crate::{
    actions::guardrails::Focus,
    components::{Choices, Notice, TextArea},
};
use domain::{
    field::FieldError,
    guardrail::{Denial, Hit, Piece, RawRule},
};
use leptos::prelude::*;
use server::guardrails::{Outcome, Trial};

/// The panel.
#[component]
pub fn TryPanel(
    /// The form it is part of.
    edited: Edited,
) -> impl IntoView {
    let focused = edited.is_focused(Focus::Try);
    let outcome = edited.trial.clone();
    view! {
        <section class="panel" aria-labelledby="try-title">
            <div class="panel-head">
                <h2 id="try-title">"Try it"</h2>
                <p>"With the rules as they stand above, saved or not. The text is kept nowhere."</p>
            </div>
            <div class="panel-body trial">
                <div class="fields">
                    <TextArea
                        name="sample"
                        label="Text"
                        hint="Type or paste what a prompt or an answer may say."
                        placeholder="Write to ada@example.com"
                        value=edited.typed.sample.clone()
                        flash=edited.flash.clone()
                    />
                    <Choices
                        name="sample_side"
                        legend="The text is"
                        chosen=edited.typed.side.clone()
                        flash=edited.flash
                        choices=vec![
                            ("input", "A prompt", "On its way to the model.".to_owned()),
                            ("output", "An answer", "On its way back.".to_owned()),
                        ]
                    />
                    <div><button class="btn" name="do" value="try" autofocus=focused>"Try it"</button></div>
                </div>
                <div class="trial-outcome" id="trial" role="status" aria-live="polite">
                    <OutcomeView outcome rules=edited.typed.raw.rules />
                </div>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn OutcomeView(outcome: Option<Result<Trial, Vec<FieldError>>>, rules: Vec<RawRule>) -> impl IntoView {
    match outcome {
        None => view! { <p class="muted">"What would become of the text stands here."</p> }.into_any(),
        Some(Err(errors)) => {
            let said = errors.into_iter().map(|error| view! { <p>{error.message}</p> }).collect_view();
            view! { <Notice tone="warning" icon="triangle-alert"><p class="notice-title">"Can't be tried yet"</p>{said}</Notice> }
                .into_any()
        }
        Some(Ok(trial)) => view! { <TrialView trial rules /> }.into_any(),
    }
}

#[component]
fn TrialView(trial: Trial, rules: Vec<RawRule>) -> impl IntoView {
    let (tone, icon, title) = match &trial.outcome {
        Outcome::Passes => ("success", "circle-check", "Passes as it is".to_owned()),
        Outcome::Redacted(_) => ("warning", "scan-text", "Goes on redacted".to_owned()),
        Outcome::Denied(Denial::Rule(place)) => ("danger", "circle-alert", format!("Refused by rule {}", place + 1)),
        Outcome::Denied(Denial::Size) => {
            ("danger", "circle-alert", "Refused: larger than the maximum input".to_owned())
        }
    };
    let dry_run = trial.dry_run.then(|| {
        view! { <p>"It is a dry run: this would only be recorded, and the text goes on as it is."</p> }
    });
    let text = match trial.outcome {
        Outcome::Redacted(pieces) => Some(view! { <Redacted pieces /> }),
        Outcome::Passes | Outcome::Denied(_) => None,
    };
    let hits = trial.hits.iter().map(|hit| view! { <li>{hit_words(*hit, &rules)}</li> }).collect_view();
    view! {
        <Notice tone icon><p class="notice-title">{title}</p>{dry_run}</Notice>
        {text}
        {(!trial.hits.is_empty()).then(|| view! { <ul class="trial-hits" aria-label="Rules that hit">{hits}</ul> })}
    }
    .into_any()
}

/// The text as it goes on, with what rules put there marked.
#[component]
fn Redacted(pieces: Vec<Piece>) -> impl IntoView {
    let pieces = pieces.into_iter().map(|piece| match piece.rule {
        None => view! { <span>{piece.text}</span> }.into_any(),
        Some(place) => view! { <mark title=format!("Rule {}", place + 1)>{piece.text}</mark> }.into_any(),
    });
    view! {
        <div class="code"><pre class="trial-text" tabindex="0" role="region" aria-label="The text as it goes on"><code>{pieces.collect_view()}</code></pre></div>
    }
    .into_any()
}

/// `Rule 2, E-mail addresses: 3 times`.
fn hit_words(hit: Hit, rules: &[RawRule]) -> String {
    let what = rules.get(hit.rule).map(rule_words).filter(|words| !words.is_empty());
    let what = what.map(|words| format!(", {words}")).unwrap_or_default();
    let times = if hit.times == 1 { "once".to_owned() } else { format!("{} times", hit.times) };
    format!("Rule {}{what}: {times}", hit.rule + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_in_words() {
        let rule = RawRule { find: "email".into(), ..RawRule::default() };
        assert_eq!(hit_words(Hit { rule: 0, times: 1 }, std::slice::from_ref(&rule)), "Rule 1, E-mail addresses: once");
        assert_eq!(hit_words(Hit { rule: 1, times: 3 }, &[rule]), "Rule 2: 3 times");
    }
}
