//! A choice from a list.

use super::Icon;
use leptos::prelude::*;
use server::keys::Choice;

/// The choice. Its label is for assistive technology: where it stands, the page says in other ways what it is.
#[component]
pub fn Select(
    /// The field's name.
    #[prop(into)]
    name: String,
    /// What it is called.
    #[prop(into)]
    label: String,
    /// What can be chosen: value and text.
    options: Vec<(String, String)>,
    /// The value that is chosen.
    chosen: String,
    /// It narrows a list, and says so.
    #[prop(optional)]
    set: bool,
    /// It has the focus when the page opens.
    #[prop(optional)]
    focused: bool,
    /// An error is shown under it, as [`ErrorText`](super::ErrorText) does.
    #[prop(optional)]
    wrong: bool,
) -> impl IntoView {
    let options = options.into_iter().map(|(value, text)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{text}</option> }
    });
    let described = wrong.then(|| format!("{name}-error"));
    view! {
        <div class=if set { "select select-set" } else { "select" }>
            <select
                name=name
                aria-label=label
                autofocus=focused
                aria-invalid=wrong.then_some("true")
                aria-describedby=described
            >
                {options.collect_view()}
            </select>
            <Icon name="chevron-down" />
        </div>
    }
    .into_any()
}

/// The options of a filter: all, and each choice. One that is set without being offered says so by its value: a list never looks
/// unfiltered that is not.
pub fn options(all: &str, choices: impl IntoIterator<Item = Choice>, chosen: &str) -> Vec<(String, String)> {
    let mut options = vec![(String::new(), all.to_owned())];
    options.extend(choices.into_iter().map(|choice| (choice.value, choice.name)));
    if !options.iter().any(|(value, _)| value == chosen) {
        options.push((chosen.to_owned(), chosen.to_owned()));
    }
    options
}
