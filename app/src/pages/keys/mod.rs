//! The keys screen and what hangs on it: create, the fresh key, a key's page, rotate, delete, batches; and the same screen
//! over all keys of all users.

mod batch;
mod choices;
mod create;
mod delete;
mod edit;
mod everywhere;
mod fresh;
mod limits;
mod list;
mod models;
mod notices;
mod query;
mod requests;
mod rotate;
mod row;
mod scope;
mod sections;
mod show;
mod snippets;
mod toolbar;
mod under;
mod usage;

pub use batch::BatchPage;
pub use choices::Permissions;
pub use create::CreatePage;
pub use delete::DeletePage;
pub use everywhere::{EverywhereBatchPage, EverywherePage};
pub use fresh::FreshPage;
pub use list::KeysPage;
pub use requests::{RequestsPage, What};
pub use rotate::RotatePage;
pub use show::KeyPage;
/// Shown in all their states by `pages/dev`.
#[cfg(debug_assertions)]
pub use {choices::ExpiryField, limits::LimitFold, row::RowContext, sections::Sections};

use domain::{
    key::{Permission, Status},
    model::Period,
};
use leptos::prelude::*;
use server::keys::KeyView;

/// A permission as the console says it.
fn permission_word(permission: Permission) -> &'static str {
    match permission {
        Permission::ReadOnly => "read-only",
        Permission::ReadWrite => "read-write",
    }
}

/// The mark of a key that may stand in a URL.
#[component]
fn UrlBadge(key: KeyView) -> impl IntoView {
    let title = "Made for clients that take no header: it may stand in a URL";
    key.url_credential.then(|| view! { <span class="badge badge-warning" title=title>"URL"</span> }).into_any()
}

/// A status that is not "enabled" as a badge: its word and its look.
fn status_badge(key: &KeyView) -> Option<(&'static str, &'static str)> {
    match key.status {
        _ if key.deleted_at.is_some() => Some(("Deleted", "badge")),
        Status::Enabled => None,
        Status::Disabled => Some(("Disabled", "badge")),
        Status::Expired => Some(("Expired", "badge badge-danger")),
        Status::Exhausted => Some(("Exhausted", "badge badge-warning")),
    }
}

/// What a key has spent of its cap, as its row says it too: `$3.20 of $25.00 this month`.
fn spend_text(key: &KeyView) -> Option<String> {
    let cap = key.model.cap?;
    let when = match cap.period {
        Period::Total => "in total",
        Period::Day => "today",
        Period::Week => "this week",
        Period::Month => "this month",
    };
    Some(format!("${} of ${} {when}", key.account.settled, cap.amount))
}
