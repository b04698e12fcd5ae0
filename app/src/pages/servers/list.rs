//! The servers of a workspace: which there are, whether they are on, and the way to connect an agent to them.

use super::{State, open_to_text, tools_text};
use crate::{
    components::{Empty, Frame, Icon, Listing, Place, Title},
    pages::{
        connect::ConnectButton,
        load::{load, param},
    },
    web::Here,
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
        let rows = list.servers.into_iter().map(|server| view! { <Row path=path.clone() server /> }.into_any());
        let rows = rows.collect();
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
                    view! {
                        <Listing
                            of="servers"
                            label="Servers"
                            columns=["Server", "Tools", "Who may use it", "State"]
                            rows
                            path
                            after
                            next=list.next
                        />
                    }
                    .into_any()
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
