//! The words of the description, which the document has as Markdown.

use leptos::prelude::*;

/// Text in which what stands between backticks is code.
#[component]
pub fn Prose(
    /// The text.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let parts = text.split('`').enumerate().map(|(at, part)| {
        let part = part.to_owned();
        if at % 2 == 1 { view! { <code class="inline-code">{part}</code> }.into_any() } else { part.into_any() }
    });
    parts.collect_view().into_any()
}
