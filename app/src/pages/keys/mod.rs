//! The keys screen and what hangs on it: create, the fresh key, a key's page, delete.

mod create;
mod delete;
mod fresh;
mod list;
mod query;
mod requests;
mod row;
mod show;
mod snippets;
mod toolbar;
mod usage;

pub use create::CreatePage;
pub use delete::DeletePage;
pub use fresh::FreshPage;
pub use list::KeysPage;
pub use requests::RequestsPage;
pub use show::KeyPage;

use domain::key::{Permission, Status};

/// A permission as the console says it.
fn permission_word(permission: Permission) -> &'static str {
    match permission {
        Permission::ReadOnly => "read-only",
        Permission::ReadWrite => "read-write",
    }
}

/// A status that is not "enabled" as a badge: its word and its look.
fn status_badge(status: Status) -> Option<(&'static str, &'static str)> {
    match status {
        Status::Enabled => None,
        Status::Disabled => Some(("Disabled", "badge")),
        Status::Expired => Some(("Expired", "badge badge-danger")),
    }
}
