//! The filters of the log.

use crate::components::{Filter, FilterChoice, FilterForm, options, wrong_in};
use domain::model::ModelName;
use leptos::prelude::*;
use server::{
    Error,
    keys::{Choice, ServerChoice},
    logs::{LogQuery, codes, surfaces},
    surface::Surface,
};

/// What the workspace has to choose from.
pub struct Choices {
    /// The environments of its keys.
    pub environments: Vec<String>,
    /// Its MCP servers.
    pub servers: Vec<ServerChoice>,
    /// Its models.
    pub models: Vec<ModelName>,
}

/// The form.
#[component]
pub fn Filters(
    /// The page's path.
    path: String,
    /// What is asked for.
    query: LogQuery,
    /// What there is to choose from.
    choices: Choices,
    /// What is wrong with it.
    wrong: Option<Error>,
) -> impl IntoView {
    let error = move |name| wrong_in(wrong.as_ref(), name);
    let word = |value: &str, text: &str| (value.to_owned(), text.to_owned());
    let mut answers = vec![word("", "Any answer"), word("accepted", "Accepted"), word("refused", "Refused")];
    answers.extend(codes().into_iter().map(|code| word(code, code)));
    let mut places = vec![word("", "Anywhere")];
    places.extend(surfaces().into_iter().map(|surface| word(surface.name(), surface_text(surface))));
    let labels = choices.environments.into_iter().map(|label| Choice { value: label.clone(), name: label });
    let environments = options("Any environment", labels, &query.environment);
    let servers: Vec<String> = choices.servers.into_iter().map(|server| server.slug).collect();
    let models: Vec<String> = choices.models.iter().map(ToString::to_string).collect();
    let clear = query.is_filtered().then(|| path.clone());
    view! {
        <FilterForm label="Logs" action=path class="filters filters-even" clear>
            <Filter name="key" label="Key" kind="search" value=query.key placeholder="Name, or a whole id" error=error("key") />
            <FilterChoice name="answer" label="Answer" options=answers chosen=query.answer />
            <FilterChoice name="surface" label="Where" options=places chosen=query.surface />
            <FilterChoice name="environment" label="Environment" options=environments chosen=query.environment />
            <Filter name="server" label="MCP server" kind="search" value=query.server placeholder="Slug" known=servers error=error("server") />
            <Filter name="model" label="Model" kind="search" value=query.model placeholder="Name" known=models error=error("model") />
            <Filter name="from" label="From (UTC)" kind="date" value=query.from error=error("from") />
            <Filter name="to" label="To (UTC)" kind="date" value=query.to error=error("to") />
        </FilterForm>
    }
    .into_any()
}

/// A surface as people call it.
fn surface_text(surface: Surface) -> &'static str {
    match surface {
        Surface::Me => "Own key (me)",
        Surface::Verify => "Verify",
        Surface::ForwardAuth => "Forward auth",
        Surface::Mcp => "MCP",
        Surface::Relay => "Models",
        Surface::Health | Surface::Other => "Elsewhere",
    }
}
