//! A sample of a model call: that it is there, and once its button is pressed, what was said. The page takes its own form
//! (`web::surfaces`), so that nothing of it stands in an address or a cookie.

use crate::{
    components::{Ago, CodeBlock, Column, Empty, Frame, Icon, Notice, Place, Title},
    pages::load::{load, param},
    web::Here,
};
use domain::{
    sample::{EXCERPT_MOST, Excerpt, Sample},
    time::Timestamp,
};
use leptos::prelude::*;
use server::{
    Error,
    auth::ReadSamples,
    samples::{self, SampleView},
};

/// The page's path.
pub const SAMPLE_PAGE: &str = "/w/{workspace}/logs/samples/{sample}";

/// The page was posted to: what was said is to be shown.
#[derive(Clone, Copy)]
pub struct Reading;

/// The page.
#[component]
pub fn SamplePage() -> impl IntoView {
    let here = Here::new();
    let (slug, id) = (param("workspace"), param("sample"));
    let reads = use_context::<Reading>().is_some();
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let grant = caller.in_workspace(&slug).await?.allow::<ReadSamples>()?;
        let found = if reads {
            samples::read(&grant, &id).await.map(|(sample, said)| (sample, Some(said)))
        } else {
            samples::show(&grant, &id).await.map(|sample| (sample, None))
        };
        let found = match found {
            Ok(found) => Some(found),
            Err(Error::NotFound) => {
                here.status(404);
                None
            }
            Err(error) => return Err(error),
        };
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let path = format!("/w/{slug}/logs/samples/{id}");
        Ok(view! {
            <Title text="Sample of a call · Latchkey" />
            <Frame place active="logs">
                <Column back=(format!("/w/{slug}/logs"), "Logs")>
                    <div class="page-head">
                        <div>
                            <h1>"Sample of a call"</h1>
                            <p class="page-lead">"What was asked and answered in one call of a model, kept sealed for a while."</p>
                        </div>
                    </div>
                    {match found {
                        None => view! { <Gone /> }.into_any(),
                        Some((sample, said)) => view! {
                            <Facts sample keys=format!("/w/{slug}/keys") now=here.now() />
                            {match said {
                                Some(said) => view! { <Said said /> }.into_any(),
                                None => view! { <Ask path /> }.into_any(),
                            }}
                        }
                        .into_any(),
                    }}
                </Column>
            </Frame>
        })
    })
}

#[component]
fn Gone() -> impl IntoView {
    view! {
        <Empty icon="clock" title="This sample is not there any more" small=true>
            <p>"Its time is over, newer ones took its place, its key was deleted, or samples were turned off."</p>
        </Empty>
    }
    .into_any()
}

#[component]
fn Facts(sample: SampleView, keys: String, now: Timestamp) -> impl IntoView {
    let SampleView { at, ends_at, key, key_name, owner_name, model } = sample;
    view! {
        <section class="panel" aria-labelledby="facts">
            <div class="panel-head"><h2 id="facts">"Call"</h2></div>
            <div class="panel-body">
                <dl class="facts">
                    <div><dt>"When"</dt><dd><Ago at now /></dd></div>
                    <div><dt>"Key"</dt><dd><a class="link" href=format!("{keys}/{key}")><bdi>{key_name}</bdi></a></dd></div>
                    <div><dt>"Owner"</dt><dd><bdi>{owner_name}</bdi></dd></div>
                    <div><dt>"Model"</dt><dd class="mono"><bdi>{model}</bdi></dd></div>
                    <div>
                        <dt>"Erased"</dt>
                        <dd><time datetime=ends_at.rfc3339() title=ends_at.human()>{ends_at.ahead(now)}</time></dd>
                    </div>
                </dl>
            </div>
        </section>
    }
    .into_any()
}

/// Before what was said is shown.
#[component]
fn Ask(path: String) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="said">
            <div class="panel-head"><h2 id="said">"What was said"</h2></div>
            <div class="act">
                <div>
                    <p class="act-title">"Sealed"</p>
                    <p>"It may hold what somebody took for private. That you read it will stand in the audit log and on the key's page."</p>
                </div>
                <form method="post" action=path>
                    <button class="btn"><Icon name="eye" />"Show what was said"</button>
                </form>
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Said(said: Sample) -> impl IntoView {
    view! {
        <Part id="request" title="Request" text="As it went to the provider." said=said.request />
        <Part id="answer" title="Answer" text="As it went to the client." said=said.answer />
    }
    .into_any()
}

#[component]
fn Part(id: &'static str, title: &'static str, text: &'static str, said: Excerpt) -> impl IntoView {
    let cut = said.cut.then(|| {
        view! {
            <Notice tone="warning" icon="triangle-alert">
                <p>{format!("It was longer: its first {} KiB are kept.", EXCERPT_MOST / 1024)}</p>
            </Notice>
        }
    });
    view! {
        <section class="panel" aria-labelledby=id>
            <div class="panel-head"><h2 id=id>{title}</h2><p>{text}</p></div>
            <div class="panel-body">
                {cut}
                <CodeBlock label=format!("text of the {}", title.to_lowercase()) code=said.readable().into_owned() />
            </div>
        </section>
    }
    .into_any()
}
