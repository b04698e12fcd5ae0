//! The page for addresses that lead nowhere, and for what the caller may not know of.

use crate::components::Icon;
use leptos::prelude::*;
use leptos_meta::Title;

/// For addresses that no page has.
#[component]
pub fn NotFoundPage() -> impl IntoView {
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(axum::http::StatusCode::NOT_FOUND);
    }
    view! { <Nothing /> }
}

/// What it says.
#[component]
pub fn Nothing() -> impl IntoView {
    view! {
        <Title text="Nothing here · Latchkey" />
        <main class="frame-main" id="main">
            <div class="empty empty-page">
                <Icon name="compass" />
                <h1 class="empty-title">"There is nothing here"</h1>
                <p>"The page does not exist, or it belongs to a workspace that you are not in."</p>
                <div class="empty-actions"><a class="btn" href="/">"Go to keys"</a></div>
            </div>
        </main>
    }
}
