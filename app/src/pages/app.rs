//! The list of pages.

use super::{
    account::AccountPage,
    admin::{DeactivatePage, NewWorkspacePage, UserPage, UsersPage, WorkspacesPage},
    api::ApiPage,
    audit::{AuditPage, WholeAuditPage},
    connect::ConnectPage,
    failed::NotFoundPage,
    guardrails::{GuardrailPage, GuardrailsPage, NewGuardrailPage},
    home::HomePage,
    invite::InvitePage,
    keys::{
        BatchPage, CreatePage, DeletePage, EverywhereBatchPage, EverywherePage, FreshPage, KeyPage, KeysPage,
        RequestsPage, RotatePage,
    },
    login::LoginPage,
    logs::{LogsPage, SamplePage},
    members::{MembersPage, RemovePage},
    models::{ChooseModelsPage, NewProviderPage, PricesPage, ProviderPage, ProvidersPage, RemoveProviderPage},
    policies::{NewPolicyPage, PoliciesPage, PolicyPage},
    servers::{NewServerPage, RemoveServerPage, ServerPage, ServersPage},
    settings::SettingsPage,
    setup::SetupPage,
    usage::UsagePage,
};
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

#[cfg(debug_assertions)]
use super::dev::ComponentsPage;
/// A release build has no such page: its address is one of those where nothing is.
#[cfg(not(debug_assertions))]
use super::failed::NotFoundPage as ComponentsPage;

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
                <Route path=path!("/api/docs") view=ApiPage ssr=SsrMode::Async />
                <Route path=path!("/invite") view=InvitePage ssr=SsrMode::Async />
                <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async />
                <Route path=path!("/admin/users") view=UsersPage ssr=SsrMode::Async />
                <Route path=path!("/admin/users/:user") view=UserPage ssr=SsrMode::Async />
                <Route path=path!("/admin/users/:user/deactivate") view=DeactivatePage ssr=SsrMode::Async />
                <Route path=path!("/admin/workspaces") view=WorkspacesPage ssr=SsrMode::Async />
                <Route path=path!("/admin/workspaces/new") view=NewWorkspacePage ssr=SsrMode::Async />
                <Route path=path!("/dev/components") view=ComponentsPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/members") view=MembersPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/members/:user/remove") view=RemovePage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/settings") view=SettingsPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/keys") view=KeysPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/keys/new") view=CreatePage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/keys/batch") view=BatchPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/keys/:key") view=KeyPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/keys/:key/new") view=FreshPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/keys/:key/rotate") view=RotatePage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/keys/:key/delete") view=DeletePage ssr=SsrMode::Async />
                <Route path=path!("/admin/keys") view=EverywherePage ssr=SsrMode::Async />
                <Route path=path!("/admin/keys/batch") view=EverywhereBatchPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/keys/:key/requests") view=RequestsPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/servers") view=ServersPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/servers/new") view=NewServerPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/servers/:server") view=ServerPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/servers/:server/remove") view=RemoveServerPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/models") view=ProvidersPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/models/new") view=NewProviderPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/models/:provider") view=ProviderPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/models/:provider/choose") view=ChooseModelsPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/models/:provider/remove") view=RemoveProviderPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/prices") view=PricesPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/connect") view=ConnectPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/policies") view=PoliciesPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/policies/new") view=NewPolicyPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/policies/:policy") view=PolicyPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/guardrails") view=GuardrailsPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/guardrails/new") view=NewGuardrailPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/guardrails/:guardrail") view=GuardrailPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/logs") view=LogsPage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/logs/samples/:sample") view=SamplePage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/usage") view=UsagePage ssr=SsrMode::Async />
                <Route path=path!("/w/:workspace/audit") view=AuditPage ssr=SsrMode::Async />
                <Route path=path!("/admin/audit") view=WholeAuditPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
    .into_any()
}
