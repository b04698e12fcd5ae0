//! MCP: what a workspace may register as a server, which of its tools a key may see and call, and how a client is connected.
//! Used by the servers' and policies' forms, by the gateway on every call, and by the connect helper.

pub mod connect;
mod glob;
mod policy;
mod server;
mod tool;

pub use glob::Glob;
pub use policy::{Effect, Firewall, MOST_RULES, Outcome, Policy, Rule, policy_name};
pub use server::{
    CREDENTIAL_MOST, OWN_SLUG, SLUG_MOST, credential, credential_header, server_name, slug, upstream_url,
};
pub use tool::{Mark, Marks, Standing, Tool};
