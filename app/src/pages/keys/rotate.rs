//! Rotating a key: when the old one stops, and what its successor will be.

use crate::{
    components::{Column, ErrorText, FormNotice, Frame, Place, Post, Title, error_of},
    pages::load::{load, param},
    web::Here,
};
use domain::key::Grace;
use leptos::prelude::*;
use server::{
    auth::ChangeKey,
    flash::Flash,
    keys::{self, RotationView},
};

/// The page.
#[component]
pub fn RotatePage() -> impl IntoView {
    let here = Here::new();
    let (slug, id) = (param("workspace"), param("key"));
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let grant = caller.in_workspace(&slug).await?.allow::<ChangeKey>()?;
        let rotation = keys::review_rotation(&grant, &id).await?;
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let flash = here.flashed().of("rotate");
        Ok(view! {
            <Title text=format!("Rotate {} · Latchkey", rotation.key.name) />
            <Frame place active="keys">
                <Column back=(format!("/w/{slug}/keys"), "Keys")>
                    <Ask rotation slug flash />
                </Column>
            </Frame>
        })
    })
}

#[component]
fn Ask(rotation: RotationView, slug: String, flash: Flash) -> impl IntoView {
    let RotationView { key, successor_expires_at } = rotation;
    let keep = format!("/w/{slug}/keys/{}", key.id);
    let lives = match successor_expires_at {
        Some(at) => format!("It expires on {}, having as long as this key was given.", at.human()),
        None => "It never expires, as this key.".to_owned(),
    };
    let whose = if key.own { "yours".to_owned() } else { format!("{}’s", key.owner_name) };
    view! {
        <div class="dialog dialog-page">
            <div class="dialog-head">
                <div>
                    <h1 class="dialog-title">"Rotate “" <bdi>{key.name.clone()}</bdi> "”"</h1>
                    <p>"A new key takes its name and settings. This one goes on for a while, so that nothing stops while you switch."</p>
                </div>
            </div>
            <Post action="/console/rotate_key" hidden=vec![("workspace", slug), ("key", key.id.to_string())]>
                <div class="dialog-body">
                    <FormNotice flash=flash.clone() />
                    <Graces flash />
                    <p class="muted">"The new key is " <bdi>{whose}</bdi> " and is shown once. " {lives}</p>
                </div>
                <div class="dialog-foot">
                    <a class="btn btn-quiet" href=keep>"Cancel"</a>
                    <button class="btn btn-primary">"Rotate key"</button>
                </div>
            </Post>
        </div>
    }
    .into_any()
}

#[component]
fn Graces(flash: Flash) -> impl IntoView {
    let chosen = flash.typed.get("grace").cloned().unwrap_or_else(|| Grace::Day.word().to_owned());
    let chips = Grace::ALL.map(|grace| {
        let label = match grace {
            Grace::Now => "At once",
            Grace::Hour => "In 1 hour",
            Grace::Day => "In 24 hours",
            Grace::Week => "In 7 days",
        };
        let checked = grace.word() == chosen;
        view! { <label class="chip"><input type="radio" name="grace" value=grace.word() checked=checked />{label}</label> }
    });
    view! {
        <fieldset class="group">
            <legend>"The old key stops"</legend>
            <div class="chips">{chips.collect_view()}</div>
            <p class="field-hint">"At once: whatever still uses it fails until it has the new key."</p>
            <ErrorText name="grace" error=error_of(&flash, "grace") />
        </fieldset>
    }
    .into_any()
}
