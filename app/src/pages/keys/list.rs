//! The keys screen: what is this, is anything wrong, what can I do.

use super::{
    create::{CreateDialog, FormFacts},
    query,
    row::{KeyRow, RowContext},
    toolbar::Toolbar,
};
use crate::{
    components::{Empty, FormNotice, Frame, Icon, Notice, Pagination, Place, Post, Title, grouped},
    pages::load::{load, param},
    web::Here,
};
use domain::{access::Role, workspace::Plan};
use leptos::{either::Either, prelude::*};
use server::{
    auth::{CreateKey, InWorkspace, SeeKeys},
    keys::{self, KeyList, KeyQuery, SectionView},
};

/// The page.
#[component]
pub fn KeysPage() -> impl IntoView {
    let here = Here::new();
    let theme = Here::theme().unwrap_or("system");
    let slug = param("workspace");
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let at = caller.in_workspace(&slug).await?;
        let grant = at.clone().allow::<SeeKeys>()?;
        let query = query::read(&here);
        let list = keys::list(&grant, &at, &query).await?;
        let place = Place::find(&here, theme, &caller, Some(&slug)).await?;
        let flashed = here.flashed();
        let facts = FormFacts::new(&at, &slug, list.environments.clone());
        let may_create = facts.may_create;
        let context = RowContext {
            workspace: slug.clone(),
            back: format!("/w/{slug}/keys{}", query::write(&query)),
            now: here.now(),
        };
        let lead = format!(
            "For people, scripts and agents in {}. A secret is shown once, when its key is created.",
            at.workspace_name()
        );
        let first = list.no_keys_yet;
        let template = context.clone();
        Ok(view! {
            <Title text=format!("Keys · {} · Latchkey", at.workspace_name()) />
            <Frame place active="keys" said=flashed.notice()>
                <div class="page-head">
                    <div><h1>"Keys"</h1><p class="page-lead">{lead}</p></div>
                    {(may_create && !first).then(|| view! { <div class="page-actions"><CreateLink slug=slug.clone() /></div> })}
                </div>
                <FormNotice flash=flashed.of("switch") />
                <Explain at=at.clone() />
                {if first {
                    Either::Left(view! { <NoKeys name=at.workspace_name().to_owned() slug=slug.clone() may_create /> })
                } else {
                    Either::Right(view! { <Listing slug=slug.clone() query list context=context.clone() /> })
                }}
            </Frame>
            {may_create.then(|| view! { <CreateDialog facts /> })}
            <RenameTemplate context=template />
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
             {name} is on Pro. The plan is changed by an administrator of this installation."
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
            {may_create.then(|| view! { <div class="empty-actions"><CreateLink slug /></div> })}
        </Empty>
    }
    .into_any()
}

#[component]
fn Listing(slug: String, query: KeyQuery, list: KeyList, context: RowContext) -> impl IntoView {
    let path = format!("/w/{slug}/keys");
    let nothing = list.enabled.count == 0 && list.disabled.count == 0;
    let toolbar = view! {
        <Toolbar path=path.clone() query=query.clone() environments=list.environments owners=list.owners />
    };
    let more_enabled = list.enabled.next.clone().map(|after| KeyQuery { after: Some(after), ..query.clone() });
    let more_disabled =
        list.disabled.next.clone().map(|after| KeyQuery { after_disabled: Some(after), ..query.clone() });
    let back_enabled = query.after.is_some().then(|| KeyQuery { after: None, ..query.clone() });
    let back_disabled = query.after_disabled.is_some().then(|| KeyQuery { after_disabled: None, ..query.clone() });
    let link = move |to: Option<KeyQuery>| to.map(|to| format!("/w/{slug}/keys{}", query::write(&to)));
    view! {
        {toolbar}
        <div id="results" aria-busy="false">
            {if nothing {
                Either::Left(view! {
                    <Empty icon="search-x" title="No key matches" small=true>
                        <p>"Nothing has all of that. Widen the search, or look at every key."</p>
                        <div class="empty-actions"><a class="btn" href=path>"Clear filters"</a></div>
                    </Empty>
                })
            } else {
                Either::Right(view! {
                    <Section
                        id="enabled"
                        title="Enabled"
                        section=list.enabled
                        context=context.clone()
                        first=link(back_enabled)
                        more=link(more_enabled)
                    />
                    <Section
                        id="disabled"
                        title="Disabled"
                        section=list.disabled
                        context
                        first=link(back_disabled)
                        more=link(more_disabled)
                    />
                })
            }}
        </div>
    }
    .into_any()
}

#[component]
fn Section(
    id: &'static str,
    title: &'static str,
    section: SectionView,
    context: RowContext,
    first: Option<String>,
    more: Option<String>,
) -> impl IntoView {
    if section.count == 0 {
        return ().into_any();
    }
    let count = if section.count_is_floor { format!("{}+", grouped(section.count)) } else { grouped(section.count) };
    let shown = section.keys.len();
    let rows = section.keys.into_iter().map(|key| view! { <KeyRow key context=context.clone() /> }).collect_view();
    view! {
        <section class="section" aria-labelledby=id>
            <div class="section-head"><h2 id=id>{title}</h2><span class="count">{count}</span></div>
            <ul class="key-list" role="list">{rows}</ul>
            <Pagination
                label=format!("Pages of {title}")
                shown=format!("{shown} keys on this page")
                first
                more
                more_word="More keys"
            />
        </section>
    }
    .into_any()
}

/// The form that takes the place of a name while it is edited. The script fills it in; without, the key's page has one.
#[component]
fn RenameTemplate(context: RowContext) -> impl IntoView {
    view! {
        <template id="rename-template">
            <Post
                action="/console/rename_key"
                class="key-rename"
                hidden=vec![("workspace", context.workspace), ("key", String::new()), ("back", context.back)]
            >
                <input class="input" name="name" maxlength="80" aria-label="Name" autocomplete="off" />
                <button class="btn btn-primary btn-small">"Save"</button>
                <button type="button" class="btn btn-quiet btn-small" data-cancel="">"Cancel"</button>
            </Post>
        </template>
    }
    .into_any()
}
