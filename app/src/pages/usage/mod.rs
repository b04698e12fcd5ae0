//! What a workspace was used for: requests, tokens and spend of some days, by day, key, environment, model and member, narrowed
//! by what stands in the URL.

mod chart;
mod figures;
mod filters;
mod groups;
mod query;

use crate::{
    components::{Empty, Exports, Frame, Place, Segments, Title},
    pages::load::{load, param},
    web::Here,
};
use chart::DayChart;
use figures::Figures;
use filters::Filters;
use groups::Tables;
use leptos::prelude::*;
use server::{
    auth::SeeKeys,
    keys::{self, Choice},
    models,
    usage::{self, UsageQuery, UsageView},
};

/// Shown in all their states by `pages/dev`.
#[cfg(debug_assertions)]
pub use {
    figures::Figure,
    groups::{Group, GroupTable},
};

/// Where the page and what it links to are.
#[derive(Clone, Debug)]
pub struct At {
    /// The page's path.
    pub path: String,
    /// The path of the keys.
    pub keys: String,
    /// What is asked for.
    pub query: UsageQuery,
}

impl At {
    /// The same page, asked for something else.
    pub fn link(&self, change: impl FnOnce(&mut UsageQuery)) -> String {
        let mut query = self.query.clone();
        change(&mut query);
        format!("{}{}", self.path, query::write(&query))
    }
}

/// The page.
#[component]
pub fn UsagePage() -> impl IntoView {
    let here = Here::new();
    let slug = param("workspace");
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let place = caller.in_workspace(&slug).await?;
        let seen = place.clone().allow::<SeeKeys>()?;
        let query = query::read(&here);
        // What is wrong with the days is said beside them.
        let (view, wrong) = match usage::page(&seen, &query).await {
            Ok(view) => (Some(view), None),
            Err(error) if !error.fields().is_empty() => (None, Some(error)),
            Err(error) => return Err(error),
        };
        let choices = filters::Choices {
            environments: keys::environments(&seen).await?,
            models: models::known(&seen).await?,
            members: members(keys::owners(&seen).await?, &query.member, view.as_ref()),
        };
        let frame = Place::find(&here, &caller, Some(&slug)).await?;
        let at = At { path: format!("/w/{slug}/usage"), keys: format!("/w/{slug}/keys"), query };
        let name = place.workspace_name().to_owned();
        Ok(view! {
            <Title text=format!("Usage · {name} · Latchkey") />
            <Frame place=frame active="usage">
                <div class="page-head">
                    <div>
                        <h1>"Usage"</h1>
                        <p class="page-lead">"What the keys of " <bdi>{name}</bdi> " were used for, by days of UTC."</p>
                    </div>
                    {view.is_some().then(|| {
                        let asked = query::write(&UsageQuery { show: String::new(), ..at.query.clone() });
                        view! { <div class="page-actions"><Exports path=at.path.clone() asked /></div> }
                    })}
                </div>
                <Ranges at=at.clone() />
                <Filters at=at.clone() choices wrong />
                {view.map(|view| view! { <Content at view /> })}
            </Frame>
        })
    })
}

/// The members to choose from, and whoever is chosen also where they have left since.
fn members(mut all: Vec<Choice>, chosen: &str, view: Option<&UsageView>) -> Vec<Choice> {
    let found = view.and_then(|view| view.members.groups.iter().find(|group| group.id == chosen));
    if let Some(gone) = found.filter(|_| all.iter().all(|choice| choice.value != chosen)) {
        all.push(Choice { value: gone.id.clone(), name: gone.name.clone() });
    }
    all
}

/// The days at hand, as links.
#[component]
fn Ranges(at: At) -> impl IntoView {
    let own = at.query.has_own_days();
    let chosen = match at.query.range.as_str() {
        known @ ("7d" | "90d" | "month") => known.to_owned(),
        _ => "30d".to_owned(),
    };
    let links =
        [("7d", "7 days"), ("30d", "30 days"), ("90d", "90 days"), ("month", "This month")].map(|(range, text)| {
            let href = at.link(|query| {
                (query.from, query.to) = (String::new(), String::new());
                query.range = if range == "30d" { String::new() } else { range.into() };
            });
            (href, text, !own && range == chosen)
        });
    view! { <div class="usage-ranges"><Segments label="Days" links=links.into() /></div> }.into_any()
}

/// What there is, or why there is nothing.
#[component]
fn Content(at: At, view: UsageView) -> impl IntoView {
    if view.sum.requests() == 0 {
        let clear = at.link(|query| {
            let UsageQuery { range, from, to, show, .. } = query.clone();
            *query = UsageQuery { range, from, to, show, ..UsageQuery::default() };
        });
        let (filtered, before) = (at.query.is_filtered(), view.before.requests() > 0);
        return view! { <Nothing filtered before clear /> }.into_any();
    }
    view! {
        <Figures view=view.clone() />
        <DayChart at=at.clone() view=view.clone() />
        <Tables at view />
    }
    .into_any()
}

#[component]
fn Nothing(filtered: bool, before: bool, clear: String) -> impl IntoView {
    if filtered {
        return view! {
            <Empty icon="search-x" title="No request matches" small=true>
                <p>"Nothing in these days has all of that."</p>
                <div class="empty-actions"><a class="btn" href=clear>"Clear filters"</a></div>
            </Empty>
        }
        .into_any();
    }
    let text = if before {
        "No key of this workspace was used in these days. In the days before them some were."
    } else {
        "Once keys of this workspace are used, requests, tokens and spend stand here within two seconds, by day and by whose they are."
    };
    view! { <Empty icon="chart-column" title="No requests in these days"><p>{text}</p></Empty> }.into_any()
}
