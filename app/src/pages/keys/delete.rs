//! Deleting a key: what stops, and the choice to pause it instead. A key used in the last 24 hours needs its name typed.

use super::row::switch_action;
use crate::{
    components::{Column, FormNotice, Frame, Notice, Place, Post, TextField, Title},
    pages::load::{load, param},
    web::Here,
};
use domain::{key::Status, time::Timestamp};
use leptos::prelude::*;
use server::{
    Error,
    auth::SeeKeys,
    flash::Flash,
    keys::{self, KeyView},
};

/// The page.
#[component]
pub fn DeletePage() -> impl IntoView {
    let here = Here::new();
    let (slug, id) = (param("workspace"), param("key"));
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let at = caller.in_workspace(&slug).await?;
        let key = keys::show(&at.clone().allow::<SeeKeys>()?, &at, &id).await?.key;
        if !key.may_change {
            return Err(Error::Forbidden("You can't delete this key.".into()));
        }
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let flash = here.flashed().of("delete");
        let now = here.now();
        Ok(view! {
            <Title text=format!("Delete {} · Latchkey", key.name) />
            <Frame place active="keys">
                <Column back=(format!("/w/{slug}/keys"), "Keys")>
                    <Confirm key slug flash now />
                </Column>
            </Frame>
        })
    })
}

#[component]
fn Confirm(key: KeyView, slug: String, flash: Flash, now: Timestamp) -> impl IntoView {
    let keep = format!("/w/{slug}/keys/{}", key.id);
    let lately = key.used_lately(now);
    let used = used_sentence(&key, now);
    let fields = vec![("workspace", slug), ("key", key.id.to_string())];
    let mut back = fields.clone();
    back.push(("back", keep.clone()));
    view! {
        <div class="dialog dialog-page">
            <div class="dialog-head"><div><h1 class="dialog-title">"Delete “" <bdi>{key.name.clone()}</bdi> "”?"</h1></div></div>
            <div class="dialog-body">
                {if lately {
                    view! {
                        <Notice tone="danger" icon="triangle-alert">
                            <p class="notice-title">{used}</p>
                            <p>"Whatever uses it will fail at once."</p>
                        </Notice>
                    }.into_any()
                } else {
                    view! { <p><code class="inline-code">{key.masked.clone()}</code> " " {used}</p> }.into_any()
                }}
                <p>"Deleting is for ever. Disabling pauses the key and keeps everything, so it can be enabled again."</p>
                <Post action="/console/delete_key" id="delete-form" hidden=fields>
                    <FormNotice flash=flash.clone() />
                    {lately.then(|| view! {
                        <TextField name="typed_name" label="Type the key's name to delete it" hint=key.name.clone() flash />
                    })}
                </Post>
            </div>
            <div class="dialog-foot dialog-foot-stack">
                <a class="btn push" href=keep autofocus>"Keep key"</a>
                {(key.status == Status::Enabled).then(|| view! { <button class="btn" form="disable-form">"Disable key"</button> })}
                <button class="btn btn-danger" form="delete-form">"Delete key"</button>
            </div>
            <Post action=switch_action(Status::Enabled) id="disable-form" hidden=back>""</Post>
        </div>
    }
    .into_any()
}

fn used_sentence(key: &KeyView, now: Timestamp) -> String {
    let Some(at) = key.last_used_at else { return "was never used.".into() };
    let ago = at.ago(now);
    if !key.used_lately(now) {
        return format!("was last used {ago}.");
    }
    let from =
        if key.last_used_address.is_empty() { String::new() } else { format!(" from {}", key.last_used_address) };
    let agent = if key.last_used_agent.is_empty() { String::new() } else { format!(" ({})", key.last_used_agent) };
    format!("Used {ago}{from}{agent}")
}
