//! The servers of a workspace: which there are, whether they are on, and the way to connect an agent to them.

use super::{State, open_to_text, tools_text};
use crate::{
    components::{Empty, Frame, Icon, Pager, Place, Records, Title},
    pages::{
        connect::ConnectButton,
        load::{load, param},
    },
    web::{Here, query_string},
};
use leptos::prelude::*;
use server::{
    auth::{ManageServers, SeeServers},
    servers::{self, ServerView},
};

/// The page.
#[component]
pub fn ServersPage() -> impl IntoView {
    let here = Here::new();
    let slug = param("workspace");
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let at = caller.in_workspace(&slug).await?;
        let after = here.query("after");
        let list = servers::list(&at.clone().allow::<SeeServers>()?, &at, &after).await?;
        let may_manage = at.reach::<ManageServers>().is_some();
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let (path, name) = (format!("/w/{slug}/servers"), at.workspace_name().to_owned());
        let none = list.servers.is_empty() && after.is_empty();
        let first = (!after.is_empty()).then(|| path.clone());
        let more = list.next.map(|after| format!("{path}{}", query_string(&[("after", &after)])));
        let member = at.is_member();
        Ok(view! {
            <Title text=format!("Servers · {name} · Latchkey") />
            <Frame place active="servers" said=here.flashed().notice()>
                <div class="page-head">
                    <div>
                        <h1>"Servers"</h1>
                        <p class="page-lead">
                            "What agents reach with keys of " <bdi>{name}</bdi> ". The servers' own credentials stay here."
                        </p>
                    </div>
                    {(!none).then(|| view! {
                        <div class="page-actions">
                            {member.then(|| view! { <ConnectButton slug=slug.clone() /> })}
                            {may_manage.then(|| view! { <AddLink path=path.clone() /> })}
                        </div>
                    })}
                </div>
                {if none {
                    view! { <NoServers path may_manage /> }.into_any()
                } else {
                    view! { <Listing path servers=list.servers first more /> }.into_any()
                }}
            </Frame>
        })
    })
}

#[component]
fn AddLink(path: String) -> impl IntoView {
    view! { <a class="btn btn-primary" href=format!("{path}/new")><Icon name="plus" />"Add server"</a> }.into_any()
}

#[component]
fn NoServers(path: String, may_manage: bool) -> impl IntoView {
    let who = if may_manage {
        "Add the first one by its address; its credential is sealed and goes to the server alone."
    } else {
        "An administrator of the workspace adds them."
    };
    view! {
        <Empty icon="server" title="No servers yet">
            <p>
                "An MCP server gives agents tools. Behind Latchkey each agent opens it with a key of its own, read-only where it \
                 only reads, and every call is counted. " {who}
            </p>
            {may_manage.then(|| view! { <div class="empty-actions"><AddLink path /></div> })}
        </Empty>
    }
    .into_any()
}

#[component]
fn Listing(path: String, servers: Vec<ServerView>, first: Option<String>, more: Option<String>) -> impl IntoView {
    if servers.is_empty() {
        return view! {
            <Empty icon="search-x" title="No more servers" small=true>
                <div class="empty-actions"><a class="btn" href=path>"First page"</a></div>
            </Empty>
        }
        .into_any();
    }
    let shown = format!("{} servers on this page", servers.len());
    let rows = servers.into_iter().map(|server| view! { <Row path=path.clone() server /> });
    let rows = rows.collect_view().into_any();
    view! {
        <section class="panel" aria-label="Servers">
            <Records columns=["Server", "Tools", "Who may use it", "State"] rows />
        </section>
        <Pager label="Pages of servers" shown first more more_text="More servers" />
    }
    .into_any()
}

#[component]
fn Row(path: String, server: ServerView) -> impl IntoView {
    let href = format!("{path}/{}", server.slug);
    view! {
        <tr role="row">
            <td role="cell" class="records-main server-main">
                <p class="rows-title">
                    <a class="link" href=href><bdi>{server.name.clone()}</bdi></a>
                    <span class="badge badge-env">{server.slug.clone()}</span>
                </p>
                <p class="rows-text mono">{server.url.clone()}</p>
            </td>
            <td role="cell">{tools_text(&server)}</td>
            <td role="cell">{open_to_text(&server)}</td>
            <td role="cell"><State server /></td>
        </tr>
    }
    .into_any()
}
