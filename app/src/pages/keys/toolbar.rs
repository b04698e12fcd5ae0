//! Search, filters and order of the keys screen: a form that gets, so that all of it stands in the URL.

use super::query::{is_filtered, sort_word, status_word};
use crate::components::{Icon, Select};
use leptos::prelude::*;
use server::keys::{KeyQuery, OwnerChoice};

/// The toolbar. With script, the list follows while one types.
#[component]
pub fn Toolbar(
    /// The page's path.
    path: String,
    /// What is asked for.
    query: KeyQuery,
    /// Environments in use.
    environments: Vec<String>,
    /// Members, where the list is of one workspace.
    owners: Option<Vec<OwnerChoice>>,
) -> impl IntoView {
    let statuses = [
        ("", "Any status"),
        ("enabled", "Enabled"),
        ("disabled", "Disabled"),
        ("expired", "Expired"),
        ("deleted", "Deleted"),
    ];
    let sorts = [
        ("used", "Sort: last used"),
        ("created", "Sort: created"),
        ("name", "Sort: name"),
        ("expires", "Sort: expires"),
    ];
    let owned = |(value, label): (&str, &str)| (value.to_owned(), label.to_owned());
    let mut environment_options = vec![owned(("", "Any environment"))];
    environment_options.extend(environments.into_iter().map(|label| (label.clone(), label)));
    let searched = if owners.is_some() { "Search name, id or owner" } else { "Search name, id, user or e-mail" };
    let owner_options = owners.map(|owners| {
        let mut options = vec![owned(("", "Any owner")), owned(("mine", "Mine"))];
        options.extend(owners.into_iter().map(|owner| (owner.id, owner.name)));
        options
    });
    let filtered = is_filtered(&query);
    let (status, environment, chosen_owner) = (status_word(query.status).to_owned(), query.environment, query.owner);
    view! {
        <form class="toolbar" method="get" action=path.clone() role="search" aria-label="Keys" data-live="results">
            <div class="search">
                <Icon name="search" />
                <input
                    class="input"
                    type="search"
                    name="q"
                    value=query.search
                    placeholder=searched
                    aria-label=searched
                    autocomplete="off"
                />
            </div>
            <Select name="status" label="Status" options=statuses.map(owned).into() set=!status.is_empty() chosen=status />
            {(environment_options.len() > 1).then(|| view! {
                <Select name="environment" label="Environment" options=environment_options set=!environment.is_empty() chosen=environment />
            })}
            {owner_options.map(|options| view! {
                <Select name="owner" label="Owner" options set=!chosen_owner.is_empty() chosen=chosen_owner />
            })}
            <Select name="sort" label="Sort" options=sorts.map(owned).into() chosen=sort_word(query.sort).to_owned() />
            <div class="toolbar-actions">
                <button class="btn">"Search"</button>
                {filtered.then(|| view! { <a class="btn btn-quiet" href=path.clone()>"Clear filters"</a> })}
            </div>
        </form>
    }
    .into_any()
}
