//! The administration: users and workspaces of the whole installation.

mod deactivate;
mod new;
mod user;
mod users;
mod workspaces;

pub use deactivate::DeactivatePage;
pub use new::NewWorkspacePage;
pub use user::UserPage;
pub use users::UsersPage;
pub use workspaces::WorkspacesPage;
