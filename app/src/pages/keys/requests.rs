//! A key's requests: the latest on its page, and all of them, page by page, on one of their own.

use crate::{
    components::{Ago, Column, Empty, Frame, Pager, Place, Records, Segments, Title, grouped},
    pages::load::{load, param},
    web::{Here, query_string},
};
use domain::time::Timestamp;
use leptos::prelude::*;
use server::{
    auth::SeeKeys,
    keys::{self, McpUse, ModelUse, RequestList, RequestQuery, UseView},
};

/// The page with all of them.
#[component]
pub fn RequestsPage() -> impl IntoView {
    let here = Here::new();
    let (slug, id) = (param("workspace"), param("key"));
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let at = caller.in_workspace(&slug).await?;
        let query = read(&here);
        let list = keys::requests(&at.clone().allow::<SeeKeys>()?, &at, &id, &query).await?;
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let key = format!("/w/{slug}/keys/{id}");
        Ok(view! {
            <Title text=format!("Requests of {} · Latchkey", list.key.name) />
            <Frame place active="keys">
                <Column back=(key.clone(), "The key")>
                    <All path=format!("{key}/requests") query list now=here.now() />
                </Column>
            </Frame>
        })
    })
}

fn read(here: &Here) -> RequestQuery {
    let accepted = match here.query("outcome").as_str() {
        "accepted" => Some(true),
        "refused" => Some(false),
        _ => None,
    };
    RequestQuery { accepted, after: here.query("after") }
}

fn write(query: &RequestQuery) -> String {
    let outcome = query.accepted.map_or("", |accepted| if accepted { "accepted" } else { "refused" });
    query_string(&[("outcome", outcome), ("after", &query.after)])
}

#[component]
fn All(path: String, query: RequestQuery, list: RequestList, now: Timestamp) -> impl IntoView {
    let to = |query: &RequestQuery| format!("{path}{}", write(query));
    let outcomes = [(None, "All"), (Some(true), "Accepted"), (Some(false), "Refused")];
    let links = outcomes.map(|(accepted, name)| {
        (to(&RequestQuery { accepted, after: String::new() }), name, accepted == query.accepted)
    });
    let first = (!query.after.is_empty()).then(|| to(&RequestQuery { after: String::new(), ..query.clone() }));
    let more = list.next.map(|after| to(&RequestQuery { after, ..query.clone() }));
    let shown = format!("{} requests on this page", list.uses.len());
    let none = list.uses.is_empty();
    view! {
        <div class="page-head">
            <div><h1>"Requests"</h1><p class="page-lead">"Every request that carried " <bdi>{list.key.name}</bdi> ", the newest first."</p></div>
            <Segments label="Outcome" links=links.into() />
        </div>
        {if none {
            view! {
                <Empty icon="search-x" title="No request" small=true><p>"Nothing of that kind was asked with this key."</p></Empty>
            }.into_any()
        } else {
            view! { <div class="panel"><Requests uses=list.uses now /></div> }.into_any()
        }}
        <Pager label="Pages of requests".to_owned() shown first more more_text="Older requests" />
    }
    .into_any()
}

/// The latest, on the key's page.
#[component]
pub fn LatestRequests(
    /// The requests, newest first.
    uses: Vec<UseView>,
    /// The path of the key's page.
    path: String,
    /// Now.
    now: Timestamp,
) -> impl IntoView {
    let none = uses.is_empty();
    view! {
        <section class="panel" aria-labelledby="requests">
            <div class="panel-head panel-head-row">
                <h2 id="requests">"Latest requests"</h2>
                {(!none).then(|| view! { <a class="link" href=format!("{path}/requests")>"All requests"</a> })}
            </div>
            {if none {
                view! { <div class="panel-body"><p class="muted">"Nothing has used this key yet."</p></div> }.into_any()
            } else {
                view! { <Requests uses now /> }.into_any()
            }}
        </section>
    }
    .into_any()
}

#[component]
fn Requests(uses: Vec<UseView>, now: Timestamp) -> impl IntoView {
    let rows = uses.into_iter().map(|used| {
        let good = used.code == "VALID";
        view! {
            <tr role="row">
                <td role="cell"><Ago at=used.at now /></td>
                <td role="cell" class="records-main mono"><What used=used.clone() /></td>
                <td role="cell">
                    <span class=if good { "badge badge-success" } else { "badge badge-danger" }>
                        {if good { "Accepted".to_owned() } else { used.code }}
                    </span>
                </td>
                <td role="cell" class="mono muted" title=used.agent>{used.address}</td>
            </tr>
        }
    });
    let rows = rows.collect_view().into_any();
    view! { <Records columns=["When", "What", "Answer", "From"] rows /> }.into_any()
}

/// Where a request came in and what it was for.
#[component]
pub fn What(
    /// The request.
    used: UseView,
) -> impl IntoView {
    let UseView { surface, mcp, model, .. } = used;
    match (mcp, model) {
        (Some(mcp), _) => view! { <Mcp surface mcp /> }.into_any(),
        (None, Some(model)) => view! { <Model surface model /> }.into_any(),
        (None, None) => surface.into_any(),
    }
}

/// For which server and tool of it, and what came of it there.
#[component]
fn Mcp(surface: String, mcp: McpUse<String>) -> impl IntoView {
    let McpUse { server, tool, outcome, millis } = mcp;
    let what = if tool.is_empty() { server } else { format!("{server}/{tool}") };
    let outcome = (!outcome.is_empty()).then(|| format!(", {outcome}"));
    let rest = view! { {format!(" · {} ms", grouped(millis))} {outcome} };
    titled(what, surface, rest.into_any())
}

/// For which model, by which provider, and what it took.
#[component]
fn Model(surface: String, model: ModelUse<String>) -> impl IntoView {
    let ModelUse { model, provider, outcome, counted, cost, millis, sample: _ } = model;
    let outcome = (!outcome.is_empty()).then(|| format!(", {outcome}"));
    let by = (!provider.is_empty()).then(|| format!(" by {provider}"));
    let usage = counted.usage;
    let tokens = usage.input() + usage.output();
    // Refused, or not answered: nothing was taken.
    let took = (tokens > 0 || cost.micros() > 0).then(|| {
        let about = if counted.estimated { "about " } else { "" };
        let count = |tokens: u64| grouped(i64::try_from(tokens).unwrap_or(i64::MAX));
        let split = format!(
            "{} in, {} cached, {} out",
            count(usage.input()),
            count(usage.cached_input()),
            count(usage.output())
        );
        let cost = (cost.micros() > 0).then(|| format!(" · ${cost}"));
        view! { " · " <span title=split>{format!("{about}{} tokens", count(tokens))}</span> {cost} }
    });
    let millis = (millis > 0).then(|| format!(" · {} ms", grouped(millis)));
    titled(model, surface, view! { {by} {took} {millis} {outcome} }.into_any())
}

/// What was asked for stands first; where nothing was, or it was not understood, where the request came in.
fn titled(what: String, surface: String, rest: AnyView) -> AnyView {
    if what.is_empty() {
        return view! { {surface} <p class="rows-text">{rest}</p> }.into_any();
    }
    view! { <bdi>{what}</bdi> <p class="rows-text">{surface} {rest}</p> }.into_any()
}
