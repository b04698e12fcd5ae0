//! A select of a filter form.

use super::Icon;
use leptos::prelude::*;

/// The select. Its first option is the one that filters nothing; while another is chosen, it says so by its look.
#[component]
pub fn Select(
    /// The field's name.
    name: &'static str,
    /// What it is called.
    label: &'static str,
    /// Values and what they are called.
    options: Vec<(String, String)>,
    /// The value at hand.
    chosen: String,
    /// It filters; an order, which is always set, does not.
    #[prop(default = true)]
    filters: bool,
) -> impl IntoView {
    let first = options.first().map(|(value, _)| value.clone()).unwrap_or_default();
    let set = filters && chosen != first;
    let options = options.into_iter().map(|(value, text)| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{text}</option> }
    });
    view! {
        <div class=if set { "select select-set" } else { "select" }>
            <select name=name aria-label=label>{options.collect_view()}</select>
            <Icon name="chevron-down" />
        </div>
    }
    .into_any()
}
