//! Sentences and what surrounds them: notices, badges, the empty state, dialogs, code.

use super::Subject;
use crate::components::{CodeBlock, Column, Empty, Icon, Notice};
use leptos::prelude::*;

/// Notices, badges, the empty state.
#[component]
pub fn Sentences() -> impl IntoView {
    let badges = ["badge", "badge badge-accent", "badge badge-success", "badge badge-warning", "badge badge-danger"];
    let words = ["Disabled", "Gateway", "Pro", "Expires soon", "Expired"];
    let badges = badges.into_iter().zip(words).map(|(class, word)| view! { <span class=class>{word}</span> });
    view! {
        <Subject id="sentences" title="Sentences" text="What is, what was, and what can be done about it.">
            <Notice icon="eye"><p>"A notice that only tells."</p></Notice>
            <Notice tone="success" icon="circle-check"><p class="notice-title">"It went well"</p><p>"And this came of it."</p></Notice>
            <Notice tone="warning" icon="triangle-alert"><p class="notice-title">"Soon"</p><p>"What will be, and what helps."</p></Notice>
            <Notice tone="danger" icon="triangle-alert"><p class="notice-title">"Now"</p><p>"What fails, and what helps."</p></Notice>
            <p class="sample-row">{badges.collect_view()}<span class="badge badge-env">"prod"</span></p>
            <p><span class="is-soon">"in 3 days"</span>", "<span class="is-urgent">"in 5 hours"</span>", "<span class="muted">"never used"</span></p>
            <Empty icon="search-x" title="No key matches" small=true>
                <p>"Nothing has all of that."</p>
                <div class="empty-actions"><a class="btn" href="#sentences">"Clear filters"</a></div>
            </Empty>
            <Empty icon="key-round" title="No keys yet"><p>"The large one, where a whole page is empty."</p></Empty>
        </Subject>
    }
    .into_any()
}

/// A dialog in the page and one over it, tabs, code.
#[component]
pub fn Dialogs() -> impl IntoView {
    let tabs = ["curl", "env"].into_iter().enumerate().map(|(at, label)| {
        view! { <label class="tab"><input type="radio" name="usage" checked=at == 0 />{label}</label> }
    });
    view! {
        <Subject id="dialogs" title="Dialogs" text="In the page without script, over it with.">
            <p><a class="btn" href="#dialogs" data-dialog="sample-dialog">"Open a dialog"</a></p>
            <dialog class="dialog" id="sample-dialog" aria-labelledby="sample-title">
                <div class="dialog-head">
                    <div><h2 class="dialog-title" id="sample-title">"A dialog over the page"</h2><p>"Escape closes it."</p></div>
                    <button type="button" class="btn-icon" data-close="" aria-label="Close"><Icon name="x" /></button>
                </div>
                <div class="dialog-foot"><button type="button" class="btn" data-close="">"Close"</button></div>
            </dialog>
            <Column back=("#dialogs".to_owned(), "Back")>
                <div class="dialog dialog-page">
                    <div class="dialog-head"><div><h3 class="dialog-title">"Delete “CI pipeline”?"</h3></div></div>
                    <div class="dialog-body"><p>"Deleting is for ever."</p></div>
                    <div class="dialog-foot dialog-foot-stack">
                        <a class="btn push" href="#dialogs">"Keep key"</a>
                        <button type="button" class="btn btn-danger">"Delete key"</button>
                    </div>
                </div>
            </Column>
            <div class="tabs">
                <div class="tab-list" role="radiogroup" aria-label="Use it">{tabs.collect_view()}</div>
                <div class="tab-panel"><CodeBlock label="curl" code="curl http://127.0.0.1:3000/api/me \\\n  -H \"Authorization: Bearer lk_…\"".into() /></div>
                <div class="tab-panel"><CodeBlock label="env" code="LATCHKEY_URL=http://127.0.0.1:3000".into() /></div>
            </div>
        </Subject>
    }
    .into_any()
}
