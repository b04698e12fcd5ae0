//! Loading a page: what it shows is awaited; what goes wrong becomes the right status and a page that says so.

use super::not_found::Nothing;
use crate::{
    components::Icon,
    web::{Here, encode},
};
use leptos::{either::EitherOf3, prelude::*};
use leptos_router::hooks::use_params_map;
use server::Error;
use std::future::Future;

/// Renders what `page` loads.
pub fn load<V, F>(here: &Here, page: F) -> impl IntoView + use<V, F>
where
    V: IntoView + 'static,
    F: Future<Output = Result<V, Error>> + Send + 'static,
{
    let here = here.clone();
    let content = Suspend::new(async move {
        match page.await {
            Ok(view) => EitherOf3::A(view),
            Err(Error::NotFound) => {
                here.status(404);
                EitherOf3::B(view! { <Nothing /> })
            }
            Err(error) => {
                if matches!(error, Error::Unauthenticated) {
                    here.redirect(&format!("/login?next={}", encode(&here.path_and_query())));
                } else {
                    here.status(error.status());
                }
                EitherOf3::C(view! { <Failed error=error.to_string() /> })
            }
        }
    });
    view! { <Suspense>{content}</Suspense> }
}

/// A parameter of the page's path.
pub fn param(name: &str) -> String {
    use_params_map().read_untracked().get(name).unwrap_or_default()
}

/// Something that could not be shown; the same address may work in a minute.
#[component]
fn Failed(error: String) -> impl IntoView {
    view! {
        <main class="frame-main" id="main">
            <div class="empty empty-page">
                <Icon name="circle-alert" />
                <h1 class="empty-title">"This page can't be shown"</h1>
                <p>{error}</p>
                <div class="empty-actions">
                    <a class="btn" href="">"Try again"</a>
                    <a class="btn btn-quiet" href="/">"Go to keys"</a>
                </div>
            </div>
        </main>
    }
}
