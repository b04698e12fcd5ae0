//! The administration: users and workspaces of the whole installation.

mod deactivate;
mod new;
mod users;
mod workspaces;

pub use deactivate::DeactivatePage;
pub use new::NewWorkspacePage;
pub use users::UsersPage;
pub use workspaces::WorkspacesPage;
