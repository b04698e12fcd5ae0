//! One policy's page, and the page of a new one: form, what it does to today's tools, deletion.

use super::{
    form::{PolicyForm, Shown},
    preview::PreviewPanel,
};
use crate::{
    components::{Column, Enforcement, FormNotice, Frame, Icon, Place, Post, Title, keys_under},
    pages::load::{load, param},
    web::Here,
};
use domain::mcp::Effect;
use leptos::prelude::*;
use server::{
    Error,
    auth::{Grant, ManageServers, SeeServers},
    flash::Flash,
    policies::{self, PolicyView, Preview},
};

/// The page of a new policy.
#[component]
pub fn NewPolicyPage() -> impl IntoView {
    let here = Here::new();
    let slug = param("workspace");
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let at = caller.in_workspace(&slug).await?;
        at.clone().allow::<ManageServers>()?;
        let flash = here.flashed().of("policy");
        let shown = Shown::of(None, &flash);
        let preview = preview(&at.allow::<SeeServers>()?, &shown).await?.filter(|_| !shown.rules.trim().is_empty());
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        Ok(view! {
            <Title text="Add policy · Latchkey" />
            <Frame place active="policies">
                <Column back=(format!("/w/{slug}/policies"), "Policies")>
                    <div class="page-head">
                        <div><h1>"Add policy"</h1><p class="page-lead">"Try the rules on today's tools before you save them."</p></div>
                    </div>
                    <PolicyForm workspace=slug shown flash />
                    {preview.map(|preview| view! { <PreviewPanel preview unsaved=true /> })}
                </Column>
            </Frame>
        })
    })
}

/// The page of a policy.
#[component]
pub fn PolicyPage() -> impl IntoView {
    let here = Here::new();
    let (slug, id) = (param("workspace"), param("policy"));
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let at = caller.in_workspace(&slug).await?;
        let grant = at.clone().allow::<SeeServers>()?;
        let policy = policies::show(&grant, &id).await?;
        let may_manage = at.reach::<ManageServers>().is_some();
        let flashed = here.flashed();
        let flash = flashed.of("policy");
        let shown = Shown::of(Some(&policy), &flash);
        let unsaved = !flash.typed.is_empty();
        let preview = preview(&grant, &shown).await?;
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let under = keys_under(policy.keys);
        let delete = flashed.of("delete-policy");
        Ok(view! {
            <Title text=format!("{} · Latchkey", policy.name) />
            <Frame place active="policies" said=flashed.notice()>
                <Column back=(format!("/w/{slug}/policies"), "Policies")>
                    <div class="page-head">
                        <div>
                            <div class="page-title"><h1 dir="auto">{policy.name.clone()}</h1><Enforcement dry_run=policy.firewall.dry_run /></div>
                            <p class="page-lead">{under} " Keys are put under it on their pages."</p>
                        </div>
                    </div>
                    {if may_manage {
                        view! { <PolicyForm workspace=slug.clone() shown flash /> }.into_any()
                    } else {
                        view! { <Rules policy=policy.clone() /> }.into_any()
                    }}
                    {preview.map(|preview| view! { <PreviewPanel preview unsaved /> })}
                    {may_manage.then(|| view! { <DeletePanel slug policy=policy.clone() flash=delete /> })}
                </Column>
            </Frame>
        })
    })
}

/// What the shown rules do; nothing where they are not understood, which their field says.
async fn preview(grant: &Grant<SeeServers>, shown: &Shown) -> Result<Option<Preview>, Error> {
    match policies::preview(grant, &shown.rules, &shown.default).await {
        Ok(preview) => Ok(Some(preview)),
        Err(Error::Invalid(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

#[component]
fn Rules(policy: PolicyView) -> impl IntoView {
    let firewall = policy.firewall;
    let rules = firewall.policy.written();
    let default = match firewall.policy.default {
        Effect::Allow => "Tools that no rule names are allowed.",
        Effect::Deny => "Tools that no rule names are denied.",
    };
    view! {
        <section class="panel" aria-labelledby="rules">
            <div class="panel-head"><h2 id="rules">"Rules"</h2><p>{default}</p></div>
            <div class="panel-body">
                {(!rules.is_empty()).then(|| view! {
                    <div class="code"><pre tabindex="0" role="region" aria-label="Rules in their order"><code>{rules}</code></pre></div>
                })}
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn DeletePanel(slug: String, policy: PolicyView, flash: Flash) -> impl IntoView {
    let free = policy.keys == 0;
    let text = if free {
        "For ever. No key is under it, so nothing changes for any."
    } else {
        "Possible once no key is under it: choose another policy, or none, on the pages of those keys."
    };
    let hidden = vec![("workspace", slug), ("policy", policy.id.to_string())];
    view! {
        <section class="panel" aria-labelledby="delete">
            <div class="panel-head"><h2 id="delete">"Delete this policy"</h2></div>
            <div class="panel-notices"><FormNotice flash /></div>
            <div class="act">
                <div><p class="act-title">"Delete"</p><p>{text}</p></div>
                {free.then(|| view! {
                    <Post action="/console/delete_policy" hidden>
                        <button class="btn btn-danger-quiet"><Icon name="trash-2" />"Delete policy"</button>
                    </Post>
                })}
            </div>
        </section>
    }
    .into_any()
}
