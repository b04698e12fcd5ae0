//! One key's page: its facts, its latest requests, what was done to it.

use super::{KeyView, Reaches, view};
use crate::{
    Error,
    auth::{Grant, InWorkspace, InstanceGrant, SeeKeys},
};
use domain::{key::KeyId, time::Timestamp};
use store::{AuditEvent, UsageEvent};
pub use store::{Link, Links, McpUse, ModelUse};

/// Requests that the page lists.
const LATEST: usize = 10;
/// Changes that it lists.
const CHANGES: i64 = 20;

/// The page.
#[derive(Clone, Debug)]
pub struct KeyPageView {
    /// The key, or its tombstone.
    pub key: KeyView,
    /// The keys before and after it, by rotation.
    pub links: Links,
    /// Its latest requests, newest first.
    pub uses: Vec<UseView>,
    /// What was done to it, newest first.
    pub changes: Vec<ChangeView>,
}

/// One request with the key.
#[derive(Clone, Debug)]
pub struct UseView {
    /// When.
    pub at: Timestamp,
    /// Where it knocked.
    pub surface: String,
    /// `VALID`, or the refusal's code.
    pub code: String,
    /// From where.
    pub address: String,
    /// By what.
    pub agent: String,
    /// For which MCP server and tool, where it was for one.
    pub mcp: Option<McpUse<String>>,
    /// For which model, by which provider, and what it took, where it was for one.
    pub model: Option<ModelUse<String>>,
}

/// One change of the key.
#[derive(Clone, Debug)]
pub struct ChangeView {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub actor: String,
    /// What, such as `key.rename`.
    pub action: String,
    /// The name before and after, if that is what was changed.
    pub renamed: Option<(String, String)>,
}

impl From<AuditEvent> for ChangeView {
    fn from(event: AuditEvent) -> Self {
        let AuditEvent { at, actor, action, target_name, new_name, .. } = event;
        let renamed = (!new_name.is_empty()).then_some((target_name, new_name));
        Self { at, actor, action, renamed }
    }
}

/// The page of a key that the caller may see.
pub async fn show(grant: &Grant<SeeKeys>, place: &InWorkspace, id: &str) -> Result<KeyPageView, Error> {
    let store = &grant.caller().latchkey().store;
    let workspace = &grant.workspace().id;
    let id = KeyId::parse(id).ok_or(Error::NotFound)?;
    let key = store.key_or_tombstone(workspace, &id).await?.ok_or(Error::NotFound)?;
    let uses = store.uses_of(workspace, &id, LATEST).await?;
    let changes = store.audit_of_key(workspace, id.as_str(), CHANGES).await?;
    Ok(KeyPageView {
        links: store.links(workspace, &id).await?,
        key: view(grant.caller(), Reaches::of(place), key),
        uses: uses.into_iter().map(UseView::from).collect(),
        changes: changes.into_iter().map(ChangeView::from).collect(),
    })
}

impl From<UsageEvent> for UseView {
    fn from(used: UsageEvent) -> Self {
        let UsageEvent { at, surface, code, address, agent, mcp, model } = used;
        // The log says where there is one, to those who may read it.
        let model = model.map(|model| ModelUse { sample: String::new(), ..model });
        Self { at, surface, code, address, agent, mcp, model }
    }
}

/// The slug of a key's workspace, for commands that take a key's id alone.
pub async fn workspace_of(grant: &InstanceGrant, id: &str) -> Result<String, Error> {
    let id = KeyId::parse(id).ok_or(Error::NotFound)?;
    grant.caller().latchkey().store.workspace_of_key(&id).await?.ok_or(Error::NotFound)
}
