//! Guardrails of a workspace: the list, and one with its rules and the box to try them.

mod edited;
mod form;
mod list;
mod rule;
mod show;
mod trial;

pub use list::GuardrailsPage;
pub use show::{GuardrailPage, NewGuardrailPage};
