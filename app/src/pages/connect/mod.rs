//! The connect helper: every client that speaks MCP, and what a person does to connect it with a key. The key comes in a
//! sealed cookie that the page clears, so that a page that is only loaded shows none.

mod clients;
mod key;
mod ways;

use crate::{
    components::{Column, FormNotice, Frame, Icon, Notice, Place, Post, Select, Title},
    pages::load::{load, param},
    web::Here,
};
use clients::Clients;
use domain::{
    access::Reach,
    key::PlainKey,
    mcp::connect::{Client, ConnectKey},
    workspace::Plan,
};
use key::KeyPanel;
use leptos::prelude::*;
use server::{
    auth::{CreateKey, InWorkspace, RevealKey, SeeKeys, SeeServers},
    connect,
    flash::{Connection, Flash, Slot, Tested},
    keys::KeyView,
    servers::{self, ServerView},
};

/// The button that opens the helper: a click may create the first key, so it posts.
#[component]
pub fn ConnectButton(
    /// The workspace's slug.
    slug: String,
    /// The server's slug; empty for the workspace's own address.
    #[prop(optional)]
    server: String,
) -> impl IntoView {
    view! {
        <Post action="/console/connect_client" hidden=vec![("workspace", slug), ("server", server)]>
            <button class="btn"><Icon name="plug" />"Connect an agent"</button>
        </Post>
    }
    .into_any()
}

/// What the helper shows.
#[derive(Clone)]
struct Helper {
    workspace: String,
    /// The server's slug; empty for the workspace's own address.
    server: String,
    client: Client,
    /// The key that is filled in, whole and as lists show it; the view is missing where the workspace does not know it.
    key: Option<(PlainKey, KeyView)>,
    /// It was created for this.
    new: bool,
    tested: Option<Tested>,
    /// The caller may create a key here, and how far.
    create: Option<Reach>,
    /// A key of theirs can be filled in.
    pick: bool,
    /// And one that was made for URLs.
    pick_for_url: bool,
}

impl Helper {
    /// The key that is filled in may stand in an address.
    fn has_url_credential(&self) -> bool {
        self.key.as_ref().is_some_and(|(_, key)| key.url_credential)
    }
}

/// The page.
#[component]
pub fn ConnectPage() -> impl IntoView {
    let here = Here::new();
    let slug = param("workspace");
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let at = caller.in_workspace(&slug).await?;
        let (seen, servers) = (at.clone().allow::<SeeKeys>()?, at.clone().allow::<SeeServers>()?);
        let server = here.query("server");
        let wanted = Some(server.as_str()).filter(|server| !server.is_empty());
        let target = connect::target(&servers, wanted).await?;
        let listed = servers::list(&servers, &at, "").await?.servers;
        let own = connect::own_keys(&seen, wanted).await?;
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let flash = here.flashed().of("connect");
        let connection = here.take::<Connection>(Slot::Connect).filter(|connection| {
            Some(&connection.user) == caller.user_id() && connection.workspace == slug && connection.server == server
        });
        let (mut key, mut new, mut tested) = (None, false, None);
        if let Some(connection) = connection {
            let view = connect::known(&seen, &at, &connection.key).await?;
            let plain = PlainKey::parse(&connection.key, here.latchkey.prefix()).ok();
            (key, new, tested) = (plain.zip(view), connection.new, connection.tested);
        }
        let helper = Helper {
            workspace: slug.clone(),
            server: server.clone(),
            client: Client::of(&here.query("client")).unwrap_or(Client::ClaudeCode),
            key,
            new,
            tested,
            create: at.reach::<CreateKey>().filter(|_| at.plan() == Plan::Pro && at.is_member()),
            pick: own.fits.is_some() && at.reach::<RevealKey>().is_some(),
            pick_for_url: own.for_url.is_some() && at.reach::<RevealKey>().is_some(),
        };
        let filled = helper.key.as_ref().map_or_else(ConnectKey::placeholder, |(key, _)| ConnectKey::of(key));
        let back = if server.is_empty() {
            (format!("/w/{slug}/keys"), "Keys")
        } else {
            (format!("/w/{slug}/servers/{server}"), "The server")
        };
        let name = listed.iter().find(|listed| listed.slug == server).map(|listed| listed.name.clone());
        let lead = match name {
            Some(name) => format!("With a key of its own, an agent reaches {name} through Latchkey."),
            None if server.is_empty() => {
                "With a key of its own, an agent reaches what this workspace offers.".to_owned()
            }
            None => format!("With a key of its own, an agent reaches {server} through Latchkey."),
        };
        Ok(view! {
            <Title text=format!("Connect an agent · {} · Latchkey", at.workspace_name()) />
            <Frame place active=if server.is_empty() { "keys" } else { "servers" }>
                <Column back>
                    <div class="page-head">
                        <div><h1>"Connect an agent"</h1><p class="page-lead" dir="auto">{lead}</p></div>
                    </div>
                    <Explain at=at.clone() />
                    <ServerForm helper=helper.clone() listed />
                    <Body helper target=target.clone() filled flash />
                </Column>
            </Frame>
        })
    })
}

