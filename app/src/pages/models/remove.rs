//! Removing a provider: what stops with it. Its slug has to be typed.

use super::models_text;
use crate::{
    components::{Column, FormNotice, Frame, Notice, Place, Post, TextField, Title},
    pages::load::{load, param},
    web::Here,
};
use leptos::prelude::*;
use server::{auth::ManageModels, models};

/// The page.
#[component]
pub fn RemoveProviderPage() -> impl IntoView {
    let here = Here::new();
    let (slug, name) = (param("workspace"), param("provider"));
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let provider = models::show(&caller.in_workspace(&slug).await?.allow::<ManageModels>()?, &name).await?;
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let flash = here.flashed().of("remove-provider");
        let keep = format!("/w/{slug}/models/{}", provider.slug);
        let title = format!("Remove {}?", provider.name);
        let fields = vec![("workspace", slug), ("provider", provider.slug.clone())];
        let mut pause = fields.clone();
        pause.push(("enabled", String::new()));
        let has = provider.models.count() > 0;
        let (tone, what) = if has {
            ("danger", format!("Requests for its {} go elsewhere at once, or nowhere.", models_text(&provider)))
        } else {
            ("", "No request goes to it: it has no models.".to_owned())
        };
        Ok(view! {
            <Title text=format!("{title} · Latchkey") />
            <Frame place active="models">
                <Column back=(keep.clone(), "The provider")>
                    <div class="dialog dialog-page">
                        <div class="dialog-head"><div><h1 class="dialog-title" dir="auto">{title}</h1></div></div>
                        <div class="dialog-body">
                            <Notice tone icon="triangle-alert">
                                <p class="notice-title">{what}</p>
                                <p>"They go to other providers that have the model; where none does, they are refused."</p>
                            </Notice>
                            <p>
                                "Its API key and its list of models are erased for ever; what the models cost stays. Disabling stops it as \
                                 well, and keeps everything."
                            </p>
                            <Post action="/console/remove_provider" id="remove-form" hidden=fields>
                                <FormNotice flash=flash.clone() />
                                <TextField name="typed" label="Type the provider's slug to remove it" hint=provider.slug.clone() flash />
                            </Post>
                        </div>
                        <div class="dialog-foot dialog-foot-stack">
                            <a class="btn push" href=keep autofocus>"Keep provider"</a>
                            {provider.enabled.then(|| view! { <button class="btn" form="disable-form">"Disable provider"</button> })}
                            <button class="btn btn-danger" form="remove-form">"Remove provider"</button>
                        </div>
                        <Post action="/console/switch_provider" id="disable-form" hidden=pause>""</Post>
                    </div>
                </Column>
            </Frame>
        })
    })
}
