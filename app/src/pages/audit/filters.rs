//! The filters of the audit log: a form that gets, so that all of it stands in the URL.

use crate::components::{Filter, Select};
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
    let error = |name: &str| {
        let fields = wrong.as_ref().map(Error::fields).unwrap_or_default();
        fields.iter().find(|field| field.field == name).map(|field| field.message.clone())
    };
    let mut actions = vec![(String::new(), "Any change".to_owned())];
    actions.extend(ACTIONS.iter().map(|words| (words.action.to_owned(), words.label.to_owned())));
    let clear = query.is_filtered().then(|| path.clone());
    view! {
        <form class="filters" method="get" action=path role="search" aria-label="Audit log">
            <Filter name="who" label="Who" kind="search" value=query.who placeholder="E-mail, or a part of it" error=error("who") />
            <div class="field">
                <span class="field-label" aria-hidden="true">"What"</span>
                <Select name="action" label="What" options=actions set=!query.action.is_empty() chosen=query.action />
            </div>
            <Filter name="target" label="To which" kind="search" value=query.target placeholder="Name, or a whole id" error=error("target") />
            <Filter name="from" label="From (UTC)" kind="date" value=query.from error=error("from") />
            <Filter name="to" label="To (UTC)" kind="date" value=query.to error=error("to") />
            <div class="filters-actions">
                <button class="btn">"Filter"</button>
                {clear.map(|href| view! { <a class="btn btn-quiet" href=href>"Clear filters"</a> })}
            </div>
        </form>
    }
    .into_any()
}
