//! The filters of a list: a form that gets, so that all of it stands in the URL. And what a page shows, as files.

use super::{ErrorText, Icon, Select};
use leptos::prelude::*;
use server::Error;

/// The form around them.
#[component]
pub fn FilterForm(
    /// What it is for assistive technology.
    label: &'static str,
    /// The page's path.
    action: String,
    /// How its fields stand side by side; see `style`.
    #[prop(default = "filters")]
    class: &'static str,
    /// Where nothing is narrowed; `None` where nothing is.
    clear: Option<String>,
    children: Children,
) -> impl IntoView {
    view! {
        <form class=class method="get" action=action role="search" aria-label=label>
            {children()}
            <div class="filters-actions">
                <button class="btn">"Filter"</button>
                {clear.map(|href| view! { <a class="btn btn-quiet" href=href>"Clear filters"</a> })}
            </div>
        </form>
    }
    .into_any()
}

/// One field. What is wrong with it stands under it, and what was typed stays.
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
    /// What is suggested.
    #[prop(optional)]
    known: Vec<String>,
    /// What is wrong with it.
    error: Option<String>,
) -> impl IntoView {
    // A date field would throw away a day that it does not understand; what was typed stays.
    let kind = if error.is_some() { "text" } else { kind };
    let invalid = error.is_some().then_some("true");
    let list = (!known.is_empty()).then(|| format!("{name}-known"));
    let known = list.clone().map(|id| {
        let options = known.into_iter().map(|value| view! { <option value=value></option> });
        view! { <datalist id=id>{options.collect_view()}</datalist> }
    });
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
            {known}
            <ErrorText name error />
        </div>
    }
    .into_any()
}

/// A choice among them. It says that it narrows the list.
#[component]
pub fn FilterChoice(
    /// The parameter's name.
    name: &'static str,
    /// What it is called.
    label: &'static str,
    /// What can be chosen: value and text.
    options: Vec<(String, String)>,
    /// What is asked for now.
    chosen: String,
) -> impl IntoView {
    view! {
        <div class="field">
            <span class="field-label" aria-hidden="true">{label}</span>
            <Select name label options set=!chosen.is_empty() chosen />
        </div>
    }
    .into_any()
}

/// What is wrong with a filter.
pub fn wrong_in(wrong: Option<&Error>, field: &str) -> Option<String> {
    let fields = wrong.map(Error::fields).unwrap_or_default();
    fields.iter().find(|error| error.field == field).map(|error| error.message.clone())
}

/// All that is asked for, as files.
#[component]
pub fn Exports(
    /// The page's path.
    path: String,
    /// What is asked for, as the URL has it.
    asked: String,
) -> impl IntoView {
    let files = [("csv", "Export CSV"), ("json", "Export JSON")].map(|(extension, text)| {
        let href = format!("{path}.{extension}{asked}");
        view! { <a class="btn" href=href download=""><Icon name="download" />{text}</a> }
    });
    files.collect_view().into_any()
}
