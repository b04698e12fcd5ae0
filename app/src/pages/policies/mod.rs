//! Firewall policies of a workspace: the list, and one with its rules and what they do to today's tools.

mod form;
mod list;
mod preview;
mod show;

pub use list::PoliciesPage;
pub use show::{NewPolicyPage, PolicyPage};
