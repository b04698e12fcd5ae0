//! The filters of the audit log.

use crate::components::{Filter, FilterChoice, FilterForm, wrong_in};
use leptos::prelude::*;
use server::{
    Error,
    audit::{ACTIONS, AuditQuery},
};

/// The form.
#[component]
pub fn Filters(
    /// The page's path.
    path: String,
    /// What is asked for.
    query: AuditQuery,
    /// What is wrong with it.
    wrong: Option<Error>,
) -> impl IntoView {
    let error = move |name| wrong_in(wrong.as_ref(), name);
    let mut actions = vec![(String::new(), "Any change".to_owned())];
    actions.extend(ACTIONS.iter().map(|words| (words.action.to_owned(), words.label.to_owned())));
    let clear = query.is_filtered().then(|| path.clone());
    view! {
        <FilterForm label="Audit log" action=path clear>
            <Filter name="who" label="Who" kind="search" value=query.who placeholder="E-mail, or a part of it" error=error("who") />
            <FilterChoice name="action" label="What" options=actions chosen=query.action />
            <Filter name="target" label="To which" kind="search" value=query.target placeholder="Name, or a whole id" error=error("target") />
            <Filter name="from" label="From (UTC)" kind="date" value=query.from error=error("from") />
            <Filter name="to" label="To (UTC)" kind="date" value=query.to error=error("to") />
        </FilterForm>
    }
    .into_any()
}
