//! The members of a workspace, how one leaves, and the links that invite.

mod invites;
mod list;
mod remove;

pub use list::MembersPage;
pub use remove::RemovePage;
