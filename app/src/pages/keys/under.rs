//! What a key is put under, a firewall policy or a guardrail: a choice, or a sentence for who is held by it. In the create form
//! and on the key's page.

use crate::components::{ErrorText, Select, error_of};
use leptos::prelude::*;
use server::flash::Flash;

/// The choice. Nothing where there is nothing to choose.
#[component]
pub fn UnderField(
    /// The field's name.
    name: &'static str,
    /// What it is called.
    label: &'static str,
    /// What it means to choose none.
    none: &'static str,
    /// What can be chosen: id and name.
    options: Vec<(String, String)>,
    /// The id of what the key is under; empty for none.
    now: String,
    /// The refused form.
    flash: Flash,
    /// Whether the caller may take the key from under it.
    may_lift: bool,
) -> impl IntoView {
    if options.is_empty() {
        return ().into_any();
    }
    if !now.is_empty() && !may_lift {
        let words = options.into_iter().find(|(id, _)| *id == now).map(|(_, words)| words);
        return view! {
            <div class="field">
                <p class="field-label">{label}</p>
                <p><bdi>{words}</bdi></p>
                <p class="field-hint">"Only an administrator of the workspace changes it."</p>
                <input type="hidden" name=name value=now />
            </div>
        }
        .into_any();
    }
    let chosen = flash.typed.get(name).cloned().unwrap_or(now);
    let none = [(String::new(), none.to_owned())];
    let options = none.into_iter().chain(options).collect();
    view! {
        <div class="field">
            <p class="field-label">{label}</p>
            <Select name label options chosen />
            <ErrorText name error=error_of(&flash, name) />
        </div>
    }
    .into_any()
}
