//! Search, filters and order of the keys screen: a form that gets, so that all of it stands in the URL.

use super::query::{is_filtered, sort_word, status_word};
use crate::components::{SearchForm, Select, options};
use leptos::prelude::*;
use server::keys::{Choice, KeyQuery};

/// The toolbar. With script, the list follows while one types.
#[component]
pub fn Toolbar(
    /// The page's path.
    path: String,
    /// What is asked for.
    query: KeyQuery,
    /// Environments in use.
    environments: Vec<String>,
    /// Whose keys there may be.
    owners: Vec<Choice>,
    /// Workspaces to choose from, where the list is of all.
    #[prop(optional_no_strip)]
    workspaces: Option<Vec<Choice>>,
) -> impl IntoView {
    let statuses = [
        ("", "Any status"),
        ("enabled", "Enabled"),
        ("disabled", "Disabled"),
        ("expired", "Expired"),
        ("exhausted", "Exhausted"),
        ("deleted", "Deleted"),
    ];
    let sorts = [
        ("used", "Sort: last used"),
        ("created", "Sort: created"),
        ("name", "Sort: name"),
        ("expires", "Sort: expires"),
    ];
    let searched = if workspaces.is_none() { "Search name, id or owner" } else { "Search name, id, user or e-mail" };
    let labels = environments.into_iter().map(|label| Choice { value: label.clone(), name: label });
    let environments = options("Any environment", labels, &query.environment);
    let mine = [Choice { value: "mine".into(), name: "Mine".into() }];
    let owners = options("Any owner", mine.into_iter().chain(owners), &query.owner);
    let workspaces = workspaces.map(|workspaces| options("Any workspace", workspaces, &query.workspace));
    let clear = is_filtered(&query).then_some("Clear filters");
    let status = status_word(query.status).to_owned();
    view! {
        <SearchForm path label="Keys" hint=searched search=query.search clear>
            {workspaces.map(|options| view! {
                <Select name="workspace" label="Workspace" options set=!query.workspace.is_empty() chosen=query.workspace />
            })}
            <Select name="status" label="Status" options=statuses.map(pair).into() set=!status.is_empty() chosen=status />
            {(environments.len() > 1).then(|| view! {
                <Select name="environment" label="Environment" options=environments set=!query.environment.is_empty() chosen=query.environment />
            })}
            <Select name="owner" label="Owner" options=owners set=!query.owner.is_empty() chosen=query.owner />
            <Select name="sort" label="Sort" options=sorts.map(pair).into() chosen=sort_word(query.sort).to_owned() />
        </SearchForm>
    }
    .into_any()
}

fn pair((value, text): (&str, &str)) -> (String, String) {
    (value.to_owned(), text.to_owned())
}
