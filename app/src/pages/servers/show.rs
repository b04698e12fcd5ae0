//! One server's page: where it is reached and by which address of ours, its tools, who may use it, and what can be changed.

use super::{
    State,
    fields::{AddressField, CredentialFields},
    members::MembersPanel,
    open_to_text,
    tools::ToolsPanel,
};
use crate::{
    components::{Ago, CheckBox, Column, CopyButton, FormNotice, Frame, Icon, Notice, Place, Post, TextField, Title},
    pages::{
        connect::ConnectButton,
        load::{load, param},
    },
    web::Here,
};
use domain::time::Timestamp;
use leptos::prelude::*;
use server::{
    auth::{ManageMembers, ManageServers, SeeServers},
    flash::Flash,
    servers::{self, ServerView},
    workspaces,
};

/// The page.
#[component]
pub fn ServerPage() -> impl IntoView {
    let here = Here::new();
    let (slug, name) = (param("workspace"), param("server"));
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let at = caller.in_workspace(&slug).await?;
        let page = servers::show(&at.clone().allow::<SeeServers>()?, &at, &name, &here.query("members")).await?;
        let may_manage = at.reach::<ManageServers>().is_some();
        let mut emails = Vec::new();
        if may_manage && let Ok(grant) = at.clone().allow::<ManageMembers>() {
            emails =
                workspaces::members(&grant, "", "").await?.members.into_iter().map(|member| member.email).collect();
        }
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let (flashed, now) = (here.flashed(), here.now());
        let (server, member) = (page.server.clone(), at.is_member());
        let fields = vec![("workspace", slug.clone()), ("server", server.slug.clone())];
        let path = format!("/w/{slug}/servers/{}", server.slug);
        let tools = view! {
            <ToolsPanel
                page=page.clone()
                fields=fields.clone()
                path=path.clone()
                from=here.query("tools")
                may_manage
                flashed=flashed.clone()
                now
            />
        };
        Ok(view! {
            <Title text=format!("{} · Latchkey", server.name) />
            <Frame place active="servers" said=flashed.notice()>
                <Column back=(format!("/w/{slug}/servers"), "Servers")>
                    <Head server=server.clone() slug=slug.clone() member />
                    <FormNotice flash=flashed.of("switch-server") />
                    {(!server.enabled).then(|| view! {
                        <Notice icon="pause">
                            <p class="notice-title">"No key reaches this server"</p>
                            <p>"It is off. Everything of it is kept."</p>
                        </Notice>
                    })}
                    <Facts server=server.clone() now />
                    {tools}
                    {may_manage.then(|| view! {
                        <MembersPanel page=page.clone() fields=fields.clone() path=path.clone() emails flashed=flashed.clone() />
                        <EditPanel server=server.clone() fields=fields.clone() flash=flashed.of("edit-server") />
                        <StopPanel server fields path />
                    })}
                </Column>
            </Frame>
        })
    })
}

#[component]
fn Head(server: ServerView, slug: String, member: bool) -> impl IntoView {
    view! {
        <div class="page-head">
            <div>
                <div class="page-title">
                    <h1 dir="auto">{server.name.clone()}</h1>
                    <State server=server.clone() />
                </div>
                <div class="key-id server-endpoint">
                    <code>{server.endpoint.clone()}</code>
                    <CopyButton text=server.endpoint label="Copy the address for clients".into() />
                </div>
            </div>
            {(member && server.enabled).then(|| view! {
                <div class="page-actions"><ConnectButton slug server=server.slug /></div>
            })}
        </div>
    }
    .into_any()
}

#[component]
fn Facts(server: ServerView, now: Timestamp) -> impl IntoView {
    let credential = if server.has_credential {
        format!("Sealed; sent as {}", server.header)
    } else {
        "None: it is asked without one".to_owned()
    };
    view! {
        <section class="panel" aria-labelledby="facts">
            <div class="panel-head"><h2 id="facts">"Facts"</h2></div>
            <div class="panel-body">
                <dl class="facts">
                    <div><dt>"URL"</dt><dd class="mono server-url">{server.url.clone()}</dd></div>
                    <div><dt>"Slug"</dt><dd class="mono">{server.slug.clone()}</dd></div>
                    <div><dt>"Credential"</dt><dd>{credential}</dd></div>
                    <div><dt>"Who may use it"</dt><dd>{open_to_text(&server)}</dd></div>
                    <div><dt>"Added"</dt><dd><Ago at=server.created_at now /></dd></div>
                </dl>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn EditPanel(server: ServerView, fields: Vec<(&'static str, String)>, flash: Flash) -> impl IntoView {
    let kept = server.has_credential;
    let erase = flash.typed.get("erase_credential").is_some_and(|typed| !typed.is_empty());
    // The ordinary header is said by the field's own hint.
    let header = if server.header == "authorization" { String::new() } else { server.header };
    view! {
        <section class="panel" aria-labelledby="edit">
            <div class="panel-head"><h2 id="edit">"Name, address and credential"</h2></div>
            <Post action="/console/edit_server" hidden=fields>
                <div class="panel-body">
                    <FormNotice flash=flash.clone() />
                    <TextField name="name" label="Name" most=80 value=server.name flash=flash.clone() />
                    <AddressField value=server.url flash=flash.clone() />
                    <CredentialFields header kept flash=flash.clone() />
                    {kept.then(|| view! {
                        <CheckBox
                            name="erase_credential"
                            title="Take the kept credential away"
                            text="It is erased, and the server is asked without one."
                            checked=erase
                            flash=flash.clone()
                        />
                    })}
                </div>
                <div class="panel-foot"><button class="btn">"Save server"</button></div>
            </Post>
        </section>
    }
    .into_any()
}

#[component]
fn StopPanel(server: ServerView, fields: Vec<(&'static str, String)>, path: String) -> impl IntoView {
    let (title, text, icon, word, enabled) = if server.enabled {
        (
            "Disable",
            "No key reaches it from the next request on; open streams end. Everything is kept.",
            "pause",
            "Disable server",
            "",
        )
    } else {
        ("Enable", "Keys reach it again from the next request on.", "play", "Enable server", "on")
    };
    let mut hidden = fields;
    hidden.push(("enabled", enabled.to_owned()));
    view! {
        <section class="panel" aria-labelledby="stop">
            <div class="panel-head"><h2 id="stop">"Stop or remove this server"</h2></div>
            <div class="act">
                <div><p class="act-title">{title}</p><p>{text}</p></div>
                <Post action="/console/switch_server" hidden><button class="btn"><Icon name=icon />{word}</button></Post>
            </div>
            <div class="act">
                <div><p class="act-title">"Remove"</p><p>"For ever, with its credential and what was said of its tools."</p></div>
                <a class="btn btn-danger-quiet" href=format!("{path}/remove")><Icon name="trash-2" />"Remove server"</a>
            </div>
        </section>
    }
    .into_any()
}
