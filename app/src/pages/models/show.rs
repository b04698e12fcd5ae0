//! One provider's page: its models, how it is reached, and what can be changed.

use super::{
    State,
    fields::{ApiKeyField, BaseUrlField, ModelsField, OrderFields},
    models_text,
};
use crate::{
    components::{Ago, CheckBox, Column, Empty, FormNotice, Frame, Icon, Notice, Place, Post, TextField, Title},
    pages::load::{load, param},
    web::Here,
};
use domain::time::Timestamp;
use leptos::prelude::*;
use server::{
    auth::ManageModels,
    flash::Flash,
    models::{self, ProviderView},
};

/// The page.
#[component]
pub fn ProviderPage() -> impl IntoView {
    let here = Here::new();
    let (slug, name) = (param("workspace"), param("provider"));
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let provider = models::show(&caller.in_workspace(&slug).await?.allow::<ManageModels>()?, &name).await?;
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let (flashed, now) = (here.flashed(), here.now());
        let fields = vec![("workspace", slug.clone()), ("provider", provider.slug.clone())];
        let path = format!("/w/{slug}/models/{}", provider.slug);
        Ok(view! {
            <Title text=format!("{} · Latchkey", provider.name) />
            <Frame place active="models" said=flashed.notice()>
                <Column back=(format!("/w/{slug}/models"), "Models")>
                    <div class="page-head">
                        <div>
                            <div class="page-title">
                                <h1 dir="auto">{provider.name.clone()}</h1>
                                <State provider=provider.clone() />
                            </div>
                            <p class="mono muted server-url">{provider.url.clone()}</p>
                        </div>
                    </div>
                    <FormNotice flash=flashed.of("switch-provider") />
                    {(!provider.enabled).then(|| view! {
                        <Notice icon="pause">
                            <p class="notice-title">"No request goes to this provider"</p>
                            <p>"It is off. Everything of it is kept."</p>
                        </Notice>
                    })}
                    <ModelsPanel provider=provider.clone() path=path.clone() prices=format!("/w/{slug}/prices") />
                    <Facts provider=provider.clone() now />
                    <EditPanel provider=provider.clone() fields=fields.clone() flash=flashed.of("edit-provider") />
                    <StopPanel provider fields path />
                </Column>
            </Frame>
        })
    })
}

#[component]
fn ModelsPanel(provider: ProviderView, path: String, prices: String) -> impl IntoView {
    let count = provider.models.count();
    let rows = provider.models.iter().map(|model| {
        let href = format!("{prices}{}", crate::web::query_string(&[("model", model.as_str())]));
        view! { <li><a class="link mono" href=href title="Its prices">{model.to_string()}</a></li> }
    });
    let rows = rows.collect_view();
    view! {
        <section class="panel" aria-labelledby="models-title">
            <div class="panel-head panel-head-row">
                <div><h2 id="models-title">"Models"</h2><p class="muted">"Requests for these come here."</p></div>
                <a class="btn" href=format!("{path}/choose")><Icon name="refresh-cw" />"Ask for its models"</a>
            </div>
            <div class="panel-body">
                {if count == 0 {
                    view! {
                        <Empty icon="cpu" title="No models yet" small=true>
                            <p>"Ask the provider which it has and choose some, or type their names below."</p>
                        </Empty>
                    }
                    .into_any()
                } else {
                    view! { <ul class="model-list" role="list" aria-label="Models">{rows}</ul> }.into_any()
                }}
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Facts(provider: ProviderView, now: Timestamp) -> impl IntoView {
    let credential =
        if provider.has_credential { "Sealed; sent to this host alone" } else { "None: it is asked without one" };
    view! {
        <section class="panel" aria-labelledby="facts">
            <div class="panel-head"><h2 id="facts">"Facts"</h2></div>
            <div class="panel-body">
                <dl class="facts">
                    <div><dt>"Slug"</dt><dd class="mono">{provider.slug.clone()}</dd></div>
                    <div><dt>"API key"</dt><dd>{credential}</dd></div>
                    <div><dt>"Models"</dt><dd>{models_text(&provider)}</dd></div>
                    <div><dt>"Priority"</dt><dd class="mono">{provider.priority}</dd></div>
                    <div><dt>"Timeout"</dt><dd>{format!("{} s", provider.timeout)}</dd></div>
                    <div><dt>"Added"</dt><dd><Ago at=provider.created_at now /></dd></div>
                </dl>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn EditPanel(provider: ProviderView, fields: Vec<(&'static str, String)>, flash: Flash) -> impl IntoView {
    let kept = provider.has_credential;
    let erase = flash.typed.get("erase_credential").is_some_and(|typed| !typed.is_empty());
    let mut hidden = fields;
    // A refused form keeps the version that it was filled with.
    let version = flash.typed.get("version").cloned().unwrap_or_else(|| provider.version.to_string());
    hidden.push(("version", version));
    view! {
        <section class="panel" aria-labelledby="edit">
            <div class="panel-head"><h2 id="edit">"Name, address, API key and models"</h2></div>
            <Post action="/console/edit_provider" hidden>
                <div class="panel-body">
                    <FormNotice flash=flash.clone() />
                    <TextField name="name" label="Name" most=80 value=provider.name flash=flash.clone() />
                    <BaseUrlField value=provider.url flash=flash.clone() />
                    <ApiKeyField kept flash=flash.clone() />
                    {kept.then(|| view! {
                        <CheckBox
                            name="erase_credential"
                            title="Take the kept API key away"
                            text="It is erased, and the provider is asked without one."
                            checked=erase
                            flash=flash.clone()
                        />
                    })}
                    <OrderFields
                        priority=provider.priority.to_string()
                        timeout=provider.timeout.to_string()
                        flash=flash.clone()
                    />
                    <ModelsField value=provider.models.written() flash />
                </div>
                <div class="panel-foot"><button class="btn">"Save provider"</button></div>
            </Post>
        </section>
    }
    .into_any()
}

#[component]
fn StopPanel(provider: ProviderView, fields: Vec<(&'static str, String)>, path: String) -> impl IntoView {
    let (title, text, icon, word, enabled) = if provider.enabled {
        (
            "Disable",
            "No request goes to it from the next one on; those under way end. Everything is kept.",
            "pause",
            "Disable provider",
            "",
        )
    } else {
        ("Enable", "Requests go to it again from the next one on.", "play", "Enable provider", "on")
    };
    let mut hidden = fields;
    hidden.push(("enabled", enabled.to_owned()));
    view! {
        <section class="panel" aria-labelledby="stop">
            <div class="panel-head"><h2 id="stop">"Stop or remove this provider"</h2></div>
            <div class="act">
                <div><p class="act-title">{title}</p><p>{text}</p></div>
                <Post action="/console/switch_provider" hidden><button class="btn"><Icon name=icon />{word}</button></Post>
            </div>
            <div class="act">
                <div><p class="act-title">"Remove"</p><p>"For ever, with its API key. What its models cost stays."</p></div>
                <a class="btn btn-danger-quiet" href=format!("{path}/remove")><Icon name="trash-2" />"Remove provider"</a>
            </div>
        </section>
    }
    .into_any()
}
