//! Use-cases about MCP servers: registering, editing, who may use them, what is said of their tools, asking them for their
//! tools. Called by the console. Firewall policies stand in `policies`.

pub(crate) mod ask;
mod change;
pub(crate) mod conversation;
mod members;
mod register;
mod show;
pub(crate) mod trouble;

pub use ask::{Asked, ask};
pub use change::{edit, enable, mark, remove};
pub use members::{choose, choose_by_email, open, unchoose};
pub use register::register;
pub use show::{ServerList, ServerMember, ServerPageView, ToolView, list, reaching_keys, show};

use crate::{Error, Latchkey, auth::Grant};
use domain::{field::FieldError, id::ServerId, time::Timestamp};
use secrecy::SecretString;
use serde::Deserialize;
use store::{AuditEvent, Server, Store};

/// A server's form as it was sent: text, nothing checked.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct RawServer {
    /// What people call it.
    pub name: String,
    /// Its name in URLs; only read when it is registered.
    pub slug: String,
    /// Where it is reached.
    pub url: String,
    /// The header that carries its credential; empty for `Authorization`.
    pub header: String,
    /// Its credential; empty for none, or for the one that is kept.
    pub credential: SecretString,
    /// The credential that is kept is erased.
    pub erase_credential: bool,
}

/// A server as lists and pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerView {
    /// Its name in URLs.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// Where it is reached. What stands behind a `?` is left out for whoever may not edit it: some servers take a
    /// credential there.
    pub url: String,
    /// The header that carries its credential.
    pub header: String,
    /// Whether it has a credential.
    pub has_credential: bool,
    /// Whether it may be reached at all.
    pub enabled: bool,
    /// Every member may use it; else the chosen ones.
    pub everyone: bool,
    /// How many tools it had when it was last asked; `None` if it never was.
    pub tool_count: Option<i64>,
    /// The address that a key reaches it at.
    pub endpoint: String,
    /// Since when.
    pub created_at: Timestamp,
}

fn view(latchkey: &Latchkey, server: &Server, may_edit: bool) -> ServerView {
    let shown = if may_edit { &server.url } else { server.url.split('?').next().unwrap_or_default() };
    ServerView {
        slug: server.slug.clone(),
        name: server.name.clone(),
        url: shown.to_owned(),
        header: server.header.clone(),
        has_credential: server.has_credential,
        enabled: server.enabled,
        everyone: server.everyone,
        tool_count: server.tool_count,
        endpoint: format!("{}/mcp-connect/{}", latchkey.public_url(), server.slug),
        created_at: server.created_at,
    }
}

fn store<A>(grant: &Grant<A>) -> &Store {
    &grant.caller().latchkey().store
}

/// The server of a slug in the grant's workspace.
async fn find<A>(grant: &Grant<A>, slug: &str) -> Result<Server, Error> {
    store(grant).server(&grant.workspace().id, slug).await?.ok_or(Error::NotFound)
}

/// An event about a server; `what` is the server's slug, and what else the log should say.
fn event<A>(grant: &Grant<A>, action: &str, server: &ServerId, what: &str) -> AuditEvent {
    grant.caller().event(Some(&grant.workspace().id), action, server.as_str(), what)
}

/// A name as the form has it, where it is about who may use a server.
fn missing_member(error: store::Error) -> Error {
    match error {
        store::Error::NotFound => Error::Invalid(vec![FieldError::new("user", "Choose a member of this workspace.")]),
        other => other.into(),
    }
}
