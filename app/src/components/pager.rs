//! The links of a list that is shown by page: back to its beginning, and on.

use super::Icon;
use leptos::prelude::*;

/// The links; nothing where one page shows all.
#[component]
pub fn Pager(
    /// What it is for assistive technology, such as `Pages of Enabled`.
    #[prop(into)]
    label: String,
    /// What this page shows, such as `50 keys on this page`.
    #[prop(into)]
    shown: String,
    /// Where its beginning is, seen from a later page.
    #[prop(optional_no_strip)]
    first: Option<String>,
    /// Where it goes on.
    #[prop(optional_no_strip)]
    more: Option<String>,
    /// What the link on says.
    #[prop(into)]
    more_text: String,
) -> impl IntoView {
    if first.is_none() && more.is_none() {
        return ().into_any();
    }
    view! {
        <nav class="pagination" aria-label=label>
            <span>{shown}</span>
            <div class="pagination-links">
                {first.map(|href| view! { <a class="btn btn-small" href=href><Icon name="chevron-left" />"First page"</a> })}
                {more.map(|href| view! { <a class="btn btn-small" href=href>{more_text}<Icon name="chevron-right" /></a> })}
            </div>
        </nav>
    }
    .into_any()
}