/// Why no key can be made here, if that is so.
#[component]
fn Explain(at: InWorkspace) -> impl IntoView {
    let text = if at.plan() == Plan::Basic {
        "This workspace is on Basic: its keys are not accepted, so nothing connects. An administrator changes the plan in its \
         settings."
    } else if !at.is_member() {
        "You administer this installation and are no member of this workspace: you can't own a key of it. The forms below are \
         what its members fill in."
    } else if at.reach::<CreateKey>().is_none() {
        "You are a viewer, and can't create keys here. An administrator can make you a developer, or let viewers have \
         read-only keys."
    } else {
        return ().into_any();
    };
    view! { <Notice icon="eye"><p>{text}</p></Notice> }.into_any()
}

/// Which server the client reaches. A key that is filled in stays.
#[component]
fn ServerForm(helper: Helper, listed: Vec<ServerView>) -> impl IntoView {
    if listed.is_empty() {
        return ().into_any();
    }
    let mut options = vec![(String::new(), "Every server that the key reaches".to_owned())];
    let known = listed.iter().any(|server| server.slug == helper.server);
    options
        .extend(listed.into_iter().map(|server| (server.slug.clone(), format!("{} ({})", server.name, server.slug))));
    if !known && !helper.server.is_empty() {
        options.push((helper.server.clone(), helper.server.clone()));
    }
    let mut hidden = hidden(&helper);
    hidden.retain(|(name, _)| *name != "server");
    hidden.push(("client", helper.client.word().to_owned()));
    view! {
        <Post action="/console/connect_client" class="inline-form connect-server" hidden label="Server">
            <span class="field-label">"Reaches"</span>
            <Select name="server" label="What the agent reaches" options chosen=helper.server />
            <button class="btn" name="step" value="show">"Show"</button>
        </Post>
    }
    .into_any()
}

/// The fields that every form of the helper carries on.
fn hidden(helper: &Helper) -> Vec<(&'static str, String)> {
    let mut fields = vec![("workspace", helper.workspace.clone()), ("server", helper.server.clone())];
    if let Some((key, _)) = &helper.key {
        fields.push(("key", key.expose().to_owned()));
    }
    if helper.new {
        fields.push(("new", "on".to_owned()));
    }
    fields
}

#[component]
fn Body(helper: Helper, target: domain::mcp::connect::Target, filled: ConnectKey, flash: Flash) -> impl IntoView {
    let hidden = hidden(&helper);
    view! {
        <Post action="/console/connect_client" class="connect" hidden label="Client and key">
            <FormNotice flash=flash.clone() />
            <KeyPanel helper=helper.clone() flash />
            <Clients helper target filled />
        </Post>
    }
    .into_any()
}
