//! The filters of the log.

use crate::components::{Filter, Select};
use domain::model::ModelName;
use leptos::prelude::*;
use server::{
    Error,
    keys::ServerChoice,
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
    let error = |name: &str| {
        let fields = wrong.as_ref().map(Error::fields).unwrap_or_default();
        fields.iter().find(|field| field.field == name).map(|field| field.message.clone())
    };
    let word = |value: &str, text: &str| (value.to_owned(), text.to_owned());
    let same = |value: String| (value.clone(), value);
    let mut answers = vec![word("", "Any answer"), word("accepted", "Accepted"), word("refused", "Refused")];
    answers.extend(codes().into_iter().map(|code| word(code, code)));
    let mut places = vec![word("", "Anywhere")];
    places.extend(surfaces().into_iter().map(|surface| word(surface.name(), surface_text(surface))));
    let environments = with_chosen(choices.environments, &query.environment);
    let environments: Vec<_> =
        std::iter::once(word("", "Any environment")).chain(environments.into_iter().map(same)).collect();
    let servers = choices.servers.into_iter().map(|server| view! { <option value=server.slug></option> });
    let models = choices.models.into_iter().map(|model| view! { <option value=model.to_string()></option> });
    let clear = query.is_filtered().then(|| path.clone());
    view! {
        <form class="filters filters-even" method="get" action=path role="search" aria-label="Logs">
            <Filter name="key" label="Key" kind="search" value=query.key placeholder="Name, or a whole id" error=error("key") />
            <div class="field">
                <span class="field-label" aria-hidden="true">"Answer"</span>
                <Select name="answer" label="Answer" options=answers set=!query.answer.is_empty() chosen=query.answer />
            </div>
            <div class="field">
                <span class="field-label" aria-hidden="true">"Where"</span>
                <Select name="surface" label="Where" options=places set=!query.surface.is_empty() chosen=query.surface />
            </div>
            <div class="field">
                <span class="field-label" aria-hidden="true">"Environment"</span>
                <Select
                    name="environment"
                    label="Environment"
                    options=environments
                    set=!query.environment.is_empty()
                    chosen=query.environment
                />
            </div>
            <Filter name="server" label="MCP server" kind="search" value=query.server placeholder="Slug" list="log-servers" error=error("server") />
            <datalist id="log-servers">{servers.collect_view()}</datalist>
            <Filter name="model" label="Model" kind="search" value=query.model placeholder="Name" list="log-models" error=error("model") />
            <datalist id="log-models">{models.collect_view()}</datalist>
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

/// The environments, and the one that is asked for also where no key has it any more.
fn with_chosen(mut all: Vec<String>, chosen: &str) -> Vec<String> {
    if !chosen.is_empty() && !all.iter().any(|label| label == chosen) {
        all.push(chosen.to_owned());
    }
    all
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
