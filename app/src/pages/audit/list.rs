//! The events of one page of the audit log.

use super::query;
use crate::components::{Ago, Empty, Pager, Records};
use domain::time::Timestamp;
use leptos::prelude::*;
use server::audit::{AuditList, AuditQuery, EventView, words};

/// The events, or why there are none, and the way on.
#[component]
pub fn Events(
    /// The page's path.
    path: String,
    /// What is asked for.
    query: AuditQuery,
    /// What there is.
    list: AuditList,
    /// Now.
    now: Timestamp,
    /// They are of all workspaces, and say of which.
    whole: bool,
) -> impl IntoView {
    let shown = list.events.len();
    let at = |after: String| format!("{path}{}", query::write(&AuditQuery { after, ..query.clone() }));
    let first = (!query.after.is_empty()).then(|| at(String::new()));
    let more = list.next.map(at);
    let looked = list.looked_back_to.map(|back| {
        format!("Everything since {} was looked at. Older events are looked through on the next page.", back.human())
    });
    let (nothing, to_come) = (shown == 0, looked.is_some());
    let rows = list.events.into_iter().map(|event| row(event, &path, now, whole)).collect_view().into_any();
    view! {
        {if nothing {
            view! { <Nothing to_come clear=path /> }.into_any()
        } else if whole {
            view! { <div class="panel"><Records columns=["When", "What", "Workspace", "Who", "From"] rows /></div> }.into_any()
        } else {
            view! { <div class="panel"><Records columns=["When", "What", "Who", "From"] rows /></div> }.into_any()
        }}
        {looked.map(|looked| view! { <p class="muted">{looked}</p> })}
        <Pager
            label="Pages of the audit log".to_owned()
            shown=format!("{shown} events on this page")
            first
            more
            more_text=if to_come { "Look further back" } else { "Older events" }
        />
    }
    .into_any()
}

#[component]
fn Nothing(to_come: bool, clear: String) -> impl IntoView {
    let text = if to_come {
        "Nothing yet: the log goes on."
    } else {
        "Nothing has all of that. Widen the filters, or look at everything."
    };
    view! {
        <Empty icon="search-x" title="No event matches" small=true>
            <p>{text}</p>
            <div class="empty-actions"><a class="btn" href=clear>"Clear filters"</a></div>
        </Empty>
    }
    .into_any()
}

fn row(event: EventView, path: &str, now: Timestamp, whole: bool) -> AnyView {
    let about = format!("{path}{}", query::about(&event.target));
    let what = words(&event.action).map_or_else(|| event.action.clone(), |words| words.sentence.to_owned());
    let name = if event.target_name.is_empty() { event.target.clone() } else { event.target_name };
    let workspace = whole.then(|| match event.workspace {
        Some(slug) => {
            view! { <td role="cell"><a class="link" href=format!("/w/{slug}/audit")>{slug.clone()}</a></td> }.into_any()
        }
        None => view! { <td role="cell" class="muted">"Installation"</td> }.into_any(),
    });
    view! {
        <tr role="row">
            <td role="cell"><Ago at=event.at now /></td>
            <td role="cell" class="records-main">
                {what} " " <a class="link" href=about title=event.target><bdi>{name}</bdi></a>
                {(!event.new_name.is_empty()).then(|| view! { " to " <bdi>{event.new_name}</bdi> })}
            </td>
            {workspace}
            <td role="cell"><bdi>{event.actor}</bdi></td>
            <td role="cell" class="mono muted">{event.address}</td>
        </tr>
    }
    .into_any()
}
