//! A few views of one thing, as links side by side: the ranges of a chart, the outcomes of a list.

use leptos::prelude::*;

/// The links.
#[component]
pub fn Segments(
    /// What they choose.
    label: &'static str,
    /// Where each leads, what it is called, and whether it is the one at hand.
    links: Vec<(String, &'static str, bool)>,
) -> impl IntoView {
    let links = links.into_iter().map(|(href, text, current)| {
        view! { <a href=href aria-current=current.then_some("true")>{text}</a> }
    });
    view! { <nav class="segments" aria-label=label>{links.collect_view()}</nav> }.into_any()
}
