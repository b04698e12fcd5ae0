//! `/api/docs`: the description of the data plane, which `/api/openapi.json` holds for programs. For everybody: it says
//! nothing about the installation but its address. The list of operations is `server`'s.

mod errors;
mod operation;
mod prose;

use super::load::load;
use crate::{
    components::{CodeBlock, Icon, Title},
    web::Here,
};
use errors::ErrorCodes;
use leptos::prelude::*;
use operation::OperationSection;
use server::http::reference::OPERATIONS;

/// The page.
#[component]
pub fn ApiPage() -> impl IntoView {
    let here = Here::new();
    let url = here.latchkey.public_url().to_owned();
    load(&here, async move {
        let links = OPERATIONS.iter().map(|operation| {
            view! { <a class="nav-link mono" href=format!("#{}", operation.id)>{operation.path}</a> }
        });
        let sections = OPERATIONS.iter().map(|operation| view! { <OperationSection operation url=url.clone() /> });
        Ok(view! {
            <Title text="API · Latchkey" />
            <a class="visually-hidden skip-link" href="#main">"Skip to content"</a>
            <div class="api">
                <header class="api-side">
                    <a class="api-brand" href="/"><span class="brand-mark"><Icon name="key-round" /></span>"Latchkey"</a>
                    <nav class="nav" aria-label="Operations">
                        <a class="nav-link" href="#keys">"How a key is shown"</a>
                        {links.collect_view()}
                        <a class="nav-link" href="#errors">"Errors"</a>
                    </nav>
                </header>
                <main class="api-main" id="main" tabindex="-1">
                    <div class="page-head">
                        <div>
                            <h1>"API"</h1>
                            <p class="page-lead">
                                "What Latchkey answers at " <code class="inline-code">{url.clone()}</code> ". For programs: the "
                                <a class="link" href="/api/openapi.json">"OpenAPI document"</a> "."
                            </p>
                        </div>
                    </div>
                    <Keys />
                    {sections.collect_view()}
                    <ErrorCodes />
                </main>
            </div>
        })
    })
}

/// What the operations have in common.
#[component]
fn Keys() -> impl IntoView {
    let code = "Authorization: Bearer lk_…\nX-API-Key: lk_…".to_owned();
    view! {
        <section class="panel" aria-labelledby="keys">
            <div class="panel-head">
                <h2 id="keys">"How a key is shown"</h2>
                <p>"In either header. The same key in both is one; two different ones are refused. Keys in the URL are not read."</p>
            </div>
            <div class="panel-body">
                <CodeBlock label="headers" code />
                <p>
                    "Errors are JSON with a " <a class="link" href="#errors">"code"</a>
                    " to decide by, a message for people, and the request's id, which is in the log too. Refused keys are challenged in \
                     the form of RFC 6750. No cache may store an answer in JSON."
                </p>
            </div>
        </section>
    }
    .into_any()
}
