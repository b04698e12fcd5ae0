//! Loading a page: what it shows is awaited; what goes wrong becomes the right status and a page that says so.

use super::failed::Failed;
use crate::{
    components::Place,
    web::{Here, encode},
};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use server::Error;
use std::pin::Pin;

/// What a page loads, its type erased: the machinery around it is compiled once, not once a page.
type Loaded = Pin<Box<dyn Future<Output = Result<AnyView, Error>> + Send>>;

/// Renders what `page` loads.
pub fn load<V, F>(here: &Here, page: F) -> AnyView
where
    V: IntoView + 'static,
    F: Future<Output = Result<V, Error>> + Send + 'static,
{
    render(here.clone(), Box::pin(async move { page.await.map(IntoAny::into_any) }))
}

fn render(here: Here, page: Loaded) -> AnyView {
    let content = Suspend::new(async move {
        match page.await {
            Ok(view) => view,
            Err(Error::Unauthenticated) => {
                here.redirect(&format!("/login?next={}", encode(&here.path_and_query())));
                ().into_any()
            }
            Err(error) => {
                here.status(error.status());
                let place = place(&here).await;
                view! { <Failed error place /> }.into_any()
            }
        }
    });
    view! { <Suspense>{content}</Suspense> }.into_any()
}

/// Where the person is, for the frame around a page that failed; `None` if nobody is signed in or nothing can be read.
async fn place(here: &Here) -> Option<Place> {
    let caller = here.caller().await.ok()?;
    Place::find(here, &caller, None).await.ok()
}

/// A parameter of the page's path.
pub fn param(name: &str) -> String {
    use_params_map().read_untracked().get(name).unwrap_or_default()
}
