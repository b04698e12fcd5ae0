//! One guardrail's page, and the page of a new one: form, trial, deletion. Either takes its form itself.

use super::{edited::Edited, form::GuardrailForm};
use crate::{
    actions::guardrails::Posted,
    components::{Column, Enforcement, FormNotice, Frame, Icon, Place, Post, Title, grouped, keys_under},
    pages::load::{load, param},
    web::Here,
};
use leptos::prelude::*;
use server::{
    auth::ManageModels,
    flash::Flash,
    guardrails::{self, GuardrailView},
};

/// The page of a new guardrail.
#[component]
pub fn NewGuardrailPage() -> impl IntoView {
    let here = Here::new();
    let slug = param("workspace");
    let posted = use_context::<Posted>();
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let grant = caller.in_workspace(&slug).await?.allow::<ManageModels>()?;
        answer(&here, posted.as_ref());
        let edited = Edited::of(&grant, format!("/w/{slug}/guardrails/new"), None, posted).await?;
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        Ok(view! {
            <Title text="Add guardrail · Latchkey" />
            <Frame place active="guardrails">
                <Column back=(format!("/w/{slug}/guardrails"), "Guardrails")>
                    <div class="page-head">
                        <div><h1>"Add guardrail"</h1><p class="page-lead">"Try the rules on a text before you save them."</p></div>
                    </div>
                    <GuardrailForm edited />
                </Column>
            </Frame>
        })
    })
}

/// The page of a guardrail.
#[component]
pub fn GuardrailPage() -> impl IntoView {
    let here = Here::new();
    let (slug, id) = (param("workspace"), param("guardrail"));
    let posted = use_context::<Posted>();
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let grant = caller.in_workspace(&slug).await?.allow::<ManageModels>()?;
        let guardrail = guardrails::show(&grant, &id).await?;
        answer(&here, posted.as_ref());
        let edited =
            Edited::of(&grant, format!("/w/{slug}/guardrails/{}", guardrail.id), Some(&guardrail), posted).await?;
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let flashed = here.flashed();
        let under = keys_under(guardrail.keys);
        Ok(view! {
            <Title text=format!("{} · Latchkey", guardrail.name) />
            <Frame place active="guardrails" said=flashed.notice()>
                <Column back=(format!("/w/{slug}/guardrails"), "Guardrails")>
                    <div class="page-head">
                        <div>
                            <div class="page-title"><h1 dir="auto">{guardrail.name.clone()}</h1><Enforcement dry_run=guardrail.guardrail.dry_run /></div>
                            <p class="page-lead">{under} " Keys are put under it on their pages."</p>
                        </div>
                    </div>
                    <GuardrailForm edited />
                    <DeletePanel slug guardrail flash=flashed.of("delete-guardrail") />
                </Column>
            </Frame>
        })
    })
}

/// The status of the answer to a form that was refused.
fn answer(here: &Here, posted: Option<&Posted>) {
    if let Some(posted) = posted {
        here.status(posted.status);
    }
}

#[component]
fn DeletePanel(slug: String, guardrail: GuardrailView, flash: Flash) -> impl IntoView {
    let free = guardrail.keys == 0;
    let text = match guardrail.keys {
        0 => "For ever. No key is under it, so nothing changes for any.".to_owned(),
        1 => "Possible once no key is under it: 1 is. Choose another guardrail, or none, on its page.".to_owned(),
        count => format!(
            "Possible once no key is under it: {} are. Choose another guardrail, or none, on their pages.",
            grouped(count)
        ),
    };
    let hidden = vec![("workspace", slug), ("guardrail", guardrail.id.to_string())];
    view! {
        <section class="panel" aria-labelledby="delete">
            <div class="panel-head"><h2 id="delete">"Delete this guardrail"</h2></div>
            <div class="panel-notices"><FormNotice flash /></div>
            <div class="act">
                <div><p class="act-title">"Delete"</p><p>{text}</p></div>
                {free.then(|| view! {
                    <Post action="/console/delete_guardrail" hidden>
                        <button class="btn btn-danger-quiet"><Icon name="trash-2" />"Delete guardrail"</button>
                    </Post>
                })}
            </div>
        </section>
    }
    .into_any()
}
