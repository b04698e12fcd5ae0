//! The requests of one page of the log.

use super::query;
use crate::{
    components::{Ago, Empty, Pager, Records},
    pages::keys::What,
};
use domain::time::Timestamp;
use leptos::prelude::*;
use server::logs::{LogList, LogQuery, LogView};

/// The requests, or why there are none, and the way on.
#[component]
pub fn Lines(
    /// The page's path.
    path: String,
    /// The path of the workspace.
    workspace: String,
    /// What is asked for.
    query: LogQuery,
    /// What there is.
    list: LogList,
    /// Now.
    now: Timestamp,
) -> impl IntoView {
    let shown = list.lines.len();
    let empty = shown == 0;
    let at = |after: String| format!("{path}{}", query::write(&LogQuery { after, ..query.clone() }));
    let first = (!query.after.is_empty()).then(|| at(String::new()));
    let more = list.next.map(at);
    let looked = list.looked_back_to.map(|back| {
        format!("Everything since {} was looked at. Older requests are looked through on the next page.", back.human())
    });
    let to_come = looked.is_some();
    let rows = list.lines.into_iter().map(|line| view! { <Row line workspace=workspace.clone() now /> });
    let rows = rows.collect_view().into_any();
    view! {
        {empty.then(|| view! {
            <div data-tail-empty><Nothing filtered=query.is_filtered() to_come clear=path /></div>
        })}
        <div class="panel" id="log-lines" hidden=empty>
            <Records columns=["When", "What", "Key", "Answer", "From"] rows />
        </div>
        {looked.map(|looked| view! { <p class="muted">{looked}</p> })}
        <Pager
            label="Pages of the log"
            shown=format!("{shown} requests on this page")
            first
            more
            more_text=if to_come { "Look further back" } else { "Older requests" }
        />
    }
    .into_any()
}

#[component]
fn Nothing(filtered: bool, to_come: bool, clear: String) -> impl IntoView {
    if !filtered {
        return view! {
            <Empty icon="activity" title="No requests yet">
                <p>"Each request with a key of this workspace stands here within two seconds: where it went, what came of it, and from where it came."</p>
            </Empty>
        }
        .into_any();
    }
    let text = if to_come {
        "Nothing yet: the log goes on."
    } else {
        "Nothing has all of that. Widen the filters, or look at everything."
    };
    view! {
        <Empty icon="search-x" title="No request matches" small=true>
            <p>{text}</p>
            <div class="empty-actions"><a class="btn" href=clear>"Clear filters"</a></div>
        </Empty>
    }
    .into_any()
}

/// A request as a row of the list of a workspace: for the stream of new ones.
#[must_use]
pub fn log_row(line: LogView, workspace: &str, now: Timestamp) -> String {
    Owner::new().with(|| view! { <Row line workspace=format!("/w/{workspace}") now /> }.into_view().to_html())
}

#[component]
fn Row(line: LogView, workspace: String, now: Timestamp) -> impl IntoView {
    let LogView { id, used, key, key_name, environment, owner_name, sample } = line;
    let good = used.code == "VALID";
    let (address, agent, at, code) = (used.address.clone(), used.agent.clone(), used.at, used.code.clone());
    let environment = (!environment.is_empty()).then(|| view! { <span class="badge badge-env">{environment}</span> });
    let sample = sample.map(|sample| {
        let of = format!(" of the call with {key_name}");
        view! {
            <p class="rows-text">
                <a class="link" href=format!("{workspace}/logs/samples/{sample}")>"Sample"<span class="visually-hidden">{of}</span></a>
            </p>
        }
    });
    view! {
        <tr role="row" data-at=at.0.to_string() data-id=id.to_string()>
            <td role="cell"><Ago at now /></td>
            <td role="cell" class="records-main mono"><What used /> {sample}</td>
            <td role="cell" class="log-key">
                <p class="rows-title"><a class="link" href=format!("{workspace}/keys/{key}")><bdi>{key_name}</bdi></a> {environment}</p>
                <p class="rows-text"><bdi>{owner_name}</bdi></p>
            </td>
            <td role="cell">
                <span class=if good { "badge badge-success" } else { "badge badge-danger" }>
                    {if good { "Accepted".to_owned() } else { code }}
                </span>
            </td>
            <td role="cell" class="mono muted" title=agent>{address}</td>
        </tr>
    }
    .into_any()
}
