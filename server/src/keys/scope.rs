//! Which MCP servers a key reaches, and under which firewall policy: chosen at its creation, changed on its page.

use super::change::{event, reached};
use crate::{
    Error,
    auth::{ChangeKey, Grant, SeeServers},
};
use domain::{
    access::Reach,
    field::FieldError,
    id::{PolicyId, WorkspaceId},
    key::{MOST_SERVERS, McpScope, ServerScope},
};
use std::collections::BTreeSet;
use store::{Key, Store};

/// Servers and policies that a form offers.
const OFFERED: usize = 200;

/// The part of a key's form that names what its workspace has, as it was sent.
#[derive(Clone, Debug, Default)]
pub struct RawScope {
    /// The slugs of the servers it reaches; `None` for all of them.
    pub servers: Option<Vec<String>>,
    /// The id of its firewall policy; empty for none.
    pub policy: String,
    /// The id of its guardrail; empty for none.
    pub guardrail: String,
}

/// A server that a form offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerChoice {
    /// Its name in forms.
    pub slug: String,
    /// What people call it.
    pub name: String,
    /// The key names it.
    pub chosen: bool,
}

/// What a form offers.
#[derive(Clone, Debug, Default)]
pub struct ScopeChoices {
    /// The first servers by slug, and those that the key names.
    pub servers: Vec<ServerChoice>,
    /// There are more servers: they can be typed.
    pub more: bool,
    /// The key reaches every server, also later ones.
    pub all: bool,
    /// The first policies by name, and the key's own: id and name.
    pub policies: Vec<(String, String)>,
    /// The id of the key's policy; empty for none.
    pub policy: String,
}

/// What can be chosen for a key of that scope.
pub async fn scope_choices(grant: &Grant<SeeServers>, of: &McpScope) -> Result<ScopeChoices, Error> {
    let (store, workspace) = (&grant.caller().latchkey().store, &grant.workspace().id);
    let named: &[_] = match &of.servers {
        ServerScope::All => &[],
        ServerScope::These(named) => named,
    };
    let page = store.server_page(workspace, "", OFFERED).await?;
    let (more, mut servers) = (page.next.is_some(), page.servers);
    if more {
        let listed: BTreeSet<_> = servers.iter().map(|server| server.id.clone()).collect();
        let beyond: Vec<_> = named.iter().filter(|id| !listed.contains(*id)).cloned().collect();
        servers.extend(store.servers_by_id(workspace, &beyond).await?);
    }
    let choice = |server: store::Server| ServerChoice {
        chosen: named.contains(&server.id),
        slug: server.slug,
        name: server.name,
    };
    let mut policies = store.policy_page(workspace, "", OFFERED).await?.policies;
    if let Some(own) = &of.policy
        && !policies.iter().any(|policy| policy.id == *own)
    {
        policies.extend(store.policy(workspace, own).await?);
    }
    Ok(ScopeChoices {
        servers: servers.into_iter().map(choice).collect(),
        more,
        all: of.servers == ServerScope::All,
        policies: policies.into_iter().map(|policy| (policy.id.to_string(), policy.name)).collect(),
        policy: of.policy.as_ref().map(ToString::to_string).unwrap_or_default(),
    })
}

/// Says anew which servers a key reaches (`None` for all of them, else by slug) and under which policy (empty for none). The
/// next request with the key meets the change. A key that is under a policy is taken from under it, or put under another, by
/// an administrator alone: else whoever is held by a policy could lift it.
pub async fn scope(grant: &Grant<ChangeKey>, id: &str, servers: Option<&[String]>, policy: &str) -> Result<(), Error> {
    let key = reached(grant, id).await?;
    let (store, workspace) = (&grant.caller().latchkey().store, &grant.workspace().id);
    let servers = chosen_servers(store, workspace, servers).await?;
    let policy = Some(policy.trim()).filter(|policy| !policy.is_empty()).map(PolicyId::from_text);
    if policy != key.mcp.policy {
        if key.mcp.policy.is_some() {
            lift(grant, &key, "a firewall policy")?;
        }
        there(store, workspace, policy.as_ref()).await?;
    }
    let event = event(grant.caller(), &key, "key.scope");
    let (scope, was) = (McpScope { servers, policy }, key.mcp.policy.as_ref());
    Ok(store.scope_key(workspace, &key.id, &scope, was, &event).await?)
}

/// Refuses to take a key from under what it is under, unless the caller is an administrator.
pub(super) fn lift(grant: &Grant<ChangeKey>, key: &Key, what: &str) -> Result<(), Error> {
    if grant.reach() == Reach::AllKeys {
        return Ok(());
    }
    Err(Error::Forbidden(format!(
        "“{}” is under {what}. Only an administrator of the workspace changes that.",
        key.name
    )))
}

/// The scope of a new key.
pub(super) async fn chosen(store: &Store, workspace: &WorkspaceId, raw: &RawScope) -> Result<McpScope, Error> {
    let servers = chosen_servers(store, workspace, raw.servers.as_deref()).await?;
    let policy = Some(raw.policy.trim()).filter(|policy| !policy.is_empty()).map(PolicyId::from_text);
    there(store, workspace, policy.as_ref()).await?;
    Ok(McpScope { servers, policy })
}

async fn chosen_servers(
    store: &Store,
    workspace: &WorkspaceId,
    slugs: Option<&[String]>,
) -> Result<ServerScope, Error> {
    let Some(slugs) = slugs else { return Ok(ServerScope::All) };
    // Before they are looked up.
    if slugs.len() > MOST_SERVERS {
        let message = format!("A key names {MOST_SERVERS} servers at most. Choose all of them, or fewer.");
        return Err(FieldError::new("servers", message).into());
    }
    let found = store.server_ids(workspace, slugs).await?;
    if found.len() != slugs.iter().collect::<BTreeSet<_>>().len() {
        let message = "One of these servers is not there any more. Choose among those that are listed.";
        return Err(FieldError::new("servers", message).into());
    }
    Ok(ServerScope::these(found)?)
}

async fn there(store: &Store, workspace: &WorkspaceId, policy: Option<&PolicyId>) -> Result<(), Error> {
    if let Some(policy) = policy
        && store.policy(workspace, policy).await?.is_none()
    {
        return Err(FieldError::new("policy", "This policy is not there any more. Choose another.").into());
    }
    Ok(())
}
