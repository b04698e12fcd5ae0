//! MCP: what a workspace may register as a server, which of its tools a key may see and call, and how a client is connected.
//! Used by the servers' and policies' forms, by the gateway on every call, and by the connect helper.

mod address;
pub mod connect;
mod glob;
mod policy;
mod server;
mod tool;

pub use address::is_public;
pub use glob::Glob;
pub use policy::{Effect, Firewall, MOST_RULES, Outcome, Policy, Rule, policy_name};
pub(crate) use server::web_address;
pub use server::{
    CREDENTIAL_MOST, OWN_SLUG, SLUG_MOST, credential, credential_header, origin, server_name, slug, upstream_url,
};
pub use tool::{Mark, Marks, Standing, Tool};
