//! The document's title. The library that places it in the page writes it there as it is, so it is escaped here.

use leptos::prelude::*;
use leptos_meta::Title as Placed;

/// The title.
#[component]
pub fn Title(
    /// Its text; names that people chose may be part of it.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! { <Placed text=escape(&text) /> }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn a_name_is_text() {
        assert_eq!(escape("</title><b>&amp;"), "&lt;/title&gt;&lt;b&gt;&amp;amp;");
    }
}
