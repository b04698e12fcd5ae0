//! Choices that each say what they mean: radio buttons under descriptions.

use super::{ErrorText, error_of};
use leptos::prelude::*;
use server::flash::Flash;

/// Described choices, one of which holds.
#[component]
pub fn Choices(
    /// The field's name.
    name: &'static str,
    /// What is chosen.
    legend: &'static str,
    /// The value that is chosen.
    chosen: String,
    /// The refused form it belongs to.
    flash: Flash,
    /// Value, title and text of each.
    choices: Vec<(&'static str, &'static str, String)>,
) -> impl IntoView {
    let choices = choices.into_iter().map(|(value, title, text)| {
        view! {
            <label class="choice">
                <input type="radio" name=name value=value checked=chosen == value />
                <span class="choice-title">{title}</span>
                <span class="choice-text">{text}</span>
            </label>
        }
    });
    view! {
        <fieldset class="group">
            <legend>{legend}</legend>
            <div class="choices">{choices.collect_view()}</div>
            <ErrorText name error=error_of(&flash, name) />
        </fieldset>
    }
    .into_any()
}
