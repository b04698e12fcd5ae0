//! The filters of the usage page.

use super::At;
use crate::components::{Filter, FilterChoice, FilterForm, options, wrong_in};
use domain::model::ModelName;
use leptos::prelude::*;
use server::{Error, keys::Choice, usage::UsageQuery};

/// What the workspace has to choose from.
pub struct Choices {
    /// The environments of its keys.
    pub environments: Vec<String>,
    /// Its models.
    pub models: Vec<ModelName>,
    /// Its members.
    pub members: Vec<Choice>,
}

/// The form.
#[component]
pub fn Filters(
    /// Where we are, and what is asked for.
    at: At,
    /// What there is to choose from.
    choices: Choices,
    /// What is wrong with it.
    wrong: Option<Error>,
) -> impl IntoView {
    let error = move |name| wrong_in(wrong.as_ref(), name);
    let UsageQuery { range, from, to, key, environment, model, member, show } = at.query.clone();
    let labels = choices.environments.into_iter().map(|label| Choice { value: label.clone(), name: label });
    let environments = options("Any environment", labels, &environment);
    let members = options("Any member", choices.members, &member);
    let models: Vec<String> = choices.models.iter().map(ToString::to_string).collect();
    let narrowed = at.query.is_filtered() || at.query.has_own_days();
    let clear = narrowed.then(|| {
        at.link(|query| {
            let UsageQuery { range, show, .. } = query.clone();
            *query = UsageQuery { range, show, ..UsageQuery::default() };
        })
    });
    // What the links beside the form have chosen stays.
    let kept = [("range", range), ("show", show)].into_iter().filter(|(_, value)| !value.is_empty());
    let kept = kept.map(|(name, value)| view! { <input type="hidden" name=name value=value /> });
    view! {
        <FilterForm label="Usage" action=at.path class="filters filters-usage" clear>
            {kept.collect_view()}
            <Filter name="key" label="Key" kind="search" value=key placeholder="Name, or a whole id" error=error("key") />
            <FilterChoice name="environment" label="Environment" options=environments chosen=environment />
            <Filter name="model" label="Model" kind="search" value=model placeholder="Name" known=models error=error("model") />
            <FilterChoice name="member" label="Member" options=members chosen=member />
            <Filter name="from" label="From (UTC)" kind="date" value=from error=error("from") />
            <Filter name="to" label="To (UTC)" kind="date" value=to error=error("to") />
        </FilterForm>
    }
    .into_any()
}
