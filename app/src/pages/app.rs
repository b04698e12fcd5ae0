//! The list of pages.

use super::{
    account::AccountPage,
    audit::{AuditPage, WholeAuditPage},
    failed::NotFoundPage,
    home::HomePage,
    keys::{CreatePage, DeletePage, FreshPage, KeyPage, KeysPage, RequestsPage},
    login::LoginPage,
    setup::SetupPage,
};
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

/// The console. Pages are complete before the first byte is sent (`Async`): status, redirects and cookies depend on them.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Routes fallback=NotFoundPage>
                <Route path=path!("/") view=HomePage ssr=SsrMode::Async />
                <Route path=path!("/setup") view=SetupPage ssr=SsrMode::Async />
                <Route path=path!("/login") view=LoginPage ssr=SsrMode::Async />
                <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/keys") view=KeysPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/keys/new") view=CreatePage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/keys/:key") view=KeyPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/keys/:key/new") view=FreshPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/keys/:key/delete") view=DeletePage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/keys/:key/requests") view=RequestsPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/audit") view=AuditPage ssr=SsrMode::Async />
                <Route path=path!("/admin/audit") view=WholeAuditPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
    .into_any()
}
