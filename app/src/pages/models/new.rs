//! A new provider.

use super::fields::{ApiKeyField, BaseUrlField, ModelsField, OrderFields};
use crate::{
    components::{Column, FormNotice, Frame, Place, Post, TextField, Title},
    pages::load::{load, param},
    web::Here,
};
use leptos::prelude::*;
use server::auth::ManageModels;

/// The page.
#[component]
pub fn NewProviderPage() -> impl IntoView {
    let here = Here::new();
    let slug = param("workspace");
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        caller.in_workspace(&slug).await?.allow::<ManageModels>()?;
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let flash = here.flashed().of("provider");
        let list = format!("/w/{slug}/models");
        Ok(view! {
            <Title text="Add provider · Latchkey" />
            <Frame place active="models">
                <Column back=(list.clone(), "Models")>
                    <div class="dialog dialog-page dialog-wide">
                        <div class="dialog-head">
                            <div>
                                <h1 class="dialog-title">"Add provider"</h1>
                                <p>"Nothing is connected to yet: on the provider's page you ask it for its models, and choose."</p>
                            </div>
                        </div>
                        <Post action="/console/register_provider" hidden=vec![("workspace", slug)]>
                            <div class="dialog-body">
                                <FormNotice flash=flash.clone() />
                                <div class="field-pair">
                                    <TextField name="name" label="Name" hint="What people see." most=80 placeholder="OpenAI" flash=flash.clone() focused=true />
                                    <TextField
                                        name="slug"
                                        label="Slug"
                                        hint="Its name in the log, so it stays."
                                        most=32
                                        placeholder="openai"
                                        flash=flash.clone()
                                    />
                                </div>
                                <BaseUrlField flash=flash.clone() />
                                <ApiKeyField flash=flash.clone() />
                                <OrderFields flash=flash.clone() />
                                <ModelsField flash />
                            </div>
                            <div class="dialog-foot">
                                <a class="btn btn-quiet" href=list>"Cancel"</a>
                                <button class="btn btn-primary">"Add provider"</button>
                            </div>
                        </Post>
                    </div>
                </Column>
            </Frame>
        })
    })
}
