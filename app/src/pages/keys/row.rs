//! One key in the list: a line of facts and a line of context. The whole row opens the key; switch, copy and menu do their
//! own thing above that.

use super::{UrlBadge, permission_word, spend_text, status_badge};
use crate::components::{Ago, CopyButton, Expires, Icon, Post};
use domain::{key::Status, time::Timestamp};
use leptos::prelude::*;
use server::keys::KeyView;

/// What every row of a page shares.
#[derive(Clone)]
pub struct RowContext {
    /// The list is of all users of all workspaces: a row says whose key it is, and where.
    pub everywhere: bool,
    /// Where its forms come back to.
    pub back: String,
    /// Now.
    pub now: Timestamp,
}

/// The row.
#[component]
pub fn KeyRow(
    /// The key.
    key: KeyView,
    /// What every row shares.
    context: RowContext,
) -> impl IntoView {
    let href = format!("/w/{}/keys/{}", key.workspace, key.id);
    let now = context.now;
    let badge = status_badge(&key).map(|(word, class)| view! { <span class=class>{word}</span> });
    let gateway = key.gateway.then(|| view! { <span class="badge badge-accent">"Gateway"</span> });
    let environment = if key.environment.is_empty() {
        view! {
            <span class="muted key-env-none">
                <span aria-hidden="true">"—"</span>
                <span class="visually-hidden">"No environment"</span>
            </span>
        }
        .into_any()
    } else {
        view! { <span class="badge badge-env" title=key.environment.clone()>{key.environment.clone()}</span> }
            .into_any()
    };
    let used = match key.last_used_at {
        Some(at) => {
            view! { <a class="key-time" href=href.clone() tabindex="-1"><Ago at now word="used" /></a> }.into_any()
        }
        None => view! { <span>"never used"</span> }.into_any(),
    };
    let owner = if key.own { "you".to_owned() } else { key.owner_name.clone() };
    let description = (!key.description.is_empty()).then(|| {
        let line = key.description.replace('\n', " ");
        view! { <bdi>{line}</bdi> " · " }
    });
    view! {
        <li class="key-row" id=format!("key-{}", key.id)>
            {key.may_change.then(|| view! {
                <label class="key-select">
                    <input type="checkbox" name="key" value=key.id.to_string() form="batch" aria-label=format!("Select {}", key.name) />
                </label>
            })}
            <div class="key-name">
                <a href=href.clone() dir="auto" title=key.name.clone()>{key.name.clone()}</a>
                {gateway}
                <UrlBadge key=key.clone() />
                {badge}
            </div>
            <div class="key-scope">
                <div class="key-env">{environment}</div>
                <div class="key-permission">{permission_word(key.permission)}</div>
            </div>
            <div class="key-id">
                <code>{key.masked.clone()}</code>
                <CopyButton text=key.masked.clone() label=format!("Copy id of {}", key.name) />
            </div>
            {key.deleted_at.is_none().then(|| view! {
                <div class="key-times">{used}<Expires key=key.clone() now href=href.clone() /></div>
            })}
            {key.may_change.then(|| view! { <Switch key=key.clone() context=context.clone() /> })}
            {key.may_change.then(|| view! { <Menu key=key.clone() context=context.clone() href /> })}
            <p class="key-context">
                {if context.everywhere {
                    view! { <Whose key=key.clone() /> }.into_any()
                } else {
                    view! { <bdi title=key.owner_email.clone()>{owner}</bdi> }.into_any()
                }}
                " · "
                {spend_text(&key).map(|text| format!("{text} · "))}
                {description}
                {match key.deleted_at {
                    Some(at) => view! { "deleted " <Ago at now /> }.into_any(),
                    None => view! { "created " <Ago at=key.created_at now /> }.into_any(),
                }}
            </p>
        </li>
    }
    .into_any()
}

/// Whose key it is, and in which workspace: the two columns more of the administrators' list.
#[component]
fn Whose(key: KeyView) -> impl IntoView {
    view! {
        <span class="key-whose"><bdi title=key.owner_name>{key.owner_email}</bdi></span>
        " in "
        <a class="key-where" href=format!("/w/{}/keys", key.workspace)><bdi>{key.workspace_name}</bdi></a>
    }
    .into_any()
}

/// Hidden fields of a form about one key.
pub fn key_fields(context: &RowContext, key: &KeyView) -> Vec<(&'static str, String)> {
    vec![("workspace", key.workspace.clone()), ("key", key.id.to_string()), ("back", context.back.clone())]
}

/// Where the switch of a key posts to: an expired key that was not paused is "switched on", and hears what to mend.
pub fn switch_action(status: Status) -> &'static str {
    if status == Status::Enabled { "/console/disable_key" } else { "/console/enable_key" }
}

#[component]
fn Switch(key: KeyView, context: RowContext) -> impl IntoView {
    let on = if key.status == Status::Enabled { "true" } else { "false" };
    let label = format!("{} enabled", key.name);
    view! {
        <Post action=switch_action(key.status) class="key-switch" hidden=key_fields(&context, &key)>
            <button class="switch" role="switch" aria-checked=on aria-label=label></button>
        </Post>
    }
    .into_any()
}

#[component]
fn Menu(key: KeyView, context: RowContext, href: String) -> impl IntoView {
    let (icon, word) = if key.status == Status::Enabled { ("pause", "Disable") } else { ("play", "Enable") };
    view! {
        <details class="menu key-more" name="key-menu">
            <summary class="btn-icon" aria-label=format!("More for {}", key.name)><Icon name="ellipsis" /></summary>
            <div class="menu-panel">
                <a class="menu-item" href=format!("{href}#name") data-rename=key.id.to_string()><Icon name="pencil" />"Rename"</a>
                <button type="button" class="menu-item needs-js" data-copy=key.masked.clone()>
                    <Icon name="copy" />"Copy id"
                </button>
                <Post action=switch_action(key.status) hidden=key_fields(&context, &key)>
                    <button class="menu-item"><Icon name=icon />{word}</button>
                </Post>
                {key.may_reveal.then(|| view! {
                    <button type="button" class="menu-item needs-js" data-copy-key=key.id.to_string() data-workspace=key.workspace.clone()>
                        <Icon name="key-round" />"Copy key"
                    </button>
                })}
                {(key.status == Status::Enabled).then(|| view! {
                    <a class="menu-item" href=format!("{href}/rotate")><Icon name="refresh-cw" />"Rotate"</a>
                })}
                <a class="menu-item" href=format!("/w/{}/keys/new?like={}", key.workspace, key.id)>
                    <Icon name="copy-plus" />"Create another like this"
                </a>
                <div class="menu-rule"></div>
                <a class="menu-item menu-item-danger" href=format!("{href}/delete")><Icon name="trash-2" />"Delete"</a>
            </div>
        </details>
    }
    .into_any()
}
