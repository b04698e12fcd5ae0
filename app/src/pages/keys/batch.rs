//! Confirming a batch: which keys, which of them were used in the last 24 hours, and what happens to them.

use crate::{
    components::{Ago, Column, FormNotice, Frame, Icon, Notice, Place, Post, TextField, Title},
    pages::load::{load, param},
    web::Here,
};
use domain::time::Timestamp;
use leptos::prelude::*;
use server::{
    Error,
    auth::ChangeKey,
    flash::Flash,
    keys::{self, BatchAction, BatchView, KeyView},
};

/// The page.
#[component]
pub fn BatchPage() -> impl IntoView {
    let here = Here::new();
    let slug = param("workspace");
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let grant = caller.in_workspace(&slug).await?.allow::<ChangeKey>()?;
        let (action, ids) = asked(&here)?;
        let batch = keys::review(&grant, &ids).await?;
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let (flash, now) = (here.flashed().of("batch"), here.now());
        Ok(view! {
            <Title text="Selected keys · Latchkey" />
            <Frame place active="keys">
                <Column back=(format!("/w/{slug}/keys"), "Keys")>
                    <Confirm action batch flash now workspace=slug />
                </Column>
            </Frame>
        })
    })
}

/// What the URL asks for: what to do, and with which keys.
pub fn asked(here: &Here) -> Result<(BatchAction, Vec<String>), Error> {
    let action = BatchAction::parse(&here.query("do")).ok_or(Error::NotFound)?;
    Ok((action, here.queries("key").collect()))
}

/// The question.
#[component]
pub fn Confirm(
    /// What would be done.
    action: BatchAction,
    /// To which keys.
    batch: BatchView,
    /// The refused form.
    flash: Flash,
    /// Now.
    now: Timestamp,
    /// The workspace's slug; none where the keys are anywhere.
    #[prop(optional)]
    workspace: Option<String>,
) -> impl IntoView {
    let count = batch.keys.len();
    let keys = if count == 1 { "1 key".to_owned() } else { format!("{count} keys") };
    let (word, class, icon, what) = match action {
        BatchAction::Disable => (
            "Disable",
            "btn btn-primary",
            "pause",
            "Their next requests are refused. Everything is kept, and they can be enabled again.",
        ),
        BatchAction::Enable => ("Enable", "btn btn-primary", "play", "They work again from the next request on."),
        BatchAction::Delete => (
            "Delete",
            "btn btn-danger",
            "trash-2",
            "Deleting is for ever. Disabling pauses keys and keeps everything, so they can be enabled again.",
        ),
    };
    let used = batch.used_lately;
    let warned = used > 0 && action != BatchAction::Enable;
    let warning = match used {
        1 => format!("1 of {count} was used in the last 24 hours"),
        used => format!("{used} of {count} were used in the last 24 hours"),
    };
    let (path, post) = match &workspace {
        Some(slug) => (format!("/w/{slug}/keys"), "/console/batch_keys"),
        None => ("/admin/keys".to_owned(), "/console/batch_all_keys"),
    };
    let ids = batch.keys.iter().map(|key| key.id.as_str()).collect::<Vec<_>>().join(",");
    let mut hidden = vec![("action", action.word().to_owned()), ("keys", ids)];
    hidden.extend(workspace.map(|slug| ("workspace", slug)));
    let rows = batch.keys.into_iter().map(|key| view! { <Row key now /> });
    view! {
        <div class="dialog dialog-page">
            <div class="dialog-head"><div><h1 class="dialog-title">{word} " " {keys.clone()} "?"</h1></div></div>
            <div class="dialog-body">
                {warned.then(|| view! {
                    <Notice tone="danger" icon="triangle-alert">
                        <p class="notice-title">{warning}</p>
                        <p>"Whatever uses them will fail at once."</p>
                    </Notice>
                })}
                <ul class="batch-list" role="list">{rows.collect_view()}</ul>
                <p>{what}</p>
                <Post action=post id="batch-form" hidden>
                    <FormNotice flash=flash.clone() />
                    {(warned && action == BatchAction::Delete).then(|| view! {
                        <TextField name="typed_count" label="Type the number of keys to delete them" hint=count.to_string() flash />
                    })}
                </Post>
            </div>
            <div class="dialog-foot dialog-foot-stack">
                <a class="btn push" href=path autofocus>"Keep them as they are"</a>
                <button class=class form="batch-form"><Icon name=icon />{word} " " {keys}</button>
            </div>
        </div>
    }
    .into_any()
}

#[component]
fn Row(key: KeyView, now: Timestamp) -> impl IntoView {
    let lately = key.used_lately(now);
    view! {
        <li>
            <span class="batch-name"><bdi>{key.name}</bdi></span>
            <code>{key.masked}</code>
            <span class=if lately { "is-urgent" } else { "muted" }>
                {match key.last_used_at {
                    Some(at) => view! { <Ago at now word="used" /> }.into_any(),
                    None => "never used".into_any(),
                }}
            </span>
        </li>
    }
    .into_any()
}
