//! The filters of the usage page.

use super::At;
use crate::components::{Filter, Select, options};
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
    let error = |name: &str| {
        let fields = wrong.as_ref().map(Error::fields).unwrap_or_default();
        fields.iter().find(|field| field.field == name).map(|field| field.message.clone())
    };
    let UsageQuery { range, from, to, key, environment, model, member, show } = at.query.clone();
    let labels = choices.environments.into_iter().map(|label| Choice { value: label.clone(), name: label });
    let environments = options("Any environment", labels, &environment);
    let members = options("Any member", choices.members, &member);
    let models = choices.models.into_iter().map(|model| view! { <option value=model.to_string()></option> });
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
        <form class="filters filters-usage" method="get" action=at.path role="search" aria-label="Usage">
            {kept.collect_view()}
            <Filter name="key" label="Key" kind="search" value=key placeholder="Name, or a whole id" error=error("key") />
            <div class="field">
                <span class="field-label" aria-hidden="true">"Environment"</span>
                <Select name="environment" label="Environment" options=environments set=!environment.is_empty() chosen=environment />
            </div>
            <Filter name="model" label="Model" kind="search" value=model placeholder="Name" list="usage-models" error=error("model") />
            <datalist id="usage-models">{models.collect_view()}</datalist>
            <div class="field">
                <span class="field-label" aria-hidden="true">"Member"</span>
                <Select name="member" label="Member" options=members set=!member.is_empty() chosen=member />
            </div>
            <Filter name="from" label="From (UTC)" kind="date" value=from error=error("from") />
            <Filter name="to" label="To (UTC)" kind="date" value=to error=error("to") />
            <div class="filters-actions">
                <button class="btn">"Filter"</button>
                {clear.map(|href| view! { <a class="btn btn-quiet" href=href>"Clear filters"</a> })}
            </div>
        </form>
    }
    .into_any()
}
