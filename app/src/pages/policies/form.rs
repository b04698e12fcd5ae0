//! A policy's form: its rules, in their order, what becomes of everything else, and whether it blocks or only records.

use crate::components::{CheckBox, Choices, FormNotice, Post, TextArea, TextField};
use domain::mcp::{Effect, Firewall, MOST_RULES, Policy};
use leptos::prelude::*;
use server::{flash::Flash, policies::PolicyView};

/// What a form shows: what was typed last, else what is saved, else an empty one.
#[derive(Clone)]
pub struct Shown {
    /// The policy's id; empty for a new one.
    pub id: String,
    name: String,
    /// The rules as they are written.
    pub rules: String,
    /// What becomes of everything else.
    pub default: String,
    dry_run: bool,
    version: String,
}

impl Shown {
    /// Of a saved policy, or of a new one, with what was typed.
    pub fn of(policy: Option<&PolicyView>, flash: &Flash) -> Self {
        let new = Firewall { policy: Policy { rules: Vec::new(), default: Effect::Allow }, dry_run: false };
        let saved = policy.map_or(&new, |policy| &policy.firewall);
        let typed = |name: &str| flash.typed.get(name).cloned();
        Self {
            id: policy.map(|policy| policy.id.to_string()).unwrap_or_default(),
            name: policy.map(|policy| policy.name.clone()).unwrap_or_default(),
            rules: typed("rules").unwrap_or_else(|| saved.policy.written()),
            default: typed("default").unwrap_or_else(|| saved.policy.default.word().into()),
            // A box that is not ticked is not sent.
            dry_run: if typed("sent").is_some() {
                typed("dry_run").is_some_and(|typed| !typed.is_empty())
            } else {
                saved.dry_run
            },
            // A refused or tried form keeps the version that it was filled with.
            version: typed("version")
                .unwrap_or_else(|| policy.map(|policy| policy.version.clone()).unwrap_or_default()),
        }
    }
}

/// The form.
#[component]
pub fn PolicyForm(
    /// The workspace's slug.
    workspace: String,
    /// What it shows.
    shown: Shown,
    /// The refused form.
    flash: Flash,
) -> impl IntoView {
    let word = if shown.id.is_empty() { "Add policy" } else { "Save policy" };
    let hidden = vec![("workspace", workspace), ("policy", shown.id), ("version", shown.version)];
    view! {
        <section class="panel" aria-label="Policy">
            <Post action="/console/save_policy" hidden>
                <div class="panel-body">
                    <FormNotice flash=flash.clone() />
                    <TextField name="name" label="Name" most=80 placeholder="Look, don't touch" value=shown.name flash=flash.clone() />
                    <TextArea
                        name="rules"
                        label="Rules"
                        hint=format!(
                            "One a line, {MOST_RULES} at most: allow or deny, then server/tool, where * stands for anything and ? for \
                             one character. The first that fits decides."
                        )
                        placeholder="allow github/get_*\ndeny */delete_*"
                        value=shown.rules
                        flash=flash.clone()
                    />
                    <Choices
                        name="default"
                        legend="Tools that no rule names"
                        chosen=shown.default
                        flash=flash
                        choices=vec![
                            ("allow", "Allow", "The rules say what is forbidden. Tools that a server adds later are open.".to_owned()),
                            ("deny", "Deny", "The rules say what is open. Tools that a server adds later are closed.".to_owned()),
                        ]
                    />
                    <CheckBox
                        name="dry_run"
                        title="Dry run"
                        text="Blocks nothing. A call that it would block is recorded with its key: look there before you enforce it."
                        checked=shown.dry_run
                    />
                </div>
                <div class="panel-foot">
                    <button class="btn" name="step" value="try">"Try on today's tools"</button>
                    <button class="btn btn-primary" name="step" value="save">{word}</button>
                </div>
            </Post>
        </section>
    }
    .into_any()
}
