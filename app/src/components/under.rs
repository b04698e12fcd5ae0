//! What is said of policies and guardrails alike: whether they act, and how many keys are under them.

use super::grouped;
use leptos::prelude::*;

/// Whether one acts or only records.
#[component]
pub fn Enforcement(dry_run: bool) -> impl IntoView {
    let (class, word) = if dry_run { ("badge badge-warning", "Dry run") } else { ("badge badge-success", "Enforced") };
    view! { <span class=class>{word}</span> }.into_any()
}

/// How many keys are under one, as a sentence.
pub fn keys_under(count: i64) -> String {
    match count {
        0 => "No key is under it.".into(),
        1 => "1 key is under it.".into(),
        count => format!("{} keys are under it.", grouped(count)),
    }
}
