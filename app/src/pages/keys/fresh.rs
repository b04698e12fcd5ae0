//! The fresh key, shown once: it comes in a sealed cookie that this page clears. Reload, back and history show nothing.

use super::snippets::snippets;
use crate::{
    components::{CodeBlock, Column, Frame, Icon, Place, Post, Title},
    pages::load::{load, param},
    web::Here,
};
use leptos::{either::Either, prelude::*};
use server::{
    auth::SeeKeys,
    flash::{FreshKey, Slot},
};

/// The page. Without the cookie it leads to the key's own page.
#[component]
pub fn FreshPage() -> impl IntoView {
    let here = Here::new();
    let (slug, id) = (param("workspace"), param("key"));
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        caller.in_workspace(&slug).await?.allow::<SeeKeys>()?;
        let keys = format!("/w/{slug}/keys");
        let fresh = here
            .take::<FreshKey>(Slot::Key)
            .filter(|fresh| Some(&fresh.user) == caller.user_id() && fresh.key.split('_').nth(1) == Some(id.as_str()));
        let Some(fresh) = fresh else {
            here.redirect(&format!("{keys}/{id}"));
            return Ok(Either::Left(()));
        };
        let place = Place::find(&here, &caller, Some(&slug)).await?;
        let url = here.latchkey.public_url().to_owned();
        Ok(Either::Right(view! {
            <Title text="Save this key now · Latchkey" />
            <Frame place active="keys">
                <Column>
                    <Reveal fresh url done=keys workspace=slug />
                </Column>
            </Frame>
        }))
    })
}

/// The key and how to use it. The script makes a dialog of it that only its button closes.
#[component]
fn Reveal(fresh: FreshKey, url: String, done: String, workspace: String) -> impl IntoView {
    let (title, lead) = match (fresh.revealed, fresh.recoverable) {
        (true, _) => ("The key", "Shown again, as the audit log now says."),
        (false, true) => {
            ("Save this key now", "This workspace keeps it sealed: developers can see it again on its page.")
        }
        (false, false) => ("Save this key now", "It is not shown again. Latchkey keeps only a fingerprint of it."),
    };
    let asked = if fresh.recoverable {
        "Saved it? It can be revealed on its page."
    } else {
        "Saved it? The key can't be shown again."
    };
    let finish = if fresh.revealed { "Done" } else { "I've saved my key" };
    let snippets = snippets(&url, &fresh.key);
    let env = snippets[4].1.clone();
    let tabs = snippets.iter().enumerate().map(|(index, (label, _))| {
        view! { <label class="tab"><input type="radio" name="usage" checked=index == 0 />{*label}</label> }
    });
    let tabs = tabs.collect_view();
    let connect = vec![
        ("workspace", workspace),
        ("key", fresh.key.clone()),
        ("new", if fresh.revealed { String::new() } else { "on".to_owned() }),
    ];
    let panels = snippets.into_iter().map(|(label, code)| {
        view! { <div class="tab-panel"><CodeBlock label code /></div> }
    });
    let panels = panels.collect_view();
    view! {
        <dialog class="dialog dialog-page dialog-wide" open="" data-reveal="" aria-labelledby="reveal-title">
            <div class="dialog-head">
                <div>
                    <h1 class="dialog-title" id="reveal-title">{title}</h1>
                    <p>{lead}</p>
                </div>
            </div>
            <div class="dialog-body">
                <div>
                    <p class="field-label" dir="auto">{fresh.name}</p>
                    <code class="secret" id="secret" tabindex="0" aria-label="The key">{fresh.key}</code>
                    <div class="secret-actions">
                        <button type="button" class="btn needs-js" data-copy-from="secret">
                            <span class="swap"><Icon name="copy" /><Icon name="check" /></span>
                            <span class="swap"><span>"Copy"</span><span>"Copied"</span></span>
                        </button>
                        <button type="button" class="btn needs-js" data-download="latchkey.env" data-text=env>
                            <Icon name="download" />"Download .env"
                        </button>
                    </div>
                </div>
                <section aria-labelledby="use-it">
                    <h2 class="tabs-title" id="use-it">"Use it"</h2>
                    <div class="tabs">
                        <div class="tab-list" role="radiogroup" aria-labelledby="use-it">
                            {tabs}
                            <label class="tab"><input type="radio" name="usage" />"MCP"</label>
                        </div>
                        {panels}
                        <div class="tab-panel">
                            <Post action="/console/connect_client" class="tab-act" hidden=connect>
                                <p>"Claude Code, Codex, VS Code, Cursor and others, each with its command, link or file, and this key filled in."</p>
                                <button class="btn"><Icon name="plug" />"Connect an agent"</button>
                            </Post>
                        </div>
                    </div>
                </section>
            </div>
            <div class="dialog-foot">
                <p class="field-error push" role="alert" data-ask="" hidden>
                    <Icon name="circle-alert" />
                    <span>{asked}</span>
                </p>
                <a class="btn btn-primary" href=done data-done="">{finish}</a>
            </div>
        </dialog>
    }
    .into_any()
}
