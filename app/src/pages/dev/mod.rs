//! Every component in each of its states on one page, `/dev/components`, for whoever changes one of them: in debug builds
//! alone, where the browser suite looks at it (`end2end/tests/components.spec.ts`). It loads nothing; its data is made up.

mod controls;
mod lists;
mod sample;
mod words;

use super::load::load;
use crate::{
    components::{AdminTabs, Frame, Place, Title},
    web::Here,
};
use controls::{Buttons, Fields};
use leptos::prelude::*;
use lists::{Keys, Numbers, Tables};
use words::{Dialogs, Sentences};

/// The page.
#[component]
pub fn ComponentsPage() -> impl IntoView {
    let here = Here::new();
    load(&here.clone(), async move {
        let caller = here.caller().await?;
        let place = Place::find(&here, &caller, None).await?;
        let now = here.now();
        Ok(view! {
            <Title text="Components · Latchkey" />
            <Frame place said=Some("This is a toast: a word about what was done.".to_owned())>
                <div class="page-head">
                    <div>
                        <h1>"Components"</h1>
                        <p class="page-lead">"What pages are made of, in every state. Only a debug build has this page."</p>
                    </div>
                </div>
                <AdminTabs active="/admin/keys" />
                <Buttons theme=here.theme().unwrap_or("system") page=here.path_and_query() />
                <Fields />
                <Sentences />
                <Dialogs />
                <Tables now />
                <Keys now />
                <Numbers />
            </Frame>
        })
    })
}

/// One subject of the page under its heading.
#[component]
fn Subject(id: &'static str, title: &'static str, text: &'static str, children: Children) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby=id>
            <div class="panel-head"><h2 id=id>{title}</h2><p>{text}</p></div>
            <div class="panel-body">{children()}</div>
        </section>
    }
    .into_any()
}
