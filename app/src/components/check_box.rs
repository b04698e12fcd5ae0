//! One box to tick, in a frame that says what it does.

use super::{ErrorText, error_of};
use leptos::prelude::*;
use server::flash::Flash;

/// A described box, with its error under it.
#[component]
pub fn CheckBox(
    /// The field's name; also its id.
    name: &'static str,
    /// What ticking it means.
    #[prop(into)]
    title: String,
    /// A sentence about what it does.
    #[prop(into)]
    text: String,
    /// Whether it is ticked.
    #[prop(optional)]
    checked: bool,
    /// The refused form it belongs to.
    #[prop(optional)]
    flash: Flash,
) -> impl IntoView {
    let error = error_of(&flash, name);
    view! {
        <div class="field">
            <label class="check">
                <input
                    type="checkbox"
                    name=name
                    value="on"
                    checked=checked
                    id=name
                    aria-invalid=error.is_some().then_some("true")
                    aria-describedby=error.is_some().then(|| format!("{name}-error"))
                />
                <span class="choice-title">{title}</span>
                <span class="choice-text">{text}</span>
            </label>
            <ErrorText name error />
        </div>
    }
    .into_any()
}
