//! Roles as the console says them, and the choice of one.

use super::Select;
use domain::access::Role;
use leptos::prelude::*;

/// A role as a word of its own.
pub fn role_title(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Viewer",
        Role::Developer => "Developer",
        Role::Admin => "Administrator",
    }
}

/// A role inside a sentence, with its article.
pub fn as_role(role: Role) -> &'static str {
    match role {
        Role::Viewer => "a viewer",
        Role::Developer => "a developer",
        Role::Admin => "an administrator",
    }
}

/// The choice of a role.
#[component]
pub fn RoleSelect(
    /// What it is called.
    #[prop(into)]
    label: String,
    /// The role that is chosen.
    chosen: Role,
) -> impl IntoView {
    let options = Role::ALL.map(|role| (role.word().to_owned(), role_title(role).to_owned())).into();
    view! { <Select name="role" label options chosen=chosen.word().to_owned() /> }.into_any()
}
