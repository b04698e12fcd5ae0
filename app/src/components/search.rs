//! A search above a list: a form that gets, so that what was looked for stands in the URL. With script, the list with the id
//! `results` follows while one types.

use super::Icon;
use crate::web::encode;
use leptos::prelude::*;

/// What a list page's URL asks for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Part of a name.
    pub search: String,
    /// Where the page begins; empty for the first.
    pub after: String,
}

impl Asked {
    /// From the request at hand.
    pub fn of(here: &crate::web::Here) -> Self {
        Self { search: here.query("q").chars().take(200).collect(), after: here.query("after") }
    }

    /// The address of this page of the list at `path`, for forms that come back to it.
    pub fn address(&self, path: &str) -> String {
        let parts = [("q", self.search.trim()), ("after", &self.after)];
        let pairs = parts.iter().filter(|(_, value)| !value.is_empty());
        let pairs: Vec<String> = pairs.map(|(name, value)| format!("{name}={}", encode(value))).collect();
        if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", pairs.join("&")) }
    }

    /// The list's beginning, seen from a later page.
    pub fn first(&self, path: &str) -> Option<String> {
        (!self.after.is_empty()).then(|| Self { after: String::new(), ..self.clone() }.address(path))
    }

    /// The page that begins there.
    pub fn next(&self, path: &str, after: Option<String>) -> Option<String> {
        after.map(|after| Self { after, ..self.clone() }.address(path))
    }
}

/// The search.
#[component]
pub fn Search(
    /// The page's path.
    path: String,
    /// What was looked for.
    asked: Asked,
    /// What can be looked for, such as `Search name or e-mail`.
    hint: &'static str,
) -> impl IntoView {
    let clear = (!asked.search.trim().is_empty()).then_some("Show all");
    view! { <SearchForm path label=hint hint search=asked.search clear>""</SearchForm> }.into_any()
}

/// The form of a search, with what else narrows the list as its children.
#[component]
pub fn SearchForm(
    /// The page's path.
    path: String,
    /// What is looked through.
    label: &'static str,
    /// What can be looked for.
    hint: &'static str,
    /// What was looked for.
    search: String,
    /// What the way back to the whole list is called, where the list is narrowed.
    #[prop(optional_no_strip)]
    clear: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    let back = clear.map(|words| view! { <a class="btn btn-quiet" href=path.clone()>{words}</a> });
    view! {
        <form class="toolbar" method="get" action=path role="search" aria-label=label data-live="results">
            <div class="search">
                <Icon name="search" />
                <input
                    class="input"
                    type="search"
                    name="q"
                    value=search
                    placeholder=hint
                    aria-label=hint
                    autocomplete="off"
                />
            </div>
            {children()}
            <div class="toolbar-actions">
                <button class="btn">"Search"</button>
                {back}
            </div>
        </form>
    }
    .into_any()
}
