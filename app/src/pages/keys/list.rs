//! The keys screen: what is this, is anything wrong, what can I do.

use super::{
    create::{CreateDialog, FormFacts},
    notices::NoticeLine,
    query,
    row::RowContext,
    sections::Sections,
    toolbar::Toolbar,
};
use crate::{
    components::{Empty, FormNotice, Frame, Icon, Notice, Place, Post, Title},
    pages::{
        connect::ConnectButton,
        load::{load, param},
    },
    web::Here,
};
use domain::{
    access::Role,
    workspace::{Plan, Reveal},
};
use leptos::{either::Either, prelude::*};
use server::{
    auth::{CreateKey, InWorkspace, SeeKeys},
    keys::{self, KeyList, KeyQuery},
};

/// The page.
#[component]
pub fn KeysPage() -> impl IntoView {
    let here = Here::new();
    let slug = param("workspace");
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let at = caller.in_workspace(&slug).await?;
        let grant = at.clone().allow::<SeeKeys>()?;
        let query = query::read(&here);
        let list = keys::list(&grant, &at, &query).await?;
        let notices = keys::notices(&grant, &at).await?;
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let flashed = here.flashed();
        let facts = FormFacts::of(&at, &slug, list.environments.clone()).await?;
        let may_create = facts.may_create;
        let context =
            RowContext { everywhere: false, back: format!("/w/{slug}/keys{}", query::write(&query)), now: here.now() };
        let kept = match at.settings().reveal {
            Reveal::Once => "A secret is shown once, when its key is created.",
            Reveal::Recoverable => "Secrets are kept sealed: developers can see them again.",
        };
        let lead = format!("For people, scripts and agents in {}. {kept}", at.workspace_name());
        let first = list.no_keys_yet && !query::is_filtered(&query);
        let (template, renamed) = (context.clone(), slug.clone());
        Ok(view! {
            <Title text=format!("Keys · {} · Latchkey", at.workspace_name()) />
            <Frame place active="keys" said=flashed.notice()>
                <div class="page-head">
                    <div><h1>"Keys"</h1><p class="page-lead">{lead}</p></div>
                    {(may_create && !first).then(|| view! {
                        <div class="page-actions"><ConnectButton slug=slug.clone() /><CreateLink slug=slug.clone() /></div>
                    })}
                </div>
                <FormNotice flash=flashed.of("switch") />
                <Explain at=at.clone() />
                <NoticeLine notices context=context.clone() />
                {if first {
                    Either::Left(view! { <NoKeys name=at.workspace_name().to_owned() slug=slug.clone() may_create /> })
                } else {
                    Either::Right(view! { <Listing slug=slug.clone() query list context=context.clone() /> })
                }}
            </Frame>
            {may_create.then(|| view! { <CreateDialog facts /> })}
            <RenameTemplate slug=renamed context=template />
        })
    })
}

/// Why something is not offered here, if that is so.
#[component]
fn Explain(at: InWorkspace) -> impl IntoView {
    let name = at.workspace_name().to_owned();
    if at.plan() == Plan::Basic {
        let text = format!(
            "{name} is on Basic: its keys are not accepted, and none can be created. They work again, unchanged, once \
             {name} is on Pro. An administrator of {name} changes the plan in its settings."
        );
        return view! {
            <Notice tone="warning" icon="lock"><p class="notice-title">"Keys need the plan Pro"</p><p>{text}</p></Notice>
        }
        .into_any();
    }
    match (at.role(), at.reach::<CreateKey>(), at.is_member()) {
        (Role::Viewer, None, _) => {
            let text = format!(
                "You are a viewer of {name}: you see its keys and can't create or change them. An administrator can make \
                 you a developer."
            );
            view! { <Notice icon="eye"><p>{text}</p></Notice> }.into_any()
        }
        (Role::Viewer, Some(_), _) => {
            let text = format!("You are a viewer of {name}: you can have read-only keys of your own.");
            view! { <Notice icon="eye"><p>{text}</p></Notice> }.into_any()
        }
        (_, _, false) => {
            let text = format!(
                "You administer this installation and are no member of {name}: you can change its keys, and not own one."
            );
            view! { <Notice icon="eye"><p>{text}</p></Notice> }.into_any()
        }
        _ => ().into_any(),
    }
}

#[component]
fn CreateLink(slug: String) -> impl IntoView {
    view! {
        <a class="btn btn-primary" href=format!("/w/{slug}/keys/new") data-dialog="create-dialog">
            <Icon name="plus" />"Create key"
        </a>
    }
    .into_any()
}

#[component]
fn NoKeys(name: String, slug: String, may_create: bool) -> impl IntoView {
    view! {
        <Empty icon="key-round" title="No keys yet">
            <p>
                "A key lets a script, an agent or a person reach what " {name}
                " offers, and can be stopped at any moment. Make one key for each device or agent, and read-only when it only reads."
            </p>
            {may_create.then(|| view! {
                <div class="empty-actions"><CreateLink slug=slug.clone() /><ConnectButton slug /></div>
            })}
        </Empty>
    }
    .into_any()
}

#[component]
fn Listing(slug: String, query: KeyQuery, list: KeyList, context: RowContext) -> impl IntoView {
    let path = format!("/w/{slug}/keys");
    view! {
        <Toolbar path=path.clone() query=query.clone() environments=list.environments owners=list.owners />
        <Sections path query sections=[list.enabled, list.disabled] context />
    }
    .into_any()
}

/// The form that takes the place of a name while it is edited. The script fills it in; without, the key's page has one.
#[component]
fn RenameTemplate(slug: String, context: RowContext) -> impl IntoView {
    view! {
        <template id="rename-template">
            <Post
                action="/console/rename_key"
                class="key-rename"
                hidden=vec![("workspace", slug), ("key", String::new()), ("back", context.back)]
            >
                <input class="input" name="name" maxlength="80" aria-label="Name" autocomplete="off" />
                <button class="btn btn-primary btn-small">"Save"</button>
                <button type="button" class="btn btn-quiet btn-small" data-cancel="">"Cancel"</button>
            </Post>
        </template>
    }
    .into_any()
}
