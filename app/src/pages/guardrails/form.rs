//! The guardrail's form: name, rules in their order, size, dry run, and the box to try it. Its buttons all post it to its own
//! page; the script draws it anew without leaving the page, and the outcome of the trial while one types.

use super::{edited::Edited, rule::RuleRow, trial::TryPanel};
use crate::{
    actions::guardrails::Focus,
    components::{CheckBox, ErrorText, FormNotice, Icon, TextField, error_of},
};
use domain::guardrail::MOST_RULES;
use leptos::prelude::*;

/// The form.
#[component]
pub fn GuardrailForm(
    /// What it shows.
    edited: Edited,
) -> impl IntoView {
    let word = if edited.new { "Add guardrail" } else { "Save guardrail" };
    let (path, raw, flash) = (edited.path.clone(), edited.typed.raw.clone(), edited.flash.clone());
    view! {
        <form
            method="post"
            action=path
            class="guardrail"
            id="guardrail"
            aria-label="Guardrail"
            novalidate
            data-redraw="trial"
        >
            <input type="hidden" name="version" value=raw.version />
            // Enter in a field presses the first button.
            <button class="visually-hidden" name="do" value="save" tabindex="-1" aria-hidden="true">{word}</button>
            <section class="panel" aria-label="Rules">
                <div class="panel-body">
                    <FormNotice flash=flash.clone() />
                    <div class="field-pair">
                        <TextField
                            name="name"
                            label="Name"
                            most=80
                            placeholder="Personal data"
                            value=raw.name
                            focused=edited.is_first_wrong("name")
                            flash=flash.clone()
                        />
                        <TextField
                            name="description"
                            label="Description"
                            optional=true
                            most=500
                            value=raw.description
                            focused=edited.is_first_wrong("description")
                            flash=flash.clone()
                        />
                    </div>
                    <Rules edited=edited.clone() />
                    <TextField
                        name="max_input"
                        label="Maximum input"
                        hint="Bytes of a whole request; a larger one is refused. Empty: no limit of its own."
                        optional=true
                        numeric=true
                        most=12
                        placeholder="No limit"
                        value=raw.max_input
                        focused=edited.is_first_wrong("max_input")
                        flash=flash
                    />
                    <CheckBox
                        name="dry_run"
                        title="Dry run"
                        text="Changes and refuses nothing: only record what it would do."
                        checked=raw.dry_run
                    />
                </div>
                <div class="panel-foot"><button class="btn btn-primary" name="do" value="save">{word}</button></div>
            </section>
            <TryPanel edited />
        </form>
    }
    .into_any()
}

#[component]
fn Rules(edited: Edited) -> impl IntoView {
    let count = edited.typed.raw.rules.len();
    let rows = (1..=count).map(|number| view! { <RuleRow edited=edited.clone() number /> }).collect_view();
    let full = count >= MOST_RULES;
    let none = (count == 0).then(|| view! { <p class="muted">"No rules: every text passes."</p> });
    view! {
        <fieldset class="group">
            <legend>"Rules"</legend>
            <p class="field-hint">
                "Applied in their order; each sees what those before it have put in place. Patterns are regular expressions without \
                 look-around; phrases are found in upper and lower case, on word borders."
            </p>
            {none}
            <ol class="rules">{rows}</ol>
            <ErrorText name="rules" error=error_of(&edited.flash, "rules") />
            <button class="btn" name="do" value="add" disabled=full autofocus=edited.is_focused(Focus::Add)>
                <Icon name="plus" />"Add rule"
            </button>
        </fieldset>
    }
    .into_any()
}
