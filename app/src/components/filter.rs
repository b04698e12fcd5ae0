//! One field of a list's filters: a form that gets, so that all of it stands in the URL.

use super::ErrorText;
use leptos::prelude::*;

/// The field. What is wrong with it stands under it, and what was typed stays.
#[component]
pub fn Filter(
    /// The parameter's name; also the field's id.
    name: &'static str,
    /// What it is called.
    label: &'static str,
    /// The input's type.
    kind: &'static str,
    /// What is asked for now.
    value: String,
    /// An example.
    #[prop(optional)]
    placeholder: Option<&'static str>,
    /// The id of a list of suggestions.
    #[prop(optional)]
    list: Option<&'static str>,
    /// What is wrong with it.
    error: Option<String>,
) -> impl IntoView {
    // A date field would throw away a day that it does not understand; what was typed stays.
    let kind = if error.is_some() { "text" } else { kind };
    let invalid = error.is_some().then_some("true");
    let described = error.is_some().then(|| format!("{name}-error"));
    view! {
        <div class="field">
            <label class="field-label" for=name>{label}</label>
            <input
                class="input"
                id=name
                name=name
                type=kind
                value=value
                placeholder=placeholder
                autocomplete="off"
                list=list
                aria-invalid=invalid
                aria-describedby=described
            />
            <ErrorText name error />
        </div>
    }
    .into_any()
}
