//! Which MCP servers a key reaches, and its firewall policy: the fields of it, folded in the create form, and the panel on the
//! key's page.

use super::{
    row::{RowContext, key_fields},
    under::UnderField,
};
use crate::components::{ErrorText, FormNotice, Icon, Post, TextArea, error_of};
use domain::{access::Reach, key::ServerScope};
use leptos::prelude::*;
use server::{
    flash::Flash,
    keys::{KeyView, ScopeChoices},
};

/// Whether there is anything to choose.
pub fn is_offered(choices: &ScopeChoices) -> bool {
    !choices.servers.is_empty() || !choices.policies.is_empty() || !choices.all
}

/// The fields, folded until somebody opens them, one is wrong, or they are filled in from another key.
#[component]
pub fn ScopeFold(
    /// What can be chosen.
    choices: ScopeChoices,
    /// The refused form.
    flash: Flash,
) -> impl IntoView {
    let typed = |name: &str| flash.typed.get(name).cloned().unwrap_or_default();
    let wrong = ["servers", "policy"].iter().any(|field| error_of(&flash, field).is_some());
    let open = wrong || !matches!(&*typed("servers"), "" | "all") || !typed("policy").is_empty();
    view! {
        <details class="fold" open=open>
            <summary>
                <Icon name="chevron-right" />
                <span class="fold-title">"MCP servers"</span>
                <span class="fold-none fold-every">"every server of the workspace"</span>
                <span class="badge fold-set fold-chosen">"Chosen servers"</span>
                <span class="badge fold-set fold-no-servers">"No server"</span>
            </summary>
            <div class="fields"><ScopeFields choices flash may_lift=true /></div>
        </details>
    }
    .into_any()
}

#[component]
fn ScopeFields(choices: ScopeChoices, flash: Flash, may_lift: bool) -> impl IntoView {
    let now = match (choices.all, choices.servers.iter().any(|server| server.chosen)) {
        (true, _) => "all",
        (false, true) => "chosen",
        (false, false) => "none",
    };
    let typed = flash.typed.get("servers").filter(|typed| !typed.is_empty()).cloned();
    let scope = typed.clone().unwrap_or_else(|| now.into());
    let chosen: Option<Vec<String>> = typed
        .is_some()
        .then(|| flash.typed.get("chosen").map(|typed| typed.split(',').map(str::to_owned).collect()))
        .flatten();
    let ways = [
        ("all", "Every server", "That its owner has, also those added later."),
        ("chosen", "Chosen servers", "These alone, as long as its owner has them."),
        ("none", "No server", "It opens nothing over MCP."),
    ];
    let ways = ways.into_iter().filter(|(value, ..)| *value != "chosen" || !choices.servers.is_empty());
    let ways = ways.map(|(value, title, text)| {
        view! {
            <label class="choice">
                <input type="radio" name="servers" value=value checked=scope == value />
                <span class="choice-title">{title}</span>
                <span class="choice-text">{text}</span>
            </label>
        }
    });
    let ways = ways.collect_view();
    let boxes = choices.servers.iter().map(|server| {
        let checked = chosen.as_ref().map_or(server.chosen, |chosen| chosen.contains(&server.slug));
        view! {
            <label class="server-choice">
                <input type="checkbox" name="chosen[]" value=server.slug.clone() checked=checked />
                <bdi>{server.name.clone()}</bdi>
                <span class="badge badge-env">{server.slug.clone()}</span>
            </label>
        }
    });
    let boxes = boxes.collect_view();
    let also = choices.more.then(|| {
        view! {
            <TextArea
                name="also"
                label="Other servers"
                hint="There are more than are listed. Type their slugs, one a line."
                placeholder="github"
                value=""
                flash=flash.clone()
            />
        }
    });
    view! {
        <fieldset class="group server-scope">
            <legend>"Servers"</legend>
            <div class="choices">{ways}</div>
            <div class="server-choices">{boxes}{also}</div>
            <ErrorText name="servers" error=error_of(&flash, "servers") />
        </fieldset>
        <UnderField
            name="policy"
            label="Firewall policy"
            none="None: every tool that its permission allows"
            options=choices.policies
            now=choices.policy
            flash
            may_lift
        />
    }
    .into_any()
}

/// The panel on a key's page: a form for who may change the key, else what holds.
#[component]
pub fn ScopePanel(
    /// The key.
    key: KeyView,
    /// What can be chosen.
    choices: ScopeChoices,
    /// How far the caller may go with keys of the workspace.
    reach: Option<Reach>,
    /// Where its form comes back to.
    context: RowContext,
    /// The refused form.
    flash: Flash,
) -> impl IntoView {
    if !is_offered(&choices) {
        return ().into_any();
    }
    let lead = summary(&key, &choices);
    let form = key.may_change.then(|| {
        view! {
            <Post action="/console/scope_key" hidden=key_fields(&context, &key)>
                <div class="panel-body">
                    <FormNotice flash=flash.clone() />
                    <ScopeFields choices flash may_lift=reach == Some(Reach::AllKeys) />
                </div>
                <div class="panel-foot"><button class="btn">"Save servers"</button></div>
            </Post>
        }
    });
    let end = form.is_none().then(|| view! { <div class="panel-body"></div> });
    view! {
        <section class="panel" aria-labelledby="scope">
            <div class="panel-head"><h2 id="scope">"MCP servers"</h2><p dir="auto">{lead}</p></div>
            {form}
            {end}
        </section>
    }
    .into_any()
}

/// What holds, in a sentence or two.
fn summary(key: &KeyView, choices: &ScopeChoices) -> String {
    let named: Vec<&str> = choices.servers.iter().filter(|server| server.chosen).map(|server| &*server.name).collect();
    let servers = match (&key.mcp.servers, &*named) {
        (ServerScope::All, _) => "Reaches every server that its owner has".to_owned(),
        (_, []) => "Reaches no server".to_owned(),
        (_, [one]) => format!("Reaches {one} alone"),
        (_, [first, second]) => format!("Reaches {first} and {second}"),
        (_, [first, second, rest @ ..]) => format!("Reaches {first}, {second} and {} more", rest.len()),
    };
    match choices.policies.iter().find(|(id, _)| *id == choices.policy && !id.is_empty()) {
        Some((_, name)) => format!("{servers}, under the firewall policy {name}."),
        None => format!("{servers}."),
    }
}
