//! The way through a list that is paged by keyset: on to older rows, or back to the first page.

use super::Icon;
use leptos::prelude::*;

/// The links, where there is more than one page.
#[component]
pub fn Pagination(
    /// What it pages, such as `Pages of Enabled`.
    label: String,
    /// What is on this page, such as `50 keys on this page`.
    shown: String,
    /// The first page, unless this is it.
    first: Option<String>,
    /// The next page, if there is one.
    more: Option<String>,
    /// What the next page is called, such as `More keys`.
    more_word: &'static str,
) -> impl IntoView {
    if first.is_none() && more.is_none() {
        return ().into_any();
    }
    view! {
        <nav class="pagination" aria-label=label>
            <span>{shown}</span>
            <div class="pagination-links">
                {first.map(|href| view! { <a class="btn btn-small" href=href><Icon name="chevron-left" />"First page"</a> })}
                {more.map(|href| view! { <a class="btn btn-small" href=href>{more_word}<Icon name="chevron-right" /></a> })}
            </div>
        </nav>
    }
    .into_any()
}
