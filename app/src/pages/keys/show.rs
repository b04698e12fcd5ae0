//! One key's page: what it is, what it did, what can be done with it.

use super::{
    UrlBadge,
    edit::Edit,
    limits::LimitPanel,
    models::{ModelChoices, ModelPanel},
    permission_word,
    requests::LatestRequests,
    row::{RowContext, key_fields, switch_action},
    scope::ScopePanel,
    status_badge,
    usage::{UsagePanel, range},
};
use crate::{
    components::{Ago, Column, CopyButton, Expires, FormNotice, Frame, Icon, Notice, Place, Post, Records, Title},
    pages::{
        audit,
        load::{load, param},
    },
    web::Here,
};
use domain::{key::Status, time::Timestamp};
use leptos::prelude::*;
use server::{
    audit::words,
    auth::{ChangeKey, ManageModels, SeeAudit, SeeKeys, SeeServers},
    flash::Flash,
    keys::{self, ChangeView, KeyView, Links},
};

/// The page.
#[component]
pub fn KeyPage() -> impl IntoView {
    let here = Here::new();
    let (slug, id) = (param("workspace"), param("key"));
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let at = caller.in_workspace(&slug).await?;
        let seen = at.clone().allow::<SeeKeys>()?;
        let page = keys::show(&seen, &at, &id).await?;
        let range = range(&here);
        let bars = keys::usage(&seen, &page.key.id, range).await?;
        let choices = keys::scope_choices(&at.clone().allow::<SeeServers>()?, &page.key.mcp).await?;
        let models = ModelChoices {
            known: server::models::known(&seen).await?,
            guardrails: keys::guardrail_choices(&seen, page.key.model.guardrail.as_ref()).await?,
            samples: at.settings().samples,
        };
        let sees_guardrails = at.reach::<ManageModels>().is_some();
        let trail = at.reach::<SeeAudit>().map(|_| format!("/w/{slug}/audit{}", audit::about(&id)));
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let flashed = here.flashed();
        let context = RowContext { everywhere: false, back: format!("/w/{slug}/keys/{id}"), now: here.now() };
        let (key, settings, reach) = (page.key, at.settings().clone(), at.reach::<ChangeKey>());
        let name = at.workspace_name().to_owned();
        Ok(view! {
            <Title text=format!("{} · Latchkey", key.name) />
            <Frame place active="keys" said=flashed.notice()>
                <Column back=(format!("/w/{slug}/keys"), "Keys")>
                    <Head key=key.clone() />
                    <FormNotice flash=flashed.of("switch") />
                    <Before key=key.clone() links=page.links now=context.now />
                    {key.may_reveal.then(|| view! { <Secret key=key.clone() flash=flashed.of("reveal") /> })}
                    <Facts key=key.clone() now=context.now />
                    <UsagePanel bars range path=context.back.clone() all=format!("/w/{slug}/usage?key={}", key.id) />
                    {key.may_change.then(|| view! {
                        <Edit key=key.clone() context=context.clone() settings reach workspace=name flashed=flashed.clone() />
                    })}
                    <ScopePanel key=key.clone() choices reach context=context.clone() flash=flashed.of("scope") />
                    <ModelPanel
                        key=key.clone()
                        choices=models
                        reach
                        sees_guardrails
                        context=context.clone()
                        flash=flashed.of("models")
                    />
                    <LimitPanel key=key.clone() context=context.clone() flash=flashed.of("limits") />
                    <LatestRequests uses=page.uses path=context.back.clone() now=context.now />
                    <Changes changes=page.changes trail now=context.now />
                    {key.may_change.then(|| view! { <Stop key=key.clone() context /> })}
                </Column>
            </Frame>
        })
    })
}

#[component]
fn Head(key: KeyView) -> impl IntoView {
    let (word, class) = status_badge(&key).unwrap_or(("Enabled", "badge badge-success"));
    view! {
        <div class="page-head">
            <div>
                <div class="page-title">
                    <h1 dir="auto">{key.name.clone()}</h1>
                    <span class=class>{word}</span>
                    {key.gateway.then(|| view! { <span class="badge badge-accent">"Gateway"</span> })}
                    <UrlBadge key=key.clone() />
                </div>
                <div class="key-id"><code>{key.masked.clone()}</code><CopyButton text=key.masked label="Copy id".into() /></div>
            </div>
        </div>
    }
    .into_any()
}

/// What a person must know before anything else: it is deleted, or another key has taken its place.
#[component]
fn Before(key: KeyView, links: Links, now: Timestamp) -> impl IntoView {
    let slug = key.workspace;
    let page = |id: &str| format!("/w/{slug}/keys/{id}");
    let like = format!("/w/{slug}/keys/new?like={}", key.id);
    let deleted = key.deleted_at.map(|at| {
        view! {
            <Notice icon="trash-2">
                <p class="notice-title">"Deleted " <Ago at now /></p>
                <p>
                    "Its secret is erased. "
                    <a class="link" href=like>"Create another like this"</a>
                </p>
            </Notice>
        }
    });
    let stops = match key.expires_at {
        Some(end) if end > now => format!("This one stops {}.", end.ahead(now)),
        _ => "This one has stopped.".to_owned(),
    };
    let replaced_by = links.replaced_by.map(|next| (page(next.id.as_str()), next)).map(|(href, next)| {
        view! {
            <Notice icon="refresh-cw">
                <p class="notice-title">"Rotated"</p>
                <p><a class="link" href=href><bdi>{next.name}</bdi></a> " has taken its place. " {stops}</p>
            </Notice>
        }
    });
    let replaces = links.replaces.map(|old| (page(old.id.as_str()), old)).map(|(href, old)| {
        view! {
            <p class="muted">
                "Takes the place of " <a class="link" href=href><bdi>{old.name}</bdi></a> ", by rotation."
            </p>
        }
    });
    view! { {deleted} {replaced_by} {replaces} }.into_any()
}

