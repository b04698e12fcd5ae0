//! A form that posts to a server function: by itself without script, without leaving the page with it (`data-enhance`).

use leptos::prelude::*;

/// The form. `hidden` are its hidden fields.
#[component]
pub fn Post(
    /// The server function's path.
    action: &'static str,
    /// Hidden fields.
    #[prop(optional)]
    hidden: Vec<(&'static str, String)>,
    /// Classes of the form.
    #[prop(optional)]
    class: &'static str,
    /// Its id, for buttons that stand outside.
    #[prop(optional)]
    id: Option<&'static str>,
    /// Its name for assistive technology, where no heading says it.
    #[prop(optional)]
    label: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    let hidden = hidden.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> });
    view! {
        <form method="post" action=action class=class id=id aria-label=label novalidate data-enhance="">
            {hidden.collect_view()}
            {children()}
        </form>
    }
    .into_any()
}
