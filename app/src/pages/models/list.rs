//! The providers of a workspace, in the order in which they are asked.

use super::{ModelTabs, State, models_text};
use crate::{
    components::{Empty, Frame, Icon, Place, Records, Title},
    pages::load::{load, param},
    web::Here,
};
use leptos::prelude::*;
use server::{
    auth::ManageModels,
    models::{self, ProviderView},
};

/// The page.
#[component]
pub fn ProvidersPage() -> impl IntoView {
    let here = Here::new();
    let slug = param("workspace");
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let at = caller.in_workspace(&slug).await?;
        let providers = models::list(&at.clone().allow::<ManageModels>()?).await?;
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let path = format!("/w/{slug}/models");
        let base = format!("{}/v1", here.latchkey.public_url());
        let none = providers.is_empty();
        let rows = providers.into_iter().map(|provider| view! { <Row path=path.clone() provider /> });
        let rows = rows.collect_view().into_any();
        Ok(view! {
            <Title text=format!("Models · {} · Latchkey", at.workspace_name()) />
            <Frame place active="models" said=here.flashed().notice()>
                <div class="page-head">
                    <div>
                        <h1>"Models"</h1>
                        <p class="page-lead">
                            "Clients of OpenAI's API ask " <code class="inline-code">{base}</code> " with a key of "
                            <bdi>{at.workspace_name().to_owned()}</bdi> ". The providers' own API keys stay here."
                        </p>
                    </div>
                    {(!none).then(|| view! { <div class="page-actions"><AddLink path=path.clone() /></div> })}
                </div>
                <ModelTabs slug active="models" />
                {if none {
                    view! { <NoProviders path /> }.into_any()
                } else {
                    view! {
                        <section class="panel" aria-label="Providers">
                            <Records columns=["Provider", "Models", "Priority", "State"] rows />
                        </section>
                        <p class="field-hint">
                            "Where several have a model, the smallest priority is asked first; the others only if it fails before it answers."
                        </p>
                    }
                    .into_any()
                }}
            </Frame>
        })
    })
}

#[component]
fn AddLink(path: String) -> impl IntoView {
    view! { <a class="btn btn-primary" href=format!("{path}/new")><Icon name="plus" />"Add provider"</a> }.into_any()
}

#[component]
fn NoProviders(path: String) -> impl IntoView {
    view! {
        <Empty icon="cpu" title="No providers yet">
            <p>
                "A provider is an OpenAI-compatible API: OpenAI itself, another company's, or a server of your own. Behind Latchkey \
                 each client opens it with a key of its own, for the models and the money that the key allows."
            </p>
            <div class="empty-actions"><AddLink path /></div>
        </Empty>
    }
    .into_any()
}

#[component]
fn Row(path: String, provider: ProviderView) -> impl IntoView {
    let href = format!("{path}/{}", provider.slug);
    view! {
        <tr role="row">
            <td role="cell" class="records-main server-main">
                <p class="rows-title">
                    <a class="link" href=href><bdi>{provider.name.clone()}</bdi></a>
                    <span class="badge badge-env">{provider.slug.clone()}</span>
                </p>
                <p class="rows-text mono">{provider.url.clone()}</p>
            </td>
            <td role="cell">{models_text(&provider)}</td>
            <td role="cell"><span class="only-narrow">"Priority "</span><span class="mono">{provider.priority}</span></td>
            <td role="cell"><State provider /></td>
        </tr>
    }
    .into_any()
}
