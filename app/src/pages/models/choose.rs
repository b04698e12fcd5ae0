//! Choosing a provider's models among those that it lists: it is asked when the page is opened. Nothing of the answer is kept
//! but what is chosen.

use crate::{
    components::{Column, FormNotice, Frame, Notice, Place, Post, Title, grouped},
    pages::load::{load, param},
    web::Here,
};
use domain::model::ModelName;
use leptos::prelude::*;
use server::{
    auth::ManageModels,
    flash::Flash,
    models::{self, Asked, ProviderView},
};
use std::collections::BTreeMap;

/// The page.
#[component]
pub fn ChooseModelsPage() -> impl IntoView {
    let here = Here::new();
    let (slug, name) = (param("workspace"), param("provider"));
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let grant = caller.in_workspace(&slug).await?.allow::<ManageModels>()?;
        let provider = models::show(&grant, &name).await?;
        let asked = models::ask(&grant, &name).await?;
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let flash = here.flashed().of("choose-models");
        let back = format!("/w/{slug}/models/{}", provider.slug);
        let fields =
            vec![("workspace", slug), ("provider", provider.slug.clone()), ("version", provider.version.to_string())];
        Ok(view! {
            <Title text=format!("Models of {} · Latchkey", provider.name) />
            <Frame place active="models">
                <Column back=(back.clone(), "The provider")>
                    <div class="page-head">
                        <div>
                            <h1 dir="auto">{format!("Models of {}", provider.name)}</h1>
                            <p class="page-lead">"Requests for those that are ticked go to this provider."</p>
                        </div>
                    </div>
                    <Failed asked=asked.clone() />
                    <Choice provider asked fields flash back />
                </Column>
            </Frame>
        })
    })
}

/// Why there is no list.
#[component]
fn Failed(asked: Asked) -> impl IntoView {
    let Asked::Fails(why) = asked else { return ().into_any() };
    view! {
        <Notice tone="danger" icon="circle-alert">
            <p class="notice-title">"The provider gave no list"</p>
            <p>{why}</p>
        </Notice>
    }
    .into_any()
}

/// What the list has.
fn told(asked: &Asked) -> String {
    let many = |count: usize| grouped(i64::try_from(count).unwrap_or(i64::MAX));
    let Asked::Lists { models, left_out, cut, millis } = asked else {
        return "Those that are kept; the provider says nothing of them.".to_owned();
    };
    let text = match (models.len(), cut) {
        (count, true) => format!("It lists more than {} models: these are the first, by name.", many(count)),
        (0, _) => "It answers, and lists no model.".to_owned(),
        (1, _) => "It lists 1 model.".to_owned(),
        (count, _) => format!("It lists {} models.", many(count)),
    };
    let left_out = match left_out {
        0 => String::new(),
        1 => " 1 entry is no name of a model, and left out.".to_owned(),
        more => format!(" {} entries are no names of models, and left out.", many(*more)),
    };
    format!("{text}{left_out} It took {} ms.", grouped(*millis))
}

#[component]
fn Choice(
    provider: ProviderView,
    asked: Asked,
    fields: Vec<(&'static str, String)>,
    flash: Flash,
    back: String,
) -> impl IntoView {
    let answered = matches!(asked, Asked::Lists { .. });
    let told = told(&asked);
    // Each name once: whether the provider lists it now.
    let mut names: BTreeMap<ModelName, bool> = provider.models.iter().map(|name| (name.clone(), false)).collect();
    if let Asked::Lists { models, .. } = asked {
        names.extend(models.into_iter().map(|name| (name, true)));
    }
    if names.is_empty() {
        return view! { <p class="muted">{answered.then_some(told)}</p> }.into_any();
    }
    let boxes = names.into_iter().map(|(name, listed)| {
        let chosen = provider.models.has(&name);
        let missing =
            (answered && !listed).then(|| view! { <span class="badge badge-warning">"Not in its list"</span> });
        view! {
            <label class="server-choice">
                <input type="checkbox" name="chosen[]" value=name.to_string() checked=chosen />
                <span class="mono">{name.to_string()}</span>
                {missing}
            </label>
        }
    });
    let boxes = boxes.collect_view();
    view! {
        <section class="panel" aria-labelledby="choice">
            <div class="panel-head"><h2 id="choice">"Models to choose from"</h2><p>{told}</p></div>
            <Post action="/console/choose_models" hidden=fields>
                <div class="panel-body">
                    <FormNotice flash=flash.clone() />
                    <fieldset class="group">
                        <legend class="visually-hidden">"Models"</legend>
                        <div class="model-choices">{boxes}</div>
                    </fieldset>
                </div>
                <div class="panel-foot">
                    <a class="btn btn-quiet" href=back>"Cancel"</a>
                    <button class="btn btn-primary">"Save models"</button>
                </div>
            </Post>
        </section>
    }
    .into_any()
}