#[component]
fn Secret(key: KeyView, flash: Flash) -> impl IntoView {
    let hidden = vec![("workspace", key.workspace), ("key", key.id.to_string())];
    view! {
        <section class="panel" aria-labelledby="secret-title">
            <div class="panel-head"><h2 id="secret-title">"Secret"</h2></div>
            <FormNotice flash />
            <div class="act">
                <div><p class="act-title">"Reveal"</p><p>"Shows the whole key again. It is written to the audit log first."</p></div>
                <Post action="/console/reveal_key" hidden>
                    <button class="btn"><Icon name="eye" />"Reveal key"</button>
                </Post>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Facts(key: KeyView, now: Timestamp) -> impl IntoView {
    let environment = if key.environment.is_empty() { "None".to_owned() } else { key.environment.clone() };
    let from = match (key.last_used_address.as_str(), key.last_used_agent.as_str()) {
        ("", "") => "Never used".to_owned(),
        (address, "") => address.to_owned(),
        ("", agent) => agent.to_owned(),
        (address, agent) => format!("{address} ({agent})"),
    };
    let presented = if key.url_credential { "In a header, or in a URL over MCP" } else { "In a header" };
    let used = match key.last_used_at {
        Some(at) => view! { <Ago at now /> }.into_any(),
        None => "Never".into_any(),
    };
    view! {
        <section class="panel" aria-labelledby="facts">
            <div class="panel-head"><h2 id="facts">"Facts"</h2></div>
            <div class="panel-body">
                <dl class="facts">
                    <div><dt>"Owner"</dt><dd><bdi>{key.owner_name.clone()}</bdi> " (" {key.owner_email.clone()} ")"</dd></div>
                    <div><dt>"Permission"</dt><dd>{permission_word(key.permission)}</dd></div>
                    <div><dt>"Presented"</dt><dd>{presented}</dd></div>
                    <div><dt>"Environment"</dt><dd>{environment}</dd></div>
                    <div><dt>"Last used"</dt><dd>{used}</dd></div>
                    <div><dt>"From"</dt><dd class="mono">{from}</dd></div>
                    <div><dt>"Accepted requests"</dt><dd class="mono">{key.uses}</dd></div>
                    <div><dt>"Expires"</dt><dd><Expires key=key.clone() now /></dd></div>
                    <div><dt>"Created"</dt><dd><Ago at=key.created_at now /></dd></div>
                    <div><dt>"Key id"</dt><dd class="mono">{key.id.to_string()}</dd></div>
                </dl>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Changes(changes: Vec<ChangeView>, trail: Option<String>, now: Timestamp) -> impl IntoView {
    let rows = changes.into_iter().map(|change| {
        view! {
            <tr role="row">
                <td role="cell"><Ago at=change.at now /></td>
                <td role="cell" class="records-main">
                    {words(&change.action).map_or(change.action, |words| words.alone.to_owned())}
                    {change.renamed.map(|(from, to)| view! { " “" <bdi>{from}</bdi> "” to “" <bdi>{to}</bdi> "”" })}
                </td>
                <td role="cell" class="muted"><bdi>{change.actor}</bdi></td>
            </tr>
        }
    });
    let rows = rows.collect_view().into_any();
    view! {
        <section class="panel" aria-labelledby="changes">
            <div class="panel-head panel-head-row">
                <h2 id="changes">"Changes"</h2>
                {trail.map(|href| view! { <a class="link" href=href>"In the audit log"</a> })}
            </div>
            <Records columns=["When", "What", "Who"] rows />
        </section>
    }
    .into_any()
}

#[component]
fn Stop(key: KeyView, context: RowContext) -> impl IntoView {
    let delete = format!("{}/delete", context.back);
    let (title, text, icon, word) = if key.status == Status::Enabled {
        (
            "Disable",
            "Pauses it from the next request on. Everything is kept, and it can be enabled again.",
            "pause",
            "Disable key",
        )
    } else {
        ("Enable", "Lets it work again from the next request on.", "play", "Enable key")
    };
    view! {
        <section class="panel" aria-labelledby="stop">
            <div class="panel-head"><h2 id="stop">"Stop, start or replace this key"</h2></div>
            <div class="act">
                <div><p class="act-title">{title}</p><p>{text}</p></div>
                <Post action=switch_action(key.status) hidden=key_fields(&context, &key)>
                    <button class="btn"><Icon name=icon />{word}</button>
                </Post>
            </div>
            {(key.status == Status::Enabled).then(|| view! {
                <div class="act">
                    <div><p class="act-title">"Rotate"</p><p>"A new key takes its place and name; this one stops after a grace."</p></div>
                    <a class="btn" href=format!("{}/rotate", context.back)><Icon name="refresh-cw" />"Rotate key"</a>
                </div>
            })}
            <div class="act">
                <div><p class="act-title">"Another"</p><p>"A new key with the same settings beside this one."</p></div>
                <a class="btn" href=format!("/w/{}/keys/new?like={}", key.workspace, key.id)>
                    <Icon name="copy-plus" />"Create another like this"
                </a>
            </div>
            <div class="act">
                <div><p class="act-title">"Delete"</p><p>"For ever. Only its name and dates stay, for the audit log."</p></div>
                <a class="btn btn-danger-quiet" href=delete><Icon name="trash-2" />"Delete key"</a>
            </div>
        </section>
    }
    .into_any()
}
